"""What one percent or one step more of a variable costs, a line a group of layers.

The elasticity of a cost C over a variable x is (dC/C) / (dx/x), percent for percent, from the closed form
over x. The step is the difference between two plain reports.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple, TypeAlias, TypeVar

from convcost.conventions import Conventions, Counter, conventions, measure
from convcost.cost import Row, walk
from convcost.errors import SpecError
from convcost.expand import expand
from convcost.expr import Bound, Value
from convcost.graph import Graph
from convcost.growth import grown, start
from convcost.limits import Meter
from convcost.linear import Interval
from convcost.num import Num, whole
from convcost.reports import SHARED, below
from convcost.spec import Settings, Spec
from convcost.stepping import GAP, Search, Step, totals
from convcost.symbolic import downsampling, network_form

T = TypeVar("T")
Sums: TypeAlias = Mapping[str, Mapping[str, Num]]  # each count of each line by its path, of the network by ""

ALL = "all"


class Cost(NamedTuple):
    """One count of a line, and what more of the variable makes of it; None where that is undefined."""

    now: int
    elasticity: Fraction | None  # percent more for one percent more
    gain_share: Fraction | None  # the line's share of what the network gains by that percent
    step: int | None  # more after the next step
    step_share: Fraction | None  # the same as a share of the network's total


class Line(NamedTuple):
    """A group of layers, or a layer, that is there before the step or after it."""

    path: str
    level: int
    costs: Mapping[str, Cost]


class Marginal(NamedTuple):
    """What more of one variable costs.

    `step` is the interval of its next values; `refused` and `stays` say why there is no elasticity, and
    why no step.
    """

    name: str
    value: int | Fraction
    step: Interval | None
    refused: str
    stays: str
    totals: Mapping[str, Cost]
    lines: tuple[Line, ...]


class Elasticities(NamedTuple):
    """What more of each of some variables costs, each alone, where all variables have these values."""

    name: str
    cite: str
    by: Conventions
    variables: Mapping[str, Value]
    marginals: tuple[Marginal, ...]


def make_elasticities(
    spec: Spec,
    names: Sequence[str],
    settings: Settings,
    variant: str | None = None,
    depth: int = 1,
    by: Conventions | None = None,
) -> Elasticities:
    """What more of each of these variables costs; `all` is every one that is a number.

    SpecError where a name is none of a numeric variable, or the spec refuses the settings.
    """
    if list(names) == [ALL]:
        names = [v.name for v in spec.variables.values() if v.kind in ("count", "number")]
        if not names:
            raise SpecError(f"{spec.name} has no variable that is a number")
    if len(set(names)) != len(names) or not names:
        raise SpecError("--elasticity names each variable once: --elasticity alpha,resolution, or all")
    by = by or conventions()
    bound = spec.bind(settings, variant)
    graph = expand(spec, bound)
    values = {name: value.value for name, value in bound.items()}
    meter = spec.meter()  # of all of them together
    marginals = []
    for name in names:
        others = {set_: value for set_, value in settings.items() if set_ != name}
        search = Search(spec, name, (), others, variant, by, meter)
        marginals.append(marginal(search, bound, graph, depth))
    return Elasticities(spec.name, spec.cite, by, values, tuple(marginals))


def marginal(search: Search, bound: Mapping[str, Bound], graph: Graph, depth: int) -> Marginal:
    """What more of the variable that is searched along costs, from where all have the values bound."""
    spec, name, by, meter = search.spec, search.variable.name, search.by, search.meter
    meter.step(spec.mark, len(graph.nodes))
    value = bound[name].value
    rates, refused = attempt(lambda: growth(spec, bound, name, depth, by, meter), meter)
    step, stays = attempt(lambda: next_step(search, value, graph), meter)
    now, after = counts(graph, depth, by, meter), None
    if step is not None:
        there = bound[name]._replace(value=whole(step.value))
        after = counts(expand(spec, {**bound, name: there}, meter=meter), depth, by, meter)
    found = {path: costs(path, now, rates, after) for path in merged(list(now), list(after or ()))}
    total = found.pop("")
    lines = tuple(Line(path, path.count("."), each) for path, each in found.items())
    return Marginal(name, value, step, refused, stays, total, lines)


def costs(path: str, now: Sums, rates: Sums | None, after: Sums | None) -> dict[str, Cost]:
    """The counts of one line, which need not be there on both sides of a step."""
    found = {}
    for key in SHARED:
        here = at(now, path, key)
        rate = None if rates is None else at(rates, path, key)
        step = None if after is None else at(after, path, key) - here
        found[key] = Cost(
            now=here,
            elasticity=ratio(rate, here),
            gain_share=ratio(rate, None if rates is None else at(rates, "", key)),
            step=step,
            step_share=ratio(step, at(now, "", key)),
        )
    return found


def at(sums: Sums, path: str, key: str) -> Num:
    return sums[path][key] if path in sums else 0


def ratio(part: Num | None, of: Num | None) -> Fraction | None:
    return Fraction(part) / of if part is not None and of else None


# ------------------------------------------------------------------------------ one percent, one step


def growth(
    spec: Spec, bound: Mapping[str, Bound], name: str, depth: int, by: Conventions, meter: Meter
) -> Sums:
    """x dC/dx of every line, from the closed form over x alone; SpecError where there is none."""
    value = bound[name].value
    if not value:
        raise SpecError(f"one percent of {name} = 0 is nothing")
    form = network_form(spec, bound, [name], meter)
    known = start(form, name, value)
    return gathered(form.graph, form.rows, depth, by, meter, lambda cost: grown(cost, known).rate)


def next_step(search: Search, value: int | Fraction, graph: Graph) -> Interval:
    """The next values: of a number, from where on a total changes; of a count, the next that is taken.

    A side of the input rises by the product of all strides, in which its closed form is written.
    """
    name = search.variable.name
    if search.counts:
        unit = downsampling(graph) if name in search.spec.spatial else 1
        for x in (Fraction(value + unit * n) for n in range(1, GAP + 1)):
            if search.plain(x) is not None:
                return Interval(x, True, x, True)
        assert search.refusal is not None
        raise SpecError(f"none of the next {GAP} values is taken: {search.refusal.message}")
    here = totals(graph, search.by, search.meter)
    step: Step | None = search.at((Fraction(value), 0))
    for _ in range(GAP):
        step = search.right(step) if step else None
        if step is None:
            raise SpecError(f"no larger {name} that the spec takes costs anything else")
        if step.totals not in (None, here):
            return step.interval
    raise SpecError(f"none of the next {GAP} intervals costs anything else")


def attempt(what: Callable[[], T], meter: Meter) -> tuple[T | None, str]:
    """What there is, or why there is none; that all of it takes too long is no such reason."""
    try:
        return what(), ""
    except SpecError as error:
        if meter.spent:
            raise
        return None, f"{error.message} ({error.place})" if error.place else error.message


# ------------------------------------------------------------------------------ sums over lines


def counts(graph: Graph, depth: int, by: Conventions, meter: Meter) -> Sums:
    return gathered(graph, walk(graph), depth, by, meter, lambda count: count)


def gathered(
    graph: Graph,
    rows: Sequence[Row],
    depth: int,
    by: Conventions,
    meter: Meter,
    of: Callable[[Num], Num],
) -> Sums:
    layers = list(zip(rows, measure(Counter(graph, rows, meter=meter), by, None), strict=True))
    groups = {"": layers, **below(layers, depth)}
    return {
        path: {key: sum(of(getattr(found, key)) for _, found in layers) for key in SHARED}
        for path, layers in groups.items()
    }


def merged(now: list[str], after: list[str]) -> Iterable[str]:
    """The paths of both, in the order of each: a step may bring layers, and take some."""
    from difflib import SequenceMatcher

    matched = SequenceMatcher(None, now, after, autojunk=False).get_opcodes()
    return dict.fromkeys(path for _, i, j, k, m in matched for path in (*now[i:j], *after[k:m]))
