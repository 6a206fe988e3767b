"""What is printed: a table for every width, and formats that all carry the same integers."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from conftest import GOLDEN, Golden

import convcost
from convcost.render import FORMATS, latex, md, record, render, table
from convcost.render.text import both, percent, short
from convcost.reports import Report
from convcost.terminal import Terminal

SMALL = str(GOLDEN / "small.yaml")


def small(**options: Any) -> Report:
    return convcost.report(SMALL, **{"depth": 3, "dtype": "fp16", **options})


# ------------------------------------------------------------------------------ every figure by hand


@dataclass(frozen=True)
class Want:
    """What a layer of small.yaml costs, as products."""

    madds: int = 0
    weights: int = 0
    biases: int = 0
    norm: int = 0  # scale and shift, and as many moving statistics
    conv: int = 0
    elementwise: int = 0
    other: int = 0
    ops: dict[str, int] = field(default_factory=dict)


def conv(taps: int, h: int, w: int, c: int, x: int, biases: int = 0) -> Want:
    """`taps` inputs a number, an h x w x c output, x elements read."""
    weights, y = taps * c, h * w * c
    ops = {"bias": y} if biases else {}
    return Want(h * w * weights, weights, biases, conv=x + y + weights, ops=ops)


def norm(c: int, h: int, w: int) -> Want:
    return Want(norm=2 * c, other=2 * c * h * w + 4 * c, ops={"batch_norm": c * h * w})


WANT = {
    "stem.conv": conv(3 * 3 * 3, 4, 3, 8, x=3 * 8 * 6),  # ceil(8 / 2) by ceil(6 / 2)
    "stem.bn": norm(8, 4, 3),
    "stem.act": Want(elementwise=2 * 8 * 4 * 3, ops={"relu": 8 * 4 * 3}),
    "stage1.1.conv": conv(3 * 3 * 8, 4, 3, 8, x=8 * 4 * 3),
    "stage1.1.bn": norm(8, 4, 3),
    "stage2.1.conv": conv(3 * 3 * 8, 2, 2, 16, x=8 * 4 * 3),  # ceil(4 / 2) by ceil(3 / 2)
    "stage2.1.bn": norm(16, 2, 2),
    "stage2.2.conv": conv(3 * 3 * 16, 2, 2, 16, x=16 * 2 * 2),
    "stage2.2.bn": norm(16, 2, 2),
    "unit.depth_wise": conv(3 * 3, 2, 2, 16, x=16 * 2 * 2),
    "unit.point_wise": conv(16, 2, 2, 16, x=16 * 2 * 2),
    "unit.add": Want(elementwise=3 * 16 * 2 * 2, ops={"add": 16 * 2 * 2}),
    "mix.left": conv(16, 2, 2, 4, x=16 * 2 * 2, biases=4),
    "mix.right": Want(other=2 * 16 * 2 * 2, ops={"max_pool": 3 * 3 * 16 * 2 * 2}),
    "mix.concat": Want(elementwise=2 * (4 + 16) * 2 * 2),
    "global_avg_pool": Want(other=20 * 2 * 2 + 20, ops={"global_avg_pool": 20 * 2 * 2}),
    "classifier": conv(20, 1, 1, 10, x=20, biases=10),
}


def costs(want: Want, bytes: int = 2) -> dict[str, Any]:
    """A layer's costs as the machine formats carry them, but for the ratio of two of them."""
    memory = {"conv": want.conv, "elementwise": want.elementwise, "other": want.other}
    memory["total"] = sum(memory.values())
    trained = want.weights + want.biases + want.norm
    return {
        "count": want.madds,
        "madds": want.madds,
        "flops": 2 * want.madds,
        "ops_by_kind": want.ops,
        "params": {
            "count": trained,
            "total": trained,
            "weights": want.weights,
            "biases": want.biases,
            "norm_affine": want.norm,
            "norm_stats": want.norm,
        },
        "mem_access": memory,
        "mem_bytes": {key: bytes * count for key, count in memory.items()},
    }


def summed(items: list[dict[str, Any]]) -> dict[str, Any]:
    """Nested counts added key by key."""
    out: dict[str, Any] = {}
    for item in items:
        for key, value in item.items():
            if isinstance(value, dict):
                out[key] = summed([out.get(key, {}), value])
            else:
                out[key] = out.get(key, 0) + value
    return out


TOTALS = summed([costs(want) for want in WANT.values()])


def read_json(text: str) -> Any:
    """JSON without a float anywhere."""
    return json.loads(text, parse_float=lambda number: pytest.fail(f"a float: {number}"))


HEAD = (
    "schema_version",
    "convcost_version",
    "name",
    "spec_sha256",
    "variables",
    "input",
    "batch",
    "convention",
)


