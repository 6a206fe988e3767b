"""The papers' formulas, each proven of layers that are walked on symbols, beside one that must not be."""

from __future__ import annotations

from typing import NamedTuple

import pytest

import convcost
from convcost.lessons.board import Board, Unproven

V1 = "MobileNets, arXiv:1704.04861"
XCEPTION = "Xception, arXiv:1610.02357"
SHUFFLE = "ShuffleNet, arXiv:1707.01083"
V2 = "MobileNetV2, arXiv:1801.04381"
SQUEEZE = "SqueezeNet, arXiv:1602.07360"
IGC = "Interleaved Group Convolutions, arXiv:1707.02725"
GUIDELINES = "ShuffleNet V2, arXiv:1807.11164"


class Layers(NamedTuple):
    """Lines of the language on a map, in letters; each letter with a point where integers must agree."""

    sizes: str
    input: str
    body: str


class Case(NamedTuple):
    """A paper's formula over `LAYERS_madds`, `LAYERS_weights` ...; `wrong` is near it and false."""

    name: str
    layers: dict[str, Layers]
    formula: str
    wrong: str
    cite: str


HALVED = "alpha=1/2 D_F=14 M=512 N=512 D_K=3"
SMALLER = "alpha=1/2 rho=1/2 D_F=14 M=512 N=512 D_K=3"
STANDARD = Layers("D_F=14 M=32 N=64 D_K=3", "[M, D_F, D_F]", "standard: {out: N, k: D_K}")
DSC = Layers("D_F=14 M=32 N=64 D_K=3", "[M, D_F, D_F]", "dsc: {out: N, k: D_K}")

ONE = {"standard": STANDARD, "dsc": DSC}
MOBILENET_V1 = [
    Case(
        "a standard convolution",
        ONE,
        "standard_madds = D_K*D_K*M*N*D_F*D_F",
        "standard_madds = D_K*D_K*M*D_F*D_F",
        f"{V1}, sec. 3.1, eq. 2",
    ),
    Case(
        "a depthwise separable convolution",
        ONE,
        "dsc_madds = D_K*D_K*M*D_F*D_F + M*N*D_F*D_F",
        "dsc_madds = D_K*D_K*N*D_F*D_F + M*N*D_F*D_F",
        f"{V1}, sec. 3.1, eq. 5",
    ),
    Case(
        "their ratio",
        ONE,
        "dsc_madds/standard_madds = 1/N + 1/D_K^2",
        "dsc_madds/standard_madds = 1/M + 1/D_K^2",
        f"{V1}, sec. 3.1, after eq. 5",
    ),
    Case(
        "the width multiplier",
        {"thin": Layers(HALVED, "[alpha*M, D_F, D_F]", "dsc: {out: alpha*N, k: D_K}")},
        "thin_madds = D_K*D_K*alpha*M*D_F*D_F + alpha*M*alpha*N*D_F*D_F",
        "thin_madds = alpha^2*(D_K*D_K*M*D_F*D_F + M*N*D_F*D_F)",
        f"{V1}, sec. 3.3, eq. 6",
    ),
    Case(
        "the resolution multiplier",
        {"small": Layers(SMALLER, "[alpha*M, rho*D_F, rho*D_F]", "dsc: {out: alpha*N, k: D_K}")},
        "small_madds = D_K*D_K*alpha*M*rho*D_F*rho*D_F + alpha*M*alpha*N*rho*D_F*rho*D_F",
        "small_madds = D_K*D_K*alpha*M*rho*D_F*D_F + alpha*M*alpha*N*rho*D_F*D_F",
        f"{V1}, sec. 3.4, eq. 7",
    ),
]

