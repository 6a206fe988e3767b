"""Claims as YAML has them: beside a network, or in a file of their own under `claims/`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from convcost.claim_sources import FIGURES, read_kind, read_rounding, read_sources
from convcost.claims import Calculation, Claim, Claims, ClaimSource, NonTarget, Selection
from convcost.errors import Mark, SpecError, nearest
from convcost.expr import Bound, literal
from convcost.limits import Meter
from convcost.metrics import METRICS
from convcost.ops import OPS
from convcost.printed import Printed, read_printed
from convcost.reader import Map, Node, Scalar, as_map, as_scalar, as_seq

_CALCULATION = ("spec", "kind", "convention", "with", "variant", "part", "without", "size", "sum", "times")
_KEYS = (*_CALCULATION, "source", "at", "rounding", "erratum", "instead", "row", "of", "to", "digits")
CLAIM = 8  # the steps of reading one, beside those of its values


class _Reader(NamedTuple):
    spec: str  # what a claim without a spec is about, for its name
    sources: Mapping[str, ClaimSource]
    meter: Meter


def read_claims(top: Map, spec: str, meter: Meter) -> Claims:
    """The claims in the sections of a map: single ones, tables of them, and rows left alone."""
    reader = _Reader(spec, read_sources(top.get("sources")), meter)
    claims = [_claim(as_map(node, "a claim"), reader) for node in _items(top, "claims")]
    for node in _items(top, "tables"):
        claims += _table(as_map(node, "a table of claims"), reader)
    others = tuple(_non_target(as_map(node, "a non-target")) for node in _items(top, "non_targets"))
    return Claims(tuple(_unique(claims)), others)


def _items(top: Map, section: str) -> tuple[Node, ...]:
    node = top.get(section)
    return as_seq(node, section).items if node is not None else ()


def _unique(claims: list[Claim]) -> list[Claim]:
    """The claims with a number after each name that another has too."""
    seen: dict[str, int] = {}
    named = []
    for claim in claims:
        seen[claim.name] = seen.get(claim.name, 0) + 1
        count = seen[claim.name]
        named.append(claim if count == 1 else claim._replace(name=f"{claim.name}:{count}"))
    return named


# ------------------------------------------------------------------------------ sources


# ------------------------------------------------------------------------------ one claim


def _claim(node: Map, reader: _Reader) -> Claim:
    reader.meter.step(node.mark, CLAIM)
    node.only((*FIGURES, *_KEYS), "a claim")
    metrics = [name for name in FIGURES if name in node.entries]
    if len(metrics) != 1:
        said = " and ".join(metrics) or "none"
        raise SpecError(f"a claim is about one of {', '.join(FIGURES)}, not {said}", node.mark)
    metric = metrics[0]
    source = _named_source(node, reader)
    if metric == "ratio":
        calculation, over = (_side(node, side, source, reader) for side in ("of", "to"))
    else:
        for side in ("of", "to"):
            if side in node.entries:
                raise SpecError(f"`{side}` belongs to a ratio", node.key(side).mark)
        calculation, over = _calculation(node, metric, source, reader), None
    return _finished(node, metric, calculation, over, source, reader)


def _finished(
    node: Map,
    metric: str,
    calculation: Calculation,
    over: Calculation | None,
    source: ClaimSource,
    reader: _Reader,
) -> Claim:
    rounding, at = node.get("rounding"), _text(node, "at")
    reason = node.get("erratum")
    if isinstance(reason, Scalar) and not reason.text.strip():
        raise SpecError("an erratum says why the figure cannot come out", node.key("erratum").mark)
    erratum = _text(node, "erratum")
    rule = read_rounding(rounding) if rounding is not None else source.rounding[metric]
    printed = as_scalar(node.entries[metric][1], metric)
    figure = calculation.metric_text if metric == "count" else metric
    name = ":".join(part for part in (calculation.spec or reader.spec, source.name, at, figure) if part)
    return Claim(
        name=name.replace(" ", "_"),
        calculation=calculation,
        over=over,
        printed=_printed(printed, node, source),
        source=source,
        at=at,
        rounding=rule,
        exception=rule != source.rounding[metric] and not erratum,
        erratum=erratum,
        instead=_instead(node, calculation, source, reader),
        row=_text(node, "row"),
        mark=printed.mark,
    )


def _printed(scalar: Scalar, node: Map, source: ClaimSource) -> Printed:
    """The figure, to as many significant digits as the claim or its source says."""
    metric = next(name for name in FIGURES if name in node.entries)
    printed = read_printed(scalar, source.units, of_bytes=metric in ("file_size", "largest_map"))
    given = node.get("digits")
    if given is None:
        return printed
    count = as_scalar(given, "digits")
    if not (count.text.isascii() and count.text.isdigit() and 0 < int(count.text[:3]) < 40):
        raise SpecError("digits is a count", count.mark)
    read = printed.significant(int(count.text))
    if read is None:
        raise SpecError(f"{scalar.text} has more significant digits than {count.text}", count.mark)
    return read


def _instead(node: Map, calculation: Calculation, source: ClaimSource, reader: _Reader) -> Calculation | None:
    """The claim's own calculation, changed as it says."""
    given = node.get("instead")
    if given is None:
        return None
    if "erratum" not in node.entries:
        raise SpecError("`instead` explains an erratum", node.key("instead").mark)
    changes = as_map(given, "instead").only((*_CALCULATION, "metric"), "instead")
    metric = _text(changes, "metric") or calculation.metric
    if metric not in METRICS:
        raise SpecError(f"there is no metric {metric!r}", changes.mark, nearest(metric, set(METRICS)))
    changed = _calculation(changes, metric, source, reader)
    return changed._replace(
        spec=changed.spec or calculation.spec,
        kind=changed.kind if changed.said or metric != calculation.metric else calculation.kind,
        said=changed.said or calculation.said,
        settings={**calculation.settings, **changed.settings},
        variant=changed.variant or calculation.variant,
        part=changed.part or calculation.part,
        without=changed.without or calculation.without,
        size=changed.size or calculation.size,
        passes=changed.passes or calculation.passes,
        times=changed.times if "times" in changes.entries else calculation.times,
    )


