"""The figures that can be printed of a network, and the ways in which each can be counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from convcost.conventions import DEFAULTS, names


class Metric(NamedTuple):
    """A figure in a unit, counted by the conventions of a family; or, without one, in ways of its own.

    `usual` is the convention or way that is meant where none is said; "" where one must be.
    """

    unit: str
    family: str = ""
    usual: str = ""
    ways: Mapping[str, str] = {}  # each in words

    @property
    def key(self) -> str:
        """What a claim calls the way it counts."""
        return "convention" if self.family == "work" else "kind"

    @property
    def kinds(self) -> tuple[str, ...]:
        return names(self.family) if self.family else tuple(self.ways)


METRICS: dict[str, Metric] = {
    "madds": Metric("multiply-adds", "work", DEFAULTS["work"]),
    "flops": Metric("operations, 2 per multiply-add", "work", "flops"),
    "count": Metric("the unit of its convention", "work"),
    "params": Metric("numbers", "params", DEFAULTS["params"]),
    "mem_access": Metric("elements read and written", "memory", DEFAULTS["memory"]),
    "largest_map": Metric(
        "the largest map that a block or line of the network gives on, at one height and width",
        usual="channels",
        ways={"channels": "its channels", "bytes16": "its bytes at two an element"},
    ),
    "file_size": Metric(
        "bytes", usual="float32", ways={"float32": "every stored number (with_stats) in four bytes"}
    ),
}
