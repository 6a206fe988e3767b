"""Convolutions and the linear layer: the ops whose multiply-adds the papers count."""

from __future__ import annotations

from typing import Any

from convcost.num import Num, exact_div
from convcost.ops.registry import Cost, OpRefusal, Shape, op
from convcost.ops.window import ROUND, D, K, S, check_window, margins, positions, reach, window
from convcost.params import COUNT, HW, OFFSET, PADDING, SWITCH, Pad, Param

OUT = Param("out", COUNT, None, "channels out")
G = Param("g", COUNT, "1", "groups")
PAD = Param("pad", PADDING, "same", "rows and columns of zeros around the map")
BIAS = Param("bias", SWITCH, "false", "one learned number added per channel out")
K1 = Param("k", K.kind, "1", K.help)


def divides(g: int, c: int, field: str, what: str) -> None:
    if c % g:
        raise OpRefusal(field, f"{g} groups do not divide {c} channels {what}")


def check_batched(s: HW, pad: Pad) -> None:
    if pad.mode == "batched" and s != (1, 1):
        raise OpRefusal("pad", "a batched convolution has no stride", "pad: same")


def contraction(x: Shape, y: Shape, positions: Num, taps: Num, g: Num, bias: bool) -> Cost:
    """k^2 c1 c2 / g weights, each used once per position (MobileNetV1, sec. 3.1, eq. 2 and 3).

    Traffic is h w (c1 + c2) + k^2 c1 c2 / g with each map at its own size (ShuffleNetV2, sec. 2, G1
    and G2): the input once, the output once, the weights once; the bias vector is not part of it.
    """
    weights = taps * exact_div(x.c, g) * y.c
    biased = int(bias)
    return Cost(
        madds=positions * weights,
        ops={"bias": y.size * biased},
        weights=weights,
        biases=y.c * biased,
        reads=x.size,
        writes=y.size,
        weight_reads=weights,
    )


# ------------------------------------------------------------------------------ conv


def conv_check(x: Shape, out: int, k: HW, s: HW, d: HW, g: int, pad: Pad, rounding: str, **_: Any) -> None:
    divides(g, x.c, "g", "in")
    divides(g, out, "g", "out")
    check_batched(s, pad)
    check_window(x, k, s, d, pad, rounding)


def conv_shape(x: Shape, out: Num, k: HW, s: HW, d: HW, pad: Pad, rounding: str, **_: Any) -> Shape:
    return window(x, out, k, s, d, pad, rounding)


def conv_cost(x: Shape, y: Shape, k: HW, d: HW, g: Num, pad: Pad, bias: bool, **_: Any) -> Cost:
    return contraction(x, y, positions(y, d, pad), k.h * k.w, g, bias)


op(
    "conv",
    "A convolution: h w k^2 c1 c2 / g multiply-adds at its output's size.",
    OUT, K1, S, G, PAD, D, BIAS, ROUND,
    memory="conv",
    contraction="conv",
    check=conv_check,
    shape=conv_shape,
    cost=conv_cost,
    kinds=("bias",),
)  # fmt: skip


# ------------------------------------------------------------------------------ dwconv


def dwconv_check(x: Shape, k: HW, s: HW, d: HW, pad: Pad, rounding: str, **_: Any) -> None:
    check_batched(s, pad)
    check_window(x, k, s, d, pad, rounding)


def dwconv_shape(x: Shape, k: HW, s: HW, d: HW, pad: Pad, rounding: str, mult: Num, **_: Any) -> Shape:
    return window(x, x.c * mult, k, s, d, pad, rounding)


def dwconv_cost(x: Shape, y: Shape, k: HW, d: HW, pad: Pad, bias: bool, **_: Any) -> Cost:
    return contraction(x, y, positions(y, d, pad), k.h * k.w, x.c, bias)


op(
    "dwconv",
    "A depthwise convolution, one group a channel: h w k^2 c multiply-adds.",
    Param("k", K.kind, "3", K.help), S, PAD, D,
    Param("mult", COUNT, "1", "channels out per channel in"), BIAS, ROUND,
    memory="conv",
    contraction="conv",
    check=dwconv_check,
    shape=dwconv_shape,
    cost=dwconv_cost,
    kinds=("bias",),
)  # fmt: skip


# ------------------------------------------------------------------------------ conv_transpose


def transpose_check(
    x: Shape, out: int, k: HW, s: HW, d: HW, g: int, pad: Pad, output_pad: HW, **_: Any
) -> None:
    divides(g, x.c, "g", "in")
    divides(g, out, "g", "out")
    if pad.mode == "batched":
        raise OpRefusal("pad", "a transposed convolution is not batched", "pad: same")
    if pad.mode == "same" and output_pad != (0, 0):
        raise OpRefusal("output_pad", "the size of `same` is settled; output_pad cannot change it")
    for more, stride, dilation in zip(output_pad, s, d, strict=True):
        if more >= max(stride, dilation):
            raise OpRefusal("output_pad", f"output_pad {more} is not below the stride or the dilation")
    y = transpose_shape(x, out, k, s, d, pad, output_pad)
    if y.h < 1 or y.w < 1:
        raise OpRefusal("pad", "the padding takes away the whole output")


def transpose_shape(x: Shape, out: Num, k: HW, s: HW, d: HW, pad: Pad, output_pad: HW, **_: Any) -> Shape:
    """`same` is n s; else the reach of the last tap, less the padding, which crops here."""
    if pad.mode == "same":
        return Shape(out, x.h * s.h, x.w * s.w)
    m = margins(k, d, pad)
    h = (x.h - 1) * s.h + reach(k.h, d.h) + output_pad.h - m.top - m.bottom
    w = (x.w - 1) * s.w + reach(k.w, d.w) + output_pad.w - m.left - m.right
    return Shape(out, h, w)


def transpose_cost(x: Shape, y: Shape, k: HW, g: Num, bias: bool, **_: Any) -> Cost:
    return contraction(x, y, x.h * x.w, k.h * k.w, g, bias)


op(
    "conv_transpose",
    "A transposed convolution: h w k^2 c1 c2 / g multiply-adds at its input's size.",
    OUT, K, S, G, PAD, D,
    Param("output_pad", OFFSET, "0", "rows and columns added at the end"), BIAS,
    memory="conv",
    contraction="conv_transpose",
    check=transpose_check,
    shape=transpose_shape,
    cost=transpose_cost,
    kinds=("bias",),
)  # fmt: skip


# ------------------------------------------------------------------------------ linear


def linear_check(x: Shape, **_: Any) -> None:
    if (x.h, x.w) != (1, 1):
        raise OpRefusal(
            "",
            f"a linear layer takes a vector, not a map of {x}",
            "put global_avg_pool or flatten before it",
        )


def linear_shape(x: Shape, out: Num, **_: Any) -> Shape:
    return Shape(out, x.h, x.w)


def linear_cost(x: Shape, y: Shape, bias: bool, **_: Any) -> Cost:
    return contraction(x, y, y.h * y.w, 1, 1, bias)


op(
    "linear",
    "A fully connected layer: c1 c2 multiply-adds.",
    Param("out", COUNT, None, "features out"),
    Param("bias", SWITCH, "true", BIAS.help),
    memory="conv",
    contraction="linear",
    check=linear_check,
    shape=linear_shape,
    cost=linear_cost,
    kinds=("bias",),
)
