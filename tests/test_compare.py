"""Two blocks side by side: counts as products, formulas that are proven, and where they turn."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest
import sympy
from conftest import Run
from hypothesis import given, settings
from hypothesis import strategies as st

import convcost
from convcost.comparison import LETTERS, Comparison, Measure, Turn
from convcost.errors import Mark, Source
from convcost.expr import RESERVED
from convcost.limits import Meter
from convcost.reader import Scalar
from convcost.render.compare import render_json, render_text
from convcost.shelf import Shelf

K, M, N, F = (sympy.Symbol(letter, integer=True, positive=True) for letter in ("D_K", "M", "N", "D_F"))
NAMES = {"D_K": K, "M": M, "N": N, "D_F": F}


def dsc(**sizes: int) -> Comparison:
    return convcost.compare("standard", "dsc", **sizes)


def read(formula: str) -> Any:
    """A printed formula as SymPy reads it back; the text is our own."""
    return sympy.sympify(formula.replace("^", "**"), locals=NAMES)


# ------------------------------------------------------------------------------ MobileNetV1, section 3.1


def test_counts_are_these_products() -> None:
    got = dsc(k=3, m=32, n=64, df=112)
    assert got.madds.values == (
        112 * 112 * 9 * 32 * 64,
        112 * 112 * 9 * 32 + 112 * 112 * 32 * 64,
    )
    assert got.params.values == (9 * 32 * 64, 9 * 32 + 32 * 64)
    assert got.mem_access.values == (
        112 * 112 * (32 + 64) + 9 * 32 * 64,
        (112 * 112 * (32 + 32) + 9 * 32) + (112 * 112 * (32 + 64) + 32 * 64),
    )


def test_ratios_are_exact() -> None:
    got = dsc(k=3, m=32, n=64, df=112)
    assert got.madds.ratio == got.params.ratio == Fraction(73, 576) == Fraction(1, 64) + Fraction(1, 9)
    assert got.mem_access.ratio == Fraction(2_009_376, 1_222_656)
    assert got.madds.words == "7.89x fewer"  # 576 / 73 = 7.8904
    assert got.mem_access.words == "1.64x more"  # 1.6435


@pytest.mark.parametrize(
    ("measure", "standard", "separable"),
    [  # eq. 2 and 5 of the paper; ShuffleNetV2, section 2, for mem_access
        ("madds", K**2 * M * N * F**2, K**2 * M * F**2 + M * N * F**2),
        ("params", K**2 * M * N, K**2 * M + M * N),
        ("mem_access", F**2 * (M + N) + K**2 * M * N, F**2 * 2 * M + K**2 * M + F**2 * (M + N) + M * N),
    ],
)
def test_formulas_are_the_papers(measure: str, standard: Any, separable: Any) -> None:
    got: Measure = getattr(dsc(), measure)
    assert sympy.simplify(read(got.formulas[0]) - standard) == 0
    assert sympy.simplify(read(got.formulas[1]) - separable) == 0
    assert sympy.simplify(read(got.formula) - separable / standard) == 0


@pytest.mark.parametrize("measure", ["madds", "params"])
def test_the_ratio_reads_as_in_the_paper(measure: str) -> None:
    got: Measure = getattr(dsc(), measure)
    assert sympy.simplify(got.form - (1 / N + 1 / K**2)) == 0
    assert sympy.simplify(read(got.formula) - (1 / N + 1 / K**2)) == 0
    assert "/" in got.formula
    assert len(got.formula) <= len("1/N + 1/D_K**2")


# ------------------------------------------------------------------------------ words

WORDS: list[tuple[str, str, dict[str, int], str, str]] = [
    # k = 1: the depthwise layer comes on top, (M + M N) / (M N)
    ("standard", "dsc", {"k": 1, "n": 64}, "madds", "1.02x more"),
    ("standard", "dsc", {"k": 1, "n": 1}, "madds", "2.00x more"),
    ("standard", "dsc", {"k": 2, "n": 2}, "madds", "1.33x fewer"),  # 1/2 + 1/4
    ("standard", "dsc", {"k": 2, "n": 1}, "madds", "1.25x more"),  # 1 + 1/4
    ("standard", "dsc", {"k": 3, "n": 64, "df": 7}, "mem_access", "2.27x less"),
    ("dsc", "standard", {"k": 3}, "madds", "7.89x more"),
    ("dsc", "standard", {"k": 3, "df": 112}, "mem_access", "1.64x less"),
    ("standard", "standard", {}, "madds", "the same"),
    ("dsc", "dsc", {}, "mem_access", "the same"),
]


@pytest.mark.parametrize(("a", "b", "sizes", "measure", "words"), WORDS)
def test_words_are_computed(a: str, b: str, sizes: dict[str, int], measure: str, words: str) -> None:
    comparison = convcost.compare(a, b, **sizes)
    got: Measure = getattr(comparison, measure)
    assert got.words == words
    assert words in render_text(comparison)
    first, second = got.values
    assert words.endswith("more") == (second > first)
    assert words.endswith(("fewer", "less")) == (second < first)


# ------------------------------------------------------------------------------ by the side of the map


def memory(side: int, k: int, m: int, n: int) -> tuple[int, int]:
    """mem_access of a standard and of a separable convolution, by hand."""
    maps = side * side
    return maps * (m + n) + k * k * m * n, maps * 2 * m + k * k * m + maps * (m + n) + m * n


def one_turn(comparison: Comparison) -> Turn:
    assert comparison.turns is not None
    (turn,) = comparison.turns
    return turn


def test_by_side_halves_the_map() -> None:
    got = dsc(k=3, m=32, n=64, df=112).by_side
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
    below, above = memory(turn.last_below, k, m, n), memory(turn.first_above, k, m, n)
    assert below[1] < below[0]
    assert above[1] > above[0]
    assert (turn.below, turn.above) == ("dsc", "standard")
    root = read(turn.formula).subs({K: k, M: m, N: n})
    assert 2 * root**2 == k * k * n - k * k - n


def test_the_turn_of_the_paper_sizes() -> None:
    turn = one_turn(dsc(k=3, m=32, n=64))
    assert turn.last_below == 15
    assert [a > b for a, b in (memory(15, 3, 32, 64), memory(16, 3, 32, 64))] == [True, False]
    assert "dsc has less up to D_F = 15, standard from D_F = 16 on" in render_text(dsc(k=3, m=32, n=64))


def test_a_turn_at_a_whole_side_is_a_turn_too() -> None:
    """k = 2, N = 4: 2 D_F^2 + 4 + 4 - 16 is 0 at D_F = 2, where both have the same."""
    assert [b - a for a, b in (memory(side, 2, 3, 4) for side in (1, 2, 3))] == [-3 * 6, 0, 3 * 10]
    turn = one_turn(dsc(k=2, m=3, n=4))
    assert (turn.below, turn.last_below, turn.above, turn.first_above) == ("dsc", 1, "standard", 3)
    assert read(turn.formula).subs({K: 2, M: 3, N: 4}) == 2
    assert "dsc has less up to D_F = 1, standard from D_F = 3 on" in render_text(dsc(k=2, m=3, n=4))


@pytest.mark.parametrize(
    ("a", "b", "sizes"),
    [
        pytest.param("standard", "dsc", {"k": 1}, id="k = 1: always more"),
        pytest.param("standard", "dsc", {"k": 3, "n": 1}, id="one channel out: always more"),
        pytest.param("dsc", "dsc", {}, id="the same block"),
    ],
)
def test_where_nothing_turns_it_says_so(a: str, b: str, sizes: dict[str, int]) -> None:
    comparison = convcost.compare(a, b, **sizes)
    assert comparison.turns == ()
    assert "turns at no D_F" in render_text(comparison)


@pytest.mark.parametrize("name", ["dsc", "depthwise_separable", "dwconv_bn", "conv_bn", "shuffle_unit_v2"])
def test_no_side_turns_but_those_that_are_told(name: str) -> None:
    comparison = convcost.compare("standard", name, m=16, n=32, df=14)
    forms = [read(formula).subs({K: 3, M: 16, N: 32}) for formula in comparison.mem_access.formulas]
    less = [forms[1].subs(F, side) < forms[0].subs(F, side) for side in range(1, 60)]
    turned = [side for side in range(2, 60) if less[side - 1] != less[side - 2]]
    assert turned == [turn.first_above for turn in comparison.turns or ()]


FLOORED = ("shuffle_unit_v2_down", {"m": 16, "n": 32, "df": 14})


def test_where_no_formula_is_found_it_says_so_and_numbers_stand() -> None:
    """A stride of 2 on a side of any parity: the costs have a floor of D_F / 2. They cross, from 4 to 5."""
    comparison = convcost.compare("standard", FLOORED[0], **FLOORED[1])
    assert comparison.turns is None
    assert [side for side, _ in comparison.by_side] == [14, 7]
    assert "no formula was found for where it turns" in render_text(comparison)
    assert json.loads(render_json(comparison))["turns"] is None


def test_a_comparison_does_not_depend_on_the_process(shell: Run) -> None:
    """SymPy's solver tries its ways in the order of a set; what it finds must not differ."""
    sizes = [word for name, size in FLOORED[1].items() for word in (f"--{name}", size)]
    for words in (("standard", FLOORED[0], *sizes), ("standard", "depthwise_separable")):
        shown = {shell("compare", *words, env={"PYTHONHASHSEED": seed}) for seed in ("0", "1")}
        assert len(shown) == 1


