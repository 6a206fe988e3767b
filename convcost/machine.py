"""What numbers an expansion runs on: who counts its steps, caps its sizes and answers when it must decide."""

from __future__ import annotations

from typing import Protocol

from convcost.errors import Mark
from convcost.expr import Value, check_digits, compare
from convcost.graph import Decision
from convcost.limits import Limits, Meter
from convcost.num import Num


class Machine(Protocol):
    """The numbers an expansion runs on, and who answers when it must decide."""

    limits: Limits
    exact: bool  # numbers are ints and fractions, so that checks can be made
    path: str  # the line being expanded
    mark: Mark | None

    def step(self, where: Mark | None, count: int = 1) -> None: ...
    def check(self, value: Value, where: Mark) -> Value: ...
    def decide(self, text: str, relation: str, left: Num, right: Num) -> bool: ...
    def times(self, text: str, value: Num) -> int: ...
    @property
    def ledger(self) -> tuple[Decision, ...]: ...


class Ints:
    """Exact numbers: every comparison is answered, and written into the ledger."""

    exact = True

    def __init__(self, meter: Meter | None = None) -> None:
        meter = meter or Meter()
        self.limits, self.step, self.path = meter.limits, meter.step, ""
        self.mark: Mark | None = None
        self.decisions: list[Decision] = []

    @property
    def ledger(self) -> tuple[Decision, ...]:
        return tuple(self.decisions)

    def check(self, value: Value, where: Mark) -> Value:
        self.step(where)
        return check_digits(value, where, self.limits)

    def decide(self, text: str, relation: str, left: Num, right: Num) -> bool:
        answer = compare(relation, left, right)
        self.decisions.append(Decision(self.path, text, relation, left, right, answer))
        return answer

    def times(self, text: str, value: Num) -> int:
        self.decisions.append(Decision(self.path, f"repeat: {text}", "==", value, value, value))
        return int(value)