def _named_source(node: Map, reader: _Reader) -> ClaimSource:
    name = node.get("source")
    if name is None:
        raise SpecError("a claim names its source", node.mark, "source: one of the keys under `sources`")
    scalar = as_scalar(name, "source")
    if scalar.text not in reader.sources:
        hint = nearest(scalar.text, set(reader.sources)) or "declare it under `sources`"
        raise SpecError(f"there is no source {scalar.text!r}", scalar.mark, hint)
    return reader.sources[scalar.text]


def _text(node: Map, name: str) -> str:
    value = node.get(name)
    return " ".join(as_scalar(value, name).text.split()) if value is not None else ""


# ------------------------------------------------------------------------------ what is computed


def _side(node: Map, side: str, source: ClaimSource, reader: _Reader) -> Calculation:
    given = node.get(side)
    if given is None:
        raise SpecError(f"a ratio needs `{side}`", node.mark, "of: {params: weights}, to: {spec: vgg16, ...}")
    fields = as_map(given, side).only((*METRICS, *_CALCULATION), f"`{side}`")
    metrics = [name for name in METRICS if name in fields.entries]
    if len(metrics) != 1:
        raise SpecError(f"`{side}` names one metric and its kind", fields.mark, "params: weights")
    metric = metrics[0]
    entries = {**fields.entries, METRICS[metric].key: fields.entries[metric]}
    return _calculation(Map(entries, fields.mark), metric, source, reader)


def _calculation(node: Map, metric: str, source: ClaimSource, reader: _Reader) -> Calculation:
    settings, size = node.get("with"), node.get("size")
    said = _said_kind(node, metric) or source.counts.get(metric)
    if not said and not METRICS[metric].usual:
        raise SpecError(f"a {metric} names its convention", node.mark, "convention: fvcore")
    return Calculation(
        spec=_spec_name(node),
        metric=metric,
        kind=said or METRICS[metric].usual,
        said=said is not None,
        settings=_bounds(as_map(settings, "with"), reader.meter) if settings is not None else {},
        variant=_text(node, "variant") or None,
        part=_selection(node.get("part"), reader),
        without=_selection(node.get("without"), reader),
        size=_size(size, reader) if size is not None else None,
        passes=_passes(node, reader),
        times=_times(node),
        mark=node.mark,
    )


_SPEC = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,99}\Z")


def _said_kind(node: Map, metric: str) -> str | None:
    """The convention or kind that a claim says, under the key that its metric has for it."""
    key = METRICS[metric].key
    other = "kind" if key == "convention" else "convention"
    if other in node.entries:
        raise SpecError(f"{metric} has no `{other}`", node.key(other).mark, f"write {key}: ...")
    given = node.get(key)
    return read_kind(as_scalar(given, key), metric) if given is not None else None


def _spec_name(node: Map) -> str:
    """The name of a spec beside the claims or of a shipped one; a path could lead to any file."""
    name = _text(node, "spec")
    if name and not _SPEC.match(name):
        hint = "NAME stands for NAME.yaml beside the claims, or for a shipped spec"
        raise SpecError(f"{name!r} is not the name of a spec", node.entries["spec"][1].mark, hint)
    return name


def _bounds(node: Map, meter: Meter) -> dict[str, Bound]:
    return {key.text: literal(as_scalar(value, key.text), meter) for key, value in node.items()}


