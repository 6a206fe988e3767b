"""What a graph on symbols needs: each op's own check run on symbols, and roundings that leave no rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy

from convcost.comparing.letters import Known
from convcost.errors import SpecError
from convcost.graph import Graph
from convcost.ops import OPS, OpRefusal
from convcost.params import HW, Pad
from convcost.symbolic import RELATIONS


def needs(graph: Graph, what: str) -> list[Any]:
    """The relations without which some op refuses; SpecError where it refuses whatever they are."""
    found = [each for side in graph.inputs[0] for each in _counts(side, 1)]
    for node in graph.nodes:
        for param in OPS[node.op].params:
            if param.kind.least is not None:
                found += _counts(node.fields.get(param.name), param.kind.least)
        answer = _passing(OPS[node.op].check, graph.input_shapes(node), node.fields, ())
        if isinstance(answer, OpRefusal):
            raise SpecError(f"{what}: {node.path}: {answer.message}", hint=answer.hint)
        found += answer
    return found


def _counts(value: Any, least: int) -> list[Any]:
    """That a number, or each of a size, is whole and no less than its kind allows, where that is open."""
    found: list[Any] = []
    for part in value if isinstance(value, tuple) else (value,):
        if isinstance(part, sympy.Basic):
            found += [] if part.is_integer else [sympy.Eq(sympy.Mod(part, 1), 0)]
            enough = part.is_positive if least else part.is_nonnegative
            found += [] if enough else [sympy.Ge(part, least)]
    return found


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
    check: Callable[..., None], xs: Any, fields: Any, answers: tuple[bool, ...]
) -> list[Any] | OpRefusal:
    """What has to hold for a check to pass, after these answers; or its refusal."""
    path = _Path(answers)
    try:
        shapes = [type(x)(*(_probed(side, path) for side in x)) for x in xs]
        check(*shapes, **{name: _probed(value, path) for name, value in fields.items()})
    except OpRefusal as refusal:
        return refusal
    except _Undecided as fork:
        no, yes = (_passing(check, xs, fields, (*answers, answer)) for answer in (False, True))
        if isinstance(no, OpRefusal):
            return no if isinstance(yes, OpRefusal) else [fork.relation, *yes]
        if isinstance(yes, OpRefusal) or set(no) != set(yes):
            return [sympy.Not(fork.relation), *no]
        return no
    return []


# ------------------------------------------------------------------------------ roundings


def unrounded(form: Any, known: Known) -> tuple[Any, list[Any]]:
    """A form without the roundings of a part of a size (N/4, D_F/2), and where that is right.

    A rounding stays where the letters' values leave a rest, and that of a kernel's half always does.
    """
    form, kernel = sympy.sympify(form), known.letters["D_K"]
    conditions: list[Any] = []
    kept: set[Any] = set()
    while open_ := _innermost(form, kept):
        for rounding in open_:
            (inside,) = rounding.args
            above, below = sympy.fraction(sympy.together(inside))
            whole = sympy.Eq(sympy.Mod(abs_(above), below), 0)
            if above.is_Add or kernel in above.free_symbols or known.decide(whole) is False:
                kept.add(rounding)
            else:
                conditions.append(whole)
                form = form.xreplace({rounding: inside})
    return sympy.expand(form), conditions


def _innermost(form: Any, kept: set[Any]) -> list[Any]:
    """The roundings that are not kept and contain none that is not."""
    open_ = [each for each in form.atoms(sympy.floor, sympy.ceiling) if each not in kept]
    inner = [each for each in open_ if not any(other in each.args[0].atoms(type(other)) for other in open_)]
    return sorted(inner, key=sympy.default_sort_key)


def abs_(value: Any) -> Any:
    """A product without its sign."""
    return -value if value.could_extract_minus_sign() else value
