"""Large networks: work that grows as the layers do, caps that let them through, tables that fold."""

from __future__ import annotations

import gc
import json
import runpy
import sys
import tracemalloc
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from conftest import ROOT, Run
from hypothesis import given
from hypothesis import strategies as st
from test_report import children, leaves

import convcost
import convcost.cost
import convcost.expand
from convcost import Limits, SpecError, library
from convcost.cost import total
from convcost.folding import SCREEN, SCREENS, folded
from convcost.linting import lint
from convcost.render import pieces, render
from convcost.reports import Report
from specs import refused, spec

# ------------------------------------------------------------------------------ work a layer


def lines(n: int, line: str = "- conv: 16", **top: str) -> str:
    """A line n times; {i} in it is the number of the line."""
    return spec("\n".join(line.format(i=i, before=max(0, i - 1)) for i in range(n)), **top)


def table(n: int, row: str) -> str:
    rows = "\n".join(f"      - {row.format(i=i)}" for i in range(n))
    return spec(f"- table:\n    columns: [name, c]\n    rows:\n{rows}\n    each: {{conv: c}}")


def several(n: int, entry: str) -> str:
    return "\n" + "\n".join(entry.format(i=i) for i in range(n))


# Texts of n parts; what is done for one part may not hang on how many there are.
GROWING: dict[str, Callable[[int], str]] = {
    "lines": lines,
    "lines with names": lambda n: lines(n, "- {{conv: 16, name: a{i}}}"),
    "lines that tell apart": lambda n: lines(n, "- conv: {i} + 1"),
    "lines that read another": lambda n: lines(n, "- {{conv: 16, name: a{i}}}\n- add: a{before}"),
    "switched lines": lambda n: lines(n, "- {{conv: 16, when: c_here > 1}}"),
    "shared lines": lambda n: lines(n, "- {{conv: 3, name: a{i}}}\n- {{conv: 3, share: a{before}}}"),
    "lines aside": lambda n: lines(n, "- {{conv: 16, aside: true}}"),
    "residuals": lambda n: lines(n, "- residual: [conv: 3]"),
    "blocks": lambda n: lines(n, "- conv_bn: 16"),
    "rows of a table": lambda n: table(n, "[r{i}, 16]"),
    "paths": lambda n: spec(
        "- branches:\n    join: concat\n    paths:\n" + "\n".join(f"      p{i}: [conv: 16]" for i in range(n))
    ),
    "copies": lambda n: spec(f"- {{conv: 16, repeat: {n}}}"),
    "copies of a block": lambda n: spec(f"- {{conv_bn: 16, repeat: {n}}}"),
    "copies of lines": lambda n: spec(f"- {{layers: [conv: 16, bn: ], repeat: {n}}}"),
    "variables": lambda n: lines(n, variables=several(n, "v{i}: 16")),
    "names": lambda n: lines(n, let=several(n, "v{i}: 16")),
    "functions": lambda n: lines(n, define=several(n, "f{i}(x): x")),
    "blocks of its own": lambda n: lines(n, "- b{i}", blocks=several(n, "b{i}: {{body: [conv: 16]}}")),
    "outputs": lambda n: lines(
        n, "- {{conv: 16, name: a{i}}}", outputs="[" + ", ".join(f"a{i}" for i in range(n)) + "]"
    ),
}


def steps(work: Callable[[], object]) -> int:
    """The steps of Python's machine that something takes."""
    count = 0

    def trace(frame: FrameType, event: str, arg: object) -> Any:
        nonlocal count
        count += event == "opcode"
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def reported(text: str) -> None:
    report = convcost.report(convcost.loads(text), depth=9, lines=3)
    for format in ("json", "csv", "md"):
        for _ in pieces(report, format):
            pass


def linted(text: str) -> None:
    lint(convcost.report(convcost.loads(text)))


def steady(work: Callable[[int], object]) -> bool:
    """Whether twice as much more is done from 16 to 32 parts as from 8 to 16; squares give four times."""
    work(2)  # what is remembered from then on
    a, b, c = (steps(lambda n=n: work(n)) for n in (8, 16, 32))  # type: ignore[misc]
    return c - b <= 2.1 * (b - a)


@pytest.mark.long
@pytest.mark.parametrize("name", GROWING)
def test_a_layer_takes_as_much_work_in_a_large_network(name: str) -> None:
    assert steady(lambda n: reported(GROWING[name](n)))


