"""Why a printed figure is not what convcost counts: explanations as text and as JSON."""

from __future__ import annotations

import json
import textwrap
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from convcost import __version__
from convcost.gaps.ledger import Change, gap
from convcost.render.compare import aligned
from convcost.render.record import SCHEMA_VERSION, named, plain
from convcost.render.text import assignments, grouped

if TYPE_CHECKING:
    from convcost.gaps.search import Candidate, Found

TOLD = 5  # explanations that are told in full


def render_text(found: Found) -> str:
    """What is asked, each explanation with its gap line by line, how many were tried."""
    spec = found.spec
    title = f"{spec.name} · {spec.cite}" if spec.cite else spec.name
    lines = [
        title,
        assignments(found.settings),
        f"{found.metric} {found.printed.text}? It has {number(found.start)}",
        f"convention {found.base.name}: {found.base.says}",
    ]
    for place, candidate in enumerate(found.fits[:TOLD], 1):
        lines += ["", f"{place}. {heading(found, candidate)}", *ledger(found, candidate)]
    if not found.fits:
        lines += ["", "nothing that was tried gives it; nearest came"]
        lines += [f"  {line}" for line in aligned([near(found, each) for each in found.nearest])]
    return "\n".join(line.rstrip() for text in [*lines, "", tried(found)] for line in wrapped(text)) + "\n"


def wrapped(text: str) -> list[str]:
    if len(text) <= 110 or text.startswith("  "):
        return [text]
    return textwrap.wrap(text, 110, subsequent_indent="  ", break_on_hyphens=False)


def heading(found: Found, candidate: Candidate) -> str:
    what = candidate.text or "as it is"
    return f"{what}: {number(candidate.value)}, {candidate.reading.text}"


def ledger(found: Found, candidate: Candidate) -> list[str]:
    """The start, each change with what it is of, and the sum."""
    changes = gap(found, candidate)
    if not changes:
        return []
    rows: list[tuple[str, str]] = [(number(found.start).rjust(18), f"  {found.base.name}")]
    for change in changes:
        rows.append((signed(change.adds).rjust(18), f"  {change.text}"))
        rows += details(change)
    rows.append((number(candidate.value).rjust(18), ""))
    return ["".join(row) for row in rows]


def details(change: Change) -> list[tuple[str, str]]:
    """What a change is of; where that is one line that says all, its text alone."""
    if len(change.lines) == 1:
        return [("".rjust(18), f"    {change.lines[0].text}")]
    return [("".rjust(18), f"    {signed(line.adds).rjust(15)}  {line.text}") for line in change.lines]


def near(found: Found, candidate: Candidate) -> tuple[str, str]:
    return number(candidate.value).rjust(16), candidate.text or found.base.name


def number(count: int | Fraction) -> str:
    return grouped(count)


def signed(count: int | Fraction) -> str:
    return f"+{grouped(count)}" if count > 0 else grouped(count)


def tried(found: Found) -> str:
    """How much was tried: a short figure fits something by chance."""
    text = f"{grouped(found.tried)} candidates were tried"
    if found.skipped:
        text += " (and not all that there are: 1,000 networks at most, within --max-steps)"
    if not found.fits:
        return f"{text}, none fits"
    more = len(found.fits) - TOLD
    fit = f"{text}, {len(found.fits)} fit{'s' if len(found.fits) == 1 else ''}"
    return f"{fit}; the first {TOLD} are shown" if more > 0 else fit


def render_json(found: Found) -> str:
    data = {
        "schema_version": SCHEMA_VERSION,
        "convcost_version": __version__,
        "name": found.spec.name,
        "metric": found.metric,
        "printed": found.printed.text,
        "convention": named(found.base),
        "variables": {name: plain(value) for name, value in found.settings.items()},
        "count": plain(found.start),
        "tried": found.tried,
        "skipped": found.skipped,
        "fits": [record(found, candidate) for candidate in found.fits],
        "nearest": [record(found, candidate) for candidate in found.nearest] if not found.fits else [],
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def record(found: Found, candidate: Candidate) -> dict[str, Any]:
    return {
        "text": candidate.text,
        "cost": candidate.cost,
        "count": plain(candidate.value),
        "settings": {
            name: plain(value) for setting in candidate.settings for name, value in setting.settings.items()
        },
        "convention": candidate.way.convention.name,
        "rounding": candidate.reading.text,
        "changes": [
            {
                "text": change.text,
                "adds": plain(change.adds),
                "lines": [{"adds": plain(line.adds), "text": line.text} for line in change.lines],
            }
            for change in gap(found, candidate)
        ],
    }
