"""The totals of a network along one of its variables, as steps of exact intervals.

A network's cost is a step function of a number such as a width multiplier: widths are rounded. So an
expansion runs on forms a + b x, and each rounding and comparison of a form narrows the interval around
x on which it, and with it the whole graph, stays the same. The search goes from interval to interval.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from convcost import num
from convcost.conventions import Conventions, Counter, conventions, measure, summed
from convcost.cost import walk
from convcost.errors import SpecError
from convcost.expand import expand
from convcost.expr import Bound, Value, show
from convcost.graph import Graph
from convcost.limits import Meter
from convcost.linear import Form, Formed, Forms, Interval, NotLinear, Point, simplest
from convcost.spec import Settings, Spec, Variable

Totals: TypeAlias = Mapping[str, int]
Place: TypeAlias = tuple[Fraction, int]  # an x, and -1, 0 or 1: just below, at, just above it

METRICS = ("count", "madds", "flops", "params", "mem_access")
LOCAL = 8  # steps looked at on each side of where a search ends
DOUBLINGS = 30  # how far a search goes from where it starts
GAP = 200  # neighbouring intervals that may all be refused
STEPS = 2_000  # and that may all fit best
NEAR = 64  # and that are joined beside the best


class Step(NamedTuple):
    """An interval and the totals at its value; None where the spec refuses its values."""

    interval: Interval
    totals: Totals | None


Fits: TypeAlias = Callable[[Step], bool]


class Search:
    """The steps of one spec along one variable, each evaluated once."""

    def __init__(
        self,
        spec: Spec,
        name: str,
        metrics: Sequence[str],
        settings: Settings,
        variant: str | None,
        by: Conventions | None = None,
        meter: Meter | None = None,
    ) -> None:
        self.spec, self.metrics = spec, metrics
        self.others = spec.bind(settings, variant)
        self.by = by or conventions()
        self.variable = numeric(spec, name, settings)
        self.counts = self.variable.kind == "count"
        self.meter = meter or spec.meter()  # of the whole search
        self.steps: list[Step] = []  # from left to right, and where each begins
        self.starts: list[Place] = []
        self.refusal: SpecError | None = None

    def plain(self, x: Fraction) -> Totals | None:
        """The totals at x as a report has them: no forms."""
        try:
            bound = self.bound(num.whole(x))
            return totals(expand(self.spec, bound, meter=self.meter), self.by, self.meter)
        except SpecError as error:
            self.refuse(error)
            return None

    def bound(self, value: Value) -> dict[str, Bound]:
        """Every variable with its value; SpecError where this one does not take it."""
        return self.others | self.spec.given({self.variable.name: value})

    def refuse(self, error: SpecError) -> None:
        """Keep the first refusal of a value; that the whole search takes too long is no such thing."""
        if self.meter.spent:
            raise error
        self.refusal = self.refusal or error

    def at(self, place: Place) -> Step:
        """The step around a place."""
        i = bisect_right(self.starts, place)
        if i and not before(self.steps[i - 1].interval, place):
            return self.steps[i - 1]
        step = self.count(place[0]) if self.counts else self.evaluated(Point(*place))
        i = bisect_right(self.starts, start(step.interval))
        self.steps.insert(i, step)
        self.starts.insert(i, start(step.interval))
        return step

    def count(self, x: Fraction) -> Step:
        assert x.denominator == 1
        return Step(Interval(x, True, x, True), self.plain(x))

    def evaluated(self, point: Point) -> Step:
        machine = Forms(self.meter, point)
        form = Form(point, Fraction(0), Fraction(1))
        try:
            found = totals(Formed(machine).network(self.spec, self.bound(form), None), self.by, self.meter)
        except SpecError as error:
            self.refuse(error)
            return Step(point.around, None)
        except NotLinear:
            raise SpecError(
                f"{machine.path or self.spec.name}: {self.variable.name} times itself, or below a division",
                hint="solve follows sums of its multiples, rounded or not",
            ) from None
        return Step(point.around, found)

    def right(self, step: Step) -> Step | None:
        place = after(step.interval, self.counts)
        return self.at(place) if place else None

    def left(self, step: Step) -> Step | None:
        low, closed, _, _ = step.interval
        if low is None:
            return None
        return self.at((low - 1, 0) if self.counts else (low, -1 if closed else 0))

    def beside(self, step: Step, way: str) -> Step | None:
        """The nearest step to the `right` or `left` that is not refused."""
        found = getattr(self, way)(step)
        for _ in range(GAP if found and found.totals is None else 0):
            found = getattr(self, way)(found)
            if found is None or found.totals is not None:
                break
        return found if found and found.totals is not None else None

    def good(self, step: Step) -> Step | None:
        """The step, or where it is refused, the nearest to the right that is not."""
        return step if step.totals is not None else self.beside(step, "right")

    def whole(self, step: Step) -> Step:
        """With the steps on both sides that fit as well: the maximal interval, proven."""
        (first, left), (last, right) = (self.end(step, way, STEPS) for way in ("left", "right"))
        if not (left and right):
            raise SpecError(f"more than {STEPS:,} steps of {self.variable.name} have the same totals")
        return self.prove(Step(Interval(*first.interval[:2], *last.interval[2:]), first.totals))

    def near(self, step: Step) -> Step:
        """The same for one that is only told of, as far as a short walk goes."""
        (first, _), (last, _) = (self.end(step, way, NEAR) for way in ("left", "right"))
        return Step(Interval(*first.interval[:2], *last.interval[2:]), first.totals)

    def end(self, step: Step, way: str, most: int) -> tuple[Step, bool]:
        """The last step in a direction whose totals of the targets are the same; whether it was reached."""
        for _ in range(most):
            more = getattr(self, way)(step)
            if more is None or not self.alike(more.totals, step.totals):
                return step, True
            step = more
        return step, False

    def alike(self, a: Totals | None, b: Totals | None) -> bool:
        """The same totals, of the metrics that are asked about."""
        if a is None or b is None:
            return a is b
        return all(a[metric] == b[metric] for metric in self.metrics)

    # -------------------------------------------------------------------------- where the totals cross

    def cross(self, fits: Fits) -> Step:
        """The last step that fits before one that does not, or the first, by doubling and halving."""
        origin = self.origin()
        found = self.good(self.at((origin, 0))) or self.lowest(origin)
        if found is None:
            assert self.refusal is not None
            raise self.refusal
        if not fits(found):
            bound = start(found.interval)
            lowest = self.lowest(origin, fits)
            if lowest is None or not fits(lowest):
                return lowest or found
            return self.between(lowest, bound, fits)
        for k in range(DOUBLINGS):
            place = after(found.interval, self.counts)
            if place is None:
                return found
            probe = self.at((Fraction(num.ceil(place[0])) + 2**k, 0))
            further = self.good(probe)
            if further is None or not fits(further):
                return self.between(found, start(probe.interval), fits)
            found = further
        raise SpecError(
            f"no total reaches its target up to {self.variable.name} = {show(found.interval.value)}",
            hint="there is nothing to solve where a total does not depend on the variable",
        )

    def origin(self) -> Fraction:
        """Where the search starts: the variable's own value."""
        return Fraction(self.others[self.variable.name].value)

    def lowest(self, origin: Fraction, fits: Fits | None = None) -> Step | None:
        """The first step further down that fits, or else the lowest."""
        found = None
        for k in range(DOUBLINGS):
            place = Fraction(num.floor(origin)) - 2**k
            probe = self.at((max(place, Fraction(0)) if self.counts else place, 0))
            found = self.good(probe) or found
            last = place <= 0 if self.counts else probe.interval.low is None
            if last or (found and fits and fits(found)):
                break
        return found

    def between(self, low: Step, bound: Place, fits: Fits) -> Step:
        """The last step that fits, where `low` does and what starts at `bound` does not."""
        while (place := after(low.interval, self.counts)) is not None and place < bound:
            probe = self.at(middle(place, bound, self.counts))
            found = self.good(probe)
            if found is not None and start(found.interval) < bound and fits(found):
                low = found
            else:
                bound = start(probe.interval)
        return low

    def around(self, step: Step) -> Iterator[Step]:
        """The step and a few on each side: totals need not rise everywhere."""
        yield step
        for way in ("left", "right"):
            beside: Step | None = step
            for _ in range(LOCAL):
                beside = self.beside(beside, way) if beside else None
                if beside is None:
                    break
                yield beside

    def prove(self, step: Step) -> Step:
        """The step, once plain numbers give its totals at its value and closed ends, others at open ones."""
        interval = step.interval
        for x, closed in ((interval.value, True), interval[:2], interval[2:]):
            if x is not None:
                assert self.alike(self.plain(x), step.totals) is closed, f"{self.variable.name} = {x}"
        return step


