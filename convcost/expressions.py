"""SymPy's expressions: how `num` calculates with them, and how they are printed in one line."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import sympy

from convcost import num
from convcost.errors import SpecError
from convcost.num import Num


class make_divisible(sympy.Function):  # type: ignore[misc]  # noqa: N801 - it prints so
    """`num.make_divisible`, left as it is until its arguments are numbers."""

    @classmethod
    def eval(cls, v: Any, divisor: Any) -> Any:
        if v.is_Rational and divisor.is_Rational:
            return sympy.Integer(num.make_divisible(Fraction(v.p, v.q), int(divisor)))
        return None


class common_divisor(sympy.Function):  # type: ignore[misc]  # noqa: N801 - it prints so
    """The greatest common divisor of two counts; SymPy's own takes a symbol for a polynomial."""

    @classmethod
    def eval(cls, a: Any, b: Any) -> Any:
        return sympy.igcd(a, b) if a.is_Integer and b.is_Integer else None


class _Symbolic:
    """SymPy's arithmetic for `num`: a maximum stays Max, a division stays a quotient."""

    def larger(self, a: Num, b: Num) -> Num:
        return sympy.Max(a, b)

    def smaller(self, a: Num, b: Num) -> Num:
        return sympy.Min(a, b)

    def exact_div(self, a: Num, b: Num) -> Num:
        return exact(a) / b

    def make_divisible(self, v: Num, divisor: Num) -> Num:
        return make_divisible(v, divisor)

    def common_divisor(self, a: Num, b: Num) -> Num:
        return common_divisor(a, b)


num.register(sympy.Basic, _Symbolic())

RELATIONS = {
    "==": sympy.Eq,
    "!=": sympy.Ne,
    "<": sympy.Lt,
    "<=": sympy.Le,
    ">": sympy.Gt,
    ">=": sympy.Ge,
}

# Functions that take one value over an interval, so that an equality of them pins nothing.
ROUNDING = (make_divisible, sympy.floor, sympy.ceiling, sympy.Max, sympy.Min)


def positive(name: str, whole: bool = True) -> Any:
    """A size: a positive number, a count where it is whole."""
    return sympy.Symbol(name, positive=True, **({"integer": True} if whole else {}))


def exact(value: Num) -> Any:
    """A number as SymPy has it; never a text, which SymPy would run."""
    return sympy.sympify(value, strict=True)


def formula(expr: Any) -> str:
    """An expression as a formula in one line: 1/N + 1/D_K^2."""
    if isinstance(expr, sympy.Eq) and isinstance(expr.lhs, sympy.Mod) and expr.rhs == 0:
        whole, part = map(formula, expr.lhs.args)
        return f"{whole} is whole" if part == "1" else f"{part} divides {whole}"
    if isinstance(expr, sympy.core.relational.Relational):
        return f"{formula(expr.lhs)} {expr.rel_op} {formula(expr.rhs)}"
    try:
        text = sympy.sstr(exact(expr))
    except RecursionError:
        raise too_deep() from None
    text = re.sub(r"\b(\w+)\*\*\(-(\d+)\)", r"1/\1^\2", text)
    return text.replace("**", "^")


def latex(expr: Any) -> str:
    """An expression for LaTeX's mathematics."""
    try:
        return str(sympy.latex(exact(expr)))
    except RecursionError:
        raise too_deep() from None


def too_deep() -> SpecError:
    """What SymPy's RecursionError means: it walks through an expression by calling itself."""
    return SpecError("these formulas are nested too deeply", hint="leave fewer variables free")
