"""The report as plain data for the machine formats: raw integers, keys in a fixed order."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from convcost import __version__
from convcost.conventions import in_bytes
from convcost.cost import Row, Tally
from convcost.expr import decimal

if TYPE_CHECKING:
    from convcost.reports import Report

SCHEMA_VERSION = 1


def record(report: Report) -> dict[str, Any]:
    """The whole report (docs/json.md)."""
    return {
        **head(report),
        "totals": costs(report.totals, report.dtype),
        "layers": [layer(row, report.dtype) for row in report.rows],
    }


def head(report: Report) -> dict[str, Any]:
    from hashlib import sha256

    return {
        "schema_version": SCHEMA_VERSION,
        "convcost_version": __version__,
        "name": report.name,
        "cite": report.cite,
        "spec_sha256": sha256(report.source.text.encode()).hexdigest(),
        "variables": {name: plain(value) for name, value in report.variables.items()},
        "variant": report.variant,
        "input": list(report.input),
        "batch": report.batch,
        "dtype": report.dtype,
        "convention": {"name": report.convention.name, "unit": report.convention.unit},
    }


def layer(row: Row, dtype: str | None) -> dict[str, Any]:
    return {
        "path": row.node.path,
        "op": row.node.op,
        "inputs": [list(shape) for shape in row.inputs],
        "output": list(row.node.output),
        **costs(row.tally, dtype),
    }


def costs(tally: Tally, dtype: str | None) -> dict[str, Any]:
    memory = {
        "conv": tally.conv,
        "elementwise": tally.elementwise,
        "other": tally.other,
        "total": tally.mem_access,
    }
    return {
        "madds": tally.madds,
        "flops": tally.flops,
        "ops_by_kind": dict(tally.ops),
        "params": {
            "total": tally.params,
            "weights": tally.weights,
            "biases": tally.biases,
            "norm_affine": tally.norm_affine,
            "norm_stats": tally.norm_stats,
        },
        "mem_access": memory,
        **({"mem_bytes": {key: in_bytes(n, dtype) for key, n in memory.items()}} if dtype else {}),
    }


def flat(data: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested keys joined by dots, for a table."""
    out: dict[str, Any] = {}
    for key, value in data.items():
        if isinstance(value, Mapping):
            out.update(flat(value, f"{prefix}{key}."))
        else:
            out[f"{prefix}{key}"] = value
    return out


def plain(value: Any) -> Any:
    """A value for JSON: an exact fraction is text, since a float would round it."""
    if isinstance(value, Fraction):
        return decimal(value)
    return value if isinstance(value, (bool, int)) else str(value)
