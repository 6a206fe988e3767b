"""MobileNet's building blocks and multipliers."""

from __future__ import annotations

import convcost
from convcost.lessons.board import Board
from convcost.lessons.registry import Steps, lesson

V1 = "MobileNetV1: Howard et al. 2017, arXiv:1704.04861"
V2 = "MobileNetV2: Sandler et al. 2018, arXiv:1801.04381"


@lesson(
    "dsc",
    "Depthwise separable convolution",
    "Why does it take 8 to 9 times fewer multiply-adds, and when?",
    V1,
    beyond="Whether it learns as well is not a matter of cost: in the paper's Table 4, MobileNet with "
    "full convolutions is 1.1 points more accurate on ImageNet (71.7 % to 70.6 %).",
)
def dsc(board: Board) -> Steps:
    sizes = "D_F=14 M=512 N=512 D_K=3"
    full = board.walk("standard", sizes, "[M, D_F, D_F]", "standard: {out: N, k: D_K}")
    separable = board.walk("separable", sizes, "[M, D_F, D_F]", "dsc: {out: N, k: D_K}")
    depthwise, pointwise = separable.of("dwconv", "madds"), separable.of("conv", "madds")
    board.define(standard=full.madds, depthwise=depthwise, pointwise=pointwise, dsc=separable.madds)
    yield board.prove(
        "A standard convolution filters and combines at once: each output channel looks at every input "
        "channel.",
        "standard = D_K*D_K*M*N*D_F*D_F",
        cite="sec. 3.1, eq. 2",
    )
    yield board.prove(
        "Depthwise, there is one filter for each input channel, and nothing is combined.",
        "depthwise = D_K*D_K*M*D_F*D_F",
        cite="sec. 3.1, eq. 4",
    )
    yield board.prove("Pointwise, 1x1 filters combine.", "pointwise = M*N*D_F*D_F", cite="sec. 3.1, eq. 5")
    yield board.prove(
        "The two together stand to the standard one as a sum of two fractions; M and D_F cancel.",
        "dsc/standard = 1/N + 1/D_K^2",
        cite="sec. 3.1, after eq. 5",
    )
    yield board.prove("So it is N D_K^2 / (N + D_K^2) times fewer.", "standard/dsc = N*D_K^2/(N + D_K^2)")
    board.define(fewer=board.put("standard/dsc", D_K="3"))
    yield board.prove("For 3x3 kernels:", "fewer = 9*N/(N + 9)")
    yield board.prove("That is always less than 9,", "fewer < 9")
    yield board.iff("and at least 8 for wide enough layers.", "fewer >= 8", "N >= 72")
    yield board.at(
        "So the paper's `between 8 to 9 times less` begins at 72 channels out; a first layer with 64 is "
        "not there:",
        "fewer",
        cite="sec. 3.1",
        N=64,
    )
    yield board.at("At 72 it is exactly 8:", "fewer", N=72)
    yield board.at("The layers that MobileNet repeats most have 512:", "fewer", N=512)
    board.define(params_standard=full.params, params_dsc=separable.params)
    yield board.prove(
        "Each weight is used once at each position, so parameters have the same ratio.",
        "params_dsc/params_standard = dsc/standard",
    )
    board.define(mem_standard=full.mem_access, mem_dsc=separable.mem_access)
    yield board.prove(
        "Memory access does not: the map between the two is written and read again.",
        "mem_dsc - mem_standard = 2*D_F^2*M + D_K^2*M + M*N - D_K^2*M*N",
    )
    board.define(more_memory=board.put("mem_dsc - mem_standard", D_K="3"))
    yield board.iff(
        "With 3x3 kernels it therefore passes more elements on large maps.",
        "more_memory >= 0",
        "2*D_F^2 + 9 >= 8*N",
    )


