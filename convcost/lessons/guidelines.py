"""ShuffleNetV2's four guidelines."""

from __future__ import annotations

from convcost.lessons.board import Board
from convcost.lessons.registry import Steps, lesson

PAPER = "ShuffleNetV2: Ma et al. 2018, arXiv:1807.11164"
SPEED = (
    "How fast it runs hangs on hardware and library. The paper measured it ({}); a count of costs can "
    "only say which way it should go."
)


@lesson(
    "g1",
    "Guideline 1: equal channel width minimizes memory access",
    "Why is memory access smallest when a 1x1 convolution has as many channels in as out?",
    PAPER,
    beyond=SPEED.format("Table 1, GPU: 1480 batches/s at c1:c2 = 1:1, 748 at 1:12"),
)
def g1(board: Board) -> Steps:
    conv = board.walk("pointwise", "h=56 w=56 c1=128 c2=128", "[c1, h, w]", "conv: c2")
    board.define(B=conv.madds, mem_access=conv.mem_access)
    yield board.prove(
        "A 1x1 convolution makes c2 channels of c1 on a map of h x w. Its multiply-adds are called B.",
        "B = h*w*c1*c2",
        cite="sec. 2, G1",
    )
    yield board.prove(
        "It reads the map, writes the map and reads the weights, each once.",
        "mem_access = h*w*(c1 + c2) + c1*c2",
        cite="sec. 2, G1",
    )
    yield board.prove("The weights are what B leaves when the map is divided out.", "c1*c2 = B/(h*w)")
    yield board.prove(
        "For two sizes, the sum is at least twice the root of the product: the difference is a square.",
        "c1 + c2 >= 2*sqrt(c1*c2)",
        because="(sqrt(c1) - sqrt(c2))^2",
    )
    yield board.prove("On the map, that root is a root of B.", "h*w*2*sqrt(c1*c2) = 2*sqrt(h*w*B)")
    yield board.prove(
        "So B alone sets a bound below which memory access cannot go.",
        "mem_access >= 2*sqrt(h*w*B) + B/(h*w)",
        because="h*w*(sqrt(c1) - sqrt(c2))^2",
        cite="sec. 2, eq. 1",
    )
    yield board.only(
        "The bound is met where that square is zero, and there alone.",
        "mem_access = 2*sqrt(h*w*B) + B/(h*w)",
        "c1",
        "c2",
    )
    yield board.at(
        "Equal widths, as in the first row of the paper's experiment:",
        "mem_access",
        cite="Table 1, 1:1",
        h=56, w=56, c1=128, c2=128,
    )  # fmt: skip
    yield board.at(
        "One to twelve, with about as many multiply-adds:",
        "mem_access",
        cite="Table 1, 1:12",
        h=56, w=56, c1=36, c2=432,
    )  # fmt: skip


@lesson(
    "g2",
    "Guideline 2: group convolution raises memory access",
    "Groups save multiply-adds. Why does memory access go up with them?",
    PAPER,
    beyond=SPEED.format("Table 2, GPU: 2451 batches/s with 1 group of 128 channels, 634 with 8 of 360"),
)
def g2(board: Board) -> Steps:
    conv = board.walk("grouped", "h=56 w=56 c1=128 c2=128 g=8", "[c1, h, w]", "conv: {out: c2, g: g}")
    board.define(madds=conv.madds, mem_access=conv.mem_access)
    yield board.prove("Each group sees c1/g channels.", "madds = h*w*c1*c2/g", cite="sec. 2, G2")
    yield board.prove(
        "The weights shrink with g; the maps do not.",
        "mem_access = h*w*(c1 + c2) + c1*c2/g",
        cite="sec. 2, eq. 2",
    )
    yield board.say(
        "At the same channels that is a saving. But groups are used to afford more channels, so the fair "
        "question fixes the input and the multiply-adds, B."
    )
    board.letter("B", whole=False)
    yield board.given("Channels out are then in proportion to g:", "c2_at_B", "B*g/(h*w*c1)")
    board.define(madds_at_B=board.put("madds", c2="c2_at_B"))
    yield board.prove("With so many there are B multiply-adds.", "madds_at_B = B")
    board.define(mem_access_at_B=board.put("mem_access", c2="c2_at_B"))
    yield board.prove(
        "Memory access in terms of B then has one term that g is in.",
        "mem_access_at_B = h*w*c1 + B*g/c1 + B/(h*w)",
        cite="sec. 2, eq. 2",
    )
    yield board.prove(
        "It grows with g, by the same amount for each further group.",
        "diff(mem_access_at_B, g) = B/c1 > 0",
    )
    yield board.at(
        "One group of 128 channels:", "mem_access", cite="Table 2", h=56, w=56, c1=128, c2=128, g=1
    )
    yield board.at(
        "Eight groups of 360 channels, with about as many multiply-adds:",
        "mem_access",
        cite="Table 2",
        h=56, w=56, c1=360, c2=360, g=8,
    )  # fmt: skip


