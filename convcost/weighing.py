"""What an expression costs SymPy, in steps: weighed before it is made to work on it."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import comb
from typing import Any, NamedTuple

import sympy

from convcost.errors import Mark
from convcost.expr import check_digits
from convcost.expr.values import MOST_DIGITS
from convcost.expressions import exact
from convcost.limits import Limits, Meter
from convcost.num import Num

PART = 10  # steps for each part of an expression, wherever it is used
ASK = 200  # steps of finding out whether a relation holds
TIDY = 200  # steps of saying a relation in few words
TERM = 2  # steps for each term of a cost that is written as a sum of products


class Weight(NamedTuple):
    """What SymPy's work on an expression hangs on, as far as one can tell without doing it."""

    parts: int  # each in every place where it stands
    degree: int  # as a polynomial, whose sign is found by factoring it
    nesting: int  # of functions, whose signs are found by those of what is in them


class Scale:
    """Weighs expressions in steps, before SymPy works on them."""

    def __init__(self, meter: Meter) -> None:
        self.meter = meter
        self.known: dict[Any, Weight] = {}

    def weigh(self, expr: Any, where: Mark | None) -> None:
        """The steps of using an expression, whose numbers have no more digits than any number may."""
        parts, degree, nesting = self.weight(expr, where)
        self.meter.step(where, 1 + PART * parts * (8 + 2 * degree * degree + nesting) // 8)

    def weight(self, expr: Any, where: Mark | None) -> Weight:
        found = self.known.get(expr)
        if found is None:
            if expr.is_Rational:
                check_digits(Fraction(expr.p, expr.q), where, self.meter.limits)
            below = [self.weight(part, where) for part in expr.args]
            compared = 1 + len(below) if isinstance(expr, (sympy.Max, sympy.Min)) else 1  # with each other
            found = self.known[expr] = Weight(
                parts=1 + compared * sum(weight.parts for weight in below),
                degree=degree(expr, below),
                nesting=max((weight.nesting for weight in below), default=0) + bool(expr.is_Function),
            )
        return found

    def summed(self, exprs: Iterable[Num], where: Mark | None) -> Any:
        """The sum as a sum of products, the form in which costs are read side by side."""
        parts = [exact(expr) for expr in exprs]
        most = self.meter.limits.steps // TERM + 1
        for part in parts:
            degree = self.weight(part, where).degree
            self.meter.step(where, TERM * terms(part, most)[1] * (8 + degree) // 8)
        result = sympy.expand(sympy.Add(*parts))
        for number in result.atoms(sympy.Rational):
            check_digits(Fraction(number.p, number.q), where, Limits(digits=MOST_DIGITS))
        return result


def degree(expr: Any, below: list[Weight]) -> int:
    """The highest power in an expression, from those of its parts; a function is taken for a symbol."""
    if expr.is_Add:
        return max(weight.degree for weight in below)
    if expr.is_Mul:
        return sum(weight.degree for weight in below)
    if expr.is_Pow and expr.exp.is_Integer:
        return below[0].degree * abs(int(expr.exp))
    return 0 if expr.is_number else 1


def terms(expr: Any, most: int) -> tuple[int, int]:
    """How many terms an expression may have once expanded, and how many on the way; at most about `most`."""
    if not expr.args:
        return 1, 1
    below = [terms(part, most) for part in expr.args]
    work = sum(done for _, done in below)
    if expr.is_Add:
        count = sum(count for count, _ in below)
    elif expr.is_Mul:
        count = 1
        for factor, _ in below:
            count = min(most, count * factor)
    elif expr.is_Pow and expr.exp.is_Integer and expr.exp > 0:
        count = powered(below[0][0], int(expr.exp), most)
    else:
        count = 1
    return min(most, count), min(most, work + count)


def powered(count: int, power: int, most: int) -> int:
    """Terms of a sum of so many, to that power; `most` where the power alone is more."""
    if count == 1:
        return 1
    return most if power > most else min(most, comb(count + power - 1, min(power, count - 1)))
