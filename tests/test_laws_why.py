"""The law of `why`: an explanation, done by hand as it says, gives its count, and that the printed figure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

import pytest
from hypothesis import strategies as st
from laws import TRIED, breaks, hold
from strategies import Written, specs

import convcost
from convcost import conventions
from convcost.gaps import search as gaps
from convcost.gaps.changes import Reading
from convcost.gaps.ledger import gap
from convcost.gaps.search import Candidate, Found, Search
from convcost.ops import OPS
from convcost.reports import Report
from convcost.spec import Spec
from specs import spec


class Print(NamedTuple):
    """How somebody came to a figure: one thing is different, then it was rounded."""

    metric: str
    settings: dict[str, str]
    way: str  # whose counts
    factor: int
    places: int  # of thousands; 0 for every digit
    rule: str


USUAL = {"madds": "madds", "flops": "flops", "params": "trainable"}
FAMILIES = {"madds": "work", "flops": "work", "params": "params"}
CHANGED = [
    *({"alpha": value} for value in ("0.5", "1.4", "2")),
    *({"wide": value} for value in ("7", "9", "16")),
    *({"side": "160"}, {"deep": "true"}, {"two": "4"}),
]


def prints(metric: str) -> st.SearchStrategy[Print]:
    usual: tuple[Any, ...] = (st.just({}), st.just(USUAL[metric]), st.just(1))
    different = (
        (st.sampled_from(CHANGED), *usual[1:]),
        (usual[0], st.sampled_from(conventions.names(FAMILIES[metric])), usual[2]),
        (*usual[:2], st.just(2 if metric != "params" else 1)),
    )
    places, rules = st.sampled_from([0, 1, 2, 3]), st.sampled_from(["nearest", "floor", "ceil"])
    return st.one_of(*(st.builds(Print, st.just(metric), *what, places, rules) for what in different))


PRINTS = st.sampled_from(list(USUAL)).flatmap(prints)


def reproduces_what_it_claims(written: Written, print: Print) -> None:
    net = convcost.loads(written.text)
    figure = printed(net, print)
    if figure is None:
        return
    found = explained(net, print.metric, figure)
    assert found.start == count(counted_by(net, {}, print.metric, USUAL[print.metric]), print.metric)
    costs = [candidate.cost for candidate in found.fits]
    assert costs == sorted(costs)
    assert found.fits or found.skipped
    for candidate in (*found.fits, *found.nearest):
        TRIED["explanations"] += 1
        assert by_hand(net, print.metric, candidate) == candidate.value, candidate.text
        changes = gap(found, candidate)
        assert found.start + sum(change.adds for change in changes) == candidate.value
        assert all(sum(line.adds for line in change.lines) == change.adds for change in changes)
    for candidate in found.fits:
        assert reads(figure, candidate), f"{candidate.value} by {candidate.reading.text} is not {figure}"


def explained(net: Spec, metric: str, figure: str) -> Found:
    if metric == "params":
        return convcost.why(net, params=figure)
    return convcost.why(net, flops=figure) if metric == "flops" else convcost.why(net, madds=figure)


# ------------------------------------------------------------------------------ the figure


def printed(net: Spec, print: Print) -> str | None:
    """The figure; None where there is none."""
    try:
        report = counted_by(net, print.settings, print.metric, print.way)
    except convcost.SpecError:  # the spec refuses the settings, or the convention does not know an op
        return None
    exact = Fraction(count(report, print.metric)) * print.factor
    shown = rounded(exact * 10**print.places / (1000 if print.places else 1), print.rule)
    whole, part = divmod(shown, 10**print.places)
    if not shown:
        return None
    return f"{whole}.{part:0{print.places}}K" if print.places else str(shown)


def rounded(x: Fraction, rule: str) -> int:
    if rule == "nearest":
        return int((x + Fraction(1, 2)) // 1)
    return int(x // 1) if rule == "floor" else -int(-x // 1)


def counted_by(net: Spec, settings: Mapping[str, Any], metric: str, name: str) -> Report:
    """The report whose `metric` is counted by the convention of this name."""
    if metric == "params":
        return convcost.report(net, settings, params=name)
    return convcost.report(net, settings, convention=name)


def count(report: Report, metric: str) -> int | Fraction:
    total: int | Fraction = report.total.params if metric == "params" else report.total.count
    return total


# ------------------------------------------------------------------------------ an explanation, done by hand


def by_hand(net: Spec, metric: str, candidate: Candidate) -> int | Fraction:
    """The settings are set, the layers counted by the convention, and the rest done as it is said."""
    settings = {name: value for each in candidate.settings for name, value in each.settings.items()}
    way = candidate.way
    names = way.named.split(", ") if way.named else [way.convention.name]
    values = {name: layers(counted_by(net, settings, metric, name), metric) for name in names}
    report = convcost.report(net, settings)
    found = {counted(report, each, candidate) for each in values.values()}
    assert len(found) == 1, f"{names} count differently"
    return found.pop()


def layers(report: Report, metric: str) -> list[int | Fraction]:
    return [each.params if metric == "params" else each.count for each in report.measures]


def counted(report: Report, layers: list[int | Fraction], candidate: Candidate) -> int | Fraction:
    way = candidate.way
    contractions = [i for i, row in enumerate(report.rows) if OPS[row.node.op].contraction]
    left_out = {
        "": range(0),
        "first": range(contractions[0], contractions[1]) if len(contractions) > 1 else range(0),
        "last": range(contractions[-1], len(layers)),
    }[way.without]
    total = sum((n for i, n in enumerate(layers) if i not in left_out), Fraction(0))
    total += sum(often * report.totals.ops.get(kind, 0) for kind, often in way.also.items())
    whole = Fraction(total)
    return 2 * whole if way.doubled else whole


def reads(figure: str, candidate: Candidate) -> bool:
    """The count is the figure by the rule that is named, on the digits that are named."""
    text = candidate.reading.text
    number, unit = (figure[:-1], 1000) if figure.endswith("K") else (figure, 1)
    value, step = Fraction(number) * unit, Fraction(unit, 10 ** len(number.partition(".")[2]))
    if "digit" in text:
        step = Fraction(10) ** (len(str(int(value))) - int(text.split()[1]))
    if text.endswith("then doubled"):
        value /= 2
    rule = {"to the nearest": "nearest", "rounded down": "floor", "rounded up": "ceil"}
    (named,) = (rule[said] for said in rule if said in text)
    return rounded(Fraction(candidate.value) / step, named) * step == value


def test_an_explanation_reproduces_what_it_claims() -> None:
    hold(reproduces_what_it_claims, 6, specs(claims=False, lines=3), PRINTS)
    assert TRIED["explanations"] > 10


# ------------------------------------------------------------------------------ the law can fail

TWIN = Written(
    spec("- conv: {out: wide, k: 3}\n- bn\n- conv: 2 * wide", variables="{wide: {default: 8, at_least: 1}}"),
    {},
    {},
)
network, told_once, agrees = Search.network, gaps.told_once, Reading.agrees

# What somebody printed, and what could be wrong in the package.
SLIPS: dict[str, tuple[Print, str, Callable[..., Any]]] = {
    "every other count is the figure": (
        Print("madds", {}, "madds", 1, 0, "nearest"),
        "convcost.gaps.changes.Reading.agrees",
        lambda self, count: not agrees(self, count),
    ),
    "settings are told, and forgotten": (
        Print("madds", {"wide": "16"}, "madds", 1, 0, "nearest"),
        "convcost.gaps.search.Search.network",
        lambda self, settings: network(self, ()),
    ),
    "a count is told as one more": (
        Print("madds", {}, "flops", 1, 0, "nearest"),
        "convcost.gaps.search.told_once",
        lambda found: [each._replace(value=each.value + 1) for each in told_once(found)],
    ),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_wrong_explanation_is_found(slip: str, monkeypatch: pytest.MonkeyPatch) -> None:
    print, where, wrong = SLIPS[slip]
    reproduces_what_it_claims(TWIN, print)
    monkeypatch.setattr(where, wrong)
    breaks(lambda written: reproduces_what_it_claims(written, print), [TWIN])
