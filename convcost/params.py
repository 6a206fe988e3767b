"""What an op's field or a block's argument may be: kinds as data, checked at the call."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

from convcost.errors import SpecError
from convcost.expr import WORDS, Bound, Value, Word, kind_of, show
from convcost.num import Num


class HW(NamedTuple):
    """A height and a width: of a kernel, a stride, a dilation."""

    h: Num
    w: Num


class Pad(NamedTuple):
    """`same`, `valid`, `half`, `batched`, or `explicit` with the rows and columns added on each side."""

    mode: str
    top: Num = 0
    bottom: Num = 0
    left: Num = 0
    right: Num = 0


class Kind(NamedTuple):
    """A set of values, how a spec writes one, and what to say of a value that is none."""

    name: str
    says: str
    lists: tuple[int, ...] = ()  # the lengths of list it may be written as
    paths: bool = False  # written as paths of layers, not as an expression
    words: frozenset[str] = frozenset()
    least: int | None = None  # the smallest count
    make: Callable[[tuple[Num, ...]], Value] | None = None  # from a list, or one number taken as one

    def accept(self, bound: Bound) -> Value:
        """The value as this kind holds it; SpecError where it is of another kind."""
        value = bound.value
        if isinstance(value, Word):
            if value in self.words:
                return Pad(value) if self.name == "padding" else value
        elif isinstance(value, Pad):
            if self.name == "padding":
                return value
        elif isinstance(value, tuple):
            if len(value) in self.lists and self.make:
                return self.make(tuple(self.counted(part, bound) for part in value))
        elif isinstance(value, bool):
            if self.name == "switch":
                return value
        elif self.name == "number":
            return value
        elif self.least is not None:
            count = self.counted(value, bound)
            return self.make((count,)) if self.make else count
        raise self.refused(bound)

    def keep(self, bound: Bound) -> Value:
        """The value as it is written, when it is of this kind: a block's `k` is 3 until an op takes it."""
        self.accept(bound)
        return bound.value

    def counted(self, value: Value, bound: Bound) -> Num:
        if isinstance(value, (bool, Word)):
            raise self.refused(bound)
        if isinstance(value, Fraction):
            raise SpecError(
                f"{show(value)} is not a whole number",
                bound.mark,
                "`//` divides and rounds down; floor(), ceil() and make_divisible() round",
            )
        if isinstance(value, int) and self.least is not None and value < self.least:
            raise SpecError(f"{value} is less than {self.least}", bound.mark)
        return value

    def refused(self, bound: Bound) -> SpecError:
        value = bound.value
        return SpecError(f"{show(value)}, {kind_of(value)}, is not {self.says}", bound.mark)


def _hw(parts: tuple[Num, ...]) -> HW:
    return HW(parts[0], parts[-1])


def _pad(parts: tuple[Num, ...]) -> Pad:
    """n: on every side; [rows, columns]: on both sides each; [top, bottom, left, right]."""
    if len(parts) == 4:
        return Pad("explicit", *parts)
    return Pad("explicit", parts[0], parts[0], parts[-1], parts[-1])


def word(*names: str) -> Kind:
    return Kind("word", f"one of {', '.join(sorted(names))}", words=frozenset(names))


COUNT = Kind("count", "a count", least=1)
COUNT0 = Kind("count0", "a count or 0", least=0)
NUMBER = Kind("number", "a number")
SWITCH = Kind("switch", "a switch (true or false)")
SIZE = Kind("size", "a count or [height, width]", lists=(2,), least=1, make=_hw)
OFFSET = Kind("offset", "a count, 0 or [height, width]", lists=(2,), least=0, make=_hw)
PADDING = Kind(
    "padding",
    "same, valid, half, batched, a count, [rows, columns] or [top, bottom, left, right]",
    lists=(2, 4),
    least=0,
    words=WORDS["padding"],
    make=_pad,
)
ACTIVATION = word(*WORDS["activation"])
ROUNDING = word(*WORDS["rounding"])
INTERPOLATION = word(*WORDS["interpolation"])
PATHS = Kind("paths", "a path of an earlier layer, or a list of them", paths=True)

# The kinds a block may name for an argument of its own.
KINDS = {
    "count": COUNT0,
    "number": NUMBER,
    "switch": SWITCH,
    "size": SIZE,
    "padding": PADDING,
    "activation": ACTIVATION,
    "rounding": ROUNDING,
    "interpolation": INTERPOLATION,
}


class Param(NamedTuple):
    """One field of an op or argument of a block."""

    name: str
    kind: Kind
    default: str | None = None  # an expression over the params before it; None: it must be given
    help: str = ""
