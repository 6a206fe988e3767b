"""Random graphs: a window of the next sort, lines of every kind that a spec has, perhaps a classifier."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from growth import Graph, Growth, Line
from in_torch import ACTIVATIONS, Unfit
from windows import SORTS, Sort, draw


def grow(seed: int) -> Graph:
    """The graph of this number. Each begins with the next sort of window, so that every sort is met."""
    g = Growth(seed)
    g.line(lambda: window(g, SORTS[seed % len(SORTS)]))
    for _ in range(g.rng.randint(2, 7)):
        g.line(lambda: g.rng.choice(LINES)(g))
    if g.chance(0.5):
        pool = g.rng.choice(("flatten", "global_avg_pool", "global_max_pool"))
        g.line(lambda: g.put(pool))
        g.line(lambda: g.put("linear", {"out": g.rng.randint(1, 9), "bias": g.chance(0.7)}))
        g.line(lambda: g.put("softmax"))
    return g.graph()


# ------------------------------------------------------------------------------ one layer


def window(g: Growth, sort: Sort | None = None) -> Line:
    sort = sort or g.rng.choice(SORTS)
    return g.put(sort.op, draw(g.rng, sort, g.channels))


def divisor(rng: Random, c: int) -> int:
    return rng.choice([g for g in range(1, c + 1) if c % g == 0])


def part(rng: Random, c: int) -> dict[str, int]:
    """Some neighbouring channels."""
    first = rng.randint(0, c - 1)
    return {"out": rng.randint(1, c - first), "start": first}


STRIDES = (1, 2, 3, [1, 2], [3, 2])
MODES = ("nearest", "bilinear")
POINTWISE: list[Callable[[Growth], Line]] = [  # they leave height and width
    lambda g: g.put("conv", {"out": g.rng.randint(1, 12), "k": 1}),
    lambda g: g.put("act", {"kind": g.rng.choice([*ACTIVATIONS])}),
    # PyTorch normalises no single number by its own mean.
    lambda g: g.put("bn", {"affine": g.chance(0.7), "stats": g.chance(0.7) or g.map[:, 0].numel() == 1}),
    lambda g: g.put("layer_norm", {"affine": g.chance(0.7)}),
    lambda g: g.put("lrn", {"n": g.rng.randint(1, 6)}),
    lambda g: g.put("softmax"),
    lambda g: g.put("dropout", {"rate": g.rng.choice((0.2, 0.5))}),
    lambda g: g.put("shuffle", {"g": divisor(g.rng, g.channels)}),
    lambda g: g.put("slice", part(g.rng, g.channels)),
    lambda g: g.put("select", {"out": g.rng.randint(1, 14)}),
]
RESHAPING: list[Callable[[Growth], Line]] = [
    lambda g: g.put("subsample", {"out": g.channels + g.rng.randint(0, 4), "s": g.rng.choice(STRIDES)}),
    lambda g: g.put("upsample", {"scale": g.rng.choice(STRIDES), "mode": g.rng.choice(MODES)}),
    lambda g: g.put("adaptive_avg_pool", {"out": [g.rng.randint(1, g.map.shape[i]) for i in (2, 3)]}),
]


def pointwise(g: Growth) -> Line:
    return g.rng.choice(POINTWISE)(g)


def keeping(g: Growth) -> Line:
    """A layer that leaves height, width and channels."""
    rng, c = g.rng, g.channels
    odd = {
        "k": rng.choice((1, 3, [1, 3], [5, 1])),
        "s": 1,
        "pad": rng.choice(("same", "half")),
        "d": rng.choice((1, 2)),
    }
    drawn: dict[str, dict[str, Any]] = {
        "conv": {"out": c, "g": divisor(rng, c), **odd},
        "dwconv": odd,
        "max_pool": odd,
        "avg_pool": odd,
        "act": {"kind": rng.choice([*ACTIVATIONS])},
        "bn": {"affine": g.chance(0.7), "stats": True},
    }
    op = rng.choice([*drawn])
    return g.put(op, drawn[op])


# ------------------------------------------------------------------------------ structures


def path(g: Growth, s: int = 1, out: int | None = None) -> list[Line]:
    """Lines from here, with a stride in all, and `out` channels at their end if that is said."""
    lines = [pointwise(g) for _ in range(g.rng.randint(0, 2))]
    if s > 1:
        op = g.rng.choice(("conv", "dwconv", "max_pool", "avg_pool"))
        more = {"out": g.rng.randint(1, 8)} if op == "conv" else {}
        lines.append(g.put(op, {"k": g.rng.choice((2, 3, 5)), "s": s, "pad": "same", **more}))
    if out is not None and (g.channels != out or g.chance(0.5)):
        lines.append(g.put("conv", {"out": out, "bias": g.chance(0.5)}))
    return lines


def meet(g: Growth, op: str, starts: list[int], grow: Callable[[], list[Line]]) -> dict[str, list[Line]]:
    """Paths from these maps, and the join where they meet."""
    paths, ends = {}, []
    for name, start in zip("abc", starts, strict=False):
        g.here = start
        paths[name] = grow()
        ends.append(g.here)
    g.here = ends[0]
    g.put(op, {}, *ends[1:])
    return paths


def branches(g: Growth) -> Line:
    s, out = g.rng.choice((1, 1, 2, 3)), g.rng.randint(1, 8)
    op = g.rng.choice(("concat", "add", "mul"))
    starts = [g.here] * g.rng.randint(2, 3)
    paths = meet(g, op, starts, lambda: path(g, s, None if op == "concat" else out))
    return {"branches": {"join": op, "paths": paths}}


def split(g: Growth) -> Line:
    start, c = g.here, g.channels
    if c < 2:
        raise Unfit("one channel")
    op = g.rng.choice(("concat", "add", "mul")) if c % 2 == 0 else "concat"
    cut = g.rng.randint(1, c - 1) if op == "concat" else c // 2
    parts = []
    for out, first in ((cut, 0), (c - cut, cut)):
        g.here = start
        g.put("slice", {"out": out, "start": first})
        parts.append(g.here)
    paths = meet(g, op, parts, lambda: [keeping(g) for _ in range(g.rng.randint(0, 2))])
    return {"split": {"sizes": [cut, c - cut], "join": op, "paths": paths}}


def short(g: Growth, key: str, op: str, grow: Callable[[], list[Line]]) -> Line:
    """The identity and one path, which does something."""
    start = g.here
    lines = grow()
    if g.here == start:
        lines.append(keeping(g))
    ended, g.here = g.here, start
    g.put(op, {}, ended)
    return {key: lines}


def residual(g: Growth) -> Line:
    return short(g, "residual", "add", lambda: path(g, out=g.channels))


def dense(g: Growth) -> Line:
    return short(g, "dense", "concat", lambda: path(g))


def gate(g: Growth) -> Line:
    c, weighing = g.channels, g.rng.choice(("linear", "conv"))

    def squeeze() -> list[Line]:
        return [
            g.put(g.rng.choice(("global_avg_pool", "global_max_pool"))),
            g.put(weighing, {"out": g.rng.randint(1, 6)}),
            g.put("act", {"kind": "relu"}),
            g.put(weighing, {"out": c, "bias": g.chance(0.5)}),
            g.put("act", {"kind": g.rng.choice(("sigmoid", "hard_sigmoid"))}),
        ]

    return short(g, "gate", "mul", squeeze)


def repeated(g: Growth) -> Line:
    """The same layer, or two, again and again; each copy has parameters of its own."""
    n, first = g.rng.randint(2, 3), len(g.steps)
    lines = [keeping(g) for _ in range(g.rng.randint(1, 2))]
    for step in g.steps[first:] * (n - 1):
        g.put(step.op, step.fields)
    return {"layers": lines, "repeat": n}


# ------------------------------------------------------------------------------ taps


def tapped(g: Growth) -> Line:
    """A join with earlier maps."""
    shape = g.map.shape
    op = g.rng.choice(("add", "mul", "concat"))
    names = [name for name, i in g.names.items() if joins(op, shape, g.maps[i].shape)]
    if not names:
        raise Unfit("nothing to meet")
    others = [g.rng.choice(names) for _ in range(g.rng.randint(1, 2))]
    g.put(op, {}, *(g.names[name] for name in others))
    return {op: others[0] if len(others) == 1 else others}


def joins(op: str, x: Any, y: Any) -> bool:
    if op == "concat":
        return bool(x[2:] == y[2:])
    return bool(x == y or (op == "mul" and (y[1], y[2], y[3]) == (x[1], 1, 1)))


def resized(g: Growth) -> Line:
    like = g.rng.choice([*g.names])
    said = g.put("resize", {"mode": g.rng.choice(MODES)}, g.names[like])
    return {"resize": {"like": like, **said["resize"]}}


def elsewhere(g: Growth) -> Line:
    """A layer that reads an earlier map; what was here is an output if nobody else reads it."""
    name = g.rng.choice([*g.names])
    g.here = g.names[name]
    return {**pointwise(g), "from": name}


def aside(g: Growth) -> Line:
    """A head: the flow goes on without it."""
    start = g.here
    said = g.put("conv", {"out": g.rng.randint(1, 6), "bias": True})
    g.here = start
    return {**said, "aside": True}


def shared(g: Growth) -> Line:
    """A convolution with the parameters of an earlier one."""
    fits = [
        name
        for name, step in g.single.items()
        if step.op in ("conv", "dwconv", "conv_transpose")
        and not step.shares
        and g.maps[step.inputs[0]].shape[1] == g.channels
    ]
    if not fits:
        raise Unfit("nothing to share")
    name = g.rng.choice(fits)
    step = g.single[name]
    return {**g.put(step.op, step.fields, shared=step.layer), "share": name}


STRUCTURES = [residual, dense, gate, branches, split, repeated]
TAPS = [tapped, resized, elsewhere, aside, shared]
LINES = [*[window] * 10, *POINTWISE, *RESHAPING, *STRUCTURES, *TAPS]
