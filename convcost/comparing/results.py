"""What a comparison tells: counts of each side, ratios of each pair, and where they turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

from convcost.conventions import Conventions, Counter, measure, summed
from convcost.cost import walk
from convcost.expr import two_places
from convcost.graph import Graph
from convcost.limits import Meter
from convcost.num import Num
from convcost.ops import Shape

METRICS = ("count", "params", "mem_access")


def counted(graph: Graph, by: Conventions, meter: Meter | None = None) -> dict[str, Num]:
    """The counts that are compared; no other line of a comparison looks into a layer's costs."""
    whole = summed(measure(Counter(graph, walk(graph), meter=meter), by, None))
    return {metric: getattr(whole, metric) for metric in METRICS}


@dataclass(frozen=True, slots=True)
class Count:
    """One count of one side.

    `form` is a SymPy expression, or an int where nothing is free; `at` is the formula with the values
    that are given, where they leave some letter free.
    """

    form: Any
    value: int | Fraction | None
    formula: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Ratio:
    """How one count of the later side of a pair stands to that of the earlier."""

    metric: str
    form: Any  # a SymPy expression, or a Fraction; None where the earlier side has none
    value: Fraction | None
    formula: str = ""
    at: str = ""

    @property
    def words(self) -> str:
        """`7.89x fewer`; "" where the ratio is no number."""
        if self.value is None:
            return ""
        if self.value == 1:
            return "the same"
        few, many = ("less", "more") if self.metric == "mem_access" else ("fewer", "more")
        if self.value == 0:
            return "none"
        factor = 1 / self.value if self.value < 1 else self.value
        return f"{two_places(factor)}x {few if self.value < 1 else many}"


@dataclass(frozen=True, slots=True)
class Turn:
    """A side of the map at which both of a pair have the same mem_access, and who has less around it.

    Where letters are free there are no whole sides, and no names where the sign hangs on them.
    """

    formula: str  # D_F^2 = ...
    last_below: int | None = None  # the largest side before it
    first_above: int | None = None  # the next: two on, where both are equal at the whole side between
    below: str = ""  # the side with less mem_access up to there
    above: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """A later side against an earlier one; they are numbered from 0, in the order they were named."""

    of: int
    to: int
    ratios: Mapping[str, Ratio]
    by_side: tuple[tuple[int, Fraction], ...] = ()  # the ratio of mem_access, by D_F
    turns: tuple[Turn, ...] | None = ()  # None where no formula is found


@dataclass(frozen=True, slots=True)
class Side:
    """A block or a network as it was named, and what it costs."""

    name: str
    help: str  # what it is, in the library's words
    counts: Mapping[str, Count]
    ignored: tuple[str, ...] = ()  # what was given and it has no argument or variable for
    input: Shape | None = None  # of a network
    variables: Mapping[str, Any] = field(default_factory=dict)  # of a network, those that are set
    free: Mapping[str, str] = field(default_factory=dict)  # of a network: resolution = 32*r


@dataclass(frozen=True, slots=True)
class Comparison:
    kind: Literal["blocks", "networks"]
    sides: tuple[Side, ...]
    letters: Mapping[str, Fraction | int | None]  # of the formulas, with the values that are given
    pairs: tuple[Pair, ...]
    by: Conventions
    conditions: tuple[str, ...] = ()  # what the formulas take for granted
    files: tuple[str, ...] = ()  # of the networks

    def title(self, metric: str) -> str:
        """What a count is called: work by its convention's name."""
        return self.by.work.name if metric == "count" else metric

    def ratio(self, metric: str, of: int = 1, to: int = 0) -> Ratio:
        """A count of one side over that of an earlier one, by their places from 0."""
        return next(pair for pair in self.pairs if (pair.of, pair.to) == (of, to)).ratios[metric]

    def names(self, pair: Pair) -> tuple[str, str]:
        """The names of a pair's two sides, the later first."""
        return self.sides[pair.of].name, self.sides[pair.to].name
