"""A graph in the making: nodes are added one by one, each checked, and found again by their paths."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from convcost.errors import Mark, SpecError, nearest
from convcost.expr import Bound, Value
from convcost.graph import ALIKE, Graph, Group, Node
from convcost.machine import Machine
from convcost.ops import Op, OpRefusal, Shape
from convcost.spec import PathRef

# What a layer takes in steps, beside its inputs, and for the characters of its path and of those above it.
NODE = 2
PATH = 250


class Draft:
    """The nodes so far, and the tensor that each path last gave."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.inputs: list[Shape] = []
        self.nodes: list[Node] = []
        self.shapes: list[Shape] = []
        self.taps: dict[str, int] = {}
        self.paths: dict[str, int] = {}  # each node by its path
        self.groups: dict[str, Group] = {}
        self.entries: dict[str, int] = {}  # what enters the network (""), and each block by its path
        self.made: dict[tuple[Any, ...], tuple[dict[str, Value], Shape]] = {}  # what alike layers share

    def input(self, shape: Shape) -> int:
        self.inputs.append(shape)
        self.shapes.append(shape)
        self.entries[""] = len(self.shapes) - 1
        return self.entries[""]

    def emit(self, op: Op, path: str, inputs: tuple[int, ...], bound: Mapping[str, Bound], mark: Mark) -> int:
        """One node more, checked, its output shape by the op's own rule."""
        limits = self.machine.limits
        if len(self.nodes) >= limits.nodes:
            raise limits.exceeded("nodes", mark)
        if path in self.paths:
            raise SpecError(
                f"two layers are called {path}",
                mark,
                self.other_line(path),
            )
        fields = {name: value.value for name, value in bound.items()}
        self.machine.step(mark, NODE + len(inputs) + (path.count(".") + 1) * len(path) // PATH)
        xs = tuple(self.shapes[tensor] for tensor in inputs)
        alike = (op.name, *fields.values(), xs)
        if alike not in self.made:
            if len(self.made) >= ALIKE:
                self.made.clear()
            self.made[alike] = fields, self.shape(op, path, xs, bound, mark)
        fields, y = self.made[alike]
        return self.append(Node(path, op.name, fields, inputs, y, mark))

    def shape(
        self, op: Op, path: str, xs: tuple[Shape, ...], bound: Mapping[str, Bound], mark: Mark
    ) -> Shape:
        """The shape of an op's output, once the op has accepted its inputs and fields."""
        fields = {name: value.value for name, value in bound.items()}
        try:
            if self.machine.exact:
                op.check(*xs, **fields)
        except OpRefusal as refusal:
            where = bound[refusal.field].mark if refusal.field in bound else mark
            what = path if path.endswith(op.name) else f"{op.name} {path}"
            raise SpecError(f"{what}: {refusal.message}", where, refusal.hint) from None
        y = op.shape(*xs, **fields)
        self.machine.check(y.size, mark)
        return y

    def other_line(self, path: str) -> str:
        mark = self.nodes[self.paths[path]].mark
        return f"the other is on line {mark.line}; give one a `name`" if mark else "give one a `name`"

    def append(self, node: Node) -> int:
        self.nodes.append(node)
        self.shapes.append(node.output)
        tensor = len(self.shapes) - 1
        self.paths[node.path] = len(self.nodes) - 1
        prefix = node.path
        while prefix:
            self.taps[prefix] = tensor
            prefix = prefix.rpartition(".")[0]
        return tensor

    def share(self, made: int, path: str, ref: PathRef, base: str) -> None:
        """The nodes made since use the parameters of those under another path, one by one."""
        other = join(base, ref.path)
        for i in range(made, len(self.nodes)):
            self.machine.step(ref.mark)
            node = self.nodes[i]
            twin = self.nodes[self.paths.get(other + node.path.removeprefix(path), i)]
            if twin is node or not self.alike(twin, node):
                raise SpecError(
                    f"{node.path} cannot share the parameters of {ref.path}",
                    ref.mark,
                    "both must be the same lines with the same arguments and channels",
                )
            self.nodes[i] = node._replace(shared=twin.path)

    def alike(self, one: Node, other: Node) -> bool:
        """The same op with the same arguments on the same channels."""
        if one.op != other.op:
            return False
        pairs = zip(self.sizes(one), self.sizes(other), strict=True)
        return all(self.same(a, b, f"the parameters of {one.path}") for a, b in pairs)

    def sizes(self, node: Node) -> list[Value]:
        """What the parameters of a node hang on."""
        values = ((value if isinstance(value, tuple) else (value,)) for value in node.fields.values())
        return [*(part for parts in values for part in parts), *(self.shapes[x].c for x in node.inputs)]

    def same(self, a: Value, b: Value, text: str) -> bool:
        """Whether two values are equal; of numbers, a decision."""
        if isinstance(a, (str, bool)) or isinstance(b, (str, bool)):
            return bool(a == b)
        return self.machine.decide(text, "==", a, b)

    def tap(self, ref: PathRef, base: str) -> int:
        """The last output under a path that stands earlier; in a block, of the block's own lines."""
        if ref.path == "input":
            return self.entries[base]
        path = join(base, ref.path)
        if path not in self.taps:
            near = [
                known.removeprefix(f"{base}.")
                for known in self.taps
                if not base or known.startswith(f"{base}.")
            ]
            hint = nearest(ref.path, set(near)) if len(near) < 2000 else ""
            raise SpecError(f"no layer before this one is called {ref.path!r}", ref.mark, hint)
        return self.taps[path]

    def graph(self, outputs: tuple[int, ...]) -> Graph:
        """The whole; SpecError where nobody reads an output."""
        first = len(self.inputs)
        read = {tensor for node in self.nodes for tensor in node.inputs} | set(outputs)
        for tensor, node in enumerate(self.nodes, first):
            if tensor not in read:
                raise SpecError(
                    f"nobody reads the output of {node.path}",
                    node.mark,
                    f"name it under `outputs`, read it with `from: {node.path}`, or remove it",
                )
        return Graph(tuple(self.inputs), tuple(self.nodes), outputs, self.groups, self.machine.ledger)


def join(prefix: str, label: str) -> str:
    return f"{prefix}.{label}" if prefix and label else prefix or label
