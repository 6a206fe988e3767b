"""Networks side by side."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest
import sympy
from comparing import compare, read, text, values
from conftest import Run

import convcost
from convcost.comparing.results import METRICS

# ------------------------------------------------------------------------------ networks


def totals(spec: str, **options: Any) -> tuple[int, int, int]:
    made = convcost.report(spec, **options).totals
    return made.madds, made.params, made.mem_access


@pytest.mark.parametrize(
    ("sides", "options", "reports"),
    [
        (("mobilenet_v1", "mobilenet_v2", "shufflenet_v2"), {}, ({}, {}, {})),
        (("mobilenet_v2:alpha=0.75", "mobilenet_v2"), {}, ({"settings": {"alpha": "0.75"}}, {})),
        (
            ("resnet:variant=resnet18", "resnet:variant=resnet50,stride_in=conv1"),
            {},
            ({"variant": "resnet18"}, {"variant": "resnet50", "settings": {"stride_in": "conv1"}}),
        ),
        (
            ("mobilenet_v1", "mobilenet_v2:resolution=160"),
            {"settings": {"resolution": 192, "alpha": "0.5"}},
            (
                {"settings": {"resolution": 192, "alpha": "0.5"}},
                {"settings": {"resolution": 160, "alpha": "0.5"}},
            ),
        ),
    ],
)
def test_networks_have_their_reports_totals(
    sides: tuple[str, ...], options: dict[str, Any], reports: tuple[dict[str, Any], ...]
) -> None:
    got = compare(*sides, **options)
    assert got.kind == "networks"
    for name, side, given_ in zip(sides, got.sides, reports, strict=True):
        expected = totals(name.partition(":")[0], **given_)
        assert tuple(side.counts[metric].value for metric in METRICS) == expected
    for pair in got.pairs:
        of, to = values(got, "params")[pair.of], values(got, "params")[pair.to]
        assert pair.ratios["params"].value == Fraction(of or 0, to or 1)
        assert (pair.by_side, pair.turns) == ((), ())


def test_a_variable_that_one_network_lacks_is_said() -> None:
    got = compare("mobilenet_v1", "vgg16", settings={"alpha": "0.5"})
    assert got.sides[1].ignored == ("alpha",)
    assert "takes no alpha" in text(got)


def test_files_are_networks(run: Run, tmp_path: Any) -> None:
    for name, out in (("a", 4), ("b", 8)):
        (tmp_path / f"{name}.yaml").write_text(f"name: {name}\ninput: [3, 8, 8]\nnetwork: [conv: {out}]\n")
    result = run("compare", tmp_path / "a.yaml", f"{tmp_path}/b.yaml", "--format", "json")
    data = json.loads(result.out)
    assert [side["count"]["value"] for side in data["sides"]] == [8 * 8 * 3 * 4, 8 * 8 * 3 * 8]
    assert data["pairs"][0]["count"]["fraction"] == "2"


def test_a_free_variable_gives_formulas() -> None:
    """At r = 7 both are the reports at 224."""
    got = compare("mobilenet_v1:resolution=?", "mobilenet_v2:resolution=?")
    assert got.letters == {"r": None}
    assert got.sides[0].free == {"resolution": "32*r"}
    r = sympy.Symbol("r", integer=True, positive=True)
    for side, name in zip(got.sides, ("mobilenet_v1", "mobilenet_v2"), strict=True):
        madds, params, mem_access = totals(name)
        assert read(side.counts["count"].formula).subs(r, 7) == madds
        assert side.counts["params"].value == params
        assert read(side.counts["mem_access"].formula).subs(r, 7) == mem_access
    ratio = read(got.ratio("count").formula).subs(r, 7)
    assert ratio == sympy.Rational(totals("mobilenet_v2")[0], totals("mobilenet_v1")[0])


def test_networks_in_numbers_never_import_sympy(shell: Run) -> None:
    code = "import sys, convcost as c; c.compare('resnet', 'mobilenet_v2'); print('sympy' in sys.modules)"
    assert shell(python=("-c", code)).out.strip() == "False"
