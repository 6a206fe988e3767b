"""The report as a table for a terminal, with the columns that fit its width."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import TYPE_CHECKING

from convcost.render.text import figures, footing, grouped, heading, label, percent, short
from convcost.terminal import Terminal

if TYPE_CHECKING:
    from convcost.reports import Report

    Cells = list[tuple[str, bool, list[str]]]  # heading, right-aligned, one cell a line

COLORS = {"layer": "36", "what": "2", "%": "2"}
ALL = frozenset({"what", "output", "digits", "%", "bytes"})
FEWER: tuple[frozenset[str], ...] = (
    ALL,
    ALL - {"%"},
    ALL - {"%", "what"},
    frozenset({"output", "digits"}),
    frozenset({"output"}),
    frozenset(),
)


def render(report: Report, terminal: Terminal | None = None) -> str:
    """A heading, the table, and what its totals are made of."""
    terminal = terminal or Terminal()
    columns = fitting(report, terminal.width)
    paragraphs = [
        *(wrap(line, terminal.width) for line in heading(report)),
        "",
        draw(columns, len(report.lines), terminal).rstrip("\n"),
        "",
        *(wrap(line, terminal.width, indent=12) for line in footing(report)),
    ]
    return "\n".join(paragraphs) + "\n"


def fitting(report: Report, width: int | None) -> Cells:
    """The fullest set of columns that fits; numbers lose their digits before any column is cut."""
    for details in FEWER:
        columns = cells(report, details)
        if width is None or breadth(columns) <= width:
            break
    return columns


def breadth(columns: Cells) -> int:
    """Characters a table of these columns takes: each has two more than its widest cell."""
    return sum(max(map(len, [name, *column])) + 2 for name, _, column in columns)


def cut(columns: Cells, width: int | None) -> Cells:
    """The columns with the names of layers cut to what is left of the width; numbers stay whole."""
    over = breadth(columns) - (width or breadth(columns))
    if over <= 0:
        return columns
    name, right, names = columns[0]
    room = max(6, max(map(len, names)) - over)
    return [(name, right, [n if len(n) <= room else n[: room - 1] + "…" for n in names]), *columns[1:]]


def cells(report: Report, details: frozenset[str]) -> Cells:
    """A cell for each line, one for the total and, beside long numbers, one for its short form."""
    lines = report.lines
    number = grouped if "digits" in details else short
    below = [""] if "digits" in details else []
    columns: Cells = [
        ("layer", False, [*(label(line.path, line.level, line.folded) for line in lines), "total", *below])
    ]
    if "what" in details:
        columns.append(("what", False, [*(line.what for line in lines), "", *below]))
    if "output" in details:
        columns.append(("output", True, [*(str(line.output) for line in lines), "", *below]))
    for figure in figures(report):
        if figure.key in ("mem_bytes", "intensity") and "bytes" not in details:
            continue
        counts = [figure.cell(line.measure, number) for line in lines]
        whole = [figure.cell(report.total, number), *(figure.cell(report.total, short) for _ in below)]
        columns.append((figure.name, True, [*counts, *whole]))
        if "%" in details and figure.share:
            columns.append(("%", True, [*(percent(line.shares[figure.key]) for line in lines), "", *below]))
    return columns


def draw(columns: Cells, body: int, terminal: Terminal) -> str:
    """The table, its first `body` rows apart from those of the total.

    Rich would take a millisecond for each row, half a minute for the most layers that a report has.
    """
    columns = cut(columns, terminal.width)
    widths = [max(map(len, [name, *column])) for name, _, column in columns]
    styles = [COLORS.get(name, "") for name, _, _ in columns]

    def row(texts: Iterable[str], bold: bool) -> str:
        line = []
        for text, width, (_, right, _), style in zip(texts, widths, columns, styles, strict=True):
            cell = text.rjust(width) if right else text.ljust(width)
            line.append(terminal.paint(cell, ";".join(filter(None, ("1" if bold else "", style)))))
        return "  ".join(line).rstrip()

    lines = [row((name for name, _, _ in columns), bold=True), "─" * (sum(widths) + 2 * len(widths) - 2)]
    rows = list(zip(*(column for _, _, column in columns), strict=True))
    lines += [row(texts, bold=False) for texts in rows[:body]]
    lines += ["", *(row(texts, bold=True) for texts in rows[body:])]
    return "\n".join(lines)


def wrap(text: str, width: int | None, indent: int = 2) -> str:
    if width is None or len(text) <= width:
        return text
    return "\n".join(
        textwrap.wrap(text, max(width, 20), subsequent_indent=" " * indent, break_on_hyphens=False)
    )
