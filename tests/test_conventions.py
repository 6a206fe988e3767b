"""Conventions: every tool's count of real models, rules against single layers, what is refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import sympy
from checked import outcome
from conftest import Run
from hypothesis import given
from hypothesis import strategies as st

import convcost
from convcost import SpecError, library
from convcost.conventions import DEFAULTS, Counter, conventions, find, measure, names, shipped
from convcost.conventions.counting import Counted
from convcost.conventions.names import AROUND, NAMES, PARAMS, TRAFFIC, work_kinds
from convcost.conventions.reading import kinds_of
from convcost.conventions.surroundings import surroundings
from convcost.cost import walk
from convcost.ops import OPS
from convcost.symbolic import network_form

TOOLS = json.loads((Path(__file__).parent / "data" / "tools.json").read_text(encoding="utf-8"))


def counted(text: str, convention: str, batch: int = 1) -> int:
    """What a convention counts of a spec in a text."""
    total = convcost.report(convcost.loads(text), convention=convention, batch=batch).total.count
    assert isinstance(total, int)
    return total


def layer(line: str, input: str = "[4, 6, 5]", code: str = "") -> str:
    coded = f"code:\n  source: test\n  {code}\n" if code else ""
    return f"name: layer\ninput: {input}\nnetwork:\n  - {line}\n{coded}"


# ------------------------------------------------------------------------------ real models


@pytest.mark.long
@pytest.mark.xdist_group("claims")
def test_every_count_of_every_tool_is_claimed_and_holds() -> None:
    """tests/data/tools.json has what each tool gave; specs/claims/tools.yaml must claim all of it."""
    claimed = {
        (finding.claim.at, finding.claim.metric_text): finding
        for finding in outcome().findings
        if finding.file.endswith("tools.yaml")
    }
    expected = {}
    for model, counts in TOOLS.items():
        for name, figure in counts.items():
            metric = name if name.startswith("params") else f"count.{name}"
            expected[model.partition("/")[2], metric] = str(figure)
    assert {key: finding.claim.printed.text for key, finding in claimed.items()} == expected
    assert {finding.verdict for finding in claimed.values()} == {"holds"}
    assert len(expected) == 20 * 15 + 2 * 13 - 3 * 2 + 20 + 7


def test_the_tools_asked_for_are_there() -> None:
    assert set(names()) >= {
        *("fvcore", "ptflops-pytorch", "ptflops-aten", "thop", "torchinfo", "calflops", "calflops-flops"),
        *("deepspeed", "deepspeed-flops", "torch", "torchprofile", "flopth", "onnx-tool", "torchvision"),
    }


# ------------------------------------------------------------------------------ single layers

M, O, I = 6 * 5 * 3 * 3 * 4 * 8, 8 * 6 * 5, 4 * 6 * 5  # noqa: E741 - of the convolution below
CONV = "conv: {out: 8, k: 3, bias: true}"
BIASED = {
    "madds": M,
    "flops": 2 * M,
    "torch": 2 * M,
    "fvcore": M,
    "ptflops-pytorch": M + O,
    "ptflops-aten": M + O,
    "thop": M,
    "torchinfo": M + O,
    "calflops": M,
    "calflops-flops": 2 * M + O,
    "deepspeed": M,
    "deepspeed-flops": 2 * M + O,
    "torchprofile": M,
    "flopth": M + O,
    "onnx-tool": M + O,
    "onnx-tool-dynamo": M + O,
    "torchvision": M,
    "mobilenet_v1": M,
    "mobilenet_v2": M,
    "shufflenet_v1": M,
    "condensenet": M,
    "darknet": 2 * M,
}


def test_a_convolution_with_bias_by_everyone() -> None:
    """As measured of `conv3x3 bias` by each tool."""
    assert {name: counted(layer(CONV), name) for name in names()} == BIASED


class Case(NamedTuple):
    """One layer on 4x6x5, how it is called, and what conventions count of it."""

    line: str
    counts: Mapping[str, int]
    code: str = ""


N = 4 * 6 * 5
CASES = [
    Case(
        "bn",
        {"fvcore": 2 * N, "ptflops-pytorch": 2 * N, "ptflops-aten": 0, "thop": 4 * N, "torchinfo": 2 * 4,
         "calflops-flops": 2 * N, "torchprofile": N, "flopth": 2 * N, "onnx-tool": 31 * N, "torch": 0},
    ),
    Case(
        "bn: {affine: false}",
        {"fvcore": N, "ptflops-pytorch": N, "thop": 2 * N, "torchinfo": 0, "torchprofile": 0, "flopth": N},
    ),
    Case(
        "act: relu",
        {"fvcore": 0, "ptflops-pytorch": 2 * N, "calflops-flops": N, "flopth": N, "onnx-tool": N, "thop": 0},
    ),
    Case("act: relu", {"ptflops-pytorch": N, "calflops-flops": N, "flopth": 0}, "act: function"),
    Case(
        "act: relu6",
        {"ptflops-pytorch": N, "calflops-flops": 0, "flopth": N, "onnx-tool": 2 * N},
    ),
    Case("act: relu6", {"ptflops-pytorch": N, "calflops-flops": N, "flopth": 0}, "act: function"),
    Case("act: leaky_relu", {"torchprofile": N, "ptflops-pytorch": N, "calflops-flops": N, "flopth": N}),
    Case("act: leaky_relu", {"torchprofile": 0}, "act: {in_place: true}"),
    Case("act: hard_swish", {"flopth": N, "ptflops-pytorch": 0, "onnx-tool": 5 * N, "calflops-flops": 0}),
    Case("act: hard_sigmoid", {"flopth": N, "onnx-tool": 4 * N}),
    Case("act: sigmoid", {"flopth": 0, "onnx-tool": 32 * N}),
    Case("act: swish", {"ptflops-pytorch": N, "calflops-flops": N, "flopth": 0, "onnx-tool": 33 * N}),
    Case("act: gelu", {"ptflops-pytorch": 2 * N, "onnx-tool": 7 * N, "onnx-tool-dynamo": 34 * N}),
    Case("act: tanh", {"flopth": N, "onnx-tool": 76 * N, "ptflops-pytorch": 0}),
    Case("softmax", {"thop": 6 * 5 * (3 * 4 - 1), "ptflops-pytorch": N, "onnx-tool": 36 * N, "flopth": 0}),
    Case("layer_norm", {"fvcore": 5 * N, "thop": 4 * N, "torchinfo": 8, "onnx-tool": 7 * N + 29 * 30}),
    Case(
        "global_avg_pool",
        {"fvcore": N, "thop": N + 4, "ptflops-pytorch": 2 * N, "calflops-flops": N, "torchprofile": 4,
         "flopth": N, "onnx-tool": N + 4 * 4, "onnx-tool-dynamo": N},
    ),
    Case(
        "global_avg_pool",
        {"fvcore": N, "thop": 0, "ptflops-pytorch": N, "torchprofile": 4, "flopth": 0},
        "global_avg_pool: function",
    ),
    Case(
        "global_avg_pool",
        {"fvcore": 0, "thop": 0, "ptflops-pytorch": 0, "calflops-flops": 0, "torchprofile": 4, "flopth": 0,
         "onnx-tool": N, "onnx-tool-dynamo": N},
        "global_avg_pool: mean",
    ),
    Case(
        "avg_pool: {k: 3, s: 2, pad: 1}",  # to 3x3
        {"thop": 36, "ptflops-pytorch": 2 * N, "torchprofile": 36, "flopth": N, "onnx-tool": 9 * 36},
    ),
    Case(
        "max_pool: {k: 3, s: 2, pad: 1}",
        {"thop": 0, "ptflops-pytorch": 2 * N, "calflops-flops": N, "torchprofile": 0, "onnx-tool": 9 * 36},
    ),
    Case("upsample: 2", {"fvcore": 4 * N, "thop": 4 * N, "flopth": N, "calflops-flops": N,
                         "deepspeed-flops": 4 * N, "ptflops-pytorch": 8 * N, "onnx-tool": 0}),
    Case("upsample: {scale: 2, mode: bilinear}", {"fvcore": 16 * N, "thop": 44 * N, "torchprofile": 16 * N,
                                                  "onnx-tool": 16 * N}),
    Case("lrn: 5", {"fvcore": 0, "torchprofile": 3 * N, "ptflops-pytorch": 3 * N + (4 + 5 - 1) * 30,
                    "onnx-tool-dynamo": 44 * N}),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.line} {case.code}".strip())
def test_one_layer(case: Case) -> None:
    """As measured of single modules and functions by each tool."""
    text = layer(f"{{{case.line}}}" if ":" in case.line else case.line, code=case.code)
    assert {name: counted(text, name) for name in case.counts} == case.counts


def test_transposed_convolutions_with_groups() -> None:
    """As measured: 6 channels on 7x9 to 12 with k = 3, s = 2; the output is 13x17."""
    text = layer("conv_transpose: {out: 12, k: 3, s: 2, g: 3, pad: 1}", "[6, 7, 9]")
    assert {name: counted(text, name) for name in ("madds", "thop", "torchinfo", "torchprofile")} == {
        "madds": 7 * 9 * 9 * 6 * 12 // 3,
        "thop": 13 * 17 * 9 * 6 * 12 // 3,
        "torchinfo": 13 * 17 * 9 * 6 * 12 // 3,
        "torchprofile": 13 * 17 * 9 * 6 * 12,  # the groups are left out
    }
    assert counted(text, "calflops") == 7 * 9 * 9 * 6 * (12 // 3 // 3)  # divided by the groups twice
    assert counted(text, "onnx-tool") == 12 * 13 * 17 * 9 * 12 // 3


def test_batches() -> None:
    """ptflops divides what modules count by the batch, and not what functions do."""
    assert counted(layer("conv: 8"), "ptflops-pytorch", batch=3) == 6 * 5 * 4 * 8
    assert counted(layer("act: relu"), "ptflops-pytorch", batch=3) == N + 3 * N
    assert counted(layer("act: relu", code="act: function"), "ptflops-pytorch", batch=3) == 3 * N
    assert counted(layer("bn"), "torchinfo", batch=3) == 3 * 2 * 4
    for name in ("madds", "fvcore", "thop", "flopth", "calflops-flops", "onnx-tool"):
        one = counted(layer(CONV), name)
        assert counted(layer(CONV), name, batch=3) == 3 * one


# ------------------------------------------------------------------------------ what stands around a layer

FOLDING = """
name: folding
input: [4, 8, 8]
network:
  - {conv: 4, name: a}
  - {bn, name: folds}
  - {act: relu, name: fuses}
  - {bn, name: epilogue}
  - {conv: 4, name: read_twice}
  - {bn, name: stays}
  - {add: read_twice, name: sum}
  - {act: relu, name: after}
  - {conv: {out: 4, bias: true}, name: biased}
  - {bn, name: folds_into_bias}
  - {add: after, name: shortcut}
  - {max_pool: 2, name: pool}
  - {act: relu, name: alone}
