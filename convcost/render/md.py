"""The report as Markdown: the terminal's table with its heading and what its totals are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.render.text import Column, figures, footing, grouped, heading, last_name, percent, short

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.reports import Report


def render(report: Report) -> str:
    title, *given = heading(report)
    columns = figures(report)
    lines = [
        f"## {escape(title)}",
        "",
        *(f"{escape(line)}  " for line in given),
        "",
        row(("layer", "what", "output", *headings(columns))),
    ]
    lines.append("|:--|:--|" + "--:|" * (1 + len(headings(columns))))
    for line in report.lines:
        counts = []
        for column in columns:
            counts.append(column.cell(line.measure))
            counts += [escape(percent(line.shares[column.key]))] if column.share else []
        indent = "&emsp;" * line.level
        lines.append(
            row(
                (
                    indent + escape(last_name(line.path, line.level, line.folded)),
                    escape(line.what),
                    str(line.output),
                    *counts,
                )
            )
        )
    lines.append(row(("**total**", "", "", *totals(columns, report, lambda n: f"**{grouped(n)}**"))))
    lines.append(row(("", "", "", *totals(columns, report, short))))
    return "\n".join([*lines, "", *(f"- {escape(line)}" for line in footing(report))]) + "\n"


def headings(columns: list[Column]) -> list[str]:
    return [name for column in columns for name in ((column.name, "%") if column.share else (column.name,))]


def totals(columns: list[Column], report: Report, number: Callable[[int], str]) -> list[str]:
    """A cell for each heading; a share of the whole is left out."""
    return [
        cell
        for column in columns
        for cell in (column.cell(report.total, number), *([""] if column.share else []))
    ]


def row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cells) + " |"


def escape(text: str) -> str:
    """Text that Markdown and HTML take as it is."""
    for mark in "&\\`*_[]<>|#$~":
        text = text.replace(mark, {"<": "&lt;", ">": "&gt;", "&": "&amp;"}.get(mark, "\\" + mark))
    return " ".join(text.split())
