"""What it costs to go against ShuffleNetV2's guidelines, block by block."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from fractions import Fraction
from math import isqrt
from typing import NamedTuple

from convcost.conventions.counting import groups
from convcost.cost import Row, Tally, total
from convcost.graph import Graph, prefixes
from convcost.guidelines import ABOVE, ELEMENTWISE, FRAGMENTS, GUIDELINES, PARALLEL, Code
from convcost.ops import OPS
from convcost.reports import Report, describe, share


class Priced(NamedTuple):
    """A layer that accesses more than it needs for its multiply-adds.

    `least` is what it needs, in whole elements (a bound is rounded up, so the excess is rounded down).
    """

    path: str
    c1: int
    c2: int
    groups: int
    mem_access: int
    least: int
    over: bool  # above the threshold

    @property
    def excess(self) -> int:
        return self.mem_access - self.least

    @property
    def above(self) -> Fraction:
        return Fraction(self.excess, self.least)


class Fragments(NamedTuple):
    """Convolutions and pools: how many, the most in a chain, the most side by side."""

    ops: int
    critical_path: int
    parallel: int


class Part(NamedTuple):
    """A block, or the whole network under the path "": its measures by guideline."""

    path: str
    what: str
    tally: Tally
    g1: tuple[Priced, ...]
    g2: tuple[Priced, ...]
    g3: Fragments  # of the network: the largest of its blocks'
    elementwise: Mapping[str, int]  # G4's elements by op, the most first
    moves: Mapping[str, int]

    @property
    def counted(self) -> int:
        """What G4's shares are of."""
        return int(self.tally.conv + self.tally.elementwise)

    def excess(self, code: Code) -> int:
        """The elements that G1 or G2 asks about, of all layers, also below the threshold."""
        return sum(layer.excess for layer in (self.g1 if code == "G1" else self.g2))

    def shares(self) -> tuple[Fraction, Fraction, Fraction, Fraction]:
        """Of G1 and G2 in the convolutions' mem_access; of elementwise ops and of moves in `counted`."""
        conv = int(self.tally.conv)
        return (
            share(self.excess("G1"), conv),
            share(self.excess("G2"), conv),
            share(sum(self.elementwise.values()), self.counted),
            share(sum(self.moves.values()), self.counted),
        )

    @property
    def found(self) -> tuple[Code, ...]:
        """The guidelines that a block is against."""
        against: dict[Code, bool] = {
            "G1": any(layer.over for layer in self.g1),
            "G2": any(layer.over for layer in self.g2),
            "G3": self.g3.ops > FRAGMENTS or self.g3.parallel > PARALLEL,
            # One op is no block: alone, an activation would be all elementwise.
            "G4": self.g3.ops > 0 and self.shares()[2] > ELEMENTWISE,
        }
        return tuple(code for code, is_found in against.items() if is_found)


class Lint(NamedTuple):
    """A network held against the guidelines."""

    report: Report
    network: Part
    blocks: tuple[Part, ...]

    def found(self, code: Code) -> tuple[Part, ...]:
        return tuple(block for block in self.blocks if code in block.found)

    @property
    def findings(self) -> int:
        return sum(len(block.found) for block in self.blocks)


def lint(report: Report) -> Lint:
    """Every block by the four guidelines, then the network as their sum."""
    graph = report.graph
    starts = building_blocks(graph)
    below: dict[str, list[Row]] = {}
    for row in report.rows:
        below.setdefault(block_of(starts, row.node.path), []).append(row)
    tensors = {node.path: tensor for tensor, node in enumerate(graph.nodes, len(graph.inputs))}
    blocks = tuple(
        part(path, describe(graph, path, rows), rows, fragments(rows, tensors))
        for path, rows in below.items()
    )
    most = Fragments(*(max(sizes) for sizes in zip(*(block.g3 for block in blocks), strict=True)))
    return Lint(report, part("", "", report.rows, most), blocks)


def building_blocks(graph: Graph) -> set[str]:
    """The paths of blocks, and of rows of tables that repeat nothing: such a row is a block, or little more.

    A block that holds a table is a part of a network (a backbone), and is none.
    """
    rows = [path for path, group in graph.groups.items() if not group.name]
    hold_rows = {outer for path in rows for outer in prefixes(path)}
    repeat = {
        outer
        for node in graph.nodes
        for inner in (*prefixes(node.path), node.path)
        if inner.rpartition(".")[2].isdigit()
        for outer in prefixes(inner)
    }
    return {
        path
        for path, group in graph.groups.items()
        if path not in hold_rows and (group.name or path not in repeat)
    }


def block_of(blocks: Collection[str], path: str) -> str:
    """The outermost block or repetition that an op stands in, else the op itself."""
    for outer in prefixes(path):
        if outer in blocks or outer.rpartition(".")[2].isdigit():
            return outer
    return path


