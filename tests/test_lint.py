"""The four guidelines: prices against the paper's formulas and tables, and against counts of our own."""

from __future__ import annotations

import json
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import combinations
from typing import Any

import lint_tables
import pytest
from conftest import ROOT, Run
from test_docs import section, table

import convcost
from convcost.guidelines import ABOVE, CODES, GUIDELINES
from convcost.linting import (
    Fragments,
    Lint,
    block_of,
    building_blocks,
    is_above,
    lint,
    matching,
)

PAGE = ROOT / "docs" / "lint.md"
SPECS = sorted((ROOT / "specs").glob("*.yaml"))


def linted(network: str, shape: str = "[8, 56, 56]") -> Lint:
    return lint(convcost.report(convcost.loads(f"name: N\ninput: {shape}\nnetwork: [{network}]\n")))


def shipped(name: str, **settings: object) -> Lint:
    return lint(convcost.report(name, settings))


# ------------------------------------------------------------------------------ G1

HW = 56 * 56
UNEQUAL = {  # channels in, the layer; reads, writes, weights
    "1x1": (90, "conv: 180", HW * 90, HW * 180, 90 * 180),
    "narrowing": (312, "conv: 52", HW * 312, HW * 52, 312 * 52),
    "3x3": (16, "conv: {out: 64, k: 3}", HW * 16, HW * 64, 9 * 16 * 64),
    "one channel in": (1, "conv: 4", HW * 1, HW * 4, 4),
    "grouped": (16, "conv: {out: 64, g: 4}", HW * 16, HW * 64, 4 * 4 * 16),
    "transposed": (16, "conv_transpose: {out: 2, k: 3, s: 1}", HW * 16, HW * 2, 9 * 16 * 2),
}


@pytest.mark.parametrize(("c", "layer", "reads", "writes", "weights"), UNEQUAL.values(), ids=UNEQUAL)
def test_g1_is_the_distance_from_the_bound(c: int, layer: str, reads: int, writes: int, weights: int) -> None:
    (found,) = linted(layer, f"[{c}, 56, 56]").network.g1
    assert found.mem_access == reads + writes + weights
    with localcontext(prec=60):
        bound = 2 * Decimal(reads * writes).sqrt() + weights
        assert found.least - 1 < bound <= found.least
        assert found.over == (found.mem_access > Decimal("1.05") * bound)
    assert found.excess == found.mem_access - found.least > 0


def test_the_bound_is_the_papers_for_1x1() -> None:
    """2 sqrt(hw B) + B / (hw), where B = hw c1 c2: whole where c1 c2 is a square."""
    (found,) = linted("conv: 32").network.g1
    assert found.least == 2 * HW * 16 + 8 * 32  # sqrt(8 * 32) = 16
    assert found.excess == HW * (8 + 32 - 2 * 16)


@pytest.mark.parametrize(
    "layer",
    ["conv: 8", "conv: {out: 8, k: 3, g: 2}", "conv: {out: 16, s: 2}", "dwconv: {k: 3, mult: 2}"],
    ids=["equal", "equal in groups", "another size of map", "depthwise"],
)
def test_g1_finds_nothing(layer: str) -> None:
    assert linted(layer).network.g1 == ()


def test_the_threshold_is_exact() -> None:
    """105 is 5 % above sqrt(100 * 100), at any size; one element more is above."""
    for size in (1, 10**40):
        assert not is_above(105 * size, (100 * size) ** 2, 0, ABOVE)
        assert is_above(105 * size + 1, (100 * size) ** 2, 0, ABOVE)
        assert not is_above(210 * size, (100 * size) ** 2, 100 * size, ABOVE)
        assert is_above(210 * size + 1, (100 * size) ** 2, 100 * size, ABOVE)


# ------------------------------------------------------------------------------ G2


