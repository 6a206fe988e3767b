"""Every small window, by convcost, by PyTorch and by ONNX: sizes, refusals, and where a peer is another's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import product
from typing import Any, NamedTuple

import pytest
from conftest import needs_peers

from convcost.ops import OPS, OpRefusal, Shape
from convcost.params import HW, Pad

pytestmark = [pytest.mark.peers, needs_peers]


class Window(NamedTuple):
    """A window down one side of a map of n rows; the padding is a word, or rows above and below."""

    n: int
    k: int
    s: int
    d: int
    pad: Any
    rounding: str = "down"

    @property
    def span(self) -> int:
        return self.d * (self.k - 1) + 1

    @property
    def around(self) -> tuple[int, int]:
        """Rows above and below, where they are said."""
        if self.pad == "half":
            return self.span // 2, self.span // 2
        return (0, 0) if self.pad == "valid" else self.pad


WORDS = ("same", "valid", "half")
ROWS = [*product(range(4), repeat=2)]
EVEN = ["valid", "half", *((p, p) for p in range(4))]  # the same on both sides


def windows(pads: Sequence[Any], roundings: Sequence[str]) -> Iterator[Window]:
    """All maps to 8, kernels to 4, strides to 4 and dilations to 2 along one side."""
    for n, k, s, d, pad, rounding in product(range(1, 9), range(1, 5), range(1, 5), (1, 2), pads, roundings):
        yield Window(n, k, s, d, pad, rounding)


MORE: dict[str, dict[str, Any]] = {
    "max_pool": {},
    "conv": {"out": 1, "g": 1},
    "conv_transpose": {"out": 1, "g": 1, "output_pad": HW(0, 0)},
}


def ours(op: str, w: Window, **more: Any) -> int | None:
    """The rows that convcost gives, or None where it refuses."""
    pad = Pad(w.pad) if isinstance(w.pad, str) else Pad("explicit", *w.pad)
    fields = {"k": HW(w.k, 1), "s": HW(w.s, 1), "d": HW(w.d, 1), "pad": pad, **MORE[op], **more}
    if op != "conv_transpose":
        fields["rounding"] = w.rounding
    try:
        OPS[op].check(Shape(1, w.n, 1), **fields)
    except OpRefusal:
        return None
    return int(OPS[op].shape(Shape(1, w.n, 1), **fields).h)


def accepted(op: str, rounding: str = "down") -> dict[Window, int]:
    """Every window that convcost takes, and the rows it gives."""
    told = ((w, ours(op, w)) for w in windows([*WORDS, *ROWS], [rounding]))
    return {w: rows for w, rows in told if rows is not None}


def by_onnx(op: str, asked: Sequence[Window]) -> dict[Window, int]:
    """The rows that ONNX infers: one model with a node for each window."""
    from in_onnx import Model, window

    model, names = Model(), {}
    maps = {n: model.input((1, 1, n, 1)) for n in range(1, 9)}
    weights = {k: [model.input((1, 1, k, 1))] if "Conv" in op else [] for k in range(1, 5)}
    for w in asked:
        pad = w.pad if isinstance(w.pad, str) else [*w.pad, 0, 0]
        said = window([w.k, 1], [w.s, 1], pad, [w.d, 1], w.rounding)
        ceil = {"ceil_mode": 1} if w.rounding == "up" else {}
        names[w] = model.node(op, maps[w.n], *weights[w.k], **said, **ceil)
    told = model.inferred()
    return {w: told[name][2] for w, name in names.items()}


def by_torch(w: Window) -> int | None:
    """The rows of PyTorch's max pool, or None where none are left; w.pad is the same above and below."""
    import torch
    from torch.nn.functional import max_pool2d

    x = torch.zeros(1, 1, w.n, 1)
    try:
        y = max_pool2d(x, (w.k, 1), (w.s, 1), (w.around[0], 0), (w.d, 1), w.rounding == "up")
    except RuntimeError as no:
        if "Output size is too small" in str(no):
            return None
        raise
    return int(y.shape[2])


# ------------------------------------------------------------------------------ pools


