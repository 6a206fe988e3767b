"""Blocks and networks side by side: counts as products, formulas that are proven, and where they turn."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from functools import cache
from typing import Any

import pytest
import sympy
from conftest import Run
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import convcost
from convcost.comparing.calls import BlockCall, letters_of, read_calls
from convcost.comparing.forms import Asking, BlockForm, block_form
from convcost.comparing.letters import SHARED, Known, make_known
from convcost.comparing.results import METRICS, Comparison, Turn
from convcost.comparing.sides import read_side
from convcost.errors import SpecError
from convcost.expand import Expansion
from convcost.limits import DEFAULT, Limits
from convcost.machine import Ints
from convcost.render.compare import FORMATS, render

K, M, N, F = (sympy.Symbol(letter, integer=True, positive=True) for letter in ("D_K", "M", "N", "D_F"))
PAPER: dict[str, Any] = {"k": 3, "m": 32, "n": 64}


def compare(*sides: str, **options: Any) -> Comparison:
    return convcost.compare(*sides, **options)


def dsc(**sizes: int) -> Comparison:
    return compare("standard", "dsc", **sizes)


def read(formula: str) -> Any:
    """A printed formula as SymPy reads it back; the text is our own."""
    names = {
        name: sympy.Symbol(name, integer=True, positive=True)
        for name in re.findall(r"\w*[a-zA-Z]\w*", formula)
    }
    return sympy.sympify(formula.replace("^", "**"), locals=names)


def values(comparison: Comparison, metric: str) -> tuple[int | None, ...]:
    return tuple(side.counts[metric].value for side in comparison.sides)


def text(comparison: Comparison) -> str:
    return render(comparison, "table")


# ------------------------------------------------------------------------------ MobileNetV1, section 3.1


def test_counts_are_these_products() -> None:
    got = dsc(**PAPER, df=112)
    assert values(got, "madds") == (
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
    assert got.ratio("madds").value == got.ratio("params").value == Fraction(1, 64) + Fraction(1, 9)
    assert got.ratio("mem_access").value == Fraction(2_009_376, 1_222_656)
    assert got.ratio("madds").words == "7.89x fewer"  # 576 / 73 = 7.8904
    assert got.ratio("mem_access").words == "1.64x more"  # 1.6435


@pytest.mark.parametrize(
    ("metric", "standard", "separable"),
    [  # eq. 2 and 5 of the paper; ShuffleNetV2, section 2, for mem_access
        ("madds", K**2 * M * N * F**2, K**2 * M * F**2 + M * N * F**2),
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


# ------------------------------------------------------------------------------ what is not given


def test_without_sizes_there_are_formulas_and_no_numbers() -> None:
    got = dsc()
    assert got.letters == {"D_K": None, "M": None, "N": None, "D_F": None}
    assert all(count.value is None and count.at == "" for side in got.sides for count in side.counts.values())
    assert all(ratio.value is None and ratio.words == "" for ratio in got.pairs[0].ratios.values())
    assert got.pairs[0].by_side == ()
    assert got.pairs[0].turns == (Turn("D_F^2 = (D_K^2*N - D_K^2 - N)/2", below="dsc", above="standard"),)
    assert "free D_K, M, N, D_F" in text(got)
    assert not re.search(r"\d,\d", text(got))


def test_what_the_sizes_given_settle_is_a_number_and_the_rest_a_formula() -> None:
    """Parameters do not hang on the map, nor does the ratio of multiply-adds."""
    got = dsc(**PAPER)
    assert values(got, "params") == (9 * 32 * 64, 9 * 32 + 32 * 64)
    assert values(got, "madds") == (None, None)
    assert [read(side.counts["madds"].at) for side in got.sides] == [9 * 32 * 64 * F**2, (9 + 64) * 32 * F**2]
    assert got.ratio("madds").value == Fraction(73, 576)
    assert got.ratio("mem_access").value is None
    at = read(got.ratio("mem_access").at).subs(F, 112)
    assert at == sympy.Rational(2_009_376, 1_222_656)
    assert got.letters == {"D_K": 3, "M": 32, "N": 64, "D_F": None}


def test_a_side_without_the_free_letter_has_its_number() -> None:
    got = compare("standard:k=3,m=32,n=64,df=14", "dsc")
    assert values(got, "madds") == (14 * 14 * 9 * 32 * 64, None)
    assert got.letters == {"D_K": None, "M": None, "N": None, "D_F": None}


def test_a_required_argument_is_a_letter_of_its_name() -> None:
    got = compare("standard", "fire", m=128)
    assert "squeeze" in got.letters
    assert (
        sympy.simplify(read(got.sides[1].counts["madds"].formula) - read("D_F^2*squeeze*(M + 10*expand)"))
        == 0
    )
    valued = compare("standard", "fire", m=128, df=14, settings={"squeeze": 16, "expand": 64})
    assert valued.sides[1].counts["madds"].value == 14 * 14 * (128 * 16 + 16 * 64 + 9 * 16 * 64)
    assert valued.letters["squeeze"] == 16


@pytest.mark.parametrize(
    ("side", "formula"),
    [
        ("standard:k=5", "25*D_F^2*M*N"),
        ("standard:k=[3,5]", "15*D_F^2*M*N"),
        ("standard:n=M", "D_F^2*D_K^2*M^2"),
        ("standard:out=2*m", "2*D_F^2*D_K^2*M^2"),
        ("standard: n = 4 * M , k = 1", "4*D_F^2*M^2"),
        ("standard:m=64,n=max(64,32)", "4096*D_F^2*D_K^2"),
        ("standard:df=7", "49*D_K^2*M*N"),
        ("standard:k=?", "D_F^2*D_K^2*M*N"),
        ("standard:k=q,n=?", "D_F^2*M*N*q^2"),
        ("standard:k=4 if M == M else 3", "16*D_F^2*M*N"),
        ("standard:s=2", "D_F^2*D_K^2*M*N/4"),
        ("conv_bn:g=G", "D_F^2*D_K^2*M*N/G"),
    ],
)
def test_own_arguments_are_expressions_over_the_letters(side: str, formula: str) -> None:
    got = compare("dsc", side)
    assert sympy.simplify(read(got.sides[1].counts["madds"].formula) - read(formula)) == 0
    assert got.sides[1].name == side


def test_the_same_block_with_other_arguments_has_its_own_name() -> None:
    shown = text(compare("bottleneck:mid=64", "bottleneck:mid=64,g=32", **PAPER, df=14))
    assert re.search(r"^  bottleneck:mid=64,g=32  +[\d,]+ ", shown, re.MULTILINE)
    assert "bottleneck:mid=64,g=32 / bottleneck:mid=64\n" in shown


# ------------------------------------------------------------------------------ where formulas hold


@pytest.mark.parametrize(
    ("sides", "options", "conditions"),
    [
        (("standard", "basic_block"), {"m": 32, "n": 64}, ("M != N",)),
        (("standard", "basic_block"), {"m": 64, "n": 64}, ("M == N",)),
        (("standard", "basic_block"), {"assume": ["M > N"]}, ("M != N",)),
        (("standard", "basic_block"), {"assume": ["n == m"]}, ("M == N",)),
        (("standard", "basic_block:n=M"), {}, ()),
        (("standard", "basic_block:shortcut=padding"), {"assume": ["M != N"]}, ("M != N", "N >= M")),
        (("standard", "conv_bn:g=3"), {}, ("3 divides M", "3 divides N")),
        (("standard", "conv_bn:g=?"), {}, ("g divides M", "g divides N")),
        (("standard", "shuffle_unit_v1:g=3"), {}, ("M == N", "12 divides M")),
        (("standard", "standard:s=2"), {}, ("2 divides D_F",)),
        (("standard", "standard:s=2"), {"df": 14}, ("2 divides D_F",)),
        (("standard", "standard:s=2"), {"df": 15}, ()),
        (("standard", "conv_act:pad=valid"), {}, ("D_K <= D_F",)),
        (("standard", "dsc:m=alpha*M"), {}, ("M*alpha is whole",)),
        (("standard", "mobilenet_v2_features:alpha=1"), {}, ("32 divides D_F",)),
        (("standard", "igcv2:L=?,K=2"), {"settings": {"L": 3}}, ("L == 3", "M divides N", "2 divides N")),
    ],
)
def test_what_is_taken_for_granted_is_said(
    sides: tuple[str, ...], options: dict[str, Any], conditions: tuple[str, ...]
) -> None:
    got = compare(*sides, **options)
    assert got.conditions == conditions
    said = f"formulas hold where {' and '.join(conditions)}"
    assert (said in text(got)) == bool(conditions)


def test_an_equality_that_a_block_needs_is_put_in_for_all() -> None:
    """ShuffleNet's unit adds its input, so M = N; then ResNet's has no projection."""
    got = compare("bottleneck", "shuffle_unit_v1:g=3")
    assert sympy.simplify(read(got.sides[0].counts["madds"].formula) - read("D_F^2*mid*(2*M + 9*mid)")) == 0
    assert "N" not in got.letters
    assert got.conditions[0] == "M == N"


ASKED = [
    (("standard", "basic_block"), {}, ["M != N or M == N", "--assume 'M != N'", "give M and N values"]),
    (("standard", "basic_block"), {"m": 32}, ["M != N or M == N", "give N a value"]),
    (("standard", "inverted_residual"), {}, ["t != 1 or t == 1", "--assume 'M != N' --assume 't != 1'"]),
    (("standard", "inverted_residual"), {"assume": ["t > 1"]}, ["M == N or M != N"]),
    (("standard", "shuffle_unit_v1"), {}, ["g != 1 or g == 1", "for `g != 1`"]),
    (("standard", "mobilenet_v2_features"), {}, ["and 5 more", "give alpha a value"]),
]


@pytest.mark.parametrize(("sides", "options", "words"), ASKED)
def test_what_nothing_decides_is_asked_for_by_name(
    sides: tuple[str, ...], options: dict[str, Any], words: list[str]
) -> None:
    with pytest.raises(SpecError) as caught:
        compare(*sides, **options)
    assert "hangs on letters without a value" in str(caught.value)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_an_answer_decides_what_a_block_is_made_of() -> None:
    """With a projection where the widths differ, without one where they do not."""
    apart = compare("standard", "bottleneck", assume=["M != N"])
    same = compare("standard", "bottleneck", assume=["M == N"])
    assert (
        sympy.simplify(
            read(apart.sides[1].counts["madds"].formula) - read("D_F^2*(M*N + M*mid + 9*mid^2 + N*mid)")
        )
        == 0
    )
    assert (
        sympy.simplify(read(same.sides[1].counts["madds"].formula) - read("D_F^2*(2*M*mid + 9*mid^2)")) == 0
    )


# ------------------------------------------------------------------------------ words

WORDS: list[tuple[str, str, dict[str, int], str, str]] = [
    # k = 1: the depthwise layer comes on top, (M + M N) / (M N)
    ("standard", "dsc", {"k": 1, "n": 64}, "madds", "1.02x more"),
    ("standard", "dsc", {"k": 1, "n": 1}, "madds", "2.00x more"),
    ("standard", "dsc", {"k": 2, "n": 2}, "madds", "1.33x fewer"),  # 1/2 + 1/4
    ("standard", "dsc", {"k": 2, "n": 1}, "madds", "1.25x more"),  # 1 + 1/4
    ("standard", "dsc", {**PAPER, "df": 7}, "mem_access", "2.27x less"),
    ("dsc", "standard", PAPER, "madds", "7.89x more"),
    ("dsc", "standard", {**PAPER, "df": 112}, "mem_access", "1.64x less"),
    ("standard", "standard", {}, "madds", "the same"),
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


def memory(side: int, k: int, m: int, n: int) -> tuple[int, int]:
    """mem_access of a standard and of a separable convolution, by hand."""
    maps = side * side
    return maps * (m + n) + k * k * m * n, maps * 2 * m + k * k * m + maps * (m + n) + m * n


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
    assert got.ratio("madds").value == Fraction(
        15 * 15 * 9 * 16 + 8 * 8 * 16 * 16 - 15 * 15 * 9 * 16  # aside: depthwise at 8 x 8, then 1x1
        + 8 * 8 * 9 * 16 + 15 * 15 * 16 * 16 + 8 * 8 * 9 * 16 + 8 * 8 * 16 * 16,
        15 * 15 * 9 * 16 * 32,
    )  # fmt: skip


def test_a_comparison_does_not_depend_on_the_process(shell: Run) -> None:
    """SymPy orders what it finds by sets here and there; what is printed must not differ."""
    words = ("bottleneck", "shuffle_unit_v1:g=?", "--assume", "g != 1")
    shown = {shell("compare", *words, env={"PYTHONHASHSEED": seed}) for seed in ("0", "1")}
    assert len(shown) == 1


# ------------------------------------------------------------------------------ formulas give the counts

SIZE = st.integers(1, 64)
NEEDS = {
    "bneck": "exp=48",
    "bottleneck": "mid=12",
    "condense_layer": "growth=8,g=4",
    "fire": "squeeze=8,expand=16",
    "igc": "L=4",
    "igcv2": "L=3,K=4",
    "igcv3": "t=6",
    "inception": "c1=8,reduce3=4,c3=8,reduce5=4,c5=8,proj=4",
    "inverted_residual": "t=6",
    "mobilenet_v2_features": "alpha=1",
    "shuffle_unit_v1": "g=4",
    "shuffle_unit_v2_down": "out=32",
    "squeeze_excite": "squeeze=8",
    "ssdlite_head": "anchors=3,outputs=21",
}


@pytest.mark.parametrize("name", sorted(convcost.library.block_names()))
def test_the_formulas_of_every_block_give_its_numbers(name: str) -> None:
    """Where they say that they hold; the exact forms are held against integers by compare itself."""
    side = f"{name}:{NEEDS[name]}" if name in NEEDS else name
    got = compare("standard", side, k=3, m=16, n=16, df=32)
    at = {K: 3, M: 16, N: 16, F: 32}
    assert got.sides[0].counts["madds"].value == 32 * 32 * 9 * 16 * 16
    for count in got.sides[1].counts.values():
        form = sympy.sympify(count.form)
        assert form.subs(at) == count.value
        assert not count.formula or sympy.simplify(read(count.formula) - form) == 0
    for metric in METRICS:
        ratio = got.ratio(metric)
        assert sympy.sympify(ratio.form).subs(at) == sympy.Rational(ratio.value)
    assert all(read_relation(condition, at) for condition in got.conditions)


def read_relation(condition: str, at: dict[Any, int]) -> bool:
    """Whether a printed condition holds."""
    if " divides " in condition:
        part, whole = (int(read(side).subs(at)) for side in condition.split(" divides "))
        return whole % part == 0
    left, relation, right = re.split(r" ([!=>]=|>) ", condition)
    difference = (read(left) - read(right)).subs(at)
    return bool(
        {"!=": difference != 0, "==": difference == 0, ">=": difference >= 0, ">": difference > 0}[relation]
    )


@settings(max_examples=5, deadline=None, derandomize=True)
@given(k=SIZE, m=SIZE, n=SIZE, df=SIZE)
def test_numbers_at_random_sizes_are_those_counted_by_hand(k: int, m: int, n: int, df: int) -> None:
    got = dsc(k=k, m=m, n=n, df=df)
    assert values(got, "madds") == (df * df * k * k * m * n, df * df * m * (k * k + n))
    assert values(got, "mem_access") == memory(df, k, m, n)


BUILT = [
    "conv_bn:g=?",
    "conv_act:pad=valid",
    "conv_act:pad=valid,s=2,g=?",
    "shuffle_unit_v1:g=?",
    "shuffle_unit_v2",
    "basic_block:shortcut=padding",
    "igc",
    "igcv2:L=3",
    "condense_layer",
    "extreme_inception:g=?",
]


@pytest.mark.parametrize("side", BUILT)
@settings(max_examples=25, deadline=None, derandomize=True)
@given(data=st.data())
def test_a_block_can_be_built_exactly_where_its_formula_says_so(side: str, data: st.DataObject) -> None:
    """The checks that run on symbols say what those on numbers refuse."""
    call, known, form = on_symbols(side)
    m = data.draw(st.integers(1, 24), "M")
    free = sorted(name for name in known.letters if name not in (*SHARED, "M", "N"))
    point = {name: data.draw(st.integers(1, 6), name) for name in free}
    point |= {"M": m, "N": data.draw(st.sampled_from([m, 12, 24]), "N")}
    at = {known.letters[name]: value for name, value in point.items()}
    for question in form.questions:  # only where the block is the one that was written down
        generic = not isinstance(question.relation, sympy.Eq)
        assume(bool(question.relation.subs(at)) is generic)
    try:
        given_, shape = call.arguments(
            Ints(), {**point, **{size: point[name] for size, name in SHARED.items()}}
        )
        Expansion(Ints()).block(call.block, given_, shape)
        built = True
    except SpecError:
        built = False
    assert all(need.subs(at) == sympy.true for need in form.needs) is built


@cache
def on_symbols(side: str) -> tuple[BlockCall, Known, BlockForm]:
    """A block in letters alone."""
    (call,) = read_calls([read_side(side)], DEFAULT)
    known = make_known(letters_of([call]), {}, {}, (), DEFAULT)
    return call, known, block_form(call, known, DEFAULT)


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
        assert got.ratio("madds", pair.of, pair.to).value == Fraction(by_hand[of], by_hand[to])
        assert f"\n{of} / {to}\n" in text(got)


def test_a_ratio_of_nothing_is_none() -> None:
    """squeeze_excite has multiply-adds and no norm; a side without any of a count has no ratio to it."""
    got = compare("conv_bn", "squeeze_excite:squeeze=8", k=3, m=16, n=16, df=7)
    assert got.ratio("madds").value == Fraction(2 * 16 * 8, 7 * 7 * 9 * 16 * 16)


# ------------------------------------------------------------------------------ networks


def totals(spec: str, **options: Any) -> tuple[int, int, int]:
    made = convcost.report(spec, **options).totals
    return made.madds, made.params, made.mem_access


@pytest.mark.parametrize(
    ("sides", "options", "reports"),
    [
        (("mobilenet_v1", "mobilenet_v2", "shufflenet_v2"), {}, ({}, {}, {})),
        (("mobilenet_v2:alpha=0.75", "mobilenet_v2"), {}, ({"settings": {"alpha": "0.75"}}, {})),
        (
            ("resnet:variant=resnet18", "resnet:variant=resnet50,stride_in=conv1"),
            {},
            ({"variant": "resnet18"}, {"variant": "resnet50", "settings": {"stride_in": "conv1"}}),
        ),
        (
            ("mobilenet_v1", "mobilenet_v2:resolution=160"),
            {"settings": {"resolution": 192, "alpha": "0.5"}},
            (
                {"settings": {"resolution": 192, "alpha": "0.5"}},
                {"settings": {"resolution": 160, "alpha": "0.5"}},
            ),
        ),
    ],
)
def test_networks_have_their_reports_totals(
    sides: tuple[str, ...], options: dict[str, Any], reports: tuple[dict[str, Any], ...]
) -> None:
    got = compare(*sides, **options)
    assert got.kind == "networks"
    for name, side, given_ in zip(sides, got.sides, reports, strict=True):
        expected = totals(name.partition(":")[0], **given_)
        assert tuple(side.counts[metric].value for metric in METRICS) == expected
    for pair in got.pairs:
        of, to = values(got, "params")[pair.of], values(got, "params")[pair.to]
        assert pair.ratios["params"].value == Fraction(of or 0, to or 1)
        assert (pair.by_side, pair.turns) == ((), ())


def test_a_variable_that_one_network_lacks_is_said() -> None:
    got = compare("mobilenet_v1", "vgg16", settings={"alpha": "0.5"})
    assert got.sides[1].ignored == ("alpha",)
    assert "takes no alpha" in text(got)


def test_files_are_networks(run: Run, tmp_path: Any) -> None:
    for name, out in (("a", 4), ("b", 8)):
        (tmp_path / f"{name}.yaml").write_text(f"name: {name}\ninput: [3, 8, 8]\nnetwork: [conv: {out}]\n")
    result = run("compare", tmp_path / "a.yaml", f"{tmp_path}/b.yaml", "--format", "json")
    data = json.loads(result.out)
    assert [side["madds"]["value"] for side in data["sides"]] == [8 * 8 * 3 * 4, 8 * 8 * 3 * 8]
    assert data["pairs"][0]["madds"]["fraction"] == "2"


def test_a_free_variable_gives_formulas() -> None:
    """At r = 7 both are the reports at 224."""
    got = compare("mobilenet_v1:resolution=?", "mobilenet_v2:resolution=?")
    assert got.letters == {"r": None}
    assert got.sides[0].free == {"resolution": "32*r"}
    r = sympy.Symbol("r", integer=True, positive=True)
    for side, name in zip(got.sides, ("mobilenet_v1", "mobilenet_v2"), strict=True):
        madds, params, mem_access = totals(name)
        assert read(side.counts["madds"].formula).subs(r, 7) == madds
        assert side.counts["params"].value == params
        assert read(side.counts["mem_access"].formula).subs(r, 7) == mem_access
    ratio = read(got.ratio("madds").formula).subs(r, 7)
    assert ratio == sympy.Rational(totals("mobilenet_v2")[0], totals("mobilenet_v1")[0])


def test_networks_in_numbers_never_import_sympy(shell: Run) -> None:
    code = "import sys, convcost as c; c.compare('resnet', 'mobilenet_v2'); print('sympy' in sys.modules)"
    assert shell(python=("-c", code)).out.strip() == "False"


# ------------------------------------------------------------------------------ output


def test_json_has_the_numbers_and_the_formulas() -> None:
    data = json.loads(render(dsc(**PAPER, df=112), "json"), parse_float=pytest.fail)
    assert (data["schema_version"], data["convcost_version"]) == (1, convcost.__version__)
    assert data["convention"] == {"name": "madds", "unit": "multiply-adds"}
    assert (data["kind"], data["letters"]) == ("blocks", {"D_K": 3, "M": 32, "N": 64, "D_F": 112})
    standard, separable = data["sides"]
    assert (standard["name"], separable["name"]) == ("standard", "dsc")
    assert standard["madds"]["value"] == 112 * 112 * 9 * 32 * 64
    assert separable["params"]["value"] == 9 * 32 + 32 * 64
    (pair,) = data["pairs"]
    assert (pair["of"], pair["to"]) == ("dsc", "standard")
    assert (pair["madds"]["fraction"], pair["madds"]["decimal"]) == ("73/576", "0.1267")
    assert sympy.simplify(read(pair["madds"]["formula"]) - (1 / N + 1 / K**2)) == 0
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


# ------------------------------------------------------------------------------ refusals

REFUSED: list[tuple[tuple[str, ...], dict[str, Any], str]] = [
    (("standard",), {}, "there is only standard to compare"),
    ((), {}, "there is nothing to compare"),
    (("standard", "dcs"), {}, "there is no block and no network 'dcs'\n  hint: did you mean 'dsc'"),
    (("conv", "dsc"), {}, "there is no block and no network 'conv'"),
    (("zzz", "dsc"), {}, "blocks are aspp, basic_block"),
    (("standard", "dsc:5"), {}, "arguments are written dsc:key=value"),
    (("standard", "dsc:k=3,5"), {}, "'5' is not key=value"),
    (("standard", "dsc:k="), {}, "'k=' is not key=value"),
    (("standard", ":k=3"), {}, "a side has no name"),
    (("standard", "dsc:k=3,k=5"), {}, "'k' is given twice"),
    (("standard", "dsc:n=3,out=5"), {}, "out and n are the same"),
    (("standard", "dsc:kk=5"), {}, "dsc takes no 'kk'"),
    (("standard", "bottleneck:grops=5"), {}, "bottleneck takes no 'grops'"),
    (("standard", "fire:sqeeze=5"), {}, "did you mean 'squeeze'"),
    (("standard", "fire:n=5"), {}, "fire takes no 'n'"),
    (("standard", "dsc:k=0"), {}, "k: 0 is less than 1"),
    (("standard", "dsc:m=0"), {}, "m: 0 is less than 1"),
    (("standard", "dsc:df=1.5"), {}, "df: 1.5 is not a whole number"),
    (("standard", "dsc:k=relu"), {}, "relu, a word, is not a count"),
    (("standard", "conv_bn_act:act=relu7"), {}, "relu7, a word, is not one of"),
    (("standard", "bneck:exp=8,se=3"), {}, "3, a number, is not a switch"),
    (("standard", "conv_bn:bias=yes"), {}, "yes, a word, is not a switch"),
    (("standard", "dsc:k=(3"), {}, "is not an expression"),
    (("standard", "dsc:k=M.x"), {}, "there are no attributes"),
    (("standard", "dsc:k=sqrt(4)"), {}, "there is no function 'sqrt'"),
    (("standard", "dsc:k=3**2"), {}, "not part of the language"),
    (
        ("standard", "conv_bn:g=3"),
        {"m": 16},
        "can be built only if 3 divides M, which is not so where M = 16",
    ),
    (("standard", "conv_bn:g=3"), {**PAPER, "df": 7}, "3 groups do not divide 32 channels in"),
    (("standard", "conv_bn:g=3,m=16"), {}, "3 groups do not divide 16 channels in"),
    (("standard", "shuffle_unit_v1:g=3"), {"m": 16, "n": 24}, "can be built only if"),
    (("standard", "conv_act:pad=valid"), {"k": 5, "df": 3}, "can be built only if D_K <= D_F"),
    (("standard", "dsc:m=alpha*M"), {"m": 32, "settings": {"alpha": "0.3"}}, "M*alpha is whole"),
    (("standard", "igcv2:K=2"), {}, "`L - 1` times: L must be a number"),
    (("standard", "igcv2:L=1000000,K=1"), {"limits": Limits(nodes=50)}, "--max-nodes raises it"),
    (("standard", "dsc"), {"k": 0}, "k is a count from 1"),
    (("standard", "dsc"), {"m": -3}, "m is a count from 1"),
    (("standard", "dsc"), {"df": 10**9}, "df is a count from 1"),
    (("standard", "dsc"), {"k": 3.0}, "k is a count from 1"),
    (("standard", "dsc"), {"k": True}, "k is a count from 1"),
    (("standard", "dsc"), {"settings": {"q": 3}}, "the formulas have no letter 'q'"),
    (("standard", "dsc"), {"settings": {"k": 3}, "k": 5}, "k is given twice"),
    (("standard", "dsc"), {"settings": {"k": "0.5"}}, "k = 0.5 is not a whole number above 0"),
    (("standard", "dsc"), {"settings": {"k": "relu"}}, "k = relu is not a whole number above 0"),
    (("standard", "dsc"), {"assume": ["M"]}, "an assumption is a relation of letters"),
    (("standard", "dsc"), {"assume": ["M != relu"]}, "relu is no number"),
    (("standard", "dsc"), {"assume": ["M != Q"]}, "the formulas have no letter 'Q'"),
    (("standard", "dsc"), {"assume": ["M != N"], "m": 3, "n": 3}, "cannot hold where M = 3 and N = 3"),
    (("standard", "dsc"), {"assume": ["M > N", "M == N"]}, "cannot hold beside M > N"),
    (("standard", "mobilenet_v1"), {}, "standard is a block and mobilenet_v1 a network"),
    (("mobilenet_v1", "no.yaml"), {}, "there is no file no.yaml"),
    (("mobilenet_v1", "mobilenet_v2"), {"k": 3}, "--k is about blocks"),
    (("mobilenet_v1", "mobilenet_v2"), {"assume": ["M != N"]}, "--assume is about blocks"),
    (("mobilenet_v1", "mobilenet_v2:alpa=1"), {}, "MobileNetV2 has no variable 'alpa'"),
    (("mobilenet_v1", "mobilenet_v2:alpha=-1"), {}, "alpha = -1 is not a number above 0"),
    (("mobilenet_v1", "mobilenet_v2:alpha=x"), {}, "alpha = x is not a number above 0"),
    (
        ("mobilenet_v1", "mobilenet_v2:alpha=?"),
        {},
        "its widths are rounded, as in make_divisible(32*alpha, 8)",
    ),
    (("mobilenet_v1", "resnet:depth=?"), {}, "no closed form over depth"),
    (("mobilenet_v1", "resnet:variant=resnet1"), {}, "no variant 'resnet1'"),
    (("mobilenet_v1:resolution=?", "xception:resolution=?"), {}, "no one formula is about both"),
    (("mobilenet_v1", "vgg16"), {"settings": {"q": 1}}, "none of the networks has such a variable"),
]


@pytest.mark.parametrize(("sides", "options", "message"), REFUSED)
def test_what_cannot_be_compared_is_refused(
    sides: tuple[str, ...], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(SpecError) as caught:
        compare(*sides, **options)
    assert message in str(caught.value)


def test_an_error_points_into_the_argument(run: Run) -> None:
    result = run("compare", "standard", "dsc:n=8, kk=5")
    place, line, caret, hint = result.err.splitlines()
    assert (result.code, result.out, place) == (2, "", "error: compare:1:10: dsc takes no 'kk'")
    assert line[caret.index("^") :].startswith("kk=5")
    assert "did you mean 'k'" in hint


def test_the_letters_are_the_papers() -> None:
    assert SHARED == {"k": "D_K", "m": "M", "n": "N", "df": "D_F"}
    assert Asking.exact is False
