"""ShuffleNetV2's four guidelines (arXiv:1807.11164, sec. 2), each with what it costs to go against it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from fractions import Fraction
from math import isqrt
from typing import Literal, NamedTuple, get_args

from convcost.conventions.counting import groups
from convcost.cost import Row, Tally, total
from convcost.graph import Graph, prefixes
from convcost.ops import OPS
from convcost.reports import Report, describe, share

Code = Literal["G1", "G2", "G3", "G4"]
CODES: tuple[Code, ...] = get_args(Code)

ABOVE = Fraction(1, 20)
FRAGMENTS = 5
PARALLEL = 2
ELEMENTWISE = Fraction(3, 5)


class Guideline(NamedTuple):
    """What a code stands for, from where on it is found, and why from there."""

    title: str
    measures: str
    threshold: str
    reason: str
    example: str  # a spec that is against it


GUIDELINES: Mapping[Code, Guideline] = {
    "G1": Guideline(
        "Equal channel width minimises memory access",
        "A convolution that keeps the map's size reads hw*c1, writes hw*c2 and reads its weights, B/(hw). "
        "With the multiply-adds B = hw*c1*c2 of a 1x1 one fixed, mem_access >= 2*sqrt(hw*B) + B/(hw), "
        "and equal only where c1 = c2. The same mean holds for any kernel and groups: "
        "2*sqrt(reads*writes) + weights.",
        f"a layer more than {100 * ABOVE} % above the bound",
        "the mildest ratio that Table 1 tries, 1:2, is a little above this, and slowed the GPU from 1480 to "
        "1296 batches a second",
        "{name: 1:2 of Table 1, input: [90, 56, 56], network: [{conv: 180}]}",
    ),
    "G2": Guideline(
        "Excessive group convolution increases memory access",
        "mem_access = hw*c1 + B*g/c1 + B/(hw): with c1 and the multiply-adds B fixed, g groups write g times "
        "as many channels as one group. The price is the difference from g = 1. A depthwise convolution is "
        "left to G4, as in the paper.",
        f"a layer more than {100 * ABOVE} % above itself ungrouped",
        "as for G1, so that the two prices compare; the fewest groups that Table 2 tries, 2, are far above "
        "this, and slowed the GPU from 2451 to 1725 batches a second",
        "{name: 2 groups of Table 2, input: [180, 56, 56], network: [{conv: {out: 180, g: 2}}]}",
    ),
    "G3": Guideline(
        "Network fragmentation reduces degree of parallelism",
        "Fragments are the convolutions and pools of one block. The critical path is the most of them that "
        "wait for one another; parallel is the most of which none waits for another.",
        f"more than {FRAGMENTS} convolutions and pools, or more than {PARALLEL} in parallel",
        "the network that the paper draws from its guidelines has so many itself, in its unit with stride "
        "(Fig. 3d); 4 in parallel slowed the GPU from 2446 to 691 batches a second (Table 3)",
        "{name: inception 3a of GoogLeNet, input: [192, 28, 28], network: ["
        "{inception: {c1: 64, reduce3: 96, c3: 128, reduce5: 16, c5: 32, proj: 32}}]}",
    ),
    "G4": Guideline(
        "Element-wise operations are non-negligible",
        "The share that activations, additions, products and, as in the paper, depthwise convolutions have "
        "of the mem_access of convolutions and elementwise ops. Ops that only move elements (concat, "
        "shuffle, slices) are listed apart; norms are left out, since they fold into convolutions.",
        f"more than {100 * ELEMENTWISE} % of mem_access elementwise",
        "the unit of Table 4 nears it as its maps outgrow its weights: three activations and an addition, "
        "3*2 + 3, beside three convolutions, 3*2; without them the GPU went from 2427 to 2842 batches a "
        "second",
        "{name: a bottleneck of MobileNetV2, input: [24, 56, 56], network: ["
        "{inverted_residual: {t: 6, out: 24}}]}",
    ),
}


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
