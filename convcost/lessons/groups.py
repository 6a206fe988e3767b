"""Grouped convolutions, and how their groups come to exchange what they know."""

from __future__ import annotations

from collections import Counter
from itertools import product

from convcost.lessons.board import Board
from convcost.lessons.registry import Steps, lesson

SHUFFLE = "ShuffleNetV1: Zhang et al. 2017, arXiv:1707.01083"


def shuffled(channels: int, groups: int) -> list[int]:
    """Where each channel came from after a shuffle: (groups, n) read as (n, groups)."""
    return [i * (channels // groups) + j for j, i in product(range(channels // groups), range(groups))]


def grouped(seen: list[Counter[int]], groups: int) -> list[Counter[int]]:
    """In how many ways each channel hangs on each input, after a convolution with groups."""
    size = len(seen) // groups
    sums = [sum(seen[g * size : (g + 1) * size], Counter()) for g in range(groups)]
    return [sums[channel // size] for channel in range(len(seen))]


def ways(channels: int, first: int, second: int, shuffle: bool) -> list[Counter[int]]:
    """The same after two grouped convolutions."""
    seen = grouped([Counter([channel]) for channel in range(channels)], first)
    if shuffle:
        seen = [seen[source] for source in shuffled(channels, first)]
    return grouped(seen, second)


def reach(channels: int, first: int, second: int, shuffle: bool) -> int:
    """The fewest inputs that an output hangs on."""
    return min(map(len, ways(channels, first, second, shuffle)))


@lesson(
    "channel-shuffle",
    "Channel shuffle",
    "What does the shuffle cost, and why is it needed?",
    SHUFFLE,
    beyond="That the exchange lowers errors is measured (Table 3, with and without shuffle), not counted.",
)
def channel_shuffle(board: Board) -> Steps:
    sizes = "h=28 w=28 c=240 m=60 g=3"
    resnet = board.walk("resnet", sizes, "[c, h, w]", "conv: m; conv: {out: m, k: 3}; conv: c")
    resnext = board.walk("resnext", sizes, "[c, h, w]", "conv: m; conv: {out: m, k: 3, g: g}; conv: c")
    unit = board.walk(
        "shufflenet", sizes, "[c, h, w]", "conv: {out: m, g: g}; shuffle: g; dwconv: 3; conv: {out: c, g: g}"
    )
    board.define(resnet=resnet.madds, resnext=resnext.madds, shufflenet=unit.madds)
    yield board.prove(
        "ResNet's bottleneck of c and m channels:", "resnet = h*w*(2*c*m + 9*m^2)", cite="sec. 3.2"
    )
    yield board.prove(
        "ResNeXt groups its 3x3 convolution; the two 1x1 then have most of the cost.",
        "resnext = h*w*(2*c*m + 9*m^2/g)",
        cite="sec. 3.2",
    )
    yield board.prove(
        "ShuffleNet groups the 1x1 and makes the 3x3 depthwise.",
        "shufflenet = h*w*(2*c*m/g + 9*m)",
        cite="sec. 3.2",
    )
    channels, groups = 12, 3
    board.define(channels=channels, groups=groups, inputs_without=reach(channels, groups, groups, False))
    board.define(inputs_with=reach(channels, groups, groups, True))
    yield board.count(
        f"But grouped layers in a row keep apart. Follow {channels} channels through two convolutions with "
        f"{groups} groups: each output hangs on one group's inputs.",
        "inputs_without = channels/groups",
        cite="sec. 3.1, Fig. 1a",
    )
    yield board.count(
        "With a shuffle between them each output hangs on all inputs.",
        "inputs_with = channels",
        cite="sec. 3.1, Fig. 1c",
    )
    board.define(madds=unit.of("shuffle", "madds"), params=unit.of("shuffle", "params"))
    board.define(mem=unit.of("shuffle", "mem_access"))
    yield board.prove("The shuffle has no arithmetic and no parameters,", "madds = params = 0")
    yield board.prove("but as a pass of its own it reads and writes the map.", "mem = 2*h*w*m")


@lesson(
    "concat-vs-add",
    "Concatenation or addition",
    "A stride-2 unit of ShuffleNetV1 has more channels out than in. Where do the new ones come from?",
    SHUFFLE,
    beyond="Whether pooled channels serve as well as computed ones is a matter of accuracy.",
)
def concat_vs_add(board: Board) -> Steps:
    unit = board.walk(
        "strided", "p=14 q=14 c=240 n=120 g=3", "[c, 2*p, 2*q]", "shuffle_unit_v1: {out: 4*n, g: g, s: 2}"
    )
    pooled, new, out = unit.channels("concat")
    board.define(out=out, pooled=pooled, new=new, madds=unit.madds)
    yield board.prove(
        "The shortcut is an average pool of stride 2: it keeps the c channels of the input.",
        "pooled = c",
        cite="sec. 3.2, Fig. 2c",
    )
    yield board.prove(
        "Concatenation puts the channels of both paths side by side. So the unit computes only what is "
        "missing, by its last grouped convolution.",
        "new = out - c = 4*n - c",
    )
    yield board.prove(
        "In the paper's tables the 1x1 convolutions are n = out/4 wide; for the unit:",
        "madds = p*q*(4*c*n/g + 9*n + n*(4*n - c)/g)",
    )
    added = board.walk(
        "added",
        "p=14 q=14 c=240 n=120 g=3",
        "[c, 2*p, 2*q]",
        "{branches: {join: add, paths: {shortcut: [conv: {out: 4*n, s: 2}], main: [conv: {out: n, g: g}, "
        "shuffle: g, dwconv: {k: 3, s: 2}, conv: {out: 4*n, g: g}]}}}",
    )
    board.define(madds_added=added.madds)
    yield board.prove(
        "Addition needs two maps of one shape: all 4n channels computed, and a 1x1 projection on the "
        "shortcut as ResNet has it.",
        "madds_added - madds = p*q*(n*c/g + 4*n*c)",
    )
    board.define(madds_pool=unit.of("avg_pool", "madds"), madds_concat=unit.of("concat", "madds"))
    yield board.prove("Pool and concatenation have no multiply-adds.", "madds_pool = madds_concat = 0")
    same = board.walk("plain", "h=28 w=28 n=60 g=3", "[4*n, h, w]", "shuffle_unit_v1: {out: 4*n, g: g}")
    first, second, total = same.channels("add")
    board.define(added_first=first, added_second=second, added_out=total)
    yield board.prove(
        "With stride 1 the unit adds, and makes no new channels.",
        "added_first = added_second = added_out = 4*n",
        cite="sec. 3.2, Fig. 2b",
    )
    yield board.at(
        "From 240 channels to 480 the main path computes", "new", cite="Table 1, g = 3", n=120, c=240
    )


@lesson(
    "igc",
    "Interleaved group convolutions",
    "How can two sparse convolutions stand for a dense one, and how should they be divided?",
    "IGCV1: Zhang et al. 2017, arXiv:1707.02725",
    "IGCV2: Xie et al. 2018, arXiv:1804.06202",
    "IGCV3: Sun et al. 2018, arXiv:1806.00178",
    beyond="The product of two sparse convolutions is dense, but not every dense one is such a product. "
    "How much that loses must be measured, as the papers do.",
)
def igc(board: Board) -> Steps:
    block = board.walk("igc", "h=14 w=14 L=4 M=32 k=3", "[L*M, h, w]", "igc: {out: L*M, L: L, k: k}")
    board.define(S="k^2", G="L*M", T=block.weights)
    yield board.prove(
        "IGCV1: a primary convolution with kernels of S = k^2 in L partitions of M channels, then a "
        "secondary 1x1 in M partitions of L. With G = L*M channels the weights are",
        "T = G^2*(S/L + 1/M)",
        cite="IGCV1, sec. 3",
    )
    yield board.prove(
        "A dense convolution of C channels has S*C^2 weights. With as many, T = S*C^2, the square of C/G is",
        "T/(S*G^2) = 1/L + 1/(M*S)",
    )
    yield board.iff(
        "So G is at least as wide as C wherever that is at most 1.", "1 >= 1/L + 1/(M*S)", "M*S*(L - 1) >= L"
    )
    separable = board.walk("separable", "h=14 w=14 L=64 k=3", "[L, h, w]", "dsc: {out: L, k: k}")
    board.define(extreme=board.put("T", M="1"), separable=separable.weights)
    yield board.prove(
        "With one channel in each primary partition it is the depthwise separable convolution.",
        "extreme = separable = L^2 + S*L",
        cite="IGCV1, sec. 3",
    )
    pair = board.walk(
        "pair", "h=14 w=14 K1=4 K2=16 k=3", "[K1*K2, h, w]",
        "conv: {out: K1*K2, k: k, g: K2}; shuffle: K2; conv: {out: K1*K2, g: K1}",
    )  # fmt: skip
    board.define(C="K1*K2", Q=pair.weights)
    yield board.prove(
        "IGCV2: let K1 and K2 be the channels in a partition of the two. Every output reaches every "
        "input by exactly one way where K1*K2 = C, the complementary condition. The weights are",
        "Q = C*(S*K1 + K2)",
        cite="IGCV2, sec. 3",
    )
    one, two = 3, 4
    board.define(inputs_reached=reach(one * two, two, one, True), K1_example=one, K2_example=two)
    yield board.count(
        f"Followed through {one * two} channels, {one} and {two} in a partition: each output reaches all "
        f"inputs,",
        "inputs_reached = K1_example*K2_example",
        cite="IGCV2, sec. 3, complementary condition",
    )
    most = max(count for seen in ways(one * two, two, one, True) for count in seen.values())
    board.define(most_ways=most)
    yield board.count("each of them by one way.", "most_ways = 1")
    yield board.prove(
        "With C fixed, the sum is smallest where its terms are equal, for the same reason as in `g1`.",
        "Q >= 2*C*sqrt(S*C)",
        because="C*(sqrt(S*K1) - sqrt(K2))^2",
    )
    yield board.only(
        "That is the balance condition of the paper, here for two convolutions.",
        "S*K1 + K2 = 2*sqrt(S*K1*K2)",
        "K2",
        "S*K1",
        cite="IGCV2, sec. 3, L = 2",
    )
    three = board.walk("igcv2", "h=14 w=14 K=8", "[K*K, h, w]", "igcv2: {out: K*K, L: 3, K: K}")
    board.define(weights_three=three.weights)
    yield board.prove(
        "The shipped block has a channel-wise 3x3 and then 1x1 convolutions of K channels: two of them "
        "serve K^2 channels, with 2 K^3 weights where a dense 1x1 has K^4.",
        "weights_three = 9*K^2 + 2*K^3",
    )
    third = board.walk(
        "igcv3", "h=14 w=14 d1=64 d2=96 t=6 g1=2 g2=2", "[d1, h, w]", "igcv3: {t: t, out: d2, g1: g1, g2: g2}"
    )
    board.define(madds_v3=third.madds)
    yield board.prove(
        "IGCV3 groups the two 1x1 convolutions of MobileNetV2's inverted residual.",
        "madds_v3 = h*w*d1*t*(d1/g1 + 9 + d2/g2)",
        cite="IGCV3, sec. 3",
    )


@lesson(
    "learned-groups",
    "Learned group convolutions",
    "CondenseNet learns which channels a group sees. What does that cost?",
    "CondenseNet: Huang et al. 2017, arXiv:1711.09224",
    beyond="Which connections are kept is decided in training (sec. 3.2), which costs more than these "
    "counts: there all of them are still there. That learned groups do better than fixed ones must be "
    "measured, as sec. 4 does.",
)
def learned_groups(board: Board) -> Steps:
    layer = board.walk(
        "condensed",
        "h=14 w=14 c=64 k=8 G=4 C=8",
        "[c, h, w]",
        "condense_layer: {growth: k, g: G, condense: C}",
    )
    dense = board.walk(
        "training", "h=14 w=14 c=64 k=8 G=4", "[c, h, w]", "conv: 4*k; conv: {out: k, k: 3, g: G}"
    )
    board.define(weights=layer.weights, madds=layer.madds, weights_dense=dense.weights)
    yield board.prove(
        "Before training has condensed it, the 1x1 layer reads all c channels for its 4k outputs.",
        "weights_dense = 4*c*k + 36*k^2/G",
        cite="sec. 3.1 and 3.2, Fig. 1 left",
    )
    yield board.prove(
        "Afterwards each of G groups keeps c/C of them: an index layer picks c*G/C, some perhaps twice, "
        "and a plain grouped convolution follows.",
        "weights = 4*c*k/C + 36*k^2/G",
        cite="sec. 3.1, Fig. 1 right",
    )
    yield board.prove(
        "The condensation factor takes from the 1x1 layer alone.", "weights_dense - weights = 4*c*k*(1 - 1/C)"
    )
    yield board.prove("Each weight is used once at each position.", "madds = h*w*weights")
    board.define(index_madds=layer.of("select", "madds"), index_mem=layer.of("select", "mem_access"))
    yield board.prove("Picking has no multiply-adds,", "index_madds = 0")
    yield board.prove(
        "but as a pass of its own it reads and writes what it picks.", "index_mem = 2*h*w*c*G/C"
    )
    board.define(weights_fixed=board.put("weights", C="G"))
    fixed = board.walk(
        "fixed", "h=14 w=14 c=64 k=8 G=4", "[c, h, w]", "conv: {out: 4*k, g: G}; conv: {out: k, k: 3, g: G}"
    )
    board.define(weights_grouped=fixed.weights)
    yield board.prove(
        "With C = G the index picks c channels, and learned groups have exactly the weights of fixed ones.",
        "weights_fixed = weights_grouped = 4*c*k/G + 36*k^2/G",
    )
