"""What more of a variable costs: as text, Markdown, LaTeX and JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from convcost import __version__
from convcost.errors import SpecError
from convcost.expr import show
from convcost.num import whole
from convcost.render.compare import aligned
from convcost.render.record import SCHEMA_VERSION, named, plain
from convcost.render.text import assignments, conventions, fixed, grouped, label

if TYPE_CHECKING:
    from convcost.elasticity import Cost, Elasticities, Marginal
    from convcost.linear import Interval

COSTS = ("count", "params", "mem_access")


def render(found: Elasticities, format: str) -> str:
    """The answer in one of the formats that it has."""
    if format not in FORMATS:
        raise SpecError(f"elasticities are not printed as {format}", hint=f"--format {', '.join(FORMATS)}")
    return FORMATS[format](found)


class Row(NamedTuple):
    """A line of a table: where it stands, and a pair of cells for each count."""

    path: str
    level: int
    cells: tuple[str, ...]


class Table(NamedTuple):
    """What a table says, the heads of each pair of columns, the lines and their total; or why it has none."""

    says: str
    heads: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    total: tuple[str, ...] = ()


def tables(marginal: Marginal, work: str) -> Iterator[Table]:
    """One percent more, then one step more."""
    at = f"{marginal.name} = {show(marginal.value)}"
    if marginal.refused:
        yield Table(f"{at} has no elasticity: {marginal.refused}")
    else:
        says = f"{at}, elasticity: percent more for one percent more, were nothing rounded; share of the gain"
        yield table(marginal, work, says, "share %", percent_more)
    if marginal.step is None:
        yield Table(f"{at} has no next step: {marginal.stays}")
    else:
        says = f"{at}, next step at {onwards(marginal)}: what it adds, in % of the network's total"
        yield table(marginal, work, says, "%", one_step)


def every(found: Elasticities) -> Iterator[Table]:
    """Every table, under the name of what it counts."""
    for marginal in found.marginals:
        yield from tables(marginal, found.by.work.name)


def onwards(marginal: Marginal) -> str:
    """alpha >= 1.003125; resolution = 256, where that is one value"""
    assert marginal.step is not None
    low, closed, high, _ = marginal.step
    assert low is not None
    relation = "=" if low == high else ">=" if closed else ">"
    return f"{marginal.name} {relation} {show(whole(low))}"


def table(
    marginal: Marginal, work: str, says: str, beside: str, cells: Callable[[Cost], tuple[str, str]]
) -> Table:
    def row(costs: Any) -> tuple[str, ...]:
        return tuple(cell for key in COSTS for cell in cells(costs[key]))

    heads = tuple(head for key in (work, *COSTS[1:]) for head in (key, beside))
    rows = tuple(Row(line.path, line.level, row(line.costs)) for line in marginal.lines)
    return Table(says, heads, rows, row(marginal.totals))


def percent_more(cost: Cost) -> tuple[str, str]:
    return known(cost.elasticity, 3), known(cost.gain_share, 1, 100)


def one_step(cost: Cost) -> tuple[str, str]:
    added = 0 if cost.step is None else cost.step
    return signed(added, grouped(added)), signed(added, known(cost.step_share, 2, 100))


def known(x: Fraction | None, places: int, unit: int = 1) -> str:
    return "-" if x is None else fixed(x * unit, places)


def signed(count: int, text: str) -> str:
    return f"+{text}" if count > 0 and text != "-" else text


def heading(found: Elasticities) -> list[str]:
    title = f"{found.name} · {found.cite}" if found.cite else found.name
    return [
        title,
        assignments(found.variables),
        *conventions(found.by),
    ]


def render_text(found: Elasticities) -> str:
    """Two tables a variable, numbers to the right."""
    lines = heading(found)
    for each in every(found):
        lines += ["", each.says]
        if not each.heads:
            continue
        names = ["layer", *(label(row.path, row.level) for row in each.rows), "total"]
        cells = [each.heads, *(row.cells for row in each.rows), each.total]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        right = [tuple(c.rjust(w) for c, w in zip(row, widths, strict=True)) for row in cells]
        lines += aligned([(name, *row) for name, row in zip(names, right, strict=True)])
    return "\n".join(line.rstrip() for line in lines) + "\n"


def render_md(found: Elasticities) -> str:
    from convcost.render.md import escape, row

    title, *given = heading(found)
    lines = [f"## {escape(title)}", "", *(f"{escape(line)}  " for line in given)]
    for each in every(found):
        lines += ["", escape(each.says)]
        if not each.heads:
            continue
        lines += ["", row(("layer", *map(escape, each.heads))), "|:--" + "|--:" * len(each.heads) + "|"]
        for path, level, cells in each.rows:
            name = "&emsp;" * level + escape(path.rsplit(".", 1)[-1] if level else path)
            lines.append(row((name, *map(escape, cells))))
        lines.append(row(("**total**", *(f"**{escape(cell)}**" for cell in each.total))))
    return "\n".join(lines) + "\n"


def render_latex(found: Elasticities) -> str:
    """A table after each sentence; it needs the package booktabs."""
    from convcost.render.latex import escape

    lines = [f"% {' '.join(line.split())}" for line in heading(found)]
    for each in every(found):
        lines += ["", rf"\noindent {escape(each.says)}"]
        if not each.heads:
            continue
        lines += ["", r"\noindent\begin{tabular}{l" + "r" * len(each.heads) + "}", r"\toprule"]
        lines += [" & ".join(("layer", *map(escape, each.heads))) + r" \\", r"\midrule"]
        for path, level, cells in each.rows:
            name = r"\quad " * level + escape(path.rsplit(".", 1)[-1] if level else path)
            lines.append(" & ".join((name, *map(escape, cells))) + r" \\")
        lines += [r"\midrule", " & ".join(("total", *map(escape, each.total))) + r" \\"]
        lines += [r"\bottomrule", r"\end{tabular}"]
    return "\n".join(lines) + "\n"


def render_json(found: Elasticities) -> str:
    data = {
        "schema_version": SCHEMA_VERSION,
        "convcost_version": __version__,
        "name": found.name,
        "cite": found.cite,
        "convention": named(found.by.work),
        "params_definition": named(found.by.params),
        "memory_definition": named(found.by.memory),
        "variables": {name: plain(value) for name, value in found.variables.items()},
        "marginals": [record(marginal) for marginal in found.marginals],
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def record(marginal: Marginal) -> dict[str, Any]:
    return {
        "name": marginal.name,
        "value": plain(marginal.value),
        "refused": marginal.refused or None,
        "step": step(marginal.step) if marginal.step else None,
        "no_step": marginal.stays or None,
        "totals": {key: costs(cost) for key, cost in marginal.totals.items()},
        "layers": [
            {"path": line.path, **{key: costs(cost) for key, cost in line.costs.items()}}
            for line in marginal.lines
        ],
    }


def step(interval: Interval) -> dict[str, Any]:
    assert interval.low is not None, "what comes after a value begins somewhere"
    return {
        "from": plain(whole(interval.low)),
        "from_included": interval.low_closed,
        "value": plain(whole(interval.value)),
    }


def costs(cost: Cost) -> dict[str, Any]:
    """Counts as integers, fractions as exact text."""
    return {key: str(x) if isinstance(x, Fraction) else x for key, x in cost._asdict().items()}


FORMATS: dict[str, Callable[[Elasticities], str]] = {
    "table": render_text,
    "md": render_md,
    "json": render_json,
    "latex": render_latex,
}