def test_json_carries_the_products_under_fixed_keys() -> None:
    data = read_json(render(small(), "json"))
    assert [key for key in data if key in HEAD] == list(HEAD)
    assert list(data)[-2:] == ["totals", "layers"]
    assert (data["schema_version"], data["convcost_version"]) == (1, convcost.__version__)
    assert data["input"] == [3, 8, 6]
    assert data["batch"] == 1
    assert data["convention"] == {"name": "madds", "unit": "multiply-adds"}
    assert data["variables"] == {"alpha": "0.5", "classes": 10, "biased": True}
    assert re.fullmatch("[0-9a-f]{64}", data["spec_sha256"])
    keys = ["path", "op", "inputs", "output", *costs(Want()), "intensity"]
    assert all(list(layer) == keys for layer in data["layers"])
    for counted in (*data["layers"], data["totals"]):
        flops_a_byte = Fraction(counted["flops"], counted["mem_bytes"]["total"])
        assert Fraction(counted.pop("intensity")) == flops_a_byte
    got = {layer["path"]: {key: layer[key] for key in costs(Want())} for layer in data["layers"]}
    assert got == {path: costs(want) for path, want in WANT.items()}
    assert list(got) == list(WANT)
    assert data["totals"] == TOTALS
    concat = data["layers"][list(WANT).index("mix.concat")]
    assert (concat["op"], concat["inputs"], concat["output"]) == (
        "concat",
        [[4, 2, 2], [16, 2, 2]],
        [20, 2, 2],
    )


def test_bytes_stand_in_json_only_with_a_dtype() -> None:
    data = read_json(render(small(dtype=None), "json"))
    assert [key for key in TOTALS if key not in data["totals"]] == ["mem_bytes"]
    assert "intensity" not in data["totals"]


@pytest.mark.parametrize(
    ("dtype", "bytes"), [("fp64", 8), ("fp32", 4), ("fp16", 2), ("bf16", 2), ("int8", 1)]
)
def test_a_dtype_says_the_bytes_of_an_element(dtype: str, bytes: int) -> None:
    elements = TOTALS["mem_access"]["total"]
    data = read_json(render(small(dtype=dtype), "json"))
    assert data["totals"]["mem_bytes"]["total"] == bytes * elements
    assert f"mem_bytes   {both(bytes * elements)} bytes as {dtype};" in render(small(dtype=dtype), "table")


def test_each_kind_of_tensor_has_a_type_of_its_own() -> None:
    report = small(dtype="fp16,weights=int8,norms=fp32")
    assert read_json(render(report, "json"))["dtype"] == {"maps": "fp16", "weights": "int8", "norms": "fp32"}
    stem = dict(zip((row.node.path for row in report.rows), report.measures, strict=True))
    assert stem["stem.conv"].mem_bytes == 2 * (3 * 8 * 6 + 4 * 3 * 8) + 1 * 3 * 3 * 3 * 8
    assert stem["stem.bn"].mem_bytes == 2 * 2 * 8 * 4 * 3 + 4 * 4 * 8
    assert stem["stem.act"].mem_bytes == 2 * 2 * 8 * 4 * 3


def test_json_lines_are_the_same_a_layer_a_line() -> None:
    whole = read_json(render(small(), "json"))
    head, *layers = (read_json(line) for line in render(small(), "jsonl").splitlines())
    assert layers == whole.pop("layers")
    assert head == whole


def test_csv_carries_the_same_integers_a_layer_a_row() -> None:
    rows = list(csv.DictReader(io.StringIO(render(small(), "csv"))))
    assert [row["path"] for row in rows] == list(WANT)
    for row, want in zip(rows, WANT.values(), strict=True):
        nested = costs(want)
        kinds = nested.pop("ops_by_kind")
        assert {key: int(row[key]) for key in record.flat(nested)} == record.flat(nested)
        assert {key[4:]: int(n) for key, n in row.items() if key[:4] == "ops." and n != "0"} == kinds
        assert row["convention"] == "madds"


def figures(text: str) -> list[str]:
    return re.findall(r"\d[\d.,]*", text)


@pytest.mark.parametrize("format", ["table", "md", "latex"])
def test_tables_carry_the_same_integers(format: str) -> None:
    """Behind its map a line has each count and its share, in turns."""
    report = small(depth=9, dtype=None)
    text = render(report, format).replace(r"$\times$", "×")
    after_maps = re.findall(r"^(?!%|input).*\d×\d×\d\b(.*)$", text, re.MULTILINE)
    assert [figures(cells)[::2] for cells in after_maps] == [
        [f"{n:,}" for n in (line.tally.madds, line.tally.params, line.tally.mem_access)]
        for line in report.lines
    ]
    (last,) = re.findall(r"^\W*total\b(.*)$", text, re.MULTILINE)
    totals = (TOTALS["madds"], TOTALS["params"]["total"], TOTALS["mem_access"]["total"])
    assert figures(last) == [f"{n:,}" for n in totals]