# ------------------------------------------------------------------------------ formulas give the counts

SIZE = st.integers(1, 64)
PAIRS = [
    ("standard", "dsc"),
    ("standard", "depthwise_separable"),
    ("conv_bn", "conv_bn_act"),
    ("conv_act", "dwconv_bn_act"),
    ("standard", "basic_block"),
]


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
@settings(max_examples=6, deadline=None, derandomize=True)
@given(k=st.sampled_from([1, 3, 5]), m=st.integers(2, 64), n=st.integers(2, 64), df=SIZE)
def test_formulas_at_random_sizes_are_the_counts(
    pair: tuple[str, str], k: int, m: int, n: int, df: int
) -> None:
    got = convcost.compare(*pair, k=k, m=m, n=n, df=df)
    at = {K: k, M: m, N: n, F: df}
    for measure in got.measures:
        assert tuple(read(formula).subs(at) for formula in measure.formulas) == measure.values
        assert measure.ratio == Fraction(*reversed(measure.values))
        assert sympy.Rational(measure.ratio) == measure.form.subs(at)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(k=SIZE, m=SIZE, n=SIZE, df=SIZE)
def test_numbers_at_random_sizes_are_those_counted_by_hand(k: int, m: int, n: int, df: int) -> None:
    got = dsc(k=k, m=m, n=n, df=df)
    assert got.madds.values == (df * df * k * k * m * n, df * df * m * (k * k + n))
    assert got.mem_access.values == memory(df, k, m, n)


