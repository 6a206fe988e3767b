"""Laws of sums: rows are what the lines above them are made of, and no channel is lost on the way."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import strategies as st
from laws import TRIED, breaks, hold, report, some
from strategies import Written, specs

import convcost
from convcost import conventions, cost, folding, reports
from convcost.cost import Row, Tally
from convcost.ops import OPS, Cost, Op, Shape
from convcost.reports import Line, Report
from convcost.spec import Spec

# ------------------------------------------------------------------------------ sums at every depth

OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "convention": st.sampled_from(conventions.names("work")),
        "params": st.sampled_from(conventions.names("params")),
        "memory": st.sampled_from(conventions.names("memory")),
        "batch": st.integers(2, 5),
        "dtype": st.sampled_from(["fp16", "fp16,weights=int8"]),
    },
)
COUNTED = ("count", "params", "mem_access", "mem_bytes")


def terms(tally: Tally) -> Counter[str]:
    """Every count of a tally by its name, those of a kind apart."""
    found: Counter[str] = Counter()
    for key, value in tally._asdict().items():
        found.update(
            {f"{key} {kind}": n for kind, n in value.items()} if isinstance(value, dict) else {key: value}
        )
    return found


def summed(tallies: Iterable[Tally]) -> Counter[str]:
    return sum(map(terms, tallies), Counter[str]())


def below(path: str, report: Report) -> list[Row]:
    return [row for row in report.rows if f"{row.node.path}.".startswith(f"{path}.")]


def known(spec: Spec, options: dict[str, Any]) -> Report | None:
    """The report; None where the convention is that of a tool that does not know one of the ops."""
    try:
        return convcost.report(spec, **options)
    except convcost.SpecError:
        if "convention" not in options:
            raise
        return None


def sum_to_the_totals(written: Written, options: dict[str, Any]) -> None:
    """At every depth, under any conventions: totals, lines, what stands below a line, shares."""
    spec = convcost.loads(written.text)
    whole = known(spec, options)
    if whole is None:
        return
    rows = summed(row.tally for row in whole.rows)
    assert rows == terms(whole.totals) - Counter()
    for key in COUNTED:
        assert sum(getattr(measure, key) for measure in whole.measures) == getattr(whole.total, key)
    assert whole.totals.mem_access == whole.totals.reads + whole.totals.writes + whole.totals.weight_reads
    for depth in range(1, max(row.node.path.count(".") for row in whole.rows) + 3):
        shown = convcost.report(spec, **options, depth=depth)
        for line in shown.lines:
            assert terms(line.tally) - Counter() == summed(row.tally for row in below(line.path, whole))
        sum_to(whole, shown.lines)
        sum_to(whole, convcost.report(spec, **options, depth=depth, lines=2).lines)
    assert [line.path for line in shown.lines if len(below(line.path, whole)) == 1]


def sum_to(whole: Report, lines: Iterable[Line]) -> None:
    """The lines that stand at the left are the network: once each, whatever stands below them."""
    left = [line for line in lines if not line.level]
    assert summed(line.tally for line in left) == summed(row.tally for row in whole.rows)
    for key in COUNTED:
        assert sum(getattr(line.measure, key) for line in left) == getattr(whole.total, key)
    for key in ("count", "params", "mem_access"):
        shares = sum((line.shares[key] for line in left), Fraction(0))
        assert shares == (1 if getattr(whole.total, key) else 0)


def test_lines_of_every_depth_sum_to_the_totals() -> None:
    hold(sum_to_the_totals, 8, specs(claims=False), OPTIONS)


total, tally = cost.total, cost.tally
line, below_depth, together = reports.Costs.line, reports.below, folding.together


def one_more(*given: Any) -> Line:
    made = line(*given)
    return made._replace(tally=made.tally._replace(weights=made.tally.weights + 1))


def without_last(tallies: Iterable[Tally]) -> Tally:
    first, *others = tallies
    return total([first, *others[:-1]])


SUMS: dict[str, tuple[str, Callable[..., Any]]] = {
    "totals leave a layer out": ("convcost.reports.total", without_last),
    "a line has one weight more": ("convcost.reports.Costs.line", one_more),
    "a fold loses lines": (
        "convcost.folding.together",
        lambda paths, most: (each for each in together(paths, most) if len(each) == 1),
    ),
    "a group has what begins like it": (
        "convcost.reports.below",
        lambda layers, depth: {path[:2]: found for path, found in below_depth(layers, depth).items()},
    ),
}


@pytest.mark.parametrize("slip", SUMS)
def test_a_wrong_sum_is_found(slip: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*SUMS[slip])
    breaks(lambda written: sum_to_the_totals(written, {}), some())


# ------------------------------------------------------------------------------ joins and splits


SPLIT = re.compile(r"(^|\.)split(_\d+)?$")


def keep_their_channels(written: Written) -> None:
    """A concatenation has the channels of its parts, parts of a split are the whole, added maps are alike."""
    found = report(written.text)
    slices: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for row in found.rows:
        y, xs, fields = row.node.output, row.inputs, row.node.fields
        TRIED[f"{row.node.op} of {len(xs)}"] += 1
        if row.node.op == "concat":
            assert y == Shape(sum(x.c for x in xs), xs[0].h, xs[0].w)
        elif row.node.op == "add":
            assert set(xs) == {y}
        elif SPLIT.search(scope := row.node.path.rpartition(".")[0]):
            slices.setdefault((scope, xs[0].c), []).append((fields["start"], fields["start"] + y.c))
    for (_, whole), parts in slices.items():
        edges = [edge for part in parts for edge in part]
        assert (edges[0], edges[-1]) == (0, whole)
        assert edges[1:-1:2] == edges[2::2]


def test_joins_and_splits_lose_no_channel() -> None:
    hold(keep_their_channels, 20, specs(claims=False))
    assert min(TRIED[met] for met in ("concat of 2", "add of 2", "slice of 1")) > 1


@pytest.mark.parametrize(
    ("op", "wrong"),
    [
        ("concat", lambda *xs: xs[-1]),
        ("slice", lambda x, out, start: x._replace(c=out - 1)),
        ("add", lambda *xs: xs[0]._replace(c=xs[0].c + 1)),
    ],
)
def test_a_lost_channel_is_found(
    op: str, wrong: Callable[..., Shape], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(OPS, op, OPS[op]._replace(shape=wrong, check=lambda *_, **__: None))

    def law(written: Written) -> None:
        with suppress(convcost.SpecError):  # a later layer may refuse what comes out
            keep_their_channels(written)

    breaks(law, some())


# ------------------------------------------------------------------------------ batches


def multiplies_maps_and_work(written: Written, batch: int) -> None:
    one, many = report(written.text).totals, report(written.text, batch=batch).totals
    assert many.madds == batch * one.madds
    assert many.ops == {kind: batch * count for kind, count in one.ops.items()}
    assert many.mem_access == batch * (one.reads + one.writes) + one.weight_reads
    assert (many.params, many.norm_stats) == (one.params, one.norm_stats)


def test_a_batch_multiplies_maps_and_work() -> None:
    hold(multiplies_maps_and_work, 6, specs(claims=False), st.integers(2, 9))


def test_weights_read_once_an_image_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(of: Cost, op: Op, batch: int) -> Tally:
        return tally(of._replace(weight_reads=batch * of.weight_reads), op, batch)

    monkeypatch.setattr(cost, "tally", wrong)
    breaks(lambda written: multiplies_maps_and_work(written, 2), some())
