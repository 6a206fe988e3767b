"""Which lines of a long table stand alone and which together, as one: so that a reader sees all of it."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from sys import maxsize

from convcost.cost import Row
from convcost.graph import Graph

SCREEN = 50  # lines under one heading: about what a screen holds
SCREENS = 25  # and so many times that in all


def folded(paths: Iterable[str], most: int | None) -> list[tuple[str, ...]]:
    """The paths of a tree, each followed by those below it, in tuples of one line each.

    Where more than `most` have the same parent, the first and the last of them stand alone and those
    between are one line, without what is below them. If all that is still more than 25 times `most`,
    fewer are shown under each.
    """
    children: dict[str, list[str]] = {}
    for path in paths:
        children.setdefault(path.rpartition(".")[0], []).append(path)
    if most is None:
        return list(shown(children, maxsize))

    def size(each: int) -> int:
        return sum(1 for _ in shown(children, each))

    return list(shown(children, max(1, bisect_right(range(1, most + 1), SCREENS * most, key=size))))


def shown(children: Mapping[str, list[str]], most: int, parent: str = "") -> Iterator[tuple[str, ...]]:
    """The lines below a parent, at most `most` under each heading."""
    for line in together(children.get(parent, []), most):
        yield line
        if len(line) == 1:
            yield from shown(children, most, line[0])


def together(paths: list[str], most: int) -> Iterator[tuple[str, ...]]:
    """Each alone, but for those in the middle where there are more than `most`."""
    whole = len(paths) <= most
    head = len(paths) if whole else most // 2
    tail = head if whole else len(paths) - (most - 1 - head)
    yield from ((path,) for path in paths[:head])
    if not whole:
        yield tuple(paths[head:tail])
    yield from ((path,) for path in paths[tail:])


def kinds(graph: Graph, paths: Iterable[str], rows: Iterable[Row], most: int = 3) -> str:
    """What stands behind several paths: 120 conv, 120 bn, 119 act, …"""
    ops = {row.node.path: row.node.op for row in rows}

    def name(path: str) -> str:
        group = graph.groups.get(path)
        return group.name or "of a table" if group else ops.get(path, "")

    found = Counter(map(name, paths))
    said = [f"{count:,} {name}" for name, count in found.most_common() if name]
    return ", ".join(said[:most] + ["…"] * (len(said) > most))
