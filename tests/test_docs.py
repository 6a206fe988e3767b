"""The documentation is run: its specs are expanded, its commands and sessions give what the page shows.

The examples of a page are tried in their order, in a directory laid out like the repository:

- ```yaml with `network:` is a whole spec and must load, expand and walk (```yaml refused must not); one
  that begins `# NAME` is saved under that name for the examples below it. A part begins `# fragment`.
- ```console runs each line `$ convcost ...` and compares what it prints; `...` on a line of its own
  stands for lines left out. Lines of other commands are not run.
- ```python with `>>>` is a doctest; without, it is run. One that begins `# convcost/...` is that
  module, or is added to it; `# tests/test_ops.py` are rows of its table. A page's blocks share names.
"""

from __future__ import annotations

import difflib
import doctest
import json
import re
import runpy
import shlex
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest
import test_ops
from conftest import Run

import convcost
from convcost import library
from convcost.body import STRUCTURES
from convcost.claim_sources import FIGURES
from convcost.claims import VERDICTS
from convcost.conventions import BYTES, DEFAULTS, finding, names
from convcost.conventions.names import NAMES
from convcost.cost import Tally
from convcost.errors import Mark, Source, SpecError
from convcost.expr import BUILTINS, WORDS, literal, show
from convcost.limits import DEFAULT, Meter
from convcost.lines import MODIFIERS
from convcost.loader import KEYS
from convcost.metrics import METRICS
from convcost.ops import OPS
from convcost.params import KINDS
from convcost.printed import ROUNDINGS, UNITS
from convcost.reader import Scalar
from convcost.render import FORMATS

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
TOP = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "RELEASING.md")
PAGES = [*sorted(DOCS.glob("*.md")), *(ROOT / name for name in TOP)]
LONG = ("CONTRIBUTING.md", "compare.md", "formulas.md", "why.md")  # they search, or check all there is
by_name: Callable[[Path], str] = lambda page: page.name  # noqa: E731


# ------------------------------------------------------------------------------ reading a page


class Fence(NamedTuple):
    """A fenced block: its language, its text, and the line of the page that its text begins on."""

    language: str
    refused: bool
    text: str
    line: int

    @property
    def title(self) -> str:
        """`NAME` of a first line `# NAME`."""
        first = self.text.partition("\n")[0]
        return first[2:].strip() if first.startswith("# ") else ""


