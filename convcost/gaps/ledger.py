"""The difference between two counts, line by line: each change, and the layers or work that it is of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from convcost.conventions.measuring import summed_counts
from convcost.gaps.changes import Way
from convcost.gaps.search import Candidate, Found, Network

FEW = 6  # lines of one change that are told one by one

Number: TypeAlias = int | Fraction


class Line(NamedTuple):
    """What one layer, group of layers or kind of work adds."""

    adds: Number
    text: str


class Change(NamedTuple):
    """One change, what it adds in all, and of what."""

    text: str
    adds: Number
    lines: tuple[Line, ...]


def gap(found: Found, candidate: Candidate) -> tuple[Change, ...]:
    """The changes in turn; from the start they add up to the candidate's count."""
    changes: list[Change] = []
    texts = tuple(setting.text for setting in candidate.settings)
    network, told = found.networks[()], 0
    for n in range(1, len(texts) + 1):
        if texts[:n] in found.networks:  # one that the spec refuses by itself is told with the next
            after = found.networks[texts[:n]]
            changes.append(between("; ".join(texts[told:n]), network, after, found))
            network, told = after, n
    changes += counted(candidate.way, network, found)
    assert found.start + sum(change.adds for change in changes) == candidate.value
    return tuple(changes)


def between(text: str, before: Network, after: Network, found: Found) -> Change:
    """What another network counts more than the one before, by layer or, where these are many, by group."""
    old, new = (by_path(network, found) for network in (before, after))
    differ = {
        path: new.get(path, 0) - old.get(path, 0)
        for path in merged(old, new)
        if new.get(path, 0) != old.get(path, 0)
    }
    if len(differ) <= FEW:
        lines = [Line(adds, f"{path}{how(path, old, new)}") for path, adds in differ.items()]
    else:
        lines = most(grouped(differ))
    return Change(text, sum(differ.values()), tuple(lines))


def by_path(network: Network, found: Found) -> dict[str, Number]:
    layers = network.layers(found.base)
    assert layers is not None, "the base convention counts every network that was tried"
    return {row.node.path: count for row, count in zip(network.rows, layers, strict=True)}


def merged(old: Mapping[str, Number], new: Mapping[str, Number]) -> Iterable[str]:
    """The paths of both, those of the new network in its order, then those that are gone."""
    return dict.fromkeys((*new, *old))


def how(path: str, old: Mapping[str, Number], new: Mapping[str, Number]) -> str:
    if path not in old:
        return " is there too"
    return " is not there" if path not in new else ""


def grouped(differ: Mapping[str, Number]) -> list[Line]:
    """Layers summed by the first name of their paths."""
    sums: dict[str, list[Number]] = {}
    for path, adds in differ.items():
        sums.setdefault(path.partition(".")[0], []).append(adds)
    return [
        Line(sum(adds), f"{name} ({len(adds)} layers)" if len(adds) > 1 else name)
        for name, adds in sums.items()
    ]


def most(lines: list[Line]) -> list[Line]:
    """The lines in their order, the smallest of very many as one."""
    if len(lines) <= 2 * FEW:
        return lines
    kept = sorted(lines, key=lambda line: abs(Fraction(line.adds)), reverse=True)[: 2 * FEW - 1]
    rest = [line for line in lines if line not in kept]
    return [*(line for line in lines if line in kept), Line(sum(x.adds for x in rest), f"{len(rest)} more")]


# ------------------------------------------------------------------------------ another way to count


def counted(way: Way, network: Network, found: Found) -> list[Change]:
    """What the way counts more than the base: by kind of work, by layer that is left out, doubled."""
    layers = network.layers(way.convention)
    assert layers is not None, "what a convention does not know is no candidate"
    changes: list[list[Line]] = []
    if way.named:
        old, new = (summed_counts(network.counter.count(by)) for by in (found.base, way.convention))
        differ = {kind: new.get(kind, 0) - old.get(kind, 0) for kind in dict.fromkeys((*old, *new))}
        changes.append([Line(adds, f"{kind}: {rule(way, kind)}") for kind, adds in differ.items() if adds])
    if way.also:
        sums = {kind: sum(row.tally.ops.get(kind, 0) for row in network.rows) for kind in way.also}
        changes.append([Line(way.also[kind] * count, kind) for kind, count in sums.items() if count])
    if way.without:
        left_out = [i for i in network.left_out(way.without) if layers[i] != 0]
        changes.append([Line(-layers[i], network.rows[i].node.path) for i in left_out])
    if way.doubled:
        changes.append([Line(sum(layers), "once more")])
    return [
        Change(text, sum(line.adds for line in lines), tuple(lines))
        for text, lines in zip(way.texts, changes, strict=True)
    ]


def rule(way: Way, kind: str) -> str:
    found = way.convention.rule(kind)
    return found.text if found is not None else ""
