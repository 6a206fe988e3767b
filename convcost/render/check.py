"""Findings of a check, as a table and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from convcost import __version__
from convcost.checking import counted
from convcost.render.record import SCHEMA_VERSION
from convcost.render.text import grouped
from convcost.terminal import Terminal

if TYPE_CHECKING:
    from convcost.checking import Finding

STYLES = {"holds": "green", "exception": "yellow", "erratum": "yellow", "fails": "bold red"}


def render_text(findings: list[Finding], terminal: Terminal) -> str:
    """Each printed figure beside the computed one, then how many of each verdict."""
    lines: list[str] = []
    previous = ""
    for finding in findings:
        if finding.file != previous:
            lines += ["", f"{finding.spec} ({finding.file})"]
        previous = finding.file
        claim = finding.claim
        at = " ".join(f"{name}={_show(bound.value)}" for name, bound in claim.settings.items())
        what = " ".join(part for part in (claim.variant or "", at) if part)
        word = paint(f"{finding.verdict:9}", STYLES[finding.verdict], terminal)
        lines.append(
            f"  {word}  {claim.metric_text:15} {claim.printed.text:>12}  {grouped(finding.computed):>15}"
            f"  {what:28}  {claim.source_text}".rstrip()
        )
        for why in (finding.reason, claim.erratum, note(finding)):
            if why:
                lines.append(f"             {why}")
    counts = counted(findings)
    summary = ", ".join(f"{n} {verdict}" for verdict, n in counts.items() if n)
    return "\n".join([*lines[1:], "", f"{len(findings)} claims: {summary}"]) + "\n"


def note(finding: Finding) -> str:
    if finding.verdict != "exception":
        return ""
    claim = finding.claim
    return f"by rounding: {claim.rounding}; this source rounds {claim.source.rounding[claim.metric]}"


def _show(value: object) -> str:
    from convcost.expr import show

    return show(value)


def paint(text: str, style: str, terminal: Terminal) -> str:
    if not terminal.color:
        return text
    codes = {"green": "32", "yellow": "33", "bold red": "1;31"}
    return f"\x1b[{codes[style]}m{text}\x1b[0m"


def render_json(findings: list[Finding]) -> str:
    data = {
        "schema_version": SCHEMA_VERSION,
        "convcost_version": __version__,
        "counts": counted(findings),
        "claims": [
            {
                "spec": finding.spec,
                "source": finding.claim.source_text,
                "metric": finding.claim.metric_text,
                "printed": finding.claim.printed.text,
                "computed": finding.computed,
                "verdict": finding.verdict,
                "reason": finding.reason or finding.claim.erratum,
                "rounding": finding.claim.rounding,
                "file": finding.file,
                "line": finding.line,
            }
            for finding in findings
        ],
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"
