"""The layers as CSV: one row each, raw integers; the last columns are the kinds of op that occur."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from convcost.render.record import flat, layers

if TYPE_CHECKING:
    from convcost.reports import Report


def render(report: Report) -> str:
    rows = [_row(each, report) for each in layers(report)]
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _row(data: dict[str, Any], report: Report) -> dict[str, Any]:
    ops = data.pop("ops_by_kind")
    data["inputs"] = " ".join("x".join(map(str, shape)) for shape in data["inputs"])
    data["output"] = "x".join(map(str, data["output"]))
    kinds = {f"ops.{kind}": ops.get(kind, 0) for kind in report.totals.ops}
    names = dict(zip(("convention", "params_definition", "memory_definition"), report.by, strict=True))
    return {**flat(data), **kinds, **{key: by.name for key, by in names.items()}}
