"""Every op against a witness that counts in loops, on hundreds of small layers and on whole networks."""

from __future__ import annotations

import json
from itertools import product
from typing import Any, NamedTuple

import pytest
import witness as w
from hypothesis import given, settings
from hypothesis import strategies as st

from convcost import SpecError, loads, report
from convcost.cost import Tally, walk
from convcost.graph import Graph, Node
from convcost.ops import OPS, OpRefusal, Shape
from convcost.params import HW, Pad

few = settings(max_examples=80, deadline=None, derandomize=True, database=None)


class Written(NamedTuple):
    """A field as a spec writes it, and what it means to the witness."""

    text: object
    value: object


def spec(x: w.Map, *lines: str) -> str:
    return f"name: small\ninput: {list(x)}\nnetwork:\n" + "".join(f"  - {line}\n" for line in lines)


def told(tally: Tally) -> dict[str, object]:
    """What the package counted, under the witness's names."""
    return {key: getattr(tally, key) for key in w.totals([])}


# ------------------------------------------------------------------------------ one layer


def one(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Written]:
    return strategy.map(lambda value: Written(value, value))


def count(least: int, most: int) -> st.SearchStrategy[Written]:
    return one(st.integers(least, most))


def size(least: int, most: int) -> st.SearchStrategy[Written]:
    """3 or [3, 5]."""
    side = st.integers(least, most)
    return side.map(lambda n: Written(n, (n, n))) | st.tuples(side, side).map(lambda hw: Written(hw, hw))


rows = st.integers(0, 3)
pad = (
    one(st.sampled_from(["same", "valid", "half"]))
    | rows.map(lambda n: Written(n, (n, n, n, n)))
    | st.tuples(rows, rows).map(lambda hw: Written(hw, (hw[0], hw[0], hw[1], hw[1])))
    | st.tuples(rows, rows, rows, rows).map(lambda four: Written(four, four))
)
switch = one(st.booleans())
out, kernel, stride, dilation, groups = count(1, 6), size(1, 4), size(1, 3), size(1, 2), count(1, 3)
rounding = one(st.sampled_from(["down", "up", "caffe"]))
mode = one(st.sampled_from(["nearest", "bilinear"]))
activation = one(st.sampled_from(["relu", "hard_swish", "sigmoid"]))

maps = st.tuples(st.integers(1, 6), st.integers(1, 7), st.integers(1, 7))
vectors = st.tuples(st.integers(1, 6), st.integers(1, 2), st.just(1))

window = {"s": stride, "pad": pad, "d": dilation, "rounding": rounding}
Fields = dict[str, st.SearchStrategy[Written]]

# Each op: the maps it is shown, the fields it must be given, the fields that have defaults.
LAYERS: dict[str, tuple[st.SearchStrategy[w.Map], Fields, Fields]] = {
    "conv": (maps, {"out": out}, {**window, "k": kernel, "g": groups, "bias": switch}),
    "dwconv": (maps, {}, {**window, "k": kernel, "mult": count(1, 3), "bias": switch}),
    "conv_transpose": (
        maps,
        {"out": out, "k": kernel},
        {"s": stride, "g": groups, "pad": pad, "d": dilation, "output_pad": size(0, 1), "bias": switch},
    ),
    "linear": (vectors, {"out": out}, {"bias": switch}),
    "max_pool": (maps, {"k": kernel}, window),
    "avg_pool": (maps, {"k": kernel}, window),
    "adaptive_avg_pool": (maps, {"out": size(1, 6)}, {}),
    "global_avg_pool": (maps, {}, {}),
    "global_max_pool": (maps, {}, {}),
    "act": (maps, {"kind": activation}, {}),
    "softmax": (maps, {}, {}),
    "dropout": (maps, {}, {"rate": one(st.just("0.2"))}),
    "bn": (maps, {}, {"affine": switch, "stats": switch}),
    "layer_norm": (maps, {}, {"affine": switch}),
    "lrn": (maps, {}, {"n": count(1, 5)}),
    "shuffle": (maps, {"g": groups}, {}),
    "slice": (maps, {"out": out}, {"start": count(0, 5)}),
    "select": (maps, {"out": count(1, 9)}, {}),
    "subsample": (maps, {"out": count(1, 9)}, {"s": stride}),
    "upsample": (maps, {"scale": size(1, 3)}, {"mode": mode}),
    "flatten": (maps, {}, {}),
}
JOINS = ("add", "concat", "mul", "resize")


