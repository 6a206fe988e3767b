"""An independent witness: what a layer costs, counted one by one in loops.

Nothing here comes from the package, and no count is a formula: a window slides, a kernel lies on
every place it may, and each multiply-add, weight and element that turns up is counted. For small maps.
Functions are called like the ops, and their defaults are the ones the language states.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import product

Map = tuple[int, int, int]  # channels, height, width
Pair = tuple[int, int]  # down, across
Pad = str | tuple[int, int, int, int]  # same, valid, half; or rows above, below, columns left, right


class Refused(Exception):
    """There is no such layer."""


@dataclass(frozen=True)
class Count:
    """What the loops found in one layer, for one image."""

    output: Map
    memory: str  # the class its traffic belongs to: conv, elementwise, other or free
    madds: int = 0
    contraction: str = ""  # what the multiply-adds are of: conv, conv_transpose or linear
    ops: dict[str, int] = field(default_factory=dict)
    weights: int = 0
    biases: int = 0
    norm_affine: int = 0
    norm_stats: int = 0
    reads: int = 0
    writes: int = 0
    weight_reads: int = 0


PARAMS = ("weights", "biases", "norm_affine", "norm_stats")
KEYS = ("madds", *PARAMS, "conv", "elementwise", "other", "reads", "writes", "weight_reads")


def totals(counts: Iterable[Count], batch: int = 1) -> dict[str, object]:
    """The sum over layers, key by key: maps and work once for each image, parameters once."""
    sums: Counter[str] = Counter()
    ops: Counter[str] = Counter()
    contractions: Counter[str] = Counter()
    for count in counts:
        for _ in range(batch):
            sums.update(madds=count.madds, reads=count.reads, writes=count.writes)
            sums.update({count.memory: count.reads + count.writes})
            ops.update(count.ops)
            contractions.update({count.contraction: count.madds})
        sums.update({key: getattr(count, key) for key in PARAMS})
        sums.update({count.memory: count.weight_reads, "weight_reads": count.weight_reads})
    return {
        **{key: sums[key] for key in KEYS},
        "ops": {kind: n for kind, n in ops.items() if n},
        "contractions": {kind: n for kind, n in contractions.items() if n},
    }


def elements(x: Map) -> int:
    return len({(c, y, z) for c in range(x[0]) for y in range(x[1]) for z in range(x[2])})


# ------------------------------------------------------------------------------ windows


def taps(k: int, d: int) -> list[int]:
    """The rows a dilated kernel touches, counted from its first."""
    return [d * i for i in range(k)]


def sides(pad: Pad, k: Pair, d: Pair) -> tuple[Pair, Pair]:
    """Rows before and after, columns before and after; `half` is half the rows a kernel spans."""
    if pad == "half":
        down, across = (len(range(taps(k[i], d[i])[-1] + 1)) // 2 for i in (0, 1))
        return (down, down), (across, across)
    if isinstance(pad, str):
        return (0, 0), (0, 0)
    return (pad[0], pad[1]), (pad[2], pad[3])


def slide(n: int, k: int, s: int, d: int, around: Pair, rounding: str, padded: bool) -> list[int]:
    """Where windows start, in rows of the map: from the first row of padding, every s rows."""
    before, after = around
    rows = set(range(-before, n + after))
    found, start = [], -before
    while start + taps(k, d)[-1] in rows:
        found.append(start)
        start += s
    # A row lies behind the window before this one; before the first, one would start outside the padding.
    partial = start - s + taps(k, d)[-1] + 1 <= max(rows)
    if rounding != "down" and partial and (start < n or (rounding == "caffe" and not padded)):
        found.append(start)
    if not found:
        raise Refused("not one window fits")
    return found


def windows(x: Map, k: Pair, s: Pair, d: Pair, pad: Pad, rounding: str) -> tuple[list[int], list[int]]:
    """The rows and the columns where windows start; `same` is one for every s rows begun."""
    _, h, w = x
    if pad == "same":
        return list(range(0, h, s[0])), list(range(0, w, s[1]))
    down, across = sides(pad, k, d)
    padded = any(rows > 0 for rows in down + across)
    return (
        slide(h, k[0], s[0], d[0], down, rounding, padded),
        slide(w, k[1], s[1], d[1], across, rounding, padded),
    )


# ------------------------------------------------------------------------------ contractions


def deal(channels: int, g: int) -> list[int]:
    """The group of each channel, dealt like cards; every group must get as many as the others."""
    groups = [channel % g for channel in range(channels)]
    if len({groups.count(group) for group in range(g)}) != 1:
        raise Refused("the groups come out unequal")
    return groups


def contract(
    x: Map,
    y: Map,
    places: list[Pair],
    kernel: list[Pair],
    pairs: list[Pair],
    bias: bool,
    what: str = "conv",
) -> Count:
    """One multiply-add for every place, every tap, every pair of a channel in and a channel out."""
    madds, weights = 0, set()
    for _, (dy, dx), (ci, co) in product(places, kernel, pairs):
        madds += 1
        weights.add((co, ci, dy, dx))
    return Count(
        output=y,
        memory="conv",
        madds=madds,
        contraction=what,
        ops={"bias": elements(y)} if bias else {},
        weights=len(weights),
        biases=len({co for _, co in pairs}) if bias else 0,
        reads=elements(x),
        writes=elements(y),
        weight_reads=len(weights),
    )


def lattice(k: Pair, d: Pair) -> list[Pair]:
    return list(product(taps(k[0], d[0]), taps(k[1], d[1])))


def grouped(c: int, out: int, g: int) -> list[Pair]:
    """Channels in and out that share a group."""
    ins, outs = deal(c, g), deal(out, g)
    return [(ci, co) for ci in range(c) for co in range(out) if ins[ci] == outs[co]]


def conv(
    x: Map,
    out: int,
    k: Pair = (1, 1),
    s: Pair = (1, 1),
    g: int = 1,
    pad: Pad = "same",
    d: Pair = (1, 1),
    bias: bool = False,
    rounding: str = "down",
) -> Count:
    rows, columns = windows(x, k, s, d, pad, rounding)
    y = (out, len(rows), len(columns))
    return contract(x, y, list(product(rows, columns)), lattice(k, d), grouped(x[0], out, g), bias)


def dwconv(
    x: Map,
    k: Pair = (3, 3),
    s: Pair = (1, 1),
    pad: Pad = "same",
    d: Pair = (1, 1),
    mult: int = 1,
    bias: bool = False,
    rounding: str = "down",
) -> Count:
    rows, columns = windows(x, k, s, d, pad, rounding)
    numbered = enumerate(ci for ci in range(x[0]) for _ in range(mult))
    pairs = [(ci, co) for co, ci in numbered]
    return contract(
        x, (len(pairs), len(rows), len(columns)), list(product(rows, columns)), lattice(k, d), pairs, bias
    )


def scattered(n: int, k: int, s: int, d: int, around: Pair, more: int) -> list[int]:
    """The rows left of those that n rows are scattered to, s apart, after the padding is cut off."""
    before, after = around
    rows = range(max(y * s + dy for y in range(n) for dy in taps(k, d)) + 1 + more)
    return [row for row in rows if row >= before and row + after in rows]


def conv_transpose(
    x: Map,
    out: int,
    k: Pair,
    s: Pair = (1, 1),
    g: int = 1,
    pad: Pad = "same",
    d: Pair = (1, 1),
    output_pad: Pair = (0, 0),
    bias: bool = False,
) -> Count:
    _, h, w = x
    if pad == "same":
        if output_pad != (0, 0):
            raise Refused("same says the size already")
        rows = [y * s[0] + i for y in range(h) for i in range(s[0])]
        columns = [z * s[1] + i for z in range(w) for i in range(s[1])]
    else:
        down, across = sides(pad, k, d)
        if any(more >= max(pair) for more, *pair in zip(output_pad, s, d, strict=True)):
            raise Refused("rows and columns that no tap reaches")
        rows = scattered(h, k[0], s[0], d[0], down, output_pad[0])
        columns = scattered(w, k[1], s[1], d[1], across, output_pad[1])
    if not rows or not columns:
        raise Refused("the padding takes it all")
    y = (out, len(rows), len(columns))
    return contract(
        x, y, list(product(range(h), range(w))), lattice(k, d), grouped(x[0], out, g), bias, "conv_transpose"
    )


def linear(x: Map, out: int, bias: bool = True) -> Count:
    if x[1:] != (1, 1):
        raise Refused("not a vector")
    pairs = list(product(range(x[0]), range(out)))
    return contract(x, (out, 1, 1), [(0, 0)], [(0, 0)], pairs, bias, "linear")


# ------------------------------------------------------------------------------ pools


def _pool(kind: str, x: Map, k: Pair, s: Pair | None, pad: Pad, d: Pair, rounding: str) -> Count:
    rows, columns = windows(x, k, s or k, d, pad, rounding)
    y = (x[0], len(rows), len(columns))
    covered = sum(1 for _ in product(range(x[0]), rows, columns, *(taps(k[i], d[i]) for i in (0, 1))))
    return _pass(x, y, kind, covered)


def _pass(x: Map, y: Map, kind: str = "", count: int = 0, memory: str = "other") -> Count:
    """One map read and one written, with operations of one kind."""
    return Count(y, memory, ops={kind: count} if kind else {}, reads=elements(x), writes=elements(y))


def max_pool(
    x: Map,
    k: Pair,
    s: Pair | None = None,
    pad: Pad = "valid",
    d: Pair = (1, 1),
    rounding: str = "down",
) -> Count:
    return _pool("max_pool", x, k, s, pad, d, rounding)


def avg_pool(
    x: Map,
    k: Pair,
    s: Pair | None = None,
    pad: Pad = "valid",
    d: Pair = (1, 1),
    rounding: str = "down",
) -> Count:
    return _pool("avg_pool", x, k, s, pad, d, rounding)


def global_avg_pool(x: Map) -> Count:
    return _pass(x, (x[0], 1, 1), "global_avg_pool", elements(x))


def global_max_pool(x: Map) -> Count:
    return _pass(x, (x[0], 1, 1), "global_max_pool", elements(x))


def adaptive_avg_pool(x: Map, out: Pair) -> Count:
    """PyTorch's windows: row i of m averages rows floor(i n / m) to ceil((i + 1) n / m) of n."""
    c, h, w = x
    if out[0] > h or out[1] > w:
        raise Refused("nothing to average")
    covered = 0
    for i, j in product(range(out[0]), range(out[1])):
        rows = range(i * h // out[0], -(-(i + 1) * h // out[0]))
        columns = range(j * w // out[1], -(-(j + 1) * w // out[1]))
        covered += sum(1 for _ in product(range(c), rows, columns))
    return _pass(x, (c, *out), "adaptive_avg_pool", covered)


# ------------------------------------------------------------------------------ element by element


def act(x: Map, kind: str) -> Count:
    return _pass(x, x, kind, elements(x), memory="elementwise")


def softmax(x: Map) -> Count:
    return _pass(x, x, "softmax", elements(x))


def dropout(x: Map, rate: str = "0.5") -> Count:
    assert rate
    return Count(x, "free")


def flatten(x: Map) -> Count:
    return Count((elements(x), 1, 1), "free")


def _norm(x: Map, kind: str, affine: bool, stats: bool) -> Count:
    learned = len([(c, what) for c in range(x[0]) for what in ("scale", "shift")]) if affine else 0
    moving = len([(c, what) for c in range(x[0]) for what in ("mean", "variance")]) if stats else 0
    return Count(
        output=x,
        memory="other",
        ops={kind: elements(x)},
        norm_affine=learned,
        norm_stats=moving,
        reads=elements(x),
        writes=elements(x),
        weight_reads=learned + moving,
    )


def bn(x: Map, affine: bool = True, stats: bool = True) -> Count:
    return _norm(x, "batch_norm", affine, stats)


def layer_norm(x: Map, affine: bool = True) -> Count:
    return _norm(x, "layer_norm", affine, stats=False)


def lrn(x: Map, n: int = 5) -> Count:
    """Each element is held against n channels; at the edges some of them are zeros."""
    return _pass(x, x, "lrn", sum(1 for _ in range(elements(x)) for _ in range(n)))


# ------------------------------------------------------------------------------ joins and moves


def _join(xs: tuple[Map, ...], y: Map, kind: str) -> Count:
    """One operation for each element and each further map; every map is read."""
    if len(xs) < 2:
        raise Refused("nothing to join")
    done = sum(elements(y) for _ in xs[1:])
    return Count(
        y,
        "elementwise",
        ops={kind: done} if kind else {},
        reads=sum(elements(x) for x in xs),
        writes=elements(y),
    )


def add(*xs: Map) -> Count:
    if len(set(xs)) > 1:
        raise Refused("different shapes")
    return _join(xs, xs[0], "add")


def mul(*xs: Map) -> Count:
    if any(x not in (xs[0], (xs[0][0], 1, 1)) for x in xs):
        raise Refused("neither its shape nor a number a channel")
    return _join(xs, xs[0], "mul")


def concat(*xs: Map) -> Count:
    if len({x[1:] for x in xs}) > 1:
        raise Refused("different heights or widths")
    return _join(xs, (len([c for x in xs for c in range(x[0])]), *xs[0][1:]), "")


def _moved(y: Map) -> Count:
    """What goes out is read once and written once."""
    return _pass(y, y, memory="elementwise")


def shuffle(x: Map, g: int) -> Count:
    deal(x[0], g)
    return _moved(x)


def slice(x: Map, out: int, start: int = 0) -> Count:
    if not {start + i for i in range(out)} <= set(range(x[0])):
        raise Refused("channels that are not there")
    return _moved((out, *x[1:]))


def select(x: Map, out: int) -> Count:
    return _moved((out, *x[1:]))


def subsample(x: Map, out: int, s: Pair = (1, 1)) -> Count:
    """Every s-th row and column is kept; channels of zeros come behind the channels there are."""
    c, h, w = x
    if out < c:
        raise Refused("fewer channels than there are")
    kept = [(y, z) for y in range(h) for z in range(w) if y % s[0] == 0 and z % s[1] == 0]
    y = (out, len({row for row, _ in kept}), len({column for _, column in kept}))
    return Count(y, "elementwise", reads=len(list(product(range(c), kept))), writes=elements(y))


def upsample(x: Map, scale: Pair, mode: str = "nearest") -> Count:
    rows = [(y, i) for y in range(x[1]) for i in range(scale[0])]
    columns = [(z, i) for z in range(x[2]) for i in range(scale[1])]
    y = (x[0], len(rows), len(columns))
    return _pass(x, y, f"resize_{mode}", elements(y))


def resize(x: Map, like: Map, mode: str = "nearest") -> Count:
    """The map that gives the size is looked at, not read."""
    y = (x[0], *like[1:])
    return _pass(x, y, f"resize_{mode}", elements(y))
