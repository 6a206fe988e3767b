"""Closed forms: the same expansion and walk on SymPy symbols.

An expansion on symbols takes the decisions of an expansion on ints for granted; those it could not
have known are the domain of the form.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import chain, count
from math import lcm
from typing import Any, NamedTuple

import sympy

from convcost import num
from convcost.cost import Row, walk
from convcost.domain import Assumption, counts, needs, tidied
from convcost.errors import Mark, SpecError
from convcost.expand import Expansion, expand
from convcost.expr import Bound, Scope, Value
from convcost.expressions import RELATIONS, ROUNDING, make_divisible
from convcost.graph import Decision, Graph
from convcost.limits import Meter
from convcost.num import Num
from convcost.ops import OPS, Shape
from convcost.params import HW, Pad
from convcost.spec import Block, Spec, Variable
from convcost.weighing import ASK, Scale


class Replay:
    """A machine that answers as an int run did, and keeps what the answers took for granted.

    A `strict` one refuses an answer that leaves a symbol a single value.
    """

    exact = False

    def __init__(
        self, ledger: tuple[Decision, ...], meter: Meter | None = None, strict: bool = False
    ) -> None:
        meter = meter or Meter()
        self.limits, self.step, self.path, self.strict = meter.limits, meter.step, "", strict
        self.scale = Scale(meter)
        self.mark: Mark | None = None
        self.taken = ledger
        self.next = iter(ledger)
        self.assumed: dict[Any, Assumption] = {}

    @property
    def ledger(self) -> tuple[Decision, ...]:
        return self.taken

    def check(self, value: Value, where: Mark) -> Value:
        if isinstance(value, sympy.Basic):
            self.scale.weigh(value, where)
            return value
        self.step(where)
        return num.whole(value) if isinstance(value, Fraction) else value

    def decide(self, text: str, relation: str, left: Num, right: Num) -> bool:
        decision = next(self.next)
        assert decision.text == text, f"replayed {text!r} where {decision.text!r} was decided"
        if isinstance(left, sympy.Basic) or isinstance(right, sympy.Basic):
            self.step(self.mark, ASK)
        holds = RELATIONS[relation](left, right)
        equal = (relation == "==") is bool(decision.answer) and relation in ("==", "!=")
        self.assume(holds if decision.answer else sympy.Not(holds), text, pins=equal)
        return bool(decision.answer)

    def times(self, text: str, value: Num) -> int:
        decision = next(self.next)
        self.assume(sympy.Eq(value, decision.answer), text, pins=True, always=True)
        return int(decision.answer)

    def assume(self, condition: Any, text: str, pins: bool, always: bool = False) -> None:
        """Keep a condition that is not simply true; or refuse it, where it pins a symbol.

        An equality of rounded widths holds on intervals, and one of two symbols for many of their
        values: these are kept.
        """
        if condition in (sympy.true, True):
            return
        assert condition not in (sympy.false, False), f"{text} cannot be as it was decided"
        single = len(condition.free_symbols) == 1 and not condition.has(*ROUNDING)
        if self.strict and pins and (always or single):
            free = ", ".join(sorted(map(str, condition.free_symbols)))
            raise SpecError(
                f"no closed form over {free}: `{text}` decides the structure, so it holds at one value only",
                self.mark,
                f"give {free} a value instead",
            )
        self.assumed.setdefault(condition, Assumption(self.path, condition))


class Replayed(Expansion):
    """An expansion whose blocks' arguments are counts where they must be."""

    machine: Replay

    def entrance(self, block: Block, bound: dict[str, Bound], x: int) -> Scope:
        for name, argument in block.arguments.items():
            least = argument.param.kind.least
            for need in counts(bound[name].value, least) if least is not None else ():
                self.machine.assume(need, name, pins=False)
        return super().entrance(block, bound, x)


# ------------------------------------------------------------------------------ whole networks


class Form(NamedTuple):
    """A network's costs in closed form: rows on symbols, and where they hold.

    `free` gives each free variable as an expression of the symbols (`resolution` is 32*r where that
    settles every rounding of a size); `names` gives the rounded widths that the rows call c1, c2 ...
    """

    free: Mapping[str, Any]
    names: Mapping[Any, Any]
    rows: tuple[Row, ...]
    graph: Graph
    assumptions: tuple[Assumption, ...]
    scale: Scale

    def at(self, values: Mapping[str, Fraction | int]) -> dict[Any, Any] | None:
        """Every symbol's value where the free variables have these; None outside the domain."""
        given: dict[Any, Any] = {}
        for name, expr in self.free.items():
            (symbol,) = expr.free_symbols
            start, step = expr.subs(symbol, 0), sympy.diff(expr, symbol)
            value = (sympy.Rational(values[name]) - start) / step
            if not _suits(symbol, value):
                return None
            given[symbol] = value
        for symbol, expr in self.names.items():
            given[symbol] = expr.subs(given)
        return given if all(_holds(each.relation, given) for each in self.assumptions) else None


def _holds(relation: Any, given: Mapping[Any, Any]) -> bool:
    """Not where it is about a number that there is none of: one that is divided by 0."""
    try:
        return bool(relation.subs(given) == sympy.true)
    except (TypeError, ZeroDivisionError):
        return False


