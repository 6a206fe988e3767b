"""Closed forms of whole networks: inside its domain a form is the integer report, digit by digit."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
import sympy
from conftest import Run

import convcost
from convcost import library, symbolic
from convcost.cost import Row, walk
from convcost.expand import expand
from convcost.formulas import make_form_report
from convcost.growth import grown, start
from convcost.render.form import FORMATS, render

NAMES = library.spec_names()
LONG = (
    "condensenet", "condensenet_cifar", "igcv2", "igcv3", "mobilenet_edgetpu", "mobilenet_v3_large",
    "mobilenet_v3_small", "resnext", "ssdlite_mobilenet_v2",
)  # fmt: skip
SHARES = [Fraction(n, 20) for n in (1, 7, 15, 20, 28)]

TOTALS = ("madds", "params", "mem_access")


def numbers(name: str) -> list[str]:
    return [v.name for v in convcost.load(name).variables.values() if v.kind in ("count", "number")]


def values_of(spec: Any, name: str) -> list[Fraction | int]:
    """Values to try: shares of 1 for what need not be whole, else counts about the default."""
    default = spec.variables[name].default.value
    if spec.variables[name].kind == "number":
        return list(SHARES)
    step = 32 if name in spec.spatial else 1
    return [max(1, default + step * n) for n in (-6, -2, -1, 0, 1, 5)]


def allowed(spec: Any, name: str, value: Fraction | int) -> bool:
    try:
        spec.variables[name].accept(value, None)
    except convcost.SpecError:
        return False
    return True


def form_or_refusal(spec: Any, free: str) -> symbolic.Form | str:
    try:
        return symbolic.network_form(spec, spec.bind({}), [free])
    except convcost.SpecError as error:
        return str(error)


def costs(row: Row) -> list[Any]:
    return [getattr(row.tally, key) for key in TOTALS]


def at(given: dict[Any, Any], rows: list[list[Any]]) -> list[list[Any]]:
    """The costs with numbers put in for symbols; each formula once, however many layers have it."""
    known: dict[Any, Any] = {}
    for cost in (cost for row in rows for cost in row):
        if cost not in known:
            known[cost] = sympy.sympify(cost).xreplace(given)
    return [[known[cost] for cost in row] for row in rows]


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.long] * (name in LONG)) for name in NAMES]
)
def test_a_form_is_the_integer_report_inside_its_domain(name: str) -> None:
    """Every spec, each numeric variable left free: either a form that holds, or a refusal that says why."""
    spec = convcost.load(name)
    tried = grown_too = 0
    for free in numbers(name):
        form = form_or_refusal(spec, free)
        if isinstance(form, str):
            assert "no closed form over" in form
            continue
        for value in values_of(spec, free):
            given = form.at({free: value}) if allowed(spec, free, value) else None
            if given is None:
                continue
            rows = walk(expand(spec, spec.bind({free: value})))
            assert [row.node.path for row in rows] == [row.node.path for row in form.rows]
            assert [costs(row) for row in rows] == at(given, [costs(row) for row in form.rows])
            tried += 1
        grown_too += grows_as_reports_do(spec, free, form)
    assert tried > 0
    assert grown_too > 0


def grows_as_reports_do(spec: Any, free: str, form: symbolic.Form) -> int:
    """x dC/dx of every layer is that of plain reports; the layers looked at.

    Costs are parabolas over a side of the input and over a multiplier of widths that are not rounded;
    there the slope at a point is the secant of its two neighbours.
    """
    sized = free in spec.spatial
    step = symbolic.downsampling(form.graph) if sized else 1
    x = step + spec.bind({})[free].value
    if not sized and not unrounded(form, free):
        return 0
    known = start(form, free, x)
    reports = [convcost.report(spec, {free: x + step * n}).rows for n in (-1, 0, 1)]
    for row, *ints in zip(form.rows, *reports, strict=True):
        for key in TOTALS:
            before, here, after = (getattr(each.tally, key) for each in ints)
            rate = Fraction(x * (after - before), 2 * step)
            assert grown(getattr(row.tally, key), known) == (here, rate), f"{free}: {key} of {row.node.path}"
    return len(form.rows)


def unrounded(form: symbolic.Form, free: str) -> bool:
    """Whether every width is n times as wide at n = 1, 2, 3, so that no rounding tells."""
    if not form.names:
        return False
    once, *more = (form.at({free: n}) for n in (1, 2, 3))
    return once is not None and all(
        widths is not None and all(widths[c] == n * once[c] for c in form.names)
        for n, widths in enumerate(more, 2)
    )


def test_two_variables_at_once() -> None:
    spec = convcost.load("mobilenet_v2")
    report = make_form_report(spec, ["alpha", "resolution"], {})
    assert report.conditions == ("c1 != c2", "c4 != c5", "c6 != c7")
    for alpha, resolution in ((Fraction(1), 224), (Fraction(7, 5), 96), (Fraction(7, 20), 160)):
        given = report.form.at({"alpha": alpha, "resolution": resolution})
        assert given is not None
        totals = convcost.report(spec, {"alpha": alpha, "resolution": resolution}).totals
        assert [report.totals[key].subs(given) for key in TOTALS] == [getattr(totals, key) for key in TOTALS]


@pytest.mark.parametrize(
    ("name", "free", "madds"),
    [
        pytest.param("mobilenet_v2", "resolution", lambda r: 6112128 * r**2 + 1280000, id="32 r"),
        pytest.param("vgg16", "classes", lambda n: 15470264320 - 4096 * 1000 + 4096 * n, id="classes"),
        pytest.param("shufflenet_v2_table1", "c2", lambda c: 20 * 56 * 56 * 128 * c, id="c1 c2"),
        pytest.param("shufflenet_v2_table2", "c", lambda c: 10 * 56 * 56 * c**2, id="c^2"),
    ],
)
def test_forms_that_can_be_written_out(name: str, free: str, madds: Callable[[Any], Any]) -> None:
    report = make_form_report(convcost.load(name), [free], {})
    (symbol,) = sympy.sympify(report.totals["madds"]).free_symbols
    assert sympy.expand(report.totals["madds"] - madds(symbol)) == 0


def test_outside_its_domain_a_form_has_no_value() -> None:
    spec = convcost.load("mobilenet_v2")
    wide = symbolic.network_form(spec, spec.bind({}), ["alpha"])
    assert wide.at({"alpha": Fraction(1)}) is not None
    assert wide.at({"alpha": Fraction(1, 10)}) is None  # 32 and 16 channels both round to 8: a skip appears
    sized = symbolic.network_form(spec, spec.bind({}), ["resolution"])
    assert sized.at({"resolution": 192}) is not None
    assert sized.at({"resolution": 200}) is None  # no multiple of 32


@pytest.mark.parametrize(
    ("name", "words", "said"),
    [
        ("shufflenet_v1", ("groups",), "`g == 3` decides the structure"),
        ("resnet", ("depth",), "no closed form over depth"),
        ("mobilenet_v2", ("width",), "has no variable 'width'"),
        ("mobilenet_v2", ("widths",), "only a number can be left free"),
        ("mobilenet_v2", ("alpha", "alpha"), "names each variable once"),
        ("mobilenet_v2", (), "names each variable once"),
    ],
)
def test_refused(name: str, words: tuple[str, ...], said: str) -> None:
    with pytest.raises(convcost.SpecError) as caught:
        make_form_report(convcost.load(name), words, {})
    assert said in str(caught.value)


def test_a_variable_is_free_or_set_and_not_both() -> None:
    with pytest.raises(convcost.SpecError, match="left free"):
        make_form_report(convcost.load("mobilenet_v2"), ["alpha"], {"alpha": 1})


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_has_every_layer_and_total(format: str) -> None:
    report = make_form_report(convcost.load("mobilenet_v2"), ["resolution"], {})
    text = render(report, format)
    assert all(line.path in text.replace("\\", "") for line in report.lines)
    assert "6112128" in text
    assert text.endswith("\n")


def test_the_command(run: Run) -> None:
    found = run("report", "mobilenet_v2", "--symbolic", "resolution", "--format", "json")
    data = json.loads(found.out)
    assert (found.code, data["free"]) == (0, {"resolution": "32*r"})
    assert data["totals"]["madds"] == "6112128*r^2 + 1280000"
    assert run("report", "mobilenet_v2", "--symbolic", "resolution", "--format", "csv").code == 2
    assert run("report", "mobilenet_v2", "--symbolic", "resolution", "--top", "3").code == 2