@lesson(
    "width-multiplier",
    "The width multiplier, alpha",
    "What does a network with alpha times the channels cost?",
    V1,
    beyond="How accurate a thinner network is must be measured: Table 6 has 70.6 % for alpha = 1, 68.4 % "
    "for 0.75, 63.7 % for 0.5 and 50.6 % for 0.25.",
)
def width_multiplier(board: Board) -> Steps:
    sizes = "alpha=1/2 D_F=14 M=512 N=512 D_K=3"
    layer = board.walk("thin", sizes, "[alpha*M, D_F, D_F]", "dsc: {out: alpha*N, k: D_K}")
    whole = board.walk("whole", "D_F=14 M=512 N=512 D_K=3", "[M, D_F, D_F]", "dsc: {out: N, k: D_K}")
    board.define(thin=layer.madds, whole=whole.madds)
    yield board.prove(
        "Channels in and out are multiplied by alpha. Here alpha*M and alpha*N are taken to be whole; "
        "the networks round them.",
        "thin = D_K*D_K*alpha*M*D_F*D_F + alpha*M*alpha*N*D_F*D_F",
        cite="sec. 3.3, eq. 6",
    )
    yield board.prove(
        "The pointwise part has alpha twice, the depthwise part once.",
        "thin/whole = alpha*(D_K^2 + alpha*N)/(D_K^2 + N)",
    )
    board.letter("u", whole=False)
    yield board.prove(
        "So for alpha below 1 it is never quite as little as alpha squared ...",
        "thin/whole >= alpha^2",
        because="alpha*(1 - alpha)*D_K^2/(D_K^2 + N)",
        alpha="1/(1 + u)",
        cite="sec. 3.3: `roughly alpha^2`",
    )
    yield board.prove(
        "... and never more than alpha.",
        "thin/whole <= alpha",
        because="alpha*(1 - alpha)*N/(D_K^2 + N)",
        alpha="1/(1 + u)",
    )
    board.define(params_thin=layer.params, params_whole=whole.params)
    yield board.prove("Parameters go the same way.", "params_thin/params_whole = thin/whole")
    for alpha in ("1.0", "0.75", "0.5", "0.25"):
        name = f"madds_at_{alpha.replace('.', '_')}"
        board.define(**{name: convcost.report("mobilenet_v1", {"alpha": alpha}).totals.madds})
        yield board.at(
            f"The whole of MobileNetV1 with alpha = {alpha}, in multiply-adds:", name, cite="Table 6"
        )


@lesson(
    "resolution-multiplier",
    "The resolution multiplier, rho",
    "What does a network cost on an image of rho times the side?",
    V1,
    beyond="How accurate it is on a smaller image must be measured: Table 7 has 70.6 % at 224, 69.1 % at "
    "192, 67.2 % at 160 and 64.4 % at 128.",
)
def resolution_multiplier(board: Board) -> Steps:
    sizes = "alpha=1/2 rho=1/2 D_F=14 M=512 N=512 D_K=3"
    layer = board.walk("small", sizes, "[alpha*M, rho*D_F, rho*D_F]", "dsc: {out: alpha*N, k: D_K}")
    whole = board.walk(
        "whole", "alpha=1/2 D_F=14 M=512 N=512 D_K=3", "[alpha*M, D_F, D_F]", "dsc: {out: alpha*N, k: D_K}"
    )
    board.define(small=layer.madds, whole=whole.madds)
    yield board.prove(
        "Every map's side is multiplied by rho. Where rho*D_F is whole:",
        "small = D_K*D_K*alpha*M*rho*D_F*rho*D_F + alpha*M*alpha*N*rho*D_F*rho*D_F",
        cite="sec. 3.4, eq. 7",
    )
    yield board.prove("Every term has rho twice: the cost goes with the area.", "small/whole = rho^2")
    board.define(params_small=layer.params, params_whole=whole.params)
    yield board.prove("No weight depends on the map: parameters stay.", "params_small = params_whole")
    board.define(mem_small=layer.mem_access, mem_whole=whole.mem_access)
    yield board.prove(
        "Memory access shrinks less than rho squared for rho below 1, since the weights are read all the "
        "same.",
        "mem_small - rho^2*mem_whole = (1 - rho^2)*params_whole",
    )
    for side in (224, 192, 160, 128):
        name = f"madds_at_{side}"
        board.define(**{name: convcost.report("mobilenet_v1", {"resolution": side}).totals.madds})
        yield board.at(
            f"The whole of MobileNetV1 at {side} x {side}, in multiply-adds:", name, cite="Table 7"
        )


