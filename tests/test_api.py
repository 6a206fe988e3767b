"""The public functions of the package, called as a script would."""

from __future__ import annotations

import dataclasses
import doctest
import inspect
import io
import re
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args

import pytest
from test_docs import read

import convcost
from convcost import library
from convcost.checking import Finding, Outcome
from convcost.comparing.results import Comparison, Count, Pair, Ratio, Side, Turn
from convcost.conventions.measuring import Measure
from convcost.cost import Tally
from convcost.errors import SpecError
from convcost.gaps.search import Candidate, Found
from convcost.render import FORMATS, render
from convcost.reports import SHARED, By, Line, Report

ONE = "{name: one, variables: {c: {default: 4.0, above: 0}}, input: [3, 8, 8], network: [{conv: c}]}"
WEIGHTS = {4: 3 * 4, 8: 3 * 8}

# ------------------------------------------------------------------------------ what is public


def test_all_names_what_there_is() -> None:
    assert convcost.__all__ == sorted(convcost.__all__)
    assert {"load", "loads", "report", "compare", "check", "SpecError", "Limits"} <= set(convcost.__all__)
    assert all(hasattr(convcost, name) for name in convcost.__all__)


@pytest.mark.parametrize("name", [name for name in convcost.__all__ if name != "__version__"])
def test_everything_public_is_explained(name: str) -> None:
    thing = getattr(convcost, name)
    assert inspect.getdoc(thing)
    if inspect.isclass(thing):
        return
    signature = inspect.signature(thing)
    assert all(p.annotation is not inspect.Parameter.empty for p in signature.parameters.values())
    assert signature.return_annotation is not inspect.Signature.empty


def test_the_examples_of_the_package_and_of_its_functions_run() -> None:
    from convcost import api

    for module in (convcost, api):
        failed, tried = doctest.testmod(module)
        assert tried > 0
        assert failed == 0


def test_words_of_options_are_those_of_the_tables() -> None:
    assert get_args(By) == SHARED == ("count", "params", "mem_access")


# ------------------------------------------------------------------------------ load


def test_a_name_a_file_and_a_text_are_the_same_spec(tmp_path: Path) -> None:
    path = Path(library.specs_directory(), "mobilenet_v2.yaml")
    copy = tmp_path / "copy.yaml"
    copy.write_bytes(path.read_bytes())
    reports = [
        convcost.report("mobilenet_v2"),
        convcost.report(convcost.load("mobilenet_v2")),
        convcost.report(str(copy)),
        convcost.report(convcost.loads(path.read_text(encoding="utf-8"))),
    ]
    assert len({render(report, "json") for report in reports}) == 1
    assert reports[0].totals.madds == 300_774_272


@pytest.mark.parametrize(
    ("data", "why"),
    [
        pytest.param(ONE.encode(), None, id="plain"),
        pytest.param(b"\xef\xbb\xbf" + ONE.encode(), None, id="a byte order mark"),
        pytest.param(ONE.replace(", ", ",\r\n ").encode(), None, id="CRLF"),
        pytest.param(ONE.encode("utf-16"), "not UTF-8", id="UTF-16"),
        pytest.param(b"\xff", "not UTF-8", id="no text"),
        pytest.param(b"", "empty", id="empty"),
        pytest.param(b"[]", "must be a map", id="a list"),
        pytest.param(b"\x00", "not YAML", id="NUL"),
    ],
)
def test_a_file_is_text_in_utf_8(data: bytes, why: str | None, tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_bytes(data)
    if why is None:
        assert convcost.report(str(path)).totals.weights == WEIGHTS[4]
        return
    with pytest.raises(convcost.SpecError, match=why) as caught:
        convcost.load(str(path))
    assert str(path) in str(caught.value)


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(ONE.encode())))
    spec = convcost.load("-")
    assert spec.source.name == "<stdin>"
    assert convcost.report(spec).totals.weights == WEIGHTS[4]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("mobilnet_v2", "did you mean 'mobilenet_v2'"),
        ("specs/mobilnet_v2.yaml", "there is no file specs/mobilnet_v2.yaml"),
        ("", "no shipped spec called ''"),
        ("..", "is a directory"),
        ("a\0b", "a"),
    ],
)
def test_what_is_not_there_is_refused(name: str, message: str) -> None:
    with pytest.raises(convcost.SpecError, match=message):
        convcost.load(name)


