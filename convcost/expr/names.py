"""The names an expression may use, checked when it is read, and expressions that use none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from itertools import chain
from typing import NamedTuple

from convcost.errors import Mark, SpecError, nearest, shortened
from convcost.expr.parse import parse
from convcost.expr.tree import BUILTINS, Call, Expr, Function, Name, Scope, walk
from convcost.expr.values import RESERVED, SWITCHES, Bound, Value, check_digits, compare
from convcost.limits import Meter
from convcost.num import Num
from convcost.reader import Scalar


class Joined(Set[str]):
    """The names of several places, as one set without a copy of any."""

    def __init__(self, *parts: Set[str]) -> None:
        self.parts = parts

    def __contains__(self, name: object) -> bool:
        return any(name in part for part in self.parts)

    def __iter__(self) -> Iterator[str]:
        return chain(*self.parts)

    def __len__(self) -> int:
        return sum(map(len, self.parts))


class Names(NamedTuple):
    """The names that an expression of some place may use; checked when it is read."""

    values: Set[str]
    functions: Mapping[str, Function]
    words: Set[str] = RESERVED
    place: str = "network"
    spatial: frozenset[str] = frozenset()

    def also(self, *values: Set[str]) -> Names:
        """The same with more values."""
        return self._replace(values=Joined(self.values, *values))

    def wording(self, words: Set[str]) -> Names:
        """The same with more words."""
        return self._replace(words=Joined(self.words, words)) if words else self

    def check(self, expr: Expr) -> Expr:
        """The expression, when each name in it means something here."""
        for node in walk(expr.tree):
            where = expr.mark.shifted(node.at)
            if isinstance(node, Name) and not (
                node.name in self.values or node.name in self.words or node.name in SWITCHES
            ):
                raise SpecError(f"nothing here is called {node.name!r}", where, self.hint(node.name))
            if isinstance(node, Call):
                self.check_call(node, where)
        return expr

    def check_call(self, node: Call, where: Mark) -> None:
        if node.name in self.functions:
            least = most = len(self.functions[node.name].params)
        elif node.name in BUILTINS:
            _, least, most = BUILTINS[node.name]
        else:
            hint = nearest(node.name, {*BUILTINS, *self.functions})
            raise SpecError(f"there is no function {node.name!r}", where, hint)
        if not least <= len(node.args) <= most:
            takes = str(least) if least == most else f"{least} to {most}"
            raise SpecError(
                f"{node.name} takes {takes} argument{'s'[: most != 1]}, not {len(node.args)}", where
            )

    def hint(self, name: str) -> str:
        if name == "c_in":
            return "c_in is the width entering a block; c_here is the width entering this line"
        if name in self.spatial:
            return f"{name} sizes the input alone; a height or width reaches a layer along an edge"
        if name in ("h_in", "w_in", "h_here", "w_here"):
            return (
                "a height or width is no number here; it reaches a layer along an edge (resize: {like: path})"
            )
        if name in self.functions or name in BUILTINS:
            return f"{name} is a function: write {name}(...)"
        if name.lower() in ("true", "yes", "on"):
            return "write true"
        if name.lower() in ("false", "no", "off"):
            return "write false"
        close = nearest(name, {*self.values, *self.words}, others=False)
        known = shortened(", ".join(sorted(self.values)), 300)
        declared = "an argument under `args`" if self.place == "block" else "a variable under `variables`"
        return close or f"it may name {known}; declare {declared}"


class Plain:
    """A machine for expressions over values that are known: it has nothing to record."""

    def __init__(self, meter: Meter) -> None:
        self.meter = meter
        self.step = meter.step

    def check(self, value: Value, where: Mark) -> Value:
        self.step(where)
        return check_digits(value, where, self.meter.limits)

    def decide(self, text: str, relation: str, left: Num, right: Num) -> bool:
        return compare(relation, left, right)


def literal(scalar: Scalar, meter: Meter) -> Bound:
    """The value of a scalar that names nothing but words: 0.75, true, paper."""
    words = RESERVED | {scalar.text}  # alone, any word may be meant
    expr = Names(frozenset(), {}, words).check(parse(scalar, meter))
    return Bound(expr.evaluate(Scope(Plain(meter), {})), scalar.mark)
