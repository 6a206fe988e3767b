"""Small specs for tests, and the two ways they end: a graph, or an error at the place that the text marks."""

from __future__ import annotations

import textwrap

import pytest

from convcost import Limits, SpecError, loads, report
from convcost.graph import Graph

PLACE = "▸"  # stands in a text before the character that an error must point at
ALPHA = "{alpha: {default: 1.0, above: 0}}"
CH = '{ch(c): "make_divisible(alpha * c, 8)"}'


def spec(network: str, **top: str) -> str:
    """The text of a spec: a name, an input of 3×8×8 unless given, the lines of a network, other sections.

    A section of one line stands behind its key, a longer one below it.
    """
    sections = {"name": "small", "input": "[3, 8, 8]", "network": f"\n{network}", **top}
    return "".join(section(key, text) for key, text in sections.items())


def section(key: str, text: str) -> str:
    below = textwrap.dedent(text).strip("\n")
    return f"{key}:\n{textwrap.indent(below, '  ')}\n" if "\n" in text else f"{key}: {text}\n"


def graph(
    text: str, *, variant: str | None = None, limits: Limits | None = None, **settings: object
) -> Graph:
    """The graph of a text, its costs walked too."""
    return report(loads(text, limits=limits or Limits()), settings, variant=variant).graph


def widths(
    text: str, *, variant: str | None = None, limits: Limits | None = None, **settings: object
) -> dict[str, int]:
    """The channels that each layer of a text gives, by its path."""
    found = graph(text, variant=variant, limits=limits, **settings)
    return {node.path: node.output.c for node in found.nodes}


def said_alike(text: str) -> list[str]:
    """What a text gives, a line for each layer: texts that give the same say the same thing."""
    return repr(graph(text)).splitlines()[1:]


def unmarked(text: str) -> tuple[str, tuple[int, int] | None]:
    """The text without its place, and the place as line and column."""
    before, mark, after = text.partition(PLACE)
    place = (before.count("\n") + 1, len(before) - before.rfind("\n")) if mark else None
    return before + after, place


def refused(
    text: str, *words: str, variant: str | None = None, limits: Limits | None = None, **settings: object
) -> SpecError:
    """The error that a text ends in: it says these words, and points where the text has its PLACE."""
    plain, place = unmarked(text)
    with pytest.raises(SpecError) as caught:
        graph(plain, variant=variant, limits=limits, **settings)
    said(caught.value, *words)
    if place is not None:
        assert place_of(caught.value) == place, f"not at {place}:\n{caught.value}"
    return caught.value


def said(error: SpecError, *words: str) -> None:
    """The words stand in what the error says itself: not in the line of the text that it shows."""
    told = str(error).replace(error.place.excerpt(), "") if error.place else str(error)
    for word in words:
        assert word in told, f"{word!r} is not said:\n{error}"


def place_of(error: SpecError) -> tuple[int, int]:
    assert error.place is not None, f"no place:\n{error}"
    return error.place.line, error.place.column
