"""The report as a LaTeX table; it needs the package booktabs and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.render.md import headings, totals
from convcost.render.text import figures, footing, grouped, heading, last_name, percent

if TYPE_CHECKING:
    from convcost.reports import Report

_ESCAPES = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "…": r"\dots{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    **{mark: "\\" + mark for mark in "&%$#_{}"},
}


def render(report: Report) -> str:
    columns = figures(report)
    lines = [
        *(f"% {' '.join(line.split())}" for line in heading(report)),
        rf"\begin{{tabular}}{{llr{'r' * len(headings(columns))}}}",
        r"\toprule",
        " & ".join(map(escape, ("layer", "what", "output", *headings(columns)))) + r" \\",
        r"\midrule",
    ]
    for line in report.lines:
        counts = []
        for column in columns:
            counts.append(column.cell(line.measure))
            counts += [percent(line.shares[column.key])] if column.share else []
        indent = r"\quad " * line.level
        cells = [
            indent + escape(last_name(line.path, line.level, line.folded)),
            *map(escape, (line.what, str(line.output), *counts)),
        ]
        lines.append(" & ".join(cells) + r" \\")
    whole = " & ".join(totals(columns, report, grouped))
    lines += [r"\midrule", rf"total & & & {whole} \\", r"\bottomrule", r"\end{tabular}"]
    return "\n".join([*lines, *(f"% {line}" for line in footing(report))]) + "\n"


def escape(text: str) -> str:
    """Text that LaTeX prints as it is."""
    return "".join(_ESCAPES.get(character, character) for character in text)
