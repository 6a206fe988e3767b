"""Every sort of window that the language can say, and how one of a sort is drawn.

A sort is what the lane must have met: an op with a padding, a stride or none, a dilation or none, groups, a
rounding and an output padding. `SORTS` are all that mean something; `sort_of` says which a layer is.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from random import Random
from typing import Any, NamedTuple

PADS = ("same", "valid", "half", "n", "[rows, columns]", "[top, bottom, left, right]")
UNEVEN = PADS[-1]


class Sort(NamedTuple):
    """A sort of window.

    A stride is one, more, or own: the window's side. Groups are one, some, or each: one a channel.
    """

    op: str
    pad: str
    stride: str
    dilated: bool
    groups: str = "one"
    rounding: str = "down"
    more: bool = False  # an output padding

    @property
    def possible(self) -> bool:
        if self.pad == "batched":
            return self.stride == "one" and self.rounding == "down"
        if self.rounding != "down":
            # `same` knows no partial window; between unequal paddings only ONNX rounds up: test_windows.py.
            return self.pad not in ("same", UNEVEN)
        if self.more:
            return self.pad != "same" and (self.stride == "more" or self.dilated)
        return True


ROUNDINGS = ("down", "up", "caffe")
GROUPS = ("one", "some", "each")
BOTH = (False, True)


def _all() -> Iterator[Sort]:
    for pad, stride, dilated in product((*PADS, "batched"), ("one", "more", "own"), BOTH):
        for rounding in ROUNDINGS:
            if pad != "batched":
                yield Sort("max_pool", pad, stride, dilated, "one", rounding)
                yield Sort("avg_pool", pad, stride, dilated, "one", rounding)
            if stride != "own":
                yield Sort("dwconv", pad, stride, dilated, "each", rounding)
                yield from (Sort("conv", pad, stride, dilated, groups, rounding) for groups in GROUPS)
        if stride != "own" and pad != "batched":
            for groups, more in product(GROUPS, BOTH):
                yield Sort("conv_transpose", pad, stride, dilated, groups, more=more)


SORTS = tuple(sort for sort in _all() if sort.possible)


# ------------------------------------------------------------------------------ what a layer is


def numbers(value: Any) -> tuple[int, ...]:
    return tuple(value) if isinstance(value, (list, tuple)) else (value,)


def sort_of(op: str, fields: dict[str, Any], channels: int) -> Sort:
    """The sort of a layer whose every field is said."""
    pad, g = fields["pad"], fields.get("g", channels if op == "dwconv" else 1)
    word = pad if isinstance(pad, str) else {1: "n", 2: PADS[4], 4: UNEVEN}[len(numbers(pad))]
    ones = set(numbers(fields.get("s", 0))) == {1}
    return Sort(
        op,
        word,
        "own" if "s" not in fields else "one" if ones else "more",
        max(numbers(fields["d"])) > 1,
        "one" if g == 1 and op != "dwconv" else "each" if g == channels else "some",
        fields.get("rounding", "down"),
        max(numbers(fields.get("output_pad", 0))) > 0,
    )


# ------------------------------------------------------------------------------ drawing one


def draw(rng: Random, sort: Sort, channels: int) -> dict[str, Any]:
    """Fields of a window of this sort. They may fit no map: then another is drawn."""
    fields: dict[str, Any] = {"k": side(rng, 1, 4), "pad": padding(rng, sort.pad), "d": 1}
    if sort.dilated:
        fields["d"] = beyond_one(rng, 3)
    if sort.stride != "own":
        fields["s"] = 1 if sort.stride == "one" else beyond_one(rng, 3)
    if sort.op in ("conv", "conv_transpose"):
        fields |= grouped(rng, sort.groups, channels)
    if sort.op in ("conv", "dwconv", "conv_transpose"):
        fields["bias"] = rng.random() < 0.5
    if sort.op == "dwconv":
        fields["mult"] = rng.choice((1, 1, 2, 3))
    if sort.op == "conv_transpose":
        fields["output_pad"] = rng.choice((1, [0, 1], [1, 0], 2)) if sort.more else 0
    else:
        fields["rounding"] = sort.rounding
    return fields


def side(rng: Random, least: int, most: int) -> int | list[int]:
    """3, or [3, 5]."""
    one, other = rng.randint(least, most), rng.randint(least, most)
    return one if rng.random() < 0.5 else [one, other]


def beyond_one(rng: Random, most: int) -> int | list[int]:
    """A stride or a dilation that is one: more than 1 in at least one direction."""
    while max(numbers(drawn := side(rng, 1, most))) == 1:
        pass
    return drawn


def padding(rng: Random, word: str) -> Any:
    rows = [rng.randint(0, 2) for _ in range(4)]
    return {"n": rng.randint(0, 3), PADS[4]: rows[:2], UNEVEN: rows}.get(word, word)


def grouped(rng: Random, groups: str, channels: int) -> dict[str, int]:
    """Groups, and channels out that they divide."""
    some = [g for g in range(2, channels) if channels % g == 0]
    g = {"one": 1, "each": channels}.get(groups) or rng.choice(some or [0])
    return {"g": g, "out": g * rng.randint(1, max(1, 12 // g)) if g else 1}
