"""Laws that hold for every network: random specs, written from the grammar, must keep them."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest
from conftest import Run
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import convcost
from convcost import library, symbolic
from convcost.cost import Tally, total, walk
from convcost.errors import Mark, Source
from convcost.expand import Expansion
from convcost.expr import RESERVED, Bound
from convcost.expressions import positive
from convcost.limits import DEFAULT, Meter
from convcost.machine import Ints
from convcost.ops import Shape
from convcost.reader import Scalar, decode
from convcost.render import render
from convcost.reports import Report
from convcost.shelf import Shelf
from convcost.spec import Block

LAWS = settings(max_examples=40, deadline=None, derandomize=True, database=None)

# ------------------------------------------------------------------------------ random networks

Item = Any  # a line of a network as JSON, which is YAML

OUT = st.sampled_from([4, 6, 8, 12])  # even, so that two groups divide what flows
KERNEL = st.sampled_from([1, 2, 3, 5, [1, 3]])
STRIDE = st.sampled_from([1, 1, 2, [2, 1]])
ACTIVATION = st.sampled_from(["relu", "relu6", "hard_swish", "sigmoid"])


def call(name: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Item]:
    return st.fixed_dictionaries(fields).map(lambda given: {name: given})


def keeping(grouped: bool = True) -> st.SearchStrategy[list[Item]]:
    """Lines that leave the shape as it is; with `grouped` some that need an even width."""
    c_here = st.just("c_here")
    lines = [
        call("conv", out=c_here, k=KERNEL, bias=st.booleans()),
        call("dwconv", k=KERNEL),
        call("act", kind=ACTIVATION),
        st.just({"bn": {}}),
        call("max_pool", k=KERNEL, s=st.just(1), pad=st.just("same")),
        st.just({"shuffle": 2}) if grouped else st.nothing(),
        call("conv", out=c_here, g=st.just(2)) if grouped else st.nothing(),
    ]
    return st.lists(st.one_of(lines), min_size=1, max_size=3)


def plain() -> st.SearchStrategy[Item]:
    """One op or block of the library; any even width in, an even width out."""
    return st.one_of(
        call("conv", out=OUT, k=KERNEL, s=STRIDE),
        call("dwconv", k=KERNEL, s=STRIDE, mult=st.sampled_from([1, 2])),
        call("avg_pool", k=KERNEL, s=STRIDE, pad=st.just("same")),
        call("conv_bn_act", out=OUT, k=KERNEL, s=STRIDE, act=ACTIVATION),
        call("depthwise_separable", out=OUT, s=st.sampled_from([1, 2])),
        call("inverted_residual", t=st.integers(1, 3), out=OUT, s=st.sampled_from([1, 2])),
        call("basic_block", out=OUT, s=st.sampled_from([1, 2])),
        call("bottleneck", mid=OUT, s=st.sampled_from([1, 2])),
        call("fire", squeeze=OUT, expand=OUT),
        st.just({"shuffle_unit_v2": {}}),
        st.just({"shuffle_unit_v2_down": {"out": "2 * c_here"}}),
    )


def branches(join: str, **paths: list[Item]) -> Item:
    return {"branches": {"join": join, "paths": paths}}


def split(body: list[Item]) -> Item:
    halves = ["c_here // 2", "c_here - c_here // 2"]
    return {"split": {"sizes": halves, "join": "concat", "paths": {"keep": [], "work": body}}}


def joined() -> st.SearchStrategy[Item]:
    """A structure in which paths part and meet."""
    last = call("conv", out=OUT, s=STRIDE)
    return st.one_of(
        st.builds(lambda body: {"residual": body}, keeping()),
        st.builds(lambda body, out: {"dense": [*body, {"conv": out}]}, keeping(), OUT),
        st.builds(lambda a, b: branches("concat", a=a, b=b, c=[]), keeping(), keeping()),
        st.builds(lambda a, end: branches("add", a=[*a, end], b=[end]), keeping(), last),
        st.builds(split, keeping(grouped=False)),
        st.just({"gate": [{"global_avg_pool": {}}, {"conv": "c_here"}, {"act": "sigmoid"}]}),
    )


ROWS = st.lists(st.tuples(OUT, st.integers(1, 3), st.sampled_from([1, 2])), min_size=1, max_size=3)
EACH = {"conv_bn_act": {"out": "o", "k": 3, "s": "s"}, "repeat": "n", "after_first": {"s": 1}}


def table(rows: list[tuple[int, int, int]]) -> Item:
    return {"table": {"columns": ["o", "n", "s"], "rows": [list(row) for row in rows], "each": EACH}}


def line() -> st.SearchStrategy[Item]:
    few = st.lists(plain() | joined(), min_size=1, max_size=2)
    tests = st.sampled_from(["wide", "not wide", "c_here == 8"])
    return st.one_of(
        plain(),
        joined(),
        ROWS.map(table),
        st.builds(lambda body, n: {"layers": body, "repeat": n}, few, st.integers(1, 3)),
        st.builds(lambda item, when: {**item, "when": when}, plain(), tests),
    )


BODY = st.lists(line(), min_size=1, max_size=5)
SHAPE = st.tuples(st.sampled_from([1, 3, 4]), st.integers(1, 11), st.integers(1, 11))


def named(lines: list[Item]) -> list[Item]:
    """Each line with a name, so that paths of neighbours never clash."""
    out = []
    for i, item in enumerate(lines, 1):
        subject = next(key for key in item if key not in ("repeat", "when"))
        value = item[subject]
        if subject in ("layers", "residual", "dense", "gate"):
            value = named(value)
        if subject in ("branches", "split"):
            value = {**value, "paths": {label: named(path) for label, path in value["paths"].items()}}
        out.append({**item, subject: value, "name": f"n{i}"})
    return out


def text(lines: list[Item], shape: tuple[int, int, int], indent: int | None = None) -> str:
    first = {"conv": {"out": 8, "k": 3}, "name": "n0"}
    spec = {
        "name": "random",
        "variables": {"wide": False},
        "input": list(shape),
        "network": [first, *named(lines)],
    }
    return json.dumps(spec, indent=indent)


def walked(lines: list[Item], shape: tuple[int, int, int], **options: Any) -> Report:
    return convcost.report(convcost.loads(text(lines, shape)), **options)


def tallies(lines: list[Item], shape: tuple[int, int, int]) -> list[Tally]:
    return [row.tally for row in walked(lines, shape).rows]


# ------------------------------------------------------------------------------ sums and joins


@LAWS
@given(lines=BODY, shape=SHAPE)
def test_lines_of_every_depth_sum_to_the_totals(lines: list[Item], shape: tuple[int, int, int]) -> None:
    whole = walked(lines, shape).totals
    for depth in range(1, 8):
        report = walked(lines, shape, depth=depth)
        parents = {line.path.rpartition(".")[0] for line in report.lines}
        assert total(line.tally for line in report.lines if line.path not in parents) == whole
        assert sum(line.shares["mem_access"] for line in report.lines if not line.level) == 1
    assert whole.mem_access == whole.reads + whole.writes + whole.weight_reads


@LAWS
@given(lines=BODY, shape=SHAPE)
def test_joins_and_splits_lose_no_channel(lines: list[Item], shape: tuple[int, int, int]) -> None:
    report = walked(lines, shape)
    slices: dict[tuple[int, ...], list[tuple[int, int]]] = {}
    for row in report.rows:
        y, xs = row.node.output, row.inputs
        if row.node.op == "concat":
            assert y == Shape(sum(x.c for x in xs), xs[0].h, xs[0].w)
        if row.node.op == "add":
            assert set(xs) == {y}
        if row.node.op == "slice":
            fields = row.node.fields
            slices.setdefault(row.node.inputs, []).append((fields["start"], fields["start"] + fields["out"]))
    for inputs, parts in slices.items():
        edges = [edge for part in parts for edge in part]
        assert edges[0] == 0
        assert edges[-1] == report.graph.shape(inputs[0]).c
        assert edges[1:-1:2] == edges[2::2]


@LAWS
@given(lines=BODY, shape=SHAPE, batch=st.integers(2, 9))
def test_a_batch_multiplies_maps_and_work(lines: list[Item], shape: tuple[int, int, int], batch: int) -> None:
    one, many = walked(lines, shape).totals, walked(lines, shape, batch=batch).totals
    assert many.madds == batch * one.madds
    assert many.mem_access == batch * (one.reads + one.writes) + one.weight_reads
    assert (many.params, many.norm_stats) == (one.params, one.norm_stats)


# ------------------------------------------------------------------------------ what the text may leave open


@LAWS
@given(body=st.lists(plain() | joined(), min_size=1, max_size=3), n=st.integers(1, 4), shape=SHAPE)
def test_n_repeats_are_n_copies(body: list[Item], n: int, shape: tuple[int, int, int]) -> None:
    repeated = tallies([{"layers": body, "repeat": n}], shape)
    assert repeated == tallies([{"layers": body}] * n, shape) == tallies(body * n, shape)


@LAWS
@given(rows=ROWS, shape=SHAPE)
def test_a_table_is_its_rows_written_out(
    rows: list[tuple[int, int, int]], shape: tuple[int, int, int]
) -> None:
    written = [
        {"conv_bn_act": {"out": out, "k": 3, "s": s if copy == 0 else 1}}
        for out, n, s in rows
        for copy in range(n)
    ]
    assert tallies([table(rows)], shape) == tallies(written, shape)


@LAWS
@given(lines=BODY, off=plain(), shape=SHAPE)
def test_a_line_switched_off_is_not_there(lines: list[Item], off: Item, shape: tuple[int, int, int]) -> None:
    assert tallies([*lines, {**off, "when": "wide"}], shape) == tallies(lines, shape)
    assert tallies([{**off, "when": "not wide"}, *lines], shape) == tallies([off, *lines], shape)


@LAWS
@given(body=keeping(), shape=SHAPE)
def test_a_residual_is_an_addition(body: list[Item], shape: tuple[int, int, int]) -> None:
    """Also written as branches, and in a block of the text's own."""
    branches = {"branches": {"join": "add", "paths": {"identity": [], "work": body}}}
    assert tallies([{"residual": body}], shape) == tallies([branches], shape)
    *before, last = tallies([{"residual": body}], shape)
    assert before == tallies(body, shape)
    maps = 8 * shape[1] * shape[2]
    assert (last.ops, last.elementwise, last.params) == ({"add": maps}, 3 * maps, 0)


