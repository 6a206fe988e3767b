"""What a graph on symbols needs: counts that are counts, and each op's own check run on symbols."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple

import sympy

from convcost.errors import Mark, SpecError
from convcost.expressions import RELATIONS
from convcost.graph import Graph
from convcost.limits import Meter
from convcost.ops import OPS, OpRefusal
from convcost.params import HW, Pad
from convcost.weighing import ASK, TIDY, terms


class Assumption(NamedTuple):
    """What a form takes for granted, and the line whose answer hangs on it."""

    path: str
    relation: Any  # a SymPy relational


def needs(graph: Graph, what: str, meter: Meter) -> list[Assumption]:
    """The relations without which some op refuses; SpecError where it refuses whatever they are."""
    found = [Assumption("", each) for side in graph.inputs[0] for each in counts(side, 1)]
    asked = set()
    for node in graph.nodes:
        xs = graph.input_shapes(node)
        alike = (node.op, *node.fields.values(), xs)
        if alike in asked or not any(isinstance(size, sympy.Basic) for size in sizes(alike)):
            continue
        asked.add(alike)
        for param in OPS[node.op].params:
            if param.kind.least is not None:
                needed = counts(node.fields.get(param.name), param.kind.least)
                found += [Assumption(node.path, each) for each in needed]
        answer = _passing(OPS[node.op].check, xs, node.fields, partial(meter.step, node.mark, ASK))
        if isinstance(answer, OpRefusal):
            raise SpecError(f"{what}: {node.path}: {answer.message}", hint=answer.hint)
        found += [Assumption(node.path, each) for each in answer]
    return found


def sizes(value: Any) -> Iterable[Any]:
    """The numbers in a tuple of tuples of them."""
    if not isinstance(value, tuple):
        return (value,)
    return (size for part in value for size in sizes(part))


def counts(value: Any, least: int) -> list[Any]:
    """That a number, or each of a size, is whole and no less than its kind allows, where that is open."""
    found: list[Any] = []
    for part in sizes(value):
        if isinstance(part, sympy.Basic):
            found += [] if part.is_integer else [sympy.Eq(sympy.Mod(part, 1), 0)]
            enough = part.is_positive if least else part.is_nonnegative
            found += [] if enough else [sympy.Ge(part, least)]
    return found


# ------------------------------------------------------------------------------ checks on symbols


class _Undecided(Exception):
    def __init__(self, relation: Any) -> None:
        self.relation = relation


class _Path:
    """One way through a check: its undecided comparisons, answered in order."""

    def __init__(self, answers: tuple[bool, ...]) -> None:
        self.answers, self.asked = answers, 0

    def answer(self, relation: Any) -> bool:
        if relation in (sympy.true, sympy.false):
            return bool(relation)
        if self.asked == len(self.answers):
            raise _Undecided(relation)
        self.asked += 1
        return self.answers[self.asked - 1]


class Probe:
    """A symbol in a check: arithmetic goes on, and the truth of a comparison is asked of the path."""

    def __init__(self, value: Any, path: _Path) -> None:
        self.value, self.path = value, path

    def __bool__(self) -> bool:
        return self.path.answer(sympy.Ne(self.value, 0))

    def __neg__(self) -> Probe:
        return Probe(-self.value, self.path)

    def __repr__(self) -> str:
        return str(self.value)

    __hash__ = None  # type: ignore[assignment]


def _arithmetic(name: str) -> Callable[[Probe, Any], Any]:
    def operation(self: Probe, other: Any) -> Any:
        return Probe(getattr(self.value, name)(sympy.sympify(_bare(other))), self.path)

    return operation


def _comparison(sign: str) -> Callable[[Probe, Any], Any]:
    def operation(self: Probe, other: Any) -> Any:
        return self.path.answer(RELATIONS[sign](self.value, _bare(other)))

    return operation


for _name in ("add", "sub", "mul", "floordiv", "mod"):
    for _prefix in ("", "r"):
        setattr(Probe, f"__{_prefix}{_name}__", _arithmetic(f"__{_prefix}{_name}__"))
for _name, _sign in {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}.items():
    setattr(Probe, f"__{_name}__", _comparison(_sign))


def _bare(value: Any) -> Any:
    return value.value if isinstance(value, Probe) else value


def _probed(value: Any, path: _Path) -> Any:
    """A number, size or padding with a probe for each symbol in it."""
    if isinstance(value, (HW, Pad)):
        return type(value)(*(_probed(part, path) for part in value))
    if isinstance(value, sympy.Integer):
        return int(value)
    return Probe(value, path) if isinstance(value, sympy.Basic) else value


def _passing(
    check: Callable[..., None],
    xs: Any,
    fields: Any,
    ask: Callable[[], None],
    answers: tuple[bool, ...] = (),
) -> list[Any] | OpRefusal:
    """What has to hold for a check to pass, after these answers; or its refusal. `ask` counts the ways."""
    ask()
    path = _Path(answers)
    try:
        shapes = [type(x)(*(_probed(side, path) for side in x)) for x in xs]
        check(*shapes, **{name: _probed(value, path) for name, value in fields.items()})
    except OpRefusal as refusal:
        return refusal
    except _Undecided as fork:
        no, yes = (_passing(check, xs, fields, ask, (*answers, answer)) for answer in (False, True))
        if isinstance(no, OpRefusal):
            return no if isinstance(yes, OpRefusal) else [fork.relation, *yes]
        if isinstance(yes, OpRefusal) or set(no) != set(yes):
            return [sympy.Not(fork.relation), *no]
        return no
    return []


# ------------------------------------------------------------------------------ how they are said

COMPARISONS = (sympy.Ge, sympy.Gt, sympy.Le, sympy.Lt)
MANY = 200  # terms of a comparison that is not worth being tidied


def tidied(found: Iterable[Assumption], meter: Meter, where: Mark) -> list[Assumption]:
    """The same in few words: what is always so is left out, and what says the same of one symbol is one."""
    kept: dict[Any, Assumption] = {}
    for path, relation in found:
        meter.step(where, TIDY)
        key, said = together(bound(relation), kept)
        if said != sympy.true:
            kept[key] = Assumption(
                kept[key].path if key in kept and kept[key].relation == said else path, said
            )
    return list(kept.values())


def together(relation: Any, kept: Mapping[Any, Assumption]) -> tuple[Any, Any]:
    """A relation under the key of those that say something alike, and what it says with one kept before.

    Of two bounds that is the tighter. Where 96 x and 256 x are whole, so is 32 x, and the other way round.
    """
    key: Any = relation
    if isinstance(relation, COMPARISONS) and relation.lhs.is_Symbol and relation.rhs.is_Rational:
        key = (type(relation), relation.lhs)
        rising = isinstance(relation, (sympy.Ge, sympy.Gt))
        if key in kept and rising is bool(kept[key].relation.rhs > relation.rhs):
            return key, kept[key].relation
    elif (ratio := whole(relation)) is not None:
        factor, rest = ratio.as_coeff_Mul()
        key = rest
        if key in kept:
            factor = sympy.gcd(factor, whole(kept[key].relation).as_coeff_Mul()[0])
        return key, divides(factor * rest)
    return key, relation


def whole(relation: Any) -> Any:
    """The number that a relation says is whole; None where it says something else."""
    if not isinstance(relation, sympy.Eq) or relation.rhs != 0:
        return None
    _, rest = relation.lhs.as_coeff_Mul()
    return rest.args[0] / rest.args[1] if isinstance(rest, sympy.Mod) else None


def divides(ratio: Any) -> Any:
    """That a quotient is whole."""
    return sympy.Eq(sympy.Mod(*sympy.fraction(ratio)), 0)


def bound(relation: Any) -> Any:
    """A comparison as a bound of its one symbol, where it is linear; true where no symbol can fail it."""
    if not isinstance(relation, COMPARISONS):
        return relation
    more, less = relation.gts, relation.lts
    if isinstance(relation, sympy.Ge) and isinstance(more, sympy.floor) and less.is_Integer:
        more = more.args[0]
    if terms(more - less, MANY)[1] >= MANY:
        return relation
    room, below = sympy.fraction(sympy.together(more - less))
    strict = isinstance(relation, (sympy.Gt, sympy.Lt))
    if not below.is_positive:
        return relation
    if strict and room.is_integer:
        room, strict = room - 1, False
    if not strict and always(room):
        return sympy.true
    symbol = next(iter(room.free_symbols))
    slope = sympy.diff(room, symbol) if room.is_polynomial() else None
    if slope is None or not slope.is_Rational or len(room.free_symbols) > 1 or strict:
        return relation
    end = -room.subs(symbol, 0) / slope
    if symbol.is_integer:
        end = sympy.ceiling(end) if slope > 0 else sympy.floor(end)
    return sympy.Ge(symbol, end) if slope > 0 else sympy.Le(symbol, end)


def always(room: Any) -> bool:
    """Whether a number is never below 0; a polynomial not where, with x + 1 for each count x, no term is."""
    if not room.is_polynomial():
        return bool(room.is_nonnegative)
    more = {
        symbol: sympy.Dummy(nonnegative=True, integer=True) + 1
        for symbol in room.free_symbols
        if symbol.is_positive and symbol.is_integer
    }
    return bool(sympy.expand(room.xreplace(more)).is_nonnegative)
