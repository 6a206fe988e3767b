"""Where maps meet: add, mul, concat. Each reads all its inputs and writes its output."""

from __future__ import annotations

from typing import Any

from convcost.num import Num
from convcost.ops.registry import Cost, OpRefusal, Shape, op
from convcost.params import PATHS, Param

WITH = Param("with", PATHS, None, "the other inputs: paths of earlier layers")


def _size(xs: tuple[Shape, ...]) -> Num:
    total = xs[0].size
    for x in xs[1:]:
        total += x.size
    return total


def add_check(*xs: Shape, **_: Any) -> None:
    for x in xs[1:]:
        if x != xs[0]:
            raise OpRefusal(
                "", f"cannot add maps of {xs[0]} and {x}: they differ", "a projection or a stride is missing"
            )


def first(*xs: Shape, **_: Any) -> Shape:
    return xs[0]


def add_cost(*xs_y: Shape, **_: Any) -> Cost:
    *xs, y = xs_y
    return Cost(ops={"add": y.size * (len(xs) - 1)}, reads=_size(tuple(xs)), writes=y.size)


op(
    "add", "The sum of maps of one shape.", WITH,
    memory="elementwise", check=add_check, shape=first, cost=add_cost, inputs=(2, None), kinds=("add",),
    sort="join", calls=("operator", "function"), fuses=True,
)  # fmt: skip


def mul_check(*xs: Shape, **_: Any) -> None:
    for x in xs[1:]:
        if x != xs[0] and x != (xs[0].c, 1, 1):
            raise OpRefusal(
                "",
                f"cannot multiply a map of {xs[0]} by one of {x}",
                f"a gate has the same shape or {xs[0].c}×1×1",
            )


def mul_cost(*xs_y: Shape, **_: Any) -> Cost:
    *xs, y = xs_y
    return Cost(ops={"mul": y.size * (len(xs) - 1)}, reads=_size(tuple(xs)), writes=y.size)


op(
    "mul", "The product of a map and gates of its shape, or of one number a channel.", WITH,
    memory="elementwise", check=mul_check, shape=first, cost=mul_cost, inputs=(2, None), kinds=("mul",),
    sort="join", calls=("operator", "function"),
)  # fmt: skip


def concat_check(*xs: Shape, **_: Any) -> None:
    for x in xs[1:]:
        if (x.h, x.w) != (xs[0].h, xs[0].w):
            raise OpRefusal(
                "", f"cannot concatenate maps of {xs[0]} and {x}: their heights and widths differ"
            )


def concat_shape(*xs: Shape, **_: Any) -> Shape:
    channels = xs[0].c
    for x in xs[1:]:
        channels += x.c
    return Shape(channels, xs[0].h, xs[0].w)


def concat_cost(*xs_y: Shape, **_: Any) -> Cost:
    *xs, y = xs_y
    return Cost(reads=_size(tuple(xs)), writes=y.size)


op(
    "concat", "The channels of several maps of one height and width, one after another. No arithmetic.", WITH,
    memory="elementwise", check=concat_check, shape=concat_shape, cost=concat_cost, inputs=(2, None),
    calls=("function",),
)  # fmt: skip
