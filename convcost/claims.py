"""Published figures: what each is a figure of, where it was printed, and whether it comes out."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from convcost.errors import Mark
from convcost.expr import Bound, show
from convcost.metrics import METRICS
from convcost.printed import ROUNDINGS, Printed

SECTIONS = ("sources", "claims", "tables", "non_targets")  # where a file has them
VERDICTS = ("holds", "exception", "erratum", "fails")


class Selection(NamedTuple):
    """Some layers of a network: those at or below the paths, or of an op with these fields."""

    paths: tuple[str, ...]
    op: str
    fields: Mapping[str, Bound]

    @property
    def text(self) -> str:
        fields = "".join(f" {name}={show(bound.value)}" for name, bound in self.fields.items())
        return ", ".join(self.paths) or self.op + fields


class Calculation(NamedTuple):
    """A figure to compute: a count of a network, or of some of its layers, under some settings."""

    spec: str  # the name of a spec; "" is the one that the claim stands in
    metric: str
    kind: str  # the convention, definition or way that it is counted by
    said: bool  # whether the claim or its source says which
    settings: Mapping[str, Bound]
    variant: str | None
    part: Selection | None
    without: Selection | None
    size: tuple[int, int] | None  # of the maps that `largest_map` is about
    passes: tuple[Mapping[str, Bound], ...]  # the settings of each pass, where the figure is of several
    times: int  # how often each is done
    mark: Mark

    @property
    def metric_text(self) -> str:
        """`params.weights`, `count.fvcore`; the usual kind of a metric goes without saying."""
        plain = self.kind == METRICS[self.metric].usual
        return self.metric if plain else f"{self.metric}.{self.kind}"

    @property
    def conditions(self) -> str:
        """What is particular about it: `resnet18 shortcut=padding without stem`."""
        said = [self.spec, self.variant or ""]
        said += [f"{name}={show(bound.value)}" for name, bound in self.settings.items()]
        if self.passes:
            names = self.passes[0]
            said += [f"{n}={'+'.join(show(settings[n].value) for settings in self.passes)}" for n in names]
        said.append(f"{self.times} times" if self.times > 1 else "")
        said.append(f"at {self.size[0]}x{self.size[1]}" if self.size else "")
        said.append(f"of {self.part.text}" if self.part else "")
        said.append(f"without {self.without.text}" if self.without else "")
        return " ".join(word for word in said if word)


class ClaimSource(NamedTuple):
    """Where figures were printed, and how that place rounds and counts, by metric."""

    name: str
    title: str
    rounding: Mapping[str, str]
    counts: Mapping[str, str]
    units: Mapping[str, int]


class Claim(NamedTuple):
    """One printed figure, how it is computed, and what its source or its reader says of it."""

    name: str
    calculation: Calculation
    over: Calculation | None  # it is a ratio of two figures, and this is the second
    printed: Printed
    source: ClaimSource
    at: str  # table, row or section
    rounding: str  # the source's, or the one this figure needs
    exception: bool  # it needs another than its source's
    erratum: str  # why it cannot come out; "" where it does
    instead: Calculation | None  # what gives the printed figure of an erratum
    row: str  # its row in the list of published figures
    mark: Mark

    @property
    def source_text(self) -> str:
        return f"{self.source.title}, {self.at}" if self.at else self.source.title

    @property
    def metric_text(self) -> str:
        text = self.calculation.metric_text
        if self.over:
            return f"{text} ratio"  # in percent or as a number
        return f"{text} share" if self.printed.share else text

    @property
    def conditions(self) -> str:
        text = self.calculation.conditions
        return f"{text} to {self.over.conditions}" if self.over else text

    def verdict(self, computed: int | Fraction, instead: int | Fraction | None) -> tuple[str, str]:
        """`holds`, `exception`, `erratum` or `fails`, and for the last why."""
        if self.erratum:
            return self.erratum_verdict(computed, instead)
        if not self.printed.agrees(computed, self.rounding):
            shown = self.printed.as_printed(computed, self.rounding)
            others = [rule for rule in ROUNDINGS if self.printed.agrees(computed, rule)]
            hint = f"; it would by rounding: {others[0]}" if others else ""
            return "fails", f"{shown} is not {self.printed.text}{hint}"
        if not self.exception:
            return "holds", ""
        rule = self.source.rounding["ratio" if self.over else self.calculation.metric]
        if self.printed.agrees(computed, rule):
            return "fails", f"marked as an exception, yet it comes out by its source's rule ({rule})"
        return "exception", ""

    def erratum_verdict(self, computed: int | Fraction, instead: int | Fraction | None) -> tuple[str, str]:
        rules = ROUNDINGS if instead is None else (self.rounding,)  # explained, it may come out by chance
        out = [rule for rule in rules if self.printed.agrees(computed, rule)]
        if out:
            return "fails", f"marked as an erratum, yet it comes out ({out[0]})"
        if instead is not None and not self.printed.agrees(instead, self.rounding):
            shown = self.printed.as_printed(instead, self.rounding)
            return "fails", f"the calculation under `instead` gives {shown}, not {self.printed.text}"
        return "erratum", ""

    def as_printed(self, computed: int | Fraction) -> str:
        return self.printed.as_printed(computed, self.rounding)


class NonTarget(NamedTuple):
    """Rows of the list of published figures that nothing here answers for, and why."""

    rows: tuple[str, ...]
    reason: str
    mark: Mark


class Claims(NamedTuple):
    claims: tuple[Claim, ...] = ()
    non_targets: tuple[NonTarget, ...] = ()
