"""How the mem_access of two blocks goes with the side of the map, and where it turns."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm
from typing import Any

import sympy

from convcost.comparing.forms import BlockForm
from convcost.comparing.letters import SHARED, Known, divisor
from convcost.comparing.results import Turn
from convcost.expressions import formula

LARGEST = 112  # the first map of a network for images of 224, where no side is given


def halvings(side: int) -> list[int]:
    """The side and its halves while they are whole, down to 7: the maps of a network's stages."""
    sides = [side]
    while sides[-1] % 2 == 0 and sides[-1] > 7:
        sides.append(sides[-1] // 2)
    return sides


class Course:
    """The mem_access of two sides, the later and the earlier, as the side of the map goes."""

    def __init__(self, forms: tuple[BlockForm, BlockForm], names: tuple[str, str], known: Known) -> None:
        self.exact = [form.exact["mem_access"] for form in forms]
        self.shown = [form.shown["mem_access"] for form in forms]
        self.needs = [need for form in forms for need in form.needs]
        self.names = names
        self.side = known.letters[SHARED["df"]]
        self.values = {letter: value for letter, value in known.values.items() if letter != self.side}
        given = known.values.get(self.side)
        self.sides = halvings(int(given) if given is not None else LARGEST)
        conditions = [divisor(each) for form in forms for each in form.conditions]
        steps = [int(pair[0]) for pair in conditions if pair and pair[1] == self.side and pair[0].is_Integer]
        self.step = lcm(*steps)

    @property
    def settled(self) -> bool:
        """Whether the side of the map is all that is left free, and something hangs on it."""
        free = {letter for form in self.exact for letter in form.free_symbols} - set(self.values)
        return free == {self.side} and bool(self.side.is_Symbol)

    def at(self, side: int) -> Fraction:
        """The ratio at a side of the map."""
        later, earlier = (int(form.subs({**self.values, self.side: side})) for form in self.exact)
        return Fraction(later, earlier)

    def by_side(self) -> tuple[tuple[int, Fraction], ...]:
        """The ratio at each stage of a network, down to where the blocks can no more be built."""
        if not self.settled:
            return ()
        return tuple((side, self.at(side)) for side in self.sides if self.built(side))

    def built(self, side: int) -> bool:
        """Whether both blocks can be built on a map of that side."""
        values = {**self.values, self.side: side}
        return all(need.subs(values) != sympy.false for need in self.needs)

    def turns(self) -> tuple[Turn, ...] | None:
        """Each side of the map where both are equal; None where the forms are no polynomials in it."""
        difference = sympy.expand(self.shown[0] - self.shown[1])
        if not difference.has(self.side):
            return ()
        if not difference.is_polynomial(self.side):
            return None
        square = _square(difference, self.side)
        if not self.settled:
            return None if square is None else self._in_letters(difference, square)
        numbers = sympy.Poly(difference.subs(self.values), self.side)
        turns: list[Turn] = []
        for root in sorted(set(sympy.real_roots(numbers))) if not numbers.is_zero else ():
            text = f"{self.side} = {formula(root)}" if square is None else _text(self.side, square)
            turns += self._around(root, text)
        return tuple(turns)

    def _around(self, root: Any, text: str) -> Sequence[Turn]:
        """The turn at a root, when the whole sides next to it differ."""
        last = (int(sympy.ceiling(root / self.step)) - 1) * self.step
        first = (int(sympy.floor(root / self.step)) + 1) * self.step
        if last < 1 or not (self.built(last) and self.built(first)):
            return []
        below, above = self.at(last), self.at(first)
        if (below < 1) == (above < 1):
            return []
        return [Turn(text, last, first, self._less(below < 1), self._less(above < 1))]

    def _in_letters(self, difference: Any, square: Any) -> tuple[Turn, ...]:
        """The turn as a formula; who has less where the sign of D_F^2 in the difference is known."""
        if square.is_nonpositive:
            return ()
        slope = sympy.factor(difference.coeff(self.side, 2))
        if slope.is_positive or slope.is_negative:
            rising = bool(slope.is_positive)
            below, above = self._less(rising), self._less(not rising)
            return (Turn(_text(self.side, square), below=below, above=above),)
        return (Turn(_text(self.side, square)),)

    def _less(self, later: bool) -> str:
        return self.names[0] if later else self.names[1]


def _square(difference: Any, side: Any) -> Any | None:
    """-B/A of A D_F^2 + B; None of another form."""
    slope, rest = difference.coeff(side, 2), difference.coeff(side, 0)
    if slope == 0 or sympy.expand(difference - slope * side**2 - rest) != 0:
        return None
    return sympy.cancel(-rest / slope)


def _text(side: Any, square: Any) -> str:
    """D_F^2 = (D_K^2*N - D_K^2 - N)/2: over a whole number SymPy itself would part it in three."""
    above, below = sympy.fraction(sympy.together(square))
    if below.is_Integer and below != 1 and above.is_Add:
        return f"{side}^2 = ({formula(sympy.expand(above))})/{below}"
    return f"{side}^2 = {formula(square)}"
