"""Laws of texts: what is written in two ways and means the same comes to the same report."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from corpus import CORPUS
from hypothesis import strategies as st
from laws import breaks, drawn, hold, report, some
from slips import slips
from strategies import Body, Written, around, bodies, specs

import convcost
from convcost import expand, reader
from convcost.cost import Tally
from convcost.limits import DEFAULT
from convcost.render import FORMATS, render
from convcost.spec import Table

Item = Any  # a line of a network as JSON, which is YAML


def tallies(body: Body, *lines: Item) -> list[Tally]:
    """What each layer of these lines costs, on the map that the body is for."""
    return [row.tally for row in report(around(body, *lines)).rows]


# ------------------------------------------------------------------------------ short for something longer


def repeats_are_copies(body: Body, n: int) -> None:
    copies = [{"layers": body.lines, "name": f"copy{i}"} for i in range(n)]
    assert tallies(body, {"layers": body.lines, "repeat": n}) == tallies(body, *copies)


def test_n_repeats_are_n_copies() -> None:
    hold(repeats_are_copies, 8, bodies(), st.integers(1, 4))


JOINS = {"residual": "add", "dense": "concat", "gate": "mul"}


def joins_the_identity(body: Body, structure: str) -> None:
    """Each structure is branches of the identity and its lines; the join is an op of its own."""
    lines = ["bn", *body.lines]  # one is there, whatever is switched off
    paths = {"identity": [], "work": lines}
    short = tallies(body, {structure: lines})
    assert short == tallies(body, {"branches": {"join": JOINS[structure], "paths": paths}})
    *before, last = short
    assert before == tallies(body, {"layers": lines, "name": "alone"})
    size = body.at.c * body.at.h * body.at.w
    if structure == "residual":  # reads two maps, writes one
        assert (last.ops, last.elementwise, last.params) == ({"add": size}, 3 * size, 0)


def test_a_short_structure_is_branches_with_the_identity() -> None:
    hold(joins_the_identity, 9, bodies(), st.sampled_from(list(JOINS)))


UNITS = st.sampled_from(["conv_bn_act", "depthwise_separable", "inverted_residual"])
ROWS = st.lists(
    st.tuples(st.sampled_from([4, 6, 8, 12]), st.integers(1, 3), st.integers(1, 2)), min_size=1, max_size=3
)


def is_its_rows(body: Body, unit: str, rows: list[tuple[int, int, int]]) -> None:
    more = {"inverted_residual": {"t": 2}}.get(unit, {})
    each = {unit: {"out": "o", "s": "s", **more}, "repeat": "n", "after_first": {"s": 1}}
    after = [{"conv": body.at.c, "name": "back"}, *body.lines]
    table = {"columns": ["o", "n", "s"], "rows": [list(row) for row in rows], "each": [each, *after]}
    written = [
        {"layers": [*({unit: {"out": o, "s": s if i == 0 else 1, **more}} for i in range(n)), *after]}
        for o, n, s in rows
    ]
    named = [{**row, "name": f"row{i}"} for i, row in enumerate(written)]
    assert tallies(body, {"table": table}) == tallies(body, *named)


def test_a_table_is_its_rows_written_out() -> None:
    hold(is_its_rows, 8, bodies(), UNITS, ROWS)


# ------------------------------------------------------------------------------ what changes nothing


def altered(written: Written, change: Callable[[list[Item]], list[Item]]) -> str:
    """The spec with other lines, as JSON."""
    return json.dumps({**written.data, "network": change(written.data["network"])})


def shown(text: str) -> list[tuple[str, Tally]]:
    return [(row.node.path, row.tally) for row in report(text).rows]


PLACES = st.floats(0, 1)


def means_nothing(written: Written, place: float, other: float) -> None:
    """A line that is off, `when: true`, and a structure that only holds lines together."""
    lines = written.data["network"]
    i, j = sorted((int(place * len(lines)), int(other * len(lines))))
    as_it_is = shown(altered(written, lambda lines: lines))
    assert as_it_is == shown(written.text)
    off = {"conv": {"out": 5, "k": 3, "s": 2}, "when": "deep", "name": "off"}
    assert as_it_is == shown(altered(written, lambda lines: [*lines[:i], off, *lines[i:]]))
    held = [{"layers": lines[i:j], "when": "not deep"}] if i < j else []
    assert as_it_is == shown(altered(written, lambda lines: [*lines[:i], *held, *lines[j:]]))


def test_lines_that_are_off_or_only_held_together_mean_nothing() -> None:
    hold(means_nothing, 8, specs(claims=False), PLACES, PLACES)


ENDS = (b"\n", b"\r\n", b"\r")


def ends(text: str, end: bytes) -> str:
    """A file's text, as it is read where its lines end so."""
    return reader.decode(b"\xef\xbb\xbf" + text.encode().replace(b"\n", end), "ends", DEFAULT)


def layout_means_nothing(written: Written) -> None:
    """As JSON, as YAML, with other ends of lines and a mark at its beginning: the same in every format."""
    spread = f"# a comment\n\n{json.dumps(written.data, indent=2)}"
    first, *others = (report(ends(spread, end)) for end in ENDS)
    for format in FORMATS:
        text = render(first, format)
        assert all(render(other, format) == text for other in others)
    rows = shown(written.text)
    assert all(shown(text) == rows for text in (json.dumps(written.data), spread))


def test_layout_and_line_ends_mean_nothing() -> None:
    hold(layout_means_nothing, 5, specs())


def ends_alike(text: str) -> None:
    """An error too: its place and its words."""
    assert len({said(ends(text, end)) for end in ENDS}) == 1


def said(text: str) -> str:
    try:
        return render(report(text), "csv")
    except convcost.SpecError as error:
        return str(error)


def test_an_error_is_the_same_whatever_ends_a_line() -> None:
    hold(ends_alike, 10, slips([case.text for case in CORPUS if "\r" not in case.text]))


# ------------------------------------------------------------------------------ the laws can fail

times, rows, decode = expand.Expansion.times, expand.Expansion.table, reader.decode


def alike(table: Table) -> Table:
    return table._replace(rows=tuple(row._replace(cells=table.rows[0].cells) for row in table.rows))


# A law, what it is tried on, and what could be wrong in the package.
SLIPS: dict[str, tuple[Callable[..., None], Callable[[], list[Any]], str, Any]] = {
    "a repeat is one too many": (
        lambda body: repeats_are_copies(body, 2),
        lambda: drawn(bodies(), 5),
        "convcost.expand.Expansion.times",
        lambda *given: times(*given) + 1,
    ),
    "a residual is a concatenation": (
        lambda body: joins_the_identity(body, "residual"),
        lambda: drawn(bodies(), 5),
        "convcost.body.SHORT",
        {"residual": "concat"},
    ),
    "the first row stands for all": (
        lambda body: is_its_rows(body, "conv_bn_act", [(4, 1, 1), (6, 2, 2)]),
        lambda: drawn(bodies(), 5),
        "convcost.expand.Expansion.table",
        lambda self, table, *given: rows(self, alike(table), *given),
    ),
    "what is off is there": (
        lambda written: means_nothing(written, 0, 1),
        some,
        "convcost.expand.switch",
        lambda *_: True,
    ),
    "a carriage return is a character": (
        layout_means_nothing,
        some,
        "convcost.reader.decode",
        lambda data, name, limits: data.decode("utf-8-sig"),
    ),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_found(slip: str, monkeypatch: pytest.MonkeyPatch) -> None:
    law, examples, where, wrong = SLIPS[slip]
    found = examples()
    monkeypatch.setattr(where, wrong)
    breaks(law, found)