# c_in and c_out, without the underscore: c_in is a name of the language
CHANNELS = "cin=32 cout=64 k=3"
ON = "[cin, 14, 14]"
ORDERS = {
    "regular": Layers(CHANNELS, ON, "conv: {out: cout, k: k}"),
    "depthwise_first": Layers(CHANNELS, ON, "dwconv: k; conv: cout"),
    "pointwise_first": Layers(CHANNELS, ON, "conv: cout; dwconv: k"),
    "shipped": Layers(CHANNELS, ON, "extreme_inception: {out: cout, k: k}"),
}
SPECTRUM = {
    "segments": Layers("c=96 g=3 k=3", "[c, 14, 14]", "conv: c; conv: {out: c, k: k, g: g}"),
    "single": Layers("c=96 k=3", "[c, 14, 14]", "conv: c; conv: {out: c, k: k}"),
    "extreme": Layers("c=96 k=3", "[c, 14, 14]", "conv: c; dwconv: k"),
    "shipped": Layers("c=96 g=3 k=3", "[c, 14, 14]", "extreme_inception: {out: c, k: k, g: g}"),
}
TOWER = "[conv: n, conv: {out: n, k: 3}]"
SEGMENT = "[conv: {out: n, k: 3}]"
TOWERS = {
    "towers": Layers(
        "n=32 c=64",
        "[c, 14, 14]",
        f"{{branches: {{join: concat, paths: {{a: {TOWER}, b: {TOWER}, c: {TOWER}}}}}}}",
    ),
    "reformulated": Layers(
        "n=32 c=64",
        "[c, 14, 14]",
        "conv: 3*n; {split: {join: concat, sizes: [n, n, n], "
        f"paths: {{a: {SEGMENT}, b: {SEGMENT}, c: {SEGMENT}}}}}}}",
    ),
    "grouped": Layers("n=32 c=64", "[c, 14, 14]", "extreme_inception: {out: 3*n, g: 3}"),
}
SEC = f"{XCEPTION}, sec. 1.2"
XCEPTIONS = [
    Case(
        "parameters, depthwise first",
        ORDERS,
        "depthwise_first_weights/regular_weights = (cin*k^2 + cin*cout)/(cin*cout*k^2)",
        "depthwise_first_weights/regular_weights = (cout*k^2 + cin*cout)/(cin*cout*k^2)",
        f"{SEC}, as usually implemented, from channels in to channels out",
    ),
    Case(
        "parameters, 1x1 first",
        ORDERS,
        "pointwise_first_weights/regular_weights = (cin*cout + cout*k^2)/(cin*cout*k^2)",
        "pointwise_first_weights/regular_weights = (cin*k^2 + cin*cout)/(cin*cout*k^2)",
        f"{SEC} and Fig. 4: Inception performs the 1x1 convolution first",
    ),
    Case(
        "the shipped block has the 1x1 first",
        ORDERS,
        "shipped_madds = pointwise_first_madds = 14*14*(cin*cout + cout*k^2)",
        "shipped_madds = depthwise_first_madds",
        f"{XCEPTION}, Fig. 4",
    ),
    Case(
        "what the order is worth",
        ORDERS,
        "pointwise_first_weights - depthwise_first_weights = k^2*(cout - cin)",
        "pointwise_first_weights - depthwise_first_weights = 0",
        f"{SEC}, where cin and cout differ",
    ),
    Case(
        "the spectrum over segments",
        SPECTRUM,
        "segments_weights = shipped_weights = c^2 + c^2*k^2/g",
        "segments_weights = c^2 + c*k^2/g",
        f"{SEC}: a discrete spectrum, by the number of segments",
    ),
    Case(
        "at one end, a regular convolution behind a 1x1",
        SPECTRUM,
        "single_weights = segments_weights - c^2*k^2/g + c^2*k^2",
        "single_weights = segments_weights",
        f"{SEC}: the single-segment case",
    ),
    Case(
        "at the other, one segment a channel",
        SPECTRUM,
        "extreme_weights = segments_weights - c^2*k^2/g + c*k^2",
        "extreme_weights = segments_weights",
        f"{SEC}: one segment per channel",
    ),
    Case(
        "Inception's towers are three segments behind one 1x1",
        TOWERS,
        "towers_madds = reformulated_madds = grouped_madds = 14*14*(3*c*n + 27*n^2)",
        "towers_madds = 14*14*(3*c*n + 81*n^2)",
        f"{XCEPTION}, Fig. 2 and 3: a strictly equivalent reformulation",
    ),
    Case(
        "nor do the towers differ in parameters",
        TOWERS,
        "towers_weights = reformulated_weights = grouped_weights",
        "towers_weights = 2*grouped_weights",
        f"{XCEPTION}, Fig. 2 and 3",
    ),
]

