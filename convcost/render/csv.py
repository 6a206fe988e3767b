"""The layers as CSV: one row each, raw integers; the last columns are the kinds of op that occur."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from convcost.render.record import flat, layers

if TYPE_CHECKING:
    from convcost.reports import Report


class _Line:
    """A file that hands on what is written to it: a `csv.writer` returns what its file's `write` does."""

    def write(self, text: str) -> str:
        return text


def render(report: Report) -> Iterator[str]:
    writer: Any = csv.writer(_Line(), lineterminator="\n")
    for i, layer in enumerate(layers(report)):
        cells = _row(layer, report)
        if i == 0:
            yield writer.writerow(cells)  # the columns' names
        yield writer.writerow(cells.values())


def _row(data: dict[str, Any], report: Report) -> dict[str, Any]:
    ops = data.pop("ops_by_kind")
    data["inputs"] = " ".join("x".join(map(str, shape)) for shape in data["inputs"])
    data["output"] = "x".join(map(str, data["output"]))
    kinds = {f"ops.{kind}": ops.get(kind, 0) for kind in report.totals.ops}
    names = dict(zip(("convention", "params_definition", "memory_definition"), report.by, strict=True))
    return {**flat(data), **kinds, **{key: by.name for key, by in names.items()}}
