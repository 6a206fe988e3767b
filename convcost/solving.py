"""The value of one variable whose totals fit a budget best, as an exact interval.

A network's cost is a step function of a number such as a width multiplier: widths are rounded. So an
expansion runs on forms a + b x, and each rounding and comparison of a form narrows the interval around
x on which it, and with it the whole graph, stays the same. The search goes from interval to interval.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from convcost import num
from convcost.conventions import DEFAULTS, Conventions, Counter, conventions, measure, summed
from convcost.cost import walk
from convcost.errors import Mark, Source, SpecError, nearest
from convcost.expand import expand
from convcost.expr import show
from convcost.graph import Graph
from convcost.linear import Form, Formed, Forms, Interval, NotLinear, Point, simplest
from convcost.printed import Printed, read_printed
from convcost.reader import Scalar
from convcost.spec import Settings, Spec, Variable

Totals: TypeAlias = Mapping[str, int]

METRICS = ("count", "madds", "flops", "params", "mem_access")
LOCAL = 8  # steps looked at on each side of where a search ends
DOUBLINGS = 30  # how far a search goes from where it starts
GAP = 200  # neighbouring intervals that may all be refused
STEPS = 2_000  # and that may all fit best
NEAR = 64  # and that are joined beside the best


# ------------------------------------------------------------------------------ what is asked, what is found


class Target(NamedTuple):
    """`madds<=300M`, a budget, or `madds=300M`, the total to come near."""

    metric: str
    relation: str
    printed: Printed
    value: Fraction

    def deviation(self, totals: Totals) -> Fraction:
        """How far above the target, as a part of it."""
        return (totals[self.metric] - self.value) / self.value

    @property
    def text(self) -> str:
        return f"{self.metric}{self.relation}{self.printed.text}"


class Step(NamedTuple):
    """An interval and the totals at its value; None where the spec refuses its values."""

    interval: Interval
    totals: Totals | None


class Solution(NamedTuple):
    """The best interval, the second best, and what the search saw on the way."""

    spec: Spec
    variable: Variable
    targets: tuple[Target, ...]
    by: Conventions
    best: Step | None
    runner_up: Step | None
    below: Step | None  # what stands beside the best one
    above: Step | None
    closest: Step | None  # where nothing fits, the one that exceeds the budgets least
    monotone: bool  # no total of a target fell as the variable rose, wherever the search looked
    looked: int  # intervals that were evaluated and are not refused


_TARGET = re.compile(r"(\w+)\s*(<=|=)\s*(.+)\Z", re.ASCII)


def read_target(text: str) -> Target:
    """`madds<=300M`"""
    match = _TARGET.match(text.strip())
    if not match:
        raise SpecError(f"--target {text!r} is not METRIC<=FIGURE or METRIC=FIGURE", hint="madds<=300M")
    metric, relation, figure = match.groups()
    if metric not in METRICS:
        raise SpecError(f"--target {text!r}: there is no total {metric!r}", hint=nearest(metric, METRICS))
    printed = read_printed(Scalar(figure, Mark(Source("--target", text), 1, match.start(3) + 1)), {})
    if printed.share or not printed.digits:
        raise SpecError(f"--target {text!r}: a total is a count above 0", hint="madds<=300M")
    return Target(metric, relation, printed, printed.digits * Fraction(printed.unit) / 10**printed.decimals)


# ------------------------------------------------------------------------------ the search

Place: TypeAlias = tuple[Fraction, int]  # an x, and -1, 0 or 1: just below, at, just above it
Fits: TypeAlias = Callable[[Step], bool]


class Search:
    """The steps of one spec along one variable, each evaluated once."""

    def __init__(
        self,
        spec: Spec,
        name: str,
        targets: tuple[Target, ...],
        settings: Settings,
        variant: str | None,
        by: Conventions | None = None,
    ) -> None:
        self.spec, self.targets, self.settings, self.variant = spec, targets, dict(settings), variant
        self.by = by or conventions()
        self.variable = numeric(spec, name, settings)
        self.counts = self.variable.kind == "count"
        self.meter = spec.meter()  # of the whole search
        self.steps: list[Step] = []  # from left to right, and where each begins
        self.starts: list[Place] = []
        self.refusal: SpecError | None = None

    def plain(self, x: Fraction) -> Totals | None:
        """The totals at x as a report has them: no forms."""
        try:
            bound = self.spec.bind({**self.settings, self.variable.name: num.whole(x)}, self.variant)
            return totals(expand(self.spec, bound, meter=self.meter), self.by)
        except SpecError as error:
            self.refuse(error)
            return None

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
            bound = self.spec.bind({**self.settings, self.variable.name: form}, self.variant)
            found = totals(Formed(machine).network(self.spec, bound, None), self.by)
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
        """The same totals, of those that the targets are about."""
        if a is None or b is None:
            return a is b
        return all(a[target.metric] == b[target.metric] for target in self.targets)

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
        return Fraction(self.spec.bind(self.settings, self.variant)[self.variable.name].value)

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


def totals(graph: Graph, by: Conventions) -> Totals:
    found = summed(measure(Counter(graph, walk(graph)), by, None))
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


# ------------------------------------------------------------------------------ the answer


def solve(
    spec: Spec,
    name: str,
    targets: tuple[Target, ...],
    settings: Settings | None = None,
    variant: str | None = None,
    by: Conventions | None = None,
) -> Solution:
    """The interval of a variable that fits best.

    Every budget holds. Of what is left, the totals with `=` come nearest, the one furthest off first;
    where there is none, the totals under a budget are the largest, the first budget first.
    """
    if not targets:
        raise SpecError("there is no target", hint="--target 'madds<=300M'")
    by = by or conventions()
    for named, usual, metric in zip(by, DEFAULTS.values(), ("count", "params", "mem_access"), strict=True):
        if named.name != usual and not any(target.metric == metric for target in targets):
            raise SpecError(
                f"{named.name} says what {metric!r} is, and no target is about it",
                hint=f"--target '{metric}<=300M'",
            )
    search = Search(spec, name, targets, settings or {}, variant, by)
    budgets = [target for target in targets if target.relation == "<="]
    aims = [target for target in targets if target.relation == "="]

    def allowed(step: Step) -> bool:
        return step.totals is not None and all(b.deviation(step.totals) <= 0 for b in budgets)

    def fits(step: Step) -> bool:
        """Below the target; of several to come near, where the one most above outweighs no one below."""
        assert step.totals is not None
        off = [aim.deviation(step.totals) for aim in aims]
        return allowed(step) and (not off or max(off) + min(off) <= 0)

    def excess(step: Step) -> Fraction:
        assert step.totals is not None
        return max(budget.deviation(step.totals) for budget in budgets)

    def rank(step: Step) -> tuple[object, ...]:
        assert step.totals is not None
        size = [step.totals[target.metric] for target in targets]
        if aims:
            return (max(abs(aim.deviation(step.totals)) for aim in aims), *size)
        return tuple(-count for count in size)

    for _ in search.around(search.cross(fits)):
        pass
    seen = sorted((s for s in search.steps if s.totals is not None), key=lambda s: start(s.interval))
    monotone = all(
        a.totals[t.metric] <= b.totals[t.metric]  # type: ignore[index]
        for a, b in pairwise(seen)
        for t in targets
    )
    ranked = sorted(filter(allowed, seen), key=rank)
    closest = None if ranked else min(seen, key=excess)
    best = search.whole(ranked[0]) if ranked else None
    second = next((s for s in ranked if best and s.interval.value not in best.interval), None)
    below, above = (search.beside(best, way) if best else None for way in ("left", "right"))
    return Solution(
        spec=spec,
        variable=search.variable,
        targets=targets,
        by=by,
        best=best,
        runner_up=search.whole(second) if second else None,
        below=search.near(below) if below else None,
        above=search.near(above) if above else None,
        closest=search.near(closest) if closest else None,
        monotone=monotone,
        looked=sum(step.totals is not None for step in search.steps),
    )
