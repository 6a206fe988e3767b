"""The report as one JSON object (docs/json.md)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from convcost.render.record import record

if TYPE_CHECKING:
    from convcost.reports import Report


def render(report: Report) -> str:
    return json.dumps(record(report), indent=2, ensure_ascii=False) + "\n"
