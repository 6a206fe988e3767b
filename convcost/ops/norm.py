"""Normalisations: no multiply-adds by the papers' count, listed by kind, one operation an element."""

from __future__ import annotations

from convcost.num import Num
from convcost.ops.registry import Cost, Shape, op, same_shape
from convcost.params import COUNT, SWITCH, Param

AFFINE = Param("affine", SWITCH, "true", "learned scale and shift, 2 numbers a channel")


def bn_cost(x: Shape, y: Shape, affine: bool, stats: bool) -> Cost:
    learned, moving = 2 * x.c * int(affine), 2 * x.c * int(stats)
    return Cost(
        ops={"batch_norm": y.size},
        norm_affine=learned,
        norm_stats=moving,
        reads=x.size,
        writes=y.size,
        weight_reads=learned + moving,
    )


op(
    "bn",
    "Batch normalisation, as a pass of its own over the map.",
    AFFINE,
    Param("stats", SWITCH, "true", "moving mean and variance, 2 numbers a channel, not trained"),
    memory="other",
    shape=same_shape,
    cost=bn_cost,
    kinds=("batch_norm",),
    sort="norm",
    fuses=True,
)


def layer_norm_cost(x: Shape, y: Shape, affine: bool) -> Cost:
    learned = 2 * x.c * int(affine)
    return Cost(
        ops={"layer_norm": y.size}, norm_affine=learned, reads=x.size, writes=y.size, weight_reads=learned
    )


op(
    "layer_norm",
    "Layer normalisation over the channels of each position.",
    AFFINE,
    memory="other",
    shape=same_shape,
    cost=layer_norm_cost,
    kinds=("layer_norm",),
    sort="norm",
)


def lrn_cost(x: Shape, y: Shape, n: Num) -> Cost:
    """One operation for each of the n neighbouring channels that an element is normalised by."""
    return Cost(ops={"lrn": y.size * n}, reads=x.size, writes=y.size)


op(
    "lrn",
    "Local response normalisation over n neighbouring channels (AlexNet, sec. 3.3). Nothing is learned.",
    Param("n", COUNT, "5", "neighbouring channels"),
    memory="other",
    shape=same_shape,
    cost=lrn_cost,
    kinds=("lrn",),
    sort="norm",
)
