"""What a percent and a step more cost: elasticities by hand, steps as differences of plain reports."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest
import sympy
from conftest import Golden, Run

import convcost
from convcost import SpecError, library
from convcost.elasticity import Marginal, make_elasticities, next_step
from convcost.expressions import make_divisible
from convcost.growth import Grown, grown
from convcost.linear import Interval
from convcost.num import whole
from convcost.render.elasticity import FORMATS, render
from convcost.render.text import fixed
from convcost.reports import SHARED
from convcost.stepping import Search
from specs import CH, spec


def of(text: str, name: str, depth: int = 1, **settings: object) -> Marginal:
    (found,) = make_elasticities(convcost.loads(text), [name], settings, depth=depth).marginals
    return found


def elasticity(found: Marginal, path: str) -> Mapping[str, Fraction | None]:
    """The elasticities of one line, or of the network, as madds, params and mem_access."""
    costs = next((line.costs for line in found.lines if line.path == path), found.totals)
    assert path == "" or costs is not found.totals, f"there is no line {path}"
    return {key: costs[key].elasticity for key in SHARED}


# ------------------------------------------------------------------------------ one percent, by hand

# A stem from 3 channels to 16, 3x3 on 8x8; from 16 to 32, 1x1; 32 depthwise, 3x3; a vector of 32; 10 classes.
ALL_WIDTHS = spec(
    """
    - {conv: {out: ch(16), k: 3}, name: stem}
    - {conv: {out: ch(32), k: 1}, name: pointwise}
    - {dwconv: {k: 3}, name: depthwise}
    - global_avg_pool
    - {linear: classes, name: classifier}
    """,
    input="[3, side, side]",
    variables="{alpha: {default: 1.0, above: 0}, side: 8, classes: 10}",
    define=CH,
)
MAP, STEM, WIDE, OUT = 8 * 8, 16, 32, 10
MADDS = (
    MAP * 9 * 3 * STEM,
    MAP * STEM * WIDE,
    MAP * 9 * WIDE,
    WIDE * OUT,
)
PARAMS = (9 * 3 * STEM, STEM * WIDE, 9 * WIDE, WIDE * OUT + OUT)

BY_HAND: dict[str, tuple[str, str, tuple[object, object, object]]] = {
    "fixed channels in": (
        "alpha",
        "stem",
        (1, 1, Fraction(MAP * STEM + 27 * STEM, MAP * 3 + MAP * STEM + 27 * STEM)),
    ),
    "both widths": (
        "alpha",
        "pointwise",
        (
            2,
            2,
            Fraction(MAP * (STEM + WIDE) + 2 * STEM * WIDE, MAP * (STEM + WIDE) + STEM * WIDE),
        ),
    ),
    "depthwise": ("alpha", "depthwise", (1, 1, 1)),
    "no parameters": ("alpha", "global_avg_pool", (None, None, 1)),
    "fixed classes": (
        "alpha",
        "classifier",
        (
            1,
            Fraction(WIDE * OUT, WIDE * OUT + OUT),
            Fraction(WIDE + WIDE * OUT, WIDE + WIDE * OUT + OUT),
        ),
    ),
    "the network": (
        "alpha",
        "",
        (
            Fraction(MADDS[0] + 2 * MADDS[1] + MADDS[2] + MADDS[3], sum(MADDS)),
            Fraction(PARAMS[0] + 2 * PARAMS[1] + PARAMS[2] + WIDE * OUT, sum(PARAMS)),
            ...,
        ),
    ),
    "a map of a convolution": (
        "side",
        "depthwise",
        (2, 0, Fraction(2 * 2 * MAP * WIDE, 2 * MAP * WIDE + 9 * WIDE)),
    ),
    "no map of a linear layer": ("side", "classifier", (0, 0, 0)),
    "the network's map": ("side", "", (Fraction(2 * sum(MADDS[:3]), sum(MADDS)), 0, ...)),
    "classes": (
        "classes",
        "classifier",
        (1, 1, Fraction(WIDE * OUT + OUT, WIDE + WIDE * OUT + OUT)),
    ),
    "another line's": ("classes", "stem", (0, 0, 0)),
}


@pytest.mark.parametrize(("name", "path", "expected"), BY_HAND.values(), ids=BY_HAND)
def test_elasticities_by_hand(name: str, path: str, expected: tuple[object, object, object]) -> None:
    found = elasticity(of(ALL_WIDTHS, name), path)
    assert [want in (..., got) for want, got in zip(expected, found.values(), strict=True)] == [True] * 3, (
        found
    )


def two(first: str, second: str = "ch(32)", define: str = CH) -> str:
    """A convolution of some width, and a 1x1 behind it."""
    lines = f'- {{conv: {{out: "{first}", k: 3}}, name: a}}\n- {{conv: {{out: "{second}", k: 1}}, name: b}}'
    return spec(lines, variables="{alpha: {default: 1.0, above: 0}, g: 2}", define=define)


# Widths of a stem at an alpha, and how many percent more channels come out for one percent more alpha.
WIDTHS: dict[str, tuple[str, str, object]] = {
    "rounded up from 11.2": ("ch(32)", "0.35", 1),
    "rounded down": ("floor(33 * alpha)", "0.5", 1),
    "rounded up": ("ceil(33 * alpha)", "0.5", 1),
    "to the nearest": ("floor(32 * alpha + 1 / 2)", "0.35", 1),
    "to the nearest eight": ("(32 * alpha + 4) // 8 * 8", "0.35", 1),
    "not rounded": ("32 * alpha", "0.5", 1),
    "rounded twice": ("make_divisible(ch(64) / 4)", "0.35", 1),
    "the rest of a division": ("64 + 31 * alpha % 8", "1", Fraction(7, 71)),
    "a part of it": ("16 + floor(16 * alpha)", "1", Fraction(1, 2)),
    "a part of it, then rounded": ("make_divisible(16 * alpha + 16)", "1", Fraction(1, 2)),
    "the other way": ("64 - floor(16 * alpha)", "1", Fraction(-1, 3)),
    "square": ("floor(8 * alpha * alpha)", "2", 2),
    "inverse": ("floor(8 / alpha)", "0.5", -1),
    "below a least width": ("max(40, ch(32))", "1", 0),
    "at a least width": ("max(32, ch(32))", "1", 1),
    "above a least width": ("max(24, ch(32))", "1", 1),
    "at a greatest width": ("min(32, ch(32))", "1", 0),
    "below a greatest width": ("min(40, ch(32))", "1", 1),
}


@pytest.mark.parametrize(("out", "alpha", "expected"), WIDTHS.values(), ids=WIDTHS)
def test_a_width_grows_as_if_it_were_not_rounded(out: str, alpha: str, expected: object) -> None:
    found = of(two(out), "alpha", alpha=Fraction(alpha))
    assert elasticity(found, "a")["count"] == expected


def test_groups_divide_the_work() -> None:
    text = spec("- {conv: {out: 8, k: 3, g: g}, name: c}", input="[4, 8, 8]", variables="{g: 2}")
    found = of(text, "g")
    assert elasticity(found, "c")["count"] == elasticity(found, "c")["params"] == -1
    assert found.step == Interval(Fraction(4), True, Fraction(4), True)  # 3 does not divide 4
    assert found.totals["count"].step == 8 * 8 * 9 * 8 * 4 // 4 - 8 * 8 * 9 * 8 * 4 // 2


def test_shares_of_lines_are_shares_of_the_network() -> None:
    found = of(ALL_WIDTHS, "alpha")
    gains = [MADDS[0], 2 * MADDS[1], MADDS[2], 0, MADDS[3]]
    assert [line.costs["count"].gain_share for line in found.lines] == [
        Fraction(g, sum(gains)) for g in gains
    ]
    assert found.totals["count"].gain_share == 1
    steps = [line.costs["count"].step for line in found.lines]
    assert [line.costs["count"].step_share for line in found.lines] == [
        Fraction(s or 0, sum(MADDS)) for s in steps
    ]
    assert of(ALL_WIDTHS, "side").totals["params"].gain_share is None  # nothing is gained


def test_a_function_that_has_no_rule_is_refused() -> None:
    x = sympy.Symbol("x", positive=True)
    known = {x: Grown(Fraction(3), Fraction(3))}
    assert grown(make_divisible(x / 2, 8) * x**-2, known) == (Fraction(8, 9), Fraction(-8, 9))
    with pytest.raises(SpecError, match="no rate of growth"):
        grown(sympy.sin(x), known)


# ------------------------------------------------------------------------------ one step

# A width over alpha, where alpha stands, from where on another cost is paid, whether that belongs to it,
# and the channels now and then.
STEPS: dict[str, tuple[str, str, str, bool, int, int]] = {
    "down": ("floor(32 * alpha)", "1", "33/32", True, 32, 33),
    "up": ("ceil(32 * alpha)", "1", "1", False, 32, 33),
    # 32 is given up to 320/9, behind which it would be more than 10 % below
    "to eights": ("make_divisible(32 * alpha)", "1", "10/9", False, 32, 40),
    "a greatest width": ("min(floor(32 * alpha), 32) if alpha < 2 else 8", "1", "2", True, 32, 8),
    "whole at some values only": ("32 * alpha", "1", "33/32", True, 32, 33),
    "rows of a table": ("16 if alpha == 1 else 24 if alpha == 1.5 else 0", "1", "1.5", True, 16, 24),
}


@pytest.mark.parametrize(("out", "alpha", "low", "closed", "now", "then"), STEPS.values(), ids=STEPS)
def test_steps_by_hand(out: str, alpha: str, low: str, closed: bool, now: int, then: int) -> None:
    found = of(two(out, "8"), "alpha", alpha=Fraction(alpha))
    assert found.step is not None
    assert found.step[:2] == (Fraction(low), closed)
    (a, b) = found.lines
    assert (a.costs["count"].now, a.costs["count"].step) == (MAP * 27 * now, MAP * 27 * (then - now))
    assert (b.costs["params"].now, b.costs["params"].step) == (8 * now, 8 * (then - now))


def test_a_side_goes_up_by_all_strides() -> None:
    text = spec(
        "- {conv: {out: 4, k: 3, s: 2}}\n- {conv: {out: 4, k: 3, s: 2}}",
        input="[3, side, side]",
        variables="{side: 33}",
    )
    found = of(text, "side")
    assert found.step == Interval(Fraction(37), True, Fraction(37), True)
    assert found.totals["count"].step == (19 * 19 - 17 * 17) * 27 * 4 + (10 * 10 - 9 * 9) * 36 * 4


def test_lines_that_a_step_brings_stand_where_they_come() -> None:
    text = spec(
        "- {conv: {out: 4, k: 3}, name: first}\n"
        "- {conv: {out: 4, k: 1}, name: extra, when: n > 1}\n"
        "- {conv: {out: 4, k: 1}, name: last}\n",
        variables="{n: 1}",
    )
    found = of(text, "n")
    assert [line.path for line in found.lines] == ["first", "extra", "last"]
    extra = found.lines[1].costs["count"]
    assert (extra.now, extra.step, extra.elasticity) == (0, MAP * 4 * 4, None)


@pytest.mark.parametrize("name", library.spec_names()[::3])
def test_a_step_is_the_difference_of_two_plain_reports(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_form(*_: object) -> None:
        raise SpecError("slow")

    monkeypatch.setattr("convcost.elasticity.growth", no_form)
    loaded = convcost.load(name)
    found = make_elasticities(loaded, ["all"], {}).marginals
    assert {m.name for m in found} == {
        v.name for v in loaded.variables.values() if v.kind in ("count", "number")
    }
    for m in found:
        if m.step is None:
            assert (name, m.name) == ("igcv1", "L"), m.stays  # which divides the stem's 100
            continue
        reports = [convcost.report(loaded, {m.name: whole(Fraction(x))}) for x in (m.value, m.step.value)]
        totals = [r.total for r in reports]
        lines = [{line.path: line.measure for line in r.lines} for r in reports]
        assert {line.path for line in m.lines} == lines[0].keys() | lines[1].keys()
        for key in SHARED:
            now, then = (getattr(total, key) for total in totals)
            assert (m.totals[key].now, m.totals[key].step) == (now, then - now)
            for line in m.lines:
                now, then = (getattr(side[line.path], key) if line.path in side else 0 for side in lines)
                assert (line.costs[key].now, line.costs[key].step) == (now, then - now)


@pytest.mark.parametrize(
    ("name", "alpha"),
    [("mobilenet_v1", "1"), ("mobilenet_v2", "0.35"), ("mobilenet_v3_small", "0.75"), ("igcv3", "1")],
)
def test_nothing_changes_before_a_step(name: str, alpha: str) -> None:
    loaded, at = convcost.load(name), Fraction(alpha)
    search = Search(loaded, "alpha", (), {}, None)
    step = next_step(search, at, convcost.report(loaded, {"alpha": at}).graph)
    assert step.low is not None
    below = step.low - Fraction(1, 10**9) if step.low_closed else step.low
    first = step.low if step.low_closed else step.low + Fraction(1, 10**9)
    costs = [search.plain(x) for x in (at, (at + step.low) / 2, below, first)]
    assert costs[0] == costs[1] == costs[2] != costs[3]


# ------------------------------------------------------------------------------ what has none

# What is asked of a shipped network, and why it has no elasticity or no step.
NONE: dict[str, tuple[str, str, dict[str, object], str, str]] = {
    "a depth": ("resnet", "depth", {}, "`d == 50` decides the structure", ""),
    "the last depth": (
        "resnet",
        "depth",
        {"depth": 152},
        "decides the structure",
        "none of the next 200 values",
    ),
    "groups": ("shufflenet_v1", "groups", {}, "`g == 3` decides the structure", ""),
    "the last row of a table": (
        "shufflenet_v2",
        "scale",
        {"scale": 2},
        "decides the structure",
        "no larger scale",
    ),
    "nothing to take a percent of": ("shufflenet_v1", "se", {}, "one percent of se = 0 is nothing", ""),
    "a greatest value": ("squeezenet_1_0", "conv10_pad", {"conv10_pad": 1}, "", "at most 1"),
}


@pytest.mark.parametrize(("name", "asked", "settings", "refused", "stays"), NONE.values(), ids=NONE)
def test_why_there_is_none(name: str, asked: str, settings: dict[str, Any], refused: str, stays: str) -> None:
    (found,) = make_elasticities(convcost.load(name), [asked], settings).marginals
    assert (bool(found.refused), bool(found.stays)) == (bool(refused), bool(stays))
    assert refused in found.refused
    assert stays in found.stays
    assert all((cost.elasticity is None) == bool(refused) for cost in found.totals.values())
    assert all((cost.step is None) == bool(stays) for cost in found.totals.values())
    text = render_text(convcost.load(name), asked, settings)
    assert (f"has no elasticity: {found.refused}\n" in text) == bool(refused)
    assert (f"has no next step: {found.stays}\n" in text) == bool(stays)


def test_a_square_has_an_elasticity_and_no_step_that_is_a_fraction() -> None:
    found = of(two("floor(8 * alpha * alpha)"), "alpha", alpha=2)
    assert (found.step, found.refused) == (None, "")
    assert "alpha times itself, or below a division" in found.stays


REFUSED = {
    "no such variable": ("mobilenet_v2", "alpha,width", "has no variable 'width'"),
    "a word": ("mobilenet_v2", "widths", "widths is no number"),
    "twice": ("mobilenet_v2", "alpha,alpha", "names each variable once"),
    "none": ("mobilenet_v2", "", "names each variable once"),
    "all and one more": ("mobilenet_v2", "all,alpha", "has no variable 'all'"),
}


@pytest.mark.parametrize(("name", "asked", "words"), REFUSED.values(), ids=REFUSED)
def test_refused(name: str, asked: str, words: str, run: Run) -> None:
    found = run("report", name, "--elasticity", asked)
    assert (found.code, found.out) == (2, "")
    assert words in found.err


def test_a_network_without_numbers_has_none() -> None:
    with pytest.raises(SpecError, match="no variable that is a number"):
        make_elasticities(convcost.loads(spec("- conv: 4")), ["all"], {})


@pytest.mark.parametrize(
    "others",
    [
        ("--top", 3),
        ("--input", "3x64x64"),
        ("--batch", 2),
        ("--dtype", "fp16"),
        ("--symbolic", "alpha"),
        ("--depth", 0),
    ],
)
def test_options_that_mean_nothing_here_are_refused(others: tuple[object, ...], run: Run) -> None:
    assert run("report", "mobilenet_v2", "--elasticity", "alpha", *others).code == 2


# ------------------------------------------------------------------------------ as it is printed


def render_text(loaded: Any, asked: str, settings: dict[str, Any], format: str = "table") -> str:
    return render(make_elasticities(loaded, asked.split(","), settings), format)


@pytest.mark.parametrize(
    ("x", "places", "text"),
    [
        ("2", 3, "2"),
        ("0", 3, "0"),
        ("1/3", 3, "0.333"),
        ("-2/3", 1, "-0.7"),
        ("1/2000", 3, "0.000"),  # of two as near, the even one
        ("3/2000", 3, "0.002"),
        ("19999/10000", 3, "2.000"),  # not a whole 2
        ("12345/8", 2, "1543.12"),
        ("-1/9999", 2, "-0.00"),
    ],
)
def test_decimals(x: str, places: int, text: str) -> None:
    assert fixed(Fraction(x), places) == text


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_has_every_line(format: str) -> None:
    text = render_text(convcost.loads(ALL_WIDTHS), "alpha,side", {}, format).replace("\\", "")
    for line in ("stem", "pointwise", "depthwise", "global_avg_pool", "classifier"):
        assert text.count(line) >= 2
    more = (9 * 9 - 8 * 8) * STEM * WIDE
    assert f"+{more:,}" in text or f'"step": {more},' in text


def test_table(golden: Golden) -> None:
    golden("elasticity.txt", render_text(convcost.loads(ALL_WIDTHS), "alpha,side", {}))


def test_json_is_exact(run: Run) -> None:
    found = run("report", "mobilenet_v2", "--elasticity", "resolution", "--format", "json")
    data = json.loads(found.out)
    (marginal,) = data["marginals"]
    assert (found.code, marginal["step"]) == (0, {"from": 256, "from_included": True, "value": 256})
    # 6112128 r^2 + 1280000 at r = 7 and 8
    now, then = (6112128 * r**2 + 1280000 for r in (7, 8))
    assert marginal["totals"]["count"] == {
        "now": now,
        "elasticity": str(Fraction(2 * 6112128 * 49, now)),
        "gain_share": "1",
        "step": then - now,
        "step_share": str(Fraction(then - now, now)),
    }