UNIT = "h=28 w=28 c=240 m=60"
UNITS = {
    "resnet": Layers(UNIT, "[c, h, w]", "conv: m; conv: {out: m, k: 3}; conv: c"),
    "resnext": Layers(f"{UNIT} g=3", "[c, h, w]", "conv: m; conv: {out: m, k: 3, g: g}; conv: c"),
    "shufflenet": Layers(
        f"{UNIT} g=3", "[c, h, w]", "conv: {out: m, g: g}; shuffle: g; dwconv: 3; conv: {out: c, g: g}"
    ),
    "shipped_resnet": Layers(UNIT, "[c, h, w]", "bottleneck: {mid: m, out: c}"),
    "shipped_resnext": Layers(f"{UNIT} g=3", "[c, h, w]", "bottleneck: {mid: m, out: c, g: g}"),
    "shipped_shufflenet": Layers("h=28 w=28 m=60 g=3", "[4*m, h, w]", "shuffle_unit_v1: {out: 4*m, g: g}"),
}
ARITHMETIC = f"{SHUFFLE}, sec. 3.2"
SHUFFLENETS = [
    Case(
        "ResNet's unit",
        UNITS,
        "resnet_madds = shipped_resnet_madds = h*w*(2*c*m + 9*m^2)",
        "resnet_madds = h*w*(c*m + 9*m^2)",
        ARITHMETIC,
    ),
    Case(
        "ResNeXt's unit",
        UNITS,
        "resnext_madds = shipped_resnext_madds = h*w*(2*c*m + 9*m^2/g)",
        "resnext_madds = h*w*(2*c*m/g + 9*m^2/g)",
        ARITHMETIC,
    ),
    Case(
        "ShuffleNet's unit",
        UNITS,
        "shufflenet_madds = h*w*(2*c*m/g + 9*m)",
        "shufflenet_madds = h*w*(2*c*m/g + 9*m/g)",
        ARITHMETIC,
    ),
    Case(
        "the shipped unit, with m a quarter of c",
        UNITS,
        "shipped_shufflenet_madds = h*w*(2*(4*m)*m/g + 9*m)",
        "shipped_shufflenet_madds = h*w*(2*m*m/g + 9*m)",
        f"{SHUFFLE}, sec. 3.2 and 3.3: the number of bottleneck channels is 1/4 of the output's",
    ),
]

BOTTLENECK = Layers("h=14 w=14 d1=64 d2=96 t=6 k=3", "[d1, h, w]", "inverted_residual: {t: t, out: d2, k: k}")
FIRE = "h=28 w=28 c=96 s1=16 e1=64 e3=48"
EXPAND = "{branches: {join: concat, paths: {a: [conv_act: e1], b: [conv_act: {out: e3, k: 3}]}}}"
FIRES = {
    "fire": Layers(FIRE, "[c, h, w]", f"conv_act: s1; {EXPAND}"),
    "shipped": Layers("h=28 w=28 c=96 s1=16 e=64", "[c, h, w]", "fire: {squeeze: s1, expand: e}"),
}
IGCV1 = {"igc": Layers("h=14 w=14 L=4 M=32 k=3", "[L*M, h, w]", "igc: {out: L*M, L: L, k: k}")}
PAIR = {"grouped": Layers("h=14 w=14 c1=32 c2=64 g=4", "[c1, h, w]", "conv: {out: c2, g: g}")}
OTHERS = [
    Case(
        "MobileNetV2's bottleneck",
        {"bottleneck": BOTTLENECK},
        "bottleneck_madds = h*w*d1*t*(d1 + k^2 + d2)",
        "bottleneck_madds = h*w*d1*t*(2*d1 + k^2)",
        f"{V2}, sec. 3.3",
    ),
    Case(
        "the fire module",
        FIRES,
        "fire_madds = h*w*(c*s1 + s1*e1 + 9*s1*e3)",
        "fire_madds = h*w*(c*s1 + s1*e1 + s1*e3)",
        f"{SQUEEZE}, sec. 3.1 (channels in, times filters, times 3*3) and 3.2 (s1x1, e1x1, e3x3)",
    ),
    Case(
        "the shipped fire module, with its biases",
        FIRES,
        "shipped_params = c*s1 + s1*e + 9*s1*e + s1 + 2*e",
        "shipped_params = c*s1 + s1*e + 9*s1*e",
        f"{SQUEEZE}, sec. 3.2; e1x1 = e3x3 in all of Table 1",
    ),
    Case(
        "interleaved group convolutions",
        IGCV1,
        "igc_weights = (L*M)^2*(k^2/L + 1/M)",
        "igc_weights = (L*M)^2*(k^2/M + 1/L)",
        f"{IGC}, sec. 3: T = G^2 (S/L + 1/M), with S = k^2 and G = L M",
    ),
    Case(
        "memory access of a grouped 1x1",
        PAIR,
        "grouped_mem_access = h*w*(c1 + c2) + c1*c2/g",
        "grouped_mem_access = h*w*(c1 + c2)/g + c1*c2/g",
        f"{GUIDELINES}, sec. 2, G1 and G2",
    ),
]
CASES = [*MOBILENET_V1, *XCEPTIONS, *SHUFFLENETS, *OTHERS]
COUNTS = ("madds", "weights", "params", "mem_access")