@pytest.mark.parametrize("format", FORMATS)
def test_counts_above_2_53_are_exact(format: str) -> None:
    text = "{name: n, input: [3, 99991, 99989], network: [{conv: {out: 99971, k: 101}}]}"
    madds = 99991 * 99989 * 101 * 101 * 3 * 99971
    assert madds > 2**53
    assert int(float(madds)) != madds
    shown = render(convcost.report(convcost.loads(text)), format)
    assert (str(madds) if format in ("json", "jsonl", "csv") else f"{madds:,}") in shown


# ------------------------------------------------------------------------------ golden files

GOLDENS = {"table": "small.txt", "md": "small.md", "latex": "small.tex", "csv": "small.csv",
           "json": "small.json", "jsonl": "small.jsonl"}  # fmt: skip
FOLDED = {"table": "small_folded.txt", "md": "small_folded.md", "latex": "small_folded.tex"}


@pytest.fixture
def any_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "__version__", "0.0.0")


@pytest.mark.usefixtures("any_version")
@pytest.mark.parametrize("format", FORMATS)
def test_golden(format: str, golden: Golden) -> None:
    golden(GOLDENS[format], render(small(), format))


@pytest.mark.parametrize("width", [100, 60])
def test_golden_at_a_width(width: int, golden: Golden) -> None:
    golden(f"small_{width}.txt", table.render(small(), Terminal(width)))


@pytest.mark.parametrize("format", FOLDED)
def test_golden_folded(format: str, golden: Golden) -> None:
    golden(FOLDED[format], render(small(lines=3), format))


def test_every_golden_file_is_used() -> None:
    widths = (f"small_{width}.txt" for width in (100, 60))
    used = {"small.yaml", "elasticity.txt", *GOLDENS.values(), *FOLDED.values(), *widths}
    assert {path.name for path in GOLDEN.iterdir()} == used


# ------------------------------------------------------------------------------ widths and colours

WIDTHS = [None, 140, 120, 100, 80, 60, 50, 40]


@pytest.mark.parametrize("width", WIDTHS, ids=str)
@pytest.mark.parametrize(
    ("name", "depth"),
    [
        pytest.param(SMALL, 3, id="small"),
        ("mobilenet_v2", 1),
        ("mobilenet_v2", 3),
        ("resnet", 3),
        ("squeezenet_1_0", 2),
    ],
)
def test_no_line_is_wider_than_the_terminal_and_no_number_is_cut(
    name: str, depth: int, width: int | None
) -> None:
    report = convcost.report(name, depth=depth, dtype="fp32")
    totals = (report.totals.madds, report.totals.params, report.totals.mem_access)
    text = table.render(report, Terminal(width))
    assert max(map(len, text.splitlines())) <= (width or 10**6)
    assert not re.search(r"(?<!\w)\d[\d.,]*…", text)
    (last,) = re.findall(r"^total +(.*)$", text, re.MULTILINE)
    shown = last.split()[:3]
    assert shown in ([f"{n:,}" for n in totals], [short(n) for n in totals])
    for n in (*totals, report.totals.weights, report.totals.conv, 4 * report.totals.mem_access):
        assert f"{n:,}" in text  # below the table, whole at every width


def test_wider_terminals_show_more() -> None:
    columns = {width: table.render(small(), Terminal(width)).count(" %") for width in (None, 100, 60)}
    assert columns[None] >= columns[100] >= columns[60]
    assert "what" in table.render(small(), Terminal(None))
    assert "depth_wise" in table.render(small(), Terminal(60))


@pytest.mark.parametrize("width", WIDTHS, ids=str)
def test_colours_change_no_character(width: int | None) -> None:
    plain = table.render(small(), Terminal(width, color=False))
    coloured = table.render(small(), Terminal(width, color=True))
    assert "\x1b" not in plain
    assert "\x1b[" in coloured
    stripped = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert [line.rstrip() for line in stripped.splitlines()] == plain.splitlines()


def test_no_line_of_any_format_ends_in_a_space_or_holds_a_tab() -> None:
    for format in FORMATS:
        text = render(small(), format)
        assert text.endswith("\n")
        assert not text.endswith("\n\n")
        assert "\t" not in text
        if format != "md":  # two spaces break a line there
            assert not re.search(r" $", text, re.MULTILINE), format


