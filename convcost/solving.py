"""The value of one variable whose totals fit a budget best, as an exact interval."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from convcost.conventions import DEFAULTS, Conventions, conventions
from convcost.errors import Mark, Source, SpecError, nearest
from convcost.printed import Printed, read_printed
from convcost.reader import Scalar
from convcost.spec import Settings, Spec, Variable
from convcost.stepping import METRICS, Search, Step, Totals, start

# ------------------------------------------------------------------------------ what is asked, what is found


class Target(NamedTuple):
    """`madds<=300M`, a budget, or `madds=300M`, the total to come near."""

    metric: str
    relation: str
    printed: Printed
    value: Fraction

    def deviation(self, totals: Totals) -> Fraction:
        """How far above the target, as a part of it."""
        return Fraction(totals[self.metric] - self.value) / self.value

    @property
    def text(self) -> str:
        return f"{self.metric}{self.relation}{self.printed.text}"


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


# ------------------------------------------------------------------------------ what is wanted


class Wish(NamedTuple):
    """What a step should be: within every budget, then as near to the aims or as large as can be."""

    targets: tuple[Target, ...]

    @property
    def budgets(self) -> list[Target]:
        return [target for target in self.targets if target.relation == "<="]

    @property
    def aims(self) -> list[Target]:
        return [target for target in self.targets if target.relation == "="]

    def allows(self, step: Step) -> bool:
        return step.totals is not None and all(b.deviation(step.totals) <= 0 for b in self.budgets)

    def fits(self, step: Step) -> bool:
        """Below the target; of several to come near, where the one most above outweighs no one below."""
        if not self.allows(step):
            return False
        off = [aim.deviation(_totals(step)) for aim in self.aims]
        return not off or max(off) + min(off) <= 0

    def excess(self, step: Step) -> Fraction:
        """How far the budget that is exceeded most is."""
        return max(budget.deviation(_totals(step)) for budget in self.budgets)

    def rank(self, step: Step) -> tuple[Fraction | int, ...]:
        """The less, the better."""
        totals = _totals(step)
        size = [totals[target.metric] for target in self.targets]
        if self.aims:
            return (max(abs(aim.deviation(totals)) for aim in self.aims), *size)
        return tuple(-count for count in size)

    def monotone(self, steps: list[Step]) -> bool:
        """Whether no total of a target falls from a step to the next."""
        return all(
            _totals(a)[target.metric] <= _totals(b)[target.metric]
            for a, b in pairwise(steps)
            for target in self.targets
        )


def _totals(step: Step) -> Totals:
    assert step.totals is not None, "a step that is refused is never held against a target"
    return step.totals


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
    by = by or conventions()
    check_targets(targets, by)
    wish = Wish(targets)
    search = Search(spec, name, [target.metric for target in targets], settings or {}, variant, by)
    for _ in search.around(search.cross(wish.fits)):
        pass
    seen = sorted((s for s in search.steps if s.totals is not None), key=lambda s: start(s.interval))
    ranked = sorted(filter(wish.allows, seen), key=wish.rank)
    closest = None if ranked else min(seen, key=wish.excess)
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
        monotone=wish.monotone(seen),
        looked=sum(step.totals is not None for step in search.steps),
    )


def check_targets(targets: tuple[Target, ...], by: Conventions) -> None:
    """Nothing, where there is a target, and one for each convention that is named; SpecError otherwise."""
    if not targets:
        raise SpecError("there is no target", hint="--target 'madds<=300M'")
    for named, usual, metric in zip(by, DEFAULTS.values(), ("count", "params", "mem_access"), strict=True):
        if named.name != usual and not any(target.metric == metric for target in targets):
            raise SpecError(
                f"{named.name} says what {metric!r} is, and no target is about it",
                hint=f"--target '{metric}<=300M'",
            )
