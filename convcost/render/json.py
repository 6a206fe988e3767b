"""The report as one JSON object (docs/json.md)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from convcost.render.record import layers, summary

if TYPE_CHECKING:
    from convcost.reports import Report


def render(report: Report) -> Iterator[str]:
    """The object a layer at a time, laid out as `json.dumps` would lay out the whole."""
    text = json.JSONEncoder(indent=2, ensure_ascii=False).encode
    start, end = text({**summary(report), "layers": [None]}).rsplit("null", 1)
    yield start
    for i, layer in enumerate(layers(report)):
        yield (",\n    " if i else "") + text(layer).replace("\n", "\n    ")
    yield f"{end}\n"
