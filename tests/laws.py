"""What the laws share: on how many random specs each is tried, and how it is shown that it can fail.

A law is a function that asserts something of a spec. A test holds it for specs that hypothesis draws, the
same few in every run; `CONVCOST_LAWS=100` tries a hundred times as many, and others each time. Beside it
stand slips, put into the package one at a time: each must break the law.

    CONVCOST_LAWS=100 pytest tests/test_laws_*.py -n 0 --hypothesis-seed 1
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from strategies import Written, specs

import convcost
from convcost.reports import Report

T = TypeVar("T")

TIMES = int(os.environ.get("CONVCOST_LAWS", "1"))
TRIED: Counter[str] = Counter()  # examples by law, and what they met; a long run tells it at its end

QUIET = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))


def hold(law: Callable[..., None], count: int, *of: st.SearchStrategy[Any]) -> None:
    """The law, for so many examples."""

    def counted(drawn: tuple[Any, ...]) -> None:
        TRIED[law.__name__] += 1
        law(*drawn)

    phases = (Phase.generate, Phase.shrink)
    few = settings(QUIET, max_examples=count * TIMES, derandomize=TIMES == 1, phases=phases)
    few(given(st.tuples(*of))(counted))()


def drawn(of: st.SearchStrategy[T], count: int) -> list[T]:
    """So many examples as a list, the same in every run."""
    kept: list[T] = []

    def keep(example: T) -> None:
        kept.append(example)

    settings(QUIET, max_examples=count, derandomize=True, phases=[Phase.generate])(given(of)(keep))()
    return kept


@cache
def some(count: int = 10) -> list[Written]:
    """Specs for what needs no others."""
    return drawn(specs(claims=False), count)


def breaks(law: Callable[[Any], None], examples: list[Any]) -> None:
    """One of the examples breaks the law."""

    def tried() -> None:
        for example in examples:
            law(example)

    with pytest.raises(AssertionError):
        tried()


def report(text: str, **options: Any) -> Report:
    return convcost.report(convcost.loads(text), **options)
