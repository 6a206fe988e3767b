"""What an op is: fields, a check, a shape rule and a cost, over plain named sizes.

`check` sees ints and may branch; `shape` and `cost` are branch-free arithmetic (`convcost.num`), so
that the same lines run on ints, SymPy symbols and arrays. Shapes are (c, h, w) of one image.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from convcost.num import Num
from convcost.params import Param


class Shape(NamedTuple):
    """Channels, height and width of one feature map."""

    c: Num
    h: Num
    w: Num

    @property
    def size(self) -> Num:
        return self.c * self.h * self.w

    def __str__(self) -> str:
        return "×".join(str(side) for side in self)


class Cost(NamedTuple):
    """What one op costs for one image.

    `madds` are multiply-adds of contractions; `ops` everything else by kind, in operations of that
    kind (docs/counts.md); `reads` and `writes` are elements of feature maps, `weight_reads` elements
    of parameters. Parameters stand apart by kind.
    """

    madds: Num = 0
    ops: Mapping[str, Num] = {}
    weights: Num = 0
    biases: Num = 0
    norm_affine: Num = 0
    norm_stats: Num = 0
    reads: Num = 0
    writes: Num = 0
    weight_reads: Num = 0


class OpRefusal(Exception):
    """A check's no: the field at fault ("" for the inputs), the reason, what to write instead."""

    def __init__(self, field: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.field, self.message, self.hint = field, message, hint


class Op(NamedTuple):
    """A primitive op. `memory` is the class its traffic is counted in: conv, elementwise or other."""

    name: str
    help: str
    params: tuple[Param, ...]
    memory: str
    shape: Callable[..., Shape]
    cost: Callable[..., Cost]
    check: Callable[..., None]
    inputs: tuple[int, int | None]  # fewest and most inputs
    kinds: tuple[str, ...]  # the kinds `Cost.ops` may hold
    contraction: str  # what its multiply-adds are counted as: conv, linear ..., or "" where it has none
    calls: tuple[str, ...]  # how code may call it, the usual way first; tools see some of them only
    sort: str  # one of SORTS
    fuses: bool  # an engine can compute it on the way out of the contraction before it

    @property
    def work(self) -> tuple[str, ...]:
        """The kinds of work it may do; one that only moves elements is a kind of its own."""
        return ((self.contraction,) if self.contraction else ()) + self.kinds or (self.name,)

    @property
    def main(self) -> Param | None:
        """The field that a short form gives: `linear: classes`."""
        return self.params[0] if self.params else None

    def describe(self, fields: Mapping[str, Any]) -> str:
        """The fields that differ from their defaults, as a spec would write them."""
        texts = {p.name: field_text(fields[p.name]) for p in self.params if p.name in fields}
        defaults = {p.name: texts.get(p.default or "", p.default) for p in self.params}
        return " ".join(f"{name}={text}" for name, text in texts.items() if text != defaults[name])


def field_text(value: Any) -> str:
    """3, 3x5, true: a field as text."""
    from convcost.expr import show
    from convcost.params import HW, Pad

    if isinstance(value, HW):
        return show(value.h) if value.h == value.w else f"{show(value.h)}x{show(value.w)}"
    if isinstance(value, Pad):
        sides = value[1:]
        if value.mode != "explicit":
            return value.mode
        return show(sides[0]) if len(set(sides)) == 1 else ",".join(show(side) for side in sides)
    return show(value)


OPS: dict[str, Op] = {}

# What papers sum up under one word: "norms are not counted".
SORTS = ("contraction", "norm", "activation", "pool", "join", "resize", "move")


def nothing_to_check(*_: Any, **__: Any) -> None:
    """For an op whose fields' kinds say all there is."""


def op(
    name: str,
    help: str,
    *params: Param,
    memory: str,
    shape: Callable[..., Shape],
    cost: Callable[..., Cost],
    check: Callable[..., None] = nothing_to_check,
    inputs: tuple[int, int | None] = (1, 1),
    kinds: tuple[str, ...] = (),
    contraction: str = "",
    calls: tuple[str, ...] = ("module", "function"),
    sort: str = "",
    fuses: bool = False,
) -> Op:
    """Register an op; a second one of the same name is our bug."""
    if name in OPS:
        raise ValueError(f"op {name!r} is registered twice")
    if memory not in ("conv", "elementwise", "other", "free"):
        raise ValueError(f"op {name!r}: unknown memory class {memory!r}")
    sort = sort or ("contraction" if contraction else "" if kinds else "move")
    if sort not in SORTS:
        raise ValueError(f"op {name!r} says what it counts, and not what sort of op it is")
    OPS[name] = Op(
        name, help, params, memory, shape, cost, check, inputs, kinds, contraction, calls, sort, fuses
    )
    return OPS[name]


def same_shape(x: Shape, **_: Any) -> Shape:
    return x


def free(*_: Any, **__: Any) -> Cost:
    """Stated: no arithmetic, no parameters, and no traffic, since no element is moved."""
    return Cost()
