"""The report as plain data for the machine formats: raw integers, keys in a fixed order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from convcost import __version__
from convcost.conventions import CLASSES, Convention, Dtypes, Measure
from convcost.cost import Row, Tally
from convcost.expr import decimal

if TYPE_CHECKING:
    from convcost.reports import Report

SCHEMA_VERSION = 1


def summary(report: Report) -> dict[str, Any]:
    """All but the layers (docs/json.md)."""
    return {**head(report), "totals": costs(report.totals, report.total)}


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
        "dtype": dtype(report.dtypes),
        "convention": named(report.by.work),
        "params_definition": named(report.by.params),
        "memory_definition": named(report.by.memory),
    }


def named(convention: Convention) -> dict[str, str]:
    return {"name": convention.name, "unit": convention.unit}


def dtype(dtypes: Dtypes | None) -> str | dict[str, str] | None:
    """The one type of all elements, or the type of each kind of tensor."""
    if dtypes is None:
        return None
    types = dict(dtypes.types)
    return types["maps"] if len(set(types.values())) == 1 else types


def layers(report: Report) -> Iterator[dict[str, Any]]:
    """One after another: of a million, all at once would take gigabytes."""
    return map(layer, report.rows, report.measures)


def layer(row: Row, measure: Measure) -> dict[str, Any]:
    return {
        "path": row.node.path,
        "op": row.node.op,
        "inputs": [list(shape) for shape in row.inputs],
        "output": list(row.node.output),
        **costs(row.tally, measure),
    }


def costs(tally: Tally, measure: Measure) -> dict[str, Any]:
    """Every term by its kind, and under `count`, `params.count` and `mem_access` what is counted of it."""
    return {
        "count": plain(measure.count),
        "madds": tally.madds,
        "flops": tally.flops,
        "ops_by_kind": dict(tally.ops),
        "params": {
            "count": plain(measure.params),
            "total": tally.params,
            "weights": tally.weights,
            "biases": tally.biases,
            "norm_affine": tally.norm_affine,
            "norm_stats": tally.norm_stats,
        },
        "mem_access": classes(measure.memory, measure.mem_access),
        **in_bytes(measure),
    }


def classes(memory: Mapping[str, int], total: int) -> dict[str, int]:
    return {**{name: memory.get(name, 0) for name in CLASSES}, "total": total}


def in_bytes(measure: Measure) -> dict[str, Any]:
    """Only where the types of elements are said."""
    if measure.bytes is None:
        return {}
    intensity = measure.intensity
    return {
        "mem_bytes": classes(measure.bytes, measure.mem_bytes),
        "intensity": plain(intensity) if intensity is not None else None,
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
