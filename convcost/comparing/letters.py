"""The letters of a comparison: what each stands for, and what is known and taken for granted of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import sympy

from convcost.errors import Mark, Source, SpecError
from convcost.expr import RESERVED, Bound, Names, Scope, Value, parse, show
from convcost.expr.tree import Compare
from convcost.expressions import RELATIONS, formula, positive
from convcost.limits import Meter
from convcost.machine import Ints
from convcost.reader import Scalar

SHARED = {"k": "D_K", "m": "M", "n": "N", "df": "D_F"}  # the options, and MobileNetV1's letters


class Known(NamedTuple):
    """Letters by name, values of some of them, and relations that are stated or have to hold.

    A letter is a symbol, or what it equals: `letters["N"]` is M where the blocks can only be built so.
    """

    letters: Mapping[str, Any]
    values: Mapping[Any, Any]
    stated: tuple[Any, ...] = ()
    equal: tuple[Any, ...] = ()  # the equalities that letters were put in for

    def decide(self, relation: Any) -> bool | None:
        """Whether a relation holds: by its own form, by the values, by what is stated; None: it is open."""
        try:
            settled = sympy.sympify(relation).subs(self.values)
        except ZeroDivisionError:  # groups of no channels: that they are too few is a relation of its own
            return None
        if settled in (sympy.true, sympy.false):
            return bool(settled)
        return self.implied(relation)

    def implied(self, relation: Any) -> bool | None:
        """Whether what is stated says it, itself or, of an order or an equality, by SymPy's arithmetic."""
        for asked, answer in ((relation, True), (sympy.Not(relation), False)):
            if tidy(asked) in map(tidy, self.stated):
                return answer
        near = [each for each in self.stated if each.free_symbols & relation.free_symbols]
        if not near or relation.has(sympy.Mod, sympy.Function):
            return None
        if sympy.And(*near, relation).simplify() == sympy.false:
            return False
        return True if sympy.And(*near, sympy.Not(relation)).simplify() == sympy.false else None

    def listed(self) -> str:
        """The letters' names, without the options that stand for some of them."""
        return ", ".join(name for name in self.letters if name not in SHARED)

    def number(self, form: Any) -> Fraction | None:
        """The exact number that a form is where the values settle it."""
        number = sympy.sympify(form).subs(self.values)
        return Fraction(int(number.p), int(number.q)) if number.is_Rational else None

    def equated(self, relation: Any) -> Known | None:
        """The same with one letter put in for another, so that an equality holds; None where none can be.

        The later letter gives way, and one without a value before one that has a value.
        """
        order = list(dict.fromkeys(self.letters.values()))
        sides = [(relation.lhs, relation.rhs), (relation.rhs, relation.lhs)]
        free = [
            (old, new)
            for old, new in sides
            if old in order and old not in self.values and old not in new.free_symbols and _suits(old, new)
        ]
        if not free:
            return None
        old, new = max(free, key=lambda pair: order.index(pair[0]))
        letters = {name: expr.subs(old, new) for name, expr in self.letters.items()}
        stated = tuple(each.subs(old, new) for each in self.stated)
        return Known(letters, self.values, stated, (*self.equal, relation.canonical))

    def stating(self, relation: Any, text: str) -> Known:
        """The same with one relation more taken for granted."""
        if self.decide(relation) is False:
            others = " and ".join(map(formula, self.stated))
            beside = f" beside {others}" if others and not self.given(relation) else ""
            raise SpecError(f"--assume {text!r} cannot hold{self.given(relation)}{beside}")
        if isinstance(relation, sympy.Eq) and (same := self.equated(relation)):
            return same
        return self if relation == sympy.true else self._replace(stated=(*self.stated, relation))

    def given(self, relation: Any) -> str:
        """` where M = 3 and N = 4`: the values of a relation's letters."""
        free = sorted(relation.free_symbols & set(self.values), key=str)
        said = " and ".join(f"{symbol} = {formula(self.values[symbol])}" for symbol in free)
        return f" where {said}" if said else ""


def _suits(symbol: Any, value: Any) -> bool:
    return bool(value.is_positive and (value.is_integer or not symbol.is_integer))


