"""Conventions beside each other: what each counts of a kind, and of a network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from convcost.conventions.counting import Counter
from convcost.conventions.measuring import summed_counts
from convcost.conventions.model import Convention, Rule
from convcost.conventions.names import NAMES
from convcost.conventions.reading import kinds_of
from convcost.cost import walk
from convcost.errors import SpecError, nearest
from convcost.graph import Graph
from convcost.limits import DEFAULT, Limits, Meter
from convcost.num import Num
from convcost.ops import OPS


class Cell(NamedTuple):
    """What one convention counts of a kind: its rule (None: not known), and how much of a network."""

    rule: Rule | None
    counted: Num | None = None


class SideBySide(NamedTuple):
    """A row a kind, a cell a convention; kinds of which none counts anything stand apart."""

    conventions: tuple[Convention, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    nothing: tuple[str, ...]
    totals: tuple[Num, ...]  # of the network; () where there is none
    names: tuple[str, ...]  # that the rules use

    @property
    def differ(self) -> frozenset[str]:
        """The kinds that they do not count alike."""
        return frozenset(
            kind
            for kind, cells in self.rows
            if len({cell.rule.text if cell.rule else None for cell in cells}) > 1
        )


def side_by_side(
    conventions: Sequence[Convention],
    op: str | None = None,
    graph: Graph | None = None,
    limits: Limits = DEFAULT,
) -> SideBySide:
    """Conventions of one family over its kinds, an op's, or those of a network."""
    family = conventions[0].family
    if len({convention.family for convention in conventions}) > 1:
        said = ", ".join(f"{c.name} counts {c.family}" for c in conventions)
        raise SpecError(f"these do not count the same thing: {said}")
    kinds = sorted(kinds_of(family))
    if op is not None:
        if op not in OPS:
            raise SpecError(f"there is no op {op!r}", hint=nearest(op, set(OPS)))
        kinds = [kind for kind in OPS[op].work if family == "work"] or kinds
    counts: list[dict[str, Num]] = [{} for _ in conventions]
    if graph is not None:
        counter = Counter(graph, walk(graph), meter=Meter(limits))
        counts = [summed_counts(counter.count(convention)) for convention in conventions]
        found = counter.kinds(family)
        kinds = [kind for kind in kinds if kind in found]
    rows = []
    for kind in kinds:
        rules = [convention.rule(kind) for convention in conventions]
        cells = (
            Cell(rule, by.get(kind, 0) if graph else None) for rule, by in zip(rules, counts, strict=True)
        )
        rows.append((kind, tuple(cells)))
    silent = [kind for kind, cells in rows if all(cell.rule and cell.rule.weight == 0 for cell in cells)]
    told = tuple(row for row in rows if row[0] not in silent)
    used = {name for _, cells in told for c in cells if c.rule for name in c.rule.formula.names()}
    return SideBySide(
        conventions=tuple(conventions),
        rows=told,
        nothing=tuple(silent),
        totals=tuple(sum(by.values()) for by in counts) if graph else (),
        names=tuple(name for name in NAMES if name in used),
    )
