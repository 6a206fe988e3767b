"""What any text must end in: reports, or an error with a place; whichever it is, the promise holds.

`end` puts a text through every command that reads one. It asserts what SECURITY.md promises, and
counts: steps, layers, and the calls that Python made for them, which no part of the package counts.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar
from xml.etree import ElementTree

import convcost
from convcost import Limits, SpecError, checking, conventions, jobs, library
from convcost.cli.report import read_shape
from convcost.elasticity import make_elasticities
from convcost.expand import expand
from convcost.formulas import make_form_report
from convcost.limits import Meter
from convcost.linting import lint
from convcost.loader import load, read_settings
from convcost.reader import decode
from convcost.render import FORMATS, check, elasticity, form, render, table, trace, why
from convcost.render import lint as rendered_lint
from convcost.render import solve as rendered_solve
from convcost.reports import Report
from convcost.solving import read_target, solve
from convcost.spec import Spec
from convcost.terminal import Terminal

T = TypeVar("T")

SMALL = Limits(bytes=200_000, nodes=1_000, steps=20_000)  # a fuzzer's inputs are small, and many


class Given(NamedTuple):
    """What a user types beside the text: the options of the commands, as text."""

    settings: tuple[str, ...] = ()
    variant: str | None = None
    input: str | None = None
    free: str = ""  # --symbolic
    target: str = ""
    why: str = ""
    figure: str = ""
    formats: tuple[str, ...] = tuple(FORMATS)


NOTHING = Given()


class Ending(NamedTuple):
    """What a text came to, and what it took."""

    error: SpecError | None
    steps: int
    nodes: int
    calls: int


COMMANDS = ("check", "lint", "solve", "symbolic")
SEARCHING = ("why", "elasticity")  # which take longer


def end(
    text: str, given: Given = NOTHING, limits: Limits = SMALL, commands: Sequence[str] = COMMANDS
) -> Ending:
    """Whatever the text asks for, in every format; AssertionError where a promise is broken."""
    meter, nodes = Meter(limits), 0
    with watched(), counted(lambda: meter.steps) as calls:
        try:
            spec = load(text, "<text>", meter)
            nodes = len(expand(spec, spec.bind({}), meter=meter).nodes)
            error = None
        except SpecError as refusal:
            error = refusal
            told(error, of_text=True)
    assert nodes <= limits.nodes
    if error is None:
        with watched():
            for command in ("report", *commands):
                attempt(lambda run=DOES[command]: run(spec, given, meter.steps))  # type: ignore[misc]
    return Ending(error, meter.steps, nodes, calls.made)


def end_any(
    data: str | bytes, given: Given = NOTHING, limits: Limits = SMALL, commands: Sequence[str] = COMMANDS
) -> Ending:
    """The same of bytes as a file has them, which need not be text."""
    if isinstance(data, bytes):
        try:
            data = decode(data, "<text>", limits)
        except SpecError as error:
            told(error, of_text=True)
            return Ending(error, 0, 0, 0)
    return end(data, given, limits, commands)


def attempt(command: Callable[[], None]) -> None:
    """The command, which may be refused by what is given with it."""
    try:
        command()
    except SpecError as error:
        told(error, of_text=False)


# ------------------------------------------------------------------------------ the commands

LETTERS = re.compile(r"[^\W\d]\w*")
PROVEN = {"latex": "formulas"}  # SymPy writes them, from letters that are names


def report(spec: Spec, given: Given, steps: int) -> None:
    made = convcost.report(
        spec,
        read_settings(list(given.settings), spec.limits),
        variant=given.variant,
        input=read_shape(given.input) if given.input is not None else None,
        depth=99,
        dtype="fp16",
    )
    sums(made)
    for format in given.formats:
        shown(render(made, format), format, len(spec.source.text) + steps)
    for width in (40, 100) if "table" in given.formats else ():
        text = table.render(made, Terminal(width, color=True))
        shown(re.sub(r"\x1b\[[0-9;]*m", "", text), "table", len(spec.source.text) + steps)
    heaviest = convcost.report(spec, top=3, batch=2, by="params")
    shown(render(heaviest, "md"), "md", len(spec.source.text) + steps)


def sums(made: Report) -> None:
    """Counts are whole and none is below 0; the layers' are the network's."""
    for key in ("madds", "params", "mem_access", "norm_stats"):
        counts = [getattr(row.tally, key) for row in made.rows]
        assert all(type(count) is int and count >= 0 for count in counts)
        assert sum(counts) == getattr(made.totals, key)


def checked(spec: Spec, given: Given, steps: int) -> None:
    """The claims of the text, about itself or a shipped spec; no file beside it is there."""
    meter = Meter(spec.limits)
    job = jobs.Job(spec.name, spec, spec.claims, library.HERE, (), meter)
    checker = checking.Checker(spec.limits)
    with counted(lambda: meter.steps):
        outcome = checking.Outcome(tuple(checker.findings(job)), spec.claims.non_targets, ())
    if outcome.findings:
        size = len(spec.source.text) + meter.steps
        for format in ("table", "json", "md", "junit", "github"):
            shown(check.render(outcome, format), format, size)
        traces = [
            checking.traced(finding, checker, job)
            for finding in outcome.findings[:3]
            if given.why in finding.claim.name
        ]
        if traces:
            shown(trace.render(traces), "trace", size)


def linted(spec: Spec, given: Given, steps: int) -> None:
    found = lint(convcost.report(spec))
    size = len(spec.source.text) + steps
    shown(rendered_lint.render_table(found), "lint", size)
    shown(rendered_lint.render_json(found), "json", size)


def solved(spec: Spec, given: Given, steps: int) -> None:
    name = numeric(spec)
    targets = (read_target(given.target or "madds<=20K"),)
    if name is not None:
        with counted(lambda: spec.limits.steps, CALLS_A_FORM):
            found = solve(spec, name, targets)
        shown(rendered_solve.render_text(found), "solve", len(spec.source.text))
        shown(rendered_solve.render_json(found), "json", len(spec.source.text))


def symbolic(spec: Spec, given: Given, steps: int) -> None:
    name = numeric(spec)
    free = LETTERS.findall(given.free) or ([name] if name is not None else [])
    with counted(lambda: spec.limits.steps, CALLS_OF_SYMPY):
        made = make_form_report(spec, free, {})
    for format in form.FORMATS:
        shown(form.render(made, format), PROVEN.get(format, format), 10**9)


def explained(spec: Spec, given: Given, steps: int) -> None:
    with counted(lambda: spec.limits.steps, CALLS_A_FORM):
        found = convcost.why(spec, params=given.figure or "1.5K")
    shown(why.render_text(found), "why", len(spec.source.text) + steps)
    shown(why.render_json(found), "json", 10**9)


def marginal(spec: Spec, given: Given, steps: int) -> None:
    with counted(lambda: spec.limits.steps, CALLS_A_FORM):
        found = make_elasticities(spec, ["all"], {}, depth=9)
    for format in elasticity.FORMATS:
        shown(elasticity.render(found, format), PROVEN.get(format, format), 10**9)


def numeric(spec: Spec) -> str | None:
    return next((v.name for v in spec.variables.values() if v.kind in ("count", "number")), None)


DOES: dict[str, Callable[[Spec, Given, int], None]] = {
    "report": report, "check": checked, "lint": linted, "solve": solved, "symbolic": symbolic,
    "why": explained, "elasticity": marginal,
}  # fmt: skip

# ------------------------------------------------------------------------------ what is said

WHOLE = ("<text> is larger than", "<text> is empty", "<text> is not text")  # of no place in it


def told(error: SpecError, of_text: bool) -> None:
    """An error has a place and a few short lines, with nothing in them that drives a terminal."""
    said = str(error)
    assert not of_text or error.place is not None or error.message.startswith(WHOLE), said
    assert said.replace("\n", "").isprintable(), repr(said)
    assert len(said) < 15_000, said
    assert error.message


LATEX = re.compile(
    r"\\(begin\{tabular\}\{[lr]+\}|end\{tabular\}|toprule|midrule|bottomrule|quad|text(backslash|ascii"
    r"(tilde|circum)|less|greater)\{\}|times|cdot|[&%$#_{}\\])"
)
DRIVES = re.compile(r"^\s*::|##\[", re.MULTILINE)


def shown(text: str, format: str, size: int) -> None:
    """An output is no longer than what it was made from, and means nothing to whatever shows it."""
    assert text.endswith("\n")
    assert text.replace("\n", "").isprintable(), repr(text[:1000])
    assert len(text) <= 10_000 + 200 * size, f"{len(text):,} characters from {size:,}"
    if format == "github":
        assert all(line.startswith(("::error file=", "::notice::")) for line in text.splitlines())
    else:
        assert not DRIVES.search(text)
    if format == "json":
        json.loads(text)
    elif format == "jsonl":
        assert all(isinstance(json.loads(line), dict) for line in text.splitlines())
    elif format == "csv":
        cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)
    elif format == "junit":
        ElementTree.fromstring(text)
    elif format == "md":
        assert "<" not in text.replace("\\<", "")
        assert "](" not in re.sub(r"\\[][]", "", text)
    elif format == "latex":
        body = "\n".join(line for line in text.splitlines() if not line.startswith("%"))
        assert "\\" not in LATEX.sub("", body)
        assert "^^" not in text


# ------------------------------------------------------------------------------ counting, watching

# Calls of Python's functions that a text of no steps may take, and those for each step: on numbers, on forms
# (which many are made of, each for few steps), on SymPy's symbols.
CALLS = 20_000
CALLS_A_STEP, CALLS_A_FORM, CALLS_OF_SYMPY = 40, 100, 50  # an older SymPy takes more


class Calls:
    made = 0


@contextmanager
def counted(steps: Callable[[], int], most: int = CALLS_A_STEP) -> Iterator[Calls]:
    """The calls that are made while it lasts, of Python's functions and of C's: so many a step at most."""
    calls = Calls()

    def count(frame: Any, event: str, argument: Any) -> None:
        calls.made += event in ("call", "c_call")

    if not COUNT:
        yield calls
        return
    before = sys.getprofile()
    sys.setprofile(count)
    try:
        yield calls
    finally:
        sys.setprofile(before)
        assert calls.made <= CALLS + most * steps(), f"{calls.made:,} calls for {steps():,} steps"


COUNT = True  # a fuzzer, which has a profile of its own, does without

READ = (library.HERE, library.specs_directory())
NEVER = (
    *("socket.", "subprocess.", "os.", "shutil.", "tempfile.", "urllib.", "http.", "ctypes.", "pty."),
    *("code.", "marshal.", "pickle.", "webbrowser.", "mmap.", "signal.", "builtins.input"),
)
LOOKS = ("os.listdir", "os.scandir", "os.fwalk", "os.walk", "marshal.loads", "code.__new__")  # by imports
_watching = False


class Touched(BaseException):
    """Something was done that a text must never bring about; no handler of errors catches it."""


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watching:
        return
    if event == "open":
        path, mode, _ = arguments
        reads = mode is None or not set(mode) & set("wax+")
        if not reads or not str(path).startswith((*READ, sys.prefix, sys.base_prefix)):
            raise Touched(f"opened {path!r}, {mode}")
    elif event == "exec":
        if arguments[0].co_name != "<module>" or not arguments[0].co_filename.endswith(".py"):
            raise Touched(f"ran {arguments[0]}")
    elif event.startswith(NEVER) and event not in LOOKS:
        raise Touched(f"{event} {arguments!r}")


@contextmanager
def watched() -> Iterator[None]:
    """Nothing is run, written or sent, and no file read but the package's own."""
    global _watching
    if not _watched:
        _watched.append(True)
        warm()
        sys.addaudithook(_hook)
    _watching = True
    try:
        yield
    finally:
        _watching = False


_watched: list[bool] = []

WARM = """
name: warm
variables: {n: 8}
input: [3, 8, 8]
network: [{conv: n}]
sources: {p: x}
claims: [{madds: 1536, source: p}, {madds: 1, source: p}]
"""


def warm() -> None:
    """Once through everything, so that whatever is imported has been when it is watched."""
    for family in conventions.DEFAULTS:
        for name in conventions.names(family):
            conventions.shipped(name, family)
    spec = load(WARM)
    for command in DOES.values():
        command(spec, NOTHING, spec.steps)
