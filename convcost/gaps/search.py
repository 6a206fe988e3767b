"""The smallest sets of changes that give a printed figure exactly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import combinations, islice
from typing import NamedTuple

from convcost.conventions import Convention, Counter
from convcost.cost import Row, walk
from convcost.errors import SpecError
from convcost.expand import expand
from convcost.gaps.changes import SWITCH, Reading, Setting, Way, other_settings, readings, ways
from convcost.graph import Graph
from convcost.limits import Meter
from convcost.ops import OPS
from convcost.printed import Printed
from convcost.spec import Settings, Spec

MOST = 5  # the cost of the changes beyond which nothing is tried
NETWORKS = 1_000  # the settings of the spec that are tried
NEAR = 3  # of the nearest misses, how many are told
ALIKE, CANDIDATE = 4, 2  # layers that are counted in a step; steps of holding a count against the figure


class Network:
    """The network at some settings, and what its layers count in each way, within the steps of a search."""

    def __init__(self, graph: Graph, meter: Meter) -> None:
        self.graph, self.meter = graph, meter
        self.rows: tuple[Row, ...] = walk(graph)
        self.counter = Counter(graph, self.rows, meter=meter)
        self.counts: dict[str, list[int | Fraction] | None] = {}

    def layers(self, convention: Convention) -> list[int | Fraction] | None:
        """What each layer counts; None where the convention does not know one, or no steps are left."""
        if convention.name not in self.counts:
            try:
                self.meter.step(None, len(self.rows) // ALIKE)
                counts = self.counter.count(convention)
                found: list[int | Fraction] | None = [sum(layer.values()) for layer in counts]
            except SpecError:
                found = None
            self.counts[convention.name] = found
        return self.counts[convention.name]

    @cached_property
    def contractions(self) -> list[int]:
        return [i for i, row in enumerate(self.rows) if OPS[row.node.op].contraction]

    def left_out(self, where: str) -> range:
        """The first or last contraction, by place, and what stands between it and the next."""
        at = self.contractions
        if where == "first":
            return range(at[0], at[1] if len(at) > 1 else len(self.rows))
        return range(at[-1], len(self.rows))

    def also(self, way: Way) -> int:
        """What a way counts beside its convention."""
        return sum(
            often * row.tally.ops.get(kind, 0) for row in self.rows for kind, often in way.also.items()
        )

    def count(self, way: Way) -> int | Fraction | None:
        layers = self.layers(way.convention)
        if layers is None or (way.without and len(self.contractions) < 2):
            return None
        total = sum(layers) + (self.also(way) if way.also else 0)
        if way.without:
            total -= sum(layers[i] for i in self.left_out(way.without))
        return 2 * total if way.doubled else total


class Candidate(NamedTuple):
    """A network, a way to count it, and a reading of the figure."""

    settings: tuple[Setting, ...]
    way: Way
    reading: Reading
    value: int | Fraction

    @property
    def cost(self) -> int:
        return sum(setting.cost for setting in self.settings) + self.way.cost + self.reading.cost

    @property
    def text(self) -> str:
        """The changes, in words; "" where there are none."""
        return "; ".join((*(setting.text for setting in self.settings), *self.way.texts))


class Found(NamedTuple):
    """Explanations of a figure, the simplest first, or the counts that came nearest."""

    spec: Spec
    metric: str
    printed: Printed
    base: Convention
    settings: Settings  # of the spec as it is asked about, every variable
    start: int | Fraction
    fits: tuple[Candidate, ...]
    nearest: tuple[Candidate, ...]
    tried: int
    skipped: bool  # whether the caps left no room for some
    networks: dict[tuple[str, ...], Network]


def search(
    spec: Spec, metric: str, printed: Printed, base: Convention, settings: Settings, variant: str | None
) -> Found:
    """Every set of changes by cost, until a cost at which one fits and the next."""
    return Search(spec, metric, printed, base, settings, variant).found()


class Search:
    def __init__(
        self,
        spec: Spec,
        metric: str,
        printed: Printed,
        base: Convention,
        settings: Settings,
        variant: str | None,
    ) -> None:
        self.spec, self.metric, self.printed, self.base = spec, metric, printed, base
        self.meter = spec.meter()  # of the whole search
        self.bound = spec.bind(settings, variant)
        self.now = {name: bound.value for name, bound in self.bound.items()}
        self.networks: dict[tuple[str, ...], Network | None] = {}
        self.changed: dict[int, list[tuple[Setting, ...]]] = {}  # sets of changes, by their cost
        self.ways = ways(base)
        self.readings = readings(printed)
        self.others = other_settings(spec, self.now)
        self.tried, self.skipped = 0, False

    @property
    def full(self) -> bool:
        """Whether no more networks are tried than were."""
        return len(self.networks) >= NETWORKS or self.meter.spent

    def found(self) -> Found:
        start = self.network(())
        assert start is not None
        count = start.count(self.ways[0])
        if count is None:
            start.counter.count(self.base)  # says what it does not know
        assert count is not None
        fits: list[Candidate] = []
        nearest: list[Candidate] = []
        first = MOST
        for cost in range(MOST + 1):
            if cost > first + 1:
                break
            for candidate in self.candidates(cost):
                if candidate.reading.agrees(candidate.value):
                    fits.append(candidate)
                    first = min(first, cost)
                elif candidate.reading is self.readings[0]:
                    nearest.append(candidate)
        return Found(
            spec=self.spec,
            metric=self.metric,
            printed=self.printed,
            base=self.base,
            settings=self.now,
            start=count,
            fits=tuple(told_once(fits)),
            nearest=tuple(sorted(told_once(nearest), key=self.miss)[:NEAR]),
            tried=self.tried,
            skipped=self.skipped,
            networks={key: network for key, network in self.networks.items() if network is not None},
        )

    def candidates(self, cost: int) -> Iterator[Candidate]:
        """Every candidate whose changes cost so much, those of the network last."""
        for of_network in range(cost + 1):
            counts = self.counts_of(cost - of_network)
            for settings in self.changes(of_network) if counts else ():
                network = self.network(settings)
                for way, reading in counts if network is not None else ():
                    self.meter.steps += CANDIDATE
                    count = network.count(way) if network is not None else None
                    if count is not None:
                        self.tried += 1
                        yield Candidate(settings, way, reading, count)

    def counts_of(self, cost: int) -> list[tuple[Way, Reading]]:
        """The ways to count with the readings of the figure that cost so much together."""
        return [
            (way, reading)
            for way in self.ways
            for reading in self.readings
            if way.cost + reading.cost == cost
        ]

    def changes(self, cost: int) -> list[tuple[Setting, ...]]:
        """The sets of changes of the network that cost so much, as far as they can be tried."""
        if cost not in self.changed:
            self.changed[cost] = list(islice(self.sets(cost), NETWORKS))
        return self.changed[cost]

    def sets(self, cost: int) -> Iterator[tuple[Setting, ...]]:
        """No change of the network, one, or two of different variables."""
        if cost == 0:
            yield ()
        yield from ((setting,) for setting in self.others if setting.cost == cost)
        for one, other in combinations(self.others, 2) if cost >= 2 * SWITCH else ():
            self.meter.steps += 1
            if self.full:
                self.skipped = True
                break
            if one.cost + other.cost == cost and not one.settings.keys() & other.settings.keys():
                yield one, other

    def network(self, settings: Sequence[Setting]) -> Network | None:
        """The network with these changes; None where the spec refuses them, or too many were tried."""
        key = tuple(setting.text for setting in settings)
        if key not in self.networks:
            if self.full and settings:
                self.skipped = True
                return None
            self.networks[key] = self.made(settings)
        return self.networks[key]

    def made(self, settings: Sequence[Setting]) -> Network | None:
        changed = {name: value for setting in settings for name, value in setting.settings.items()}
        try:
            bound = self.bound | self.spec.given(changed)
            network = Network(expand(self.spec, bound, meter=self.meter), self.meter)
        except SpecError:
            if not settings:
                raise
            return None
        known = not settings or network.layers(self.base) is not None
        return network if known else None

    def miss(self, candidate: Candidate) -> Fraction:
        """How far a count is from what the figure stands for."""
        figure = Fraction(self.printed.digits) * self.printed.unit / Fraction(10) ** self.printed.decimals
        return abs(candidate.value - figure)


def told_once(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The simplest of those that count the same of one network, with the conventions that do so too."""
    found: dict[tuple[object, ...], Candidate] = {}
    for candidate in sorted(candidates, key=lambda candidate: candidate.cost):
        changed = tuple(setting.text for setting in candidate.settings)
        key = (changed, candidate.value, candidate.way.without)
        other = found.setdefault(key, candidate)
        named = candidate.way.named
        if candidate.cost == other.cost and named and other.way.named and named not in other.way.named:
            found[key] = other._replace(way=other.way._replace(named=f"{other.way.named}, {named}"))
    return list(found.values())