@LAWS
@given(lines=BODY, shape=SHAPE)
def test_layout_and_line_ends_do_not_matter(lines: list[Item], shape: tuple[int, int, int]) -> None:
    compact, spread = text(lines, shape), text(lines, shape, indent=2)
    crlf = "# a comment\r\n\r\n" + spread.replace("\n", "\r\n")
    texts = [compact, spread, decode(crlf.encode("utf-8-sig"), "crlf", DEFAULT)]
    shown = {render(convcost.report(convcost.loads(each)), "csv") for each in texts}
    assert len(shown) == 1


# ------------------------------------------------------------------------------ symbols and numbers

MARK = Mark(Source("law", ""), 1, 1)
OWN = """
name: own
input: [8, 8, 8]
blocks:
  widest:
    args: {out: required, t: 1}
    define:
      half(c): max(c // 2, 3)
    body:
      - conv: max(out, c_in)
      - {conv: {out: half(out + t), s: 2}, when: out > c_in, repeat: 2}
      - conv: min(out, t * c_in)
  rounded:
    args: {out: required}
    let:
      wide: make_divisible(out * 0.7, 4)
      more: ceil(out / 5) + floor(out * 0.3) + out % 7
    body: [conv: wide, {max_pool: {k: 3, s: 2, pad: half, rounding: up}}, conv: more]
network: [{widest: 8}, {rounded: 8}]
"""
BLOCKS = [*sorted(library.block_names()), "widest", "rounded"]
WIDTH = st.sampled_from([8, 16, 24])
# What an argument of this name is drawn from, where a width would not do.
DRAWN = {"k": [1, 3, 5], "s": [1, 2], "g": [1, 2], "d": [1, 2], "t": [1, 2, 6], "L": [2, 4], "K": [2, 4]}


