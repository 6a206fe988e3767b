"""A lesson as text, Markdown, LaTeX and JSON, and the list of them."""

from __future__ import annotations

import json
from textwrap import wrap
from typing import TYPE_CHECKING

from convcost import __version__
from convcost.render.record import SCHEMA_VERSION
from convcost.terminal import Terminal

if TYPE_CHECKING:
    from convcost.lessons import Derivation, Lesson
    from convcost.lessons.board import Layers, Step

WIDTH = 100


def render(derivation: Derivation, format: str, terminal: Terminal | None = None) -> str:
    """The lesson as `table`, `json`, `md` or `latex`."""
    if format == "table":
        return render_text(derivation, terminal or Terminal())
    return {"json": render_json, "md": render_md, "latex": render_latex}[format](derivation)


def sizes(layers: Layers) -> str:
    return ", ".join(f"{name}={value}" for name, value in layers.sizes.items())


def remark(step: Step) -> str:
    """How it was proven, and where the paper has it."""
    return " · ".join(said for said in (step.proof, step.cite) if said)


def render_text(derivation: Derivation, terminal: Terminal) -> str:
    """Each step a sentence, its formula, and how that was proven."""
    lesson = derivation.lesson
    width = min(WIDTH, max(40, terminal.width or WIDTH))

    def filled(text: str, first: str = "", rest: str = "") -> list[str]:
        return wrap(text, width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)

    lines = [f"{lesson.title} · {lesson.name}", *filled(lesson.question), ""]
    for number, step in enumerate(derivation.steps, 1):
        lines += filled(step.text, f"{number:2}. ", "    ")
        if step.formula:
            lines.append(f"      {terminal.paint(step.formula, '1')}")
        if said := remark(step):
            lines += [terminal.paint(line, "2") for line in filled(said, "      ", "      ")]
    lines += ["", *filled(f"Beyond cost: {lesson.beyond}"), "", "Walked on symbols, and on these sizes:"]
    for layers in derivation.layers:
        lines += filled(f"{layers.name}: {layers.input} -> {layers.body}  at {sizes(layers)}", "  ", "    ")
    lines += ["Sources:", *(f"  {source}" for source in lesson.sources)]
    return "\n".join(lines) + "\n"


def render_md(derivation: Derivation) -> str:
    """Formulas as code, which every reader of Markdown shows."""
    from convcost.render.md import escape

    lesson = derivation.lesson
    lines = [f"## {escape(lesson.title)}", "", f"*{escape(lesson.question)}*", ""]
    for number, step in enumerate(derivation.steps, 1):
        mark = f"{number}. "
        lines += [mark + escape(step.text), ""]
        pad = " " * len(mark)
        if step.formula:
            lines += [f"{pad}    {step.formula}", ""]
        if said := remark(step):
            lines += [f"{pad}{escape(said)}", ""]
    lines += [f"**Beyond cost.** {escape(lesson.beyond)}", "", "Walked on symbols, and on these sizes:", ""]
    lines += [
        f"- {escape(layers.name)}: `{layers.input} -> {layers.body}` at {escape(sizes(layers))}"
        for layers in derivation.layers
    ]
    lines += ["", "Sources:", "", *(f"- {escape(source)}" for source in lesson.sources)]
    return "\n".join(lines) + "\n"


def render_latex(derivation: Derivation) -> str:
    """A section; it needs no package but amsmath."""
    from convcost.render.latex import escape

    lesson = derivation.lesson
    lines = [
        rf"\section*{{{escape(lesson.title)}}}",
        rf"\emph{{{escape(lesson.question)}}}",
        r"\begin{enumerate}",
    ]
    for step in derivation.steps:
        lines.append(rf"\item {escape(step.text)}")
        if step.latex:
            lines.append(rf"\[ {step.latex} \]")
        if said := remark(step):
            lines.append(rf"{{\footnotesize {escape(said)}}}")
    lines += [
        r"\end{enumerate}",
        rf"\paragraph{{Beyond cost.}} {escape(lesson.beyond)}",
        r"\paragraph{Sources.} " + "; ".join(map(escape, lesson.sources)) + ".",
    ]
    return "\n".join(lines) + "\n"


def render_json(derivation: Derivation) -> str:
    lesson = derivation.lesson
    data = {
        "schema_version": SCHEMA_VERSION,
        "convcost_version": __version__,
        "name": lesson.name,
        "group": lesson.group,
        "title": lesson.title,
        "question": lesson.question,
        "steps": [
            {
                "text": step.text,
                "formula": step.formula or None,
                "latex": step.latex or None,
                "proof": step.proof or None,
                "cite": step.cite or None,
            }
            for step in derivation.steps
        ],
        "beyond_cost": lesson.beyond,
        "layers": [
            {
                "name": layers.name,
                "input": layers.input,
                "body": layers.body,
                "sizes": {name: str(value) for name, value in layers.sizes.items()},
            }
            for layers in derivation.layers
        ],
        "sources": list(lesson.sources),
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def render_list(lessons: tuple[Lesson, ...], format: str) -> str:
    """Name and question of each, by group."""
    if format == "json":
        listed = [
            {"name": each.name, "group": each.group, "title": each.title, "question": each.question}
            for each in lessons
        ]
        data = {"schema_version": SCHEMA_VERSION, "convcost_version": __version__, "lessons": listed}
        return json.dumps(data, indent=2, ensure_ascii=False) + "\n"
    widest = max(len(each.name) for each in lessons)
    lines: list[str] = []
    group = ""
    for each in lessons:
        if each.group != group:
            lines += [*([""] if lines else []), each.group]
        group = each.group
        lines.append(f"  {each.name:{widest}}  {each.title}")
    return "\n".join(lines) + "\n"
