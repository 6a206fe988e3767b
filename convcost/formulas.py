"""A network's report in closed form: a line a group of layers, with formulas where a report has numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from convcost import symbolic
from convcost.conventions import Conventions, Counter, Measure, conventions, measure
from convcost.errors import SpecError
from convcost.expr import Value
from convcost.expressions import formula, too_deep
from convcost.folding import folded
from convcost.reports import SHARED, below
from convcost.spec import Settings, Spec


class FormLine(NamedTuple):
    """A line as in a report's table, with its costs as SymPy expressions."""

    path: str
    level: int
    output: tuple[Any, Any, Any]
    costs: Mapping[str, Any]
    folded: int


class FormReport(NamedTuple):
    """A network's costs as formulas of its free variables, and where they hold."""

    name: str
    cite: str
    by: Conventions
    variables: Mapping[str, Value]  # those that are not free
    form: symbolic.Form
    lines: tuple[FormLine, ...]
    totals: Mapping[str, Any]

    @property
    def conditions(self) -> tuple[str, ...]:
        """Where the formulas hold, in words of the symbols; () where they hold for all."""
        return tuple(formula(a.relation) for a in self.form.assumptions)


def make_form_report(
    spec: Spec,
    free: Sequence[str],
    settings: Settings,
    variant: str | None = None,
    depth: int = 1,
    by: Conventions | None = None,
    most: int | None = None,
) -> FormReport:
    """The closed form of a spec with the variables `free`, the others as set."""
    for name in free:
        if name in settings:
            raise SpecError(f"{name} is left free, so it cannot be set to {settings[name]}")
    if len(set(free)) != len(free) or not free:
        raise SpecError("--symbolic names each variable once: --symbolic alpha,resolution")
    bound = spec.bind(settings, variant)
    by = by or conventions()
    try:
        form = symbolic.network_form(spec, bound, free)
        measures = measure(Counter(form.graph, form.rows, meter=form.scale.meter), by, None)
        groups = below(zip(form.rows, measures, strict=True), depth)
        lines = [
            _line(paths, [layer for path in paths for layer in groups[path]], form, spec)
            for paths in folded(groups, most)
        ]
        totals = _costs(measures, form, spec)
    except RecursionError:
        raise too_deep() from None
    fixed = {name: value.value for name, value in bound.items() if name not in free}
    return FormReport(spec.name, spec.cite, by, fixed, form, tuple(lines), totals)


def _line(
    paths: tuple[str, ...], layers: Sequence[tuple[Any, Measure]], form: symbolic.Form, spec: Spec
) -> FormLine:
    output, several = tuple(layers[-1][0].node.output), len(paths) if len(paths) > 1 else 0
    costs = _costs((found for _, found in layers), form, spec)
    return FormLine(paths[0], paths[0].count("."), output, costs, several)


def _costs(measures: Iterable[Measure], form: symbolic.Form, spec: Spec) -> dict[str, Any]:
    found = list(measures)
    return {
        key: form.scale.summed((getattr(one, key) for one in found), spec.mark) for key in ("madds", *SHARED)
    }
