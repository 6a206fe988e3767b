"""Ops that move elements and compute little: shuffle, split, select, resize, flatten."""

from __future__ import annotations

from typing import Any

from convcost import num
from convcost.num import Num
from convcost.ops.registry import Cost, OpRefusal, Shape, free, op, same_shape
from convcost.params import COUNT, COUNT0, HW, INTERPOLATION, PATHS, SIZE, Param


def moved(x: Shape, y: Shape, **_: Any) -> Cost:
    """No arithmetic; what goes out is read once and written once."""
    return Cost(reads=y.size, writes=y.size)


def shuffle_check(x: Shape, g: int) -> None:
    if x.c % g:
        raise OpRefusal("g", f"{g} groups do not divide {x.c} channels")


op(
    "shuffle",
    "Channel shuffle (ShuffleNetV1, sec. 3.1): channels of g groups interleaved.",
    Param("g", COUNT, None, "groups"),
    memory="elementwise", check=shuffle_check, shape=same_shape, cost=moved, calls=("view", "module"),
)  # fmt: skip


def take_check(x: Shape, out: int, start: int) -> None:
    if start + out > x.c:
        raise OpRefusal("out", f"cannot take {out} channels from {start} on: there are {x.c}")


def take_shape(x: Shape, out: Num, **_: Any) -> Shape:
    return Shape(out, x.h, x.w)


op(
    "slice",
    "Some neighbouring channels; a `split` is one of these for each path.",
    Param("out", COUNT, None, "channels taken"), Param("start", COUNT0, "0", "the first of them"),
    memory="elementwise", check=take_check, shape=take_shape, cost=moved, calls=("index", "chunk"),
)  # fmt: skip

op(
    "select",
    "A learned choice of channels (CondenseNet, sec. 3.1), in any order; a channel may be taken twice.",
    Param("out", COUNT, None, "channels taken"),
    memory="elementwise", shape=take_shape, cost=moved, calls=("function",),
)  # fmt: skip


def subsample_check(x: Shape, out: int, s: HW) -> None:
    if out < x.c:
        raise OpRefusal("out", f"zeros add channels: {out} is fewer than the {x.c} there are")


def subsample_shape(x: Shape, out: Num, s: HW) -> Shape:
    return Shape(out, num.ceildiv(x.h, s.h), num.ceildiv(x.w, s.w))


def subsample_cost(x: Shape, y: Shape, **_: Any) -> Cost:
    """No arithmetic: what is kept is read, and written with the zeros."""
    return Cost(reads=x.c * y.h * y.w, writes=y.size)


op(
    "subsample",
    "Every s-th row and column, with channels of zeros up to `out` (ResNet, sec. 3.3, option A).",
    Param("out", COUNT, None, "channels out"),
    Param("s", SIZE, "1", "stride"),
    memory="elementwise",
    check=subsample_check,
    shape=subsample_shape,
    cost=subsample_cost,
)

# ------------------------------------------------------------------------------ resize

MODE = Param("mode", INTERPOLATION, "nearest", "how a pixel between pixels is found")


def upsample_shape(x: Shape, scale: HW, **_: Any) -> Shape:
    return Shape(x.c, x.h * scale.h, x.w * scale.w)


def resize_shape(x: Shape, like: Shape, **_: Any) -> Shape:
    return Shape(x.c, like.h, like.w)


def resized(x: Shape, *like_y: Shape, mode: str, **_: Any) -> Cost:
    """One operation an element written; the map that only gives its size is not read."""
    y = like_y[-1]
    return Cost(ops={f"resize_{mode}": y.size}, reads=x.size, writes=y.size)


RESIZES = ("resize_nearest", "resize_bilinear")

op(
    "upsample", "A map made larger by a whole factor.",
    Param("scale", SIZE, None, "the factor, or [height, width]"), MODE,
    memory="other", shape=upsample_shape, cost=resized, kinds=RESIZES, sort="resize",
)  # fmt: skip
op(
    "resize", "A map brought to the height and width of another.",
    Param("like", PATHS, None, "the path whose height and width it takes"), MODE,
    memory="other", shape=resize_shape, cost=resized, inputs=(2, 2), kinds=RESIZES,
    sort="resize", calls=("function",),
)  # fmt: skip


# ------------------------------------------------------------------------------ flatten


def flatten_shape(x: Shape) -> Shape:
    return Shape(x.size, 1, 1)


op(
    "flatten",
    "A map seen as a vector: free, since no element moves.",
    memory="free", shape=flatten_shape, cost=free,
)  # fmt: skip