"""


def test_what_folds_and_what_fuses() -> None:
    graph = convcost.report(convcost.loads(FOLDING)).graph
    found = dict(zip((node.path for node in graph.nodes), surroundings(graph), strict=True))
    assert {path for path, s in found.items() if s.folded} == {"folds", "folds_into_bias"}
    assert {path for path, s in found.items() if s.fused} == {
        *("folds", "fuses", "epilogue", "folds_into_bias", "shortcut"),
    }
    assert found["shortcut"].others == 4 * 8 * 8
    assert [found[path].biased for path in ("folds", "folds_into_bias", "biased", "a")] == [
        False, True, True, False,
    ]  # fmt: skip


def test_memory_of_fused_layers_by_hand() -> None:
    """Every map is 4x8x8; a convolution has 16 weights, a norm 16 numbers."""
    total = convcost.report(convcost.loads(FOLDING), memory="fused").total
    x = 4 * 8 * 8
    convs = 3 * (2 * x + 16)
    epilogue, stays, adds = 16, 2 * x + 16, 3 * x + 2 * x  # sum, and the act that reads it
    shortcut, pool, alone = x, x + x // 4, 2 * x // 4
    assert total.mem_access == convs + epilogue + stays + adds + shortcut + pool + alone


def test_parameters_by_definition() -> None:
    """Three convolutions of 16 weights, one with 4 biases; norms of 4 channels: 2 fold, 2 stay."""
    text = convcost.loads(FOLDING)
    counts = {name: convcost.report(text, params=name).total.params for name in names("params")}
    assert counts == {
        "trainable": 3 * 16 + 4 + 4 * 8,
        "weights": 3 * 16,
        "without_norm": 3 * 16 + 4,
        "with_stats": 3 * 16 + 4 + 4 * 16,
        "folded": 3 * 16 + 4 + 4 + 2 * 8,  # one leaves a bias, one has one already; scale and shift of two
        "slim": 3 * 16 + 4 + 4 * 12,
        "onnx-tool": 3 * 16 + 4 + 4 + 2 * 16,
        "onnx-tool-dynamo": 3 * 16 + 4 + 4 + 2 * 16,
        "biases": 4,
        "norm_affine": 4 * 8,
        "norm_stats": 4 * 8,
    }


def test_a_norm_without_scale_is_deployed_as_scale_and_shift_too() -> None:
    alone = convcost.loads(layer("bn: {affine: false}"))
    assert convcost.report(alone, params="folded").total.params == 2 * 4


REUSED = """
name: reused
input: [4, 8, 8]
blocks:
  unit:
    body:
      - {conv: 4, name: a}
      - act: relu
      - {conv: 4, name: b}
      - act: relu
      - act: tanh
