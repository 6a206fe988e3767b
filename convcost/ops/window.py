"""Sliding windows: how many positions a kernel takes on a map, for each padding and rounding."""

from __future__ import annotations

from typing import NamedTuple

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


BY_RESULT = ("same", "batched")  # paddings that are defined by the size they leave


class Margins(NamedTuple):
    """Rows before and after, columns before and after; `padded` where there are any."""

    top: Num
    bottom: Num
    left: Num
    right: Num

    @property
    def padded(self) -> bool:
        return any(side != 0 for side in self)


def margins(k: HW, d: HW, pad: Pad) -> Margins:
    """What a padding adds on each side; `same` is not among them, since its result defines it."""
    if pad.mode == "half":
        rows, columns = reach(k.h, d.h) // 2, reach(k.w, d.w) // 2
        return Margins(rows, rows, columns, columns)
    return Margins(*pad[1:])


def side(n: Num, k: Num, s: Num, d: Num, before: Num, after: Num, rounding: str, padded: bool) -> Num:
    """Positions of a window along one side of n."""
    span = n + before + after - reach(k, d)
    whole = (span if s == 1 else span // s) + 1  # SymPy takes long to divide by 1
    if rounding == "down":
        return whole
    positions = num.ceildiv(span, s) + 1
    if rounding == "caffe" and not padded:
        return positions
    inside = num.smaller(positions, num.ceildiv(n + before, s))
    return num.larger(whole, inside) if padded else inside


def window(x: Shape, c: Num, k: HW, s: HW, d: HW, pad: Pad, rounding: str) -> Shape:
    """The map of `c` channels that a window leaves; `same` is defined by its result, ceil(n / s).

    So is `batched`, which is how TensorFlow runs a dilated convolution: see `positions`.
    """
    if pad.mode in BY_RESULT:
        return Shape(c, num.ceildiv(x.h, s.h), num.ceildiv(x.w, s.w))
    m = margins(k, d, pad)
    h = side(x.h, k.h, s.h, d.h, m.top, m.bottom, rounding, m.padded)
    w = side(x.w, k.w, s.w, d.w, m.left, m.right, rounding, m.padded)
    return Shape(c, h, w)


def positions(y: Shape, d: HW, pad: Pad) -> Num:
    """How often a kernel is applied to give a map.

    Once for each of its elements; but a dilated convolution that is run as several plain ones, on every
    d-th row and column, works on a map padded until d divides it, and the rest is cropped (TensorFlow's
    `space_to_batch_nd`).
    """
    if pad.mode == "batched":
        return num.ceildiv(y.h, d.h) * d.h * num.ceildiv(y.w, d.w) * d.w
    return y.h * y.w


def check_window(x: Shape, k: HW, s: HW, d: HW, pad: Pad, rounding: str) -> None:
    """A window may not be larger than the padded map; `same` pads as much as it needs.

    Where a last, partial step is taken, it may be the only one: then a window may be larger by less than
    the stride, as in PyTorch and Caffe.
    """
    if pad.mode in BY_RESULT:
        return
    m = margins(k, d, pad)
    for n, taps, stride, step, sides in (
        (x.h, k.h, s.h, d.h, m.top + m.bottom),
        (x.w, k.w, s.w, d.w, m.left + m.right),
    ):
        span, whole = reach(taps, step), n + sides
        beyond = 0 if rounding == "down" else stride - 1
        if span > whole + beyond:
            raise OpRefusal(
                "k",
                f"a window of {span} does not fit a map of {n}"
                + (f" padded to {whole}" if whole > n else ""),
                "a larger input, a smaller k, or pad: same",
            )