def test_every_op_has_a_witness() -> None:
    assert {*LAYERS, *JOINS} == set(OPS)
    assert all(callable(getattr(w, op)) for op in OPS)


def test_every_count_has_a_witness() -> None:
    assert set(Tally._fields) <= w.totals([]).keys()


@pytest.mark.parametrize("op", LAYERS)
@few
@given(data=st.data())
def test_layer(op: str, data: st.DataObject) -> None:
    """The same output and the same counts, or a no from both."""
    shapes, required, optional = LAYERS[op]
    x = data.draw(shapes, "input")
    fields = data.draw(st.fixed_dictionaries(required, optional=optional), "fields")
    line = json.dumps({op: {name: field.text for name, field in fields.items()}})
    try:
        expected = getattr(w, op)(x, **{name: field.value for name, field in fields.items()})
    except w.Refused:
        with pytest.raises(SpecError):
            report(loads(spec(x, line)))
        return
    found = report(loads(spec(x, line)))
    assert found.graph.nodes[-1].output == expected.output
    assert told(found.totals) == w.totals([expected])


# ------------------------------------------------------------------------------ joins

small = st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(1, 4))


@st.composite
def meeting(draw: st.DrawFn) -> list[w.Map]:
    """A map and others, of which most go with it in one way or another."""
    c, h, v = draw(small)
    like = st.sampled_from([(c, h, v), (c, h, v), (c, 1, 1), (c + 1, h, v)])
    return [(c, h, v), *draw(st.lists(like, max_size=3) | st.lists(small, max_size=2))]


@pytest.mark.parametrize("op", ["add", "concat", "mul"])
@few
@given(xs=meeting())
def test_join(op: str, xs: list[w.Map]) -> None:
    names = [f"to{i}" for i in range(len(xs))]
    # Each map is cut out of one that is large enough for all.
    cuts = [
        line
        for name, (c, h, v) in zip(names, xs, strict=True)
        for line in (
            f"{{slice: {c}, name: {name}c, from: all}}",
            f"{{adaptive_avg_pool: [{h}, {v}], name: {name}}}",
        )
    ]
    join = f"{{{op}: [{', '.join(names[1:])}], from: to0}}"
    text = spec((5, 4, 4), "{act: relu, name: all}", *cuts, join)
    try:
        expected = getattr(w, op)(*xs)
    except w.Refused:
        with pytest.raises(SpecError):
            report(loads(text))
        return
    last = report(loads(text)).rows[-1]
    assert last.node.op == op
    assert last.node.output == expected.output
    assert told(last.tally) == w.totals([expected])


@few
@given(x=maps, like=maps, how=mode)
def test_resize(x: w.Map, like: w.Map, how: Written) -> None:
    expected = w.resize(x, like, str(how.value))
    node = Node("it", "resize", {"mode": how.value}, (0, 1), Shape(*expected.output))
    rows = walk(Graph((Shape(*x), Shape(*like)), (node,), (2,)))
    assert told(rows[0].tally) == w.totals([expected])


# ------------------------------------------------------------------------------ every small window


@pytest.mark.parametrize("rounding", ["down", "up", "caffe"])
@pytest.mark.parametrize("mode", ["same", "valid", "half", "explicit"])
def test_every_small_window(rounding: str, mode: str) -> None:
    """All maps to 7, kernels to 4, strides to 4, dilations to 2 and paddings to 3 along one side."""
    pool, wrong, asked = OPS["max_pool"], [], 0
    around = list(product(range(4), repeat=2)) if mode == "explicit" else [(0, 0)]
    for n, k, s, d, (top, bottom) in product(range(1, 8), range(1, 5), range(1, 5), (1, 2), around):
        pad = Pad(mode, top, bottom)
        fields = {"k": HW(k, 1), "s": HW(s, 1), "d": HW(d, 1), "pad": pad, "rounding": rounding}
        meant: w.Pad = (top, bottom, 0, 0) if mode == "explicit" else mode
        x = Shape(1, n, 1)
        try:
            expected = w.max_pool((1, n, 1), (k, 1), (s, 1), meant, (d, 1), rounding).output
        except w.Refused:
            expected = None
        try:
            pool.check(x, **fields)
            found = pool.shape(x, **fields)
        except OpRefusal:
            found = None
        asked += 1
        if found != expected:
            wrong.append((n, k, s, d, tuple(pad), found, expected))
    assert asked == 7 * 4 * 4 * 2 * len(around)
    assert wrong == []


