"""Where a formula holds: what each layer asks of its sizes is a condition, said in few words."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy

import convcost
from convcost.domain import always, bound
from convcost.expressions import formula
from convcost.formulas import make_form_report
from convcost.symbolic import network_form
from convcost.weighing import powered, terms
from specs import spec

FRACTION = "{n: {default: 1.0, above: 0}}"
BLOCK = "{own: {args: {c: 1}, body: [conv: 2 * c]}}"

# Lines, the variable n, the conditions of n; the first value that is outside, if there is one.
DOMAINS = {
    "as many channels as are taken": ("- conv: n\n- slice: {out: 4, start: 2}", "8", ["n >= 6"], 5),
    "as many as there are, zeros added": ("- conv: n\n- subsample: {out: 16, s: 2}", "8", ["n <= 16"], 17),
    "a map to be pooled": ("- {upsample: n, name: up}\n- adaptive_avg_pool: 16", "4", ["n >= 2"], 1),
    "a window that fits": ("- max_pool: {k: n, s: 1}", "3", ["n <= 8"], 9),
    "the last window alone": ("- max_pool: {k: n, s: 2, rounding: up}", "3", ["n <= 9"], 10),
    "a whole width": ("- conv: 12 / n", "3", ["n divides 12"], 5),
    "whole widths, all in one": ("- conv: 48 / n\n- conv: 36 / n\n- conv: 12", "3", ["n divides 12"], 8),
    "groups": ("- conv: 96\n- conv: {out: 64, g: n}", "4", ["n divides 32"], 3),
    "a width above 0": ("- conv: n - 3", "8", ["n >= 4"], 3),
    "of a rounded width": ("- conv: floor(0.7 * n)", "8", ["n >= 2"], 1),
    "a multiplier": ("- conv: 24 * n\n- conv: 36 * n", FRACTION, ["12*n is whole"], Fraction(3, 10)),
    "an argument that no line uses whole": ("- own: n / 2", "8", ["2 divides n"], 7),
    "shared parameters": (
        "- {conv: {out: 'max(8, n)', k: 3}, name: a}\n"
        "- {conv: {out: 'max(8, n)', k: 3}, name: b}\n- {conv: {out: 8, k: 3}, name: c, share: b}",
        "4",
        ["Max(8, n) == 8"],
        9,
    ),
    "nothing": ("- conv: n\n- conv: 2 * n", "8", [], None),
}


@pytest.mark.parametrize(("lines", "n", "conditions", "outside"), DOMAINS.values(), ids=DOMAINS)
def test_the_conditions_are_these(
    lines: str, n: str, conditions: list[str], outside: int | Fraction | None
) -> None:
    network = convcost.loads(spec(lines, variables=n if n.startswith("{") else f"{{n: {n}}}", blocks=BLOCK))
    report = make_form_report(network, ["n"], {})
    assert list(report.conditions) == conditions
    if outside is not None:
        assert report.form.at({"n": outside}) is None
        with pytest.raises(convcost.SpecError):
            convcost.report(network, {"n": outside})


def test_the_width_of_the_input_is_a_count_too() -> None:
    network = convcost.loads(spec("- bn", variables="{n: 8}", input="[n - 3, 4, 4]"))
    report = make_form_report(network, ["n"], {})
    assert list(report.conditions) == ["n >= 4"]
    assert report.form.at({"n": 3}) is None
    with pytest.raises(convcost.SpecError):
        convcost.report(network, {"n": 3})


@pytest.mark.parametrize("lines", ["abc", "bca", "bac"])
def test_a_condition_is_told_of_the_first_line_that_asks_for_so_much(lines: str) -> None:
    """Of a width of n - 3 and two of n - 5, the earlier of the two."""
    widths = {"a": "n - 3", "b": "n - 5", "c": "n - 5"}
    text = "\n".join(f"- {{conv: {widths[name]}, name: {name}}}" for name in lines)
    network = convcost.loads(spec(text, variables="{n: 8}"))
    (condition,) = network_form(network, network.bind({}), ["n"]).assumptions
    assert (condition.path, formula(condition.relation)) == ("b", "n >= 6")


def test_what_can_never_be_below_zero_is_no_condition() -> None:
    """n m - n is n (m - 1); n m - 2 n is below 0 where m is 1."""
    n, m = sympy.symbols("n m", positive=True, integer=True)
    assert always(n * m - n)
    assert not always(n * m - 2 * n)
    assert bound(sympy.Ge(n * m, n)) == sympy.true


def test_sizes_that_agree_at_one_value_only_are_refused() -> None:
    lines = "- conv: 8 * n\n- split: {sizes: [4 * n, n * n], join: concat, paths: {a: [], b: []}}"
    with pytest.raises(convcost.SpecError, match="no closed form over n: `the sum of the sizes` decides"):
        make_form_report(convcost.loads(spec(lines, variables="{n: 4}")), ["n"], {})


def test_a_condition_of_many_terms_is_left_as_it_is_written() -> None:
    """Multiplied out, this one would have 125,970."""
    names = [f"v{i}" for i in range(8)]
    factor = f"({' + '.join(names)} - 7)"
    variables = "{" + ", ".join(f"{name}: 1" for name in names) + "}"
    network = convcost.loads(spec(f"- conv: {' * '.join([factor] * 12)}", variables=variables))
    (condition,) = network_form(network, network.bind({}), names).assumptions
    assert formula(condition.relation) == f"{factor}^12 >= 1"


@pytest.mark.parametrize("steps", [3_000, 5_000, 7_000, 9_000])
def test_questions_that_take_too_long_end_at_a_line(steps: int) -> None:
    """Wherever they are: what a layer asks, or how it is said."""
    lines = "- {conv: {out: 4, k: 3, pad: valid}, repeat: 20}"
    text = spec(lines, input="[3, n, n]", variables="{n: 60}")
    network = convcost.loads(text, limits=convcost.Limits(steps=steps))
    with pytest.raises(convcost.SpecError, match=f"more than {steps:,} steps") as caught:
        make_form_report(network, ["n"], {})
    assert caught.value.place is not None


A, B, C = sympy.symbols("a b c")
PRODUCTS = [A, A + B, (A + B) ** 5, (A + B + C) ** 4, (A + B) * (B + C + 1), A * (A + 2) ** 3 + C]


@pytest.mark.parametrize("product", PRODUCTS, ids=str)
def test_terms_are_foretold(product: sympy.Expr) -> None:
    """As many as SymPy writes, since none of these meet; more on the way; and never above the most."""
    kept, work = terms(product, 1_000)
    assert kept == len(sympy.Add.make_args(sympy.expand(product)))
    assert work >= kept
    assert max(terms(product, 3)) <= 3


@pytest.mark.parametrize(
    ("count", "power", "most", "found"),
    [(1, 9, 50, 1), (2, 5, 50, 6), (3, 4, 50, 15), (4, 3, 50, 20), (3, 4, 10, 10), (3, 51, 50, 50)],
)
def test_terms_of_a_power(count: int, power: int, most: int, found: int) -> None:
    """(a + b)^5 has 6; as many as ways to share a power among the terms of its base."""
    assert powered(count, power, most) == found
