"""Laws of formats: JSON, JSON lines, CSV and Markdown carry the same integers, and those of the report."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

import pytest
from hypothesis import strategies as st
from laws import breaks, hold, some
from strategies import Written, specs

import convcost
from convcost.render import record, render
from convcost.reports import Report


class Costs(NamedTuple):
    """The counts of a layer or a network."""

    count: Any
    params: Any
    mem_access: Any


class Carried(NamedTuple):
    """What a text has of a report."""

    layers: dict[str, Costs]
    total: Costs


# ------------------------------------------------------------------------------ how each is read


def exact(value: int | str) -> Fraction:
    return Fraction(str(value).replace(",", ""))


def of_record(data: dict[str, Any]) -> Costs:
    return Costs(exact(data["count"]), data["params"]["count"], data["mem_access"]["total"])


def from_json(text: str) -> Carried:
    data = json.loads(text)
    return Carried({layer["path"]: of_record(layer) for layer in data["layers"]}, of_record(data["totals"]))


def from_jsonl(text: str) -> Carried:
    head, *layers = map(json.loads, text.splitlines())
    return Carried({layer["path"]: of_record(layer) for layer in layers}, of_record(head["totals"]))


def from_csv(text: str) -> Carried:
    """The totals are the columns' sums."""
    rows = list(csv.DictReader(io.StringIO(text)))
    layers = {
        row["path"]: Costs(*(exact(row[key]) for key in ("count", "params.count", "mem_access.total")))
        for row in rows
    }
    return Carried(layers, summed(layers))


def summed(layers: dict[str, Costs]) -> Costs:
    return Costs(*map(sum, zip(*layers.values(), strict=True)))


def from_md(text: str) -> Carried:
    """The table at full depth, whose indents are the paths; a line with others below it is a heading."""
    table = [line.split(" | ") for line in text.splitlines() if line.startswith("| ")]
    _, *lines, total, _short = ([cell.strip("| *").replace("\\", "") for cell in row] for row in table)
    layers: dict[str, Costs] = {}
    above: list[str] = []
    for name, _, _, *cells in lines:
        level = name.count("&emsp;")
        above = [*above[:level], name.removeprefix("&emsp;" * level)]
        layers[".".join(above)] = Costs(*map(exact, cells[::2][:3]))
    return Carried(layers, Costs(*map(exact, total[3::2][:3])))


READ: dict[str, Callable[[str], Carried]] = {
    "json": from_json, "jsonl": from_jsonl, "csv": from_csv, "md": from_md,
}  # fmt: skip

# ------------------------------------------------------------------------------ the law

OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "convention": st.sampled_from(["flops", "fvcore", "thop", "torchinfo"]),
        "params": st.sampled_from(["weights", "with_stats"]),
        "memory": st.just("fused"),
        "batch": st.integers(2, 5),
        "dtype": st.just("fp16"),
    },
)


def carry_the_same_integers(written: Written, options: dict[str, Any]) -> None:
    try:
        report = convcost.report(convcost.loads(written.text), **options, depth=99)
    except convcost.SpecError:
        assert "convention" in options  # a tool that does not know one of the ops
        return
    theirs = ours(report)
    for format, read in READ.items():
        carried = read(render(report, format))
        assert carried.total == theirs.total, format
        assert theirs.layers.items() <= carried.layers.items(), format


def ours(report: Report) -> Carried:
    layers = {
        row.node.path: Costs(measure.count, measure.params, measure.mem_access)
        for row, measure in zip(report.rows, report.measures, strict=True)
    }
    return Carried(layers, Costs(report.total.count, report.total.params, report.total.mem_access))


def test_json_csv_and_markdown_carry_the_same_integers() -> None:
    hold(carry_the_same_integers, 10, specs(claims=False), OPTIONS)


# ------------------------------------------------------------------------------ the law can fail

SLIPS: dict[str, tuple[str, Callable[..., Any]]] = {
    "Markdown is rounded": ("convcost.render.md.grouped", lambda n: f"{n // 10 * 10:,}"),
    "JSON has rounded floats": (
        "convcost.render.record.plain",
        lambda value: float(f"{value:.2e}") if isinstance(value, int) else value,
    ),
    "CSV has another column's name": (
        "convcost.render.csv.flat",
        lambda data: {**record.flat(data), "params.count": record.flat(data)["params.total"] + 1},
    ),
    "JSON lines have no last layer": (
        "convcost.render.jsonl.layers",
        lambda report: list(record.layers(report))[:-1],
    ),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_another_integer_is_found(slip: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*SLIPS[slip])
    breaks(lambda written: carry_the_same_integers(written, {}), some())
