"""Each op of the language as PyTorch runs it; the sizes are those that PyTorch's own layers give.

A maker takes the map that enters and an op's fields as a spec writes them, and gives a layer. Where PyTorch
has a word for a padding or a rounding, that word is used. Where it has none, the map is padded by hand as the
framework that has one does it: TensorFlow for `same` and `batched`, Caffe for its rounding. Maps are N×C×H×W;
a vector is a map of 1×1, as in a spec.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812  as everybody calls it

Pair = tuple[int, int]


class Unfit(Exception):
    """PyTorch has no such layer, or not on this map."""


class Layer(NamedTuple):
    """What runs, and the module that holds its parameters."""

    run: Callable[..., Any]
    module: Any = None


def pair(value: int | Sequence[int]) -> Pair:
    """3 or [3, 5]."""
    return (value, value) if isinstance(value, int) else (value[0], value[1])


# ------------------------------------------------------------------------------ windows


class Window(NamedTuple):
    """A window as a spec writes it, and the zeros that it asks for around a map."""

    k: Pair
    s: Pair
    d: Pair
    pad: Any
    rounding: str = "down"

    @property
    def span(self) -> Pair:
        """Rows and columns from the first tap to the last."""
        return self.d[0] * (self.k[0] - 1) + 1, self.d[1] * (self.k[1] - 1) + 1

    @property
    def even(self) -> Pair | None:
        """The padding as PyTorch writes it, rows and columns; None where the two sides differ."""
        if self.pad == "valid":
            return 0, 0
        if self.pad == "half":
            return self.span[0] // 2, self.span[1] // 2
        if isinstance(self.pad, str) or (isinstance(self.pad, list) and len(self.pad) == 4):
            return None
        return pair(self.pad)

    def frame(self, x: Any) -> list[int]:
        """Rows above and below, columns left and right."""
        if self.even is not None:
            return [self.even[0], self.even[0], self.even[1], self.even[1]]
        if self.pad != "same":
            return list(self.pad)
        # tensorflow/core/framework/common_shape_fns: what is missing, and the odd row behind.
        missing = [max(self.span[i] - (x.shape[2 + i] % self.s[i] or self.s[i]), 0) for i in (0, 1)]
        return [part for n in missing for part in (n // 2, n - n // 2)]

    def padded(self, x: Any, value: float = 0.0) -> Any:
        """The map with its frame; by `up` and `caffe`, with as much behind as their last windows reach."""
        frame = self.frame(x)
        if self.rounding != "down" and self.even is not None:
            counts = self.ceil(x) if self.rounding == "up" else self.caffe(x)
            for i, count in enumerate(counts):
                reached = (count - 1) * self.s[i] + self.span[i] - frame[2 * i] - x.shape[2 + i]
                frame[2 * i + 1] = max(frame[2 * i + 1], reached)
        elif self.rounding != "down" and self.pad != "same":
            raise Unfit("PyTorch rounds up between equal paddings only")
        return F.pad(x, (*frame[2:], *frame[:2]), value=value)

    def ceil(self, x: Any) -> Pair:
        """Windows by PyTorch's own ceil_mode: what a pool of this window leaves."""
        y = F.max_pool2d(x, self.k, self.s, self.even, self.d, ceil_mode=True)
        return y.shape[2], y.shape[3]

    def caffe(self, x: Any) -> Pair:
        """Windows by BVLC/caffe, src/caffe/layers/pooling_layer.cpp, line by line; no framework is asked."""
        assert self.even is not None
        counts = []
        for n, span, s, pad in zip(x.shape[2:], self.span, self.s, self.even, strict=True):
            if pad >= span:
                raise Unfit("CHECK_LT(pad_, kernel_)")
            pooled = -((n + 2 * pad - span) // -s) + 1
            if any(self.even) and (pooled - 1) * s >= n + pad:
                pooled -= 1
            counts.append(pooled)
        return counts[0], counts[1]


def conv(
    x: Any, out: int, k: Any = 1, s: Any = 1, g: int = 1, pad: Any = "same", d: Any = 1,
    bias: bool = False, rounding: str = "down",
) -> Layer:  # fmt: skip
    window = Window(pair(k), pair(s), pair(d), pad, rounding)

    def module(**fields: Any) -> Any:
        return nn.Conv2d(x.shape[1], out, window.k, groups=g, bias=bias, **fields)

    if pad == "batched":
        return batched(module(), window)
    if pad == "same" and window.s == (1, 1):
        return plain(module(padding="same", dilation=window.d))
    if window.even is not None and rounding == "down":
        return plain(module(stride=window.s, padding=window.even, dilation=window.d))
    held = module(stride=window.s, dilation=window.d)
    return Layer(lambda x: held(window.padded(x)), held)


def plain(module: Any) -> Layer:
    return Layer(module, module)


def batched(module: Any, window: Window) -> Layer:
    """TensorFlow's `with_space_to_batch`: each d-th row and column is an image of its own, convolved plainly.

    The map is padded as SAME pads it, then behind until the dilation divides it; the rest is cropped.
    """
    d0, d1 = window.d
    if window.s != (1, 1):
        raise Unfit("a stride")

    def run(x: Any) -> Any:
        n, _, h, w = x.shape
        same = [part for span in window.span for part in ((span - 1) // 2, span // 2)]
        x = F.pad(x, (*same[2:], *same[:2]))
        x = F.pad(x, (0, -x.shape[3] % d1, 0, -x.shape[2] % d0))
        c = x.shape[1]
        x = x.reshape(n, c, x.shape[2] // d0, d0, x.shape[3] // d1, d1)
        x = x.permute(3, 5, 0, 1, 2, 4).flatten(0, 2)
        y = module(x).unflatten(0, (d0, d1, n)).permute(2, 3, 4, 0, 5, 1)
        return y.flatten(4, 5).flatten(2, 3)[:, :, :h, :w]

    return Layer(run, module)


def dwconv(x: Any, k: Any = 3, mult: int = 1, **fields: Any) -> Layer:
    return conv(x, x.shape[1] * mult, k, g=x.shape[1], **fields)


def conv_transpose(
    x: Any, out: int, k: Any, s: Any = 1, g: int = 1, pad: Any = "same", d: Any = 1,
    output_pad: Any = 0, bias: bool = False,
) -> Layer:  # fmt: skip
    window = Window(pair(k), pair(s), pair(d), pad)

    def module(**fields: Any) -> Any:
        return nn.ConvTranspose2d(
            x.shape[1], out, window.k, window.s, groups=g, dilation=window.d, bias=bias, **fields
        )

    if window.even is not None:
        return plain(module(padding=window.even, output_padding=pair(output_pad)))
    held = module(output_padding=pair(output_pad))

    def run(x: Any) -> Any:
        y = held(x)
        if pad == "same":  # the n s rows of which SAME makes n
            crop = [max(span - s, 0) // 2 for span, s in zip(window.span, window.s, strict=True)]
            behind = [window.s[i] * x.shape[2 + i] + crop[i] - y.shape[2 + i] for i in (0, 1)]
            return F.pad(y, (-crop[1], behind[1], -crop[0], behind[0]))
        top, bottom, left, right = pad
        return F.pad(y, (-left, -right, -top, -bottom))

    return Layer(run, held)


def linear(x: Any, out: int, bias: bool = True) -> Layer:
    if x.shape[2:] != (1, 1):
        raise Unfit("not a vector")
    module = nn.Linear(x.shape[1], out, bias=bias)
    return Layer(lambda x: module(x.flatten(1))[:, :, None, None], module)


# ------------------------------------------------------------------------------ pools


def max_pool(x: Any, k: Any, s: Any = None, pad: Any = "valid", d: Any = 1, rounding: str = "down") -> Layer:
    window = Window(pair(k), pair(s or k), pair(d), pad, rounding)
    if rounding == "up" or (rounding == "down" and native(window)):
        ceil = rounding == "up"
        return Layer(lambda x: F.max_pool2d(x, window.k, window.s, window.even, window.d, ceil_mode=ceil))
    lowest = float("-inf")
    return Layer(lambda x: F.max_pool2d(window.padded(x, lowest), window.k, window.s, 0, window.d))


def avg_pool(x: Any, k: Any, s: Any = None, pad: Any = "valid", d: Any = 1, rounding: str = "down") -> Layer:
    window = Window(pair(k), pair(s or k), pair(d), pad, rounding)
    if window.d != (1, 1):
        return Layer(lambda x: mean_under(window, window.padded(x)))
    if rounding == "up" or (rounding == "down" and native(window)):
        ceil = rounding == "up"
        return Layer(lambda x: F.avg_pool2d(x, window.k, window.s, window.even, ceil_mode=ceil))
    return Layer(lambda x: F.avg_pool2d(window.padded(x), window.k, window.s))


def native(window: Window) -> bool:
    """Whether PyTorch's pools take the padding: the same on both sides, and at most half of k."""
    even = window.even
    return even is not None and all(pad <= k // 2 for pad, k in zip(even, window.k, strict=True))


def mean_under(window: Window, x: Any) -> Any:
    """A dilated mean, which PyTorch lacks: its view of sliding windows, of which every d-th row is taken."""
    (h, w), (s0, s1), (d0, d1) = window.span, window.s, window.d
    return x.unfold(2, h, s0).unfold(3, w, s1)[..., ::d0, ::d1].mean((-2, -1))


# ------------------------------------------------------------------------------ element by element


ACTIVATIONS = {
    "relu": F.relu,
    "relu6": F.relu6,
    "leaky_relu": F.leaky_relu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "swish": F.silu,
    "gelu": F.gelu,
    "hard_sigmoid": F.hardsigmoid,
    "hard_swish": F.hardswish,
}


def bn(x: Any, affine: bool = True, stats: bool = True) -> Layer:
    return plain(nn.BatchNorm2d(x.shape[1], affine=affine, track_running_stats=stats).eval())


def layer_norm(x: Any, affine: bool = True) -> Layer:
    module = nn.LayerNorm(x.shape[1], elementwise_affine=affine)
    return Layer(lambda x: module(x.movedim(1, -1)).movedim(-1, 1), module)


def select(x: Any, out: int) -> Layer:
    return Layer(lambda x: x.index_select(1, torch.arange(out) % x.shape[1]))


def subsample(x: Any, out: int, s: Any = 1) -> Layer:
    """The shortcut of the CIFAR ResNets: x[:, :, ::s, ::s], and channels of zeros."""
    rows, columns = pair(s)
    if out < x.shape[1]:
        raise Unfit("fewer channels")
    return Layer(lambda x: F.pad(x[:, :, ::rows, ::columns], (0, 0, 0, 0, 0, out - x.shape[1])))


def upsample(x: Any, scale: Any, mode: str = "nearest") -> Layer:
    return Layer(lambda x: F.interpolate(x, scale_factor=pair(scale), mode=mode))


def resize(x: Any, like: Any, mode: str = "nearest") -> Layer:
    return Layer(lambda x, like: F.interpolate(x, like.shape[2:], mode=mode))


def join(run: Callable[[Any, Any], Any]) -> Callable[..., Layer]:
    return lambda *xs: Layer(lambda *xs: reduce(run, xs))


MAKERS: dict[str, Callable[..., Layer]] = {
    "conv": conv,
    "dwconv": dwconv,
    "conv_transpose": conv_transpose,
    "linear": linear,
    "max_pool": max_pool,
    "avg_pool": avg_pool,
    "adaptive_avg_pool": lambda x, out: Layer(lambda x: F.adaptive_avg_pool2d(x, pair(out))),
    "global_avg_pool": lambda x: Layer(lambda x: x.mean((2, 3), keepdim=True)),
    "global_max_pool": lambda x: plain(nn.AdaptiveMaxPool2d(1)),
    "act": lambda x, kind: Layer(ACTIVATIONS[kind]),
    "softmax": lambda x: Layer(lambda x: x.softmax(1)),
    "dropout": lambda x, rate=0.5: plain(nn.Dropout(float(rate)).eval()),
    "bn": bn,
    "layer_norm": layer_norm,
    "lrn": lambda x, n=5: plain(nn.LocalResponseNorm(n)),
    "add": join(torch.add),
    "mul": join(torch.mul),
    "concat": lambda *xs: Layer(lambda *xs: torch.cat(xs, 1)),
    "shuffle": lambda x, g: plain(nn.ChannelShuffle(g)),
    "slice": lambda x, out, start=0: Layer(lambda x: x.narrow(1, start, out)),
    "select": select,
    "subsample": subsample,
    "upsample": upsample,
    "resize": resize,
    "flatten": lambda x: Layer(lambda x: x.flatten(1)[:, :, None, None]),
}


def layer(op: str, xs: Sequence[Any], fields: dict[str, Any]) -> tuple[Layer, Any]:
    """The layer, and what it makes of these maps; Unfit where PyTorch says no."""
    try:
        made = MAKERS[op](*xs, **fields)
        return made, made.run(*xs)
    except (RuntimeError, ValueError) as no:
        raise Unfit(f"{op} {fields}: {no}") from no