@pytest.mark.parametrize("rounding", ["down", "up"])
def test_pools_as_pytorch(rounding: str) -> None:
    """The same rows, and a no for the same windows, for every padding that PyTorch's pools take."""
    expected = {w: by_torch(w) for w in windows(EVEN, [rounding]) if max(w.around) <= w.k // 2}
    assert {w: ours("max_pool", w) for w in expected} == expected
    assert None in expected.values()


@pytest.mark.parametrize("op", ["MaxPool", "AveragePool"])
@pytest.mark.parametrize("rounding", ["down", "up"])
def test_pools_as_onnx(rounding: str, op: str) -> None:
    """Unequal paddings too. One rule differs: windows that fit exactly, the last of them below the map.

    "Sliding windows that would start in the right padded region are ignored" (MaxPool, opset 22). ONNX takes
    such a window away although it is whole, so that rounding up leaves fewer rows than rounding down. We
    leave out a partial one only. PyTorch, which allows half a window of padding, never comes to it.
    """
    asked = accepted("max_pool", rounding)
    fewer = {w: n - 1 for w, n in asked.items() if rounding == "up" and exact_below(w, n)}
    assert by_onnx(op, list(asked)) == {**asked, **fewer}
    assert bool(fewer) == (rounding == "up")


def exact_below(w: Window, rows: int) -> bool:
    """The last window ends with the padding, and starts in it."""
    if w.pad == "same":
        return False
    above, below = w.around
    start = (rows - 1) * w.s
    return start >= w.n + above and start + w.span == above + w.n + below


def test_caffe_is_ceil_mode_but_for_strides_beyond_the_window() -> None:
    """No framework that runs has Caffe's rule; where it is PyTorch's, PyTorch stands for it.

    It is another where there is no padding and the stride is larger than the window: Caffe then takes a
    window that starts below the map. That rests on Caffe's source alone (in_torch.py, and test_witness.py).
    """
    for w in windows(EVEN, ["caffe"]):
        if max(w.around) <= w.k // 2 and (max(w.around) > 0 or w.s <= w.span):
            assert ours("max_pool", w) == by_torch(w._replace(rounding="up")), w


# ------------------------------------------------------------------------------ convolutions


def test_convolutions_as_pytorch() -> None:
    """The same rows, and a no to the same windows, for every padding that is the same on both sides."""
    import torch
    from torch.nn.functional import conv2d

    def rows(w: Window) -> int | None:
        x, weight = torch.zeros(1, 1, w.n, 1), torch.zeros(1, 1, w.k, 1)
        with suppress(RuntimeError):
            return int(conv2d(x, weight, None, (w.s, 1), (w.around[0], 0), (w.d, 1)).shape[2])
        return None

    expected = {w: rows(w) for w in windows(EVEN, ["down"])}
    assert {w: ours("conv", w) for w in expected} == expected
    assert None in expected.values()


@pytest.mark.parametrize("more", [0, 1])
def test_transposed_as_pytorch(more: int) -> None:
    """Refused alike: an output padding that no tap reaches, a padding that takes it all."""
    import torch
    from torch.nn.functional import conv_transpose2d

    def rows(w: Window) -> int | None:
        x, weight = torch.zeros(1, 1, w.n, 1), torch.zeros(1, 1, w.k, 1)
        with suppress(RuntimeError):
            y = conv_transpose2d(x, weight, None, (w.s, 1), (w.around[0], 0), (more, 0), 1, (w.d, 1))
            return int(y.shape[2]) or None
        return None

    expected = {w: rows(w) for w in windows(EVEN, ["down"])}
    assert {w: ours("conv_transpose", w, output_pad=HW(more, 0)) for w in expected} == expected
    assert None in expected.values()


def test_convolutions_as_onnx() -> None:
    """Unequal paddings too."""
    asked = accepted("conv")
    assert by_onnx("Conv", list(asked)) == asked


def test_transposed_as_onnx() -> None:
    """Every padding. One rule differs: `same` of a kernel that spans less than the stride.

    "output_shape[i] = input_shape[i] * strides[i]" is ONNX's text (ConvTranspose, auto_pad), TensorFlow's
    result and ours; ONNX infers what the kernel reaches.
    """
    asked = accepted("conv_transpose")
    short = {w: (w.n - 1) * w.s + w.span for w in asked if w.pad == "same" and w.span < w.s}
    assert by_onnx("ConvTranspose", list(asked)) == {**asked, **short}
    assert all(rows == w.n * w.s for w, rows in asked.items() if w.pad == "same")
    assert short


# ------------------------------------------------------------------------------ the witness itself


@pytest.mark.parametrize("k", [1, 2, [3, 2], 4])
@pytest.mark.parametrize("d", [2, [1, 3], [3, 2]])
def test_batched_is_a_dilated_convolution(k: Any, d: Any) -> None:
    """What in_torch.py makes of TensorFlow's batches gives the dilated convolution's own numbers, exactly."""
    import torch
    from in_torch import Window as Padded
    from in_torch import conv, pair
    from torch.nn import functional

    torch.manual_seed(1)
    x = torch.randint(-3, 4, (2, 4, 9, 8)).double()
    made = conv(x, 6, k, g=2, pad="batched", d=d)
    weight = torch.randint(-3, 4, made.module.weight.shape).double()
    made.module.double().weight.data = weight
    same = Padded(pair(k), (1, 1), pair(d), "same").padded(x)
    with torch.no_grad():
        assert torch.equal(made.run(x), functional.conv2d(same, weight, dilation=pair(d), groups=2))
