"""What a report arranges: lines that sum to totals, shares, ranks, batches, settings and shapes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest

import convcost
from convcost import library
from convcost.cost import Tally, total
from convcost.reports import SHARED, Line, Report

TINY = """
name: tiny
variables: {alpha: {default: 1.0, above: 0}, side: 8, classes: 10, wide: false}
choices: {style: [plain, deep]}
variants:
  small: {alpha: 0.5, side: 4}
  large: {alpha: 2}
input: [3, side, side]
define: {ch(c): floor(alpha * c)}
network:
  - {conv_bn_act: {out: ch(8), k: 3, s: 2}, name: stem}
  - table:
      columns: [c, n, s]
      rows:
        - [ch(8), 2, 1]
        - [ch(16), 1, 2]
      each: {depthwise_separable: {out: c, s}, repeat: n}
  - {conv: {out: 16, k: [1, 3], bias: true}, when: wide, name: extra}
  - global_avg_pool
  - {linear: classes, name: classifier}
"""


def tiny(settings: Mapping[str, object] | None = None, **options: Any) -> Report:
    return convcost.report(convcost.loads(TINY), settings, **options)


# ------------------------------------------------------------------------------ lines and sums

EVERY = [
    pytest.param(name, variant, id=variant or name)
    for name in library.spec_names()
    for variant in (None, *list(convcost.load(name).variants)[:1])
]


def leaves(lines: tuple[Line, ...]) -> list[Line]:
    """The lines that no other stands below."""
    above = children(lines)
    return [line for line in lines if line.path not in above]


def children(lines: tuple[Line, ...]) -> dict[str, list[Line]]:
    """The lines right below each line that has some."""
    paths, found = {line.path for line in lines}, defaultdict(list)
    for line in lines:
        above = line.path.rpartition(".")[0]
        while above and above not in paths:
            above = above.rpartition(".")[0]
        if above:
            found[above].append(line)
    return found


@pytest.mark.parametrize(("name", "variant"), EVERY)
def test_the_lines_of_every_depth_sum_to_the_totals(name: str, variant: str | None) -> None:
    spec = convcost.load(name)
    for depth in (1, 2, 9):
        report = convcost.report(spec, variant=variant, depth=depth)
        assert total(line.tally for line in leaves(report.lines)) == report.totals
        assert {line.level for line in report.lines} <= set(range(depth))
        tallies = {line.path: line.tally for line in report.lines}
        for path, below in children(report.lines).items():
            assert total(child.tally for child in below) == total([tallies[path]])


@pytest.mark.parametrize("depth", [1, 2, 9])
def test_shares_of_the_top_lines_sum_to_one_exactly(depth: int) -> None:
    report = convcost.report("mobilenet_v2", depth=depth)
    for key in SHARED:
        assert sum(line.shares[key] for line in report.lines if line.level == 0) == 1
    stem = report.lines[0]
    assert stem.shares["count"] == Fraction(112 * 112 * 3 * 3 * 3 * 32, 300_774_272)


def test_a_share_of_nothing_is_nothing() -> None:
    report = convcost.report(convcost.loads("{name: n, input: [1, 4, 4], network: [{max_pool: 2}]}"))
    assert report.totals.madds == 0
    assert [line.shares["count"] for line in report.lines] == [0]
    assert [line.shares["mem_access"] for line in report.lines] == [1]


def test_lines_stand_in_the_order_of_the_text_each_below_its_group() -> None:
    assert [line.path for line in tiny(depth=3).lines] == [
        *("stem", "stem.conv", "stem.bn", "stem.act"),
        *("stage1", "stage1.1", "stage1.1.depthwise", "stage1.1.pointwise"),
        *("stage1.2", "stage1.2.depthwise", "stage1.2.pointwise"),
        *("stage2", "stage2.1", "stage2.1.depthwise", "stage2.1.pointwise"),
        *("global_avg_pool", "classifier"),
    ]


WHAT = {
    "stem": "conv_bn_act out=8 k=3 s=2",
    "stem.conv": "conv out=8 k=3 s=2",
    "stem.bn": "bn",
    "stage1": "c=8 n=2 s=1",
    "stage1.1": "depthwise_separable out=8",
    "stage2.1": "depthwise_separable out=16 s=2",
    "stage2.1.pointwise": "conv_bn_act out=16",
    "extra": "conv out=16 k=1x3 bias=true",
    "classifier": "linear out=10",
}


@pytest.mark.parametrize("path", WHAT)
def test_a_line_says_what_it_is_by_what_differs_from_defaults(path: str) -> None:
    assert {line.path: line.what for line in tiny({"wide": True}, depth=3).lines}[path] == WHAT[path]


def test_a_line_shows_the_map_that_leaves_it() -> None:
    shapes = {line.path: str(line.output) for line in tiny(depth=2).lines}
    assert (shapes["stem"], shapes["stage1"]) == ("8×4×4", "8×4×4")
    assert (shapes["stage2"], shapes["classifier"]) == ("16×2×2", "10×1×1")


# ------------------------------------------------------------------------------ top

# d is the heaviest by any count, then b; a and c are equals
RANKED = """
name: ranked
input: [2, 4, 4]
network:
  - {conv: 6, name: a}
  - {conv: {out: 2, k: 3}, name: b}
  - {conv: 6, name: c}
  - flatten
  - {linear: {out: 50, bias: false}, name: d}
