"""The law of `solve`: its answer fits, and what stands beside it does not fit as well."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

import pytest
from hypothesis import strategies as st
from laws import TRIED, breaks, hold
from strategies import Written, specs
from test_laws_symbolic import VALUES

import convcost
from convcost.linear import Interval
from convcost.num import whole
from convcost.solving import Solution, read_target, solve
from convcost.spec import Spec
from convcost.stepping import METRICS, Search, Step, Totals
from specs import ALPHA, spec

CLOSE = Fraction(1, 10**12)  # how far beside an end a multiplier is tried


class Asked(NamedTuple):
    """A budget, or a total to come near: that of the network where the variable has some value, or so."""

    variable: str
    metric: str
    relation: str
    value: Fraction | int
    off: int  # percent


ASKED = st.sampled_from(list(VALUES)).flatmap(
    lambda name: st.builds(
        Asked,
        st.just(name),
        st.sampled_from(["madds", "params", "mem_access"]),
        st.sampled_from(["<=", "="]),
        st.sampled_from(VALUES[name]),
        st.sampled_from([0, 0, 3, -3]),
    )
)


def totals(network: Spec, name: str, value: Fraction | int) -> Totals | None:
    """By a plain report; None where the spec refuses the value."""
    try:
        total = convcost.report(network, {name: whole(Fraction(value))}).total
    except convcost.SpecError:
        return None
    return {metric: getattr(total, metric) for metric in METRICS}


def fits_and_its_neighbours_do_not(written: Written, asked: Asked) -> None:
    network = convcost.loads(written.text)
    at = totals(network, asked.variable, asked.value)
    if at is None or not at[asked.metric]:
        return
    figure = max(1, at[asked.metric] * (100 + asked.off) // 100)
    found = answer(network, asked, figure)
    if found is None or found.best is None:
        TRIED["nothing fits" if found else "refused"] += 1
        return
    TRIED[f"{asked.variable} {asked.metric}{asked.relation}"] += 1
    interval, got = found.best.interval, found.best.totals
    assert got == totals(network, asked.variable, interval.value)
    assert got is not None
    miss = missed(got, asked, figure)
    assert miss is not None
    for x in inside(interval, counts(network, asked)):
        there = totals(network, asked.variable, x)
        assert there is not None
        assert there[asked.metric] == got[asked.metric]
    for x in beside(interval, counts(network, asked)):
        there = totals(network, asked.variable, x)
        if there is not None:
            other = missed(there, asked, figure)
            assert there[asked.metric] != got[asked.metric]
            assert other is None or other >= miss, f"{asked.variable} = {x} fits better"
    if counts(network, asked):
        is_the_best_of_all(network, asked, figure, found)


def counts(network: Spec, asked: Asked) -> bool:
    return network.variables[asked.variable].kind == "count"


def answer(network: Spec, asked: Asked, figure: int) -> Solution | None:
    """What solve says; None where it says why it cannot."""
    target = read_target(f"{asked.metric}{asked.relation}{figure}")
    try:
        return solve(network, asked.variable, (target,))
    except convcost.SpecError as refusal:
        if not any(word in refusal.message for word in REFUSALS):
            raise
        return None


REFUSALS = ("times itself, or below a division", "have the same totals", "no total reaches its target")


def missed(got: Totals, asked: Asked, figure: int) -> int | None:
    """How far a total is from the figure; None where it is above a budget."""
    if asked.relation == "<=" and got[asked.metric] > figure:
        return None
    return abs(got[asked.metric] - figure)


def inside(interval: Interval, counts: bool) -> list[Fraction]:
    """The closed ends, and close to the open ones."""
    low, low_closed, high, high_closed = interval
    ends = [low if low_closed else low + CLOSE] if low is not None else []
    ends += [high if high_closed else high - CLOSE] if high is not None else []
    return [interval.value, *(x for x in ends if x in interval)]


def beside(interval: Interval, counts: bool) -> list[Fraction]:
    """The first value beyond each end; of a multiplier one that is close by."""
    low, low_closed, high, high_closed = interval
    step = Fraction(1) if counts else CLOSE
    below = [low - step if low_closed else low] if low is not None else []
    return below + ([high + step if high_closed else high] if high is not None else [])


def is_the_best_of_all(network: Spec, asked: Asked, figure: int, found: Solution) -> None:
    """Of a count whose total never falls, no value in reach is better."""
    tried = [(x, totals(network, asked.variable, x)) for x in range(1, 25)]
    known = [(x, got) for x, got in tried if got is not None]
    rising = [got[asked.metric] for _, got in known]
    if rising != sorted(rising):
        return
    assert found.best is not None
    assert found.best.totals is not None
    miss = missed(found.best.totals, asked, figure)
    for x, got in known:
        other = missed(got, asked, figure)
        assert other is None or miss is None or other >= miss, f"{asked.variable} = {x} fits better"


@pytest.mark.long
def test_the_answer_fits_and_its_neighbours_do_not() -> None:
    hold(fits_and_its_neighbours_do_not, 10, specs(claims=False), ASKED)


# ------------------------------------------------------------------------------ the law can fail

whole_step = Search.whole
TWIN = Written(spec("- conv: {out: floor(32 * alpha), k: 3}", variables=ALPHA), {}, {})


def shorter(search: Search, step: Step) -> Step:
    """Not as far to the right as it goes."""
    made = whole_step(search, step)
    low, high = made.interval.low, made.interval.high
    if low is None or high is None or low == high:
        return made
    return made._replace(interval=made.interval._replace(high=(low + high) / 2))


def next_one(search: Search, step: Step) -> Step:
    return whole_step(search, search.beside(step, "left") or step)


SLIPS = {"an interval ends too early": shorter, "the one beside it is told": next_one}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_wrong_answer_is_found(slip: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked("alpha", "params", "<=", Fraction(1), 0)
    fits_and_its_neighbours_do_not(TWIN, asked)
    monkeypatch.setattr(Search, "whole", SLIPS[slip])
    breaks(lambda written: fits_and_its_neighbours_do_not(written, asked), [TWIN])
