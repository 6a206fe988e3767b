"""SqueezeNet's fire module, the pooling in front of a classifier, and squeeze-and-excite."""

from __future__ import annotations

import convcost
from convcost.lessons.board import Board
from convcost.lessons.registry import Steps, lesson

SQUEEZENET = "SqueezeNet: Iandola et al. 2016, arXiv:1602.07360"


@lesson(
    "fire",
    "The fire module",
    "Where do SqueezeNet's 50 times fewer parameters begin?",
    SQUEEZENET,
    beyond="The paper chose the sizes by measuring accuracy (sec. 5). Cost says what each choice takes, "
    "not what it gives.",
)
def fire(board: Board) -> Steps:
    module = board.walk("fire", "h=55 w=55 c=96 s=16 e=64", "[c, h, w]", "fire: {squeeze: s, expand: e}")
    plain = board.walk("plain", "h=55 w=55 c=96 e=64", "[c, h, w]", "conv: {out: 2*e, k: 3}")
    board.define(weights=module.weights, biases=module.biases, params=module.params, madds=module.madds)
    board.define(weights_plain=plain.weights)
    yield board.prove(
        "A squeeze layer of s 1x1 filters feeds e filters of 1x1 and e of 3x3, side by side.",
        "weights = c*s + s*e + 9*s*e",
        cite="sec. 3.2, Fig. 1",
    )
    yield board.prove(
        "All of it is in proportion to s: the squeeze limits what the 3x3 filters see (strategy 2).",
        "weights = s*(c + 10*e)",
        cite="sec. 3.1",
    )
    yield board.prove("One 3x3 convolution with as many channels out:", "weights_plain = 18*c*e")
    yield board.prove("The ratio is the sum of two:", "weights/weights_plain = s/(18*e) + 5*s/(9*c)")
    yield board.prove(
        "Of the expand layers the 3x3 half has nine tenths of the weights: half of the filters made 1x1 "
        "saves four ninths (strategy 1).",
        "(s*e + 9*s*e)/(18*s*e) = 5/9",
        cite="sec. 3.1",
    )
    yield board.prove("Every filter has a bias, too.", "biases = s + 2*e")
    yield board.at(
        "So the paper's fire2 has, as its Table 1 prints,", "params = 11920", cite="Table 1", c=96, s=16, e=64
    )
    yield board.at("A plain convolution is larger by", "weights_plain/weights", c=96, s=16, e=64)
    yield board.prove(
        "Each weight is used once at each position, so maps that stay large cost multiply-adds, not "
        "parameters: strategy 3, downsampling late, is bought with computation.",
        "madds = h*w*weights",
        cite="sec. 3.1",
    )