_FENCE = re.compile(r"^( *)```(\w*)( refused)?\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


def fences(markdown: str) -> list[Fence]:
    def line(position: int) -> int:
        return markdown.count("\n", 0, position) + 1

    found = _FENCE.finditer(markdown)
    return [Fence(m[2], bool(m[3]), textwrap.dedent(m[4]), line(m.start(4))) for m in found]


def prose(markdown: str) -> str:
    """The page without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", markdown, flags=re.MULTILINE | re.DOTALL)


def table(markdown: str, *columns: str) -> list[list[str]]:
    """The cells of every row under the headings `columns`, without the backticks around a cell."""
    rows: list[list[str]] = []
    inside = False
    for line in markdown.splitlines():
        cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if tuple(cells[: len(columns)]) == columns:
            inside = True
        elif inside and cells and set("".join(cells)) - set(":-"):
            rows.append([cell.strip("` ") if cell.startswith("`") else cell for cell in cells])
        elif not cells:
            inside = False
    return rows


def section(markdown: str, heading: str) -> str:
    """What stands under a heading `## heading`, up to the next of its level."""
    _, found, rest = markdown.partition(f"\n## {heading}\n")
    assert found, f"there is no heading {heading!r}"
    return rest.partition("\n## ")[0]


def read(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


# ------------------------------------------------------------------------------ trying a page


def agrees(shown: str, printed: str) -> bool:
    """Line by line the same, where `...` stands for any lines."""
    lines = [
        r"(?:.*\n)*?" if line.strip() == "..." else f"{re.escape(line)}\n" for line in shown.splitlines()
    ]
    return re.fullmatch("".join(lines), printed) is not None


def convention(fence: Fence) -> str:
    """What is wrong with a convention in a file, as a page shows it."""
    try:
        finding.find(fence.title)
    except SpecError as error:
        return str(error)
    return ""


class Desk:
    """Where the examples of one page are tried; each trial gives nothing, or what is wrong."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.names: dict[str, Any] = {"__name__": "docs"}
        self.modules: list[str] = []  # that examples made

    def page(self, markdown: str, name: str) -> list[str]:
        trials = {"yaml": self.yaml, "console": self.console, "python": self.python}
        wrong = []
        for fence in fences(markdown):
            if fence.language in trials and (said := trials[fence.language](fence)):
                wrong.append(f"{name}:{fence.line}: {said}")
        return wrong

    def yaml(self, fence: Fence) -> str:
        if fence.title.endswith(".yaml"):
            Path(fence.title).write_text(fence.text, encoding="utf-8")
            forget()
        if re.search(r"^network:", fence.text, re.MULTILINE):
            try:
                convcost.report(convcost.loads(fence.text, fence.title or "<text>"))
            except SpecError as error:
                return "" if fence.refused else str(error)
            return "this is not refused" if fence.refused else ""
        if re.search(r"^says:", fence.text, re.MULTILINE):
            return convention(fence)
        marked = fence.title.startswith(("fragment", "convcost/blocks/", "specs/claims/"))
        return "" if marked else "neither a whole spec nor marked `# fragment`"

    def console(self, fence: Fence) -> str:
        wrong = []
        for part in re.split(r"^\$ ", fence.text, flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            program, *words = shlex.split(command)
            if program != "convcost":
                continue
            result = self.run(*words)
            printed = result.out + result.err
            if not agrees(shown, printed):
                lines = difflib.unified_diff(shown.splitlines(), printed.splitlines(), "shown", "printed")
                wrong.append("\n".join([f"$ {command}", *lines]))
        return "\n".join(wrong)

    def python(self, fence: Fence) -> str:
        if fence.title == "tests/test_ops.py":
            for case in eval(f"[{fence.text}]", vars(test_ops)):
                test_ops.test_cost(case)
            return ""
        if ">>> " not in fence.text:
            exec(compile(fence.text, f"line {fence.line}", "exec"), self.module(fence.title))
            return ""
        test = doctest.DocTestParser().get_doctest(fence.text, self.names, "docs", None, 0)
        said: list[str] = []
        doctest.DocTestRunner(verbose=False).run(test, out=said.append, clear_globs=False)
        self.names.update(test.globs)
        return "".join(said)

    def module(self, title: str) -> dict[str, Any]:
        """The names that a block of code is run in: a module's where it says which, else the page's."""
        if not title.endswith(".py"):
            return self.names
        name = title.removesuffix(".py").replace("/", ".")
        if find_spec(name) is not None:
            return {**vars(import_module(name))}
        sys.modules[name] = ModuleType(name)
        self.modules.append(name)
        return vars(sys.modules[name])


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> Iterator[Desk]:
    """A directory like the repository's; what an example registers or writes is gone afterwards."""
    for entry in ROOT.iterdir():
        if entry.name not in ("convcost", "specs"):
            (tmp_path / entry.name).symlink_to(entry)
    for folder in ("blocks", "conventions"):
        shutil.copytree(ROOT / "convcost" / folder, tmp_path / "convcost" / folder)
    shutil.copytree(ROOT / "specs", tmp_path / "specs")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(library, "HERE", str(tmp_path / "convcost"))
    ops = dict(OPS)
    yield (made := Desk(run))
    OPS.clear()
    OPS.update(ops)
    for name in made.modules:
        del sys.modules[name]
    forget()


def forget() -> None:
    """What the package has read of its own files."""
    for cached in (library.block_names, library.block_source, finding.names, finding.shipped):
        cached.cache_clear()


@pytest.mark.parametrize(
    "page",
    [pytest.param(page, marks=[pytest.mark.long] * (page.name in LONG)) for page in PAGES],
    ids=by_name,
)
def test_every_example_does_what_the_page_shows(page: Path, desk: Desk) -> None:
    wrong = desk.page(page.read_text(encoding="utf-8"), page.name)
    assert not wrong, "\n\n".join(wrong)


SPEC = "name: N\ninput: [3, 8, 8]\nnetwork: [conv: 4]\n"
WRONG_EXAMPLES = {
    "a spec that is refused": ("yaml", SPEC.replace("conv", "convv"), "there is no op or block 'convv'"),
    "a spec that is not refused": ("yaml refused", SPEC, "this is not refused"),
    "a part that is not marked": ("yaml", "variables: {x: 3}\n", "nor marked"),
    "another output": ("console", "$ convcost --version\nconvcost 0.0.0\n", "-convcost 0.0.0"),
    "output that is not shown": ("console", "$ convcost --version\n", "$ convcost --version"),
    "a command that fails": ("console", "$ convcost report nothing\nnothing\n", "+error: there is no file"),
    "another answer": ("python", ">>> 1 + 1\n3\n", "Expected:"),
    "a page without answers": ("python", ">>> 1 + 1\n", "Expected nothing"),
}


@pytest.mark.parametrize(("language", "text", "said"), WRONG_EXAMPLES.values(), ids=WRONG_EXAMPLES)
def test_a_wrong_example_is_found(language: str, text: str, said: str, desk: Desk) -> None:
    wrong = desk.page(f"# Page\n\n```{language}\n{text}```\n", "page.md")
    assert len(wrong) == 1
    assert wrong[0].startswith("page.md:4: ")
    assert said in wrong[0]


def test_an_example_changes_nothing_for_others() -> None:
    """The pages above register ops and formats of their own."""
    assert "pixel_shuffle" not in OPS
    assert "tsv" not in FORMATS
    assert "convcost.render.tsv" not in sys.modules


# ------------------------------------------------------------------------------ tables that are run


def test_each_expression_has_the_value_beside_it() -> None:
    rows = table(read("language.md"), "expression", "value")
    mark = Mark(Source("docs", ""), 1, 1)
    assert len(rows) > 10
    for expression, value, *_ in rows:
        assert show(literal(Scalar(expression, mark), Meter()).value) == value, expression


def with_part(part: str) -> str:
    """A small whole spec with this part in place of its own, or behind it."""
    own = {"name": "name: N", "input": "input: [4, 8, 8]", "network": "network: [conv: 4]"}
    key = part.partition(":")[0]
    return "\n".join([*(line for name, line in own.items() if name != key), part, ""])


REFUSALS = [row[:2] for row in table(section(read("language.md"), "What is refused"), "written", "error")]


@pytest.mark.parametrize(("part", "said"), REFUSALS, ids=[part for part, _ in REFUSALS])
def test_each_refusal_is_refused_with_the_words_beside_it(part: str, said: str) -> None:
    with pytest.raises(SpecError) as caught:
        convcost.report(convcost.loads(with_part(part)))
    assert said in str(caught.value)


def test_without_its_part_the_spec_of_the_refusals_is_whole() -> None:
    assert convcost.report(convcost.loads(with_part("cite: nobody"))).totals.madds == 8 * 8 * 4 * 4
    assert len(REFUSALS) > 20


# ------------------------------------------------------------------------------ completeness


def private(module: str, name: str) -> tuple[str, ...]:
    keys: tuple[str, ...] = getattr(import_module(f"convcost.{module}"), name)
    return keys


MENTIONED: dict[str, tuple[str, Any]] = {
    "keys of a spec": ("language.md", KEYS),
    "keys of a variable": ("language.md", ("default", "help", *private("loader", "_BOUNDS"))),
    "modifiers": ("language.md", MODIFIERS),
    "structures": ("language.md", STRUCTURES),
    "keys of structures": (
        "language.md",
        ("columns", "rows", "each", "join", "paths", "sizes", "skip"),
    ),
    "keys of a block": ("language.md", private("shelf", "_KEYS")),
    "keys of an argument": ("language.md", private("shelf", "_ARGUMENT")),
    "keys of a source": ("language.md", ("title", "rounding", "counts", "units")),
    "keys of a claim": ("language.md", (*FIGURES, *private("claim_reader", "_KEYS"))),
    "roundings": ("language.md", ROUNDINGS),
    "verdicts": ("language.md", VERDICTS),
    "kinds of arguments": ("language.md", KINDS),
    "functions": ("language.md", BUILTINS),
    "caps": ("language.md", [f"--max-{name}" for name in DEFAULT.__slots__]),
    "ops": ("reference.md", OPS),
    "blocks": ("reference.md", library.block_names()),
    "units": ("reference.md", filter(None, UNITS)),
    "kinds of figures": (
        "reference.md",
        {kind for metric in METRICS.values() if metric.family != "work" for kind in metric.kinds},
    ),
    "conventions": ("conventions.md", {name for family in DEFAULTS for name in names(family)}),
    "names of rules": ("conventions.md", NAMES),
    "keys of the code of an op": ("language.md", ("call", "once", "in_place")),
    "ways to call": ("language.md", {call for op in OPS.values() for call in op.calls}),
    "words": ("reference.md", {word for words in WORDS.values() for word in words}),
    "counts": ("counts.md", (*METRICS, *(key for key in Tally._fields if key != "ops"))),
    "kinds of operations": ("counts.md", {kind for op in OPS.values() for kind in op.kinds}),
    "types of elements": ("counts.md", BYTES),
    "formats": ("json.md", FORMATS),
}


@pytest.mark.parametrize(("page", "terms"), MENTIONED.values(), ids=MENTIONED)
def test_the_page_mentions_all(page: str, terms: Any) -> None:
    quoted = re.findall(r"`([^`]+)`", prose(read(page)))
    said = {word for text in quoted for word in (text, *re.split(r"[\s,:{}]+", text))}
    assert set(terms) <= said, f"{page} does not mention {sorted(set(terms) - said)}"


def test_one_spec_of_the_language_uses_every_op() -> None:
    specs = [f.text for f in fences(read("language.md")) if f.title == "every_op.yaml"]
    assert len(specs) == 1
    rows = convcost.report(convcost.loads(specs[0])).rows
    assert {row.node.op for row in rows} == set(OPS)


def test_the_map_of_the_package_names_every_file() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = table(text, "file", "what it does")
    package = ROOT / "convcost"
    files = [str(path.relative_to(package)) for path in package.rglob("*.py")]
    listed = [file for row in rows for file in re.findall(r"[\w/]+\.py", row[0])]
    assert sorted(listed) == sorted(file for file in files if not file.endswith("__.py"))


# ------------------------------------------------------------------------------ machine formats

OPEN = ("variables", "ops_by_kind", "letters", "free")  # maps whose keys are the network's own


def leaves(data: Any, path: str = "") -> set[str]:
    """The keys down to values, joined by dots; `[]` after a list of objects."""
    if isinstance(data, dict) and path.rpartition(".")[2] not in OPEN:
        inner = f"{path}." if path else ""
        return {leaf for key, value in data.items() for leaf in leaves(value, inner + key)}
    if isinstance(data, list) and data and isinstance(data[0], dict):
        return {leaf for item in data for leaf in leaves(item, f"{path}[]")}
    return {path}


MACHINE = {
    "report": "report squeezenet_1_0 --dtype fp16 --format json",
    "report --elasticity": "report squeezenet_1_0 --elasticity classes --format json",
    "compare": "compare standard dsc --k 3 --m 32 --n 64 --format json",
    "check": "check mobilenet_v2 --format json",
    "list": "list --format json",
    "conventions": "conventions fvcore thop --spec mobilenet_v2 --format json",
}


@pytest.mark.parametrize("name", MACHINE)
def test_the_page_lists_every_key_of_the_output_and_no_other(name: str, run: Run) -> None:
    rows = table(section(read("json.md"), f"`{name} --format json`"), "key", "type")
    output = json.loads(run(*MACHINE[name].split()).out)
    assert sorted(row[0] for row in rows) == sorted(leaves(output))


@pytest.mark.parametrize("name", MACHINE)
def test_every_output_says_its_schema_version_first(name: str, run: Run) -> None:
    output = json.loads(run(*MACHINE[name].split()).out)
    assert next(iter(output.items())) == ("schema_version", 1)


def test_the_page_lists_every_column_of_csv(run: Run) -> None:
    rows = table(section(read("json.md"), "`report --format csv`"), "column")
    output = run("report", "squeezenet_1_0", "--dtype", "fp16", "--format", "csv").out
    columns = output.partition("\n")[0].split(",")
    fixed = [column for column in columns if not column.startswith("ops.")]
    assert [row[0] for row in rows if row[0] != "ops.KIND"] == fixed
    assert "ops.max_pool" in columns


# ------------------------------------------------------------------------------ the generated page


@pytest.fixture(scope="module")
def generate() -> Any:
    """docs/generate.py's `main`; it works out its pages once."""
    return runpy.run_path(str(DOCS / "generate.py"))["main"]


@pytest.mark.long
@pytest.mark.xdist_group("claims")
def test_the_generated_pages_are_in_step(generate: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert generate(["--check"]) == 0, "run: python docs/generate.py"
    assert capsys.readouterr().err == ""


@pytest.mark.long
@pytest.mark.xdist_group("claims")
@pytest.mark.parametrize("text", [None, "", "# Reference\n"], ids=["missing", "empty", "old"])
def test_a_page_out_of_step_is_told_and_rewritten(
    text: str | None, tmp_path: Path, generate: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "reference.md"
    if text is not None:
        page.write_text(text, encoding="utf-8")
    assert generate(["--check"], tmp_path) == 1
    assert "python docs/generate.py" in capsys.readouterr().err
    assert (page.read_text(encoding="utf-8") if page.exists() else None) == text
    assert generate([], tmp_path) == 0
    assert generate(["--check"], tmp_path) == 0


# ------------------------------------------------------------------------------ links


def anchors(markdown: str) -> set[str]:
    """The anchors that GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", prose(markdown), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=by_name)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", page.read_text(encoding="utf-8"))
    for target, anchor in links:
        file = page.parent / target if target else page
        assert file.exists(), target
        assert not anchor or anchor in anchors(file.read_text(encoding="utf-8")), f"{target}#{anchor}"
