"""A comparison as text, Markdown, JSON and LaTeX."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from convcost import __version__
from convcost.render.record import SCHEMA_VERSION, named, plain
from convcost.render.text import assignments, both, conventions, grouped

if TYPE_CHECKING:
    from convcost.comparing.results import Comparison, Count, Pair, Ratio, Side, Turn

LONG = 16  # of a fraction, beyond which its decimal alone is printed for people


def render(comparison: Comparison, format: str) -> str:
    """The comparison in one of its formats."""
    return FORMATS[format](comparison)


# ------------------------------------------------------------------------------ what every format says


def heading(comparison: Comparison) -> list[str]:
    """The sides and the letters; what each side is; the convention."""
    names = [side.name for side in comparison.sides]
    title = f"{', '.join(names[:-1])} and {names[-1]}"
    return [
        " · ".join(filter(None, (title, *letters(comparison.letters)))),
        *(f"{side.name}: {' · '.join(about(side))}" for side in comparison.sides),
        *conventions(comparison.by),
    ]


def letters(values: Mapping[str, Any]) -> tuple[str, str]:
    """`D_K=3 M=32`, `free N, D_F`."""
    given = {name: value for name, value in values.items() if value is not None}
    free = ", ".join(name for name, value in values.items() if value is None)
    return assignments(given), f"free {free}" if free else ""


def about(side: Side) -> list[str]:
    """What a side is, of which input and settings, and what it has no argument for."""
    parts = [side.help, f"input {side.input}" if side.input else ""]
    parts += [f"{name} = {expr}" for name, expr in side.free.items()]
    parts.append(assignments(side.variables))
    parts.append(f"takes no {', '.join(side.ignored)}" if side.ignored else "")
    return list(filter(None, parts))


def number(count: Count) -> str:
    """The number, or as much of it as the values that are given settle."""
    return both(count.value) if count.value is not None else count.at


def exactly(ratio: Ratio) -> str:
    """73/576 = 0.1267, as far as it is a number."""
    if ratio.value is None:
        return ratio.at
    text = str(ratio.value)
    if ratio.value.denominator == 1:
        return text
    return decimals(ratio.value) if len(text) > LONG else f"{text} = {decimals(ratio.value)}"


def by_side(pair: Pair) -> str:
    return "  ".join(f"{side}: {decimals(ratio)}" for side, ratio in pair.by_side)


def turns(pair: Pair) -> list[str]:
    """Where mem_access turns, for a pair that has a formula for it or a table by side."""
    if pair.turns is None:
        return ["no formula was found for the D_F at which mem_access is the same"]
    if not pair.turns and pair.by_side:
        return ["mem_access turns at no D_F"]
    return [f"mem_access turns at {turn.formula}" + around(turn) for turn in pair.turns]


def around(turn: Turn) -> str:
    if turn.last_below is not None:
        return (
            f": {turn.below} has less up to D_F = {turn.last_below}, "
            f"{turn.above} from D_F = {turn.first_above} on"
        )
    return f": {turn.below} has less below, {turn.above} above" if turn.below else ""


def domain(comparison: Comparison) -> str:
    conditions = " and ".join(comparison.conditions)
    return f"formulas hold where {conditions}" if conditions else ""


# ------------------------------------------------------------------------------ formats


def render_text(comparison: Comparison) -> str:
    """Each count of each side, each pair's ratios, and how mem_access goes with the size of the map."""
    lines = [*heading(comparison), ""]
    rows: list[tuple[str, ...]] = []
    for metric in comparison.pairs[0].ratios:
        rows.append((comparison.title(metric), "", ""))
        for side in comparison.sides:
            count = side.counts[metric]
            rows.append((f"  {side.name}", number(count), equal(number(count), count.formula)))
    lines += aligned(rows)
    for pair in comparison.pairs:
        lines += ["", " / ".join(comparison.names(pair))]
        lines += aligned([(f"  {comparison.title(r.metric)}", *ratio_cells(r)) for r in pair.ratios.values()])
        lines += [f"  mem_access by D_F  {by_side(pair)}"] if pair.by_side else []
        lines += [f"  {turn}" for turn in turns(pair)]
    lines += ["", domain(comparison)] if comparison.conditions else []
    return "\n".join(line.rstrip() for line in lines) + "\n"


def ratio_cells(ratio: Ratio) -> tuple[str, str, str]:
    if ratio.form is None:
        return ("no ratio: the other has none", "", "")
    return exactly(ratio), ratio.words, equal(exactly(ratio), ratio.formula)


def equal(number: str, formula: str) -> str:
    """The formula, behind a number that it equals."""
    return f"= {formula}" if number and formula else formula


