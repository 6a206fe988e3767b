"""What cannot be compared is told, at its place."""

from __future__ import annotations

from typing import Any

import pytest
from comparing import PAPER, compare
from conftest import Run

from convcost.comparing.forms import Asking
from convcost.comparing.letters import SHARED
from convcost.errors import SpecError
from convcost.limits import Limits

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


def test_an_error_of_the_shared_sizes_names_the_side(run: Run) -> None:
    result = run("compare", "standard", "shuffle_unit_v2", "--k", 3, "--m", 1, "--n", 1, "--df", 7)
    assert result.code == 2
    assert result.err.startswith(
        "error: compare:1:1: the size of 'keep': 0 is less than 1\n    1 | shuffle_unit_v2\n"
    )


def test_the_letters_are_the_papers() -> None:
    assert SHARED == {"k": "D_K", "m": "M", "n": "N", "df": "D_F"}
    assert Asking.exact is False