@pytest.mark.parametrize(
    ("c1", "c2", "g", "k"), [(180, 180, 2, 1), (256, 256, 4, 1), (360, 360, 8, 1), (24, 72, 3, 3)]
)
def test_g2_is_the_papers_formula_at_g_and_at_1(c1: int, c2: int, g: int, k: int) -> None:
    """hw c1 + B g / c1 + B / (hw), of a 1x1; a kernel's k^2 is not in what is written."""
    (found,) = linted(f"conv: {{out: {c2}, g: {g}, k: {k}}}", f"[{c1}, 56, 56]").network.g2
    b = HW * k * k * c1 * c2 // g

    def access(groups: int) -> Fraction:
        return HW * c1 + Fraction(b * groups, k * k * c1) + Fraction(b, HW)

    assert found.mem_access == access(g)
    assert found.least == access(1)
    assert found.groups == g
    assert found.over


@pytest.mark.parametrize("layer", ["conv: 16", "dwconv: 3", "conv: {out: 8, g: 8, k: 3}"])
def test_g2_finds_nothing(layer: str) -> None:
    assert linted(layer).network.g2 == ()


# ------------------------------------------------------------------------------ G3

GOOGLE = "{inception: {c1: 64, reduce3: 96, c3: 128, reduce5: 16, c5: 32, proj: 32}}"
SEPARABLE = "{depthwise_separable: 16}"
BLOCKS = {
    "a chain": ("[conv_bn_act: 16]", Fragments(1, 1, 1)),
    "depthwise separable": (SEPARABLE, Fragments(2, 2, 1)),
    "inverted residual": ("{inverted_residual: {t: 6, out: 8}}", Fragments(3, 3, 1)),
    "inception": (GOOGLE, Fragments(7, 2, 4)),  # 1x1; 1x1, 3x3; 1x1, 5x5; pool, 1x1
    "unit of ShuffleNetV2": ("{shuffle_unit_v2: {}}", Fragments(3, 3, 1)),
    "the same with stride": ("{shuffle_unit_v2_down: {out: 16}}", Fragments(5, 3, 2)),
    "unit of ShuffleNetV1 with stride": ("{shuffle_unit_v1: {out: 32, g: 2, s: 2}}", Fragments(4, 3, 2)),
}


@pytest.mark.parametrize(("block", "expected"), BLOCKS.values(), ids=BLOCKS)
def test_g3_counts_what_the_figures_of_the_papers_show(block: str, expected: Fragments) -> None:
    made = linted(block.strip("[]") if block.startswith("[") else block)
    assert made.network.g3 == expected
    assert ("G3" in made.blocks[0].found) == (expected.ops > 5 or expected.parallel > 2)


@pytest.mark.parametrize(("paths", "found"), [(2, ()), (3, ("G3",))])
def test_more_than_two_in_parallel_are_found(paths: int, found: tuple[str, ...]) -> None:
    side_by_side = ", ".join(f"path{i}: [conv: 8]" for i in range(paths))
    made = linted(f"{{layers: [branches: {{join: add, paths: {{{side_by_side}}}}}], repeat: 2, name: unit}}")
    assert [block.g3 for block in made.blocks] == [Fragments(paths, 1, paths)] * 2
    assert [block.found for block in made.blocks] == [found] * 2


def by_hand(waits: tuple[int, ...]) -> int:
    """The most of which none waits for another, among all subsets."""
    return max(
        size
        for size in range(len(waits) + 1)
        for some in combinations(range(len(waits)), size)
        if not any(waits[b] >> a & 1 for a, b in combinations(some, 2))
    )