def test_every_table_names_its_input_and_convention() -> None:
    for format in ("table", "md", "latex"):
        text = render(small(), format)
        assert "input 3×8×6 · batch 1 · alpha=0.5 classes=10 biased=true" in text
        assert "convention madds: multiply-adds of convolutions and linear layers" in text


# ------------------------------------------------------------------------------ names with special characters


@pytest.mark.parametrize(
    ("raw", "markdown"),
    [
        ("a_b", r"a\_b"),
        ("*bold*", r"\*bold\*"),
        ("a|b", r"a\|b"),
        ("<script>", "&lt;script&gt;"),
        ("R&D", "R&amp;D"),
        ("&lt;", "&amp;lt;"),
        ("[f](g)", r"\[f\](g)"),
        ("`x`", r"\`x\`"),
        ("\\", "\\\\"),
        ("# h", r"\# h"),
        ("two\nlines", "two lines"),
        ("3×8×6", "3×8×6"),
    ],
)
def test_markdown_shows_text_as_it_is(raw: str, markdown: str) -> None:
    assert md.escape(raw) == markdown


@pytest.mark.parametrize(
    ("raw", "tex"),
    [
        ("a_b", r"a\_b"),
        ("50%", r"50\%"),
        ("R&D", r"R\&D"),
        ("$m$", r"\$m\$"),
        ("#1", r"\#1"),
        ("{x}", r"\{x\}"),
        ("a^b", r"a\textasciicircum{}b"),
        ("~", r"\textasciitilde{}"),
        ("\\", r"\textbackslash{}"),
        ("<0.1", r"\textless{}0.1"),
        ("3×8", r"3$\times$8"),
    ],
)
def test_latex_shows_text_as_it_is(raw: str, tex: str) -> None:
    assert latex.escape(raw) == tex


def test_a_latex_table_has_as_many_cells_in_every_row() -> None:
    text = render(small(), "latex")
    (columns,) = re.findall(r"\\begin\{tabular\}\{([lr]+)\}", text)
    rows = re.findall(r"^(?!%)(.*&.*) \\\\$", text, re.MULTILINE)
    assert len(rows) == 1 + len(small().lines) + 1
    assert {len(re.findall(r"(?<!\\)&", row)) for row in rows} == {len(columns) - 1}


def test_a_markdown_table_has_as_many_cells_in_every_row() -> None:
    rows = [line for line in render(small(), "md").splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {12}


def test_a_name_in_a_latex_comment_cannot_end_it() -> None:
    text = '{name: "two\\nlines", input: [1, 4, 4], network: [{conv: 2}]}'
    report = convcost.report(convcost.loads(text))
    before = render(report, "latex").split("\\begin{tabular}")[0]
    assert "two lines" in before
    assert all(line.startswith("%") for line in before.splitlines())


TEX = next(
    (engine for engine in ("tectonic", "pdflatex", "lualatex", "xelatex") if shutil.which(engine)), None
)


@pytest.mark.skipif(TEX is None, reason="no TeX engine is installed")
def test_latex_compiles(tmp_path: Path) -> None:
    assert TEX is not None
    page = "\\documentclass{article}\\usepackage{booktabs}\\begin{document}\n%s\\end{document}\n"
    (tmp_path / "page.tex").write_text(page % render(small(), "latex"), encoding="utf-8")
    options = [] if TEX == "tectonic" else ["-interaction=nonstopmode", "-halt-on-error"]
    done = subprocess.run([TEX, *options, "page.tex"], cwd=tmp_path, capture_output=True, timeout=300)
    assert done.returncode == 0, done.stdout.decode(errors="replace")
    assert (tmp_path / "page.pdf").stat().st_size > 0


# ------------------------------------------------------------------------------ numbers for people


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0"),
        (7, "7"),
        (999, "999"),
        (1000, "1.000K"),
        (9999, "9.999K"),
        (12_345, "12.34K"),  # a half goes to the even digit
        (12_355, "12.36K"),
        (123_456, "123.5K"),
        (999_949, "999.9K"),
        (999_950, "1.000M"),
        (999_999, "1.000M"),
        (300_774_272, "300.8M"),
        (4_089_184_256, "4.089G"),
        (10**21, "1000E"),
        (123_456 * 10**18, "123456E"),
    ],
)
def test_short_has_four_digits(count: int, text: str) -> None:
    assert short(count) == text
    assert both(count) == f"{count:,} ({text})"


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(0, 5, "0"), (1, 1, "100.0"), (1, 3, "33.3"), (2, 3, "66.7"), (1, 2000, "<0.1"), (1, 1999, "0.1"),
     (1, 10**30, "<0.1"), (999_999, 10**6, "100.0")],
)  # fmt: skip
def test_percent_says_when_something_is_there(part: int, whole: int, text: str) -> None:
    assert percent(Fraction(part, whole)) == text
