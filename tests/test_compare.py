"""Blocks side by side: counts as products, formulas that are proven, where they turn, how it is printed."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import sympy
from comparing import PAPER, F, K, M, N, compare, dsc, memory, read, text, values
from conftest import Run

import convcost
from convcost.comparing.results import Comparison, Turn
from convcost.render.compare import FORMATS, render

# ------------------------------------------------------------------------------ MobileNetV1, section 3.1


def test_counts_are_these_products() -> None:
    got = dsc(**PAPER, df=112)
    assert values(got, "count") == (
        112 * 112 * 9 * 32 * 64,
        112 * 112 * 9 * 32 + 112 * 112 * 32 * 64,
    )
    assert values(got, "params") == (9 * 32 * 64, 9 * 32 + 32 * 64)
    assert values(got, "mem_access") == (
        112 * 112 * (32 + 64) + 9 * 32 * 64,
        (112 * 112 * (32 + 32) + 9 * 32) + (112 * 112 * (32 + 64) + 32 * 64),
    )


def test_ratios_are_exact() -> None:
    got = dsc(**PAPER, df=112)
    assert got.ratio("count").value == got.ratio("params").value == Fraction(1, 64) + Fraction(1, 9)
    assert got.ratio("mem_access").value == Fraction(2_009_376, 1_222_656)
    assert got.ratio("count").words == "7.89x fewer"  # 576 / 73 = 7.8904
    assert got.ratio("mem_access").words == "1.64x more"  # 1.6435


@pytest.mark.parametrize(
    ("metric", "standard", "separable"),
    [  # eq. 2 and 5 of the paper; ShuffleNetV2, section 2, for mem_access
        ("count", K**2 * M * N * F**2, K**2 * M * F**2 + M * N * F**2),
        ("params", K**2 * M * N, K**2 * M + M * N),
        ("mem_access", F**2 * (M + N) + K**2 * M * N, F**2 * 2 * M + K**2 * M + F**2 * (M + N) + M * N),
    ],
)
@pytest.mark.parametrize("sizes", [{}, {**PAPER, "df": 112}], ids=["letters", "numbers"])
def test_formulas_are_the_papers(metric: str, standard: Any, separable: Any, sizes: dict[str, int]) -> None:
    """The same with numbers beside them."""
    got = dsc(**sizes)
    formulas = [read(side.counts[metric].formula) for side in got.sides]
    assert [sympy.simplify(f - g) for f, g in zip(formulas, (standard, separable), strict=True)] == [0, 0]
    assert sympy.simplify(read(got.ratio(metric).formula) - separable / standard) == 0


# ------------------------------------------------------------------------------ words

WORDS: list[tuple[str, str, dict[str, int], str, str]] = [
    # k = 1: the depthwise layer comes on top, (M + M N) / (M N)
    ("standard", "dsc", {"k": 1, "n": 64}, "count", "1.02x more"),
    ("standard", "dsc", {"k": 1, "n": 1}, "count", "2.00x more"),
    ("standard", "dsc", {"k": 2, "n": 2}, "count", "1.33x fewer"),  # 1/2 + 1/4
    ("standard", "dsc", {"k": 2, "n": 1}, "count", "1.25x more"),  # 1 + 1/4
    ("standard", "dsc", {**PAPER, "df": 7}, "mem_access", "2.27x less"),
    ("dsc", "standard", PAPER, "count", "7.89x more"),
    ("dsc", "standard", {**PAPER, "df": 112}, "mem_access", "1.64x less"),
    ("standard", "standard", {}, "count", "the same"),
    ("dsc", "dsc", {}, "mem_access", "the same"),
]


@pytest.mark.parametrize(("a", "b", "sizes", "metric", "words"), WORDS)
def test_words_are_computed(a: str, b: str, sizes: dict[str, int], metric: str, words: str) -> None:
    got = compare(a, b, **sizes)
    ratio = got.ratio(metric)
    assert ratio.words == words
    assert words in text(got)
    assert ratio.value is not None
    assert words.endswith("more") == (ratio.value > 1)
    assert words.endswith(("fewer", "less")) == (ratio.value < 1)


# ------------------------------------------------------------------------------ by the side of the map


def one_turn(comparison: Comparison) -> Turn:
    (turn,) = comparison.pairs[0].turns or ()
    return turn


@pytest.mark.parametrize("df", [None, 112])
def test_by_side_halves_the_map(df: int | None) -> None:
    """From 112, the first map of a network for images of 224, where no side is given."""
    got = compare("standard", "dsc", **PAPER, df=df).pairs[0].by_side
    assert [side for side, _ in got] == [112, 56, 28, 14, 7]
    for side, ratio in got:
        standard, separable = memory(side, 3, 32, 64)
        assert ratio == Fraction(separable, standard)


@pytest.mark.parametrize(
    ("k", "m", "n"),
    [
        (3, 32, 64),
        (3, 512, 512),
        (5, 16, 24),
        (7, 1, 100),
        (2, 3, 5),
        pytest.param(3, 8, 2, id="from 3.5 on"),
    ],
)
def test_the_turn_lies_between_two_whole_sides(k: int, m: int, n: int) -> None:
    """2 D_F^2 + D_K^2 + N - D_K^2 N has one positive root."""
    turn = one_turn(dsc(k=k, m=m, n=n))
    assert turn.last_below is not None
    assert turn.first_above is not None
    below, above = memory(turn.last_below, k, m, n), memory(turn.first_above, k, m, n)
    assert below[1] < below[0]
    assert above[1] > above[0]
    assert (turn.below, turn.above) == ("dsc", "standard")
    square = turn.formula.removeprefix("D_F^2 = ")
    assert 2 * read(square).subs({K: k, M: m, N: n}) == k * k * n - k * k - n


def test_the_turn_of_the_paper_sizes() -> None:
    turn = one_turn(dsc(**PAPER))
    assert turn.last_below == 15
    assert [a > b for a, b in (memory(15, 3, 32, 64), memory(16, 3, 32, 64))] == [True, False]
    assert "dsc has less up to D_F = 15, standard from D_F = 16 on" in text(dsc(**PAPER))


def test_a_turn_at_a_whole_side_is_a_turn_too() -> None:
    """k = 2, N = 4: 2 D_F^2 + 4 + 4 - 16 is 0 at D_F = 2, where both have the same."""
    assert [b - a for a, b in (memory(side, 2, 3, 4) for side in (1, 2, 3))] == [-3 * 6, 0, 3 * 10]
    turn = one_turn(dsc(k=2, m=3, n=4))
    assert (turn.below, turn.last_below, turn.above, turn.first_above) == ("dsc", 1, "standard", 3)
    assert "dsc has less up to D_F = 1, standard from D_F = 3 on" in text(dsc(k=2, m=3, n=4))


@pytest.mark.parametrize(
    ("a", "b", "sizes"),
    [
        pytest.param("standard", "dsc", {**PAPER, "k": 1}, id="k = 1: always more"),
        pytest.param("standard", "dsc", {**PAPER, "n": 1}, id="one channel out: always more"),
        pytest.param("dsc", "extreme_inception", {**PAPER, "n": 32}, id="the same counts"),
    ],
)
def test_where_nothing_turns_it_says_so(a: str, b: str, sizes: dict[str, int]) -> None:
    got = compare(a, b, **sizes)
    assert got.pairs[0].turns == ()
    assert "mem_access turns at no D_F" in text(got)


@pytest.mark.parametrize("side", ["dsc", "depthwise_separable", "dwconv_bn", "conv_bn", "conv_act:pad=valid"])
def test_no_side_turns_but_those_that_are_told(side: str) -> None:
    got = compare("standard", side, k=3, m=16, n=32)
    forms = [read(s.counts["mem_access"].formula).subs({K: 3, M: 16, N: 32}) for s in got.sides]
    least = 3 if "valid" in side else 1
    less = {df: forms[1].subs(F, df) < forms[0].subs(F, df) for df in range(least, 60)}
    turned = [df for df in range(least + 1, 60) if less[df] != less[df - 1]]
    assert turned == [turn.first_above for turn in got.pairs[0].turns or ()]


def test_a_stride_turns_among_the_sides_that_it_divides() -> None:
    """Stride 2 on an even map; on an odd one there is a rest, and no formula without a floor."""
    got = compare("standard", "shuffle_unit_v2_down", k=3, m=16, n=32)
    assert got.conditions == ("N > M", "2 divides N", "2 divides D_F")
    turn = one_turn(got)
    assert (turn.last_below, turn.first_above) == (4, 6)
    counts = {df: compare("standard", "shuffle_unit_v2_down", k=3, m=16, n=32, df=df) for df in (4, 6)}
    standard_less = {df: each.ratio("mem_access").value > 1 for df, each in counts.items()}  # type: ignore[operator]
    assert standard_less == {4: turn.below == "standard", 6: turn.above == "standard"}


def test_where_no_formula_is_found_it_says_so_and_numbers_stand() -> None:
    got = compare("standard", "shuffle_unit_v2_down", k=3, m=16, n=32, df=15)
    assert got.pairs[0].turns is None
    assert [side for side, _ in got.pairs[0].by_side] == [15]
    assert "no formula was found for the D_F" in text(got)
    assert json.loads(render(got, "json"))["pairs"][0]["turns"] is None
    assert got.ratio("count").value == Fraction(
        15 * 15 * 9 * 16 + 8 * 8 * 16 * 16 - 15 * 15 * 9 * 16  # aside: depthwise at 8 x 8, then 1x1
        + 8 * 8 * 9 * 16 + 15 * 15 * 16 * 16 + 8 * 8 * 9 * 16 + 8 * 8 * 16 * 16,
        15 * 15 * 9 * 16 * 32,
    )  # fmt: skip


@pytest.mark.long
def test_a_comparison_does_not_depend_on_the_process(shell: Run) -> None:
    """SymPy orders what it finds by sets here and there; what is printed must not differ."""
    words = ("bottleneck", "shuffle_unit_v1:g=?", "--assume", "g != 1")
    shown = {shell("compare", *words, env={"PYTHONHASHSEED": seed}) for seed in ("0", "1")}
    assert len(shown) == 1


# ------------------------------------------------------------------------------ three and more


def test_each_pair_is_compared_the_later_over_the_earlier() -> None:
    got = compare("standard", "dsc", "extreme_inception", **PAPER, df=14)
    assert [got.names(pair) for pair in got.pairs] == [
        ("dsc", "standard"),
        ("extreme_inception", "standard"),
        ("extreme_inception", "dsc"),
    ]
    by_hand = {  # without 14 * 14 * 32 * 64 * 9
        "standard": 14 * 14 * 9 * 32 * 64,
        "dsc": 14 * 14 * (9 * 32 + 32 * 64),
        "extreme_inception": 14 * 14 * (32 * 64 + 9 * 64),
    }
    for pair in got.pairs:
        of, to = got.names(pair)
        assert got.ratio("count", pair.of, pair.to).value == Fraction(by_hand[of], by_hand[to])
        assert f"\n{of} / {to}\n" in text(got)


def test_to_what_has_none_of_a_count_there_is_no_ratio(tmp_path: Any) -> None:
    """A network of a pool has no multiply-adds and no parameters."""
    names = [str(tmp_path / f"{name}.yaml") for name in ("pool", "conv")]
    for name, line in zip(names, ("max_pool: 2", "conv: 4"), strict=True):
        Path(name).write_text(f"name: N\ninput: [3, 8, 8]\nnetwork: [{line}]\n")
    got = compare(*names)
    assert (got.ratio("count").value, got.ratio("count").words) == (None, "")
    assert "no ratio: the other has none" in text(got)
    assert compare(*reversed(names)).ratio("count").value == 0
    assert all(render(got, format) for format in FORMATS)


# ------------------------------------------------------------------------------ output


def test_json_has_the_numbers_and_the_formulas() -> None:
    data = json.loads(render(dsc(**PAPER, df=112), "json"), parse_float=pytest.fail)
    assert (data["schema_version"], data["convcost_version"]) == (1, convcost.__version__)
    assert data["convention"] == {"name": "madds", "unit": "multiply-adds"}
    assert (data["kind"], data["letters"]) == ("blocks", {"D_K": 3, "M": 32, "N": 64, "D_F": 112})
    standard, separable = data["sides"]
    assert (standard["name"], separable["name"]) == ("standard", "dsc")
    assert standard["count"]["value"] == 112 * 112 * 9 * 32 * 64
    assert separable["params"]["value"] == 9 * 32 + 32 * 64
    (pair,) = data["pairs"]
    assert (pair["of"], pair["to"]) == ("dsc", "standard")
    assert (pair["count"]["fraction"], pair["count"]["decimal"]) == ("73/576", "0.1267")
    assert sympy.simplify(read(pair["count"]["formula"]) - (1 / N + 1 / K**2)) == 0
    assert [entry["df"] for entry in pair["mem_access_by_df"]] == [112, 56, 28, 14, 7]
    assert pair["turns"][0]["last_below"] == 15
    assert data["conditions"] == []


def test_text_names_its_convention_and_every_size() -> None:
    shown = text(dsc(**PAPER, df=112))
    assert "convention madds: " in shown
    assert "D_K=3 M=32 N=64 D_F=112" in shown
    assert "231,211,008" in shown  # 112 * 112 * 9 * 32 * 64
    assert "73/576 = 0.1267" in shown


@pytest.mark.parametrize("format", sorted(FORMATS))
@pytest.mark.parametrize(
    "sides",
    [("standard", "fire", "basic_block:n=M"), ("mobilenet_v1", "mobilenet_v2")],
    ids=["blocks", "networks"],
)
def test_every_format_has_every_side_and_pair(format: str, sides: tuple[str, ...]) -> None:
    got = compare(*sides)
    shown = render(got, format).replace("\\", "")
    assert all(side in shown for side in sides)
    pairs = [got.names(pair) for pair in got.pairs]
    assert all((f"{of} / {to}" in shown) or format == "json" for of, to in pairs)
    assert (
        got.kind == "blocks"
        or f"{got.sides[1].counts['params'].value or 0:,}".replace(",", "" if format == "json" else ",")
        in shown
    )


def test_latex_has_the_formulas() -> None:
    shown = render(dsc(), "latex")
    assert r"\text{madds of dsc / standard} &= \frac{1}{N} + \frac{1}{D_{K}^{2}}" in shown
    assert "tabular" not in shown  # without numbers
    assert "tabular" in render(dsc(**PAPER, df=7), "latex")
