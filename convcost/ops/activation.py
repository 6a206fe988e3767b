"""Activations, softmax and dropout: one operation an element, of the function's own kind."""

from __future__ import annotations

from convcost.expr import WORDS, Word
from convcost.num import Num
from convcost.ops.registry import Cost, OpRefusal, Shape, free, op, same_shape
from convcost.params import ACTIVATION, NUMBER, Param


def act_cost(x: Shape, y: Shape, kind: Word) -> Cost:
    return Cost(ops={str(kind): y.size}, reads=x.size, writes=y.size)


op(
    "act",
    "An elementwise activation function.",
    Param("kind", ACTIVATION, None, "the function: relu, relu6, hard_swish ..."),
    memory="elementwise",
    shape=same_shape,
    cost=act_cost,
    kinds=tuple(sorted(WORDS["activation"])),
    sort="activation",
    fuses=True,
)


def softmax_cost(x: Shape, y: Shape) -> Cost:
    return Cost(ops={"softmax": y.size}, reads=x.size, writes=y.size)


op(
    "softmax",
    "Softmax over the channels of each position.",
    memory="other",
    shape=same_shape,
    cost=softmax_cost,
    kinds=("softmax",),
    sort="activation",
)


def dropout_check(x: Shape, rate: Num) -> None:
    if not 0 <= rate <= 1:
        raise OpRefusal("rate", "a share of elements is between 0 and 1")


op(
    "dropout",
    "Dropout: free, since it does nothing when a network is used.",
    Param("rate", NUMBER, "0.5", "share of elements dropped in training"),
    memory="free",
    check=dropout_check,
    shape=same_shape,
    cost=free,
)