def _passes(node: Map, reader: _Reader) -> tuple[dict[str, Bound], ...]:
    """`sum: {resolution: [257, 513]}`: a network run at several settings, as one figure."""
    given = node.get("sum")
    if given is None:
        return ()
    fields = as_map(given, "sum")
    if len(fields.entries) != 1:
        raise SpecError(
            "`sum` is over the values of one variable", fields.mark, "sum: {resolution: [257, 513]}"
        )
    ((key, values),) = fields.items()
    items = as_seq(values, key.text).items
    if not items or len(items) > 100:
        raise SpecError("`sum` is over 1 to 100 values", values.mark)
    return tuple({key.text: literal(as_scalar(item, key.text), reader.meter)} for item in items)


def _times(node: Map) -> int:
    given = node.get("times")
    if given is None:
        return 1
    count = as_scalar(given, "times")
    if not (count.text.isascii() and count.text.isdigit() and 0 < int(count.text[:5]) <= 1000):
        raise SpecError("`times` is a count up to 1000", count.mark)
    return int(count.text)


def _selection(node: Node | None, reader: _Reader) -> Selection | None:
    if node is None:
        return None
    if isinstance(node, Scalar):
        return Selection((as_scalar(node, "a path").text,), "", {})
    if not isinstance(node, Map):
        return Selection(tuple(as_scalar(item, "a path").text for item in node.items), "", {})
    name = node.get("op")
    if name is None:
        raise SpecError("a selection is paths, or an op and its fields", node.mark, "{op: conv, k: 1}")
    scalar = as_scalar(name, "op")
    if scalar.text not in OPS:
        raise SpecError(f"there is no op {scalar.text!r}", scalar.mark, nearest(scalar.text, set(OPS)))
    known = tuple(param.name for param in OPS[scalar.text].params)
    node.only(("op", *known), f"a selection of {scalar.text}")
    fields = {key.text: value for key, value in node.items() if key.text != "op"}
    bounds = {key: literal(as_scalar(value, key), reader.meter) for key, value in fields.items()}
    return Selection((), scalar.text, bounds)


def _size(node: Node, reader: _Reader) -> tuple[int, int]:
    sides = [literal(as_scalar(side, "a side"), reader.meter).value for side in as_seq(node, "size").items]
    if len(sides) != 2 or not all(isinstance(side, int) and side > 0 for side in sides):
        raise SpecError("a size is [height, width]", node.mark)
    return sides[0], sides[1]


# ------------------------------------------------------------------------------ tables


def _table(node: Map, reader: _Reader) -> list[Claim]:
    """Claims in rows: each cell under a metric is a figure, the other cells say of what."""
    node.only(("source", "columns", "rows", "digits", *_CALCULATION), "a table of claims")
    columns = [as_scalar(column, "a column") for column in _items(node, "columns")]
    shared = {key: entry for key, entry in node.entries.items() if key not in ("columns", "rows")}
    claims: list[Claim] = []
    for row in _items(node, "rows"):
        cells = as_seq(row, "a row").items
        if len(cells) != len(columns):
            raise SpecError(f"this row has {len(cells)} cells for {len(columns)} columns", row.mark)
        pairs = list(zip(columns, cells, strict=True))
        for column, cell in pairs:
            metric = column.text.partition(".")[0]
            if metric in METRICS and as_scalar(cell, column.text).text != "-":
                claims.append(_claim(_row_claim(column, cell, pairs, shared, row.mark, reader), reader))
    return claims


def _row_claim(
    column: Scalar,
    cell: Node,
    pairs: list[tuple[Scalar, Node]],
    shared: dict[str, tuple[Scalar, Node]],
    mark: Mark,
    reader: _Reader,
) -> Map:
    """One cell as the claim it stands for; a column `params.weights` is a metric and its kind."""
    metric, _, kind = column.text.partition(".")
    entries = dict(shared)
    reader.meter.step(mark, (len(pairs) + len(shared)) // 4)
    settings: dict[str, tuple[Scalar, Node]] = {}
    for key, value in pairs:
        if isinstance(value, Scalar) and value.text == "-":
            continue
        if key.text in ("at", "row", "variant", "part", "without", "spec", "size", "digits", "rounding"):
            entries[key.text] = (key, value)
        elif key.text.partition(".")[0] not in METRICS:
            settings[key.text] = (key, value)
    if settings:
        base = as_map(shared["with"][1] if "with" in shared else Map({}, mark), "with").entries
        reader.meter.step(mark, len(base) // 4)
        entries["with"] = (column, Map({**base, **settings}, mark))
    if kind:
        entries[METRICS[metric].key] = (column, Scalar(kind, column.mark))
    entries[metric] = (Scalar(metric, column.mark), cell)
    return Map(entries, mark)


def _non_target(node: Map) -> NonTarget:
    node.only(("rows", "reason"), "a non-target")
    reason = _text(node, "reason")
    if not reason:
        raise SpecError("a non-target says why", node.mark)
    rows = tuple(as_scalar(row, "a row").text for row in _items(node, "rows"))
    return NonTarget(rows, reason, node.mark)