@lesson(
    "inverted-residual",
    "The inverted residual",
    "What does a bottleneck cost that is wide in the middle?",
    V2,
    beyond="That shortcuts between the narrow ends do better than between the wide ones is a finding "
    "about training (sec. 6.4, Fig. 6b).",
)
def inverted_residual(board: Board) -> Steps:
    sizes = "h=14 w=14 d1=64 d2=96 t=6 k=3"
    block = board.walk("block", sizes, "[d1, h, w]", "inverted_residual: {t: t, out: d2, k: k}")
    board.define(madds=block.madds, weights=block.weights)
    board.define(depthwise=block.of("dwconv", "madds"), both_pointwise=block.of("conv", "madds"))
    yield board.prove(
        "A 1x1 convolution expands d1 channels to t*d1; another projects them to d2.",
        "both_pointwise = h*w*d1*t*d1 + h*w*t*d1*d2",
        cite="sec. 3.3, Table 1",
    )
    yield board.prove(
        "Between them each of the t*d1 channels is filtered by itself.", "depthwise = h*w*t*d1*k^2"
    )
    yield board.prove("Together:", "madds = h*w*d1*t*(d1 + k^2 + d2)", cite="sec. 3.3")
    yield board.prove("The weights are the same without the map.", "weights = d1*t*(d1 + k^2 + d2)")
    strided = board.walk(
        "strided",
        "p=7 q=7 d1=64 d2=96 t=6 k=3",
        "[d1, 2*p, 2*q]",
        "inverted_residual: {t: t, out: d2, k: k, s: 2}",
    )
    board.define(madds_strided=strided.madds)
    yield board.prove(
        "With stride 2, on a map of 2p x 2q, only the expansion still works at the full size.",
        "madds_strided = p*q*d1*t*(4*d1 + k^2 + d2)",
    )
    same = board.walk(
        "shortcut", "h=14 w=14 d1=64 t=6 k=3", "[d1, h, w]", "inverted_residual: {t: t, out: d1, k: k}"
    )
    board.define(shortcut_madds=same.of("add", "madds"), shortcut_mem=same.of("add", "mem_access"))
    yield board.prove(
        "Where d1 = d2 and the stride is 1, a shortcut is added: no multiply-adds,", "shortcut_madds = 0"
    )
    yield board.prove("but three narrow maps of memory access.", "shortcut_mem = 3*h*w*d1")
    yield board.at("The example's block, in multiply-adds:", "madds", h=14, w=14, d1=64, d2=96, t=6, k=3)
    full = board.walk("full", "h=14 w=14 d1=64 t=6 k=3", "[t*d1, h, w]", "standard: {out: t*d1, k: k}")
    board.define(inner_full=full.madds)
    yield board.prove(
        "The wide middle is affordable because it is depthwise: a full convolution there would take t*d1 "
        "times as many.",
        "inner_full/depthwise = t*d1",
    )


@lesson(
    "linear-bottleneck",
    "The linear bottleneck",
    "Why is there no activation after the projection, and what does leaving it out save?",
    V2,
    beyond="The reason is not cost. The paper argues that ReLU loses information where there are few "
    "channels (sec. 3.2, Appendix A), and measures that the linear one trains better (sec. 6.4, Fig. 6a).",
)
def linear_bottleneck(board: Board) -> Steps:
    sizes = "h=14 w=14 e=384 d=64"
    linear = board.walk("linear", sizes, "[e, h, w]", "conv_bn: d")
    bent = board.walk("activated", sizes, "[e, h, w]", "conv_bn_act: {out: d, act: relu6}")
    board.define(
        madds=linear.madds, madds_activated=bent.madds, params=linear.params, params_activated=bent.params
    )
    board.define(mem=linear.mem_access, mem_activated=bent.mem_access, relu6=bent.ops("relu6"))
    yield board.prove(
        "The projection takes e channels to d, with or without an activation behind it.",
        "madds = madds_activated = h*w*e*d",
    )
    yield board.prove("Nor are there other parameters.", "params_activated - params = 0")
    yield board.prove("An activation would be one operation for each element,", "relu6 = h*w*d")
    yield board.prove(
        "and would read and write the narrow map once more, as a pass of its own.",
        "mem_activated - mem = 2*h*w*d",
    )
    yield board.say(
        "That is the whole saving, and a library that fuses the activation into the convolution saves "
        "nothing: cost does not decide this question."
    )
