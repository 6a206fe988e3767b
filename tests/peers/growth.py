"""A graph while it grows: layers run on maps that PyTorch makes, and are written as lines of a spec.

What comes of it is a list of steps, which says nothing of either side: an op, its fields, the maps it reads;
and the text of a spec, which says the same as a user would, with defaults left out. A layer that PyTorch
cannot run is no layer: another is drawn.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

import torch
from in_torch import Layer, Unfit, layer

LARGEST = 12_000  # elements of a map, so that thousands of graphs take minutes
DEFAULTS: dict[str, dict[str, Any]] = {  # what a spec need not say, as docs/reference.md states it
    "conv": {"k": 1, "s": 1, "g": 1, "pad": "same", "d": 1, "bias": False, "rounding": "down"},
    "dwconv": {"k": 3, "s": 1, "pad": "same", "d": 1, "mult": 1, "bias": False, "rounding": "down"},
    "conv_transpose": {"s": 1, "g": 1, "pad": "same", "d": 1, "output_pad": 0, "bias": False},
    "max_pool": {"pad": "valid", "d": 1, "rounding": "down"},
    "avg_pool": {"pad": "valid", "d": 1, "rounding": "down"},
    "linear": {"bias": True},
    "bn": {"affine": True, "stats": True},
    "layer_norm": {"affine": True},
    "lrn": {"n": 5},
    "slice": {"start": 0},
    "subsample": {"s": 1},
    "upsample": {"mode": "nearest"},
    "resize": {"mode": "nearest"},
    "dropout": {"rate": 0.5},
}
MAIN = {  # the field that stands alone: `conv: 8`
    "conv": "out",
    "linear": "out",
    "act": "kind",
    "shuffle": "g",
    "select": "out",
    "lrn": "n",
    "upsample": "scale",
    "adaptive_avg_pool": "out",
}
Line = dict[str, Any]  # a line of a spec, as JSON writes it


class Step(NamedTuple):
    """One layer: an op, the maps it reads (0 enters the graph, n is step n's), and how PyTorch runs it."""

    op: str
    fields: dict[str, Any]
    inputs: tuple[int, ...]
    layer: Layer
    shares: bool


class Graph(NamedTuple):
    """A grown graph: its steps, the map that enters it, and its spec."""

    steps: tuple[Step, ...]
    input: Any
    text: str


class Growth:
    """A graph while it grows: `here` is the map that the next line reads, `names` the lines to tap."""

    def __init__(self, seed: int) -> None:
        self.rng = rng = Random(seed)
        channels = rng.choice((4, 6, 8, 9, 12))
        self.maps = [torch.zeros(rng.randint(1, 3), channels, rng.randint(6, 13), rng.randint(6, 13))]
        self.steps: list[Step] = []
        self.here = 0
        self.names = {"input": 0}
        self.single: dict[str, Step] = {}  # the lines that are one layer
        self.lines: list[Line] = []

    @property
    def map(self) -> Any:
        return self.maps[self.here]

    @property
    def channels(self) -> int:
        return int(self.map.shape[1])

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def put(
        self, op: str, fields: dict[str, Any] | None = None, *others: int, shared: Layer | None = None
    ) -> Line:
        """Run a layer on the map that is here, and give the line that says it."""
        fields, inputs = fields or {}, (self.here, *others)
        xs = [self.maps[i] for i in inputs]
        made, y = layer(op, xs, fields)
        if shared is not None:
            made, y = shared, shared.run(*xs)
        if not 0 < y[0].numel() <= LARGEST:
            raise Unfit("no map, or too large a one")
        self.steps.append(Step(op, fields, inputs, made, shared is not None))
        self.maps.append(y)
        self.here = len(self.steps)
        return self.written(op, fields)

    def written(self, op: str, fields: dict[str, Any]) -> Line:
        """The fields as a user writes them: most defaults left out, and one field alone as a value."""
        usual = DEFAULTS.get(op, {})
        said = {k: v for k, v in fields.items() if k not in usual or v != usual[k] or self.chance(0.3)}
        short = MAIN.get(op)
        return {op: said[short] if short and said.keys() == {short} and self.chance(0.7) else said}

    def line(self, grow: Callable[[], Line]) -> None:
        """One more line that PyTorch can run, under a name of its own."""
        steps, here = len(self.steps), self.here
        for _ in range(400):
            try:
                said = grow()
            except Unfit:
                del self.steps[steps:], self.maps[steps + 1 :]
                self.here = here
                continue
            name = f"t{len(self.names)}"
            self.names[name] = len(self.steps)
            if len(self.steps) == steps + 1:
                self.single[name] = self.steps[-1]
            self.lines.append({**said, "name": name})
            return
        raise AssertionError("400 layers, and PyTorch runs none of them")

    def graph(self) -> Graph:
        """What has grown. A map that nobody reads is an output; the last one is, and what stands aside."""
        read = {i for step in self.steps for i in step.inputs} | {0, self.here}
        read |= {self.names[line["name"]] for line in self.lines if "aside" in line}
        unread = [name for name, i in self.names.items() if i not in read]
        text = [
            f"name: grown\ninput: {list(self.maps[0].shape[1:])}\n",
            f"outputs: {json.dumps(unread)}\n" if unread else "",
            "network:\n",
            *(f"  - {json.dumps(line)}\n" for line in self.lines),
        ]
        return Graph(tuple(self.steps), self.maps[0], "".join(text))
