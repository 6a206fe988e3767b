"""Lessons: each formula is proven as it is made; key ones are the papers', and false ones are refused."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import sympy
from conftest import ROOT, Run

from convcost.lessons import LESSONS, Derivation, explain
from convcost.lessons.board import Board, Unproven
from convcost.lessons.groups import reach, ways
from convcost.ops import OPS, Cost, Shape
from convcost.render.explain import render

NAMED = (
    *("g1", "g2", "g3", "g4"),
    *("dsc", "width-multiplier", "resolution-multiplier", "inverted-residual", "linear-bottleneck"),
    *("fire", "global-pool", "squeeze-excite"),
    *("channel-shuffle", "concat-vs-add", "igc", "learned-groups"),
    *("hard-swish", "relu6"),
)


@pytest.fixture(scope="module")
def derived() -> dict[str, Derivation]:
    return {name: explain(name) for name in LESSONS}


def formulas(derivation: Derivation) -> list[str]:
    return [step.formula for step in derivation.steps if step.formula]


def test_these_are_the_lessons() -> None:
    assert sorted(LESSONS) == sorted(NAMED)


@pytest.mark.parametrize("name", NAMED)
def test_a_lesson_proves_something_of_layers_and_cites(name: str, derived: dict[str, Derivation]) -> None:
    derivation = derived[name]
    assert derivation.layers
    assert derivation.lesson.beyond
    assert derivation.lesson.question.endswith("?")
    assert all(re.search(r"arXiv:\d{4}\.\d{4,5}$", source) for source in derivation.lesson.sources)
    assert sum(step.proof.startswith("proven") for step in derivation.steps) >= 3
    assert all(bool(step.formula) == bool(step.proof) == bool(step.latex) for step in derivation.steps)


def test_no_lesson_types_a_number_in_floating_point() -> None:
    """Exact from end to end: the files of the lessons hold no float outside of text."""
    import ast

    for file in (ROOT / "convcost" / "lessons").glob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        assert not [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, float)]


# ------------------------------------------------------------------------------ the papers' formulas

PAPERS = [
    ("g1", "mem_access = h*w*(c1 + c2) + c1*c2"),
    ("g1", "mem_access >= 2*sqrt(h*w*B) + B/(h*w)"),
    ("g1", "mem_access = 2*sqrt(h*w*B) + B/(h*w)   only where   c1 = c2"),
    ("g2", "mem_access_at_B = h*w*c1 + B*g/c1 + B/(h*w)"),
    ("g4", "madds = h*w*(2*c*m + 9*m^2)"),
    ("dsc", "standard = D_K*D_K*M*N*D_F*D_F"),
    ("dsc", "dsc/standard = 1/N + 1/D_K^2"),
    ("dsc", "fewer >= 8   exactly where   N >= 72"),
    ("width-multiplier", "thin = D_K*D_K*alpha*M*D_F*D_F + alpha*M*alpha*N*D_F*D_F"),
    ("resolution-multiplier", "small = D_K*D_K*alpha*M*rho*D_F*rho*D_F + alpha*M*alpha*N*rho*D_F*rho*D_F"),
    ("inverted-residual", "madds = h*w*d1*t*(d1 + k^2 + d2)"),
    ("fire", "params = 11920"),
    ("squeeze-excite", "weights = 2*c*s = 2*c^2/r"),
    ("channel-shuffle", "resnext = h*w*(2*c*m + 9*m^2/g)"),
    ("channel-shuffle", "shufflenet = h*w*(2*c*m/g + 9*m)"),
    ("igc", "T = G^2*(S/L + 1/M)"),
    ("igc", "S*K1 + K2 = 2*sqrt(S*K1*K2)   only where   K2 = S*K1"),
]


@pytest.mark.parametrize(("name", "formula"), PAPERS, ids=[f"{n}: {f}" for n, f in PAPERS])
def test_the_lesson_has_the_formula_of_its_paper(
    name: str, formula: str, derived: dict[str, Derivation]
) -> None:
    assert formula in formulas(derived[name])


def letters(names: str) -> Any:
    return sympy.symbols(names, integer=True, positive=True)


def test_the_layers_have_the_formulas_of_the_papers() -> None:
    """The same without the board's own proofs: SymPy on both sides, written here a second time."""
    h, w, c1, c2, t, k, d1, d2, L, M = letters("h w c1 c2 t k d1 d2 L M")  # noqa: N806
    conv = Board().walk("conv", "h=7 w=5 c1=4 c2=6", "[c1, h, w]", "conv: c2")
    bound = 2 * sympy.sqrt(h * w * conv.madds) + conv.madds / (h * w)
    assert sympy.expand(conv.mem_access - bound - h * w * (sympy.sqrt(c1) - sympy.sqrt(c2)) ** 2) == 0
    block = Board().walk(
        "block", "h=7 w=5 d1=4 d2=6 t=6 k=3", "[d1, h, w]", "inverted_residual: {t: t, out: d2, k: k}"
    )
    assert sympy.expand(block.madds - h * w * d1 * t * (d1 + k**2 + d2)) == 0
    igc = Board().walk("igc", "h=7 w=5 L=4 M=6 k=3", "[L*M, h, w]", "igc: {out: L*M, L: L, k: k}")
    assert sympy.simplify(igc.weights - (L * M) ** 2 * (k**2 / L + 1 / M)) == 0