@pytest.mark.parametrize(
    ("pad", "output"), [("0", (1, 3, 3)), ("[0, 1]", (1, 2, 3)), ("[1, 0]", (1, 3, 2)), ("1", (1, 3, 3))]
)
def test_caffe_clips_both_sides_where_either_is_padded(pad: str, output: w.Map) -> None:
    """BVLC/caffe, pooling_layer.cpp: `if (pad_h_ || pad_w_)`, and then height and width are clipped."""
    line = f"max_pool: {{k: 1, s: 2, pad: {pad}, rounding: caffe}}"
    assert report(loads(spec((1, 4, 4), line))).graph.nodes[-1].output == output


# ------------------------------------------------------------------------------ whole networks

# One of everything: what flows is written beside each line.
EVERYTHING = """
name: everything
input: [4, 9, 10]
network:
  - {conv: {out: 8, k: 3, s: 2, bias: true}, name: stem}               # 8x5x5
  - bn
  - act: relu
  - residual:
      - {conv: {out: 8, k: [3, 1], g: 4}, name: grouped}
      - {act: relu6, name: between}
      - {dwconv: {d: 2}, name: dilated}
  - branches:
      join: concat                                                     # 8 + 4 + 8 + 2 = 22
      paths:
        same: []
        wide: [conv: {out: 4, k: 3}]
        pooled: [max_pool: {k: 3, s: 1, pad: 1}]
        narrow: [{dwconv: {k: 1, mult: 2}}, {select: 2}]
  - split:
      sizes: [6, 16]
      join: concat
      paths:
        left: []
        right: [dwconv: {k: [1, 3], bias: true}]
  - shuffle: 2
  - gate:
      - global_avg_pool
      - {linear: 5, name: squeeze}
      - {act: relu, name: middle}
      - {linear: 22, name: excite}
      - {act: sigmoid, name: open}
  - {max_pool: {k: 2, rounding: up}, name: ceil}                       # 22x3x3
  - {conv_transpose: {out: 6, k: 3, s: 2, pad: 1, output_pad: 1, g: 2}, name: larger}    # 6x6x6
  - {upsample: {scale: [2, 1], mode: bilinear}, name: taller}          # 6x12x6
  - layer_norm
  - lrn: 3
  - {avg_pool: {k: 3, s: 4, rounding: caffe}, name: caffe}             # 6x4x2
  - {adaptive_avg_pool: [3, 2], name: nearly}                          # 6x3x2
  - flatten
  - dropout
  - {linear: 7, name: classifier}
  - softmax
"""
stem, wide = (8, 5, 5), (22, 5, 5)
EVERYTHING_COUNTS = [
    w.conv((4, 9, 10), 8, (3, 3), (2, 2), bias=True),
    w.bn(stem),
    w.act(stem, "relu"),
    w.conv(stem, 8, (3, 1), g=4),
    w.act(stem, "relu6"),
    w.dwconv(stem, d=(2, 2)),
    w.add(stem, stem),
    w.conv(stem, 4, (3, 3)),
    w.max_pool(stem, (3, 3), (1, 1), (1, 1, 1, 1)),
    w.dwconv(stem, (1, 1), mult=2),
    w.select((16, 5, 5), 2),
    w.concat(stem, (4, 5, 5), stem, (2, 5, 5)),
    w.slice(wide, 6),
    w.slice(wide, 16, 6),
    w.dwconv((16, 5, 5), (1, 3), bias=True),
    w.concat((6, 5, 5), (16, 5, 5)),
    w.shuffle(wide, 2),
    w.global_avg_pool(wide),
    w.linear((22, 1, 1), 5),
    w.act((5, 1, 1), "relu"),
    w.linear((5, 1, 1), 22),
    w.act((22, 1, 1), "sigmoid"),
    w.mul(wide, (22, 1, 1)),
    w.max_pool(wide, (2, 2), rounding="up"),
    w.conv_transpose((22, 3, 3), 6, (3, 3), (2, 2), 2, (1, 1, 1, 1), output_pad=(1, 1)),
    w.upsample((6, 6, 6), (2, 1), "bilinear"),
    w.layer_norm((6, 12, 6)),
    w.lrn((6, 12, 6), 3),
    w.avg_pool((6, 12, 6), (3, 3), (4, 4), rounding="caffe"),
    w.adaptive_avg_pool((6, 4, 2), (3, 2)),
    w.flatten((6, 3, 2)),
    w.dropout((36, 1, 1)),
    w.linear((36, 1, 1), 7),
    w.softmax((7, 1, 1)),
]