"""


@pytest.mark.parametrize(
    ("by", "top", "paths"),
    [
        ("count", 1, ["d"]),
        ("count", 2, ["d", "b"]),
        pytest.param("count", 4, ["d", "b", "a", "c"], id="equals in the order of the text"),
        pytest.param("count", 3, ["d", "b", "a"], id="the first of equals"),
        ("params", 2, ["d", "b"]),
        ("mem_access", 3, ["d", "b", "a"]),
        pytest.param("params", 99, ["d", "b", "a", "c", "flatten"], id="more than there are"),
    ],
)
def test_top_ranks_layers(by: str, top: int, paths: list[str]) -> None:
    report = convcost.report(convcost.loads(RANKED), top=top, by=by)
    assert [line.path for line in report.lines] == paths
    assert {line.level for line in report.lines} == {0}
    counts = [getattr(line.measure, by) for line in report.lines]
    assert counts == sorted(counts, reverse=True)


def test_the_ranked_counts_are_these() -> None:
    tallies = {row.node.path: row.tally for row in convcost.report(convcost.loads(RANKED)).rows}
    assert [tallies[path].madds for path in "abcd"] == [
        *(4 * 4 * 2 * 6, 4 * 4 * 3 * 3 * 6 * 2, 4 * 4 * 2 * 6, 6 * 4 * 4 * 50)
    ]
    assert tallies["a"].mem_access == 2 * 4 * 4 + 6 * 4 * 4 + 2 * 6
    assert tallies["flatten"].mem_access == 0


def test_totals_are_of_the_network_whatever_is_shown() -> None:
    assert tiny(top=1).totals == tiny(depth=3).totals == tiny().totals


# ------------------------------------------------------------------------------ batch and dtype


@pytest.mark.parametrize("batch", [1, 2, 7, 10**6])
def test_maps_and_work_grow_with_the_batch_and_parameters_do_not(batch: int) -> None:
    one, many = tiny().totals, tiny(batch=batch).totals
    assert many.madds == batch * one.madds
    assert many.ops == {kind: batch * count for kind, count in one.ops.items()}
    assert (many.reads, many.writes) == (batch * one.reads, batch * one.writes)
    for key in ("weights", "biases", "norm_affine", "norm_stats", "weight_reads", "params"):
        assert getattr(many, key) == getattr(one, key)
    assert many.mem_access == batch * (one.reads + one.writes) + one.weight_reads


def test_a_batch_reads_its_weights_once() -> None:
    text = "{name: n, input: [3, 8, 6], network: [{conv: {out: 5, k: 3}}]}"
    row = convcost.report(convcost.loads(text), batch=4).rows[0].tally
    assert row.madds == 4 * 8 * 6 * 3 * 3 * 3 * 5
    assert row.weights == 3 * 3 * 3 * 5
    assert row.mem_access == row.conv == 4 * (3 * 8 * 6 + 5 * 8 * 6) + 3 * 3 * 3 * 5


@pytest.mark.parametrize("option", ["batch", "depth", "top"])
@pytest.mark.parametrize("count", [0, -1])
def test_counts_below_one_are_refused(option: str, count: Any) -> None:
    with pytest.raises(convcost.SpecError, match=f"{option} is at least 1, not {count}"):
        tiny(**{option: count})


@pytest.mark.parametrize("option", ["batch", "depth", "top"])
@pytest.mark.parametrize("count", [1.5, 2.0, True, "2"], ids=str)
def test_counts_that_are_no_ints_are_refused(option: str, count: Any) -> None:
    with pytest.raises(convcost.SpecError, match=option):
        tiny(**{option: count})


# ------------------------------------------------------------------------------ settings and variants

WEIGHTS_OF_STEM = {1: 3 * 3 * 3 * 8, 2: 3 * 3 * 3 * 16, Fraction(1, 2): 3 * 3 * 3 * 4}


@pytest.mark.parametrize(
    ("settings", "variant", "alpha", "side"),
    [
        pytest.param({}, None, 1, 8, id="defaults"),
        pytest.param({"alpha": 2}, None, 2, 8, id="an int"),
        pytest.param({"alpha": "0.5"}, None, Fraction(1, 2), 8, id="text"),
        pytest.param({"alpha": Fraction(1, 2)}, None, Fraction(1, 2), 8, id="a fraction"),
        pytest.param({}, "small", Fraction(1, 2), 4, id="a variant"),
        pytest.param({}, "large", 2, 8, id="a variant that leaves a default"),
        pytest.param({"side": 6}, "small", Fraction(1, 2), 6, id="a setting over a variant"),
    ],
)
def test_settings_stand_over_the_variant_over_the_defaults(
    settings: dict[str, object], variant: str | None, alpha: Fraction, side: int
) -> None:
    report = tiny(settings, variant=variant)
    assert (report.variables["alpha"], report.variables["side"]) == (alpha, side)
    assert report.rows[0].tally.weights == WEIGHTS_OF_STEM[alpha]
    assert report.input == (3, side, side)
    assert report.variant == variant


@pytest.mark.parametrize(
    ("settings", "variant", "message"),
    [
        pytest.param({"alhpa": 1}, None, "no variable 'alhpa'", id="unknown variable"),
        pytest.param({"alhpa": 1}, None, "its variables are alpha", id="it lists those there are"),
        pytest.param({"alpha": 0}, None, "alpha = 0 is not a number above 0", id="outside of its range"),
        pytest.param({"alpha": "-1"}, None, "alpha = -1 is not", id="negative"),
        pytest.param({"side": "8.5"}, None, "side = 8.5 is not a whole number", id="half a pixel"),
        pytest.param({"side": True}, None, "side = true is not", id="a switch for a count"),
        pytest.param({"wide": 1}, None, "wide = 1 is not true or false", id="a count for a switch"),
        pytest.param({"style": "depe"}, None, "style = depe is not one of plain, deep", id="another word"),
        pytest.param({"alpha": 0.5}, None, 'write it as text \\("0.5"\\)', id="a float"),
        pytest.param({"alpha": None}, None, "alpha", id="nothing"),
        pytest.param({"alpha": "1 +"}, None, "alpha", id="text that is no expression"),
        pytest.param({}, "smal", "did you mean 'small'", id="unknown variant"),
    ],
)
def test_settings_that_are_refused(settings: dict[str, object], variant: str | None, message: str) -> None:
    with pytest.raises(convcost.SpecError, match=message):
        tiny(settings, variant=variant)


# ------------------------------------------------------------------------------ another input


def test_an_input_need_not_be_square() -> None:
    stem = tiny(input=(3, 9, 6)).rows[0]
    assert stem.inputs == ((3, 9, 6),)
    assert stem.tally.madds == 5 * 3 * 3 * 3 * 3 * 8  # ceil(9 / 2) by ceil(6 / 2)


def test_an_input_may_have_other_channels() -> None:
    report = tiny(input=(1, 8, 8))
    assert report.rows[0].tally.weights == 3 * 3 * 1 * 8
    assert report.input == (1, 8, 8)


def test_the_square_input_of_the_spec_gives_the_same_rows() -> None:
    assert tiny(input=(3, 8, 8)).rows == tiny().rows


def test_a_report_at_another_input_shows_no_variable_that_did_not_count() -> None:
    assert set(tiny(input=(3, 9, 6)).variables) == {"alpha", "classes", "wide", "style"}
    assert tiny({"alpha": 2}, input=(3, 9, 6)).variables["alpha"] == 2


@pytest.mark.parametrize(
    ("settings", "input", "message"),
    [
        pytest.param({"side": 8}, (3, 8, 8), "given twice: by input and by side", id="side too"),
        pytest.param({}, (3, 0, 8), "at least 1", id="no rows"),
        pytest.param({}, (3, 8, -8), "at least 1", id="negative"),
        pytest.param({}, (3, 8), "channels, height, width", id="two sides"),
        pytest.param({}, (3, 8, 8.0), "channels, height, width", id="a float"),
        pytest.param({}, (True, 8, 8), "channels, height, width", id="a switch"),
    ],
)
def test_inputs_that_are_refused(settings: dict[str, object], input: Any, message: str) -> None:
    with pytest.raises(convcost.SpecError, match=message):
        tiny(settings, input=input)


def test_a_report_holds_ints_alone() -> None:
    report = tiny({"alpha": Fraction(1, 2)}, batch=3, depth=3)
    tallies: list[Tally] = [report.totals, *(row.tally for row in report.rows)]
    assert {type(n) for tally in tallies for n in (*tally._replace(ops={}), *tally.ops.values())} <= {
        int,
        dict,
    }
