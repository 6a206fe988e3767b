"""What a variable must be for a budget: intervals by hand, and plain reports that try every value."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest
from conftest import Run
from test_docs import leaves, read, table

import convcost
from convcost import SpecError
from convcost.linear import simplest
from convcost.solving import Solution, read_target, solve
from convcost.stepping import GAP, METRICS, Search, Step, after, start
from specs import ALPHA, spec

UNIT = 8 * 8 * 9 * 3  # multiply-adds of a 3x3 convolution from 3 channels, for each channel out


def width(out: str, variables: str = ALPHA) -> str:
    """A network of one convolution on a map of 8×8."""
    return spec(f'- conv: {{out: "{out}", k: 3}}', variables=variables)


def solved(text: str, *targets: str, name: str = "alpha", **settings: object) -> Solution:
    return solve(convcost.loads(text), name, tuple(map(read_target, targets)), settings)


def shown(step: Step | None) -> str:
    """(5/6, 10/9]"""
    if step is None:
        return "none"
    low, low_closed, high, high_closed = step.interval
    return f"{'(['[low_closed]}{low}, {high}{')]'[high_closed]}"


# ------------------------------------------------------------------------------ one convolution, by hand

# What its width is, the most channels that may come out, the interval, the channels that do.
INTERVALS = {
    "down": ("floor(32 * alpha)", 20, "[5/8, 21/32)", 20),
    "up": ("ceil(32 * alpha)", 20, "(19/32, 5/8]", 20),
    "whole division": ("32 * alpha // 3", 10, "[15/16, 33/32)", 10),
    "falling under the rounding": ("64 - ceil(64 - 32 * alpha)", 20, "[5/8, 21/32)", 20),
    "a remainder": ("32 * alpha - 32 * alpha % 1", 20, "[5/8, 21/32)", 20),
    # 28 rounds to 32, but so does 27, since 24 would be more than 10 % below it: 24 < 0.9 v from 80/3 on
    "to eights": ("make_divisible(32 * alpha)", 39, "(5/6, 10/9]", 32),
    "a least width": ("max(floor(32 * alpha), 16)", 16, "(0, 17/32)", 16),
    "below a greatest width": ("min(floor(32 * alpha), 20)", 19, "[19/32, 5/8)", 19),
    "without end": ("20 if alpha >= 0.625 else floor(32 * alpha)", 20, "[5/8, None)", 20),
    "any value": ("16", 16, "(0, None)", 16),
    "below a threshold": ("16 if alpha < 0.5 else 32", 16, "(0, 1/2)", 16),
    "up to a threshold": ("16 if alpha <= 0.5 else 32", 16, "(0, 1/2]", 16),
    "one value alone": ("16 if alpha == 0.5 else 32", 16, "[1/2, 1/2]", 16),
    "all but one value": ("32 if alpha == 0.5 else 16", 16, "(0, 1/2)", 16),
    "whole by itself, nowhere between": ("32 * alpha", 20, "[5/8, 5/8]", 20),
    "steps that cancel": ("16 + floor(32 * alpha) - floor(32 * alpha) + floor(alpha)", 16, "(0, 1)", 16),
}


@pytest.mark.parametrize(("out", "most", "interval", "channels"), INTERVALS.values(), ids=INTERVALS)
def test_the_interval_is_this_one(out: str, most: int, interval: str, channels: int) -> None:
    got = solved(width(out), f"madds<={UNIT * most}")
    assert shown(got.best) == interval
    assert got.best is not None
    assert got.best.totals is not None
    assert got.best.totals["madds"] == UNIT * channels


# Totals to come near, as channels; the channels of the answer and of the runner-up.
NEAREST = {
    "reached": (["madds={20}"], 20, 19),
    "from below": (["madds={20}1"], 20, 21),
    "the lower of two as near": (["madds={20.5}"], 20, 21),
    "under a budget too": (["madds={20}", "madds<={12}"], 12, 11),
    "two, and the worse of them counts": (["madds={30}", "flops={20}"], 15, 14),
}


def channels(text: str) -> str:
    """{20} for the multiply-adds of 20 channels; a digit behind it is added."""
    head, _, rest = text.partition("{")
    figure, _, more = rest.partition("}")
    return f"{head}{int(Fraction(figure) * UNIT) + int(more or 0)}"


@pytest.mark.parametrize(("targets", "best", "second"), NEAREST.values(), ids=NEAREST)
def test_the_nearest_total(targets: list[str], best: int, second: int) -> None:
    got = solved(width("floor(32 * alpha)"), *map(channels, targets))
    assert [shown(got.best), shown(got.runner_up)] == [
        f"[{Fraction(n, 32)}, {Fraction(n + 1, 32)})" for n in (best, second)
    ]


def test_the_representative_is_the_left_end_or_the_simplest_fraction_inside() -> None:
    left = solved(width("floor(32 * alpha)"), f"madds<={UNIT * 20}").best
    inside = solved(width("make_divisible(32 * alpha)"), f"madds<={UNIT * 32}").best
    assert left is not None
    assert inside is not None
    assert [left.interval.value, inside.interval.value] == [Fraction(20, 32), Fraction(1)]


@pytest.mark.parametrize(
    ("low", "high", "between"),
    [("0", "1", "1/2"), ("1/3", "1/2", "2/5"), ("5/6", "10/9", "1"), ("-1", "1", "0"), ("0", "1/36", "1/37")],
)
def test_the_simplest_fraction_between(low: str, high: str, between: str) -> None:
    assert simplest(Fraction(low), Fraction(high)) == Fraction(between)


# ------------------------------------------------------------------------------ tried out

TILED = [
    "make_divisible(24 * alpha) + floor(7 * alpha)",
    "max(ceil(24 * alpha - 3), 5)",
    "min(16 * alpha // 3 + 1, 8) if alpha != 0.75 else 99",
    "40 - floor(20 * alpha)",
]


@pytest.mark.parametrize("out", TILED)
def test_steps_tile_the_line_and_each_is_what_plain_numbers_give(out: str) -> None:
    text = width(out)
    search = Search(convcost.loads(text), "alpha", ("madds",), {}, None)
    step = search.at((Fraction(0), 1))
    steps = [step]
    while after(step.interval, counts=False) not in (None, (Fraction(3, 2), 0)) and len(steps) < 200:
        following = search.right(step)
        assert following is not None
        assert start(following.interval) == after(step.interval, counts=False)
        steps.append(step := following)
        if step.interval.high is None or step.interval.high > Fraction(3, 2):
            break
    assert len(steps) > 5
    for x in (Fraction(n, 48 * 7) for n in range(1, 48 * 7, 5)):
        (here,) = [step for step in steps if x in step.interval]
        assert here.totals is not None
        assert here.totals["madds"] == convcost.report(convcost.loads(text), {"alpha": x}).totals.madds


NETWORKS = [
    ("mobilenet_v1", "madds<=325M"),
    ("mobilenet_v2", "params<=2M"),
    ("mobilenet_v2", "mem_access<=20M"),
    ("mobilenet_v3_small", "flops<=90M"),
    ("igcv3", "madds<=200M"),
    ("ssdlite_mobilenet_v2", "params<=3M"),
]


@pytest.mark.long
@pytest.mark.parametrize(("name", "target"), NETWORKS)
def test_no_value_that_is_tried_fits_better(name: str, target: str) -> None:
    network, asked = convcost.load(name), read_target(target)
    got = solve(network, "alpha", (asked,))
    best = got.best
    assert best is not None
    assert best.totals is not None
    most = best.totals[asked.metric]
    near = best.interval.value
    for x in [*(Fraction(n, 20) for n in range(2, 30, 5)), *(near + Fraction(n, 400) for n in range(-4, 5))]:
        total = getattr(convcost.report(network, {"alpha": x}).totals, asked.metric)
        assert total <= most or total > asked.value, x
        assert x not in best.interval or total == most, x


@pytest.mark.parametrize("alpha", ["0.25", "0.5", "0.75", "1"])
def test_the_total_of_a_published_network_leads_back_to_it(alpha: str) -> None:
    """MobileNetV1, Table 6."""
    madds = convcost.report("mobilenet_v1", {"alpha": alpha}).totals.madds
    best = solve(convcost.load("mobilenet_v1"), "alpha", (read_target(f"madds={madds}"),)).best
    assert best is not None
    assert Fraction(alpha) in best.interval
    assert best.totals is not None
    assert best.totals["madds"] == madds


# ------------------------------------------------------------------------------ counts

SIZED = spec(
    "- conv: {out: 4, k: 3, s: 2}\n- conv: {out: 4, k: 3, s: 2}",
    input="[3, resolution, resolution]",
    variables="{resolution: 32}",
)


@pytest.mark.parametrize("most", [100, 2_000, 12_345, 50_000])
def test_every_resolution_is_tried(most: int) -> None:
    madds = {
        side: convcost.report(convcost.loads(SIZED), {"resolution": side}).totals.madds
        for side in range(1, 100)
    }
    fitting = max(count for count in madds.values() if count <= most) if min(madds.values()) <= most else 0
    values = [side for side, count in madds.items() if count == fitting]
    got = solved(SIZED, f"madds<={most}", name="resolution")
    if not values:
        assert got.best is None
        return
    assert shown(got.best) == f"[{values[0]}, {values[-1]}]"


@pytest.mark.parametrize(
    ("name", "variable", "target", "interval"),
    [
        ("resnet", "depth", "madds<=4G", "[34, 34]"),  # 18, 34, 50, 101, 152 and no other
        ("shufflenet_v2", "scale", "madds<=200M", "[1, 1]"),  # 0.5, 1, 1.5, 2
    ],
)
def test_values_that_a_spec_refuses_are_passed_over(
    name: str, variable: str, target: str, interval: str
) -> None:
    got = solve(convcost.load(name), variable, (read_target(target),))
    assert shown(got.best) == interval
    assert GAP > 101 - 50


# ------------------------------------------------------------------------------ what is said of the rest


def test_a_total_that_falls_is_told() -> None:
    assert not solved(width("40 - floor(20 * alpha)"), f"madds<={UNIT * 30}").monotone
    assert solved(width("floor(20 * alpha)"), f"madds<={UNIT * 30}").monotone


def test_settings_and_variants_hold_the_others() -> None:
    mobilenet = convcost.load("mobilenet_v2")
    half = solve(mobilenet, "alpha", (read_target("madds<=100M"),), {"resolution": 112}).best
    assert half is not None
    assert half.totals is not None
    at = {"alpha": half.interval.value, "resolution": 112}
    assert half.totals["madds"] == convcost.report(mobilenet, at).totals.madds <= 100_000_000


REFUSED = {
    "no such variable": ("alfa", ["madds<=1M"], {}, "no variable 'alfa'"),
    "a word": ("mode", ["madds<=1M"], {}, "mode is no number*hint: its variables are alpha"),
    "set as well": ("alpha", ["madds<=1M"], {"alpha": 2}, "both set and looked for"),
    "no target": ("alpha", [], {}, "no target*hint: --target 'madds<=300M'"),
    "no relation": ("alpha", ["madds 1M"], {}, "is not METRIC<=FIGURE*hint: madds<=300M"),
    "another relation": ("alpha", ["madds<1M"], {}, "is not METRIC<=FIGURE"),
    "no such total": ("alpha", ["mads<=1M"], {}, "did you mean 'madds'?"),
    "no such unit": (
        "alpha",
        ["madds<=1X"],
        {},
        "--target:1:8: '1X' is not a figure as printed*1 | madds<=1X",
    ),
    "a share": ("alpha", ["madds<=10%"], {}, "a count above 0*hint: madds<=300M"),
    "nothing": ("alpha", ["madds<=0"], {}, "a count above 0"),
    "times itself": ("alpha", ["madds<=1M"], {"mode": "square"}, "alpha times itself"),
    "below a division": ("alpha", ["madds<=1M"], {"mode": "inverse"}, "below a division"),
    "always below": ("alpha", ["madds<=1M"], {"mode": "bounded"}, "no total reaches its target"),
}
MODES = """
floor(8 * alpha) if mode == linear else floor(alpha * alpha) if mode == square
else floor(8 / alpha) if mode == inverse else min(floor(8 * alpha), 8)
"""


@pytest.mark.parametrize(("name", "targets", "settings", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(name: str, targets: list[str], settings: dict[str, Any], words: str) -> None:
    text = spec(
        f'- conv: {{out: "{" ".join(MODES.split())}", k: 3}}',
        variables=ALPHA,
        choices="{mode: [linear, square, inverse, bounded]}",
    )
    asked = {key: convcost.expr.Word(x) if isinstance(x, str) else x for key, x in settings.items()}
    with pytest.raises(SpecError) as caught:
        solved(text, *targets, name=name, **asked)
    for part in words.split("*"):
        assert part in str(caught.value)


# ------------------------------------------------------------------------------ the command

COMMAND = ("solve", "mobilenet_v2", "--for", "alpha", "--target")


def test_the_command_prints_the_interval(run: Run) -> None:
    result = run(*COMMAND, "madds<=300M")
    assert (result.code, result.err) == (0, "")
    assert "alpha = 0.975\n" in result.out
    assert "best        0.975 <= alpha < 0.9875 " in result.out


@pytest.mark.parametrize("format", ["table", "json"])
def test_when_nothing_fits_it_says_so_and_fails(format: str, run: Run) -> None:
    result = run(*COMMAND, "madds<=1M", "--format", format)
    assert result.code == 1
    if format == "table":
        assert (
            "nothing fits; the closest that was found has 23,225,728 madds, 0 < alpha <= 1/36" in result.out
        )
    else:
        data = json.loads(result.out)
        assert [data[key] for key in ("value", "interval", "totals", "runner_up")] == [None] * 4


def test_a_bad_target_is_bad_input(run: Run) -> None:
    result = run(*COMMAND, "madds<300M")
    assert (result.code, result.out) == (2, "")


def test_json_is_exact_and_its_keys_are_those_of_the_page(run: Run) -> None:
    data = json.loads(run(*COMMAND, "madds<=300M", "--target", "params<=3.4M", "--format", "json").out)
    assert next(iter(data.items())) == ("schema_version", 1)
    assert data["value"] == data["interval"]["low"]
    assert tuple(data["totals"]) == METRICS
    report = convcost.report("mobilenet_v2", {"alpha": data["value"]}).total
    assert data["totals"] == {metric: getattr(report, metric) for metric in METRICS}
    assert report.params <= 3_400_000 < data["above"]["totals"]["params"]
    assert sorted(row[0] for row in table(read("solve.md"), "key", "type")) == sorted(leaves(data))


@pytest.mark.long
def test_a_target_by_a_convention_is_held_to_its_own_count(run: Run) -> None:
    """fvcore gives 314,193,216 for torchvision's MobileNetV2 1.0."""
    data = json.loads(run(*COMMAND, "count=314193216", "--convention", "fvcore", "--format", "json").out)
    assert data["convention"]["name"] == "fvcore"
    assert (data["totals"]["count"], data["totals"]["madds"]) == (314_193_216, 300_774_272)
    budget = json.loads(run(*COMMAND, "count<=314193215", "--convention", "fvcore", "--format", "json").out)
    assert budget["above"]["totals"]["count"] == 314_193_216 > budget["totals"]["count"]


@pytest.mark.parametrize(
    ("option", "name", "metric"),
    [
        ("--convention", "fvcore", "count"),
        ("--params", "folded", "params"),
        ("--memory", "fused", "mem_access"),
    ],
)
def test_a_convention_that_no_target_is_about_is_refused(
    option: str, name: str, metric: str, run: Run
) -> None:
    result = run(*COMMAND, "flops<=315M", option, name)
    assert (result.code, result.out) == (2, "")
    assert f"no target is about it\n  hint: --target '{metric}<=300M'" in result.err


def test_where_nothing_fits_the_closest_keeps_what_it_can(run: Run) -> None:
    out = run(*COMMAND, "madds<=1G", "--target", "params<=1.3M").out
    assert "closest that was found has 23,225,728 madds and 1,316,728 params, 0 < alpha <= 1/36" in out