def test_an_error_calls_a_text_by_the_name_it_is_given() -> None:
    with pytest.raises(convcost.SpecError) as caught:
        convcost.loads("name: x\ninput: [1, 2, 3]\nnetwork: [cnov: 3]\n", "here.yaml")
    assert str(caught.value).startswith("here.yaml:3:11: ")
    assert "'conv'" in str(caught.value)
    assert "^" in str(caught.value)


# ------------------------------------------------------------------------------ exact numbers


@pytest.mark.parametrize(
    ("value", "weights"),
    [
        (8, WEIGHTS[8]),
        ("8", WEIGHTS[8]),
        ("8.0", WEIGHTS[8]),
        (Fraction(16, 2), WEIGHTS[8]),
        ("16 / 2", WEIGHTS[8]),
    ],
    ids=str,
)
def test_a_setting_is_an_int_a_fraction_or_text(value: object, weights: int) -> None:
    assert convcost.report(convcost.loads(ONE), {"c": value}).totals.weights == weights


@pytest.mark.parametrize("value", [8.0, 0.1, float("nan"), float("inf"), 8j, b"8", [8], None], ids=repr)
def test_a_float_is_refused_and_told_how_to_be_exact(value: object) -> None:
    with pytest.raises(convcost.SpecError) as caught:
        convcost.report(convcost.loads(ONE), {"c": value})
    assert f"is a {type(value).__name__}, not an exact number" in str(caught.value)
    assert "Fraction" in caught.value.hint


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dtype": "fp23"}, "there is no dtype 'fp23'\n  hint: did you mean 'fp32'"),
        ({"dtype": "float"}, "there is bf16, fp16, fp32, fp64, int8"),
        ({"by": "flops"}, "there is nothing to rank by called 'flops'"),
        ({"dtype": "weights=int8"}, "says no type of maps, norms"),
        (
            {"dtype": "wieghts=int8,fp16"},
            "there is no kind of tensor 'wieghts'\n  hint: did you mean 'weights'",
        ),
        ({"dtype": "weights=int8,fp16"}, "the type of all comes first\n  hint: fp16,weights=int8"),
        ({"convention": "fvcroe"}, "there is no convention 'fvcroe'\n  hint: did you mean 'fvcore'"),
        (
            {"params": "trained"},
            "there is no definition of params 'trained'\n  hint: did you mean 'trainable'",
        ),
        ({"memory": "fussed"}, "there is no definition of memory 'fussed'\n  hint: did you mean 'fused'"),
        ({"batch": 0}, "batch is at least 1, not 0"),
    ],
)
def test_options_are_refused_with_those_there_are(options: dict[str, Any], message: str) -> None:
    with pytest.raises(convcost.SpecError) as caught:
        convcost.report(convcost.loads(ONE), **options)
    assert message in str(caught.value)


def test_a_report_keeps_what_was_asked() -> None:
    report = convcost.report(convcost.loads(ONE), {"c": 8}, input=(1, 2, 3), batch=5, dtype="fp16")
    assert (report.name, report.input, report.batch) == ("one", (1, 2, 3), 5)
    assert report.dtypes is not None
    assert report.dtypes.types == {"maps": "fp16", "weights": "fp16", "norms": "fp16"}
    assert report.variables == {"c": 8}
    assert [convention.name for convention in report.by] == ["madds", "trainable", "every-op"]
    assert report.totals.madds == 5 * 2 * 3 * 1 * 8
    assert [row.node.path for row in report.rows] == ["conv"]


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_renders_a_network_of_one_free_layer(format: str) -> None:
    """No counts at all: no share divides by zero."""
    report = convcost.report(convcost.loads("{name: free, input: [1, 1, 1], network: [flatten]}"))
    assert "flatten" in render(report, format)


# ------------------------------------------------------------------------------ errors and limits