def make_known(
    names: Mapping[str, bool],
    sizes: Mapping[str, int],
    settings: Mapping[str, Value],
    assumptions: Sequence[str],
    meter: Meter,
) -> Known:
    """The letters by name (and whether each is a count), their values, and the assumptions of a user."""
    letters = {letter: positive(letter) for letter in SHARED.values()}
    letters |= {name: positive(name, whole) for name, whole in names.items()}
    values = {letters[SHARED[name]]: sympy.Integer(value) for name, value in sizes.items()}
    aliases = {option: letters[letter] for option, letter in SHARED.items()}
    for name, value in settings.items():
        known = {**letters, **aliases}
        if name not in known:
            raise SpecError(
                f"--set {name}: the formulas have no letter {name!r}",
                hint=f"letters are {', '.join(letters)}; arguments stand behind a block: fire:squeeze=16",
            )
        if known[name] in values:
            raise SpecError(f"{name} is given twice")
        values[known[name]] = _value(known[name], name, value)
    made = Known({**letters, **aliases}, values)
    for text in assumptions:
        made = made.stating(_relation(text, made, meter), text)
    return made


def _value(letter: Any, name: str, value: Value) -> Any:
    good = isinstance(value, int if letter.is_integer else (int, Fraction)) and not isinstance(value, bool)
    if not good or value <= 0:
        kind = "a whole number above 0" if letter.is_integer else "a number above 0"
        raise SpecError(f"{name} = {show(value)} is not {kind}")
    return sympy.Rational(value)


def _relation(text: str, known: Known, meter: Meter) -> Any:
    """`M != N` on the letters, as a user wrote it."""
    mark = Mark(Source("--assume", text), 1, 1)
    expr = parse(Scalar(text, mark), meter)
    for name in sorted(expr.names() - set(known.letters) - RESERVED):
        raise SpecError(f"the formulas have no letter {name!r}", mark, f"letters are {known.listed()}")
    expr = Names(set(known.letters), {}, RESERVED, "assumption").check(expr)
    if not isinstance(expr.tree, Compare):
        raise SpecError("an assumption is a relation of letters", mark, "--assume 'M != N'")
    scope = Scope(Ints(meter), {name: Bound(value, mark) for name, value in known.letters.items()})
    left, right = (side.evaluate(scope, mark) for side in (expr.tree.left, expr.tree.right))
    for side in (left, right):
        if isinstance(side, (bool, str, tuple)):
            raise SpecError(f"{show(side)} is no number", mark, "an assumption is a relation of numbers")
    return RELATIONS[expr.tree.relation](sympy.sympify(left), sympy.sympify(right))


# ------------------------------------------------------------------------------ conditions


def tidy(relation: Any) -> Any:
    """`3 divides N/4` as `12 divides N`, `N - M >= 1` as `N > M`; any other relation as it is."""
    if isinstance(relation, sympy.Ge) and relation.rhs == 1 and relation.lhs.is_integer:
        terms = sympy.Add.make_args(relation.lhs)
        less = [term for term in terms if term.could_extract_minus_sign()]
        return relation.lhs - sympy.Add(*less) > -sympy.Add(*less) if less else relation
    if not (isinstance(relation, sympy.Eq) and isinstance(relation.lhs, sympy.Mod) and relation.rhs == 0):
        return relation.canonical if isinstance(relation, (sympy.Eq, sympy.Ne)) else relation
    whole, part = relation.lhs.args
    above, below = sympy.fraction(sympy.together(whole))
    part *= below
    times, rest = above.as_coeff_Mul()
    if times.is_Integer and part.is_Integer:  # 2 N in 8 parts is N in 4
        above, part = rest, part / sympy.igcd(times, part)
    return sympy.Eq(sympy.Mod(above, part), 0)


def divisor(relation: Any) -> tuple[Any, Any] | None:
    """(what divides, what it divides), of a condition that says so."""
    if isinstance(relation, sympy.Eq) and isinstance(relation.lhs, sympy.Mod) and relation.rhs == 0:
        return relation.lhs.args[1], relation.lhs.args[0]
    return None


def distinct(relations: Iterable[Any]) -> tuple[Any, ...]:
    """Each condition once, without those that are true or that another of them implies."""
    found = [tidy(each) for each in relations]
    kept = [each for each in dict.fromkeys(found) if each not in (sympy.true, True)]
    pairs = [pair for each in kept if (pair := divisor(each))]
    return tuple(each for each in kept if not ((pair := divisor(each)) and _implied(*pair, pairs)))


def _implied(part: Any, whole: Any, pairs: list[tuple[Any, Any]]) -> bool:
    """Whether others say more: 4 divides N, so 2 divides N and 4 divides 3 N."""
    others = [other for other in pairs if other != (part, whole)]
    return all(
        any((more / part).is_integer and (term / less).is_integer for more, less in others)
        for term in sympy.Add.make_args(whole)
    )


def texts(relations: Iterable[Any]) -> tuple[str, ...]:
    """The conditions as formulas, each once."""
    return tuple(dict.fromkeys(formula(each) for each in relations))
