"""Writes a number or a switch as one of the expressions that it is the value of."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from hypothesis import strategies as st


class Map(NamedTuple):
    c: int
    h: int
    w: int


class Wording:
    """Knows the values of the names, and of `c_here` the map that flows; draws how a value is written."""

    def __init__(self, draw: st.DrawFn, names: dict[str, int], switches: dict[str, bool], at: Map) -> None:
        self.draw, self.names, self.switches, self.at = draw, names, switches, at
        self.functions = False  # whether those of `strategies.DEFINE` are there

    def pick(self, *options: Any) -> Any:
        return self.draw(st.sampled_from(options))

    def at_rest(self, n: int) -> Any:
        """A number where no map flows: there is no c_here."""
        flowing, self.at = self.at, Map(-1, 1, 1)
        text, self.at = self.number(n), flowing
        return text

    def number(self, n: int, depth: int = 2) -> Any:
        """A text whose value is n, written one way or another."""
        ways: list[Callable[[], Any]] = [lambda: n, lambda: n]
        same = [name for name, value in self.names.items() if value == n]
        if same:
            ways += [lambda: self.pick(*same)] * 2
        if n == self.at.c:
            ways += [lambda: "c_here"] * 2
        if depth:
            ways.append(lambda: self.written(n, depth - 1))
        return self.pick(*ways)()

    def written(self, n: int, depth: int) -> str:
        def of(m: int) -> str:
            text = str(self.number(m, depth))
            return text if re.fullmatch(r"\w+(\(\w+\))?", text) else f"({text})"

        k, less = self.pick(1, 2, 3, 7), min(n, self.pick(0, 1, 2))
        ways: list[Callable[[], str]] = [
            lambda: f"{of(n + k)} - {of(k)}",
            lambda: f"{of(less)} + {of(n - less)}",
            lambda: f"{of(n * k)} // {of(k)}",
            lambda: f"{of(n * k)} / {of(k)}",
            lambda: f"({of(n)} + {of(n + k)} * 3) % {of(n + k)}",
            lambda: f"max({of(n)}, {of(n - less)})",
            lambda: f"min({of(n)}, {of(n + k)}, {of(n + less)})",
            lambda: f"floor({of(n)} + 0.5)",
            lambda: f"ceil({of(n)} - 0.25)",
            lambda: f"-(-{of(n)})",
            lambda: f"{of(n)} if {self.test(True)} else {of(n + k)}",
            lambda: f"{of(n + k)} if {self.test(False)} else {of(n)}",
        ]
        if n % 8 == 0 and n:
            ways += [lambda: f"make_divisible({of(n)} * 1.0, 8)"]
        if self.functions:
            ways += [lambda: f"same_as({of(n)})", lambda: f"plus({of(n - less)}, {less})"]
            ways += [lambda: f"row({self.pick(1, 2)}) - {of(64 - n)}"] if n <= 64 else []
            ways += [lambda: f"ch({of(n)})"] if n % 8 == 0 and n else []
        text: str = self.pick(*ways)()
        return text

    def test(self, answer: bool) -> str:
        """A switch as an expression."""
        a, b = self.pick(1, 2, 5, 0.5), self.pick(8, 9.25, 100)
        known = [name for name, value in self.switches.items() if value is answer]
        other = [name for name, value in self.switches.items() if value is not answer]
        ways = [str(answer).lower(), f"{a} < {b}" if answer else f"{a} >= {b}"]
        ways += [f"{a} != {b} and relu == relu" if answer else f"{a} == {b} or same == valid"]
        ways += [*known, *(f"not {name}" for name in other)]
        return str(self.pick(*ways))