def board(case: Case) -> Board:
    """The case's layers, walked; each count under the name of its layers."""
    made = Board()
    for name, layers in case.layers.items():
        walked = made.walk(name, *layers)
        made.define(**{f"{name}_{count}": getattr(walked, count) for count in COUNTS})
    return made


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_the_paper_is_right_and_its_neighbour_is_not(case: Case) -> None:
    made = board(case)
    assert made.prove(case.name, case.formula, cite=case.cite).proof.startswith("proven")
    with pytest.raises(Unproven, match="differ"):
        made.prove(case.name, case.wrong)


def test_each_case_has_a_source() -> None:
    assert all("arXiv:" in case.cite for case in CASES)
    assert len({case.name for case in CASES}) == len(CASES)


# ------------------------------------------------------------------------------ as the command says them

PRINTED = [  # what is compared, what is assumed, the count, the ratio as it is printed
    (("standard", "dsc"), (), "count", "1/N + 1/D_K^2"),
    (("standard", "dsc"), (), "params", "1/N + 1/D_K^2"),
    (("standard", "extreme_inception"), (), "params", "1/M + 1/D_K^2"),
    (("standard", "extreme_inception:g=?"), (), "count", "N/(M*g) + 1/D_K^2"),
    (("dsc", "dsc:m=alpha*M,n=alpha*N"), (), "count", "alpha*(D_K^2 + N*alpha)/(D_K^2 + N)"),
    (("dsc", "dsc:df=rho*D_F"), (), "count", "rho^2"),
    (("bottleneck:n=M", "bottleneck:n=M,g=?"), (), "count", "(2*M + 9*mid/g)/(2*M + 9*mid)"),
    (("standard", "inverted_residual"), ("t != 1", "M != N"), "count", "t*(D_K^2 + M + N)/(D_K^2*N)"),
    (("standard", "fire"), (), "count", "squeeze*(M + 10*expand)/(D_K^2*M*N)"),
    (("standard", "igc"), (), "count", "1/L + L/(D_K^2*M)"),
]


@pytest.mark.parametrize(("sides", "assume", "metric", "printed"), PRINTED)
def test_compare_prints_a_ratio_as_the_papers_do(
    sides: tuple[str, ...], assume: tuple[str, ...], metric: str, printed: str
) -> None:
    assert convcost.compare(*sides, assume=assume).ratio(metric).formula == printed


COUNTED = [  # the counts of one side
    ("standard", (), "count", "D_F^2*D_K^2*M*N"),
    ("dsc", (), "mem_access", "D_F^2*(3*M + N) + M*(D_K^2 + N)"),
    ("bottleneck:n=M", (), "count", "D_F^2*mid*(2*M + 9*mid)"),
    ("bottleneck:n=M,g=?", (), "count", "D_F^2*mid*(2*M + 9*mid/g)"),
    ("inverted_residual", ("t != 1", "M != N"), "count", "D_F^2*M*t*(D_K^2 + M + N)"),
    ("fire", (), "count", "D_F^2*squeeze*(M + 10*expand)"),
    ("conv_act:pad=valid", (), "count", "D_K^2*M*N*(D_F - D_K + 1)^2"),
]


@pytest.mark.parametrize(("side", "assume", "metric", "printed"), COUNTED)
def test_compare_prints_a_count_as_the_papers_do(
    side: str, assume: tuple[str, ...], metric: str, printed: str
) -> None:
    comparison = convcost.compare("standard", side, assume=assume)
    assert comparison.sides[1].counts[metric].formula == printed
