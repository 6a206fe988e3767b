"""The one error a user sees, and the places in a text it points at."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Source(NamedTuple):
    """A text and the name a user knows it by; `shipped` texts are ours, not the user's."""

    name: str
    text: str
    shipped: bool = False

    def __repr__(self) -> str:
        return f"Source({self.name!r})"

    def line(self, number: int) -> str:
        lines = self.text.splitlines()
        return lines[number - 1] if 0 < number <= len(lines) else ""


class Mark(NamedTuple):
    """A place in a source; line and column count from 1."""

    source: Source
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.source.name}:{self.line}:{self.column}"

    def shifted(self, columns: int) -> Mark:
        return Mark(self.source, self.line, self.column + columns)

    def excerpt(self, width: int = 100) -> str:
        """The line itself with a caret below the column; long lines are cut around it."""
        line = self.source.line(self.line).replace("\t", " ")
        start = max(0, self.column - width // 2) if len(line) > width else 0
        shown = printable(line[start : start + width])
        gutter = f"{self.line:5} | "
        return f"{gutter}{shown}\n{' ' * (len(gutter) - 2)}| {' ' * (self.column - 1 - start)}^"


class SpecError(Exception):
    """What is wrong with a spec or a command, where, and what to write instead.

    `where` is the place that is wrong; `frames` are the calls that led there, innermost first, each
    with a word on what was being done. The first line of the message names the innermost place that
    the user wrote: an error inside a block of the library is told at the line that uses the block.
    """

    def __init__(self, message: str, where: Mark | None = None, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint
        self.frames: list[tuple[str, Mark]] = []

    def through(self, doing: str, mark: Mark) -> SpecError:
        """The same error, seen from one call further out."""
        if (doing, mark) not in self.frames:
            del self.frames[MAX_FRAMES - 1 :]  # of a long chain, the inner calls and the outermost
            self.frames.append((doing, mark))
        return self

    @property
    def place(self) -> Mark | None:
        """The innermost place in the user's own text, or the place itself where there is none."""
        places = [m for m in (self.where, *(mark for _, mark in self.frames)) if m is not None]
        return next((m for m in places if not m.source.shipped), places[0] if places else None)

    def __str__(self) -> str:
        place = self.place
        lines = [f"{place}: {self.message}" if place else self.message]
        if place:
            lines.append(place.excerpt())
        if self.where is not None and self.where is not place:
            line = self.where.source.line(self.where.line).strip()
            lines.append(f"  at {self.where}: {line}".removesuffix(": "))
        lines += [f"  {doing} ({mark})" for doing, mark in self.frames if mark != place]
        if self.hint:
            lines.append(f"  hint: {self.hint}")
        return "\n".join(_cut(printable(line)) for text in lines for line in text.split("\n"))


MAX_FRAMES = 8
MOST_NAMES = 200  # to look through for a near one, or to list
LONGEST = 1000  # line of a message


def printable(text: str) -> str:
    """The text with every character that could drive a terminal shown as an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def shortened(text: str, most: int = 60) -> str:
    """The text, or its beginning where it is long."""
    return text if len(text) <= most else text[: most - 4] + " ..."


def _cut(line: str) -> str:
    """A line of a message that names something very long, without its middle."""
    half = LONGEST // 2
    return line if len(line) <= LONGEST else f"{line[:half]} ... {line[-half:]}"


def nearest(word: str, known: Iterable[str], others: bool = True) -> str:
    """A hint that names the nearest known word, or, with `others`, all of them where none is near."""
    from difflib import get_close_matches

    names = sorted(known)
    if len(names) > MOST_NAMES or max(map(len, (word, *names))) > LONGEST // 10:
        return ""
    close = get_close_matches(word, names, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"there is {', '.join(names)}" if names and others else ""
