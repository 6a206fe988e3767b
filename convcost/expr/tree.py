"""A parsed expression and its evaluation. Numbers are exact (a decimal is a fraction), switches and
words are no numbers, and each comparison of numbers is a decision that the machine answers.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import NamedTuple, Protocol, TypeAlias

from convcost import num
from convcost.errors import MOST_NAMES, Mark, SpecError, shortened
from convcost.expr.values import SWITCHES, Bound, Value, Word, kind_of, show
from convcost.num import Num


class Machine(Protocol):
    """What an evaluation needs from outside: a budget of steps and an answer to comparisons."""

    def step(self, where: Mark | None, count: int = 1) -> None: ...
    def check(self, value: Value, where: Mark) -> Value: ...
    def decide(self, text: str, relation: str, left: Num, right: Num) -> bool: ...


class Function(NamedTuple):
    """A `define`: parameters and a body, or a table to look the one parameter up in."""

    name: str
    params: tuple[str, ...]
    body: Expr | None
    rows: tuple[tuple[Value, Expr], ...]  # no dict: numbers of one hash are easily found
    mark: Mark

    @property
    def bodies(self) -> tuple[Expr, ...]:
        return (self.body,) if self.body else tuple(expr for _, expr in self.rows)


_NONE: dict[str, Bound] = {}  # never written to: a body of lines has its own


class Scope(NamedTuple):
    """The values of the names an expression uses; that it uses no others, `Names` has checked."""

    machine: Machine
    values: dict[str, Bound]  # of the entrance, which a function sees too
    functions: Mapping[str, Function] = {}
    local: dict[str, Bound] = _NONE  # c_here and the columns of tables, or a function's parameters

    def get(self, name: str) -> Bound | None:
        return self.local.get(name) or self.values.get(name)

    def inner(self, values: Mapping[str, Bound]) -> Scope:
        """The names here and some more, for a body of lines or a table's row."""
        return self._replace(local={**self.local, **values})

    def called(self, values: dict[str, Bound]) -> Scope:
        """The names a function's body sees: those of the entrance, and its own parameters."""
        return self._replace(local=values)


class Expr(NamedTuple):
    """A parsed expression: its text, where it stands, its tree."""

    text: str
    mark: Mark
    tree: Tree

    def evaluate(self, scope: Scope) -> Value:
        """The exact value; SpecError with the names involved where it has none."""
        try:
            return self.tree.evaluate(scope, self.mark)
        except SpecError as error:
            if error.where is not None and error.where.source is self.mark.source and not error.frames:
                used = self._values(scope)
                if used:
                    error.hint = f"{error.hint}; here {used}" if error.hint else f"here {used}"
            raise

    def bound(self, scope: Scope) -> Bound:
        """The value with the place it was written: a bare name keeps the place of its value."""
        if isinstance(self.tree, Name) and (bound := scope.get(self.tree.name)):
            scope.machine.step(self.mark)
            return bound
        return Bound(self.evaluate(scope), self.mark)

    def names(self) -> set[str]:
        return {node.name for node in walk(self.tree) if isinstance(node, Name)}

    def calls(self) -> set[str]:
        return {node.name for node in walk(self.tree) if isinstance(node, Call)}

    def _values(self, scope: Scope) -> str:
        known = [(name, bound) for name in sorted(self.names()) if (bound := scope.get(name))]
        return ", ".join(f"{name} = {show(bound.value)} ({bound.mark})" for name, bound in known[:6])


def _number(value: Value, doing: str, where: Mark) -> Num:
    if isinstance(value, (bool, str, tuple)):
        raise SpecError(f"{show(value)} is {kind_of(value)}; {doing} needs a number", where)
    return value


def _switch(value: Value, doing: str, where: Mark) -> bool:
    if not isinstance(value, bool):
        raise SpecError(
            f"{show(value)} is {kind_of(value)}; {doing} needs true or false",
            where,
            "write a comparison, such as n > 0",
        )
    return value


# ------------------------------------------------------------------------------ the tree


class Const(NamedTuple):
    at: int
    value: Value

    def evaluate(self, scope: Scope, mark: Mark) -> Value:
        return scope.machine.check(self.value, mark)


class Name(NamedTuple):
    at: int
    name: str

    def evaluate(self, scope: Scope, mark: Mark) -> Value:
        scope.machine.step(mark)
        bound = scope.get(self.name)
        if bound is not None:
            return bound.value
        return SWITCHES[self.name] if self.name in SWITCHES else Word(self.name)


class Negative(NamedTuple):
    at: int
    part: Tree

    def evaluate(self, scope: Scope, mark: Mark) -> Value:
        value = _number(self.part.evaluate(scope, mark), "a sign", mark.shifted(self.at))
        return scope.machine.check(-value, mark)


class Not(NamedTuple):
    at: int
    part: Tree

    def evaluate(self, scope: Scope, mark: Mark) -> Value:
        return not _switch(self.part.evaluate(scope, mark), "`not`", mark.shifted(self.at))


def _divide(a: Num, b: Num) -> Num:
    return Fraction(a) / b if isinstance(a, int) and isinstance(b, int) else a / b


ARITHMETIC: dict[str, Callable[[Num, Num], Num]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
    "//": operator.floordiv,
    "%": operator.mod,
}


