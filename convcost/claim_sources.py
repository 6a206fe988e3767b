"""The sources that claims name: their titles, and how they round, count and abbreviate."""

from __future__ import annotations

from convcost.claims import ClaimSource
from convcost.errors import SpecError, nearest
from convcost.metrics import METRICS
from convcost.printed import BYTES, ROUNDINGS, UNITS
from convcost.reader import Map, Node, Scalar, as_map, as_scalar

FIGURES = (*METRICS, "ratio")


def read_sources(node: Node | None) -> dict[str, ClaimSource]:
    if node is None:
        return {}
    return {key.text: _source(key, value) for key, value in as_map(node, "sources").items()}


def _source(key: Scalar, node: Node) -> ClaimSource:
    plain = dict.fromkeys(FIGURES, "nearest")
    if isinstance(node, Scalar):
        return ClaimSource(key.text, as_scalar(node, "a source").text, plain, {}, {})
    source = as_map(node, "a source").only(("title", "rounding", "counts", "units"), "a source")
    title = source.get("title")
    if title is None:
        raise SpecError(f"the source {key.text!r} has no title", key.mark)
    return ClaimSource(
        key.text, as_scalar(title, "title").text, _roundings(source), _counts(source), _units(source)
    )


def _roundings(source: Map) -> dict[str, str]:
    rule = source.get("rounding")
    if rule is None:
        return dict.fromkeys(FIGURES, "nearest")
    if not isinstance(rule, Map):
        return dict.fromkeys(FIGURES, read_rounding(rule))
    rules = {metric.text: read_rounding(value) for metric, value in rule.only(FIGURES, "rounding").items()}
    return {**dict.fromkeys(FIGURES, "nearest"), **rules}


def read_rounding(node: Node) -> str:
    return _one_of(as_scalar(node, "rounding"), ROUNDINGS, "a rounding rule")


def _one_of(scalar: Scalar, known: tuple[str, ...], what: str) -> str:
    if scalar.text not in known:
        raise SpecError(f"{scalar.text!r} is not {what}", scalar.mark, nearest(scalar.text, known))
    return scalar.text


def _counts(source: Map) -> dict[str, str]:
    node = source.get("counts")
    if node is None:
        return {}
    pairs = as_map(node, "counts").only(tuple(METRICS), "counts").items()
    return {metric.text: read_kind(as_scalar(kind, "a kind"), metric.text) for metric, kind in pairs}


def read_kind(scalar: Scalar, metric: str) -> str:
    kinds = METRICS[metric].kinds
    return _one_of(scalar, kinds, f"a {METRICS[metric].key} of {metric}")


def _units(source: Map) -> dict[str, int]:
    node = source.get("units")
    if node is None:
        return {}
    units = {}
    for key, value in as_map(node, "units").only((*filter(None, UNITS), *BYTES), "units").items():
        scalar = as_scalar(value, key.text)
        if not (scalar.text.isascii() and scalar.text.isdigit() and 0 < int(scalar.text[:16]) < 10**15):
            raise SpecError(f"a unit is a count, not {scalar.text[:20]!r}", scalar.mark)
        units[key.text] = int(scalar.text)
    return units