def test_an_error_has_parts_for_a_program() -> None:
    line = "  - {conv: {out: 3, kk: 3}}"
    with pytest.raises(convcost.SpecError) as caught:
        convcost.loads(f"name: x\ninput: [1, 2, 3]\nnetwork:\n{line}\n", "n.yaml")
    error = caught.value
    place = error.place
    assert place is not None
    assert (place.source.name, place.line, place.column) == ("n.yaml", 4, line.index("kk") + 1)
    assert error.message == "conv has no argument 'kk'"
    assert "did you mean 'k'" in error.hint


@pytest.mark.parametrize("cap", [field.name for field in dataclasses.fields(convcost.Limits)])
def test_every_cap_is_a_count_with_a_help_and_can_be_hit(cap: str) -> None:
    """With every cap at 1 something is refused, and the refusal names a cap and its option."""
    field = next(field for field in dataclasses.fields(convcost.Limits) if field.name == cap)
    assert isinstance(field.default, int)
    assert field.metadata["help"]
    text = "{name: x, input: [12, 8, 8], network: [{layers: [{conv: 10 + 2, repeat: 2}]}]}"
    limits = dataclasses.replace(convcost.Limits(), **{cap: 1})
    with pytest.raises(convcost.SpecError, match=f"--max-{cap}"):
        convcost.report(load_capped(text, limits))


def load_capped(text: str, limits: convcost.Limits) -> convcost.spec.Spec:
    """As `load` reads standard input, which is where bytes are counted."""
    from convcost.reader import decode

    return convcost.loads(decode(text.encode(), "<stdin>", limits), "<stdin>", limits=limits)


def test_limits_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        convcost.Limits().nodes = 1  # type: ignore[misc]


# ------------------------------------------------------------------------------ the page about it

# What the public functions give, by the heading of its table; of a spec, what is there to be read.
GIVEN: dict[str, tuple[tuple[type, ...], str]] = {
    "of a report": ((Report,), ""),
    "of a measure": ((Measure,), ""),
    "of a tally": ((Tally,), ""),
    "of a line": ((Line,), ""),
    "of a comparison": ((Comparison,), ""),
    "of a side": ((Side,), ""),
    "of a count or ratio": ((Count, Ratio), ""),
    "of a pair": ((Pair, Turn), ""),
    "of an explanation": ((Found,), ""),
    "of a fit": ((Candidate,), ""),
    "of an outcome": ((Outcome,), ""),
    "of a finding": ((Finding,), ""),
    "of limits": ((convcost.Limits,), "raised exceeded"),
    "of an error": ((SpecError,), "through args add_note with_traceback"),
}


def attributes(kind: type) -> set[str]:
    """What an object of a class has for a user: its fields, properties and methods."""
    inherited = {*dir(tuple), *dir(BaseException)}
    own = {"message", "hint", "where", "frames"} if kind is SpecError else set()
    fields = {*getattr(kind, "_fields", ()), *getattr(kind, "__dataclass_fields__", ()), *own}
    return {name for name in fields | (set(dir(kind)) - inherited) if not name.startswith("_")}


@pytest.mark.parametrize("heading", GIVEN)
def test_everything_that_a_user_gets_is_explained(heading: str) -> None:
    page = read("python.md")
    told = set(re.findall(r"`(\w+)", section_rows(page, heading)))
    kinds, not_told = GIVEN[heading]
    there = set().union(*map(attributes, kinds)) - set(not_told.split())
    assert there - told == set()


def section_rows(page: str, heading: str) -> str:
    """The rows of the table whose first column is called so, as text."""
    _, found, rest = page.partition(f"\n| {heading} |")
    assert found, f"no table begins with {heading!r}"
    return rest.partition("\n\n")[0]


def test_every_public_function_and_keyword_is_explained() -> None:
    page = read("python.md")
    for name in set(convcost.__all__) - {"__version__"}:
        thing = getattr(convcost, name)
        assert re.search(rf"`{name}\b", page), name
        if inspect.isfunction(thing):
            keywords = {p.name for p in inspect.signature(thing).parameters.values()}
            assert [word for word in keywords if not re.search(rf"\b{word}\b", page)] == []