@lesson(
    "global-pool",
    "Global pooling instead of fully connected layers",
    "What does the pooling in front of a classifier save, and is SqueezeNet's a maximum or an average?",
    "Network in Network: Lin et al. 2013, arXiv:1312.4400",
    SQUEEZENET,
    beyond="Network in Network argues that it overfits less (sec. 3.2): a matter of training, not of cost.",
)
def global_pool(board: Board) -> Steps:
    sizes = "h=7 w=7 c=512 n=1000"
    flat = board.walk("flattened", sizes, "[c, h, w]", "flatten; linear: n")
    pooled = board.walk("pooled", sizes, "[c, h, w]", "global_avg_pool; linear: n")
    conv = board.walk("convolved", sizes, "[c, h, w]", "conv: {out: n, bias: true}; global_avg_pool")
    board.define(params_flat=flat.params, params_pooled=pooled.params, params_conv=conv.params)
    board.define(madds_flat=flat.madds, madds_pooled=pooled.madds, madds_conv=conv.madds)
    board.define(weights_flat=flat.weights, weights_pooled=pooled.weights)
    yield board.prove(
        "A fully connected layer on the whole map has a weight for each element and class, and a bias "
        "for each class.",
        "params_flat = c*h*w*n + n",
    )
    yield board.prove(
        "On the mean of each channel it has one for each channel and class.",
        "params_pooled = c*n + n",
        cite="Network in Network, sec. 3.2",
    )
    yield board.prove("The map's size leaves the weights.", "weights_flat/weights_pooled = h*w")
    yield board.prove("It leaves the multiply-adds, too.", "madds_flat/madds_pooled = h*w")
    board.define(averaged=pooled.ops("global_avg_pool"))
    yield board.prove("The pooling is no multiply-add: it adds up each element once.", "averaged = c*h*w")
    yield board.prove(
        "SqueezeNet turns the order round: a 1x1 convolution to the classes, then the pooling. "
        "Parameters are the same,",
        "params_conv = params_pooled",
        cite="SqueezeNet, Table 1, conv10",
    )
    yield board.prove(
        "but its multiply-adds are those of the fully connected layer again.", "madds_conv = madds_flat"
    )
    rows = convcost.report("squeezenet_1_0").rows
    averages = sum(row.node.op == "global_avg_pool" for row in rows)
    maxima = sum(row.node.op == "global_max_pool" for row in rows)
    board.define(global_averages=averages, global_maxima=maxima)
    yield board.count(
        "In SqueezeNet 1.0 as it is shipped here the pool behind conv10 is an average,",
        "global_averages = 1",
        cite="SqueezeNet, Table 1, avgpool10",
    )
    yield board.count(
        "and no other pool is global. The pools between the stages are maxima.", "global_maxima = 0"
    )


@lesson(
    "squeeze-excite",
    "Squeeze-and-excite",
    "What does a gate on every channel cost?",
    "SENet: Hu et al. 2017, arXiv:1709.01507",
    "MobileNetV3: Howard et al. 2019, arXiv:1905.02244",
    beyond="How much accuracy it adds, and in which layers, was measured (SENet, sec. 6; MobileNetV3, "
    "sec. 6). It also must see a whole map before the first gate is known, which no count shows.",
)
def squeeze_excite(board: Board) -> Steps:
    gate = board.walk("gate", "h=14 w=14 r=4 s=120", "[r*s, h, w]", "squeeze_excite: s")
    conv = board.walk("pointwise", "h=14 w=14 r=4 s=120", "[r*s, h, w]", "conv: r*s")
    board.define(c="r*s", weights=gate.weights, biases=gate.biases, madds=gate.madds, gated=gate.ops("mul"))
    board.define(averaged=gate.ops("global_avg_pool"), madds_pointwise=conv.madds)
    yield board.prove(
        "The mean of each of c channels passes two linear layers, narrow by a factor r between them: s = "
        "c/r.",
        "weights = 2*c*s = 2*c^2/r",
        cite="SENet, sec. 4, eq. 5, one block",
    )
    yield board.prove("Both have biases.", "biases = s + c")
    yield board.prove("They work on vectors, so the map's size is not in it.", "madds = 2*c^2/r")
    yield board.prove(
        "Against a 1x1 convolution of the same channels that is little, and less the larger the map.",
        "madds/madds_pointwise = 2/(r*h*w)",
    )
    yield board.prove("What is done to the map is no multiply-add: it is averaged once,", "averaged = c*h*w")
    yield board.prove("and each element is multiplied by its channel's gate once.", "gated = c*h*w")
    board.define(mem_pool=gate.of("global_avg_pool", "mem_access"), mem_gate=gate.of("mul", "mem_access"))
    yield board.prove(
        "In memory access that is three passes over the map.", "mem_pool + mem_gate = 3*c*h*w + 2*c"
    )
    yield board.at(
        "MobileNetV3 narrows to a quarter of the expansion. For 480 channels on 14 x 14, in parameters:",
        "weights + biases",
        cite="MobileNetV3, sec. 5.3",
        r=4, s=120,
    )  # fmt: skip
