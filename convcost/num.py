"""Arithmetic that means the same for an int, an exact fraction, a SymPy expression and an array.

Formulas are written once with `+ - *`, `//` and the functions here. Nothing in this file makes a
float: division of counts is exact or it is an error.
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd
from typing import Any, Protocol, TypeAlias

# An int or Fraction in a report; a SymPy expression in a closed form; an array in a sweep.
Num: TypeAlias = Any

EXACT = (int, Fraction)


class Arithmetic(Protocol):
    """What another kind of number must bring along, since Python's own would decide or fail."""

    def larger(self, a: Num, b: Num) -> Num: ...
    def smaller(self, a: Num, b: Num) -> Num: ...
    def exact_div(self, a: Num, b: Num) -> Num: ...
    def make_divisible(self, v: Num, divisor: Num) -> Num: ...
    def common_divisor(self, a: Num, b: Num) -> Num: ...


_others: list[tuple[type, Arithmetic | None]] = []


def register(kind: type, arithmetic: Arithmetic | None) -> None:
    """Teach this module another kind of number; None where Python's operators say all there is."""
    _others.append((kind, arithmetic))


def _arithmetic(*numbers: Num) -> Arithmetic | None:
    for number in numbers:
        if not isinstance(number, EXACT):
            for kind, arithmetic in _others:
                if isinstance(number, kind):
                    return arithmetic
            raise TypeError(f"no arithmetic for {type(number).__name__}")
    return None


def whole(x: int | Fraction) -> int | Fraction:
    """An int where the fraction is one, so that 4/2 is the count 2."""
    return x.numerator if x.denominator == 1 else x


def floor(x: Num) -> Num:
    return x // 1


def ceil(x: Num) -> Num:
    return -(-x // 1)


def ceildiv(a: Num, b: Num) -> Num:
    """a / b, rounded up."""
    return -(-a // b)


def exact_div(a: Num, b: Num) -> Num:
    """a / b, where b divides a; ArithmeticError where it does not."""
    other = _arithmetic(a, b)
    if other:
        return other.exact_div(a, b)
    quotient, rest = divmod(a, b)
    if rest:
        raise ArithmeticError(f"{b} does not divide {a}")
    return quotient


def larger(a: Num, b: Num) -> Num:
    other = _arithmetic(a, b)
    return other.larger(a, b) if other else max(a, b)


def smaller(a: Num, b: Num) -> Num:
    other = _arithmetic(a, b)
    return other.smaller(a, b) if other else min(a, b)


def make_divisible(v: Num, divisor: Num) -> Num:
    """The multiple of `divisor` nearest to v, at least `divisor` and not more than 10 % below v.

    tensorflow/models, research/slim/nets/mobilenet/mobilenet.py, `_make_divisible`, in exact
    arithmetic: a float's rounding differs from it for a few widths no paper uses.
    """
    other = _arithmetic(v, divisor)
    if other:
        return other.make_divisible(v, divisor)
    rounded = max(divisor, (2 * v + divisor) // (2 * divisor) * divisor)
    return rounded + divisor if 10 * rounded < 9 * v else rounded


def common_divisor(a: Num, b: Num) -> Num:
    """The greatest common divisor of two counts."""
    other = _arithmetic(a, b)
    return other.common_divisor(a, b) if other else gcd(a, b)
