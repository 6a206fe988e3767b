"""What a network costs, arranged for a reader: lines at a depth, shares, totals. Renderers only print."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Literal, NamedTuple, get_args

from convcost.conventions import MADDS, Convention
from convcost.cost import Row, Tally, total, walk
from convcost.errors import Source
from convcost.expand import expand
from convcost.expr import Value
from convcost.graph import Graph
from convcost.ops import OPS, Shape
from convcost.spec import Settings, Spec

By = Literal["madds", "params", "mem_access"]
SHARED: tuple[str, ...] = get_args(By)  # the totals that a line has a share of


class Line(NamedTuple):
    """One line of the table: a group of layers, or a layer."""

    path: str
    level: int  # how far it is indented
    what: str
    output: Shape
    tally: Tally
    shares: Mapping[str, Fraction]  # of the network's total


class Report(NamedTuple):
    """A network's costs under one convention, for one input shape and batch."""

    name: str
    cite: str
    source: Source
    variables: Mapping[str, Value]
    variant: str | None
    input: Shape
    batch: int
    convention: Convention
    dtype: str | None
    rows: tuple[Row, ...]
    totals: Tally
    lines: tuple[Line, ...]
    graph: Graph


def make_report(
    spec: Spec,
    settings: Settings,
    variant: str | None = None,
    shape: Shape | None = None,
    batch: int = 1,
    dtype: str | None = None,
    depth: int = 1,
    top: int | None = None,
    by: str = "madds",
) -> Report:
    """Expand, walk, sum: `top` heaviest layers `by` a total, or a tree of `depth` levels."""
    bound = spec.bind(settings, variant)
    graph = expand(spec, bound, shape)
    rows = walk(graph, batch)
    totals = total(row.tally for row in rows)
    lines = heaviest(graph, rows, totals, top, by) if top is not None else tree(graph, rows, totals, depth)
    hidden = spec.spatial if shape is not None else frozenset[str]()
    return Report(
        name=spec.name,
        cite=spec.cite,
        source=spec.source,
        variables={name: value.value for name, value in bound.items() if name not in hidden},
        variant=variant,
        input=graph.inputs[0],
        batch=batch,
        convention=MADDS,
        dtype=dtype,
        rows=rows,
        totals=totals,
        lines=tuple(lines),
        graph=graph,
    )


def tree(graph: Graph, rows: Iterable[Row], totals: Tally, depth: int) -> list[Line]:
    """Every group down to `depth` names of a path, each the sum of the layers below it."""
    groups = below(rows, depth).items()
    return [line(graph, path, found, totals, path.count(".")) for path, found in groups]


def below(rows: Iterable[Row], depth: int) -> dict[str, list[Row]]:
    """The layers below each path down to `depth` names, in the order of the network."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        parts = row.node.path.split(".")
        for level in range(1, min(depth, len(parts)) + 1):
            groups.setdefault(".".join(parts[:level]), []).append(row)
    return groups


def heaviest(graph: Graph, rows: Iterable[Row], totals: Tally, top: int, by: str) -> list[Line]:
    """The layers with the largest share of a total, the first of equals first."""
    ranked = sorted(rows, key=lambda row: -getattr(row.tally, by))[:top]
    return [line(graph, row.node.path, [row], totals, 0) for row in ranked]


def line(graph: Graph, path: str, rows: list[Row], totals: Tally, level: int) -> Line:
    tally = rows[0].tally if len(rows) == 1 else total(row.tally for row in rows)
    return Line(
        path=path,
        level=level,
        what=describe(graph, path, rows),
        output=rows[-1].node.output,
        tally=tally,
        shares={key: share(getattr(tally, key), getattr(totals, key)) for key in SHARED},
    )


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