@pytest.mark.parametrize("name", ["lines", "blocks", "copies of a block"])
def test_lint_takes_as_much_work_for_a_layer(name: str) -> None:
    assert steady(lambda n: linted(GROWING[name](n)))


def test_work_that_grows_with_the_square_would_be_seen() -> None:
    assert not steady(lambda n: [max(range(n)) for _ in range(n) for _ in range(n // 8)])


def test_layers_alike_are_held_once() -> None:
    """111 blocks of 9 layers: beside its path, a layer is one of the 9."""
    network = "- {inverted_residual: {t: 6, out: 16}, repeat: 111}"
    report = convcost.report(convcost.loads(spec(network, input="[16, 8, 8]")))
    assert len(report.rows) == 111 * 9
    for held in (
        [row.node.fields for row in report.rows],
        [row.node.output for row in report.rows],
        [row.tally for row in report.rows],
        list(report.measures),
    ):
        assert len({id(each) for each in held}) <= 9


UNLIKE = {
    "fields": "- conv: 4\n- {conv: {out: 4, k: 3}}",
    "shapes": "- conv: 4\n- {conv: 4, name: next}",  # 3 channels in, and 4
    "shared weights": "- {conv: 3, name: a}\n- {conv: 3, share: a}",
    "the order of inputs": "- {conv: 4, name: a}\n- {concat: input}\n- {concat: a}",
}


@pytest.mark.parametrize("network", UNLIKE.values(), ids=UNLIKE)
def test_layers_that_differ_are_not(network: str) -> None:
    *_, one, other = convcost.report(convcost.loads(spec(network))).rows
    assert one.tally != other.tally or one.inputs != other.inputs


def test_an_argument_is_of_its_kind_also_where_a_layer_like_it_was_accepted() -> None:
    """1 and true are the same key of a dict, and not the same in a spec."""
    refused(spec("- {conv: {out: 4, bias: true}}\n- {conv: {out: 4, bias: ▸1}}"), "is not a switch")
    refused(spec("- {conv: {out: 4, g: 1}}\n- {conv: {out: 4, g: ▸true}}"), "true")


def test_no_figure_hangs_on_how_many_layers_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("mobilenet_v3_large", "googlenet", "condensenet_cifar")
    remembered = [render(convcost.report(name), "json") for name in names]
    monkeypatch.setattr(convcost.draft, "ALIKE", 1)
    monkeypatch.setattr(convcost.cost, "ALIKE", 1)
    assert [render(convcost.report(name), "json") for name in names] == remembered


@pytest.mark.long
@pytest.mark.parametrize("format", ["json", "jsonl", "csv"])
def test_a_machine_format_never_stands_in_memory_as_a_whole(format: str) -> None:
    def held(report: Report) -> int:
        """The most bytes while it is written, but for what Python's encoder leaves to be collected."""
        often = gc.get_threshold()
        gc.set_threshold(500)
        tracemalloc.start()
        try:
            assert max(map(len, pieces(report, format))) < 5_000
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
            gc.set_threshold(*often)

    small, large = (convcost.report(convcost.loads(lines(n))) for n in (500, 2_000))
    more = len(render(large, format)) - len(render(small, format))
    assert held(large) - held(small) < more / 4


# ------------------------------------------------------------------------------ caps


def test_layers_that_are_allowed_bring_text_and_steps_with_them() -> None:
    assert Limits.raised() == Limits()
    assert Limits.raised(nodes=9) == Limits(nodes=9)
    raised = Limits.raised(nodes=10**6)
    assert raised == Limits(nodes=10**6, bytes=50 * 10**6, steps=100 * 10**6)
    assert Limits.raised(nodes=10**6, steps=7, bytes=8) == Limits(nodes=10**6, steps=7, bytes=8)


def test_one_option_lets_a_large_network_through(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "long.yaml"
    path.write_text(lines(30) + "# \n" * 400_000)
    refusal = run("report", path)
    assert refusal.code == 2
    assert f"larger than 1,000,000 bytes: it has {path.stat().st_size:,}" in refusal.err
    assert "--max-bytes raises it, and so does --max-nodes, by 50 a layer" in refusal.err
    assert run("report", path, "--max-nodes", 30_000).code == 0
    assert run("report", path, "--max-bytes", 2_000_000).code == 0
    assert run("report", path, "--max-nodes", 30_000, "--max-bytes", 1_000_000).code == 2


def test_no_shipped_network_needs_so_many_steps_a_layer() -> None:
    """Half of the 100 that `--max-nodes` brings for each: no network that is shipped takes more."""
    for name in library.spec_names():
        layers = len(convcost.report(name).rows)
        assert convcost.report(name, limits=Limits(steps=50 * layers)).rows


def test_the_benchmark_runs(tmp_path: Path) -> None:
    """`python benchmarks/scale.py` takes half an hour; here the same steps of few layers."""
    benchmark = runpy.run_path(str(ROOT / "benchmarks" / "scale.py"))
    path = tmp_path / "small.yaml"
    for write, _ in benchmark["KINDS"].values():
        path.write_text(write(20), encoding="utf-8")
        assert len(convcost.report(str(path)).rows) >= 20
        assert {*benchmark["phases"](str(path), 20)} > {*benchmark["FORMATS"]}


# ------------------------------------------------------------------------------ folding

trees = st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=4).map(".".join), max_size=60)


def with_parents(paths: list[str]) -> list[str]:
    """Every path with those above it, each once, as the lines of a table have them."""
    found: dict[str, None] = {}
    for path in paths:
        parts = path.split(".")
        found.update(dict.fromkeys(".".join(parts[: i + 1]) for i in range(len(parts))))
    return list(found)


@given(trees, st.integers(1, 9))
def test_every_path_is_in_one_line_or_below_a_folded_one(leafs: list[str], most: int) -> None:
    paths = with_parents(leafs)
    found = folded(paths, most)
    shown = [path for line in found for path in line]
    hidden = [path for line in found if len(line) > 1 for path in line]
    below = [path for path in paths if any(path.startswith(f"{above}.") for above in hidden)]
    assert sorted([*shown, *below]) == sorted(paths)
    assert len(found) <= max(SCREENS * most, 4)
    for parent in {path.rpartition(".")[0] for path in paths}:
        assert sum(line[0].rpartition(".")[0] == parent for line in found) <= most


@given(trees)
def test_without_a_number_every_line_stands_alone_below_its_heading(leafs: list[str]) -> None:
    paths = with_parents(leafs)
    found = [path for (path,) in folded(paths, None)]
    assert sorted(found) == sorted(paths)
    for before, path in pairwise(found):
        parent = path.rpartition(".")[0]
        assert not parent or before == parent or before.startswith(f"{parent}.")


FOLDS = [
    (7, 7, "a b c d e f g"),
    (6, 7, "a b c de f g"),
    (3, 7, "a bcdef g"),
    (2, 7, "a bcdefg"),
    (1, 7, "abcdefg"),
    (1, 1, "a"),
]


@pytest.mark.parametrize(("most", "count", "shown"), FOLDS)
def test_the_first_and_the_last_stay(most: int, count: int, shown: str) -> None:
    found = folded("abcdefg"[:count], most)
    assert " ".join("".join(line) for line in found) == shown


def test_a_tree_that_is_long_in_all_shows_fewer_under_each_heading() -> None:
    """20 x 20 x 20 lines at 20 a heading would be 8,420."""
    paths = with_parents([f"{a}.{b}.{c}" for a in range(20) for b in range(20) for c in range(20)])
    assert len(folded(paths, 20)) == 8 + 7 * 8 + 49 * 8 <= 25 * 20
    assert len(folded(paths, None)) == 20 + 400 + 8_000


MIXED = spec(
    """
- {conv_bn_act: {out: 8, k: 3, s: 2}, name: stem}
- table:
    columns: [c, n]
    rows:
      - [8, 30]
      - [16, 3]
      - [24, 12]
    each: {depthwise_separable: {out: c}, repeat: n}
- {conv: 8, repeat: 40}
- global_avg_pool
- linear: 10
"""
)


@pytest.mark.parametrize("most", [1, 2, 3, 8, 100])
@pytest.mark.parametrize("depth", [1, 2, 3, 9])
def test_folded_lines_sum_to_the_totals(depth: int, most: int) -> None:
    report = convcost.report(convcost.loads(MIXED), depth=depth, lines=most)
    assert total(line.tally for line in leaves(report.lines)) == report.totals
    assert sum(line.measure.count for line in report.lines if line.level == 0) == report.total.count
    assert sum(line.shares["params"] for line in report.lines if line.level == 0) == 1
    tallies = {line.path: line.tally for line in report.lines}
    for path, below in children(report.lines).items():
        assert total(child.tally for child in below) == total([tallies[path]])


def test_a_folded_line_says_how_many_it_is_and_of_what() -> None:
    report = convcost.report(convcost.loads(MIXED), lines=3)
    first, fold, last = report.lines
    assert (first.path, fold.folded, last.path) == ("stem", 5, "linear")
    assert fold.what == "3 of a table, 1 global_avg_pool"
    inner = convcost.report(convcost.loads(MIXED), depth=2, lines=4)
    folds = {line.path.rpartition(".")[0]: (line.folded, line.what) for line in inner.lines if line.folded}
    assert folds["stage1"] == (27, "27 depthwise_separable")
    copies = convcost.report(convcost.loads(spec("- {conv: 8, repeat: 40}")), depth=2, lines=3)
    assert [(line.path, line.folded, line.what) for line in copies.lines][1:3] == [
        ("conv.1", 0, "conv out=8"),
        ("conv.2", 38, "38 conv"),
    ]


def test_one_kind_more_than_are_named_is_hinted_at() -> None:
    text = lines(5, "- conv: 8\n- bn\n- act: relu\n- {{dropout: 0.5}}")
    (fold,) = convcost.report(convcost.loads(text), lines=1).lines
    assert (fold.folded, fold.what) == (20, "5 conv, 5 bn, 5 act, …")


@pytest.mark.parametrize("format", ["table", "md", "latex"])
def test_a_table_that_is_folded_says_so_and_how_to_see_all(run: Run, tmp_path: Path, format: str) -> None:
    path = tmp_path / "long.yaml"
    path.write_text(lines(100))
    shown = run("report", path, "--format", format).out
    assert ("\\dots{} 51 more" if format == "latex" else "… 51 more") in shown
    assert "--lines 0 shows every line" in shown
    assert "conv_2 " in shown.replace("\\", "")
    assert "conv_50 " not in shown.replace("\\", "")
    whole = run("report", path, "--format", format, "--lines", 0).out
    assert "more" not in whole
    assert "--lines" not in whole
    assert whole.replace("\\", "").count("conv_") == 99
    assert len(run("report", path, "--format", format, "--lines", 9).out.splitlines()) < len(
        shown.splitlines()
    )


@pytest.mark.parametrize("format", ["json", "jsonl", "csv"])
def test_a_machine_format_carries_every_layer(run: Run, tmp_path: Path, format: str) -> None:
    path = tmp_path / "long.yaml"
    path.write_text(lines(100))
    shown = run("report", path, "--format", format).out
    assert shown == run("report", path, "--format", format, "--lines", 0).out
    assert all(f"conv_{i}" in shown for i in range(2, 101))


def test_formulas_are_folded_as_numbers_are_but_not_for_machines(run: Run) -> None:
    words = ("report", "mobilenet_v2", "--symbolic", "resolution", "--lines", 3)
    shown = run(*words).out
    assert "… 9 more" in shown
    assert "--lines 0 shows every line" in shown
    assert "more" not in run(*words[:-2]).out
    layers = json.loads(run(*words, "--format", "json").out)["layers"]
    assert [layer["path"] for layer in layers][:3] == ["stem", "stage1", "stage2"]


def test_the_heaviest_are_as_many_as_asked_for(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "long.yaml"
    path.write_text(lines(100))
    assert run("report", path, "--top", 70).out.count("conv out=16") == 70


@pytest.mark.long
def test_no_shipped_network_is_folded_however_deep() -> None:
    """Whoever opens one to its layers sees them all."""
    deepest = [("resnet", "resnet152"), ("condensenet_cifar", "condensenet182")]
    for name, variant in [*((name, None) for name in library.spec_names()), *deepest]:
        report = convcost.report(name, variant=variant, depth=9, lines=SCREEN)
        assert not any(line.folded for line in report.lines), (name, variant)


@pytest.mark.parametrize("number", [0, -1, True, "9", 10**9])
def test_a_number_of_lines_is_a_count(number: Any) -> None:
    with pytest.raises(SpecError, match="lines is"):
        convcost.report("mobilenet_v2", lines=number)


def test_the_command_refuses_fewer_lines_than_none(run: Run) -> None:
    refusal = run("report", "mobilenet_v2", "--lines", "-1")
    assert (refusal.code, refusal.out) == (2, "")
    assert "--lines" in refusal.err
