"""Why a printed figure differs: real confusions, and that every explanation adds up to its count."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest
from conftest import Run
from hypothesis import given, settings
from hypothesis import strategies as st
from test_docs import leaves, read, table

import convcost
from convcost import SpecError, library, why
from convcost.expr import Word
from convcost.gaps.changes import other_settings
from convcost.gaps.ledger import gap
from convcost.gaps.search import MOST, Found
from convcost.render.why import render_json, render_text


class Case(NamedTuple):
    """A figure as somebody printed it, what is different, and the count that it then is of."""

    spec: str
    figure: dict[str, Any]
    text: str
    value: int
    set_: Mapping[str, str] = {}
    place: int = 0  # among the explanations


SAME = "mobilenet_v1, mobilenet_v2, calflops, deepspeed, torchvision"
CASES = [
    # 32 channels to 32, at 112x112
    Case("mobilenet_v2", {"madds": "313.6M"}, "expand_always = true", 300_774_272 + 32 * 32 * 112 * 112),
    Case("mobilenet_v2", {"madds": "300M"}, "", 300_774_272),
    Case("mobilenet_v2", {"madds": "600M"}, "", 300_774_272),  # 300M, doubled after it was rounded
    Case("mobilenet_v2", {"madds": "602M"}, "counted by flops, darknet, torch", 601_548_544, place=1),
    Case("mobilenet_v2", {"flops": "300.8M"}, "counted by madds, " + SAME, 300_774_272),
    Case("mobilenet_v2", {"madds": "314.2M"}, "counted by fvcore", 314_193_216),
    Case("mobilenet_v2", {"madds": "299494272"}, "counted by shufflenet_v1", 300_774_272 - 1280 * 1000),
    Case("mobilenet_v2", {"params": "3.4M"}, "counted by weights", 3_469_760),
    Case("mobilenet_v2", {"params": "3.47M"}, "counted by weights", 3_469_760),
    Case("mobilenet_v2", {"params": "3.5M"}, "", 3_504_872),
    Case("mobilenet_v2", {"params": "3538984"}, "counted by with_stats", 3_504_872 + 34_112),
    Case("mobilenet_v2", {"params": "2223872"}, "the classifier left out", 3_504_872 - 1281 * 1000),
    Case("resnet", {"madds": "3.8G"}, "stride_in = conv1", 3_857_973_248),
    Case("resnet", {"madds": "4.1G"}, "", 4_089_184_256),
    Case("squeezenet_1_0", {"madds": "0.82G"}, "", 818_924_576),
    Case("squeezenet_1_0", {"madds": "0.84G"}, "counted by ptflops-pytorch", 836_821_960),
    Case("squeezenet_1_0", {"madds": "777.2M"}, "pools = down", 777_221_152),
    Case("squeezenet_1_0", {"flops": "1.72G"}, "resolution = 227; conv10_pad = 1", 2 * 861_339_936, place=2),
    Case("shufflenet_v1", {"madds": "136500672"}, "counted by shufflenet_v1", 137_460_672 - 960 * 1000),
    Case("shufflenet_v1", {"madds": "137M"}, "", 137_460_672),
    Case("shufflenet_v1", {"madds": "138M"}, "", 137_460_672),  # rounded up
    Case("mobilenet_v1", {"madds": "317M"}, "the first convolution left out", 317_271_936, {"alpha": "0.75"}),
    Case("googlenet", {"madds": "1.58G"}, "", 1_582_671_872),
    Case("googlenet", {"madds": "1.498G"}, "layout = torchvision", 1_498_376_192),
    Case("googlenet", {"madds": "1.43G"}, "pools = down", 1_431_556_352),
    Case("xception", {"params": "22,910,480"}, "counted by with_stats", 22_910_480),
    Case("vgg16", {"params": "138,344,128"}, "counted by weights", 138_344_128),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.spec}-{next(iter(case.figure.values()))}")
def test_real_confusions(case: Case) -> None:
    found = why(case.spec, case.set_, **case.figure)
    best = found.fits[case.place]
    assert (best.text, best.value) == (case.text, case.value)
    assert best.reading.agrees(best.value)
    assert found.tried >= len(found.fits)


def total(found: Found) -> None:
    """Every explanation gives the figure, and the lines of its changes add up to its count."""
    for candidate in found.fits:
        assert candidate.reading.agrees(candidate.value)
        changes = gap(found, candidate)
        assert found.start + sum(change.adds for change in changes) == candidate.value
        for change in changes:
            assert sum(line.adds for line in change.lines) == change.adds


@pytest.mark.parametrize("figure", ["300M", "313.6M", "320M", "602M"])
def test_explanations_add_up(figure: str) -> None:
    found = why("mobilenet_v2", madds=figure)
    assert found.fits
    total(found)
    costs = [candidate.cost for candidate in found.fits]
    assert costs == sorted(costs)
    assert costs[-1] <= costs[0] + 1


@pytest.mark.long
@settings(max_examples=4, deadline=None)
@given(data=st.data())
def test_a_change_is_found_again_or_a_simpler_one(data: Any) -> None:
    """The exact count of a network with one or two changes is explained, at no higher cost."""
    spec = convcost.load(
        data.draw(st.sampled_from(["mobilenet_v2", "squeezenet_1_1", "darknet19", "fd_mobilenet"]))
    )
    now = {name: variable.default.value for name, variable in spec.variables.items()}
    change = data.draw(st.sampled_from(other_settings(spec, now)))
    try:
        count = convcost.report(spec, dict(change.settings)).totals.madds
    except SpecError:
        return
    found = why(spec, madds=str(count))
    assert found.fits[0].cost <= change.cost <= MOST
    assert found.fits[0].value == count
    total(found)


def test_other_settings_stay_in_the_range_of_each_variable() -> None:
    for name in library.spec_names():
        spec = convcost.load(name)
        now = {key: variable.default.value for key, variable in spec.variables.items()}
        for setting in other_settings(spec, now):
            for key, value in setting.settings.items():
                spec.variables[key].accept(value, None)
                assert value != now[key] or isinstance(value, Word) is not isinstance(now[key], Word)


def test_where_nothing_fits_the_nearest_are_told(run: Run) -> None:
    result = run("why", "darknet19", "--madds", "1234567890", "--format", "json")
    data = json.loads(result.out)
    assert (result.code, data["fits"]) == (1, [])
    misses = [abs(candidate["count"] - 1_234_567_890) for candidate in data["nearest"]]
    assert len(misses) > 1
    assert misses == sorted(misses)


def test_a_convention_can_be_what_is_meant() -> None:
    """By fvcore, the classifier's 1,280,000 is all that a part left out takes away."""
    found = why("mobilenet_v2", madds="312913216", convention="fvcore")
    assert found.start == 314_193_216
    assert found.fits[0].text == "the classifier left out"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("mobilenet_v2",), "why is about one figure, not none"),
        (("mobilenet_v2", "--madds", "3M", "--params", "3M"), "one figure, not madds and params"),
        (("mobilenet_v2", "--madds", "3 apples"), "'3 apples' is not a figure as printed"),
        (("mobilenet_v2", "--madds", "30%"), "30% is no count of a network"),
        (("mobilenet_v2", "--madds", "0"), "0 is no count of a network"),
        (("mobilenet_v2", "--params", "3M", "--convention", "thop"), "a convention is of madds and flops"),
        (("mobilenet_v2", "--madds", "3M", "--set", "beta=1"), "has no variable 'beta'"),
        (("mobilenet_v2", "--madds", "3M", "--convention", "none"), "there is no convention 'none'"),
    ],
)
def test_what_is_refused(words: tuple[str, ...], said: str, run: Run) -> None:
    result = run("why", *words)
    assert (result.code, result.out) == (2, "")
    assert said in result.err


