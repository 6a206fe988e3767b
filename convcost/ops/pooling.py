"""Pooling: operations of the pool's kind, one a tap that a window covers (padding included)."""

from __future__ import annotations

from typing import Any

from convcost import num
from convcost.num import Num
from convcost.ops.registry import Cost, OpRefusal, Shape, op
from convcost.ops.window import ROUND, D, K, check_window, window
from convcost.params import HW, PADDING, SIZE, Pad, Param

PAD = Param("pad", PADDING, "valid", "rows and columns around the map")
STRIDE = Param("s", SIZE, "k", "stride; the window's own side unless said")


def pool_check(x: Shape, k: HW, s: HW, d: HW, pad: Pad, rounding: str) -> None:
    if pad.mode == "batched":
        raise OpRefusal("pad", "a pool is not batched", "pad: same")
    check_window(x, k, s, d, pad, rounding)


def pool_shape(x: Shape, k: HW, s: HW, d: HW, pad: Pad, rounding: str) -> Shape:
    return window(x, x.c, k, s, d, pad, rounding)


def _pool(kind: str, help: str) -> None:
    def cost(x: Shape, y: Shape, k: HW, **_: Any) -> Cost:
        return Cost(ops={kind: y.size * k.h * k.w}, reads=x.size, writes=y.size)

    op(
        kind, help, K, STRIDE, PAD, D, ROUND,
        memory="other", check=pool_check, shape=pool_shape, cost=cost, kinds=(kind,), sort="pool",
    )  # fmt: skip


_pool("max_pool", "The largest element under each window.")
_pool("avg_pool", "The mean of each window.")


# ------------------------------------------------------------------------------ global, adaptive


def global_shape(x: Shape) -> Shape:
    return Shape(x.c, 1, 1)


def _global(kind: str, help: str, method: str) -> None:
    def cost(x: Shape, y: Shape) -> Cost:
        return Cost(ops={kind: x.size}, reads=x.size, writes=y.size)

    op(
        kind, help, memory="other", shape=global_shape, cost=cost, kinds=(kind,), sort="pool",
        calls=("module", "function", method),
    )  # fmt: skip


_global("global_avg_pool", "The mean of each channel: a map becomes a vector.", "mean")
_global("global_max_pool", "The largest element of each channel: a map becomes a vector.", "amax")


def adaptive_check(x: Shape, out: HW) -> None:
    if out.h > x.h or out.w > x.w:
        raise OpRefusal("out", f"a map of {x.h}×{x.w} cannot be pooled to {out.h}×{out.w}")


def adaptive_shape(x: Shape, out: HW) -> Shape:
    return Shape(x.c, out.h, out.w)


def _taps(n: Num, m: Num) -> Num:
    """Taps of m windows from floor(i n / m) to ceil((i + 1) n / m): n, and one for each shared row."""
    return n + m - num.common_divisor(n, m)


def adaptive_cost(x: Shape, y: Shape, out: HW) -> Cost:
    taps = x.c * _taps(x.h, out.h) * _taps(x.w, out.w)
    return Cost(ops={"adaptive_avg_pool": taps}, reads=x.size, writes=y.size)


op(
    "adaptive_avg_pool",
    "The mean of each of out x out nearly equal windows (PyTorch's AdaptiveAvgPool2d).",
    Param("out", SIZE, None, "side of the map that is left, or [height, width]"),
    memory="other",
    check=adaptive_check,
    shape=adaptive_shape,
    cost=adaptive_cost,
    kinds=("adaptive_avg_pool",),
    sort="pool",
)
