"""A report in closed form: as text, Markdown, JSON and LaTeX."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from convcost import __version__
from convcost.errors import SpecError
from convcost.expressions import formula, latex
from convcost.render.compare import aligned
from convcost.render.record import SCHEMA_VERSION, named, plain
from convcost.render.text import assignments, conventions, folding, label, last_name

if TYPE_CHECKING:
    from convcost.formulas import FormReport

JSON = ("count", "madds", "params", "mem_access")


def columns(report: FormReport) -> dict[str, str]:
    """The heading of each cost that a table has."""
    return {"count": report.by.work.name, "params": "params", "mem_access": "mem_access"}


def render(report: FormReport, format: str) -> str:
    """The report in one of the formats that formulas have."""
    if format not in FORMATS:
        raise SpecError(f"formulas are not printed as {format}", hint=f"--format {', '.join(FORMATS)}")
    return FORMATS[format](report)


def heading(report: FormReport) -> list[str]:
    title = f"{report.name} · {report.cite}" if report.cite else report.name
    written = {name: formula(expr) for name, expr in report.form.free.items()}
    free = ", ".join(name if expr == name else f"{name} = {expr}" for name, expr in written.items())
    fixed = assignments(report.variables)
    lines = [title, f"free {free}" + (f" · {fixed}" if fixed else "")]
    return [*lines, *conventions(report.by)]


def domain(report: FormReport) -> str:
    conditions = report.conditions
    return f"holds where {' and '.join(conditions)}" if conditions else "holds for every value of its range"


def render_text(report: FormReport) -> str:
    """The widths that have names, a line a group, the totals, and where all of it holds."""
    lines = heading(report)
    names = [(str(symbol), f"= {formula(width)}") for symbol, width in report.form.names.items()]
    lines += ["", *aligned(names)] if names else []
    rows: list[tuple[str, ...]] = [("layer", "output", *columns(report).values())]
    for line in report.lines:
        output = "×".join(formula(side) for side in line.output)
        rows.append(
            (
                label(line.path, line.level, line.folded),
                output,
                *(formula(line.costs[key]) for key in columns(report)),
            )
        )
    lines += ["", *aligned(rows), "", "total"]
    lines += aligned(
        [(f"  {name}", f"= {formula(report.totals[key])}") for key, name in columns(report).items()]
    )
    lines += ["", domain(report), *folding(report.lines)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def render_md(report: FormReport) -> str:
    from convcost.render.md import escape, row

    title, *given = heading(report)
    lines = [f"## {escape(title)}", "", *(f"{escape(line)}  " for line in given), ""]
    lines += [f"- `{symbol} = {formula(width)}`" for symbol, width in report.form.names.items()]
    lines += ["", row(("layer", "output", *map(escape, columns(report).values()))), "|:--|:--|:--|:--|:--|"]
    for line in report.lines:
        output = "×".join(formula(side) for side in line.output)
        costs = (f"`{formula(line.costs[key])}`" for key in columns(report))
        layer = "&emsp;" * line.level + escape(last_name(line.path, line.level, line.folded))
        lines.append(row((layer, f"`{output}`", *costs)))
    lines.append(row(("**total**", "", *(f"`{formula(report.totals[key])}`" for key in columns(report)))))
    lines += ["", "  \n".join(map(escape, (domain(report), *folding(report.lines))))]
    return "\n".join(lines) + "\n"


def render_json(report: FormReport) -> str:
    data: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "convcost_version": __version__,
        "name": report.name,
        "cite": report.cite,
        "convention": named(report.by.work),
        "params_definition": named(report.by.params),
        "memory_definition": named(report.by.memory),
        "free": {name: formula(expr) for name, expr in report.form.free.items()},
        "variables": {name: plain(value) for name, value in report.variables.items()},
        "names": {str(symbol): formula(width) for symbol, width in report.form.names.items()},
        "conditions": list(report.conditions),
        "totals": {key: formula(report.totals[key]) for key in JSON},
        "layers": [
            {
                "path": line.path,
                "output": [formula(side) for side in line.output],
                **{key: formula(line.costs[key]) for key in JSON},
            }
            for line in report.lines
        ],
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def render_latex(report: FormReport) -> str:
    """An align of the totals after a table of the layers; it needs amsmath and booktabs."""
    from convcost.render.latex import escape

    above = [*heading(report), domain(report), *folding(report.lines)]
    lines = [f"% {' '.join(line.split())}" for line in above]
    lines += [r"\begin{align*}"]
    named = [f"{latex(symbol)} &= {latex(width)}" for symbol, width in report.form.names.items()]
    totals = [
        rf"\text{{{escape(name)}}} &= {latex(report.totals[key])}" for key, name in columns(report).items()
    ]
    lines += [rf"{line} \\" for line in [*named, *totals][:-1]] + totals[-1:]
    lines += [r"\end{align*}", r"\begin{tabular}{llll}", r"\toprule"]
    lines += [" & ".join(("layer", *map(escape, columns(report).values()))) + r" \\", r"\midrule"]
    for line in report.lines:
        costs = (f"${latex(line.costs[key])}$" for key in columns(report))
        layer = r"\quad " * line.level + escape(last_name(line.path, line.level, line.folded))
        lines.append(" & ".join((layer, *costs)) + r" \\")
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"]) + "\n"


FORMATS: dict[str, Callable[[FormReport], str]] = {
    "table": render_text,
    "md": render_md,
    "json": render_json,
    "latex": render_latex,
}
