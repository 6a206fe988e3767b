"""Facts of a layer that hang on the layers around it: what folds, what fuses, what is called again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from convcost.graph import Called, Graph, Node
from convcost.num import Num
from convcost.ops import OPS, Op


class Surroundings(NamedTuple):
    """What `names.AROUND` lists, of one layer."""

    call: str
    nth: int
    biased: bool
    folded: bool
    fused: bool
    others: Num  # elements, of one image
    called_again: bool
    in_place: bool


def surroundings(graph: Graph) -> tuple[Surroundings, ...]:
    """A row of facts for each node, in order."""
    fusion = Fusion(graph)
    again = called_again(graph)
    seen: Counter[str] = Counter()
    found = []
    for node in graph.nodes:
        op = OPS[node.op]
        fused, others = fusion.fuse(node, op)
        folded = fusion.folds(node, op)
        called = graph.code.get(node.op, Called(op.calls[0]))
        found.append(
            Surroundings(
                call=called.call,
                nth=seen[node.op],
                biased=bool((fusion.before(node) if folded else node).fields.get("bias", False)),
                folded=folded,
                fused=fused,
                others=others,
                called_again=node.path in again,
                in_place=called.in_place,
            )
        )
        seen[node.op] += 1
    return tuple(found)


class Fusion:
    """Which layers an inference engine computes together with the contraction before them.

    A batch normalisation right behind a convolution is folded into its weights; activations,
    normalisations and the addition of a shortcut are computed on each element on its way out. Nothing
    else may read the map in between. Of an addition, the input that is computed last is on its way
    out; the others are read.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.first = len(graph.inputs)
        self.readers = Counter(tensor for node in graph.nodes for tensor in node.inputs)
        self.readers.update(graph.outputs)
        self.open = [False] * self.first  # by tensor: it is on its way out of a contraction

    def fuse(self, node: Node, op: Op) -> tuple[bool, Num]:
        """Whether the next node is computed so, and the elements it reads beside."""
        last = max(node.inputs)
        ready = self.open[last] and self.readers[last] == 1
        fused = op.fuses and ready
        others: Num = 0
        for tensor in node.inputs:
            others += self.graph.shape(tensor).size if fused and tensor != last else 0
        self.open.append(bool(op.contraction) or fused or (op.memory == "free" and ready))
        return fused, others

    def folds(self, node: Node, op: Op) -> bool:
        """Whether a normalisation becomes part of the convolution or linear layer before it."""
        if not any(kind == "batch_norm" for kind in op.kinds) or node.inputs[0] < self.first:
            return False
        alone = self.readers[node.inputs[0]] == 1
        return alone and bool(OPS[self.before(node).op].contraction)

    def before(self, node: Node) -> Node:
        return self.graph.nodes[node.inputs[0] - self.first]


def called_again(graph: Graph) -> frozenset[str]:
    """The paths of nodes whose module a later node calls too (`Called.once`)."""
    last: dict[tuple[str, str, str], str] = {}
    again = set()
    for node in graph.nodes:
        if node.shared:
            again.add(last.get(("", "", node.shared), node.shared))
            last["", "", node.shared] = node.path
        called = graph.code.get(node.op)
        block = (
            next((path for path in above(node) if is_block(graph, path, called.once)), "") if called else ""
        )
        if not block:
            continue
        module = (block, node.op, repr(sorted(node.fields.items())))
        if module in last:
            again.add(last[module])
        last[module] = node.path
    return frozenset(again)


def above(node: Node) -> Iterator[str]:
    """The paths that the node stands below, the nearest first."""
    path = node.path
    while path := path.rpartition(".")[0]:
        yield path


def is_block(graph: Graph, path: str, names: tuple[str, ...]) -> bool:
    return path in graph.groups and graph.groups[path].name in names
