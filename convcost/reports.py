"""What a network costs, arranged for a reader: lines at a depth, shares, totals. Renderers only print."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Literal, NamedTuple, TypeVar, get_args

from convcost.conventions import Conventions, Counter, Dtypes, Measure, conventions, measure, summed
from convcost.cost import Row, Tally, total, walk
from convcost.errors import Source
from convcost.expand import expand
from convcost.expr import Value
from convcost.folding import folded, kinds
from convcost.graph import Graph
from convcost.limits import Meter
from convcost.ops import OPS, Shape
from convcost.spec import Settings, Spec

T = TypeVar("T")

By = Literal["count", "params", "mem_access"]
SHARED: tuple[str, ...] = get_args(By)  # the totals that a line has a share of


class Line(NamedTuple):
    """One line of the table: a group of layers or a layer, or several of one heading `folded` into one."""

    path: str  # of the first, where it stands for several
    level: int  # how far it is indented
    what: str
    output: Shape
    tally: Tally
    measure: Measure
    shares: Mapping[str, Fraction]  # of the network's total
    folded: int = 0  # how many it stands for, where they are several


class Report(NamedTuple):
    """A network's costs for one input shape and batch.

    `rows` and `totals` have every term by its kind; `measures` and `total` what of it is counted under
    the report's conventions, a measure for each row.
    """

    name: str
    cite: str
    source: Source
    variables: Mapping[str, Value]
    variant: str | None
    input: Shape
    batch: int
    by: Conventions
    dtypes: Dtypes | None
    rows: tuple[Row, ...]
    totals: Tally
    measures: tuple[Measure, ...]
    total: Measure
    lines: tuple[Line, ...]
    graph: Graph

    @property
    def uncounted(self) -> dict[str, int]:
        """The work that the convention leaves out, by kind, as convcost itself counts it."""
        return {kind: n for kind, n in self.totals.ops.items() if kind not in self.total.work and n}


def make_report(
    spec: Spec,
    settings: Settings,
    variant: str | None = None,
    shape: Shape | None = None,
    batch: int = 1,
    by: Conventions | None = None,
    dtypes: Dtypes | None = None,
    depth: int = 1,
    top: int | None = None,
    rank: str = "count",
    most: int | None = None,
) -> Report:
    """Expand, walk, count, sum: the `top` heaviest layers by `rank`, or a tree of `depth` levels.

    Of more than `most` lines under one heading, those in the middle are folded.
    """
    bound = spec.bind(settings, variant)
    graph = expand(spec, bound, shape)
    rows = walk(graph, batch)
    by = by or conventions()
    measures = measure(Counter(graph, rows, batch, Meter(spec.limits)), by, dtypes)
    costs = Costs(graph, list(zip(rows, measures, strict=True)), summed(measures))
    hidden = spec.spatial if shape is not None else frozenset[str]()
    return Report(
        name=spec.name,
        cite=spec.cite,
        source=spec.source,
        variables={name: value.value for name, value in bound.items() if name not in hidden},
        variant=variant,
        input=graph.inputs[0],
        batch=batch,
        by=by,
        dtypes=dtypes,
        rows=rows,
        totals=total(row.tally for row in rows),
        measures=tuple(measures),
        total=costs.total,
        lines=tuple(costs.heaviest(top, rank) if top is not None else costs.tree(depth, most)),
        graph=graph,
    )


class Costs(NamedTuple):
    """A graph's layers, each with its costs and what is counted of them, ready to be put in lines."""

    graph: Graph
    layers: list[tuple[Row, Measure]]
    total: Measure

    def tree(self, depth: int, most: int | None) -> list[Line]:
        """Every group down to `depth` names of a path, each the sum of the layers below it."""
        groups = below(self.layers, depth)
        return [
            self.line(paths, [layer for path in paths for layer in groups[path]], paths[0].count("."))
            for paths in folded(groups, most)
        ]

    def heaviest(self, top: int, rank: str) -> list[Line]:
        """The layers with the largest share of a total, the first of equals first."""
        ranked = sorted(self.layers, key=lambda layer: -getattr(layer[1], rank))[:top]
        return [self.line((layer[0].node.path,), [layer], 0) for layer in ranked]

    def line(self, paths: tuple[str, ...], layers: list[tuple[Row, Measure]], level: int) -> Line:
        """The line of one path, or of several together."""
        rows = [row for row, _ in layers]
        one = len(layers) == 1
        measured = layers[0][1] if one else summed(found for _, found in layers)
        alone = len(paths) == 1
        return Line(
            path=paths[0],
            level=level,
            what=describe(self.graph, paths[0], rows) if alone else kinds(self.graph, paths, rows),
            output=rows[-1].node.output,
            tally=rows[0].tally if one else total(row.tally for row in rows),
            measure=measured,
            shares={key: share(getattr(measured, key), getattr(self.total, key)) for key in SHARED},
            folded=0 if alone else len(paths),
        )


def below(layers: Iterable[tuple[Row, T]], depth: int) -> dict[str, list[tuple[Row, T]]]:
    """The layers below each path down to `depth` names, in the order of the network."""
    groups: dict[str, list[tuple[Row, T]]] = {}
    for layer in layers:
        parts = layer[0].node.path.split(".")
        for level in range(1, min(depth, len(parts)) + 1):
            groups.setdefault(".".join(parts[:level]), []).append(layer)
    return groups


def share(part: int, whole: int) -> Fraction:
    return Fraction(part, whole) if whole else Fraction(0)


def describe(graph: Graph, path: str, rows: list[Row]) -> str:
    """What stands behind a path: the row's cells, the block's arguments, or the op's fields."""
    group = graph.groups.get(path)
    if group is not None:
        return group.describe()
    if len(rows) == 1 and rows[0].node.path == path:
        node = rows[0].node
        return " ".join((node.op, OPS[node.op].describe(node.fields))).strip()
    return ""
