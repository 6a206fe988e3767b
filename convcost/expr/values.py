"""The values of the language: exact numbers, switches and words; how they compare and are written."""

from __future__ import annotations

import operator
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from typing import NamedTuple, TypeAlias

from convcost import num
from convcost.errors import Mark
from convcost.limits import Limits
from convcost.num import Num


class Word(str):
    """A reserved constant such as `relu6` or `same`: equal to words alone, no number."""

    __slots__ = ()


Value: TypeAlias = Num  # an int, Fraction, bool or Word (or the symbol that stands for a number)

# The constants of the language; a name of the user's may not be one of them.
WORDS: dict[str, frozenset[str]] = {
    "activation": frozenset(
        ["relu", "relu6", "leaky_relu", "sigmoid", "tanh", "swish", "gelu", "hard_sigmoid", "hard_swish"]
    ),
    "padding": frozenset(("same", "valid", "half", "batched")),
    "rounding": frozenset(("down", "up", "caffe")),
    "join": frozenset(("add", "concat", "mul", "none")),
    "interpolation": frozenset(("nearest", "bilinear")),
}
SWITCHES = {"true": True, "false": False}
RESERVED = frozenset().union(*WORDS.values(), SWITCHES)


class Bound(NamedTuple):
    """A value and the place where it was written, which a bare pass-through keeps."""

    value: Value
    mark: Mark


def show(value: Value) -> str:
    """A value as the language writes it."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(show, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Fraction):
        return decimal(value)
    return str(value)


def decimal(value: Fraction) -> str:
    """0.35 for 7/20, 1/3 for 1/3: the decimal where it ends, else the fraction."""
    rest, twos, fives = value.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1:
        return f"{value.numerator}/{value.denominator}"
    places = max(twos, fives)
    digits = f"{abs(value.numerator) * 10**places // value.denominator:0{places + 1}d}"
    text = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return f"-{text}" if value < 0 else text


def two_places(value: Fraction) -> str:
    """7.89: to the nearest hundredth."""
    hundredths = abs(round(value * 100))
    return f"{'-' if value < 0 else ''}{hundredths // 100}.{hundredths % 100:02d}"


def kind_of(value: Value) -> str:
    if isinstance(value, bool):
        return "a switch"
    if isinstance(value, tuple):
        return "a list"
    return "a word" if isinstance(value, Word) else "a number"


_ORDER: dict[str, Callable[[Num, Num], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def compare(relation: str, left: Num, right: Num) -> bool:
    """The truth of a relation between two exact numbers."""
    return _ORDER[relation](left, right)


def check_digits(value: Value, where: Mark | None, limits: Limits) -> Value:
    """The value, with a fraction that is whole as an int, when it has no more digits than the cap."""
    if isinstance(value, Fraction):
        value = num.whole(value)
    if isinstance(value, (int, Fraction)):
        over = _power(min(limits.digits, MOST_DIGITS))
        if not (-over < value.numerator < over and value.denominator < over):
            raise limits.exceeded("digits", where)
    return value


@cache
def _power(digits: int) -> int:
    return int(10**digits)


# However far the cap is raised: products of a few such numbers must still be ones that Python prints.
MOST_DIGITS = 500
