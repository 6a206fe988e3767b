"""Every op of the registry: what it costs as products written out, what it refuses, and on symbols."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product
from typing import Any, NamedTuple

import pytest
import sympy

from convcost import SpecError, loads, report
from convcost.cost import Row, walk
from convcost.expressions import positive
from convcost.graph import Graph, Node
from convcost.num import common_divisor, exact_div, larger, make_divisible, smaller
from convcost.ops import OPS, Cost, Shape
from convcost.ops.registry import op

Map = tuple[int, int, int]


class Case(NamedTuple):
    """A line of a spec, and what it costs for one image.

    `before` are the lines that give a join its other maps; `params` and `ops` go by kind.
    """

    line: str
    input: Map
    output: Map
    reads: int
    writes: int
    memory: str
    madds: int = 0
    params: Mapping[str, int] = {}
    ops: Mapping[str, int] = {}
    weight_reads: int = 0
    before: tuple[str, ...] = ()

    @property
    def op(self) -> str:
        return self.line.strip("{").partition(":")[0]


def spec(x: Map, *lines: str) -> str:
    return f"name: small\ninput: {list(x)}\nnetwork:\n" + "".join(f"  - {line}\n" for line in lines)


def last(case: Case) -> tuple[Row, Graph]:
    found = report(loads(spec(case.input, *case.before, case.line)))
    return found.rows[-1], found.graph


# Two maps that differ in the function applied, for the joins; a map and one number a channel of it.
TWO = ("{act: relu, name: a}", "{act: tanh, name: b, from: a}")
GATE = ("{act: relu, name: a}", "{global_avg_pool: , name: gate}")
FEW = (*GATE, "{select: 2, name: few}")
SMALL = ("{act: relu, name: a}", "{max_pool: 2, name: half}")
FLAT = ("{act: relu, name: a}", "{max_pool: [2, 1], name: half}")
NARROW = ("{act: relu, name: a}", "{max_pool: [1, 2], name: half}")
WIDE = ("{act: relu, name: a}", "{conv: {out: 6}, name: wide}")

CASES = [
    # ---------------------------------------------------------------- convolutions
    Case(
        "conv: 32", (16, 28, 20), (32, 28, 20), 16*28*20, 32*28*20, "conv",
        madds=28*20 * 16*32, params={"weights": 16*32}, weight_reads=16*32,
    ),
    Case(
        "conv: {out: 32, k: 3, s: 2, bias: true}", (3, 225, 224), (32, 113, 112),
        3*225*224, 32*113*112, "conv",
        madds=113*112 * 3*3 * 3*32, params={"weights": 3*3 * 3*32, "biases": 32},
        ops={"bias": 32*113*112}, weight_reads=3*3 * 3*32,
    ),
    Case(
        "conv: {out: 24, k: [3, 1], s: [1, 2], g: 4, pad: valid}", (16, 9, 7), (24, 7, 4),
        16*9*7, 24*7*4, "conv",
        madds=7*4 * 3 * 16*24//4, params={"weights": 3 * 16*24//4}, weight_reads=3 * 16*24//4,
    ),
    Case(  # a kernel of 3 spans 5 rows when every second is skipped: 1 + 9 + 2 - 5 steps, and one place more
        "conv: {out: 8, k: 3, d: 2, pad: [1, 2, 0, 0]}", (4, 9, 9), (8, 8, 5), 4*9*9, 8*8*5, "conv",
        madds=8*5 * 3*3 * 4*8, params={"weights": 3*3 * 4*8}, weight_reads=3*3 * 4*8,
    ),
    Case(  # 5 rows padded to 6, that 2 divides, and 7 columns to 9, that 3 divides: TensorFlow's way
        "conv: {out: 8, k: 3, d: [2, 3], pad: batched}", (4, 5, 7), (8, 5, 7), 4*5*7, 8*5*7, "conv",
        madds=6*9 * 3*3 * 4*8, params={"weights": 3*3 * 4*8}, weight_reads=3*3 * 4*8,
    ),
    Case(
        "dwconv: {d: 4, pad: batched}", (6, 33, 33), (6, 33, 33), 6*33*33, 6*33*33, "conv",
        madds=36*36 * 3*3 * 6, params={"weights": 3*3 * 6}, weight_reads=3*3 * 6,
    ),
    Case(
        "dwconv: {s: [2, 3]}", (32, 112, 111), (32, 56, 37), 32*112*111, 32*56*37, "conv",
        madds=56*37 * 3*3 * 32, params={"weights": 3*3 * 32}, weight_reads=3*3 * 32,
    ),
    Case(
        "dwconv: {k: 5, mult: 2, pad: half, bias: true}", (6, 7, 5), (12, 7, 5), 6*7*5, 12*7*5, "conv",
        madds=7*5 * 5*5 * 12, params={"weights": 5*5 * 12, "biases": 12}, ops={"bias": 12*7*5},
        weight_reads=5*5 * 12,
    ),
    Case(  # every place of the map that comes in meets every weight once
        "conv_transpose: {out: 8, k: 4, s: 2, pad: 1}", (16, 7, 5), (8, 14, 10), 16*7*5, 8*14*10, "conv",
        madds=7*5 * 4*4 * 16*8, params={"weights": 4*4 * 16*8}, weight_reads=4*4 * 16*8,
    ),
    Case(
        "conv_transpose: {out: 6, k: 3, s: [2, 3], g: 2, bias: true}", (4, 5, 5), (6, 10, 15),
        4*5*5, 6*10*15, "conv",
        madds=5*5 * 3*3 * 4*6//2, params={"weights": 3*3 * 4*6//2, "biases": 6}, ops={"bias": 6*10*15},
        weight_reads=3*3 * 4*6//2,
    ),
    Case(  # 4 * 2 + 3 rows, 1 fewer, 1 more; as many columns, 2 fewer
        "conv_transpose: {out: 2, k: 3, s: 2, pad: [1, 0, 0, 2], output_pad: [1, 0]}", (3, 5, 5), (2, 11, 9),
        3*5*5, 2*11*9, "conv",
        madds=5*5 * 3*3 * 3*2, params={"weights": 3*3 * 3*2}, weight_reads=3*3 * 3*2,
    ),
    Case(
        "linear: 1000", (1280, 1, 1), (1000, 1, 1), 1280, 1000, "conv",
        madds=1280*1000, params={"weights": 1280*1000, "biases": 1000}, ops={"bias": 1000},
        weight_reads=1280*1000,
    ),
    Case(
        "linear: {out: 10, bias: false}", (64, 1, 1), (10, 1, 1), 64, 10, "conv",
        madds=64*10, params={"weights": 64*10}, weight_reads=64*10,
    ),
    # ---------------------------------------------------------------- element by element
    Case("act: hard_swish", (4, 5, 6), (4, 5, 6), 4*5*6, 4*5*6, "elementwise", ops={"hard_swish": 4*5*6}),
    Case("softmax", (10, 1, 1), (10, 1, 1), 10, 10, "other", ops={"softmax": 10}),
    Case("dropout", (4, 5, 6), (4, 5, 6), 0, 0, "free"),
    Case("flatten", (4, 5, 6), (4*5*6, 1, 1), 0, 0, "free"),
    Case(
        "bn", (4, 5, 6), (4, 5, 6), 4*5*6, 4*5*6, "other",
        params={"norm_affine": 2*4, "norm_stats": 2*4}, ops={"batch_norm": 4*5*6}, weight_reads=2*4 + 2*4,
    ),
    Case(
        "bn: {affine: false}", (4, 5, 6), (4, 5, 6), 4*5*6, 4*5*6, "other",
        params={"norm_stats": 2*4}, ops={"batch_norm": 4*5*6}, weight_reads=2*4,
    ),
    Case(
        "layer_norm", (4, 5, 6), (4, 5, 6), 4*5*6, 4*5*6, "other",
        params={"norm_affine": 2*4}, ops={"layer_norm": 4*5*6}, weight_reads=2*4,
    ),
    Case("lrn", (96, 5, 6), (96, 5, 6), 96*5*6, 96*5*6, "other", ops={"lrn": 96*5*6 * 5}),
    # ---------------------------------------------------------------- pools
    Case(
        "max_pool: {k: 3, s: 2, pad: 1}", (64, 112, 112), (64, 56, 56), 64*112*112, 64*56*56, "other",
        ops={"max_pool": 64*56*56 * 3*3},
    ),
    Case(  # 109 rows: 54 whole steps from the first place, and a partial one
        "max_pool: {k: 3, s: 2, rounding: up}", (96, 110, 110), (96, 55, 55), 96*110*110, 96*55*55, "other",
        ops={"max_pool": 96*55*55 * 3*3},
    ),
    Case(  # one more row of padding above: a third window starts at the last row
        "max_pool: {k: 3, pad: [1, 0, 0, 0], rounding: up}", (8, 6, 6), (8, 3, 2), 8*6*6, 8*3*2, "other",
        ops={"max_pool": 8*3*2 * 3*3},
    ),
    Case(  # a third window would start below the last row of 4, but not beside the last column of 5
        "max_pool: {k: 1, s: 2, rounding: up}", (8, 4, 5), (8, 2, 3), 8*4*5, 8*2*3, "other",
        ops={"max_pool": 8*2*3},
    ),
    Case(  # each whole step is taken, though the last two start below the map
        "max_pool: {k: 1, s: 1, pad: [0, 2, 0, 0], rounding: up}", (8, 4, 5), (8, 6, 5),
        8*4*5, 8*6*5, "other", ops={"max_pool": 8*6*5},
    ),
    Case(
        "max_pool: {k: 1, s: 1, pad: [0, 0, 0, 3], rounding: caffe}", (8, 4, 5), (8, 4, 8),
        8*4*5, 8*4*8, "other", ops={"max_pool": 8*4*8},
    ),
    Case(  # Caffe takes it where there is no padding
        "max_pool: {k: 1, s: 2, rounding: caffe}", (8, 4, 5), (8, 3, 3), 8*4*5, 8*3*3, "other",
        ops={"max_pool": 8*3*3},
    ),
    Case(  # 2 rows are one short of a window, less than a stride: PyTorch and Caffe take it alone
        "max_pool: {k: 3, s: 2, rounding: up}", (8, 2, 3), (8, 1, 1), 8*2*3, 8, "other",
        ops={"max_pool": 8 * 3*3},
    ),
    Case(
        "avg_pool: {k: 3, rounding: caffe}", (8, 1, 9), (8, 1, 3), 8*9, 8*3, "other",
        ops={"avg_pool": 8*3 * 3*3},
    ),
    Case("avg_pool: 2", (8, 7, 6), (8, 3, 3), 8*7*6, 8*3*3, "other", ops={"avg_pool": 8*3*3 * 2*2}),
    Case(
        "avg_pool: {k: [3, 2], pad: [1, 0]}", (8, 7, 7), (8, 3, 3), 8*7*7, 8*3*3, "other",
        ops={"avg_pool": 8*3*3 * 3*2},
    ),
    Case(
        "global_avg_pool", (8, 7, 6), (8, 1, 1), 8*7*6, 8, "other", ops={"global_avg_pool": 8*7*6}
    ),
    Case(
        "global_max_pool", (8, 7, 6), (8, 1, 1), 8*7*6, 8, "other", ops={"global_max_pool": 8*7*6}
    ),
    Case(  # rows 0 to 3 and 3 to 7 of 7: one is shared; columns 0 to 2, 2 to 4, 4 to 6: none is
        "adaptive_avg_pool: [2, 3]", (8, 7, 6), (8, 2, 3), 8*7*6, 8*2*3, "other",
        ops={"adaptive_avg_pool": 8 * (7 + 1) * 6},
    ),
    # ---------------------------------------------------------------- joins
    Case("add: a", (4, 5, 6), (4, 5, 6), 2 * 4*5*6, 4*5*6, "elementwise", ops={"add": 4*5*6}, before=TWO),
    Case(
        "add: [a, a]", (4, 5, 6), (4, 5, 6), 3 * 4*5*6, 4*5*6, "elementwise",
        ops={"add": 2 * 4*5*6}, before=TWO,
    ),
    Case("mul: a", (4, 5, 6), (4, 5, 6), 2 * 4*5*6, 4*5*6, "elementwise", ops={"mul": 4*5*6}, before=TWO),
    Case(
        "{mul: [gate, gate], from: a}", (4, 5, 6), (4, 5, 6), 4*5*6 + 4 + 4, 4*5*6, "elementwise",
        ops={"mul": 2 * 4*5*6}, before=GATE,
    ),
    Case(
        "concat: [a, a]", (4, 5, 7), (6 + 4 + 4, 5, 7), (6 + 4 + 4) * 5*7, (6 + 4 + 4) * 5*7, "elementwise",
        before=WIDE,
    ),
    # ---------------------------------------------------------------- elements moved
    Case("shuffle: 3", (12, 5, 6), (12, 5, 6), 12*5*6, 12*5*6, "elementwise"),
    Case("slice: {out: 5, start: 7}", (12, 5, 6), (5, 5, 6), 5*5*6, 5*5*6, "elementwise"),
    Case("select: 20", (12, 5, 6), (20, 5, 6), 20*5*6, 20*5*6, "elementwise"),
    Case(  # 20 of the 24 channels are zeros, which are written and not read
        "subsample: {out: 24, s: 2}", (4, 5, 6), (24, 3, 3), 4*3*3, 24*3*3, "elementwise"
    ),
    Case(
        "upsample: [2, 3]", (4, 5, 6), (4, 10, 18), 4*5*6, 4*10*18, "other",
        ops={"resize_nearest": 4*10*18},
    ),
    Case(  # the map that lends its size is not read
        "resize: {like: a, mode: bilinear}", (4, 7, 6), (4, 7, 6), 4*3*3, 4*7*6, "other",
        ops={"resize_bilinear": 4*7*6}, before=SMALL,
    ),
]  # fmt: skip

by_line = pytest.mark.parametrize("case", CASES, ids=lambda case: case.line)


def test_every_op_has_a_row() -> None:
    assert sorted(set(OPS) - {case.op for case in CASES}) == [], "these ops have no row above"


@by_line
def test_cost(case: Case) -> None:
    row, _ = last(case)
    tally = row.tally
    assert row.node.op == case.op
    assert row.node.output == case.output
    assert tally.madds == case.madds
    assert tuple(tally.contractions) == OPS[case.op].work[:1] * bool(OPS[case.op].contraction)
    assert tally.ops == case.ops
    none = {"weights": 0, "biases": 0, "norm_affine": 0, "norm_stats": 0}
    assert {kind: getattr(tally, kind) for kind in none} == {**none, **case.params}
    assert (tally.reads, tally.writes, tally.weight_reads) == (case.reads, case.writes, case.weight_reads)
    traffic = {"conv": 0, "elementwise": 0, "other": 0, "free": 0}
    traffic[case.memory] = case.reads + case.writes + case.weight_reads
    assert (tally.conv, tally.elementwise, tally.other, 0) == tuple(traffic.values())


@by_line
def test_batch(case: Case) -> None:
    """Maps and work grow with the batch; parameters, and reading them, do not."""
    found = report(loads(spec(case.input, *case.before, case.line)), batch=7).rows[-1].tally
    assert found.madds == 7 * case.madds
    assert found.ops == {kind: 7 * count for kind, count in case.ops.items()}
    assert (found.reads, found.writes, found.weight_reads) == (
        7 * case.reads, 7 * case.writes, case.weight_reads,
    )  # fmt: skip
    assert found.mem_access == 7 * (case.reads + case.writes) + case.weight_reads
    assert found.weights == case.params.get("weights", 0)


# ------------------------------------------------------------------------------ what is refused

REFUSED: list[tuple[Map, tuple[str, ...], str]] = [
    # sizes that do not go together
    ((6, 8, 8), ("conv: {out: 8, g: 4}",), "4 groups do not divide 6 channels in"),
    ((8, 8, 8), ("conv: {out: 6, g: 4}",), "4 groups do not divide 6 channels out"),
    ((6, 8, 8), ("conv_transpose: {out: 8, k: 2, g: 4}",), "4 groups do not divide 6 channels in"),
    ((8, 8, 8), ("conv_transpose: {out: 6, k: 2, g: 4}",), "4 groups do not divide 6 channels out"),
    ((6, 8, 8), ("shuffle: 4",), "4 groups do not divide 6 channels"),
    ((3, 4, 9), ("conv: {out: 8, k: 5, pad: valid}",), "a window of 5 does not fit a map of 4"),
    ((3, 9, 4), ("conv: {out: 8, k: [1, 5], pad: valid}",), "a window of 5 does not fit a map of 4"),
    ((3, 2, 9), ("conv: {out: 8, k: 3, d: 2, pad: 1}",), "a window of 5 does not fit a map of 2 padded to 4"),
    ((3, 9, 2), ("conv: {out: 8, k: 3, d: [1, 2], pad: 1}",), "does not fit a map of 2 padded to 4"),
    ((3, 2, 9), ("dwconv: {pad: 0}",), "a window of 3 does not fit a map of 2"),
    ((3, 2, 9), ("max_pool: 3",), "a window of 3 does not fit a map of 2"),
    ((3, 2, 9), ("avg_pool: {k: 4, pad: [0, 1, 0, 0]}",), "does not fit a map of 2 padded to 3"),
    ((3, 2, 9), ("max_pool: {k: 4, s: 2, rounding: up}",), "a window of 4 does not fit a map of 2"),
    ((3, 2, 9), ("avg_pool: {k: 4, s: 2, rounding: caffe}",), "a window of 4 does not fit a map of 2"),
    ((3, 2, 9), ("conv: {out: 8, k: 3, pad: valid, rounding: up}",), "a window of 3 does not fit a map of 2"),
    ((3, 2, 2), ("conv_transpose: {out: 3, k: 2, s: 2, pad: 2}",), "the padding takes away the whole output"),
    ((3, 2, 1), ("conv_transpose: {out: 3, k: 1, pad: [0, 1]}",), "the padding takes away the whole output"),
    ((3, 2, 2), ("conv_transpose: {out: 3, k: 2, output_pad: [0, 1]}",), "output_pad cannot change it"),
    ((3, 6, 9), ("adaptive_avg_pool: 7",), "a map of 6×9 cannot be pooled to 7×7"),
    ((3, 9, 6), ("adaptive_avg_pool: [9, 7]",), "a map of 9×6 cannot be pooled to 9×7"),
    ((8, 1, 2), ("linear: 10",), "a linear layer takes a vector, not a map of 8×1×2"),
    ((6, 2, 2), ("slice: {out: 3, start: 4}",), "cannot take 3 channels from 4 on: there are 6"),
    ((6, 2, 2), ("subsample: 5",), "5 is fewer than the 6 there are"),
    ((4, 6, 6), (*WIDE, "add: a"), "cannot add maps of 6×6×6 and 4×6×6"),
    ((4, 6, 6), (*SMALL, "add: a"), "cannot add maps of 4×3×3 and 4×6×6"),
    ((4, 6, 6), (*SMALL, "{mul: half, from: a}"), "cannot multiply a map of 4×6×6 by one of 4×3×3"),
    ((4, 6, 6), (*GATE, "mul: a"), "cannot multiply a map of 4×1×1 by one of 4×6×6"),
    ((4, 6, 6), (*FEW, "{mul: few, from: a}"), "cannot multiply a map of 4×6×6 by one of 2×1×1"),
    ((4, 6, 6), (*SMALL, "concat: a"), "cannot concatenate maps of 4×3×3 and 4×6×6"),
    ((4, 6, 6), (*FLAT, "concat: a"), "cannot concatenate maps of 4×3×6 and 4×6×6"),
    ((4, 6, 6), (*NARROW, "concat: a"), "cannot concatenate maps of 4×6×3 and 4×6×6"),
    ((4, 6, 6), (*FLAT, "{concat: [a, half], from: a}"), "cannot concatenate maps of 4×6×6 and 4×3×6"),
    # too few or too many maps
    ((4, 6, 6), (*TWO, "add: []"), "2 inputs, not 1"),
    ((4, 6, 6), (*TWO, "mul: []"), "2 inputs, not 1"),
    ((4, 6, 6), (*TWO, "concat: []"), "2 inputs, not 1"),
    ((4, 6, 6), (*TWO, "resize: []"), "2 inputs, not 1"),
    ((4, 6, 6), (*TWO, "resize: [a, b]"), "2 inputs, not 3"),
    ((4, 6, 6), ("resize: later", "{act: relu, name: later}"), "no layer before this one is called 'later'"),
    # fields that are missing, unknown, or of another kind
    ((3, 6, 6), ("conv",), "conv needs `out`"),
    ((3, 6, 6), ("max_pool: {s: 2}",), "max_pool needs `k`"),
    ((3, 6, 6), ("add",), "add needs `with`"),
    ((3, 6, 6), ("conv: {out: 8, groups: 3}",), "conv has no argument 'groups'"),
    ((3, 6, 6), ("linear: {out: 8, k: 3}",), "linear has no argument 'k'"),
    ((3, 6, 6), ("flatten: 2",), "flatten takes no arguments"),
    ((3, 6, 6), ("conv: 0",), "0 is less than 1"),
    ((3, 6, 6), ("conv: -8",), "-8 is less than 1"),
    ((3, 6, 6), ("conv: 7 / 2",), "3.5 is not a whole number"),
    ((3, 6, 6), ("conv: true",), "true, a switch, is not a count"),
    ((3, 6, 6), ("conv: {out: 8, g: 0}",), "0 is less than 1"),
    ((3, 6, 6), ("conv: {out: 8, s: 0}",), "0 is less than 1"),
    ((3, 6, 6), ("conv: {out: 8, d: [1, 0]}",), "0 is less than 1"),
    ((3, 6, 6), ("conv: {out: 8, k: [3]}",), "`k` is a count or [height, width], not a list of 1"),
    ((3, 6, 6), ("conv: {out: [8, 8]}",), "not a list of 2"),
    ((3, 6, 6), ("conv: {out: 8, pad: -1}",), "-1 is less than 0"),
    ((3, 6, 6), ("conv: {out: 8, pad: [1, 1, 1]}",), "not a list of 3"),
    ((3, 6, 6), ("conv: {out: 8, pad: [0, same]}",), "is not same, valid, half, batched, a count"),
    ((3, 6, 6), ("conv: {out: 8, pad: relu}",), "relu, a word, is not same, valid, half, batched, a count"),
    ((3, 6, 6), ("conv: {out: 8, rounding: same}",), "same, a word, is not one of caffe, down, up"),
    ((3, 6, 6), ("conv: {out: 8, bias: 1}",), "1, a number, is not a switch"),
    ((3, 6, 6), ("act: same",), "same, a word, is not one of"),
    ((3, 6, 6), ("act: rely",), "nothing here is called 'rely'"),
    ((3, 6, 6), ("upsample: {scale: 2, mode: relu}",), "relu, a word, is not one of bilinear, nearest"),
    ((3, 6, 6), ("upsample: 3 / 2",), "1.5 is not a whole number"),
    ((3, 6, 6), ("lrn: 0",), "0 is less than 1"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("x", "lines", "words"), REFUSED, ids=[f"{lines[-1]} on {x}" for x, lines, _ in REFUSED]
)
def test_refused(x: Map, lines: tuple[str, ...], words: str) -> None:
    """The error says why, and points at the line."""
    with pytest.raises(SpecError) as caught:
        report(loads(spec(x, *lines)))
    assert words in caught.value.message
    assert caught.value.place is not None
    assert 4 <= caught.value.place.line < 4 + len(lines)


# ------------------------------------------------------------------------------ the registry's laws


def relu_graph(name: str, output: Shape) -> Graph:
    return Graph((Shape(4, 5, 6),), (Node("it", name, {"kind": "relu"}, (0,), output),), (1,))


def test_a_name_is_registered_once() -> None:
    act = OPS["act"]
    with pytest.raises(ValueError, match="'act' is registered twice"):
        op("act", "again", memory="elementwise", shape=act.shape, cost=act.cost)
    assert OPS["act"] is act


def test_a_memory_class_is_one_of_four() -> None:
    act = OPS["act"]
    with pytest.raises(ValueError, match="unknown memory class 'fast'"):
        op("quick", "", memory="fast", shape=act.shape, cost=act.cost)
    assert "quick" not in OPS


def test_an_op_that_counts_says_what_sort_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """A contraction says so by what its multiply-adds are, and what counts nothing moves elements."""
    monkeypatch.setattr("convcost.ops.registry.OPS", {})
    act = OPS["act"]
    with pytest.raises(ValueError, match="'quick' says what it counts, and not what sort of op it is"):
        op("quick", "", memory="other", shape=act.shape, cost=act.cost, kinds=("quick",))
    moves = op("moves", "", memory="free", shape=act.shape, cost=act.cost)
    assert (moves.sort, moves.inputs, moves.calls, moves.fuses) == (
        "move",
        (1, 1),
        ("module", "function"),
        False,
    )
    assert (moves.work, moves.main) == (("moves",), None)
    moves.check(Shape(1, 1, 1), any=3)
    norm = op("n", "", memory="conv", shape=act.shape, cost=act.cost, kinds=("n",), sort="norm")
    assert (norm.sort, norm.work) == ("norm", ("n",))
    product = op(
        "p", "", *act.params, memory="conv", shape=act.shape, cost=act.cost, contraction="p", kinds=("b",)
    )
    assert (product.sort, product.work, product.main) == ("contraction", ("p", "b"), act.params[0])


DESCRIBED = [
    ("conv: 8", "out=8"),
    ("conv: {out: 8, k: 1, s: 1, g: 1, pad: same, d: 1, bias: false, rounding: down}", "out=8"),
    ("conv: {out: 6, k: 3, s: 2, g: 3, pad: valid, bias: true}", "out=6 k=3 s=2 g=3 pad=valid bias=true"),
    ("conv: {out: 8, k: [3, 5], d: [1, 2], pad: 4}", "out=8 k=3x5 pad=4 d=1x2"),
    ("conv: {out: 8, k: 3, pad: [1, 2, 0, 0]}", "out=8 k=3 pad=1,2,0,0"),
    ("conv: {out: 8, k: 3, pad: [1, 0]}", "out=8 k=3 pad=1,1,0,0"),
    ("max_pool: 3", "k=3"),
    ("max_pool: {k: 3, s: 3}", "k=3"),
    ("max_pool: {k: 3, s: 2, pad: half, rounding: up}", "k=3 s=2 pad=half rounding=up"),
    ("act: relu6", "kind=relu6"),
    ("dropout: 0.5", ""),
    ("dropout: 0.25", "rate=0.25"),
    ("dropout: 0", "rate=0"),
    ("dropout: 1", "rate=1"),
    ("softmax", ""),
]


@pytest.mark.parametrize(("line", "text"), DESCRIBED, ids=[line for line, _ in DESCRIBED])
def test_a_layer_is_described_by_what_is_not_its_default(line: str, text: str) -> None:
    (node,) = report(loads(spec((3, 9, 9), line))).graph.nodes
    assert OPS[node.op].describe(node.fields) == text


def test_an_undeclared_kind_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    shape = Shape(4, 5, 6)
    for kinds in (("relu",), ("relu", "tanh")):
        monkeypatch.setitem(OPS, "odd", OPS["act"]._replace(name="odd", kinds=kinds))
        assert walk(relu_graph("odd", shape))[0].tally.ops == {"relu": 4 * 5 * 6}
    monkeypatch.setitem(OPS, "odd", OPS["act"]._replace(name="odd", kinds=("tanh",)))
    with pytest.raises(AssertionError, match="odd counts a kind it does not declare"):
        walk(relu_graph("odd", shape))


def test_multiply_adds_of_nothing_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """An op with multiply-adds says what they are of, or no convention would count them."""
    odd = OPS["act"]._replace(name="odd", cost=lambda *_, **__: Cost(madds=1))
    monkeypatch.setitem(OPS, "odd", odd)
    with pytest.raises(AssertionError, match="odd has multiply-adds and does not say of what"):
        walk(relu_graph("odd", Shape(4, 5, 6)))


def test_another_shape_than_the_rule_gives_is_caught() -> None:
    with pytest.raises(AssertionError, match="it: the shape rule disagrees"):
        walk(relu_graph("act", Shape(4, 6, 5)))


@pytest.mark.parametrize("name", OPS)
def test_an_op_says_what_it_is(name: str) -> None:
    each = OPS[name]
    assert each.name == name
    assert each.help.strip().endswith((".", ")"))
    assert len({param.name for param in each.params}) == len(each.params)
    assert all(param.help for param in each.params)
    fewest, most = each.inputs
    assert 1 <= fewest <= (most or fewest)
    assert (fewest > 1) == any(param.kind.paths for param in each.params)


# ------------------------------------------------------------------------------ on symbols


def grown(x: Shape, c: int, h: int, w: int) -> Shape:
    """Another map that the same fields fit; a side of 1 stays (a gate, a vector)."""
    return Shape(x.c * c, x.h + h * (x.h > 1), x.w + w * (x.w > 1))


@by_line
def test_symbols(case: Case) -> None:
    """The op's own formulas on h, w and c, and then numbers put in, give what they give on the numbers."""
    row, _ = last(case)
    each, fields = OPS[case.op], row.node.fields
    symbols = [Shape(*(positive(f"{side}{i}") for side in "chw")) for i in range(len(row.inputs))]
    form = each.shape(*symbols, **fields)
    costs = each.cost(*symbols, form, **fields)
    for c, h, w in product((1, 2, 5), (0, 1, 5), (0, 2, 3)):
        xs = [grown(x, c, h, w) for x in row.inputs]
        each.check(*xs, **fields)
        numbers = {name: n for at, x in zip(symbols, xs, strict=True) for name, n in zip(at, x, strict=True)}

        def put(expr: Any, numbers: dict[Any, int] = numbers) -> Any:
            return sympy.sympify(expr).subs(numbers)  # a plain int is a form too

        y = each.shape(*xs, **fields)
        assert tuple(map(put, form)) == y, (c, h, w)
        expected = each.cost(*xs, y, **fields)
        for key, count in expected._asdict().items():
            if key != "ops":
                assert put(getattr(costs, key)) == count, (key, c, h, w)
        assert {kind: put(count) for kind, count in costs.ops.items()} == expected.ops, (c, h, w)


# ------------------------------------------------------------------------------ arithmetic


@pytest.mark.parametrize("function", [larger, smaller, exact_div, make_divisible, common_divisor])
def test_a_symbol_is_calculated_with_wherever_it_stands(function: Callable[[Any, Any], Any]) -> None:
    """And gives what ints give, once it has a value."""
    n = sympy.Symbol("n", positive=True, integer=True)
    for expr, at in ((function(n, 4), 12), (function(24, n), 6)):
        assert isinstance(expr, sympy.Basic)
        assert expr.subs(n, at) == (function(at, 4) if at == 12 else function(24, at))


def test_what_is_no_number_is_not_calculated_with() -> None:
    with pytest.raises(TypeError, match="no arithmetic for str"):
        larger("3", 2)
    with pytest.raises(ArithmeticError, match="3 does not divide 7"):
        exact_div(7, 3)
