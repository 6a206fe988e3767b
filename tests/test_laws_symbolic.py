"""The law of formulas: inside its domain, a walk on symbols is the walk on ints, layer by layer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache
from typing import Any

import pytest
import sympy
from hypothesis import strategies as st
from laws import TRIED, breaks, hold
from strategies import Written, specs

import convcost
from convcost import library, symbolic
from convcost.cost import Tally, walk
from convcost.errors import Mark, Source
from convcost.expand import Expansion
from convcost.expr import RESERVED, Bound
from convcost.expressions import positive
from convcost.limits import Meter
from convcost.machine import Ints
from convcost.ops import Shape
from convcost.reader import Scalar
from convcost.shelf import Shelf
from convcost.spec import Block, Spec
from convcost.symbolic import Form
from specs import spec

# Values that a variable left free is given: all in its range, its default among them.
VALUES: dict[str, list[Fraction | int]] = {
    "alpha": [Fraction(n, 20) for n in (1, 5, 7, 10, 15, 20, 26, 28, 35, 60)],
    "wide": [2, 3, 4, 6, 7, 8, 9, 12, 15, 16, 24, 32, 50, 64],
    "side": [1, 2, 3, 5, 8, 11, 12, 13, 24, 31, 36],
    "two": [1, 2, 3, 4, 6, 8],
}


def is_the_walk_on_ints(written: Written, free: str) -> None:
    """A form has its domain, in which the default is; there every layer's costs are those of a report."""
    network = convcost.loads(written.text)
    form = form_of(network, free)
    if form is None:
        return
    assert form.at({free: network.variables[free].default.value}) is not None
    for value in VALUES[free]:
        given = form.at({free: value})
        TRIED[f"{free} {'outside' if given is None else 'inside'}"] += 1
        if given is not None:
            assert list(at(form, given)) == list(on_ints(network, free, value)), f"{free} = {value}"


def form_of(network: Spec, free: str) -> Form | None:
    """The form; None where the variable decides what is there, which the refusal says."""
    try:
        return symbolic.network_form(network, network.bind({}), [free])
    except convcost.SpecError as refusal:
        if f"no closed form over {free}" not in refusal.message:
            raise
        TRIED[f"{free} refused"] += 1
        return None


Layer = tuple[str, tuple[int, ...], dict[str, Any]]


def on_ints(network: Spec, free: str, value: Fraction | int) -> Iterator[Layer]:
    try:
        rows = convcost.report(network, {free: value}).rows
    except convcost.SpecError as refusal:
        raise AssertionError(f"a form holds at {free} = {value}, and a report: {refusal}") from None
    for row in rows:
        yield row.node.path, tuple(row.node.output), terms(row.tally, lambda n: n)


def at(form: Form, given: dict[Any, Any]) -> Iterator[Layer]:
    number = numbering(given)
    for row in form.rows:
        yield row.node.path, tuple(map(number, row.node.output)), terms(row.tally, number)


def numbering(given: dict[Any, Any]) -> Callable[[Any], int]:
    """What an expression is where the symbols have these values: a whole number, or an error."""

    @cache
    def number(expr: Any) -> int:
        exact = sympy.sympify(sympy.sympify(expr).xreplace(given))
        assert exact.is_Integer, f"{expr} is {exact}"
        return int(exact)

    return number


def terms(tally: Tally, number: Callable[[Any], int]) -> dict[str, int]:
    """Every count of a layer, those of a kind apart; what is 0 is not there."""
    counts: dict[str, Any] = {}
    for key, value in tally._asdict().items():
        counts |= (
            {f"{key} {kind}": n for kind, n in value.items()} if isinstance(value, dict) else {key: value}
        )
    numbers = {key: number(n) for key, n in counts.items()}
    return {key: n for key, n in numbers.items() if n}


def test_a_walk_on_symbols_is_the_walk_on_ints_inside_its_domain() -> None:
    hold(is_the_walk_on_ints, 10, specs(claims=False), st.sampled_from(list(VALUES)))
    assert sum(n for what, n in TRIED.items() if "inside" in what) > 20


# ------------------------------------------------------------------------------ blocks, all sizes unknown

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
# What an argument of this name is drawn from, where a width would not do.
DRAWN = {"k": [1, 3, 5], "s": [1, 2], "g": [1, 2], "d": [1, 2], "t": [1, 2, 6], "L": [2, 4], "K": [2, 4]}
WIDTHS = [8, 16, 24]


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


def sizes_of(of: Block) -> tuple[st.SearchStrategy[dict[str, int]], st.SearchStrategy[Shape]]:
    side = st.integers(10, 40)
    names = unset(of, "count", "count0", "size")
    given = {name: st.sampled_from(DRAWN.get(name, WIDTHS)) for name in names}
    return st.fixed_dictionaries(given), st.builds(Shape, st.sampled_from(WIDTHS), side, side)


@pytest.mark.parametrize("name", BLOCKS)
def test_a_block_whose_sizes_are_all_unknown_is_the_block_of_numbers(name: str) -> None:
    of = block(name)
    fixed = {arg: Bound(Fraction(3, 4), MARK) for arg in unset(of, "number")}

    def is_the_block_of_numbers(sizes: dict[str, int], shape: Shape) -> None:
        try:
            given = {arg: Bound(n, MARK) for arg, n in sizes.items()}
            graph = Expansion(Ints()).block(of, {**fixed, **given}, shape)
        except convcost.SpecError:
            return
        at = {positive(arg): n for arg, n in {**sizes, **shape._asdict()}.items()}
        machine = symbolic.Replay(graph.ledger)
        unknown = {arg: Bound(positive(arg), MARK) for arg in sizes}
        form = Expansion(machine).block(of, {**fixed, **unknown}, Shape(*map(positive, "chw")))
        assert all(condition.subs(at) for condition in machine.assumed)
        number = numbering(at)
        for ours, theirs in zip(walk(form), walk(graph), strict=True):
            assert tuple(map(number, ours.node.output)) == tuple(theirs.node.output)
            assert terms(ours.tally, number) == terms(theirs.tally, int)

    hold(is_the_block_of_numbers, 2, *sizes_of(of))


# ------------------------------------------------------------------------------ the law can fail

TWIN = Written(
    spec(
        "- conv: {out: 'max(wide, 6)', k: 3}\n- slice: 7\n"
        "- {inverted_residual: {t: 1, out: wide, s: 2}, repeat: 2}\n- {conv: 8, when: c_here > 10}",
        variables="{wide: 8, side: 12}",
        input="[3, side, side]",
    ),
    {},
    {},
)

R = sympy.Symbol("r", integer=True, positive=True)

# What could be wrong in the package, and with which variable it shows.
SLIPS: dict[str, tuple[str, str, Any]] = {
    "a maximum is the second": ("wide", "convcost.expressions._Symbolic.larger", lambda self, a, b: b),
    "no layer is asked": ("wide", "convcost.symbolic.needs", lambda graph, what, meter: []),
    "no decision is kept": ("wide", "convcost.symbolic.Replay.assume", lambda *_, **__: None),
    "sizes that leave a rest": (
        "side",
        "convcost.symbolic.Form.at",
        lambda self, values: {R: values["side"] // 2},
    ),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_found(slip: str, monkeypatch: pytest.MonkeyPatch) -> None:
    free, where, wrong = SLIPS[slip]
    is_the_walk_on_ints(TWIN, free)
    monkeypatch.setattr(where, wrong)
    breaks(lambda written: is_the_walk_on_ints(written, free), [TWIN])