network:
  - {unit, name: one}
  - {unit, name: two}
  - act: relu
code: {source: test, act: {once: unit}}
"""


def test_a_module_called_again_counts_once_by_flopth() -> None:
    """In each unit one relu of two calls; tanh is another module; the last relu stands in no unit."""
    x = 4 * 8 * 8
    assert counted(REUSED, "flopth") == 4 * 16 * 64 + 2 * (x + x) + x
    assert counted(REUSED, "ptflops-pytorch") == 4 * 16 * 64 + 2 * (2 * 2 * x) + 2 * x


def test_shared_layers_are_one_module() -> None:
    text = """
name: shared
input: [4, 8, 8]
network:
  - {conv: 4, name: a}
  - {conv: 4, name: b, share: a}
"""
    assert (counted(text, "flopth"), counted(text, "fvcore")) == (16 * 64, 2 * 16 * 64)


# ------------------------------------------------------------------------------ laws


@pytest.mark.parametrize("name", ["mobilenet_v2", "resnet", "vgg16", "shufflenet_v1", "mobilenet_v3_large"])
def test_lines_sum_to_the_total_by_every_convention(name: str) -> None:
    spec = convcost.load(name)
    for convention in (name for name in names() if find(name).others or find(name).group == "tools"):
        report = convcost.report(spec, convention=convention, depth=2)
        assert sum(line.measure.count for line in report.lines if line.level == 0) == report.total.count
        assert sum(measure.count for measure in report.measures) == report.total.count


@pytest.mark.parametrize("name", library.spec_names())
def test_the_default_conventions_are_what_a_tally_sums(name: str) -> None:
    report = convcost.report(name)
    assert report.total.count == report.totals.madds
    assert report.total.params == report.totals.params
    assert report.total.mem_access == report.totals.mem_access
    assert report.total.memory.get("conv", 0) == report.totals.conv
    fused, paper = (convcost.report(name, memory=memory).total.mem_access for memory in ("fused", "paper"))
    assert paper <= fused <= report.totals.mem_access


@pytest.mark.parametrize("convention", names())
def test_symbols_and_integers_agree(convention: str) -> None:
    spec = convcost.load("mobilenet_v2")
    form = network_form(spec, spec.bind({}, None), ["resolution"])
    by = conventions(convention)
    at = form.at({"resolution": 160})
    assert at is not None
    if shipped(convention).rule("relu6") is None:
        with pytest.raises(SpecError, match="relu6"):
            convcost.report(spec, {"resolution": 160}, convention=convention)
        return
    ints = convcost.report(spec, {"resolution": 160}, convention=convention)
    symbols = measure(Counter(form.graph, form.rows), by, None)
    for ours, theirs in zip(symbols, ints.measures, strict=True):
        assert sympy.sympify(ours.count).subs(at) == theirs.count


@given(dtypes=st.permutations(["maps=fp16", "weights=int8", "norms=fp32"]))
def test_types_may_come_in_any_order(dtypes: list[str]) -> None:
    report = convcost.report(convcost.loads(layer("bn")), dtype=",".join(dtypes))
    assert report.total.mem_bytes == 2 * 2 * N + 4 * 4 * 4


# ------------------------------------------------------------------------------ the tables themselves


@pytest.mark.parametrize("family", DEFAULTS)
def test_every_kind_has_a_rule_or_is_said_to_be_unknown(family: str) -> None:
    for name in names(family):
        convention = shipped(name, family)
        for kind in kinds_of(family):
            rule = convention.rule(kind)
            assert rule is not None or convention.others is None
        assert set(convention.rules) <= kinds_of(family)
        assert convention.says
        assert "MAC " not in f"{convention.says} {convention.unit} "


def test_tools_know_every_kind_that_was_measured() -> None:
    """A new kind of op is refused by a tool until somebody has looked; today all have been."""
    for name in names():
        convention = find(name)
        if convention.group == "tools":
            assert all(convention.rule(kind) is not None for kind in work_kinds()), name
            for kind in convention.rules:
                assert convention.rules[kind].source or convention.others is not None, (name, kind)


def test_names_are_those_that_a_layer_has() -> None:
    graph = convcost.report(convcost.loads(FOLDING)).graph
    given = Counted(walk(graph)[0], surroundings(graph)[0], 1)
    assert {*given.values, "n"} == set(NAMES)
    assert set(NAMES) >= AROUND
    assert set(TRAFFIC) | set(PARAMS) == kinds_of("memory") | kinds_of("params")
    assert work_kinds() == {kind for op in OPS.values() for kind in op.work}


OWN = """
unit: operations
says: what we count
source: us
counts:
  conv: M
  relu: {count: 2 * O, source: "eq. 1"}
