"""The computation behind a claim: what was counted, layer group by layer group, and how it is printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.metrics import METRICS
from convcost.render.check import number, reasons
from convcost.render.compare import aligned

if TYPE_CHECKING:
    from convcost.checking import Trace


def render(traces: list[Trace]) -> str:
    return "\n".join(_one(trace) for trace in traces)


def _one(trace: Trace) -> str:
    claim, finding = trace.finding.claim, trace.finding
    lines = [
        claim.name,
        f"  printed   {claim.printed.text} by {claim.source_text} ({finding.file}:{finding.line})",
        f"  computed  {number(finding.computed)}, by rounding {claim.rounding} "
        f"{claim.as_printed(finding.computed)}: {finding.verdict}",
        *(f"            {why}" for why in reasons(finding)),
    ]
    for calculation, by, parts in trace.parts:
        metric, kind = METRICS[calculation.metric], calculation.kind
        says = metric.ways.get(kind, by.says if by else "")
        lines.append(f"  {calculation.metric_text} {calculation.conditions}".rstrip() + f": {says}")
        if by and by.source and (calculation.said or kind != metric.usual):
            lines.append(f"    as counted by {by.source}")
        rows = [(f"    {path}", number(count).rjust(16)) for path, count in parts]
        rows.append(("    sum", number(sum(count for _, count in parts)).rjust(16)))
        lines += aligned(rows) if parts else []
    return "\n".join(lines) + "\n"