# ------------------------------------------------------------------------------ output


def test_json_has_the_numbers_and_the_formulas() -> None:
    data = json.loads(render_json(dsc(k=3, m=32, n=64, df=112)), parse_float=pytest.fail)
    assert (data["schema_version"], data["convcost_version"]) == (1, convcost.__version__)
    assert data["convention"] == {"name": "madds", "unit": "multiply-adds"}
    assert data["sizes"] == {"k": 3, "m": 32, "n": 64, "df": 112}
    standard, separable = data["blocks"]
    assert (standard["name"], separable["name"]) == ("standard", "dsc")
    assert standard["madds"] == 112 * 112 * 9 * 32 * 64
    assert separable["params"] == 9 * 32 + 32 * 64
    assert set(standard["formulas"]) == {"madds", "params", "mem_access"}
    assert data["ratios"]["madds"]["fraction"] == "73/576"
    assert data["ratios"]["madds"]["decimal"] == "0.1267"
    assert sympy.simplify(read(data["ratios"]["madds"]["formula"]) - (1 / N + 1 / K**2)) == 0
    assert [entry["df"] for entry in data["mem_access_by_df"]] == [112, 56, 28, 14, 7]
    assert data["turns"][0]["last_below"] == 15
    assert data["conditions"] == []


def test_text_names_its_convention_and_every_size() -> None:
    text = render_text(dsc())
    assert "convention madds: " in text
    assert "D_K=3 M=32 N=64 D_F=112" in text
    assert "231,211,008" in text  # 112 * 112 * 9 * 32 * 64
    assert "73/576 = 0.1267" in text


def test_a_form_that_holds_somewhere_only_says_where() -> None:
    """A basic block of another width has a projection; its formula is not that of an equal width."""
    comparison = convcost.compare("standard", "basic_block", m=32, n=64)
    assert comparison.conditions
    assert convcost.compare("standard", "basic_block", m=64, n=64).conditions != comparison.conditions
    assert "M" in " ".join(comparison.conditions)
    assert f"formulas hold where {comparison.conditions[0]}" in render_text(comparison)


@pytest.mark.parametrize("name", sorted(convcost.library.block_names()))
def test_every_block_of_the_library_is_compared_or_says_what_it_needs(name: str) -> None:
    block = Shelf(None, RESERVED, Meter()).find(Scalar(name, Mark(Source("", ""), 1, 1)))
    assert block is not None
    needs = [arg for arg, a in block.arguments.items() if a.default is None and arg not in ("out", "k")]
    if needs:
        with pytest.raises(convcost.SpecError, match=f"{name} needs {', '.join(needs)} beside --k"):
            convcost.compare("standard", name, m=16, n=16, df=14)
    else:
        got = convcost.compare("standard", name, m=16, n=32, df=14)
        assert got.madds.values[0] == 14 * 14 * 9 * 16 * 32
        assert all(n > 0 for n in got.mem_access.values)


# ------------------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("a", "b", "sizes", "message"),
    [
        ("standard", "dcs", {}, "there is no block 'dcs'\n  hint: did you mean 'dsc'"),
        ("conv", "dsc", {}, "there is no block 'conv'"),
        ("standard", "dsc", {"k": 0}, "k is a count from 1"),
        ("standard", "dsc", {"m": -3}, "m is a count from 1"),
        ("standard", "dsc", {"n": 0}, "n is a count from 1"),
        ("standard", "dsc", {"df": 10**9}, "df is a count from 1"),
        ("standard", "dsc", {"k": 3.0}, "k is a count from 1"),
        ("standard", "dsc", {"k": True}, "k"),
        ("standard", "inverted_residual", {}, "inverted_residual needs t beside --k, --m, --n and --df"),
        ("fire", "dsc", {}, "fire needs squeeze, expand beside"),
    ],
)
def test_what_cannot_be_compared_is_refused(a: str, b: str, sizes: Any, message: str) -> None:
    with pytest.raises(convcost.SpecError) as caught:
        convcost.compare(a, b, **sizes)
    assert message in str(caught.value)


def test_the_letters_are_the_papers() -> None:
    assert LETTERS == {"k": "D_K", "m": "M", "n": "N", "df": "D_F"}