others: 0
"""
REFUSED = {
    "a rule for no kind": (OWN.replace("relu:", "rellu:"), "there is no kind 'rellu'", "did you mean 'relu'"),
    "a name of nothing": (OWN.replace("2 * O", "2 * Q"), "nothing here is called 'Q'", ""),
    "two rows": (OWN + "nothing: [{of: [conv]}]\n", "'conv' has two rows", ""),
    "no others": (OWN.replace("others: 0\n", ""), "says what `others` count", "others: unknown"),
    "no unit": (OWN.replace("unit: operations\n", ""), "a convention needs `unit`", ""),
    "no count": (OWN.replace("count: 2 * O, ", ""), "a row needs `count`", ""),
    "another key": (OWN + "cuonts: {}\n", "has no key 'cuonts'", "did you mean 'counts'"),
    "like and counts": (OWN + "like: madds\n", "has no", ""),
    "an attack": (
        OWN.replace("2 * O", "O.__class__"),
        "is not part of the language",
        "there are no attributes",
    ),
    "layers seen by a number": (
        OWN + "sees: M\n",
        f"`sees` is true or false, not {9 * 3 * 32 * 112 * 112}",
        "",
    ),
    "half an operation": (
        OWN.replace("2 * O", "0.5"),
        "a count is a whole number at least 0; of relu this is 0.5",
        "// ",
    ),
    "half of an odd number": (
        OWN.replace("2 * O", "(O + 1) / 2"),
        f"of relu this is {32 * 112 * 112 // 2}.5",
        "",
    ),
    "less than nothing": (OWN.replace("2 * O", "2 - O"), f"of relu this is {2 - 32 * 112 * 112}", ""),
    "a word": (OWN.replace("2 * O", "op"), "of relu this is act", ""),
    "a switch": (OWN.replace("2 * O", "O > 1"), "of relu this is true", ""),
    "a power": (OWN.replace("2 * O", "9 ** 9 ** 9"), "is not part of the language", ""),
}


@pytest.mark.parametrize(("text", "said", "hint"), REFUSED.values(), ids=REFUSED)
def test_a_convention_that_is_refused(text: str, said: str, hint: str, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(text, encoding="utf-8")
    result = run("report", "mobilenet_v1", "--convention", file)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(f"error: {file}:")
    assert said in result.err
    assert hint in result.err


def test_a_convention_of_ones_own(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(OWN, encoding="utf-8")
    data = json.loads(run("report", "mobilenet_v1", "--convention", file, "--format", "json").out)
    relus = data["totals"]["ops_by_kind"]["relu"]
    assert data["convention"] == {"name": "own", "unit": "operations"}
    assert data["totals"]["count"] == data["totals"]["madds"] - 1024 * 1000 + 2 * relus
    result = run("report", "mobilenet_v1", "--convention", tmp_path / "none.yaml")
    assert (result.code, result.out) == (2, "")


NAMED = OWN.replace("conv: M", "conv: g").replace(
    'relu: {count: 2 * O, source: "eq. 1"}', "linear: g\n  relu: 0.5 * O"
)


def test_a_formula_of_ones_own_counts_in_whole_numbers(tmp_path: Path) -> None:
    """The groups of a convolution are its own, of any other layer 1; half of an even count is an int."""
    file = tmp_path / "own.yaml"
    file.write_text(NAMED, encoding="utf-8")
    text = (
        "name: n\ninput: [8, 4, 4]\nnetwork: [conv: {out: 8, k: 3, g: 4}, act: relu, flatten: , linear: 5]\n"
    )
    lines = convcost.report(convcost.loads(text), convention=str(file), depth=9).lines
    found = {line.path: line.measure.count for line in lines}
    assert found == {"conv": 4, "act": 64, "flatten": 0, "linear": 1}
    assert {type(count) for count in found.values()} == {int}


def test_what_is_not_known_is_refused_at_the_line_that_has_it(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "net.yaml"
    file.write_text(layer("{lrn: 5}"), encoding="utf-8")
    result = run("report", file, "--convention", "onnx-tool")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(f"error: {file}:4:6: lrn: what onnx-tool counts for 'lrn' is not known")


CODE_REFUSED = {
    "no source": ("act: function", "`code` names its source"),
    "no such op": ("{source: x, axt: function}", "there is no op 'axt'"),
    "no such call": ("{source: x, act: chunk}", "nothing here is called 'chunk'"),
    "a number": ("{source: x, act: 3}", "a call of act is module or function, not 3"),
    "no such key": ("{source: x, act: {onec: bn}}", "did you mean 'once'"),
    "in place of what": ("{source: x, act: {in_place: maybe}}", "`in_place` is true or false"),
}


@pytest.mark.parametrize(("code", "said"), CODE_REFUSED.values(), ids=CODE_REFUSED)
def test_code_that_is_refused(code: str, said: str) -> None:
    text = layer("act: relu") + f"code: {code if code.startswith('{') else '{' + code + '}'}\n"
    with pytest.raises(SpecError) as caught:
        convcost.report(convcost.loads(text))
    assert said in str(caught.value)


# ------------------------------------------------------------------------------ the command


def test_conventions_are_listed(run: Run) -> None:
    result = run("conventions")
    listed = {line.split()[0] for line in result.out.splitlines() if line.startswith("  ") and line.strip()}
    assert listed >= {name for family in DEFAULTS for name in names(family)}
    data = json.loads(run("conventions", "--format", "json").out)
    assert {entry["name"] for entry in data["conventions"]} == {n for f in DEFAULTS for n in names(f)}


def test_two_conventions_side_by_side(run: Run) -> None:
    command = ("conventions", "fvcore", "thop", "--spec", "mobilenet_v2", "--format", "json")
    data: dict[str, Any] = json.loads(run(*command).out)
    assert data["totals"] == [314_193_216, 327_486_720]
    for i, name in enumerate(("fvcore", "thop")):
        assert sum(kind["counts"][i]["count"] for kind in data["kinds"]) == data["totals"][i]
        assert all(kind["counts"][i]["convention"] == name for kind in data["kinds"])
    differ = {kind["kind"] for kind in data["kinds"] if kind["differ"]}
    assert differ == {"batch_norm", "global_avg_pool"}
    assert set(data["nothing"]) == {"add", "bias", "relu6"}
    table = run("conventions", "fvcore", "thop", "--spec", "mobilenet_v2").out
    assert "314,193,216" in table
    assert "327,486,720" in table


def test_an_op_by_conventions(run: Run) -> None:
    out = run("conventions", "thop", "onnx-tool", "--op", "bn").out
    assert "4 * O if affine else 2 * O" in out
    assert "conv_transpose" not in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("fvcore", "folded"), "these do not count the same thing"),
        (("fvcroe",), "did you mean 'fvcore'"),
        (("--op", "conv"), "--op and --spec need conventions"),
        (("fvcore", "--op", "cnov"), "there is no op 'cnov'"),
        (("fvcore", "--set", "alpha=1"), "--set and --variant are of a spec"),
        (("fvcore", "--spec", "nothing"), "no shipped spec called 'nothing'"),
    ],
)
def test_what_the_command_refuses(words: tuple[str, ...], said: str, run: Run) -> None:
    result = run("conventions", *words)
    assert (result.code, result.out) == (2, "")
    assert said in result.err
