"""What a formula is at a point, and how fast it grows there: derivatives by rules, on exact fractions.

The formulas are SymPy's, as `symbolic` makes them; a rule a kind of expression is all that is known of
them here.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import reduce
from typing import Any, NamedTuple, TypeAlias

from convcost import num
from convcost.errors import SpecError
from convcost.num import Num
from convcost.symbolic import Form


class Grown(NamedTuple):
    """A number, and how much it gains for each part that the variable gains: x dv/dx."""

    value: Fraction
    rate: Fraction


Known: TypeAlias = dict[Any, Grown]  # what each expression is, as far as it has been looked at


def start(form: Form, name: str, value: int | Fraction) -> Known:
    """The symbols of a form with one free variable, where that has a value."""
    (symbol,) = form.free[name].free_symbols
    rest, step = (grown(form.free[name].subs(symbol, n), {}).value for n in (0, 1))
    known = {symbol: Grown((value - rest) / (step - rest), value / (step - rest))}
    for short, width in form.names.items():
        known[short] = grown(width, known)
    return known


def grown(expr: Any, known: Known) -> Grown:
    """An expression's value and rate; `known` has its symbols, and learns its parts."""
    if isinstance(expr, int) or expr.is_Rational:
        return Grown(Fraction(expr), Fraction(0))
    if expr not in known:
        parts, head = [grown(part, known) for part in expr.args], expr.func.__name__
        if head in ROUNDINGS:
            known[expr] = rounded(ROUNDINGS[head], parts, offset(expr.args[0]))
        elif head in RULES:
            known[expr] = RULES[head](*parts)
        else:
            raise SpecError(f"{expr} has no rate of growth")
    return known[expr]


def added(*terms: Grown) -> Grown:
    return Grown(sum((t.value for t in terms), Fraction(0)), sum((t.rate for t in terms), Fraction(0)))


def multiplied(*factors: Grown) -> Grown:
    def pair(a: Grown, b: Grown) -> Grown:
        return Grown(a.value * b.value, a.value * b.rate + a.rate * b.value)

    return reduce(pair, factors)


def raised(base: Grown, exponent: Grown) -> Grown:
    n = int(exponent.value)
    assert n == exponent.value, "sizes are raised to whole numbers"
    assert not exponent.rate, "which do not grow"
    return Grown(base.value**n, n * base.value ** (n - 1) * base.rate)


def rounded(by: Callable[..., Num], parts: list[Grown], beside: Fraction) -> Grown:
    """What is rounded grows by as many percent as before it is rounded: widths grow as if they were not."""
    x, *others = parts
    value, before = Fraction(by(x.value, *(int(other.value) for other in others))), x.value - beside
    return Grown(value, value * x.rate / before if before else Fraction(0))


def offset(expr: Any) -> Fraction:
    """The constant that is a part of the rounding: floor(x + 1/2) is x to the nearest."""
    constant = Fraction(expr.as_coeff_Add()[0])
    return constant if abs(constant) < 1 else Fraction(0)


def largest(*parts: Grown) -> Grown:
    """Of equals the one that grows most: one percent more is a step upwards."""
    return max(parts)


def smallest(*parts: Grown) -> Grown:
    return min(parts)


RULES: dict[str, Callable[..., Grown]] = {
    "Add": added,
    "Mul": multiplied,
    "Pow": raised,
    "Max": largest,
    "Min": smallest,
}

ROUNDINGS: dict[str, Callable[..., Num]] = {
    "floor": num.floor,
    "ceiling": num.ceil,
    "make_divisible": num.make_divisible,
    "Mod": lambda x, divisor: x % divisor,
}
