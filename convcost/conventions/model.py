"""A convention: for each kind of term that a layer has, how much of it is counted, and who says so."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from convcost.conventions.names import AROUND
from convcost.errors import Mark, SpecError
from convcost.expr import Expr


class Rule(NamedTuple):
    """What one kind counts: a formula in the names of `names.py`, and the place that it follows."""

    formula: Expr
    weight: int | Fraction | None  # where it is n, times this
    source: str

    @property
    def text(self) -> str:
        return self.formula.text


class Convention(NamedTuple):
    """A table of rules over the kinds of its family (work, params or memory).

    A kind without a rule has that of `others`, or, where that is None, is not known: it is refused.
    """

    name: str
    family: str
    title: str
    group: str  # under which it is listed: house, papers, tools, or "" for one of a user's own
    unit: str
    says: str
    source: str
    calls: str  # what those who count so call their figure
    sees: Expr | None  # which layers; what is not seen counts nothing
    rules: Mapping[str, Rule]
    others: Rule | None
    mark: Mark

    def rule(self, kind: str) -> Rule | None:
        """The rule for a kind, None where none is known."""
        return self.rules.get(kind, self.others)

    def unknown(self, kind: str, path: str, mark: Mark | None) -> SpecError:
        """The refusal of a layer for which there is no rule, or one that says `unknown`."""
        rule = self.rules.get(kind)
        why = f": {rule.source}" if rule and rule.source else ""
        row = "" if rule else f"give {kind!r} a row in {self.mark.source.name}, or "
        return SpecError(
            f"{path}: what {self.name} counts for {kind!r} is not known{why}",
            mark,
            f"{row}count by another convention: `convcost conventions` lists them",
        )

    @property
    def looks_around(self) -> bool:
        """Whether any formula names a fact of the layers around one."""
        rules = (*self.rules.values(), *((self.others,) if self.others else ()))
        formulas = (*(rule.formula for rule in rules), *((self.sees,) if self.sees else ()))
        return any(formula.names() & AROUND for formula in formulas)