def totals(graph: Graph, by: Conventions, meter: Meter) -> Totals:
    found = summed(measure(Counter(graph, walk(graph), meter=meter), by, None))
    return {metric: getattr(found, metric) for metric in METRICS}


def numeric(spec: Spec, name: str, settings: Settings) -> Variable:
    if name not in spec.variables:
        raise SpecError(f"{spec.name} has no variable {name!r}", hint=spec.variables_text())
    variable = spec.variables[name]
    if variable.kind not in ("count", "number"):
        raise SpecError(f"{name} is no number: it is {variable.range}", hint=spec.variables_text())
    if name in settings:
        raise SpecError(f"{name} is both set and looked for")
    return variable


def start(interval: Interval) -> Place:
    """The first place of an interval."""
    if interval.low is None:
        return Fraction(-(10**40)), 0
    return interval.low, 0 if interval.low_closed else 1


def after(interval: Interval, counts: bool) -> Place | None:
    """The first place behind it; of counts, the next whole number."""
    if interval.high is None:
        return None
    if counts:
        return interval.high + 1, 0
    return interval.high, 1 if interval.high_closed else 0


def before(interval: Interval, place: Place) -> bool:
    """The interval ends before the place."""
    end = after(interval, counts=False)
    return end is not None and end <= place


def middle(place: Place, bound: Place, counts: bool) -> Place:
    """A place of the middle third, of the smallest denominator; `place` where there is none between."""
    third = (bound[0] - place[0]) / 3
    if not third:
        return place
    inside = simplest(place[0] + third, bound[0] - third)
    return (Fraction(num.floor(place[0] + bound[0]) // 2), 0) if counts else (inside, 0)