def test_json_carries_the_same_integers_and_the_keys_of_the_page(run: Run) -> None:
    data = json.loads(run("why", "resnet", "--madds", "3.8G", "--format", "json").out)
    assert (data["count"], data["fits"][0]["count"]) == (4_089_184_256, 3_857_973_248)
    assert data["fits"][0]["settings"] == {"stride_in": "conv1"}
    adds = [change["adds"] for change in data["fits"][0]["changes"]]
    assert adds == [3_857_973_248 - 4_089_184_256]
    keys = {key for key in leaves(data) if not key.startswith(("fits[].settings.", "variables."))}
    assert sorted(keys | {"fits[].settings", "variables"}) == sorted(
        row[0] for row in table(read("why.md"), "key", "type")
    )


def test_two_changes_that_the_spec_takes_only_together(run: Run) -> None:
    """4 groups divide 2 * 2 channels, 6 divide 2 * 3: neither change is there without the other."""
    text = (
        "{name: pair, input: [3, 8, 8], network: [conv: 2 * b, {conv: {out: 12, g: a}}],"
        " variables: {a: {default: 4, at_least: 4, at_most: 6}, b: {default: 2, at_least: 2, at_most: 3}}}"
    )
    small, large = 64 * (3 * 4 + 4 * 12 // 4), 64 * (3 * 6 + 6 * 12 // 6)
    result = run("why", "-", "--madds", large, stdin=text.encode())
    assert (result.code, result.err) == (0, "")
    assert f"1. a = 6; b = 3: {large:,}, to the nearest" in result.out
    assert f"+{large - small:,}  a = 6; b = 3" in result.out


def test_a_search_that_its_cap_stops_says_so() -> None:
    tight = convcost.load("mobilenet_v2", limits=convcost.Limits(steps=10_000))
    found = convcost.why(tight, madds="123,456,789")
    assert found.skipped is True
    assert not found.fits
    assert "(and not all that there are: 1,000 networks at most" in render_text(found)
    assert json.loads(render_json(found))["skipped"] == found.skipped
    assert not convcost.why("mobilenet_v2", madds="123,456,789").skipped
