"""The tables of lint.md: the guidelines, and the papers' own networks held against them."""

from __future__ import annotations

from collections.abc import Mapping

from convcost.guidelines import CODES, GUIDELINES
from convcost.linting import Lint
from convcost.render.lint import fragments
from convcost.render.md import escape, row
from convcost.render.text import percent, short


def comparison(networks: Mapping[str, Lint]) -> str:
    """Networks in a Markdown table, a line each: costs, then the price of each guideline."""
    lines = [
        row(("network", "madds", "conv + elementwise", "G1 %", "G2 %", "G3", "G4 %", "moves %", "findings")),
        "|:--|--:|--:|--:|--:|:-:|--:|--:|:--|",
    ]
    for name, lint in networks.items():
        g1, g2, elementwise, moves = map(percent, lint.network.shares())
        found = ", ".join(f"{code} {len(lint.found(code))}" for code in CODES if lint.found(code))
        costs = (short(lint.report.totals.madds), short(lint.network.counted))
        lines.append(
            row((f"`{name}`", *costs, g1, g2, fragments(lint.network), elementwise, moves, found or "none"))
        )
    return "\n".join(lines) + "\n"


def thresholds() -> str:
    """The guidelines in a Markdown table: what is found, and why from there on."""
    lines = [row(("code", "guideline", "found", "why from there on")), "|:--|:--|:--|:--|"]
    for code, g in GUIDELINES.items():
        lines.append(row(tuple(map(escape, (code, g.title, g.threshold, g.reason)))))
    return "\n".join(lines) + "\n"
