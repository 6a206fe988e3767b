"""Closed forms: the same expansion and walk on SymPy symbols. The only file that imports SymPy.

An expansion on symbols takes the decisions of an expansion on ints for granted; those it could not
have known are the domain of the form.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import sympy

from convcost import num
from convcost.errors import Mark
from convcost.expand import Expansion
from convcost.expr import Bound, Value
from convcost.graph import Decision, Graph
from convcost.limits import DEFAULT, Limits
from convcost.num import Num
from convcost.ops import Shape
from convcost.spec import Block


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
        return sympy.sympify(a) / b

    def make_divisible(self, v: Num, divisor: Num) -> Num:
        return make_divisible(v, divisor)

    def common_divisor(self, a: Num, b: Num) -> Num:
        return common_divisor(a, b)


num.register(sympy.Basic, _Symbolic())

_RELATIONS = {
    "==": sympy.Eq,
    "!=": sympy.Ne,
    "<": sympy.Lt,
    "<=": sympy.Le,
    ">": sympy.Gt,
    ">=": sympy.Ge,
}


class Replay:
    """A machine that answers as an int run did, and keeps what the answers took for granted."""

    exact = False

    def __init__(self, ledger: tuple[Decision, ...], limits: Limits = DEFAULT) -> None:
        self.limits, self.path = limits, ""
        self.taken = ledger
        self.next = iter(ledger)
        self.conditions: list[Any] = []

    @property
    def ledger(self) -> tuple[Decision, ...]:
        return self.taken

    def step(self, where: Mark) -> None:
        return

    def check(self, value: Value, where: Mark) -> Value:
        return num.whole(value) if isinstance(value, Fraction) else value

    def decide(self, text: str, relation: str, left: Num, right: Num) -> bool:
        decision = next(self.next)
        assert decision.text == text, f"replayed {text!r} where {decision.text!r} was decided"
        holds = _RELATIONS[relation](left, right)
        self.assume(holds if decision.answer else sympy.Not(holds))
        return bool(decision.answer)

    def times(self, text: str, value: Num) -> int:
        decision = next(self.next)
        self.assume(sympy.Eq(value, decision.answer))
        return int(decision.answer)

    def assume(self, condition: Any) -> None:
        """Keep a condition that is not simply true."""
        if condition not in (sympy.true, True) and condition not in self.conditions:
            self.conditions.append(condition)


def block_form(
    block: Block, given: Mapping[str, Bound], shape: Shape, ledger: tuple[Decision, ...]
) -> tuple[Graph, tuple[Any, ...]]:
    """A block's graph on symbols, and the conditions under which it is this graph."""
    machine = Replay(ledger)
    graph = Expansion(machine).block(block, given, shape)
    return graph, tuple(machine.conditions)


def positive(name: str) -> Any:
    """A size: a positive integer."""
    return sympy.Symbol(name, integer=True, positive=True)


def ratio(a: Num, b: Num) -> Any:
    """a / b, in lowest terms: a sum of fractions where that is shorter, else one fraction."""
    quotient = sympy.cancel(sympy.sympify(a) / b)
    apart = sympy.expand(quotient)
    return apart if sympy.count_ops(apart) <= sympy.count_ops(quotient) else quotient


def positive_roots(difference: Any, unknown: Any) -> list[Any] | None:
    """Where a difference of costs is zero, as forms of the other sizes.

    None where it is no polynomial (a stride leaves a floor): what SymPy finds then hangs on chance.
    """
    free = sympy.Symbol("x", positive=True)
    shown = sympy.expand(difference).subs(unknown, free)
    if shown == 0:
        return []
    return list(sympy.solve(shown, free)) if shown.is_polynomial(free) else None


def ceiling(value: Any) -> int:
    """The least whole number that is not below a real one."""
    return int(sympy.ceiling(value))


def formula(expr: Any) -> str:
    """An expression as a formula in one line: 1/N + 1/D_K^2."""
    if isinstance(expr, sympy.core.relational.Relational):
        return f"{formula(expr.lhs)} {expr.rel_op} {formula(expr.rhs)}"
    text = sympy.sstr(sympy.sympify(expr))
    text = re.sub(r"\b(\w+)\*\*\(-(\d+)\)", r"1/\1^\2", text)
    return text.replace("**", "^")
