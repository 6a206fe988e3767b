"""The conventions there are, and some of them side by side: as text and as JSON."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any

from convcost import __version__
from convcost.conventions import DEFAULTS, Convention, names, shipped
from convcost.conventions.names import NAMES
from convcost.render.compare import aligned
from convcost.render.record import SCHEMA_VERSION, plain
from convcost.render.text import grouped

if TYPE_CHECKING:
    from convcost.conventions.side_by_side import Cell, SideBySide

FAMILIES = {
    "work": "work: report --convention NAME",
    "params": "parameters: report --params NAME",
    "memory": "memory access: report --memory NAME",
}
GROUPS = {"house": "convcost's own", "papers": "papers", "tools": "tools"}
UNKNOWN = "?"


def every() -> dict[str, list[Convention]]:
    return {
        family: sorted(of(family), key=lambda c: list(GROUPS).index(c.group) if c.group else 0)
        for family in DEFAULTS
    }


def of(family: str) -> list[Convention]:
    return [shipped(name, family) for name in names(family)]


def render_list(format: str) -> str:
    """All of them by family, the default first."""
    if format == "json":
        return dumped({"conventions": [described(c) for found in every().values() for c in found]})
    lines: list[str] = []
    for family, found in every().items():
        lines += ["", FAMILIES[family]]
        width = max(len(convention.name) for convention in found)
        for group in dict.fromkeys(convention.group for convention in found):
            lines += ["", f"  {GROUPS[group]}"] if group else []
            lines += [line for c in found if c.group == group for line in entry(c, width)]
    return "\n".join(lines[1:]) + "\n"


def entry(convention: Convention, width: int) -> list[str]:
    called = f"; it calls them {convention.calls}" if convention.calls else ""
    return textwrap.wrap(
        f"{convention.says} ({convention.unit}{called})",
        width=110,
        initial_indent=f"  {convention.name.ljust(width)}  ",
        subsequent_indent=" " * (width + 4),
        break_on_hyphens=False,
    )


def render_text(made: SideBySide) -> str:
    """A row a kind, formulas and, of a network, counts; what the names mean; whose rules these are."""
    head = ["kind"]
    for convention in made.conventions:
        head += [convention.name] + ([""] if made.totals else [])
    rows = [tuple(head)]
    for kind, cells in made.rows:
        mark = " *" if kind in made.differ else ""
        rows.append((kind + mark, *(text for cell in cells for text in cell_texts(cell))))
    if made.totals:
        rows.append(("total", *(text for total in made.totals for text in ("", number(total)))))
    lines = aligned(rows)
    if made.differ and len(made.conventions) > 1:
        lines += ["", "* they differ"]
    if made.nothing:
        nothing = f"nothing for {', '.join(made.nothing)}"
        lines += ["", *textwrap.wrap(nothing, width=110, subsequent_indent="  ")]
    meanings = [(f"  {name}", NAMES[name]) for name in made.names]
    lines += ["", *aligned(meanings)] if meanings else []
    lines += ["", *(f"{c.name}: {c.says} ({c.unit})\n  {c.source}{sees(c)}" for c in made.conventions)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def sees(convention: Convention) -> str:
    return f"\n  it sees a layer where {convention.sees.text}" if convention.sees else ""


def cell_texts(cell: Cell) -> list[str]:
    formula = cell.rule.text if cell.rule else UNKNOWN
    return [formula] if cell.counted is None else [formula, number(cell.counted)]


def number(count: Any) -> str:
    return grouped(count).rjust(16) if isinstance(count, int) else str(count).rjust(16)


# ------------------------------------------------------------------------------ JSON


def render_json(made: SideBySide) -> str:
    kinds = [
        {
            "kind": kind,
            "differ": kind in made.differ,
            "counts": [
                {
                    "convention": convention.name,
                    "formula": cell.rule.text if cell.rule else None,
                    "source": (cell.rule.source or convention.source) if cell.rule else None,
                    "count": plain(cell.counted) if cell.counted is not None else None,
                }
                for convention, cell in zip(made.conventions, cells, strict=True)
            ],
        }
        for kind, cells in made.rows
    ]
    data = {
        "conventions": [described(convention) for convention in made.conventions],
        "kinds": kinds,
        "nothing": list(made.nothing),
        "totals": [plain(total) for total in made.totals],
    }
    return dumped(data)


def described(convention: Convention) -> dict[str, Any]:
    return {
        "name": convention.name,
        "counts": convention.family,
        "title": convention.title,
        "unit": convention.unit,
        "says": convention.says,
        "calls": convention.calls or None,
        "sees": convention.sees.text if convention.sees else None,
        "source": convention.source,
    }


def dumped(data: dict[str, Any]) -> str:
    head = {"schema_version": SCHEMA_VERSION, "convcost_version": __version__}
    return json.dumps({**head, **data}, indent=2, ensure_ascii=False) + "\n"
