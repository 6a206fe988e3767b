"""Blocks compared: formulas in shared letters, and numbers where the letters have values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from convcost import num
from convcost.comparing.arrange import arranged, put, put_ratio, ratio, said
from convcost.comparing.calls import BlockCall, argument_letter, letters_of, read_calls
from convcost.comparing.forms import BlockForm, agreed
from convcost.comparing.letters import SHARED, Known, distinct, make_known, texts
from convcost.comparing.results import METRICS, Comparison, Count, Pair, Ratio, Side, counted
from convcost.comparing.sides import Written
from convcost.comparing.turns import Course
from convcost.conventions import Conventions
from convcost.expr import Value
from convcost.limits import Meter
from convcost.machine import Ints


def compare_blocks(
    sides: Sequence[Written],
    sizes: Mapping[str, int],
    settings: Mapping[str, Value],
    assumptions: Sequence[str],
    by: Conventions,
    meter: Meter,
) -> Comparison:
    """Blocks of the library with `sizes` (k, m, n, df) and other letters in common; the rest stay letters."""
    calls = read_calls(sides, meter)
    known = make_known(letters_of(calls), sizes, settings, assumptions, meter)
    numbers = [_numbers(call, known, by, meter) for call in calls]
    forms, known = agreed(calls, known, by, meter)
    used = {letter for form in forms for count in form.exact.values() for letter in count.free_symbols}
    made = []
    for call, form, exact in zip(calls, forms, numbers, strict=True):
        counts = {metric: _count(form, metric, known) for metric in METRICS}
        assert exact is None or exact == {metric: count.value for metric, count in counts.items()}
        made.append(Side(call.name, call.block.help, counts, _ignored(call, calls, sizes)))
    return Comparison(
        kind="blocks",
        sides=tuple(made),
        letters={
            name: None if (value := known.number(letter)) is None else num.whole(value)
            for name, letter in known.letters.items()
            if name not in SHARED and str(letter) == name and (letter in used or letter in known.values)
        },
        pairs=tuple(
            _pair(of, to, (forms[of], forms[to]), (calls[of].name, calls[to].name), known)
            for to, of in combinations(range(len(calls)), 2)
        ),
        by=by,
        conditions=texts([*known.equal, *distinct(each for form in forms for each in form.conditions)]),
    )


def _numbers(call: BlockCall, known: Known, by: Conventions, meter: Meter) -> dict[str, Any] | None:
    """The counts on whole numbers, with every check; None where some letter has no value."""
    letters = {name: known.number(form) for name, form in known.letters.items()}
    if any(letters[name] is None for name in call.letters()):
        return None
    exact = {name: num.whole(value) for name, value in letters.items() if value is not None}
    return counted(call.graph(Ints(meter), exact), by)


def _count(form: BlockForm, metric: str, known: Known) -> Count:
    value = known.number(form.exact[metric])
    shown = arranged(form.shown[metric], known.letters[SHARED["df"]])
    return Count(shown, None if value is None else num.whole(value), said(shown), put(shown, known.values))


def _pair(of: int, to: int, forms: tuple[BlockForm, BlockForm], names: tuple[str, str], known: Known) -> Pair:
    course = Course(forms, names, known)
    ratios = {metric: _ratio(metric, *forms, known) for metric in METRICS}
    return Pair(of, to, ratios, course.by_side(), course.turns())


def _ratio(metric: str, later: BlockForm, earlier: BlockForm, known: Known) -> Ratio:
    above, below = later.shown[metric], earlier.shown[metric]
    if below == 0:
        return Ratio(metric, None, None)
    by = known.letters[SHARED["df"]]
    form = ratio(above, below, by)
    value = known.number(later.exact[metric] / earlier.exact[metric])
    at = "" if value is not None else put_ratio(above, below, known.values, by)
    return Ratio(metric, form, value, said(form), at)


def _ignored(call: BlockCall, calls: Sequence[BlockCall], sizes: Mapping[str, int]) -> tuple[str, ...]:
    """The shared sizes that a block has no argument for, where they are given or another side's."""
    lacking = []
    for size, argument in (("k", "k"), ("n", "out")):
        letter = argument_letter(argument)
        elsewhere = size in sizes or any(argument in other.block.arguments for other in calls)
        if letter not in call.letters() and argument not in call.own and elsewhere:
            lacking.append(letter)
    return tuple(lacking)