def part(path: str, what: str, rows: Sequence[Row], found: Fragments) -> Part:
    elementwise: dict[str, int] = {}
    moves: dict[str, int] = {}
    for row in rows:
        tally = row.tally
        if is_depthwise(row):
            kinds, elements = elementwise, tally.conv
        else:
            kinds, elements = (elementwise if tally.ops else moves), tally.elementwise
        if elements:
            kinds[row.node.op] = kinds.get(row.node.op, 0) + elements
    return Part(
        path,
        what,
        total(row.tally for row in rows),
        g1=tuple(layer for row in rows for layer in unequal(row)),
        g2=tuple(layer for row in rows for layer in grouped(row)),
        g3=found,
        elementwise=most_first(elementwise),
        moves=most_first(moves),
    )


def most_first(kinds: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(kinds.items(), key=lambda item: -item[1]))


# ------------------------------------------------------------------------------ G1, G2


def is_convolution(row: Row) -> bool:
    return OPS[row.node.op].contraction in ("conv", "conv_transpose")


def is_depthwise(row: Row) -> bool:
    """Whether each output reads one of several channels."""
    return is_convolution(row) and 1 < row.inputs[0].c == groups(row)


def unequal(row: Row) -> Iterable[Priced]:
    """G1: a convolution that keeps the map's size, if it accesses more than the bound."""
    if not is_convolution(row) or is_depthwise(row):
        return
    (x,), y, tally = row.inputs, row.node.output, row.tally
    if (x.h, x.w) != (y.h, y.w) or tally.reads == tally.writes:
        return
    product = 4 * tally.reads * tally.writes
    yield Priced(
        row.node.path,
        x.c,
        y.c,
        groups(row),
        mem_access=tally.mem_access,
        least=tally.weight_reads + isqrt(product - 1) + 1,  # the root rounded up
        over=is_above(tally.mem_access, product, tally.weight_reads, ABOVE),
    )


def is_above(mem_access: int, product: int, weights: int, by: Fraction) -> bool:
    """Whether mem_access > (1 + by) (sqrt(product) + weights), by squares."""
    rest = mem_access - (1 + by) * weights
    return rest > 0 and rest * rest > (1 + by) ** 2 * product


def grouped(row: Row) -> Iterable[Priced]:
    """G2: a group convolution beside the one of as many multiply-adds and channels in, ungrouped."""
    if not is_convolution(row) or is_depthwise(row) or (g := groups(row)) == 1:
        return
    tally = row.tally
    least = tally.reads + tally.writes // g + tally.weight_reads  # c2 / g channels; g divides c2
    over = tally.mem_access > (1 + ABOVE) * least
    yield Priced(row.node.path, row.inputs[0].c, row.node.output.c, g, tally.mem_access, least, over)


# ------------------------------------------------------------------------------ G3


def is_fragment(row: Row) -> bool:
    op = OPS[row.node.op]
    return op.sort in ("contraction", "pool")


def fragments(rows: Sequence[Row], tensors: Mapping[str, int]) -> Fragments:
    """The convolutions and pools of a block, by who waits for whom; `tensors` are the ops' outputs."""
    before: dict[int, int] = {}  # the fragments that a tensor waits for, as bits
    depth: dict[int, int] = {}  # the most of them in a chain
    waits: list[int] = []
    for row in rows:
        node = row.node
        mask = deep = 0
        for tensor in node.inputs:
            mask |= before.get(tensor, 0)
            deep = max(deep, depth.get(tensor, 0))
        if is_fragment(row):
            waits.append(mask)
            mask |= 1 << len(waits) - 1
            deep += 1
        before[tensors[node.path]], depth[tensors[node.path]] = mask, deep
    return Fragments(len(waits), max(depth.values(), default=0), len(waits) - matching(waits))


def matching(waits: Sequence[int]) -> int:
    """The largest matching of fragments with one that they wait for.

    Each pair joins two chains, so those left are the fewest chains that hold all fragments, and as many
    as the most of which none waits for another (Dilworth's theorem).
    """
    partner: dict[int, int] = {}  # of one waited for, the one that waits
    chosen: dict[int, int] = {}  # the other way round
    taken = 0
    for start in range(len(waits)):
        came: dict[int, int] = {}
        queue, seen = [start], 0
        while queue:
            waiting = queue.pop()
            if free := waits[waiting] & ~taken:
                end: int | None = free.bit_length() - 1
                taken |= 1 << free.bit_length() - 1
                came[free.bit_length() - 1] = waiting
                while end is not None:  # back along the way, each takes the partner that it came for
                    waiting = came[end]
                    partner[end] = waiting
                    chosen[waiting], end = end, chosen.get(waiting)
                break
            reach = waits[waiting] & ~seen
            seen |= reach
            while reach:
                other = reach.bit_length() - 1
                reach ^= 1 << other
                came[other] = waiting
                queue.append(partner[other])
    return len(partner)


# ------------------------------------------------------------------------------ explaining


def explained(code: Code) -> Lint:
    """The guideline's example, held against all four."""
    from convcost.api import loads, report

    return lint(report(loads(GUIDELINES[code].example, f"the example of {code}")))
