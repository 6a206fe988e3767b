"""The report as JSON lines: the head with the totals first, then one object a layer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from convcost.render.record import layers, summary

if TYPE_CHECKING:
    from convcost.reports import Report


def render(report: Report) -> Iterator[str]:
    text = json.JSONEncoder(ensure_ascii=False).encode
    yield text(summary(report)) + "\n"
    for layer in layers(report):
        yield text(layer) + "\n"
