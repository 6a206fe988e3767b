"""Printed figures: how they are written down, and when a computed one is the same.

A figure is compared by its printed digits under a named rounding rule; there is no tolerance.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from convcost import num
from convcost.conventions import METRICS
from convcost.errors import Mark, SpecError, nearest
from convcost.expr import Bound, literal
from convcost.limits import Limits
from convcost.reader import Map, Node, Scalar, as_map, as_scalar, as_seq

UNITS = {"": 1, "K": 10**3, "k": 10**3, "M": 10**6, "G": 10**9, "B": 10**9, "T": 10**12}
ROUNDINGS = ("nearest", "floor", "ceil")
VERDICTS = ("holds", "exception", "erratum", "fails")

_PRINTED = re.compile(r"(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?\s*([KkMGBT]?)\Z", re.ASCII)


class Printed(NamedTuple):
    """A figure as its source prints it: 3.47M is the digits 347, 2 decimals, the unit 10^6."""

    text: str
    digits: int
    decimals: int
    unit: int

    def shown(self, computed: int, rounding: str) -> int:
        """The digits that this source would print for a computed count."""
        if self.unit == 1 and self.decimals == 0:
            return computed
        scaled: int = computed * int(10**self.decimals)
        if rounding == "nearest":  # a half rounds up
            return (2 * scaled + self.unit) // (2 * self.unit)
        return scaled // self.unit if rounding == "floor" else num.ceildiv(scaled, self.unit)

    def agrees(self, computed: int, rounding: str) -> bool:
        return self.shown(computed, rounding) == self.digits

    def as_printed(self, computed: int, rounding: str) -> str:
        """The computed count in the digits and unit of the source."""
        digits = str(self.shown(computed, rounding)).rjust(self.decimals + 1, "0")
        whole, part = digits[: len(digits) - self.decimals], digits[len(digits) - self.decimals :]
        suffix = self.text[-1] if self.text[-1].isalpha() else ""
        return f"{whole}.{part}{suffix}" if part else whole + suffix


def read_printed(scalar: Scalar) -> Printed:
    """`300M`, `3.4M`, `0.301G`, `3504872` or `3,504,872`."""
    match = _PRINTED.match(scalar.text)
    if not match or len(scalar.text) > 40:
        raise SpecError(
            f"{scalar.text[:40]!r} is not a figure as printed",
            scalar.mark,
            "write its digits and unit: 300M, 0.301G, 3504872",
        )
    whole, part, unit = match[1].replace(",", ""), match[2] or "", match[3]
    return Printed(scalar.text, int(whole + part), len(part), UNITS[unit])


class ClaimSource(NamedTuple):
    """Where figures were printed, and how that place rounds, by metric."""

    name: str
    title: str
    rounding: Mapping[str, str]


class Claim(NamedTuple):
    """One printed figure, and what it is a figure of."""

    metric: str
    kind: str
    printed: Printed
    source: ClaimSource
    at: str  # table, row or section
    rounding: str  # the source's, or the one this figure needs
    exception: bool  # it needs another than its source's
    erratum: str  # why it cannot come out; "" where it does
    settings: Mapping[str, Bound]
    variant: str | None
    mark: Mark

    @property
    def source_text(self) -> str:
        return f"{self.source.title}, {self.at}" if self.at else self.source.title

    @property
    def metric_text(self) -> str:
        plain = self.kind == next(iter(METRICS[self.metric].kinds))
        return self.metric if plain else f"{self.metric}.{self.kind}"

    def verdict(self, computed: int) -> tuple[str, str]:
        """`holds`, `exception`, `erratum` or `fails`, and for the last why."""
        if self.erratum:
            out = [rule for rule in ROUNDINGS if self.printed.agrees(computed, rule)]
            if out:
                return "fails", f"marked as an erratum, yet it comes out ({out[0]})"
            return "erratum", ""
        if not self.printed.agrees(computed, self.rounding):
            others = [rule for rule in ROUNDINGS if self.printed.agrees(computed, rule)]
            hint = f"; it would by rounding: {others[0]}" if others else ""
            return "fails", f"{self.as_printed(computed)} is not {self.printed.text}{hint}"
        if not self.exception:
            return "holds", ""
        rule = self.source.rounding[self.metric]
        if self.printed.agrees(computed, rule):
            return "fails", f"marked as an exception, yet it comes out by its source's rule ({rule})"
        return "exception", ""

    def as_printed(self, computed: int) -> str:
        return self.printed.as_printed(computed, self.rounding)


Claims = tuple[Claim, ...]

# ------------------------------------------------------------------------------ reading


def read_claims(sources: Node | None, claims: Node | None, limits: Limits) -> Claims:
    """The claims of a spec, each with the source that it names."""
    known = read_sources(sources)
    if claims is None:
        return ()
    return tuple(_claim(as_map(node, "a claim"), known, limits) for node in as_seq(claims, "claims").items)


def read_sources(node: Node | None) -> dict[str, ClaimSource]:
    if node is None:
        return {}
    return {key.text: _source(key, value) for key, value in as_map(node, "sources").items()}


def _source(key: Scalar, node: Node) -> ClaimSource:
    if isinstance(node, Scalar):
        return ClaimSource(key.text, as_scalar(node, "a source").text, dict.fromkeys(METRICS, "nearest"))
    source = as_map(node, "a source").only(("title", "rounding"), "a source")
    title = source.get("title")
    if title is None:
        raise SpecError(f"the source {key.text!r} has no title", key.mark)
    rounding = dict.fromkeys(METRICS, "nearest")
    rule = source.get("rounding")
    if isinstance(rule, Map):
        for metric, value in rule.only(tuple(METRICS), "rounding").items():
            rounding[metric.text] = _rounding(value)
    elif rule is not None:
        rounding = dict.fromkeys(METRICS, _rounding(rule))
    return ClaimSource(key.text, as_scalar(title, "title").text, rounding)


def _rounding(node: Node) -> str:
    rule = as_scalar(node, "rounding")
    if rule.text not in ROUNDINGS:
        raise SpecError(f"{rule.text!r} is not a rounding rule", rule.mark, nearest(rule.text, ROUNDINGS))
    return rule.text


_KEYS = ("kind", "source", "at", "rounding", "erratum", "with", "variant")


def _claim(node: Map, sources: Mapping[str, ClaimSource], limits: Limits) -> Claim:
    node.only((*METRICS, *_KEYS), "a claim")
    metrics = [name for name in METRICS if name in node.entries]
    if len(metrics) != 1:
        said = " and ".join(metrics) or "none"
        raise SpecError(f"a claim is about one of {', '.join(METRICS)}, not {said}", node.mark)
    metric = metrics[0]
    source = _named_source(node, sources)
    rounding = node.get("rounding")
    erratum = _text(node, "erratum")
    if "erratum" in node.entries and not erratum:
        raise SpecError("an erratum says why the figure cannot come out", node.key("erratum").mark)
    rule = _rounding(rounding) if rounding is not None else source.rounding[metric]
    settings = node.get("with")
    return Claim(
        metric=metric,
        kind=_kind(node, metric),
        printed=read_printed(as_scalar(node.entries[metric][1], metric)),
        source=source,
        at=_text(node, "at"),
        rounding=rule,
        exception=rule != source.rounding[metric],
        erratum=erratum,
        settings=_settings(settings, limits) if settings is not None else {},
        variant=_text(node, "variant") or None,
        mark=node.mark,
    )


def _text(node: Map, name: str) -> str:
    value = node.get(name)
    return " ".join(as_scalar(value, name).text.split()) if value is not None else ""


def _named_source(node: Map, sources: Mapping[str, ClaimSource]) -> ClaimSource:
    name = node.get("source")
    if name is None:
        raise SpecError("a claim names its source", node.mark, "source: one of the keys under `sources`")
    scalar = as_scalar(name, "source")
    if scalar.text not in sources:
        hint = nearest(scalar.text, set(sources)) or "declare it under `sources`, with its title and rounding"
        raise SpecError(f"there is no source {scalar.text!r}", scalar.mark, hint)
    return sources[scalar.text]


def _kind(node: Map, metric: str) -> str:
    kinds = METRICS[metric].kinds
    value = node.get("kind")
    if value is None:
        return next(iter(kinds))
    scalar = as_scalar(value, "kind")
    if scalar.text not in kinds:
        raise SpecError(
            f"{metric} has no kind {scalar.text!r}", scalar.mark, nearest(scalar.text, set(kinds))
        )
    return scalar.text


def _settings(node: Node, limits: Limits) -> dict[str, Bound]:
    pairs = as_map(node, "with").items()
    return {key.text: literal(as_scalar(value, key.text), limits) for key, value in pairs}
