"""The walk over a graph: each op's own formulas on its own sizes; everything else is a sum."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from convcost.graph import ALIKE, Graph, Node
from convcost.num import Num
from convcost.ops import OPS, Cost, Op, Shape


class Tally(NamedTuple):
    """What one layer, a group of layers or a whole network costs for a batch.

    Multiply-adds by contraction; `ops` other operations by kind; parameters by kind; then elements of
    memory access by class, which `reads`, `writes` and `weight_reads` sum up another way.
    """

    contractions: dict[str, Num]  # multiply-adds, of `conv` and `linear`
    ops: dict[str, Num]
    weights: Num
    biases: Num
    norm_affine: Num
    norm_stats: Num
    conv: Num
    elementwise: Num
    other: Num
    reads: Num
    writes: Num
    weight_reads: Num

    @property
    def madds(self) -> Num:
        """Multiply-adds of all contractions."""
        return sum(self.contractions.values())

    @property
    def flops(self) -> Num:
        """Two for each multiply-add; the other operations stand in `ops`."""
        return 2 * self.madds

    @property
    def params(self) -> Num:
        """What trains: weights, biases, scales and shifts."""
        return self.weights + self.biases + self.norm_affine

    @property
    def mem_access(self) -> Num:
        return self.conv + self.elementwise + self.other

    def terms(self) -> dict[str, Num]:
        """Every count under the name that conventions weigh it by."""
        return {
            **self.contractions,
            **self.ops,
            "weights": self.weights,
            "biases": self.biases,
            "norm_affine": self.norm_affine,
            "norm_stats": self.norm_stats,
            "mem.conv": self.conv,
            "mem.elementwise": self.elementwise,
            "mem.other": self.other,
        }


class Row(NamedTuple):
    """One op with its shapes and what it costs."""

    node: Node
    inputs: tuple[Shape, ...]
    tally: Tally


def walk(graph: Graph, batch: Num = 1) -> tuple[Row, ...]:
    """A row for each op. Maps and work grow with the batch; parameters, and reading them, do not.

    Layers alike (one op, the same fields and shapes) have one tally.
    """
    rows = []
    tallies: dict[tuple[object, ...], Tally] = {}
    for node in graph.nodes:
        xs = graph.input_shapes(node)
        alike = (node.op, *node.fields.values(), xs, node.output, bool(node.shared))
        if alike not in tallies:
            if len(tallies) >= ALIKE:
                tallies.clear()
            tallies[alike] = layer(node, xs, batch)
        rows.append(Row(node, xs, tallies[alike]))
    return tuple(rows)


def layer(node: Node, xs: tuple[Shape, ...], batch: Num) -> Tally:
    """What one op costs, by its own formulas."""
    op = OPS[node.op]
    assert op.shape(*xs, **node.fields) == node.output, f"{node.path}: the shape rule disagrees"
    cost = op.cost(*xs, node.output, **node.fields)
    if node.shared:
        cost = cost._replace(weights=0, biases=0, norm_affine=0, norm_stats=0)
    assert cost.ops.keys() <= set(op.kinds), f"{node.op} counts a kind it does not declare"
    return tally(cost, op, batch)


def tally(cost: Cost, op: Op, batch: Num) -> Tally:
    """One op's cost for a batch, each count under its kind."""
    assert op.contraction or not cost.madds, f"{op.name} has multiply-adds and does not say of what"
    traffic = batch * (cost.reads + cost.writes) + cost.weight_reads
    return Tally(
        contractions={op.contraction: batch * cost.madds} if op.contraction else {},
        ops={kind: batch * count for kind, count in cost.ops.items() if count != 0},
        weights=cost.weights,
        biases=cost.biases,
        norm_affine=cost.norm_affine,
        norm_stats=cost.norm_stats,
        conv=traffic if op.memory == "conv" else 0,
        elementwise=traffic if op.memory == "elementwise" else 0,
        other=traffic if op.memory == "other" else 0,
        reads=batch * cost.reads,
        writes=batch * cost.writes,
        weight_reads=cost.weight_reads,
    )


def total(tallies: Iterable[Tally]) -> Tally:
    """The sum, key by key."""
    sums: dict[str, Num] = dict.fromkeys(COUNTS, 0)
    kinds: dict[str, dict[str, Num]] = {key: {} for key in BY_KIND}
    for each in tallies:
        for key in COUNTS:
            sums[key] += getattr(each, key)
        for key in BY_KIND:
            summed = kinds[key]
            for kind, count in getattr(each, key).items():
                summed[kind] = summed.get(kind, 0) + count
    return Tally(**sums, **{key: dict(sorted(summed.items())) for key, summed in kinds.items()})


BY_KIND = ("contractions", "ops")
COUNTS = tuple(key for key in Tally._fields if key not in BY_KIND)