def test_eight_times_begins_at_72_channels() -> None:
    times = {n: 1 / (Fraction(1, n) + Fraction(1, 9)) for n in range(1, 5000)}
    assert [n for n, fewer in times.items() if fewer >= 8] == list(range(72, 5000))
    assert all(fewer < 9 for fewer in times.values())


def test_memory_access_is_least_at_equal_widths() -> None:
    """All pairs with c1 c2 = 64^2 on a map of 56 x 56, by hand."""
    product = 64 * 64
    pairs = [(c, product // c) for c in range(1, product + 1) if product % c == 0]
    assert min(pairs, key=lambda pair: 56 * 56 * sum(pair) + product) == (64, 64)


@pytest.mark.parametrize(
    ("channels", "first", "second", "shuffle", "inputs"),
    [
        (12, 3, 3, False, 12 // 3),
        (12, 3, 3, True, 12),
        (12, 4, 3, True, 3 * 4),
        (8, 4, 4, True, 2 * 2),  # two channels in a group cannot come from four groups
    ],
)
def test_inputs_reached(channels: int, first: int, second: int, shuffle: bool, inputs: int) -> None:
    assert reach(channels, first, second, shuffle) == inputs


def test_complementary_means_one_way_to_each_input() -> None:
    assert all(set(seen.values()) == {1} and len(seen) == 30 for seen in ways(30, 6, 5, True))
    assert not all(len(seen) == 30 for seen in ways(30, 6, 6, True))


# ------------------------------------------------------------------------------ what must be refused


def conv_board() -> Board:
    board = Board()
    conv = board.walk("conv", "h=7 w=5 c1=4 c2=6", "[c1, h, w]", "conv: c2")
    board.define(madds=conv.madds, mem=conv.mem_access)
    return board


FALSE: dict[str, tuple[Callable[[Board], object], str]] = {
    "an equality": (lambda b: b.prove("", "madds = h*w*c1"), "they differ by"),
    "the second link of a chain": (lambda b: b.prove("", "madds = h*w*c1*c2 = h*w*c1"), "they differ by"),
    "a bound the wrong way": (
        lambda b: b.prove("", "c1 + c2 <= 2*sqrt(c1*c2)", because="(sqrt(c1) - sqrt(c2))^2"),
        "is not",
    ),
    "a form that has no sign": (lambda b: b.prove("", "c1 >= c2", because="c1 - c2"), "is not known"),
    "a strict bound that is met": (
        lambda b: b.prove("", "c1 + c2 > 2*sqrt(c1*c2)", because="(sqrt(c1) - sqrt(c2))^2"),
        "is not known",
    ),
    "two conditions that differ": (lambda b: b.iff("", "c1 >= c2", "c1 >= 2*c2"), "the quotient"),
    "another root": (lambda b: b.only("", "c1 + c2 = 2*sqrt(c1*c2)", "c1", "2*c2"), "not at 2*c2"),
    "another number": (lambda b: b.at("", "madds = 1", h=1, w=1, c1=1, c2=2), "2, 1"),
    "a letter left free": (lambda b: b.at("", "madds", h=1), "no exact number"),
    "another count": (lambda b: b.count("", "madds = 1"), "counted c1*c2*h*w"),
    "a name that nobody gave": (lambda b: b.prove("", "madds = h*w*c1*c3"), "is called c3"),
    "no relation": (lambda b: b.prove("", "madds"), "nothing to prove"),
}


@pytest.mark.parametrize(("state", "said"), FALSE.values(), ids=FALSE)
def test_what_is_false_is_refused(state: Callable[[Board], object], said: str) -> None:
    with pytest.raises(Unproven, match=re.escape(said)):
        state(conv_board())


@pytest.mark.parametrize("name", ["g1", "dsc", "inverted-residual", "fire", "igc"])
def test_a_lesson_fails_where_an_op_counts_otherwise(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The formulas come from the ops: one weight more in a convolution, and nothing is explained."""
    conv = OPS["conv"]

    def cost(*xs: Shape, **fields: Any) -> Cost:
        right = conv.cost(*xs, **fields)
        return right._replace(weights=right.weights + 1, madds=right.madds + 1)

    monkeypatch.setitem(OPS, "conv", conv._replace(cost=cost))
    with pytest.raises(Unproven, match="they differ by"):
        explain(name)


def test_the_twin_is_true() -> None:
    board = conv_board()
    assert board.prove("", "madds = h*w*c1*c2").proof == "proven: both sides are equal"
    assert board.at("", "madds", h=1, w=1, c1=1, c2=2).formula == "madds = 2"
    assert board.iff("", "c1 >= c2", "2*c1 >= 2*c2").formula == "c1 >= c2   exactly where   2*c1 >= 2*c2"


# ------------------------------------------------------------------------------ the command


@pytest.mark.parametrize("name", ["g1", "dsc", "igc"])
def test_the_command_prints_each_step_and_formula(
    name: str, run: Run, derived: dict[str, Derivation]
) -> None:
    got = run("explain", name)
    assert (got.code, got.err) == (0, "")
    lines = [line.strip() for line in got.out.splitlines()]
    assert [f for f in formulas(derived[name]) if f not in lines] == []
    numbers = [int(m[1]) for line in got.out.splitlines() if (m := re.match(r" ?(\d+)\. ", line))]
    assert numbers == list(range(1, len(derived[name].steps) + 1))


@pytest.mark.parametrize("name", NAMED)
def test_markdown_and_text_hold_to_their_form(name: str, derived: dict[str, Derivation]) -> None:
    formulas_ = formulas(derived[name])
    lines = render(derived[name], "table").splitlines()
    assert [line for line in lines if len(line) > 100 and line.strip() not in formulas_] == []
    markdown = render(derived[name], "md")
    assert all(f"    {formula}\n" in markdown for formula in formulas_)
    assert markdown.count("\n## ") + markdown.startswith("## ") == 1


@pytest.mark.parametrize("name", NAMED)
def test_latex_is_balanced(name: str, derived: dict[str, Derivation]) -> None:
    text = render(derived[name], "latex")
    assert text.count(r"\[") == text.count(r"\]") == len(formulas(derived[name]))
    assert text.replace(r"\{", "").count("{") == text.replace(r"\}", "").count("}")
    assert "**" not in text


@pytest.mark.parametrize(
    ("name", "latex"),
    [
        ("dsc", r"\frac{\mathrm{dsc}}{\mathrm{standard}} = \frac{1}{N} + \frac{1}{D_{K}^{2}}"),
        ("inverted-residual", r"h \, w \, d_{1} \, t \, \left(d_{1} + k^{2} + d_{2}\right)"),
        ("igc", r"T = G^{2} \, \left(\frac{S}{L} + \frac{1}{M}\right)"),
        ("hard-swish", r"\mathrm{h\_swish} = - \frac{1}{3}"),
    ],
)
def test_latex_is_in_the_order_of_the_paper(name: str, latex: str, derived: dict[str, Derivation]) -> None:
    assert any(latex in step.latex for step in derived[name].steps)


def test_a_rounded_number_is_told_from_an_exact_one(derived: dict[str, Derivation]) -> None:
    assert "fewer = 576/73, about 7.89" in formulas(derived["dsc"])  # 576 / 73 = 7.8904
    assert "h_swish = -1/3, about -0.33" in formulas(derived["hard-swish"])
    assert "fewer = 8" in formulas(derived["dsc"])


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="no pdflatex here")
def test_latex_compiles(derived: dict[str, Derivation], tmp_path: Path) -> None:
    body = "\n".join(render(derivation, "latex") for derivation in derived.values())
    document = (
        f"\\documentclass{{article}}\\usepackage{{amsmath}}\\begin{{document}}\n{body}\\end{{document}}\n"
    )
    (tmp_path / "lessons.tex").write_text(document, encoding="utf-8")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "lessons.tex"],
        cwd=tmp_path,
        capture_output=True,
    )
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]


def test_json_has_every_step(run: Run, derived: dict[str, Derivation]) -> None:
    data = json.loads(run("explain", "g1", "--format", "json").out)
    assert list(data)[:2] == ["schema_version", "convcost_version"]
    assert [step["formula"] for step in data["steps"]] == [s.formula or None for s in derived["g1"].steps]
    assert data["layers"][0]["sizes"] == {"h": "56", "w": "56", "c1": "128", "c2": "128"}


@pytest.mark.parametrize(("words", "name"), [("explain g1", "lesson"), ("explain --list", "list")])
def test_the_page_lists_every_key_of_the_output(words: str, name: str, run: Run) -> None:
    from test_docs import leaves, section, table

    page = (ROOT / "docs" / "explain.md").read_text(encoding="utf-8")
    title = {"lesson": "`explain CONCEPT --format json`", "list": "`explain --list --format json`"}[name]
    rows = table(section(page, title), "key", "type")
    output = json.loads(run(*words.split(), "--format", "json").out)
    found = {re.sub(r"\.sizes\..*", ".sizes", key) for key in leaves(output)}
    assert sorted(row[0] for row in rows) == sorted(found)


def test_the_list_names_all_and_the_page_too(run: Run) -> None:
    out = run("explain", "--list").out
    page = (ROOT / "docs" / "explain.md").read_text(encoding="utf-8")
    assert [name for name in NAMED if not re.search(rf"^  {name}  ", out, re.MULTILINE)] == []
    assert [name for name in NAMED if f"`{name}`" not in page] == []


REFUSED = {
    "a near name": ("explain inverted-residul", "did you mean 'inverted-residual'?"),
    "no near name": ("explain zzz", "there is no lesson 'zzz'"),
    "nothing": ("explain", "one concept, or --list"),
    "both": ("explain g1 --list", "one concept, or --list"),
    "a list in LaTeX": ("explain --list --format latex", "--list prints no latex"),
}


@pytest.mark.parametrize(("words", "said"), REFUSED.values(), ids=REFUSED)
def test_the_command_refuses(words: str, said: str, run: Run) -> None:
    got = run(*words.split())
    assert (got.code, got.out) == (2, "")
    assert said in got.err