def test_parallel_is_the_largest_set_in_which_none_waits() -> None:
    """All graphs of five fragments, each waiting for any before it and for what that waits for."""
    tried = 0
    for edges in range(2 ** (5 * 4 // 2)):
        waits: list[int] = []
        for node in range(5):
            direct = edges >> node * (node - 1) // 2 & (1 << node) - 1
            waits.append(direct)
            for other in range(node):
                if direct >> other & 1:
                    waits[node] |= waits[other]
        assert len(waits) - matching(waits) == by_hand(tuple(waits)), waits
        tried += 1
    assert tried == 1024


def test_partners_are_swapped_along_the_way() -> None:
    """A graph of twelve in which the last to look for a partner must make others change theirs."""
    waits = (0, 0, 1, 1, 5, 21, 63, 53, 53, 255, 127, 1023)
    assert len(waits) - matching(waits) == by_hand(waits)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("stage2.1.expand.conv", "stage2.1"),
        ("stem.conv", "stem"),
        ("global_avg_pool", "global_avg_pool"),
    ],
)
def test_a_block_is_a_block_or_a_repetition(path: str, expected: str) -> None:
    assert block_of(building_blocks(convcost.report("mobilenet_v2").graph), path) == expected


@pytest.mark.parametrize(
    ("name", "path", "expected"),
    [
        ("squeezenet_1_0", "fire2", Fragments(3, 2, 2)),  # squeeze; two expanding convolutions
        ("mobilenet_v3_large", "stage4", Fragments(6, 6, 1)),  # 1x1, depthwise, pool, 1x1, 1x1, 1x1
    ],
)
def test_a_row_of_one_block_is_that_block(name: str, path: str, expected: Fragments) -> None:
    assert {block.path: block.g3 for block in shipped(name).blocks}[path] == expected


def test_a_backbone_is_no_block() -> None:
    paths = [block.path for block in shipped("deeplabv3_mobilenet_v2").blocks]
    assert "features.stage2.1" in paths
    assert "features" not in paths


# ------------------------------------------------------------------------------ G4


@pytest.mark.parametrize("c", [32, 64, 128])
def test_g4_of_the_unit_of_table_4(c: int) -> None:
    """1x1, 3x3, 1x1 with three activations and a shortcut: 3 * 2 + 3 beside 3 * 2 maps, and weights."""
    body = f"{{conv: {c}}}, act: relu, {{conv: {{out: {c}, k: 3}}}}, act: relu, {{conv: {c}}}, act: relu"
    unit = linted(f"residual: [{body}]", f"[{c}, 56, 56]").network
    weights = c * c + 9 * c * c + c * c
    assert unit.elementwise == {"act": 3 * 2 * HW * c, "add": 3 * HW * c}
    assert unit.shares()[2] == Fraction(9 * HW * c, 15 * HW * c + weights)
    assert Fraction(57, 100) < unit.shares()[2] < Fraction(3, 5)


def test_depthwise_is_elementwise_and_moves_stand_apart() -> None:
    made = linted("dwconv: 3, shuffle: 2, act: relu").network
    assert made.elementwise == {"dwconv": HW * (8 + 8) + 9 * 8, "act": 2 * HW * 8}
    assert made.moves == {"shuffle": 2 * HW * 8}


# ------------------------------------------------------------------------------ networks


@pytest.mark.parametrize("name", [path.stem for path in SPECS])
def test_what_is_said_of_a_network_is_the_sum_of_its_blocks(name: str) -> None:
    made = shipped(name)
    for code in ("G1", "G2"):
        assert made.network.excess(code) == sum(block.excess(code) for block in made.blocks)
    elements = [sum(block.elementwise.values()) + sum(block.moves.values()) for block in made.blocks]
    network = made.network
    assert sum(elements) == sum(network.elementwise.values()) + sum(network.moves.values())
    assert sum(elements) <= network.counted
    assert network.g3.ops == max(block.g3.ops for block in made.blocks)
    assert all(layer.excess >= 0 for layer in network.g1 + network.g2)


TABLES = {
    "shufflenet_v2_table1": ("G1", {"gpu_1_1", "arm_1_1"}),
    "shufflenet_v2_table2": ("G2", {"gpu_1", "cpu_1"}),
}


