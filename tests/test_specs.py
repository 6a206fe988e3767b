"""The shipped specs, each held by integers that somebody else published or measured."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from checked import outcome

import convcost
from convcost import library
from convcost.cost import total
from convcost.reports import Report
from convcost.spec import Spec

NAMES = library.spec_names()

# ------------------------------------------------------------------------------ published integers

# (spec and variant, settings, params, multiply-adds or None, source). Multiply-adds were measured: half of
# what PyTorch's FlopCounterMode counts on that model, which is convolutions and linear layers, no more.
PUBLISHED: list[tuple[str, dict[str, object], int, int | None, str]] = [
    ("alexnet one_weird_trick", {}, 61_100_840, 714_188_480, "torchvision alexnet"),
    ("alexnet", {"groups": 1}, 62_378_344, None, "osmr alexnet"),
    ("condensenet c4_g4", {}, 4_773_944, 516_640_576, "pytorchcv condensenet74_c4_g4"),
    ("condensenet c8_g8", {}, 2_935_416, None, "osmr condensenet74_c8_g8"),
    ("darknet_reference", {}, 7_319_416, None, "osmr darknet_ref"),
    ("fd_mobilenet", {}, 2_901_288, 144_489_728, "pytorchcv fdmobilenet_w1"),
    ("fd_mobilenet", {"alpha": "0.75"}, 1_833_304, None, "osmr fdmobilenet_w3d4"),
    ("fd_mobilenet", {"alpha": "0.5"}, 993_928, None, "osmr fdmobilenet_wd2"),
    ("googlenet torchvision", {}, 6_624_904, 1_498_376_192, "torchvision googlenet, aux_logits=False"),
    ("igcv1 resnet_c64", {}, 11_689_512, 1_814_073_344, "it is torchvision resnet18"),
    ("igcv3", {}, 3_491_688, 312_970_176, "pytorchcv igcv3_w1"),
    ("mobilenet_v1", {}, 4_231_976, 568_740_352, "pytorchcv mobilenet_w1"),
    ("mobilenet_v1", {"alpha": "0.75"}, 2_585_560, None, "osmr mobilenet_w3d4"),
    ("mobilenet_v1", {"alpha": "0.5"}, 1_331_592, None, "osmr mobilenet_wd2"),
    ("mobilenet_v2", {}, 3_504_872, 300_774_272, "torchvision mobilenet_v2"),
    ("mobilenet_v3_large", {}, 5_483_032, 216_589_760, "torchvision mobilenet_v3_large"),
    ("mobilenet_v3_small", {}, 2_542_856, 56_510_400, "torchvision mobilenet_v3_small"),
    ("resnet resnet18", {}, 11_689_512, 1_814_073_344, "torchvision resnet18"),
    ("resnet resnet34", {}, 21_797_672, None, "torchvision resnet34"),
    ("resnet", {}, 25_557_032, 4_089_184_256, "torchvision resnet50"),
    ("resnet resnet101", {}, 44_549_160, None, "torchvision resnet101"),
    ("resnet resnet152", {}, 60_192_808, None, "torchvision resnet152"),
    ("resnext", {}, 25_028_904, 4_230_479_872, "torchvision resnext50_32x4d"),
    ("resnext resnext101_32x8d", {}, 88_791_336, None, "torchvision resnext101_32x8d"),
    ("shufflenet_v1", {}, 1_865_728, 137_460_672, "pytorchcv shufflenet_g3_w1"),
    ("shufflenet_v1", {"groups": 1}, 1_531_936, None, "osmr shufflenet_g1_w1"),
    ("shufflenet_v1", {"groups": 2}, 1_733_848, None, "osmr shufflenet_g2_w1"),
    ("shufflenet_v1", {"groups": 4}, 1_968_344, None, "osmr shufflenet_g4_w1"),
    ("shufflenet_v1", {"groups": 8}, 2_434_768, None, "osmr shufflenet_g8_w1"),
    ("shufflenet_v2_torchvision", {}, 2_278_604, 144_907_992, "torchvision shufflenet_v2_x1_0"),
    ("shufflenet_v2_torchvision", {"scale": "0.5"}, 1_366_792, 40_476_448, "torchvision shufflenet_v2_x0_5"),
    # at 0.5x the layout of the paper costs the same
    ("shufflenet_v2", {"scale": "0.5", "fc_bias": True}, 1_366_792, 40_476_448, "torchvision x0_5 again"),
    ("squeezenet_1_0", {}, 1_248_424, 818_924_576, "paper, Table 1; torchvision squeezenet1_0"),
    ("squeezenet_1_1", {}, 1_235_496, 349_151_936, "torchvision squeezenet1_1"),
    ("tiny_darknet", {}, 1_042_104, 491_524_096, "pytorchcv darknet_tiny"),
    ("vgg16", {}, 138_357_544, 15_470_264_320, "torchvision vgg16"),
    ("xception", {}, 22_855_952, 8_357_403_496, "paper, Table 3; timm legacy_xception"),
]

# Nobody printed a whole number of these: they are held by their claims, of three or four digits.
ROUNDED = {
    "condensenet_cifar",
    "darknet19",
    "deeplabv3_mobilenet_v2",
    "igcv2",
    "mobilenet_edgetpu",
    "shufflenet_v2_50",
    "shufflenet_v2_table1",
    "shufflenet_v2_table2",
    "ssdlite_mobilenet_v1",
    "ssdlite_mobilenet_v2",
    "ssdlite_mobilenet_v3_large",
    "ssdlite_mobilenet_v3_small",
}


@pytest.mark.parametrize(
    ("name", "settings", "params", "madds"),
    [pytest.param(*case[:4], id=f"{case[0]}: {case[4]}") for case in PUBLISHED],
)
def test_published_integers_come_out(
    name: str, settings: dict[str, object], params: int, madds: int | None
) -> None:
    spec, _, variant = name.partition(" ")
    totals = convcost.report(spec, settings, variant=variant or None).totals
    assert totals.params == params
    assert madds is None or totals.madds == madds


def test_mobilenet_v2_has_these_weights() -> None:
    """slim README: 3.47M, without norm and biases."""
    assert convcost.report("mobilenet_v2").totals.weights == 3_469_760


@pytest.mark.parametrize(
    ("settings", "madds", "weights"),
    [
        pytest.param({}, 567_716_352, 3_185_088, id="1.0 at 224"),
        pytest.param({"alpha": "0.75", "resolution": 128}, 106_002_432, 1_800_144, id="0.75 at 128"),
    ],
)
def test_mobilenet_v1_without_its_classifier(settings: dict[str, object], madds: int, weights: int) -> None:
    """tensorflow/models, slim/nets/mobilenet_v1.py, the table in its docstring: no logits, no norm."""
    base = total(
        row.tally for row in convcost.report("mobilenet_v1", settings).rows if row.node.op != "linear"
    )
    assert (base.madds, base.weights) == (madds, weights)


@pytest.mark.parametrize("r", [1, 2, 3, 5, 7, 10, 64])
def test_mobilenet_v2_is_a_square_of_its_resolution(r: int) -> None:
    """At 32r every floor is exact: 6112128 r^2 for the maps and 1280 * 1000 for the classifier."""
    madds = convcost.report("mobilenet_v2", {"resolution": 32 * r}).totals.madds
    assert madds == 6_112_128 * r**2 + 1280 * 1000
    assert r != 7 or madds == 300_774_272


@pytest.mark.parametrize(
    ("settings", "hundredths"),
    [
        pytest.param({"scale": "0.5"}, 40_48, id="0.5x 40.48M"),
        pytest.param({}, 145_81, id="1x 145.81M"),
        pytest.param({"scale": "1.5"}, 298_97, id="1.5x 298.97M"),
        pytest.param({"scale": 2}, 590_78, id="2x 590.78M"),
    ],
)
def test_shufflenet_v2_has_the_layout_of_megvii(settings: dict[str, object], hundredths: int) -> None:
    """The first branch of a unit with stride 2 keeps c_in channels (torchvision's gives 144.91M at 1x)."""
    madds = convcost.report("shufflenet_v2", settings).totals.madds
    assert (2 * madds + 10_000) // 20_000 == hundredths


@pytest.mark.parametrize(
    ("g", "madds"), [(1, 142_503), (2, 140_037), (3, 136_501), (4, 133_252), (8, 136_830)]
)
def test_shufflenet_v1_by_groups(g: int, madds: int) -> None:
    """Its Table 1 prints 143, 140, 137, 133 and 137M, and counts convolutions alone."""
    rows = convcost.report("shufflenet_v1", {"groups": g}).rows
    convolutions = sum(row.tally.madds for row in rows if row.node.op != "linear")
    assert (convolutions + 500) // 1000 == madds


@pytest.mark.parametrize(
    ("settings", "madds"),
    [
        pytest.param({"resolution": 227}, 832_67, id="Caffe without the pad, 832.67M"),
        pytest.param({"resolution": 227, "conv10_pad": 1}, 861_34, id="Caffe with conv10 padded, 861.34M"),
    ],
)
def test_squeezenet_in_caffe(settings: dict[str, object], madds: int) -> None:
    got = convcost.report("squeezenet_1_0", settings).totals.madds
    assert (2 * got + 10_000) // 20_000 == madds


TABLE_2 = [
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
]


def divisible(v: int, percent: int) -> int:
    """`_make_divisible` of slim's mobilenet.py for v * percent / 100, in ints."""
    n = max(8, (2 * v * percent + 800) // 1600 * 8)
    return n + 8 if 1000 * n < 9 * v * percent else n


def mobilenet_v2(percent: int, side: int) -> tuple[int, int]:
    """Multiply-adds and weights, added up layer by layer from the paper's Table 2."""
    h, c = -(-side // 2), divisible(32, percent)
    layers = [(h, 9 * 3 * c)]
    for t, width, n, stride in TABLE_2:
        for copy in range(n):
            wide = t * c
            layers += [(h, c * wide)] if t != 1 else []
            h = -(-h // (1 if copy else stride))
            c = divisible(width, percent)
            layers += [(h, 9 * wide), (h, wide * c)]
    last = max(1280, divisible(1280, percent))
    layers += [(h, c * last), (1, last * 1000)]
    return sum(h * h * weights for h, weights in layers), sum(weights for _, weights in layers)


@pytest.mark.parametrize("percent", [35, 50, 75, 100, 130, 140])
@pytest.mark.parametrize("side", [96, 192, 224, 225])
def test_mobilenet_v2_counted_in_a_loop(percent: int, side: int) -> None:
    alpha = f"{percent // 100}.{percent % 100:02}"
    totals = convcost.report("mobilenet_v2", {"alpha": alpha, "resolution": side}).totals
    assert (totals.madds, totals.weights) == mobilenet_v2(percent, side)


# ------------------------------------------------------------------------------ completeness


def settings_of(spec: Spec) -> Iterator[tuple[str | None, dict[str, object]]]:
    """The defaults, each variant, each choice."""
    yield None, {}
    yield from ((variant, {}) for variant in spec.variants)
    for variable in spec.variables.values():
        for word in variable.words:
            yield None, {variable.name: word}


CASES = [(name, *case) for name in NAMES for case in settings_of(convcost.load(name))]


@pytest.mark.parametrize(("name", "variant", "settings"), CASES)
def test_every_spec_walks(name: str, variant: str | None, settings: dict[str, object]) -> None:
    report: Report = convcost.report(name, settings, variant=variant)
    assert report.totals.madds > 0
    assert report.totals.params > 0
    assert all(isinstance(n, int) for n in report.totals if not isinstance(n, dict))


@pytest.mark.xdist_group("claims")
@pytest.mark.parametrize("name", NAMES)
def test_every_spec_says_where_it_is_from_and_is_held_by_a_figure(name: str) -> None:
    spec = convcost.load(name)
    assert spec.cite
    # igcv2's widths were chosen so that its one known figure comes out, so that is no claim
    assert (spec.name in {finding.spec for finding in outcome().findings}) == (name != "igcv2")
    exact = {case[0].partition(" ")[0] for case in PUBLISHED}
    assert (name in exact) != (name in ROUNDED), "a row in PUBLISHED, or a word in ROUNDED"


def test_every_row_is_of_a_shipped_spec() -> None:
    assert {case[0].partition(" ")[0] for case in PUBLISHED} | ROUNDED == set(NAMES)
    assert sorted(NAMES) == NAMES


@pytest.mark.xdist_group("claims")
def test_no_claim_fails_and_each_verdict_is_met() -> None:
    found = outcome()
    assert [f"{f.file}:{f.line}" for f in found.findings if f.verdict == "fails"] == []
    assert {f.verdict for f in found.findings} == {"holds", "exception", "erratum"}
    assert found.ok


@pytest.mark.parametrize("variant", ["gpu_1_1", "arm_1_6"])
def test_the_stacks_of_guideline_1(variant: str) -> None:
    """ShuffleNetV2, Table 1: ten blocks of two 1x1 convolutions on 56x56, c1 to c2 and back."""
    c1, c2 = {"gpu_1_1": (128, 128), "arm_1_6": (13, 78)}[variant]
    totals = convcost.report("shufflenet_v2_table1", variant=variant).totals
    assert totals.madds == 10 * 2 * 56 * 56 * c1 * c2
    assert totals.mem_access == 10 * 2 * (56 * 56 * (c1 + c2) + c1 * c2)