def block(name: str) -> Block:
    if name in ("widest", "rounded"):
        return convcost.loads(OWN).blocks[name]
    found = Shelf(None, RESERVED, Meter()).find(Scalar(name, MARK))
    assert found is not None
    return found


def unset(of: Block, *kinds: str) -> list[str]:
    """The arguments of these kinds that must be given, or that are worth giving."""
    return [
        name
        for name, a in of.arguments.items()
        if a.param.kind.name in kinds and (a.default is None or name in DRAWN)
    ]


@pytest.mark.parametrize("name", BLOCKS)
@settings(
    max_examples=6, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
@given(data=st.data())
def test_a_walk_on_symbols_is_the_walk_on_numbers(name: str, data: st.DataObject) -> None:
    """The closed form of a block, at random sizes, is what the numbers give."""
    of = block(name)
    sizes = {
        arg: data.draw(st.sampled_from(DRAWN[arg]) if arg in DRAWN else WIDTH, arg)
        for arg in unset(of, "count", "count0", "size")
    }
    side = st.integers(10, 40)
    shape = Shape(data.draw(WIDTH, "c"), data.draw(side, "h"), data.draw(side, "w"))
    fixed = {arg: Bound(Fraction(3, 4), MARK) for arg in unset(of, "number")}
    try:
        given = {arg: Bound(n, MARK) for arg, n in sizes.items()}
        graph = Expansion(Ints()).block(of, {**fixed, **given}, shape)
    except convcost.SpecError:
        assume(False)
    at = {positive(arg): n for arg, n in {**sizes, **shape._asdict()}.items()}
    unknown = {arg: Bound(positive(arg), MARK) for arg in sizes}
    map_ = Shape(*(positive(side) for side in "chw"))
    machine = symbolic.Replay(graph.ledger)
    form = Expansion(machine).block(of, {**fixed, **unknown}, map_)
    assert all(condition.subs(at) for condition in machine.assumed)
    numbers = total(row.tally for row in walk(graph))
    symbols = total(row.tally for row in walk(form))
    for key in (
        "madds",
        "params",
        "norm_stats",
        "mem_access",
        "conv",
        "elementwise",
        "other",
        "reads",
        "writes",
    ):
        assert exactly(getattr(symbols, key), at) == getattr(numbers, key), key
    assert {kind: exactly(n, at) for kind, n in symbols.ops.items() if exactly(n, at)} == numbers.ops


def exactly(form: Any, at: dict[Any, int]) -> int:
    value = form.subs(at) if hasattr(form, "subs") else form
    assert Fraction(str(value)).denominator == 1
    return int(value)


# ------------------------------------------------------------------------------ the same every time


def test_a_report_does_not_depend_on_the_process(shell: Run) -> None:
    """Nor on the order in which Python keeps the names in a set."""
    code = (
        "import convcost\n"
        "from convcost.render import FORMATS, render\n"
        "for name in ('mobilenet_v2', 'shufflenet_v2', 'resnet'):\n"
        "    for format in FORMATS: print(render(convcost.report(name, depth=3, dtype='fp16'), format))\n"
        "for name in ('mobilenet', 'x'):\n"
        "    try: convcost.report(name)\n"
        "    except convcost.SpecError as error: print(error)\n"
    )
    results = [shell(python=("-c", code), env={"PYTHONHASHSEED": seed}) for seed in ("0", "1", "4242")]
    assert [result.code for result in results] == [0, 0, 0]
    assert len({result.out for result in results}) == 1
    assert "300774272" in results[0].out