@pytest.mark.parametrize(("name", "expected"), TABLES.items(), ids=TABLES)
def test_the_papers_experiments_are_found_and_their_baselines_are_not(
    name: str, expected: tuple[str, set[str]]
) -> None:
    code, baselines = expected
    variants = convcost.load(name).variants
    assert len(variants) > 6
    for variant in variants:
        made = lint(convcost.report(name, variant=variant))
        found = {found for block in made.blocks for found in block.found}
        assert found == (set() if variant in baselines else {code}), variant


NETWORKS: dict[str, tuple[str, dict[str, str]]] = {
    " ".join((name, *(f"{key}={value}" for key, value in settings.items()))): (name, settings)
    for name, settings in (
        ("shufflenet_v2", {}),
        ("shufflenet_v1", {}),
        ("shufflenet_v1", {"groups": "8"}),
        ("mobilenet_v1", {"alpha": "0.5"}),
        ("mobilenet_v2", {"alpha": "0.75", "resolution": "192"}),
        ("shufflenet_v2", {"scale": "1.5"}),
        ("shufflenet_v1", {"scale": "1.5"}),
        ("mobilenet_v1", {"alpha": "0.75"}),
        ("mobilenet_v2", {}),
        ("igcv3", {}),
        ("condensenet", {"groups": "8", "condense": "8"}),
        ("shufflenet_v2", {"scale": "2"}),
        ("shufflenet_v1", {"scale": "2"}),
        ("mobilenet_v1", {}),
        ("mobilenet_v2", {"alpha": "1.4"}),
        ("igcv3", {"alpha": "1.4"}),
        ("condensenet", {}),
        ("googlenet", {}),
        ("resnet", {}),
        ("xception", {}),
    )
}


@pytest.fixture(scope="module")
def networks() -> dict[str, Lint]:
    return {title: shipped(name, **settings) for title, (name, settings) in NETWORKS.items()}


def test_the_tables_of_the_page_are_in_step(networks: dict[str, Lint]) -> None:
    page = PAGE.read_text(encoding="utf-8")
    for made in (lint_tables.comparison(networks), lint_tables.thresholds()):
        assert made in page, made


SIZES = {
    "140M": ("shufflenet_v2", "shufflenet_v1", "mobilenet_v2 alpha=0.75 resolution=192"),
    "300M": ("shufflenet_v2 scale=1.5", "shufflenet_v1 scale=1.5", "mobilenet_v2"),
    "500M": ("shufflenet_v2 scale=2", "shufflenet_v1 scale=2", "mobilenet_v2 alpha=1.4"),
}


@pytest.mark.parametrize("titles", SIZES.values(), ids=SIZES)
def test_what_the_page_says_of_the_ranks(titles: tuple[str, ...], networks: dict[str, Lint]) -> None:
    """As the paper argues, and where it does not come out so."""
    v2, v1, mobile = (networks[title] for title in titles)
    g1, g2, g4, _ = zip(*(made.network.shares() for made in (v2, v1, mobile)), strict=True)
    assert g1[0] < Fraction(1, 100) < Fraction(8, 100) < min(g1[1:])
    assert g2[0] == g2[2] == 0 < g2[1]
    assert g4[0] < g4[1] < g4[2]
    assert v2.findings == 1 < min(v1.findings, mobile.findings)
    assert (
        v2.network.counted < v1.network.counted < mobile.network.counted
    )  # the GPU has the last two in turn
    assert v2.network.g3 == (5, 3, 2)
    assert all("G3" not in block.found for made in (v2, v1, mobile) for block in made.blocks)


def test_what_the_page_says_of_moves_and_of_mobilenet_v1(networks: dict[str, Lint]) -> None:
    for size, titles in SIZES.items():
        v2, mobile = (networks[titles[i]].network for i in (0, 2))
        assert (sum(v2.shares()[2:]) > sum(mobile.shares()[2:])) == (size != "500M")
        assert v2.shares()[3] > Fraction(3, 10)
    v1 = ("mobilenet_v1 alpha=0.5", "mobilenet_v1 alpha=0.75", "mobilenet_v1")
    for title, (shuffle, *_) in zip(v1, SIZES.values(), strict=True):
        assert networks[title].network.counted < networks[shuffle].network.counted


