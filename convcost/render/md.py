"""The report as Markdown: the terminal's table with its heading and what its totals are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.render.text import footing, grouped, heading, percent, short

if TYPE_CHECKING:
    from convcost.reports import Report

_HEAD = ("layer", "what", "output", "madds", "%", "params", "%", "mem_access", "%")


def render(report: Report) -> str:
    title, *given = heading(report)
    lines = [f"## {escape(title)}", "", *(f"{escape(line)}  " for line in given), "", row(_HEAD)]
    lines.append("|:--|:--|--:|--:|--:|--:|--:|--:|--:|")
    for line in report.lines:
        counts = []
        for key in ("madds", "params", "mem_access"):
            counts += [grouped(getattr(line.tally, key)), escape(percent(line.shares[key]))]
        indent = "&emsp;" * line.level
        path = line.path.rsplit(".", 1)[-1] if line.level else line.path
        lines.append(row((indent + escape(path), escape(line.what), str(line.output), *counts)))
    totals = [getattr(report.totals, key) for key in ("madds", "params", "mem_access")]
    lines.append(
        row(
            (
                "**total**",
                "",
                "",
                *(f"**{cell}**" if cell else "" for n in totals for cell in (grouped(n), "")),
            )
        )
    )
    lines.append(row(("", "", "", *(cell for n in totals for cell in (short(n), "")))))
    return "\n".join([*lines, "", *(f"- {escape(line)}" for line in footing(report))]) + "\n"


def row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cells) + " |"


def escape(text: str) -> str:
    """Text that Markdown and HTML take as it is."""
    for mark in "&\\`*_[]<>|#$~":
        text = text.replace(mark, {"<": "&lt;", ">": "&gt;", "&": "&amp;"}.get(mark, "\\" + mark))
    return " ".join(text.split())
