"""The report as JSON lines: the head with the totals first, then one object a layer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from convcost.render.record import record

if TYPE_CHECKING:
    from convcost.reports import Report


def render(report: Report) -> str:
    head = record(report)
    layers = head.pop("layers")
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in [head, *layers])