class Arithmetic(NamedTuple):
    at: int
    sign: str
    left: Tree
    right: Tree

    def evaluate(self, scope: Scope, mark: Mark) -> Value:
        where = mark.shifted(self.at)
        left = _number(self.left.evaluate(scope, mark), f"`{self.sign}`", where)
        right = _number(self.right.evaluate(scope, mark), f"`{self.sign}`", where)
        try:
            return scope.machine.check(ARITHMETIC[self.sign](left, right), where)
        except ZeroDivisionError:
            raise SpecError("a division by zero", where) from None


class Compare(NamedTuple):
    at: int
    relation: str
    left: Tree
    right: Tree
    text: str

    def evaluate(self, scope: Scope, mark: Mark) -> Value:
        where = mark.shifted(self.at)
        left, right = self.left.evaluate(scope, mark), self.right.evaluate(scope, mark)
        if kind_of(left) != kind_of(right):
            raise SpecError(
                f"{show(left)} is {kind_of(left)} and {show(right)} is {kind_of(right)}: "
                "they cannot be compared",
                where,
            )
        if kind_of(left) == "a number":
            return scope.machine.decide(self.text, self.relation, left, right)
        if self.relation not in ("==", "!="):
            raise SpecError(f"{kind_of(left)} has no order; compare with == or !=", where)
        return (left == right) is (self.relation == "==")


class Logic(NamedTuple):
    at: int
    word: str
    parts: tuple[Tree, ...]

    def evaluate(self, scope: Scope, mark: Mark) -> Value:
        settled = self.word == "or"  # what one part alone settles
        for part in self.parts:
            where = mark.shifted(part.at)
            if _switch(part.evaluate(scope, mark), f"`{self.word}`", where) is settled:
                return settled
        return not settled


class Choice(NamedTuple):
    at: int
    test: Tree
    yes: Tree
    no: Tree

    def evaluate(self, scope: Scope, mark: Mark) -> Value:
        test = _switch(self.test.evaluate(scope, mark), "`if`", mark.shifted(self.test.at))
        return (self.yes if test else self.no).evaluate(scope, mark)


class Call(NamedTuple):
    at: int
    name: str
    args: tuple[Tree, ...]

    def evaluate(self, scope: Scope, mark: Mark) -> Value:
        where = mark.shifted(self.at)
        scope.machine.step(where)
        args = [arg.evaluate(scope, mark) for arg in self.args]
        if self.name in scope.functions:
            return self.user(scope.functions[self.name], args, scope, where)
        function, _, _ = BUILTINS[self.name]
        for arg in args:
            _number(arg, f"{self.name}()", where)
        try:
            return scope.machine.check(function(*args), where)
        except ZeroDivisionError:
            raise SpecError(f"{self.name} by zero", where) from None

    def user(self, function: Function, args: list[Value], scope: Scope, where: Mark) -> Value:
        try:
            if function.body is None:
                return self.look_up(function, args[0], scope, where)
            given = {p: Bound(a, where) for p, a in zip(function.params, args, strict=True)}
            return function.body.evaluate(scope.called(given))
        except SpecError as error:
            raise error.through(f"in {function.name}, called here", where) from None

    def look_up(self, function: Function, key: Value, scope: Scope, where: Mark) -> Value:
        for row, expr in function.rows:
            if kind_of(row) != kind_of(key):
                continue
            scope.machine.step(where)
            text = f"{function.params[0]} == {show(row)}"
            same = scope.machine.decide(text, "==", key, row) if kind_of(row) == "a number" else key == row
            if same:
                return expr.evaluate(scope)
        rows = shortened(", ".join(show(row) for row, _ in function.rows[:MOST_NAMES]), 300)
        raise SpecError(f"{function.name} has no row for {show(key)}", where, f"it has rows for {rows}")


Tree: TypeAlias = Const | Name | Negative | Not | Arithmetic | Compare | Logic | Choice | Call


def walk(tree: Tree) -> Iterator[Tree]:
    """The tree and everything below it, from left to right."""
    left = [tree]
    while left:
        node = left.pop()
        yield node
        left += reversed(parts(node))


def parts(tree: Tree) -> tuple[Tree, ...]:
    match tree:
        case Const() | Name():
            return ()
        case Negative() | Not():
            return (tree.part,)
        case Arithmetic() | Compare():
            return (tree.left, tree.right)
        case Logic():
            return tree.parts
        case Choice():
            return (tree.test, tree.yes, tree.no)
        case Call():
            return tree.args


def _fold(function: Callable[[Num, Num], Num]) -> Callable[..., Num]:
    def folded(*args: Num) -> Num:
        result = args[0]
        for arg in args[1:]:
            result = function(result, arg)
        return result

    return folded


def _make_divisible(v: Num, divisor: Num = 8) -> Num:
    if isinstance(divisor, num.EXACT) and divisor <= 0:
        raise ZeroDivisionError
    return num.make_divisible(v, divisor)


# name: (function, fewest arguments, most arguments)
BUILTINS: dict[str, tuple[Callable[..., Num], int, int]] = {
    "make_divisible": (_make_divisible, 1, 2),
    "floor": (num.floor, 1, 1),
    "ceil": (num.ceil, 1, 1),
    "max": (_fold(num.larger), 2, 8),
    "min": (_fold(num.smaller), 2, 8),
}
