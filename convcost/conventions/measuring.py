"""What a report counts of each layer: work, parameters and memory access, each by its convention."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import NamedTuple

from convcost.conventions.counting import Counter
from convcost.conventions.dtypes import Dtypes
from convcost.conventions.finding import find
from convcost.conventions.model import Convention
from convcost.cost import Row
from convcost.limits import DEFAULT, Limits
from convcost.num import Num
from convcost.ops import OPS

CLASSES = ("conv", "elementwise", "other")


class Conventions(NamedTuple):
    """The three that a report counts by."""

    work: Convention
    params: Convention
    memory: Convention


def conventions(
    work: str | None = None,
    params: str | None = None,
    memory: str | None = None,
    limits: Limits = DEFAULT,
) -> Conventions:
    """By name, the default where there is none."""
    return Conventions(
        find(work, "work", limits), find(params, "params", limits), find(memory, "memory", limits)
    )


class Measure(NamedTuple):
    """What a layer counts, or several: work by kind, parameters by kind, elements and bytes by class."""

    work: Mapping[str, Num]
    numbers: Mapping[str, Num]
    memory: Mapping[str, Num]
    bytes: Mapping[str, Num] | None  # None where no type of elements is said
    madds: Num  # under every convention, for what intensity is of

    @property
    def count(self) -> Num:
        return sum(self.work.values())

    @property
    def flops(self) -> Num:
        return 2 * self.madds

    @property
    def params(self) -> Num:
        return sum(self.numbers.values())

    @property
    def mem_access(self) -> Num:
        return sum(self.memory.values())

    @property
    def mem_bytes(self) -> Num:
        return sum((self.bytes or {}).values())

    @property
    def intensity(self) -> Fraction | None:
        """Flops for each byte of memory access; None where there are no bytes."""
        moved = self.mem_bytes
        return Fraction(self.flops, moved) if moved else None


def measure(counter: Counter, by: Conventions, dtypes: Dtypes | None) -> list[Measure]:
    """One for each layer, in order; layers alike have one together."""
    counts = (counter.count(by.work), counter.count(by.params), counter.count(by.memory))
    measures = []
    known: dict[tuple[int, ...], Measure] = {}
    for row, work, numbers, traffic in zip(counter.rows, *counts, strict=True):
        alike = (id(row.tally), id(work), id(numbers), id(traffic))
        if alike not in known:
            memory, moved = by_class(row, traffic), in_bytes(row, traffic, dtypes)
            known[alike] = Measure(work, numbers, memory, moved, row.tally.madds)
        measures.append(known[alike])
    return measures


def by_class(row: Row, traffic: Mapping[str, Num]) -> dict[str, Num]:
    elements = sum(traffic.values())
    return {OPS[row.node.op].memory: elements} if traffic else {}


def in_bytes(row: Row, traffic: Mapping[str, Num], dtypes: Dtypes | None) -> dict[str, Num] | None:
    """The traffic in bytes: maps, weights and the numbers of norms each as their own type."""
    if dtypes is None:
        return None
    if not traffic:
        return {}
    op = OPS[row.node.op]
    numbers = dtypes.size("weights" if op.contraction else "norms")
    moved = sum(
        n * (numbers if kind == "weight_reads" else dtypes.size("maps")) for kind, n in traffic.items()
    )
    return {op.memory: moved}


def summed(measures: Iterable[Measure]) -> Measure:
    """The sum, key by key."""
    found = list(measures)
    return Measure(
        work=summed_counts(each.work for each in found),
        numbers=summed_counts(each.numbers for each in found),
        memory=summed_counts(each.memory for each in found),
        bytes=summed_counts(each.bytes or {} for each in found)
        if found and found[0].bytes is not None
        else None,
        madds=sum(each.madds for each in found),
    )


def summed_counts(counts: Iterable[Mapping[str, Num]]) -> dict[str, Num]:
    whole: dict[str, Num] = {}
    for part in counts:
        add(whole, part)
    return whole


def add(whole: dict[str, Num], part: Mapping[str, Num]) -> None:
    for key, n in part.items():
        whole[key] = whole[key] + n if key in whole else n
