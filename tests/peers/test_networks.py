"""Whole networks, written from their papers as PyTorch modules, against the shipped specs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from conftest import needs_peers

import convcost

pytestmark = [pytest.mark.peers, needs_peers]


class Branch(NamedTuple):
    """Paths from one map, or each from its half of the channels, and where they meet."""

    join: str  # add, or cat along the channels
    paths: list[list[Any]]
    halves: bool = False


def run(x: Any, layers: list[Any]) -> Any:
    import torch

    for layer in layers:
        if isinstance(layer, Branch):
            starts = x.chunk(2, 1) if layer.halves else [x] * len(layer.paths)
            ends = [run(start, path) for start, path in zip(starts, layer.paths, strict=True)]
            x = torch.cat(ends, 1) if layer.join == "cat" else sum(ends)
        else:
            x = layer(x)
    return x


def modules(layers: list[Any]) -> Iterator[Any]:
    for layer in layers:
        if isinstance(layer, Branch):
            for path in layer.paths:
                yield from modules(path)
        else:
            yield layer


def conv_bn(c: int, out: int, k: int = 1, s: int = 1, g: int = 1, act: Any = None) -> list[Any]:
    from torch import nn

    conv = nn.Conv2d(c, out, k, s, k // 2, groups=g, bias=False)
    return [conv, nn.BatchNorm2d(out), *([act()] if act else [])]


def head(c: int) -> list[Any]:
    from torch import nn

    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(c, 1000)]


def mobilenet_v2(width: float) -> list[Any]:
    """arXiv:1801.04381, Table 2; widths rounded as its code rounds them, in floats."""
    from torch.nn import ReLU6

    def ch(c: int) -> int:
        new = max(8, int(c * width + 4) // 8 * 8)
        return new + 8 if new < 0.9 * c * width else new

    c, layers = ch(32), conv_bn(3, ch(32), 3, 2, act=ReLU6)
    for t, base, n, stride in (
        (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2),
        (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
    ):  # fmt: skip
        for s in (stride, *[1] * (n - 1)):
            block = [] if t == 1 else conv_bn(c, t * c, act=ReLU6)
            block += conv_bn(t * c, t * c, 3, s, t * c, ReLU6) + conv_bn(t * c, ch(base))
            layers += [Branch("add", [[], block])] if s == 1 and c == ch(base) else block
            c = ch(base)
    last = max(1280, ch(1280))
    return [*layers, *conv_bn(c, last, act=ReLU6), *head(last)]


def shufflenet_v2(widths: tuple[int, int, int, int]) -> list[Any]:
    """arXiv:1807.11164, Fig. 3c and d, Table 5; the branches of a down unit give halves, as torchvision's."""
    from torch import nn

    act, c, layers = nn.ReLU, 24, [*conv_bn(3, 24, 3, 2, act=nn.ReLU), nn.MaxPool2d(3, 2, 1)]
    for out, n in zip(widths, (4, 8, 4), strict=False):
        m = out // 2
        left = conv_bn(c, c, 3, 2, c) + conv_bn(c, m, act=act)
        right = conv_bn(c, m, act=act) + conv_bn(m, m, 3, 2, m) + conv_bn(m, m, act=act)
        layers += [Branch("cat", [left, right]), nn.ChannelShuffle(2)]
        for _ in range(n - 1):
            right = conv_bn(m, m, act=act) + conv_bn(m, m, 3, 1, m) + conv_bn(m, m, act=act)
            layers += [Branch("cat", [[], right], halves=True), nn.ChannelShuffle(2)]
        c = out
    return [*layers, *conv_bn(c, widths[3], act=act), *head(widths[3])]


def squeezenet() -> list[Any]:
    """arXiv:1602.07360, Table 1, with the rounding of Caffe's pools."""
    from torch import nn

    def fire(c: int, squeeze: int, expand: int) -> list[Any]:
        wide = (
            [nn.Conv2d(squeeze, expand, 1), nn.ReLU()],
            [nn.Conv2d(squeeze, expand, 3, padding=1), nn.ReLU()],
        )
        return [nn.Conv2d(c, squeeze, 1), nn.ReLU(), Branch("cat", [*wide])]

    c, layers = 96, [nn.Conv2d(3, 96, 7, 2), nn.ReLU()]
    for number, squeeze in enumerate((16, 16, 32, 32, 48, 48, 64, 64), 2):
        if number in (2, 5, 9):
            layers.append(nn.MaxPool2d(3, 2, ceil_mode=True))
        layers += fire(c, squeeze, 4 * squeeze)
        c = 8 * squeeze
    return [*layers, nn.Dropout(), nn.Conv2d(c, 1000, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()]


Build = Callable[[], list[Any]]
NETWORKS: list[tuple[str, dict[str, object], int, Build]] = [
    ("mobilenet_v2", {"alpha": "1.0"}, 224, lambda: mobilenet_v2(1.0)),
    ("mobilenet_v2", {"alpha": "1.4"}, 192, lambda: mobilenet_v2(1.4)),
    ("mobilenet_v2", {"alpha": "0.35"}, 97, lambda: mobilenet_v2(0.35)),
    ("shufflenet_v2_torchvision", {"scale": "1"}, 224, lambda: shufflenet_v2((116, 232, 464, 1024))),
    ("shufflenet_v2_torchvision", {"scale": "2"}, 131, lambda: shufflenet_v2((244, 488, 976, 2048))),
    ("squeezenet_1_0", {}, 224, squeezenet),
    ("squeezenet_1_0", {}, 99, squeezenet),
]


@pytest.mark.parametrize(("name", "settings", "side", "build"), NETWORKS)
def test_network(name: str, settings: dict[str, object], side: int, build: Build) -> None:
    """Multiply-adds, what trains and what moves, of the whole: for two images."""
    import torch
    from compare import moving
    from torch.utils.flop_counter import FlopCounterMode

    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        layers = build()
        net = torch.nn.ModuleList(modules(layers)).eval()
        assert run(torch.empty(2, 3, side, side), layers).shape == (2, 1000)
    found = convcost.report(name, {**settings, "resolution": side}, batch=2).totals
    assert found.flops == counter.get_total_flops()
    assert found.params == sum(p.numel() for p in net.parameters())
    assert found.norm_stats == sum(moving(net))