def render_md(comparison: Comparison) -> str:
    from convcost.render.md import escape, row

    def code(formula: str) -> str:
        return f"`{formula}`" if formula else ""

    title, *rest = heading(comparison)
    lines = [f"## {escape(title)}", "", *(f"{escape(line)}  " for line in rest), ""]
    lines += [row(("count", "of", "number", "formula")), "|:--|:--|--:|:--|"]
    for metric in comparison.pairs[0].ratios:
        for side in comparison.sides:
            count = side.counts[metric]
            shown = escape(number(count)) if count.value is not None else code(count.at)
            lines.append(
                row((escape(comparison.title(metric)), escape(side.name), shown, code(count.formula)))
            )
    lines += ["", row(("ratio", "of", "number", "", "formula")), "|:--|:--|--:|:--|:--|"]
    for pair in comparison.pairs:
        for ratio in pair.ratios.values():
            shown = exactly(ratio) if ratio.value is not None else code(ratio.at)
            name = escape(" / ".join(comparison.names(pair)))
            lines.append(
                row((escape(comparison.title(ratio.metric)), name, shown, ratio.words, code(ratio.formula)))
            )
    notes = []
    for pair in comparison.pairs:
        said = [*([f"mem_access by D_F {by_side(pair)}"] if pair.by_side else []), *turns(pair)]
        notes += [f"{' / '.join(comparison.names(pair))}: {line}" for line in said]
    notes += filter(None, [domain(comparison)])
    lines += ["", *(f"- {escape(note)}" for note in notes)] if notes else []
    return "\n".join(lines) + "\n"


def render_latex(comparison: Comparison) -> str:
    """A table of the numbers and, where there are formulas, an align of them; amsmath and booktabs."""
    metrics = list(comparison.pairs[0].ratios)
    lines = [f"% {line}" for line in [*heading(comparison), domain(comparison)] if line]
    counts = [(side.name, [side.counts[metric].value for metric in metrics]) for side in comparison.sides]
    ratios = [
        (" / ".join(comparison.names(pair)), [pair.ratios[metric].value for metric in metrics])
        for pair in comparison.pairs
    ]
    if any(value is not None for _, values in counts for value in values):
        rows = [(name, *("" if n is None else grouped(n) for n in values)) for name, values in counts]
        shares = [(name, *("" if r is None else decimals(r) for r in values)) for name, values in ratios]
        lines += [rf"\begin{{tabular}}{{l{'r' * len(metrics)}}}", r"\toprule"]
        lines += [
            _row(("", *map(comparison.title, metrics))),
            r"\midrule",
            *map(_row, rows),
            r"\midrule",
            *map(_row, shares),
        ]
        lines += [r"\bottomrule", r"\end{tabular}"]
    return "\n".join([*lines, *align(comparison, metrics)]) + "\n"


def _row(cells: Sequence[str]) -> str:
    from convcost.render.latex import escape

    return " & ".join(map(escape, cells)) + r" \\"


def align(comparison: Comparison, metrics: Sequence[str]) -> list[str]:
    """The formulas of each side and of each pair's ratios."""
    if not any(side.counts[metric].formula for side in comparison.sides for metric in metrics):
        return []
    from convcost.expressions import latex
    from convcost.render.latex import escape

    def line(metric: str, of: str, form: Any) -> str:
        return rf"\text{{{escape(comparison.title(metric))} of {escape(of)}}} &= {latex(form)}"

    equations = [line(metric, s.name, s.counts[metric].form) for metric in metrics for s in comparison.sides]
    for pair in comparison.pairs:
        name = " / ".join(comparison.names(pair))
        equations += [line(r.metric, name, r.form) for r in pair.ratios.values() if r.form is not None]
    joined = [rf"{equation} \\" for equation in equations[:-1]] + equations[-1:]
    return [r"\begin{align*}", *joined, r"\end{align*}"]


def render_json(comparison: Comparison) -> str:
    data: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "convcost_version": __version__,
        "kind": comparison.kind,
        "convention": named(comparison.by.work),
        "params_definition": named(comparison.by.params),
        "memory_definition": named(comparison.by.memory),
        "letters": {n: None if v is None else plain(v) for n, v in comparison.letters.items()},
        "sides": [_side(side) for side in comparison.sides],
        "pairs": [_pair(pair, *comparison.names(pair)) for pair in comparison.pairs],
        "conditions": list(comparison.conditions),
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _side(side: Side) -> dict[str, Any]:
    return {
        "name": side.name,
        "help": side.help,
        "input": list(side.input) if side.input else None,
        "variables": {name: plain(value) for name, value in side.variables.items()},
        "free": dict(side.free),
        "ignored": list(side.ignored),
        **{
            metric: {"value": c.value, "formula": c.formula or None, "at": c.at or None}
            for metric, c in side.counts.items()
        },
    }


def _pair(pair: Pair, of: str, to: str) -> dict[str, Any]:
    return {
        "of": of,
        "to": to,
        **{
            metric: {
                "fraction": None if r.value is None else str(r.value),
                "decimal": None if r.value is None else decimals(r.value),
                "formula": r.formula or None,
                "at": r.at or None,
                "words": r.words or None,
            }
            for metric, r in pair.ratios.items()
        },
        "mem_access_by_df": [
            {"df": side, "fraction": str(ratio), "decimal": decimals(ratio)} for side, ratio in pair.by_side
        ],
        "turns": pair.turns
        if pair.turns is None
        else [
            {
                "formula": turn.formula,
                "last_below": turn.last_below,
                "first_above": turn.first_above,
                "less_below": turn.below or None,
                "less_above": turn.above or None,
            }
            for turn in pair.turns
        ],
    }


FORMATS: dict[str, Callable[[Comparison], str]] = {
    "table": render_text,
    "md": render_md,
    "json": render_json,
    "latex": render_latex,
}


# ------------------------------------------------------------------------------ shared


def aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Columns padded to their widest cell; a column without any cell takes no room."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True) if width) for row in rows
    ]


def decimals(ratio: Fraction) -> str:
    """Four decimals, to the nearest."""
    scaled = round(ratio * 10**4)
    return f"{scaled // 10**4}.{scaled % 10**4:04d}"
