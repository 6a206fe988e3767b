"""A network's report in closed form: a line a group of layers, with formulas where a report has numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from convcost import symbolic
from convcost.conventions import MADDS, Convention
from convcost.cost import Row
from convcost.errors import SpecError
from convcost.expr import Value
from convcost.expressions import formula, too_deep
from convcost.reports import SHARED, below
from convcost.spec import Settings, Spec


class FormLine(NamedTuple):
    """A group of layers, or a layer, with its costs as SymPy expressions."""

    path: str
    level: int
    output: tuple[Any, Any, Any]
    costs: Mapping[str, Any]


class FormReport(NamedTuple):
    """A network's costs as formulas of its free variables, and where they hold."""

    name: str
    cite: str
    convention: Convention
    variables: Mapping[str, Value]  # those that are not free
    form: symbolic.Form
    lines: tuple[FormLine, ...]
    totals: Mapping[str, Any]

    @property
    def conditions(self) -> tuple[str, ...]:
        """Where the formulas hold, in words of the symbols; () where they hold for all."""
        return tuple(formula(a.relation) for a in self.form.assumptions)


def make_form_report(
    spec: Spec, free: Sequence[str], settings: Settings, variant: str | None = None, depth: int = 1
) -> FormReport:
    """The closed form of a spec with the variables `free`, the others as set."""
    for name in free:
        if name in settings:
            raise SpecError(f"{name} is left free, so it cannot be set to {settings[name]}")
    if len(set(free)) != len(free) or not free:
        raise SpecError("--symbolic names each variable once: --symbolic alpha,resolution")
    bound = spec.bind(settings, variant)
    try:
        form = symbolic.network_form(spec, bound, free)
        lines = tuple(_line(path, rows, form, spec) for path, rows in below(form.rows, depth).items())
        totals = _costs(form.rows, form, spec)
    except RecursionError:
        raise too_deep() from None
    fixed = {name: value.value for name, value in bound.items() if name not in free}
    return FormReport(spec.name, spec.cite, MADDS, fixed, form, lines, totals)


def _line(path: str, rows: Sequence[Row], form: symbolic.Form, spec: Spec) -> FormLine:
    return FormLine(path, path.count("."), tuple(rows[-1].node.output), _costs(rows, form, spec))


def _costs(rows: Sequence[Row], form: symbolic.Form, spec: Spec) -> dict[str, Any]:
    return {key: form.scale.summed((getattr(row.tally, key) for row in rows), spec.mark) for key in SHARED}