@lesson(
    "g3",
    "Guideline 3: fragmentation reduces parallelism",
    "Do four small convolutions cost more than one large one?",
    PAPER,
    beyond=SPEED.format("Table 3, GPU, c = 128: 2446 batches/s with 1 fragment, 752 with 4 in series, "
    "691 with 4 in parallel")
    + " What launching and synchronising a layer takes is no count of a network.",
)  # fmt: skip
def g3(board: Board) -> Steps:
    one = board.walk("one", "h=56 w=56 n=64", "[2*n, h, w]", "conv: 2*n")
    four = board.walk("four", "h=56 w=56 n=64", "[n, h, w]", "conv: n; conv: n; conv: n; conv: n")
    wide = board.walk(
        "parallel",
        "h=56 w=56 n=64",
        "[n, h, w]",
        "{branches: {join: add, paths: {a: [conv: n], b: [conv: n], c: [conv: n], d: [conv: n]}}}",
    )
    board.define(madds_one=one.madds, madds_four=four.madds, madds_parallel=wide.madds)
    board.define(mem_one=one.mem_access, mem_four=four.mem_access, mem_parallel=wide.mem_access)
    board.define(depth_one=one.depth, depth_four=four.depth, depth_parallel=wide.depth)
    board.define(layers_parallel=len(wide.rows))
    yield board.prove(
        "One 1x1 convolution of 2n channels has as many multiply-adds as four of n channels, in series "
        "or side by side.",
        "madds_one = madds_four = madds_parallel = 4*h*w*n^2",
        cite="sec. 2, G3: structures of Table 3 at equal multiply-adds",
    )
    yield board.prove(
        "The four pass twice as many elements of maps, since each reads and writes its own.",
        "mem_four - mem_one = 4*h*w*n",
    )
    yield board.prove(
        "Side by side, an addition reads all four results and writes their sum.",
        "mem_parallel - mem_four = 5*h*w*n",
    )
    yield board.count("One layer is one step.", "depth_one = 1")
    yield board.count("Four in series wait for one another.", "depth_four = 4")
    yield board.count(
        "Four side by side wait only for their join: the longest way is short, but there are more layers "
        "to launch.",
        "depth_parallel = 2",
    )
    yield board.count("In all there are:", "layers_parallel = 5")


@lesson(
    "g4",
    "Guideline 4: element-wise operations are not negligible",
    "ReLU and addition have no multiply-adds. What do they cost?",
    PAPER,
    "ShuffleNetV1: Zhang et al. 2017, arXiv:1707.01083",
    beyond=SPEED.format("Table 4, GPU, c = 32: 2427 batches/s with ReLU and shortcut, 2842 with neither"),
)
def g4(board: Board) -> Steps:
    unit = board.walk(
        "bottleneck",
        "h=56 w=56 c=256 m=64",
        "[c, h, w]",
        "{branches: {join: add, paths: {shortcut: [], main: [conv: m, act: relu, conv: {out: m, k: 3}, "
        "act: relu, conv: c]}}}; act: relu",
    )
    board.define(madds=unit.madds, conv=unit.conv, elementwise=unit.elementwise, mem_access=unit.mem_access)
    board.define(madds_of_act=unit.of("act", "madds"), madds_of_add=unit.of("add", "madds"))
    yield board.prove(
        "ResNet's bottleneck has three convolutions; all its multiply-adds are theirs.",
        "madds = h*w*(2*c*m + 9*m^2)",
        cite="ShuffleNetV1, sec. 3.2",
    )
    yield board.prove("Activations and the addition have none.", "madds_of_act = madds_of_add = 0")
    yield board.prove(
        "Their memory access: two activations of m channels, an addition of two maps into one, and an "
        "activation of c channels.",
        "elementwise = 2*h*w*m + 2*h*w*m + 3*h*w*c + 2*h*w*c",
    )
    yield board.prove(
        "The memory access of the convolutions, beside it:",
        "conv = h*w*(2*c + 4*m) + 2*c*m + 9*m^2",
    )
    yield board.at(
        "The share of memory access that has no multiply-adds at all, without normalisation:",
        "elementwise/mem_access",
        h=56, w=56, c=256, m=64,
    )  # fmt: skip
    depthwise = board.walk("depthwise", "h=56 w=56 c=256", "[c, h, w]", "dwconv: 3")
    pointwise = board.walk("pointwise", "h=56 w=56 c=256", "[c, h, w]", "conv: c")
    board.define(per_madd_depthwise=depthwise.mem_access / depthwise.madds)
    board.define(per_madd_pointwise=pointwise.mem_access / pointwise.madds)
    yield board.prove(
        "A depthwise 3x3 passes two elements for nine multiply-adds however wide it is, so the paper "
        "counts it here.",
        "per_madd_depthwise = 2/9 + 1/(h*w)",
        cite="sec. 2, G4",
    )
    yield board.prove("A 1x1 convolution passes less the wider it is.", "per_madd_pointwise = 2/c + 1/(h*w)")
