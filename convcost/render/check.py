"""Findings of a check: as a table, JSON, Markdown, JUnit's XML and GitHub's annotations."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING

from convcost import __version__
from convcost.checking import verdict_counts
from convcost.errors import printable
from convcost.metrics import METRICS
from convcost.render.record import SCHEMA_VERSION, plain
from convcost.render.text import grouped
from convcost.terminal import Terminal

if TYPE_CHECKING:
    from convcost.checking import Finding, Outcome

COLORS = {"holds": "32", "exception": "33", "erratum": "33", "fails": "1;31"}


def render(outcome: Outcome, format: str, terminal: Terminal | None = None) -> str:
    """The outcome as `table`, `json`, `md`, `junit` or `github`."""
    if format == "table":
        return render_table(outcome, terminal or Terminal())
    return {"json": render_json, "md": render_md, "junit": render_junit, "github": render_github}[format](
        outcome
    )


def render_table(outcome: Outcome, terminal: Terminal) -> str:
    """Each printed figure beside the computed one, then how many of each verdict."""
    lines: list[str] = []
    previous = ""
    widths: dict[str, int] = {}
    for finding in outcome.findings:
        width = max(widths.get(finding.file, 15), len(finding.claim.metric_text))
        widths[finding.file] = width
    for finding in outcome.findings:
        if finding.file != previous:
            lines += ["", f"{finding.spec} ({finding.file})"]
        previous = finding.file
        claim = finding.claim
        word = terminal.paint(f"{finding.verdict:9}", COLORS[finding.verdict])
        width = widths[finding.file]
        lines.append(
            f"  {word}  {claim.metric_text:{width}} {claim.printed.text:>12}  {number(finding.computed):>15}"
            f"  {claim.conditions:28}  {claim.source_text}".rstrip()
        )
        lines += [f"             {why}" for why in reasons(finding)]
    return "\n".join([*lines[1:], "", *usual(outcome), summary(outcome)]) + "\n"


def usual(outcome: Outcome) -> list[str]:
    """How the figures are counted behind which no name stands."""
    metrics = {finding.claim.calculation.metric for finding in outcome.findings}
    said = [
        f"{name} {'by convention ' if metric.family == 'work' else ''}{metric.usual}"
        for name, metric in METRICS.items()
        if name in metrics and metric.usual
    ]
    return [f"where no name follows a dot: {', '.join(said)}"] if said else []


def number(computed: int | Fraction) -> str:
    """A count in full, a ratio to four decimals."""
    if isinstance(computed, int):
        return grouped(computed)
    scaled = round(computed * 10**4)
    return f"{scaled // 10**4:,}.{scaled % 10**4:04d}"


def reasons(finding: Finding) -> list[str]:
    """Why it fails, what kind of exception it is, or why the figure cannot come out."""
    claim = finding.claim
    said = [finding.reason, claim.erratum]
    if finding.verdict == "exception":
        rule = claim.source.rounding[claim.calculation.metric if not claim.over else "ratio"]
        said.append(f"by rounding: {claim.rounding}; this source rounds {rule}")
    if claim.instead and finding.instead is not None:
        how = f"{claim.instead.metric_text} {claim.instead.conditions}".strip()
        said.append(f"{claim.printed.text} is {how}: {number(finding.instead)}")
    return [why for why in said if why]


def summary(outcome: Outcome) -> str:
    counts = verdict_counts(outcome.findings)
    explained = sum(1 for f in outcome.findings if f.verdict == "erratum" and f.claim.instead)
    errata = counts["erratum"]
    said = [
        f"{counts['holds']} hold",
        plural(counts["exception"], "exception in rounding", "exceptions in rounding"),
        f"{plural(errata, 'erratum', 'errata')} ({explained} with the calculation that gives its figure)",
        f"{counts['fails']} fail",
    ]
    others = sum(len(other.rows) for other in outcome.non_targets)
    more = f"; {plural(others, 'published row is', 'published rows are')} no target" if others else ""
    return f"{plural(len(outcome.findings), 'claim', 'claims')}: {', '.join(said)}{more}"


def plural(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


# ------------------------------------------------------------------------------ machine formats


def render_json(outcome: Outcome) -> str:
    data = {
        "schema_version": SCHEMA_VERSION,
        "convcost_version": __version__,
        "counts": verdict_counts(outcome.findings),
        "claims": [record(finding) for finding in outcome.findings],
        "non_targets": [
            {"rows": list(other.rows), "reason": other.reason, "file": printable(other.mark.source.name)}
            for other in outcome.non_targets
        ],
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def record(finding: Finding) -> dict[str, object]:
    claim = finding.claim
    return {
        "name": claim.name,
        "spec": finding.spec,
        "source": claim.source_text,
        "metric": claim.metric_text,
        "counted_by": claim.calculation.kind,
        "conditions": claim.conditions,
        "printed": claim.printed.text,
        "computed": plain(finding.computed),
        "verdict": finding.verdict,
        "reason": finding.reason or claim.erratum,
        "instead": plain(finding.instead) if finding.instead is not None else None,
        "rounding": claim.rounding,
        "row": claim.row or None,
        "file": finding.file,
        "line": finding.line,
    }


def render_md(outcome: Outcome) -> str:
    """A section a network, and the summary."""
    from convcost.render.md import escape

    sections = [
        f"## {escape(title)}\n\n{md_table(list(found))}"
        for title, found in groupby(outcome.findings, key=lambda finding: finding.spec)
    ]
    return "\n".join([*sections, escape(summary(outcome))]) + "\n"


def md_table(findings: list[Finding]) -> str:
    from convcost.render.md import escape, row

    lines = [row(("figure", "of", "printed", "computed", "verdict", "source", "why"))]
    lines.append("|:--|:--|--:|--:|:--|:--|:--|")
    for finding in findings:
        claim = finding.claim
        cells = (
            claim.metric_text,
            claim.conditions,
            claim.printed.text,
            number(finding.computed),
            finding.verdict,
            claim.source_text,
            "; ".join(reasons(finding)),
        )
        lines.append(row(tuple(map(escape, cells))))
    return "\n".join(lines) + "\n"


def render_junit(outcome: Outcome) -> str:
    """One test case a claim, for CI servers that read JUnit's XML."""
    from html import escape

    def quoted(text: str) -> str:
        return f'"{escape(" ".join(text.split()))}"'

    fails = sum(1 for finding in outcome.findings if finding.verdict == "fails")
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append(f'<testsuite name="convcost check" tests="{len(outcome.findings)}" failures="{fails}">')
    for finding in outcome.findings:
        name, file = quoted(finding.claim.name), quoted(finding.file)
        case = f'  <testcase classname={quoted(finding.spec)} name={name} file={file} line="{finding.line}"'
        if finding.verdict == "fails":
            lines += [f"{case}>", f"    <failure message={quoted(finding.reason)}/>", "  </testcase>"]
        else:
            lines.append(f"{case}/>")
    return "\n".join([*lines, "</testsuite>"]) + "\n"


def render_github(outcome: Outcome) -> str:
    """An annotation on the line of each claim that fails, and the summary as a notice."""

    def safe(text: str) -> str:
        return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")

    def named(file: str) -> str:
        return safe(file).replace(":", "%3A").replace(",", "%2C")

    lines = [
        f"::error file={named(finding.file)},line={finding.line}::"
        f"{safe(finding.claim.name)}: {safe(finding.reason)}"
        for finding in outcome.findings
        if finding.verdict == "fails"
    ]
    return "\n".join([*lines, f"::notice::{safe(summary(outcome))}"]) + "\n"
