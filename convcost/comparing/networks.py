"""Networks compared: numbers, and formulas of the variables that are left free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from typing import Any, NamedTuple

from convcost import library
from convcost.comparing.results import METRICS, Comparison, Count, Pair, Ratio, Side, counted
from convcost.comparing.sides import Written
from convcost.conventions import Conventions
from convcost.errors import SpecError
from convcost.expand import expand
from convcost.expr import Value, literal
from convcost.limits import Meter
from convcost.loader import load
from convcost.ops import Shape
from convcost.reader import read_source
from convcost.spec import Spec


class NetworkCall(NamedTuple):
    """A spec with its settings; `free` are the variables that stand as name=?."""

    written: Written
    spec: Spec
    variant: str | None
    settings: Mapping[str, Value]
    free: tuple[str, ...]
    ignored: tuple[str, ...]


def compare_networks(
    sides: Sequence[Written], settings: Mapping[str, Value], by: Conventions, meter: Meter
) -> Comparison:
    """Networks by shipped name or file, each with its own settings over the shared ones."""
    calls = [_call(side, settings, meter) for side in sides]
    for name in settings:
        if all(name in call.ignored for call in calls):
            raise SpecError(f"--set {name}: none of the networks has such a variable")
    made: list[Side] = []
    forms: list[dict[str, Any]] = []
    conditions: list[str] = []
    for call in calls:
        side, exact, where = _formulas(call, by) if call.free else _numbers(call, by)
        made.append(side)
        forms.append(exact)
        conditions += where
    _one_meaning(made)
    letters = {
        str(s): None for form in forms for f in form.values() if not isinstance(f, int) for s in _free(f)
    }
    return Comparison(
        kind="networks",
        sides=tuple(made),
        letters=letters,
        pairs=tuple(
            Pair(of, to, {metric: _ratio(metric, forms[of], forms[to]) for metric in METRICS})
            for to, of in combinations(range(len(made)), 2)
        ),
        by=by,
        conditions=tuple(dict.fromkeys(conditions)),
        files=tuple(call.spec.source.name for call in calls),
    )


def _call(side: Written, shared: Mapping[str, Value], meter: Meter) -> NetworkCall:
    name = side.name.text
    source = read_source(name if name == "-" else library.spec_path(name), meter.limits)
    spec = load(source.text, source.name, Meter(meter.limits))
    variant = None
    settings = {name: value for name, value in shared.items() if name in spec.variables}
    free = []
    for key, value in side.args.values():
        if key.text == "variant" and "variant" not in spec.variables:
            variant = value.text
        elif key.text not in spec.variables:
            raise SpecError(f"{spec.name} has no variable {key.text!r}", key.mark, spec.variables_text())
        elif value.text == "?":
            free.append(key.text)
            settings.pop(key.text, None)
        else:
            settings[key.text] = literal(value, meter).value
            spec.variables[key.text].accept(settings[key.text], value.mark)
    ignored = tuple(name for name in shared if name not in spec.variables)
    return NetworkCall(side, spec, variant, settings, tuple(free), ignored)


def _numbers(call: NetworkCall, by: Conventions) -> tuple[Side, dict[str, int], tuple[str, ...]]:
    bound = call.spec.bind(call.settings, call.variant)
    graph = expand(call.spec, bound)
    exact = counted(graph, by, Meter(call.spec.limits))
    counts = {metric: Count(value, value) for metric, value in exact.items()}
    variables = {name: value.value for name, value in bound.items()}
    return _side(call, counts, graph.inputs[0], variables, {}), exact, ()


def _formulas(call: NetworkCall, by: Conventions) -> tuple[Side, dict[str, Any], tuple[str, ...]]:
    """The counts in closed form; only networks with a variable left free need SymPy."""
    from convcost.comparing.arrange import arranged, said
    from convcost.expressions import formula
    from convcost.symbolic import network_form

    bound = call.spec.bind(call.settings, call.variant)
    form = network_form(call.spec, bound, call.free)
    if form.names:
        width = formula(next(iter(form.names.values())))
        raise SpecError(
            f"{call.written.text}: its widths are rounded, as in {width}: there is no short formula",
            hint=f"the long one: convcost report {call.written.name.text} --symbolic {','.join(call.free)}",
        )
    exact = {metric: arranged(value) for metric, value in counted(form.graph, by, form.scale.meter).items()}
    counts = {
        metric: Count(value, None if value.free_symbols else int(value), said(value))
        for metric, value in exact.items()
    }
    fixed = {name: value.value for name, value in bound.items() if name not in call.free}
    free = {name: formula(expr) for name, expr in form.free.items()}
    where = tuple(formula(assumption.relation) for assumption in form.assumptions)
    return _side(call, counts, None, fixed, free), exact, where


def _side(
    call: NetworkCall,
    counts: Mapping[str, Count],
    shape: Shape | None,
    variables: Mapping[str, Value],
    free: Mapping[str, str],
) -> Side:
    title = f"{call.spec.name} · {call.spec.cite}" if call.spec.cite else call.spec.name
    return Side(call.written.text, title, counts, call.ignored, shape, variables, free)


def _one_meaning(sides: Sequence[Side]) -> None:
    """Refused, where the symbol of a free variable means another size in one network than in another."""
    meanings: dict[str, tuple[str, str]] = {}
    for side in sides:
        for name, expr in side.free.items():
            other, first = meanings.setdefault(name, (expr, side.name))
            if other != expr:
                raise SpecError(
                    f"{name} is {other} in {first} and {expr} in {side.name}: no one formula is about both",
                    hint="compare them at numbers, or each with `convcost report --symbolic`",
                )


def _free(form: Any) -> list[Any]:
    return sorted(form.free_symbols, key=str)


def _ratio(metric: str, later: Mapping[str, Any], earlier: Mapping[str, Any]) -> Ratio:
    above, below = later[metric], earlier[metric]
    if below == 0:
        return Ratio(metric, None, None)
    if isinstance(above, int) and isinstance(below, int):
        return Ratio(metric, Fraction(above, below), Fraction(above, below))
    from convcost.comparing.arrange import ratio, said

    form = ratio(above, below)
    value = Fraction(int(form.p), int(form.q)) if form.is_Rational else None
    return Ratio(metric, form, value, said(form))
