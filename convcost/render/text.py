"""Numbers as text, for people: grouped digits, short forms, percent. All exact until the last digit."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from convcost.ops.registry import field_text

if TYPE_CHECKING:
    from convcost.reports import Report

_UNITS = ("", "K", "M", "G", "T", "P", "E")


def grouped(count: int) -> str:
    """300,774,272"""
    return f"{count:,}"


def short(count: int) -> str:
    """300.8M: four significant digits, to the nearest."""
    power = min((len(str(abs(count))) - 1) // 3, len(_UNITS) - 1)
    if power == 0:
        return str(count)
    digits = len(str(abs(count))) - 3 * power
    places = max(0, 4 - digits)
    scaled = round(Fraction(count * 10**places, 1000**power))
    if scaled >= 1000 * 10**places and power < len(_UNITS) - 1:  # 999,960 is 1.000M
        power, places, scaled = power + 1, 3, 1000
    text = str(scaled)
    return f"{text[:-places]}.{text[-places:]}{_UNITS[power]}" if places else f"{text}{_UNITS[power]}"


def both(count: int) -> str:
    """300,774,272 (300.8M)"""
    return f"{grouped(count)} ({short(count)})"


def percent(share: Fraction) -> str:
    """3.6, <0.1, 0: a share in percent, one decimal."""
    if share == 0:
        return "0"
    tenths = round(share * 1000)
    return f"{tenths // 10}.{tenths % 10}" if tenths else "<0.1"


def fixed(x: Fraction, places: int) -> str:
    """1.891, 0.000, -0.397: to the nearest, of two the even one; a whole number as it is: 2."""
    if x.denominator == 1:
        return str(x)
    digits = f"{abs(round(x * 10**places)):0{places + 1}d}"
    return f"{'-' if x < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def assignments(values: Mapping[str, object]) -> str:
    """alpha=0.5 classes=1000"""
    return " ".join(f"{name}={field_text(value)}" for name, value in values.items())


def heading(report: Report) -> list[str]:
    """The title, then what is counted, of what input, under which convention."""
    title = f"{report.name} · {report.cite}" if report.cite else report.name
    variant = f"variant {report.variant} · " if report.variant else ""
    variables = assignments(report.variables)
    given = f"{variant}input {report.input} · batch {report.batch}" + (f" · {variables}" if variables else "")
    return [title, given, f"convention {report.convention.name}: {report.convention.says}"]


def footing(report: Report) -> list[str]:
    """What the totals are made of, so that each number says what it counts."""
    t = report.totals
    trained = (
        f"weights {grouped(t.weights)} + biases {grouped(t.biases)} + norm_affine {grouped(t.norm_affine)}"
    )
    traffic = " + ".join(f"{k} {grouped(getattr(t, k))}" for k in ("conv", "elementwise", "other"))
    lines = [
        f"madds       {both(t.madds)} multiply-adds; as flops, 2 each: {grouped(t.flops)}",
        f"params      {both(t.params)} that train = {trained}; norm_stats {grouped(t.norm_stats)} do not",
        f"mem_access  {both(t.mem_access)} elements read and written = {traffic}",
    ]
    if report.dtype:
        from convcost.conventions import in_bytes

        lines.append(f"mem_bytes   {grouped(in_bytes(t.mem_access, report.dtype))} as {report.dtype}")
    if t.ops:
        ops = " · ".join(f"{kind} {grouped(count)}" for kind, count in t.ops.items())
        lines.append(f"other ops   {ops}")
    return lines


def label(path: str, level: int) -> str:
    """The path's last name, indented under its parent; the whole path where nothing is indented."""
    return "  " * level + path.rsplit(".", 1)[-1] if level else path