# ------------------------------------------------------------------------------ the command


def test_the_command_exits_1_when_something_is_found(run: Run) -> None:
    result = run("lint", "mobilenet_v2")
    assert (result.code, result.err) == (1, "")
    assert "30 findings" in result.out


def test_the_command_exits_0_when_nothing_is(run: Run) -> None:
    result = run("lint", "shufflenet_v2_table1")
    assert result.code == 0
    assert "no findings" in result.out


@pytest.mark.parametrize("code", CODES)
def test_each_code_is_explained_by_what_it_finds(code: str, run: Run) -> None:
    result = run("lint", "--explain", code)
    assert result.code == 0
    assert result.out.startswith(f"{code}  ")
    assert max(map(len, result.out.splitlines())) <= 100


EXPLAINED = {  # figures of the examples, from products
    "G1": f"{HW * (90 + 180) + 90 * 180:,} elements",
    "G2": f"{HW * 90:,} or 32.7 % above itself",
    "G3": "7 fragments, at most 2 in a chain, 4 in",
    "G4": f"act {2 * 2 * HW * 6 * 24:,}",
}


@pytest.mark.parametrize(("code", "said"), EXPLAINED.items(), ids=EXPLAINED)
def test_the_example_of_an_explanation_is_computed(code: str, said: str, run: Run) -> None:
    assert said in " ".join(run("lint", "--explain", code).out.split())


REFUSED = {
    "nothing": ((), "there is no spec to lint"),
    "both": (("mobilenet_v2", "--explain", "G1"), "--explain takes no spec"),
    "explained as JSON": (("--explain", "G1", "--format", "json"), "prints text alone"),
    "no such code": (("--explain", "G5"), "G5"),
    "no such spec": (("mobilenet_v9",), "mobilenet_v9"),
    "no such variable": (("mobilenet_v2", "--set", "beta=1"), "beta"),
    "no such input": (("mobilenet_v2", "--input", "224"), "is not CxHxW"),
}


@pytest.mark.parametrize(("words", "said"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(words: tuple[str, ...], said: str, run: Run) -> None:
    result = run("lint", *words)
    assert (result.code, result.out) == (2, "")
    assert said in result.err


def leaves(data: Any, path: str = "") -> set[str]:
    """Keys down to values, joined by dots; maps whose keys are the network's own stay closed."""
    if isinstance(data, dict) and not path.endswith(("variables", "_by_op")):
        return {leaf for key, value in data.items() for leaf in leaves(value, f"{path}.{key}".strip("."))}
    if isinstance(data, list) and data and isinstance(data[0], dict):
        return {leaf for item in data for leaf in leaves(item, f"{path}[]")}
    return {path} - ({path} if data == [] else set())


def test_the_page_lists_every_key_of_the_output_and_no_other(run: Run) -> None:
    output = json.loads(run("lint", "shufflenet_v1", "--format", "json").out)
    assert next(iter(output.items())) == ("schema_version", 1)
    assert leaves(output["network"]) == {key.removeprefix("[].") for key in leaves(output["blocks"])} - {
        "path"
    }
    rows = table(section(PAGE.read_text(encoding="utf-8"), "JSON"), "key", "type")
    shown = {key for key in leaves(output) if not key.startswith("network.")}
    assert sorted(row[0] for row in rows) == sorted(shown)


def test_json_and_the_table_agree(run: Run) -> None:
    output = json.loads(run("lint", "shufflenet_v1", "--format", "json").out)
    shown = run("lint", "shufflenet_v1").out
    assert f"{len(output['findings'])} findings" in shown
    assert f"{output['network']['G1']['elements']:,}" in shown
    assert f"{output['network']['G2']['elements']:,}" in shown


def test_the_guidelines_are_the_papers_four() -> None:
    assert tuple(GUIDELINES) == CODES == ("G1", "G2", "G3", "G4")
