"""Sliding windows: how many positions a kernel takes on a map, for each padding and rounding."""

from __future__ import annotations

from convcost import num
from convcost.num import Num
from convcost.ops.registry import OpRefusal, Shape
from convcost.params import HW, ROUNDING, SIZE, Pad, Param

K = Param("k", SIZE, None, "side of the window, or [height, width]")
S = Param("s", SIZE, "1", "stride")
D = Param("d", SIZE, "1", "dilation")
ROUND = Param(
    "rounding",
    ROUNDING,
    "down",
    "a last, partial step: `down` drops it; `up` takes it if it starts inside the map or the padding "
    "before it (PyTorch's ceil_mode); `caffe` takes it, with that condition only where there is padding",
)


def reach(k: Num, d: Num) -> Num:
    """Rows from the first tap of a dilated kernel to its last."""
    return d * (k - 1) + 1


def side(n: Num, k: Num, s: Num, d: Num, pad: str, before: Num, after: Num, rounding: str) -> Num:
    """Positions along one side. `same` is defined by its result, ceil(n / s)."""
    if pad == "same":
        return num.ceildiv(n, s)
    if pad == "half":
        before = after = reach(k, d) // 2
    span = n + before + after - reach(k, d)
    if rounding == "down":
        return span // s + 1
    positions = num.ceildiv(span, s) + 1
    if rounding == "caffe" and pad == "valid":
        return positions
    return num.smaller(positions, num.ceildiv(n + before, s))


def window(x: Shape, c: Num, k: HW, s: HW, d: HW, pad: Pad, rounding: str) -> Shape:
    """The map of `c` channels that a window leaves."""
    h = side(x.h, k.h, s.h, d.h, pad.mode, pad.top, pad.bottom, rounding)
    w = side(x.w, k.w, s.w, d.w, pad.mode, pad.left, pad.right, rounding)
    return Shape(c, h, w)


def check_window(x: Shape, k: HW, d: HW, pad: Pad) -> None:
    """A window may not be larger than the padded map; `same` pads as much as it needs."""
    if pad.mode == "same":
        return
    for n, taps, step, sides in (
        (x.h, k.h, d.h, pad.top + pad.bottom),
        (x.w, k.w, d.w, pad.left + pad.right),
    ):
        span = reach(taps, step)
        padded = n + (span // 2 * 2 if pad.mode == "half" else sides)
        if span > padded:
            raise OpRefusal(
                "k",
                f"a window of {span} does not fit a map of {n}"
                + (f" padded to {padded}" if padded > n else ""),
                "a larger input, a smaller k, or pad: same",
            )
