"""A network as a flat graph of ops: no tables, no blocks, no decisions, numbers only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from convcost.errors import Mark
from convcost.num import Num
from convcost.ops import OPS, Shape
from convcost.ops.registry import field_text

# Layers that are remembered, for others alike to share their fields, shapes and costs: as many as a network
# tells apart, and few enough that numbers of one hash, which are easily found, cost little.
ALIKE = 1_000


class Node(NamedTuple):
    """One op of the graph.

    `inputs` are tensor numbers: a graph's inputs come first, then each node's one output in order.
    A node that shares has no parameters of its own and reads the other's again.
    `mark` is the line of the spec that asked for it, None where no spec did.
    """

    path: str
    op: str
    fields: Mapping[str, Any]
    inputs: tuple[int, ...]
    output: Shape
    mark: Mark | None = None
    shared: str = ""  # the path of the node whose parameters it uses


class Group(NamedTuple):
    """What a path above the ops stands for: a block with its arguments, or a row with its cells."""

    name: str
    values: Mapping[str, Any]
    mark: Mark
    defaults: Mapping[str, str | None] = {}

    def describe(self) -> str:
        """The name and the values that say something: those that are no fixed default."""
        texts = {name: field_text(value) for name, value in self.values.items()}
        said = (f"{name}={text}" for name, text in texts.items() if self.defaults.get(name) != text)
        return " ".join((self.name, *said)).strip()


class Decision(NamedTuple):
    """An answer that the shape of the graph hangs on, and that a closed form must take for granted."""

    path: str
    text: str
    relation: str
    left: Num
    right: Num
    answer: bool | int


class Called(NamedTuple):
    """How code calls an op, the blocks in each of which that is one module, whether it works in place."""

    call: str
    once: tuple[str, ...] = ()
    in_place: bool = False


class Graph(NamedTuple):
    """Ops in an order in which each comes after its inputs."""

    inputs: tuple[Shape, ...]
    nodes: tuple[Node, ...]
    outputs: tuple[int, ...]
    groups: Mapping[str, Group] = {}
    ledger: tuple[Decision, ...] = ()
    code: Mapping[str, Called] = {}  # by op, where it is not the usual way

    def shape(self, tensor: int) -> Shape:
        """The shape of a tensor by its number."""
        count = len(self.inputs)
        return self.inputs[tensor] if tensor < count else self.nodes[tensor - count].output

    def input_shapes(self, node: Node) -> tuple[Shape, ...]:
        return tuple(self.shape(tensor) for tensor in node.inputs)

    def place(self, node: Node) -> Mark | None:
        """The innermost line of the user's own text that asked for a node."""
        mark, path = node.mark, node.path
        while mark is not None and mark.source.shipped and (path := path.rpartition(".")[0]):
            mark = self.groups[path].mark if path in self.groups else mark
        return mark

    def __repr__(self) -> str:
        """A listing: one line an op, with tensor numbers."""
        first = len(self.inputs)
        lines = [f"%{i} = input {shape}" for i, shape in enumerate(self.inputs)]
        for i, node in enumerate(self.nodes, first):
            reads = " ".join(f"%{tensor}" for tensor in node.inputs)
            words = [node.op, OPS[node.op].describe(node.fields), reads]
            lines.append(f"%{i} = {' '.join(word for word in words if word)} -> {node.output}  # {node.path}")
        lines.append("outputs " + " ".join(f"%{tensor}" for tensor in self.outputs))
        return "\n".join(lines)


def prefixes(path: str) -> list[str]:
    """a.b.c: a, a.b"""
    return [path[:i] for i, letter in enumerate(path) if letter == "."]