# A stack of inverted residuals as papers write them: a table, repeats and the library's block.
BOTTLENECKS = """
name: bottlenecks
variables: {width: {default: 1.5, above: 0}}
input: [3, 10, 8]
network:
  - {conv_bn_act: {out: width * 4, k: 3, s: 2, act: relu6}, name: stem}      # 6x5x4
  - table:
      columns: [t, c, n, s]
      rows:
        - [1, 4, 1, 1]
        - [2, 6, 2, 2]
      each:
        inverted_residual: {t, out: width * c, s}
        repeat: n
        after_first: {s: 1}
"""


def conv_bn(x: w.Map, out: int, k: int = 1, s: int = 1) -> list[w.Count]:
    y = w.conv(x, out, (k, k), (s, s))
    return [y, w.bn(y.output)]


def dwconv_bn_relu6(x: w.Map, s: int = 1) -> list[w.Count]:
    y = w.dwconv(x, (3, 3), (s, s))
    return [y, w.bn(y.output), w.act(y.output, "relu6")]


BOTTLENECK_COUNTS = [
    *conv_bn((3, 10, 8), 6, 3, 2), w.act((6, 5, 4), "relu6"),
    # t = 1: nothing expands; 6 channels in and out, so there is a skip
    *dwconv_bn_relu6((6, 5, 4)), *conv_bn((6, 5, 4), 6), w.add((6, 5, 4), (6, 5, 4)),
    # t = 2, s = 2: no skip
    *conv_bn((6, 5, 4), 12), w.act((12, 5, 4), "relu6"),
    *dwconv_bn_relu6((12, 5, 4), 2), *conv_bn((12, 3, 2), 9),
    # its second copy: s = 1 and 9 channels in and out
    *conv_bn((9, 3, 2), 18), w.act((18, 3, 2), "relu6"),
    *dwconv_bn_relu6((18, 3, 2)), *conv_bn((18, 3, 2), 9), w.add((9, 3, 2), (9, 3, 2)),
]  # fmt: skip

# Down and up again with skips by path, and two outputs.
UNET = """
name: unet
input: [2, 7, 6]
outputs: [coarse]
network:
  - {conv: {out: 4, k: 3, bias: true}, name: high}                     # 4x7x6
  - {max_pool: {k: 3, s: 2, pad: 1}, name: down}                       # 4x4x3
  - {conv: {out: 6, k: 3, g: 2, pad: half}, name: low}                 # 6x4x3
  - {conv: {out: 1, bias: true}, name: coarse}                         # 1x4x3
  - {resize: {like: high, mode: bilinear}, from: low, name: up}        # 6x7x6
  - {concat: high, name: both}                                         # 10x7x6
  - {conv_transpose: {out: 3, k: 2, s: 2, pad: valid}, name: twice}    # 3x14x12
  - {conv: {out: 2, k: 5, s: 3, d: 2, pad: [4, 3, 0, 1], rounding: up}, name: odd}       # 2x5x3
  - global_max_pool
"""
UNET_COUNTS = [
    w.conv((2, 7, 6), 4, (3, 3), bias=True),
    w.max_pool((4, 7, 6), (3, 3), (2, 2), (1, 1, 1, 1)),
    w.conv((4, 4, 3), 6, (3, 3), g=2, pad="half"),
    w.conv((6, 4, 3), 1, bias=True),
    w.resize((6, 4, 3), (4, 7, 6), "bilinear"),
    w.concat((6, 7, 6), (4, 7, 6)),
    w.conv_transpose((10, 7, 6), 3, (2, 2), (2, 2), pad="valid"),
    w.conv((3, 14, 12), 2, (5, 5), (3, 3), pad=(4, 3, 0, 1), d=(2, 2), rounding="up"),
    w.global_max_pool((2, 5, 3)),
]


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize(
    ("text", "counts"),
    [(EVERYTHING, EVERYTHING_COUNTS), (BOTTLENECKS, BOTTLENECK_COUNTS), (UNET, UNET_COUNTS)],
    ids=["everything", "bottlenecks", "unet"],
)
def test_network(text: str, counts: list[w.Count], batch: int) -> None:
    """The totals are the witness's sum over layers listed by hand; so is each layer's output."""
    found = report(loads(text), batch=batch)
    assert [tuple(node.output) for node in found.graph.nodes] == [each.output for each in counts]
    assert told(found.totals) == w.totals(counts, batch)