def _suits(symbol: Any, value: Any) -> bool:
    """Whether a number is one of those that a symbol stands for."""
    if symbol.is_integer and not value.is_integer:
        return False
    return bool(value > 0 if symbol.is_positive else value >= 0)


def network_form(
    spec: Spec, bound: Mapping[str, Bound], free: Sequence[str], meter: Meter | None = None
) -> Form:
    """The closed form of a network with some of its variables left free, the others bound."""
    meter = meter or spec.meter()
    concrete = expand(spec, bound, meter=meter)
    taken = set(spec.variables)
    symbols = {name: _free(name, spec, bound, concrete, taken) for name in free}
    given = {**bound, **{name: Bound(symbol, bound[name].mark) for name, symbol in symbols.items()}}
    machine = Replay(concrete.ledger, meter, strict=True)
    graph = Replayed(machine).network(spec, given, None)
    naming = _Naming(taken)
    named = naming.graph(graph)
    assumed = [Assumption(a.path, naming(a.relation)) for a in machine.assumed.values()]
    rows = walk(named)
    assumptions = tidied([*assumed, *needs(named, spec.name, meter)], meter, spec.mark)
    return Form(symbols, naming.names, rows, named, tuple(assumptions), machine.scale)


def _free(name: str, spec: Spec, bound: Mapping[str, Bound], graph: Graph, taken: set[str]) -> Any:
    """The symbol of a variable; a size of the input is written so that its roundings settle.

    Its letter is none that another variable has: `taken` holds those, and from now on this one.
    """
    if name not in spec.variables:
        raise SpecError(f"{spec.name} has no variable {name!r}", hint=spec.variables_text())
    variable = spec.variables[name]
    if variable.kind not in ("count", "number"):
        raise SpecError(f"{name} is {variable.range}; only a number can be left free")
    if name not in spec.spatial:
        return sympy.Symbol(name, integer=True if variable.kind == "count" else None, **_sign(variable))
    step = downsampling(graph)
    rest = bound[name].value % step
    # r counts the steps; with a rest, a size of no whole step is a size too
    sign = {"nonnegative": True} if rest else {"positive": True}
    return (
        step * sympy.Symbol(fresh(chain("r", (f"r{i}" for i in count(2))), taken), integer=True, **sign)
        + rest
    )


def _sign(variable: Variable) -> dict[str, bool]:
    """What SymPy may take for granted of every value that a variable may have."""
    above, least = variable.above, variable.at_least
    if (above is not None and above >= 0) or (least is not None and least > 0):
        return {"positive": True}
    return {"nonnegative": True} if least is not None and least >= 0 else {"real": True}


def fresh(names: Iterable[str], taken: set[str]) -> str:
    """The first of some names that nothing else has."""
    name = next(name for name in names if name not in taken)
    taken.add(name)
    return name


def downsampling(graph: Graph) -> int:
    """The product of strides on the way to the smallest map: a multiple of it divides at every step."""
    scale = [1] * len(graph.inputs)
    for node in graph.nodes:
        stride = node.fields.get("s", (1, 1))
        before = lcm(*(scale[tensor] for tensor in node.inputs))
        scale.append(before * lcm(*stride) if isinstance(stride, tuple) else before)
    return lcm(*scale)


class _Naming:
    """Gives each rounded width a short name, in the order in which the network has them."""

    def __init__(self, taken: set[str]) -> None:
        self.taken = taken
        self.names: dict[Any, Any] = {}
        self.known: dict[Any, Any] = {}

    def __call__(self, value: Any) -> Any:
        if not isinstance(value, sympy.Basic):
            return value
        rounded = sorted(value.atoms(make_divisible, sympy.floor), key=sympy.default_sort_key)
        for width in rounded:
            if width not in self.known and not any(s.is_integer for s in width.free_symbols):
                self.known[width] = self.named(width)
        return value.xreplace(self.known)

    def named(self, width: Any) -> Any:
        """A new name for a width; of a ceiling, which comes as -floor(-x), for that."""
        negative = isinstance(width, sympy.floor) and width.args[0].could_extract_minus_sign()
        shown = sympy.ceiling(-width.args[0]) if negative else width
        sign = {"positive": True} if isinstance(width, make_divisible) or shown.is_positive else {}
        sign = sign or ({"nonnegative": True} if shown.is_nonnegative else {})
        symbol = sympy.Symbol(fresh((f"c{i}" for i in count(1)), self.taken), integer=True, **sign)
        self.names[symbol] = shown
        return -symbol if negative else symbol

    def shape(self, shape: Shape) -> Shape:
        return Shape(*map(self, shape))

    def graph(self, graph: Graph) -> Graph:
        """The same graph on names; its shapes are made by the ops' rules again: a name may settle more."""
        shapes = [self.shape(shape) for shape in graph.inputs]
        nodes = []
        for node in graph.nodes:
            fields = {name: self.field(value) for name, value in node.fields.items()}
            shapes.append(OPS[node.op].shape(*(shapes[tensor] for tensor in node.inputs), **fields))
            nodes.append(node._replace(fields=fields, output=shapes[-1]))
        inputs = tuple(shapes[: len(graph.inputs)])
        return graph._replace(inputs=inputs, nodes=tuple(nodes))

    def field(self, value: Any) -> Any:
        return type(value)(*map(self, value)) if isinstance(value, (HW, Pad)) else self(value)
