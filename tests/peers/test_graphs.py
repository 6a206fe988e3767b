"""Thousands of random graphs, counted by convcost, by PyTorch and by ONNX: the same to the last digit.

`pytest -m peers` runs them; `--graphs N` grows another number. docs/witness.md says what is compared by whom.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conftest import GRAPHS, ROOT, needs_peers

from convcost.num import Num
from convcost.ops import OPS, Cost, Shape
from convcost.ops import window as ours
from convcost.params import HW

pytestmark = [
    pytest.mark.peers,
    needs_peers,
    pytest.mark.filterwarnings("ignore:Using padding='same':UserWarning"),
]

PARTS = 4  # tests that the graphs are dealt to, so that two processes share them


@pytest.fixture(autouse=True)
def alone() -> Iterator[None]:
    """One thread each: the maps are small, and pytest runs two processes."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def compared(seeds: range) -> Counter[Any]:
    """What was met in the graphs of these numbers; the first that differs ends it, with its spec."""
    from compare import differences
    from grow import grow

    met: Counter[Any] = Counter()
    for seed in seeds:
        graph = grow(seed)
        if wrong := differences(graph, met):
            pytest.fail("\n".join([f"graph {seed}:", *wrong, graph.text]), pytrace=False)
    return met


@pytest.mark.parametrize("part", range(PARTS))
def test_graphs(part: int, pytestconfig: pytest.Config) -> None:
    """Shapes, FLOPs and parameters of every layer and of the whole; and nothing goes unmet."""
    graphs = pytestconfig.getoption("--graphs")
    met = compared(range(part * graphs // PARTS, (part + 1) * graphs // PARTS))
    if graphs >= GRAPHS:
        assert unmet(met) == []


def unmet(met: Counter[Any]) -> list[object]:
    """Ops and sorts of windows that no graph had, and ops that were never held against ONNX."""
    from windows import SORTS

    asked: list[object] = [*OPS, *SORTS, *((op, "onnx") for op in OPS if op != "adaptive_avg_pool")]
    return [what for what in asked if met[what] == 0]


# ------------------------------------------------------------------------------ the lane can fail

side, margins, check = ours.side, ours.margins, ours.check_window
transpose = OPS["conv_transpose"]


def rounds(said: str, done: str) -> Callable[..., Num]:
    def rule(*sizes: Any) -> Num:
        read: list[Any] = [done if value == said else value for value in sizes]
        return side(*read)

    return rule


def by_output(x: Shape, y: Shape, **fields: Any) -> Cost:
    cost = transpose.cost(x, y, **fields)
    return cost._replace(madds=cost.madds // (x.h * x.w) * y.h * y.w)


def counts(op: str, **told: Num) -> Callable[..., Cost]:
    cost = OPS[op].cost
    return lambda *xs, **fields: cost(*xs, **fields)._replace(**told)


# What could be wrong, and where: a function of the package, or the rule of an op.
SLIPS: dict[str, tuple[str, Callable[..., Any]]] = {
    "up is down": ("convcost.ops.window.side", rounds("up", "down")),
    "up is caffe": ("convcost.ops.window.side", rounds("up", "caffe")),
    "caffe is up": ("convcost.ops.window.side", rounds("caffe", "up")),
    "no partial window stands alone": (
        "convcost.ops.pooling.check_window",
        lambda x, k, s, d, pad, rounding: check(x, k, s, d, pad, "down"),
    ),
    "a dilation reaches no further": ("convcost.ops.window.reach", lambda k, d: k),
    "half of k, whatever the dilation": (
        "convcost.ops.window.margins",
        lambda k, d, pad: margins(k, HW(1, 1), pad),
    ),
    "rows for columns": (
        "convcost.ops.window.margins",
        lambda k, d, pad: ours.Margins(*margins(k, d, pad)[2:], *margins(k, d, pad)[:2]),
    ),
    "batched is same": ("convcost.ops.convolution.positions", lambda y, d, pad: y.h * y.w),
    "groups forgotten": ("convcost.ops.convolution.exact_div", lambda c, g: c),
    "a transposed map counted at its output": ("conv_transpose cost", by_output),
    "output_pad forgotten": (
        "conv_transpose shape",
        lambda *xs, **fields: transpose.shape(*xs, **{**fields, "output_pad": HW(0, 0)}),
    ),
    "no bias": ("linear cost", counts("linear", biases=0)),
    "no moving numbers": ("bn cost", counts("bn", norm_stats=0)),
    "no scale": ("layer_norm cost", counts("layer_norm", norm_affine=0)),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_found(slip: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Something wrong in the package shows before each sort of window was met twice."""
    from windows import SORTS

    where, wrong = SLIPS[slip]
    op, _, rule = where.partition(" ")
    if rule:
        rules: dict[str, Any] = {rule: wrong}
        monkeypatch.setitem(OPS, op, OPS[op]._replace(**rules))
    else:
        monkeypatch.setattr(where, wrong)
    with pytest.raises(pytest.fail.Exception, match=r"PyTorch (says|runs)"):
        compared(range(2 * len(SORTS)))


def test_what_is_unmet_is_named() -> None:
    from windows import SORTS

    met: Counter[Any] = Counter([*OPS, *SORTS, *((op, "onnx") for op in OPS)])
    assert unmet(met) == []
    for what in ("lrn", ("lrn", "onnx"), SORTS[7]):
        assert unmet(met - Counter([what])) == [what]


def test_the_page_says_how_many() -> None:
    from windows import SORTS

    page = (ROOT / "docs" / "witness.md").read_text(encoding="utf-8")
    assert f"{GRAPHS:,} graphs of " in page
    assert f"each of {len(SORTS)} sorts of window" in page
