"""Hostile and broken texts: every way to ask for more than there is, what fuzzing found, random specs.

That a text ends is asserted by counting (tests/ending.py), not by a clock. The long runs, with times and
memory, are benchmarks/fuzz.py; docs/robustness.md says what they came to.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from attacks import ATTACKS, FORMULAS, SEARCHES, keys, sum_of_ones
from corpus import CORPUS, Case
from ending import NOTHING, SEARCHING, Given, Touched, counted, end, end_any, watched
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slips import slips
from strategies import Written, specs

import convcost
from convcost import Limits, SpecError
from convcost.render import FORMATS
from specs import spec


def fixed(count: int) -> settings:
    """So many examples, the same in every run."""
    return settings(
        max_examples=count,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


TIGHT = Limits(bytes=100_000, nodes=300, steps=3_000)
ROOM = Limits(bytes=100_000, nodes=100, steps=30_000)  # for what a layer costs SymPy to come out

# ------------------------------------------------------------------------------ attacks


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_takes_no_more_calls_than_its_steps_allow(name: str) -> None:
    """Nothing that grows with the square of a text, or faster, hides from the count of steps."""
    end(ATTACKS[name](9_000), limits=TIGHT, commands=("check", "lint"))


@pytest.mark.parametrize("name", FORMULAS)
def test_formulas_take_no_more_calls_than_their_steps_allow(name: str) -> None:
    write, free = FORMULAS[name]
    end(write(900), Given(free=free), limits=ROOM, commands=("symbolic",))


@pytest.mark.parametrize("name", SEARCHES)
def test_searches_take_no_more_calls_than_their_steps_allow(name: str) -> None:
    end(SEARCHES[name](600), limits=TIGHT, commands=("solve",))


FORKS = ["variables", "choices", "choices of variants", "very small steps", "many comparisons", "windows"]


@pytest.mark.parametrize("name", FORKS)
def test_explanations_take_no_more_calls_than_their_steps_allow(name: str) -> None:
    """However many variables and values there are to try, by themselves and in pairs."""
    writers = {**ATTACKS, **SEARCHES, **{name: write for name, (write, _) in FORMULAS.items()}}
    end(writers[name](600), limits=TIGHT, commands=SEARCHING)


def test_formulas_of_a_convention_are_counted_together(tmp_path: Path) -> None:
    """However many layers evaluate them; a hostile convention is a text like any other."""
    path = tmp_path / "long.yaml"
    says = "{title: t, unit: u, says: s, source: p, counts: {conv: {count: FORMULA, source: p}}, others: 0}"
    path.write_text(says.replace("FORMULA", f'"{sum_of_ones(6)} * M"'))
    network = convcost.loads(spec(keys("- conv: {0} + 1", 1_000)), limits=TIGHT)
    assert convcost.report(network).totals.madds
    with pytest.raises(SpecError, match="more than 3,000 steps"), counted(lambda: TIGHT.steps):
        convcost.report(network, convention=str(path))


# ---------------------------------------------------------------------------- what was found, what is drawn


@pytest.mark.parametrize("case", CORPUS, ids=[case.found for case in CORPUS])
def test_what_once_broke_a_promise(case: Case) -> None:
    end_any(case.text)


@pytest.mark.long
@fixed(30)
@given(specs())
def test_a_valid_spec_ends_in_reports(written: Written) -> None:
    assert end(written.text).error is None


@pytest.mark.long
@fixed(4)
@given(specs())
def test_a_valid_spec_ends_in_explanations(written: Written) -> None:
    assert end(written.text, commands=SEARCHING).error is None


@pytest.mark.long
@fixed(100)
@given(slips([case.text for case in CORPUS]))
def test_a_slip_ends_in_reports_or_an_error_with_a_place(text: str) -> None:
    end(text)


@fixed(100)
@given(st.binary(max_size=100) | st.text(max_size=100))
def test_anything_at_all_ends_in_an_error(data: bytes | str) -> None:
    assert end_any(data).error is not None


SMALL_SPEC = spec(
    "- {conv: out, name: first}\n- {bn: , when: layout == plain}",
    variables="{out: 8, alpha: {default: 1.0, above: 0}}",
    choices="{layout: [plain, other]}",
    variants="{half: {alpha: 0.5}}",
    sources="{p: x}",
    claims="[{madds: 1, source: p}]",
)
TYPED = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["alpha", "out", "half", "layout=other", "out=2", "alpha=1/0", "alpha=__import__('os')", "madds<=1K"]
    ),
    st.sampled_from(
        ["3x8x8", "3x0x8", "9" * 5000, "madds=0", "flops<=1%", "x=" + "(" * 500, "lambda", "$(id)", "\x1b[2J"]
    ),
)


@pytest.mark.long
@fixed(75)
@given(
    st.builds(
        Given,
        st.lists(TYPED, max_size=2).map(tuple),
        st.none() | TYPED,
        st.none() | TYPED,
        TYPED,
        TYPED,
        TYPED,
        TYPED,
        st.just(tuple(FORMATS)),
    )
)
def test_whatever_is_typed_beside_a_text(options: Given) -> None:
    assert end(SMALL_SPEC, options).error is None


# ------------------------------------------------------------------------------ the harness can fail


def run_a_shell() -> None:
    subprocess.run(["true"])


def open_an_address() -> None:
    socket.socket().connect(("127.0.0.1", 1))


@pytest.mark.parametrize(
    "act",
    [
        lambda: open(os.devnull, "w"),  # noqa: SIM115
        lambda: open(__file__),  # noqa: SIM115
        lambda: os.system("true"),
        lambda: os.mkdir("new"),
        lambda: eval("1 + 1"),
        lambda: exec("pass"),
        run_a_shell,
        open_an_address,
    ],
)
def test_the_harness_sees_what_is_touched(act: Callable[[], object]) -> None:
    with pytest.raises(Touched), watched():
        act()


def test_the_harness_sees_work_that_no_step_counts() -> None:
    with pytest.raises(AssertionError, match="calls for 10 steps"), counted(lambda: 10):
        ["".upper() for _ in range(100_000)]
    assert end(SMALL_SPEC, NOTHING).calls > 1_000


def test_the_harness_sees_an_error_without_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    def misplaced(*_: object) -> None:
        raise SpecError("somewhere something is wrong")

    monkeypatch.setattr("ending.load", misplaced)
    with pytest.raises(AssertionError, match="somewhere"):
        end(SMALL_SPEC)
    assert sys.getprofile() is None
