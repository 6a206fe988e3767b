"""A comparison of two blocks, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from convcost import __version__
from convcost.render.record import SCHEMA_VERSION
from convcost.render.text import grouped, short

if TYPE_CHECKING:
    from convcost.comparison import Comparison

LETTERS = {"k": "D_K", "m": "M", "n": "N", "df": "D_F"}


def render_text(comparison: Comparison) -> str:
    """Costs, formulas, ratios, and how mem_access goes with the size of the map."""
    a, b = comparison.names
    sizes = " ".join(f"{LETTERS[name]}={value}" for name, value in comparison.sizes.items())
    lines = [
        f"{a} and {b} · {sizes}",
        *(f"{name}: {help_}" for name, help_ in zip(comparison.names, comparison.helps, strict=True)),
        *ignored(comparison),
        f"convention {comparison.convention.name}: {comparison.convention.says}",
        "",
    ]
    rows: list[tuple[str, ...]] = [("", a, b)]
    for measure in comparison.measures:
        rows.append((measure.name, *(f"{grouped(n)} ({short(n)})" for n in measure.values)))
        rows.append(("", *measure.formulas))
    lines += aligned(rows)
    lines += ["", f"{b} / {a}"]
    lines += aligned(
        [
            (f"  {m.name}", f"{m.ratio} = {decimals(m.ratio)}", m.words, f"= {m.formula}")
            for m in comparison.measures
        ]
    )
    lines += ["", f"mem_access of {b} / {a} by D_F, the side of the map"]
    lines += aligned(
        [
            (f"  {side}", f"{ratio} = {decimals(ratio)}", more_or_less(ratio, b))
            for side, ratio in comparison.by_side
        ]
    )
    for turn in comparison.turns or ():
        lines.append(
            f"  it turns at D_F = {turn.formula}: {turn.below} has less up to D_F = {turn.last_below}, "
            f"{turn.above} from D_F = {turn.first_above} on"
        )
    if not comparison.turns:
        none = "it turns at no D_F" if comparison.turns == () else "no formula was found for where it turns"
        lines.append(f"  {none}")
    if comparison.conditions:
        lines.append(f"formulas hold where {' and '.join(comparison.conditions)}")
    return "\n".join(line.rstrip() for line in lines) + "\n"


def render_json(comparison: Comparison) -> str:
    data: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "convcost_version": __version__,
        "convention": {"name": comparison.convention.name, "unit": comparison.convention.unit},
        "sizes": {name: comparison.sizes[name] for name in LETTERS},
        "blocks": [
            {
                "name": name,
                "help": comparison.helps[i],
                **{m.name: m.values[i] for m in comparison.measures},
                "formulas": {m.name: m.formulas[i] for m in comparison.measures},
            }
            for i, name in enumerate(comparison.names)
        ],
        "ratios": {
            m.name: {
                "fraction": str(m.ratio),
                "decimal": decimals(m.ratio),
                "formula": m.formula,
                "words": m.words,
            }
            for m in comparison.measures
        },
        "mem_access_by_df": [
            {"df": side, "fraction": str(ratio), "decimal": decimals(ratio)}
            for side, ratio in comparison.by_side
        ],
        "turns": comparison.turns
        if comparison.turns is None
        else [
            {
                "formula": turn.formula,
                "last_below": turn.last_below,
                "first_above": turn.first_above,
                "less_below": turn.below,
                "less_above": turn.above,
            }
            for turn in comparison.turns
        ],
        "conditions": list(comparison.conditions),
        "ignored": ignored(comparison),
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def ignored(comparison: Comparison) -> list[str]:
    return [f"{name} takes no {', '.join(letters)}" for name, letters in comparison.ignored]


def aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Columns padded to their widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]


def decimals(ratio: Fraction) -> str:
    """Four decimals, to the nearest."""
    scaled = round(ratio * 10**4)
    return f"{scaled // 10**4}.{scaled % 10**4:04d}"


def more_or_less(ratio: Fraction, name: str) -> str:
    if ratio == 1:
        return "the same"
    return f"{name} has {'less' if ratio < 1 else 'more'}"
