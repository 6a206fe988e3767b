"""Forms arranged as the papers print them: h w (2 c m + 9 m^2 / g), 1/N + 1/D_K^2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy

from convcost.expressions import formula


def arranged(form: Any, by: Any = None) -> Any:
    """A sum collected by the powers of one letter, each part with what its terms share in front.

    A product of sums is as short and stays one: the map of a convolution without padding.
    """
    form = sympy.expand(form)
    if by is None or not form.has(by):
        return shortest(factored(form), sympy.factor(form))
    parts = sympy.collect(form, by, evaluate=False)
    terms = [power * shortest(factored(part), sympy.factor(part)) for power, part in parts.items()]
    return shortest(sympy.Add(*terms), factored(form), sympy.factor(form))


def shortest(*forms: Any) -> Any:
    """The form that is the shortest to read, the first of equals."""
    return min(forms, key=lambda form: len(formula(form)))


def factored(form: Any) -> Any:
    """A sum with the product that all of its terms share in front."""
    terms = sympy.Add.make_args(form)
    if len(terms) < 2:
        return form
    powers = [term.as_powers_dict() for term in terms]
    shared = sympy.Integer(1)
    for base in powers[0]:
        if base.is_Number or not all(base in other for other in powers):
            continue
        exponents = [other[base] for other in powers]
        if all(e.is_Integer for e in exponents) and min(exponents) * max(exponents) > 0:
            shared *= base ** (min(exponents) if min(exponents) > 0 else max(exponents))
    return shared * sympy.Add(*(term / shared for term in terms))


def ratio(above: Any, below: Any, by: Any = None) -> Any:
    """above / below, in the shortest of three forms.

    In lowest terms it is one fraction or a sum of them (1/N + 1/D_K^2); where that multiplies out what
    the two were divided by, only the product that they share is taken out ((2 M + 9 m/g)/(2 M + 9 m)).
    """
    quotient = sympy.cancel(sympy.sympify(above) / below)
    parts = factored(sympy.expand(above)), factored(sympy.expand(below))
    above, below = sympy.fraction(quotient)
    fractions = [sympy.expand(quotient), _over(above, below, by)]
    return shortest(*fractions, _shared_out(*parts, by))


def _over(above: Any, below: Any, by: Any) -> Any:
    return arranged(above, by) / arranged(below, by)


def _shared_out(above: Any, below: Any, by: Any) -> Any:
    """The quotient of two products, each arranged but for what both have."""
    quotient = above / below  # SymPy takes equal powers out of a product by itself
    over = [factor for factor in sympy.Mul.make_args(quotient) if not factor.is_Pow or factor.exp.is_positive]
    return _over(sympy.Mul(*over), sympy.Mul(*over) / quotient, by)


def said(form: Any) -> str:
    """A form as a formula; "" where it is a plain number."""
    return formula(form) if form.free_symbols else ""


def put(form: Any, values: Mapping[Any, Any]) -> str:
    """The formula with the values that are given; "" where they change nothing or settle it."""
    form = sympy.sympify(form)
    some = form.free_symbols & set(values)
    return formula(sympy.expand(form.subs(values))) if some and form.free_symbols - some else ""


def put_ratio(above: Any, below: Any, values: Mapping[Any, Any], by: Any) -> str:
    """The same of a ratio."""
    letters = above.free_symbols | below.free_symbols
    if not letters & set(values) or not letters - set(values):
        return ""
    return formula(ratio(above.subs(values), below.subs(values), by))
