"""Blocks in letters: what is not given, what is taken for granted, what is asked, what formulas give."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cache
from typing import Any

import pytest
import sympy
from comparing import PAPER, F, K, M, N, compare, dsc, memory, read, text, values
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import convcost
from convcost.comparing.calls import BlockCall, letters_of, read_calls
from convcost.comparing.forms import BlockForm, block_form
from convcost.comparing.letters import SHARED, Known, make_known
from convcost.comparing.results import METRICS, Turn
from convcost.comparing.sides import read_side
from convcost.conventions import conventions
from convcost.errors import SpecError
from convcost.limits import Meter
from convcost.machine import Ints

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
    assert values(got, "count") == (None, None)
    assert [read(side.counts["count"].at) for side in got.sides] == [9 * 32 * 64 * F**2, (9 + 64) * 32 * F**2]
    assert got.ratio("count").value == Fraction(73, 576)
    assert got.ratio("mem_access").value is None
    at = read(got.ratio("mem_access").at).subs(F, 112)
    assert at == sympy.Rational(2_009_376, 1_222_656)
    assert got.letters == {"D_K": 3, "M": 32, "N": 64, "D_F": None}


def test_a_side_without_the_free_letter_has_its_number() -> None:
    got = compare("standard:k=3,m=32,n=64,df=14", "dsc")
    assert values(got, "count") == (14 * 14 * 9 * 32 * 64, None)
    assert got.letters == {"D_K": None, "M": None, "N": None, "D_F": None}


def test_a_required_argument_is_a_letter_of_its_name() -> None:
    got = compare("standard", "fire", m=128)
    assert "squeeze" in got.letters
    assert (
        sympy.simplify(read(got.sides[1].counts["count"].formula) - read("D_F^2*squeeze*(M + 10*expand)"))
        == 0
    )
    valued = compare("standard", "fire", m=128, df=14, settings={"squeeze": 16, "expand": 64})
    assert valued.sides[1].counts["count"].value == 14 * 14 * (128 * 16 + 16 * 64 + 9 * 16 * 64)
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
    assert sympy.simplify(read(got.sides[1].counts["count"].formula) - read(formula)) == 0
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
        (("standard", "dsc:m=M-N"), {}, ("M > N",)),
        (("standard", "dsc:n=N/2"), {}, ("2 divides N",)),
        (
            ("standard", "shuffle_unit_v1:g=3,s=2"),
            {},
            ("3 divides M", "12 divides N", "N > M", "2 divides D_F"),
        ),
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
    assert sympy.simplify(read(got.sides[0].counts["count"].formula) - read("D_F^2*mid*(2*M + 9*mid)")) == 0
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
            read(apart.sides[1].counts["count"].formula) - read("D_F^2*(M*N + M*mid + 9*mid^2 + N*mid)")
        )
        == 0
    )
    assert (
        sympy.simplify(read(same.sides[1].counts["count"].formula) - read("D_F^2*(2*M*mid + 9*mid^2)")) == 0
    )


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
    assert got.sides[0].counts["count"].value == 32 * 32 * 9 * 16 * 16
    for count in got.sides[1].counts.values():
        form = sympy.sympify(count.form)
        assert form.subs(at) == count.value
        assert not count.formula or sympy.cancel(read(count.formula) - form) == 0
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
    assert values(got, "count") == (df * df * k * k * m * n, df * df * m * (k * k + n))
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
        call.graph(Ints(), {**point, **{size: point[name] for size, name in SHARED.items()}})
        built = True
    except SpecError:
        built = False
    assert all(need.subs(at) == sympy.true for need in form.needs) is built


@cache
def on_symbols(side: str) -> tuple[BlockCall, Known, BlockForm]:
    """A block in letters alone."""
    (call,) = read_calls([read_side(side)], Meter())
    known = make_known(letters_of([call]), {}, {}, (), Meter())
    return call, known, block_form(call, known, conventions(), Meter())
