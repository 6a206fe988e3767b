"""The pages that are made from claims: docs/figures.md. Written by docs/generate.py."""

from __future__ import annotations

import math
import os
from fractions import Fraction
from itertools import groupby

from checked import outcome

import convcost
from convcost.checking import Outcome
from convcost.render.check import md_table, summary
from convcost.render.md import escape, row

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

INTRO = """\
# Published figures, held against computed ones

Every figure that the shipped specs claim, as `convcost check specs/` finds it. A figure *holds* when the
computed count, rounded as its source rounds, has the printed digits; an *exception* needs another rounding
than the rest of its source; an *erratum* cannot come out, and says why, with the calculation that gives the
printed figure where one is known. Where a number comes from, layer by layer, `convcost check specs/ --why
NAME` shows.

A claim names what it counts: `madds` are multiply-adds of convolutions and linear layers, `params` what
trains, unless a kind follows (`params.weights`); [counts.md](counts.md) tells what each holds.
"""

GUIDELINES = """\
## ShuffleNetV2's first two guidelines

The paper fixes multiply-adds and varies the shape of the layers. `mem_access` is that of the convolutions
alone, as its sec. 2 has it for G1 and G2, and stands beside the bound of G1, 2 sqrt(hw B) + B / hw for the
B multiply-adds of a layer. These are shown, not claimed: the paper prints speeds. The last CPU row of Table
2, c = 180 in g = 8 groups, is missing since 8 does not divide 180: there is no such layer.
"""


def page() -> str:
    found = outcome()
    parts = [INTRO, f"{escape(summary(found))}.\n"]
    for title, findings in groupby(found.findings, key=lambda finding: finding.spec):
        parts.append(f"## {escape(title)}\n\n{md_table(list(findings))}")
    return "\n".join([*parts, others(found), GUIDELINES, guidelines()])


def others(found: Outcome) -> str:
    """The published rows that no claim answers for."""
    lines = ["## No targets\n", "Published rows that nothing here answers for, and why.\n"]
    lines += [f"- {escape(other.reason)} ({', '.join(other.rows)})" for other in found.non_targets]
    return "\n".join(lines) + "\n"


# ------------------------------------------------------------------------------ guidelines


def guidelines() -> str:
    lines = [row(("layers", "madds", "to the first", "mem_access", "bound", "mem_access / bound"))]
    lines.append("|:--|--:|--:|--:|--:|--:|")
    for name in ("shufflenet_v2_table1", "shufflenet_v2_table2"):
        spec = convcost.load(name)
        first: dict[str, int] = {}
        for variant in spec.variants:
            report = convcost.report(spec, variant=variant)
            madds = report.totals.madds
            device = variant.partition("_")[0]
            ratio = Fraction(madds, first.setdefault(device, madds))
            bounds = sum(bound(r.tally.madds, r.node.output.h * r.node.output.w) for r in report.rows)
            access = report.totals.conv
            says = " ".join(f"{key}={report.variables[key]}" for key in spec.variants[variant])
            cells = (f"{says} ({device.upper()})", f"{madds:,}", f"{percent(ratio)} %", f"{access:,}")
            lines.append(row((*cells, f"{round(bounds):,}", f"{float(access / bounds):.3f}")))
    return "\n".join(lines) + "\n"


def bound(madds: int, positions: int) -> Fraction:
    """2 sqrt(hw B) + B / hw, its root to a millionth (ShuffleNetV2, sec. 2, G1)."""
    root = Fraction(math.isqrt(4 * positions * madds * 10**12), 10**6)
    return root + Fraction(madds, positions)


def percent(ratio: Fraction) -> str:
    hundredths = round(ratio * 10000)
    return f"{hundredths // 100}.{hundredths % 100:02d}"
