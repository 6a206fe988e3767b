"""One graph as three read it: convcost, PyTorch and ONNX. What differs is said in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import in_onnx
import torch
from growth import DEFAULTS, Graph
from in_torch import Layer
from torch import nn
from torch.utils.flop_counter import FlopCounterMode
from windows import SORTS, sort_of

from convcost import SpecError, loads, report

NORMS = (nn.BatchNorm2d, nn.LayerNorm)
WINDOWS = {sort.op for sort in SORTS}


class Told(NamedTuple):
    """What a side says of one layer. FLOPs are two a multiply-add, for the whole batch."""

    op: str
    output: tuple[int, ...]
    flops: int
    weights: int
    biases: int
    norm_affine: int
    norm_stats: int


class Answer(NamedTuple):
    """What PyTorch says of a graph: its layers, and what it counts over the whole."""

    layers: list[Told]
    flops: int
    params: int
    stats: int


def by_torch(graph: Graph) -> Answer:
    """The steps run as one module, under PyTorch's own counter."""
    net = nn.ModuleList(step.layer.module for step in graph.steps if step.layer.module is not None)
    maps, layers = [graph.input], []
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        for step in graph.steps:
            before = counter.get_total_flops()
            maps.append(step.layer.run(*(maps[i] for i in step.inputs)))
            flops = counter.get_total_flops() - before
            layers.append(
                Told(step.op, tuple(maps[-1].shape[1:]), flops, *parameters(step.layer, step.shares))
            )
    params = sum(p.numel() for p in net.parameters())
    return Answer(layers, counter.get_total_flops(), params, sum(moving(net)))


def parameters(layer: Layer, shares: bool) -> tuple[int, int, int, int]:
    """Numbers that a layer adds: weights, biases, scales and shifts, moving numbers."""
    if layer.module is None or shares:
        return 0, 0, 0, 0
    learned = {name: p.numel() for name, p in layer.module.named_parameters()}
    if isinstance(layer.module, NORMS):
        return 0, 0, sum(learned.values()), sum(moving(layer.module))
    return learned.pop("weight", 0), learned.pop("bias", 0), sum(learned.values()), sum(moving(layer.module))


def moving(module: Any) -> list[int]:
    """Buffers, but for the one number of batches seen, which no use of a network needs."""
    return [b.numel() for name, b in module.named_buffers() if not name.endswith("num_batches_tracked")]


def differences(graph: Graph, met: Counter[Any]) -> list[str]:
    """What the three do not say alike; `met` learns of every layer that was compared."""
    expected = by_torch(graph)
    try:
        found = report(loads(graph.text), batch=len(graph.input))
    except SpecError as no:
        return [f"PyTorch runs it, convcost says {no}"]
    layers = [
        Told(row.node.op, tuple(row.node.output), t.flops, t.weights, t.biases, t.norm_affine, t.norm_stats)
        for row in found.rows
        for t in (row.tally,)
    ]
    totals = found.totals
    wrong = [
        f"layer {i}: PyTorch says {theirs}, convcost {ours}"
        for i, (theirs, ours) in enumerate(zip(expected.layers, layers, strict=False), 1)
        if theirs != ours
    ]
    whole = (len(layers), totals.flops, totals.params, totals.norm_stats)
    if whole != (len(expected.layers), expected.flops, expected.params, expected.stats):
        wrong.append(f"in all: PyTorch says {len(expected.layers)}, {expected[1:]}, convcost {whole}")
    return wrong + by_onnx(graph, expected.layers, met)


def by_onnx(graph: Graph, layers: Sequence[Told], met: Counter[Any]) -> list[str]:
    """Where ONNX infers another shape than PyTorch gives; and what was compared with whom."""
    maps = [tuple(graph.input.shape), *((len(graph.input), *told.output) for told in layers)]
    wrong = []
    for i, (step, shape) in enumerate(zip(graph.steps, in_onnx.inferred(graph, maps[1:]), strict=True), 1):
        met[step.op] += 1
        met[step.op, "onnx"] += shape is not None
        if step.op in WINDOWS:
            met[sort_of(step.op, {**DEFAULTS[step.op], **step.fields}, maps[step.inputs[0]][1])] += 1
        if shape not in (None, maps[i]):
            wrong.append(f"layer {i}: ONNX says {step.op} gives {shape}, PyTorch {maps[i]}")
    return wrong
