"""Numbers as text, for people: grouped digits, short forms, percent. All exact until the last digit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from convcost.conventions import CLASSES
from convcost.expr import show, two_places
from convcost.ops.registry import field_text

if TYPE_CHECKING:
    from convcost.conventions import Conventions, Measure
    from convcost.formulas import FormLine
    from convcost.reports import Line, Report

_UNITS = ("", "K", "M", "G", "T", "P", "E")


def grouped(count: int | Fraction) -> str:
    """300,774,272"""
    return f"{count:,}" if isinstance(count, int) else show(count)


def short(count: int | Fraction) -> str:
    """300.8M: four significant digits, to the nearest."""
    count = int(count)  # of a fraction, which some conventions count, the whole part
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


def both(count: int | Fraction) -> str:
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


def conventions(by: Conventions) -> list[str]:
    """What each of the three figures counts, with the name of its convention."""
    called = f" (it calls them {by.work.calls})" if by.work.calls else ""
    return [
        f"convention {by.work.name}: {by.work.says}{called}",
        f"params {by.params.name}: {by.params.says}",
        f"mem_access {by.memory.name}: {by.memory.says}",
    ]


def heading(report: Report) -> list[str]:
    """The title, then of what input, then what is counted."""
    title = f"{report.name} · {report.cite}" if report.cite else report.name
    variant = f"variant {report.variant} · " if report.variant else ""
    variables = assignments(report.variables)
    given = f"{variant}input {report.input} · batch {report.batch}" + (f" · {variables}" if variables else "")
    return [title, given, *conventions(report.by)]


class Column(NamedTuple):
    """A figure of each line: its heading, its cell, and whether its share of the total stands beside it."""

    name: str
    key: str
    share: bool

    def cell(self, measure: Measure, number: Callable[[int], str] = grouped) -> str:
        value = getattr(measure, self.key)
        if self.key == "intensity":
            return two_places(value) if value is not None and number is not short else ""
        return number(value)


def figures(report: Report) -> list[Column]:
    """The figures that a line of the report has."""
    shared = [
        Column(report.by.work.name, "count", True),
        Column("params", "params", True),
        Column("mem_access", "mem_access", True),
    ]
    if report.dtypes is None:
        return shared
    return [*shared, Column("mem_bytes", "mem_bytes", False), Column("flops/byte", "intensity", False)]


def footing(report: Report) -> list[str]:
    """What the totals are made of, so that each number says what it counts."""
    totals, total, by = report.totals, report.total, report.by
    width = max(10, len(by.work.name))
    work = dict(sorted(total.work.items(), key=lambda part: -part[1]))
    lines = [(by.work.name, f"{both(total.count)} {by.work.unit} = {parts(work)}{in_flops(report)}")]
    if by.work.name != "madds":
        lines.append(("madds", f"{both(totals.madds)} multiply-adds; flops, 2 each: {grouped(totals.flops)}"))
    numbers = {key: getattr(totals, key) for key in ("weights", "biases", "norm_affine")}
    trained = f"{parts(numbers)}; norm_stats {grouped(totals.norm_stats)} do not train"
    if by.params.name != "trainable":
        lines.append(("params", f"{both(total.params)} {by.params.name} = {parts(total.numbers)}"))
        trained = f"{grouped(totals.params)} trainable = {trained}"
        lines.append(("", trained))
    else:
        lines.append(("params", f"{both(total.params)} trainable = {trained}"))
    memory = {key: total.memory.get(key, 0) for key in CLASSES}
    lines.append(("mem_access", f"{both(total.mem_access)} elements read and written = {parts(memory)}"))
    if report.dtypes:
        intensity = f"; {two_places(total.intensity)} flops a byte" if total.intensity is not None else ""
        lines.append(("mem_bytes", f"{both(total.mem_bytes)} bytes as {report.dtypes.text}{intensity}"))
    if report.uncounted:
        uncounted = " · ".join(f"{kind} {grouped(n)}" for kind, n in report.uncounted.items())
        lines.append(("uncounted", uncounted))
    return [*(f"{name.ljust(width)}  {text}" for name, text in lines), *folding(report.lines, width)]


def in_flops(report: Report) -> str:
    if report.by.work.name != "madds":
        return ""
    return f"; as flops, 2 each: {grouped(report.totals.flops)}"


def parts(counts: Mapping[str, int]) -> str:
    """conv 299,494,272 + linear 1,280,000"""
    return " + ".join(f"{kind} {grouped(n)}" for kind, n in counts.items()) or "nothing"


def folding(lines: Sequence[Line | FormLine], width: int = 0) -> list[str]:
    """What a folded line is, where there is one."""
    folded = any(line.folded for line in lines)
    says = "… is the sum of that many lines; --lines 0 shows every line"
    return [f"{'folded'.ljust(width)}  {says}"] if folded else []


def label(path: str, level: int, folded: int = 0) -> str:
    """The name of a line, indented under its parent."""
    return "  " * level + last_name(path, level, folded)


def last_name(path: str, level: int, folded: int = 0) -> str:
    """The path's last name under its parent, the whole path where nothing is indented; or what it folds."""
    if folded:
        return f"… {folded:,} more"
    return path.rsplit(".", 1)[-1] if level else path
