"""One output format a file, each `render(report)`, imported when asked for."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from convcost.reports import Report

Format = Literal["table", "json", "jsonl", "csv", "md", "latex"]
FORMATS: tuple[str, ...] = get_args(Format)


def render(report: Report, format: str) -> str:
    """The report in one of `FORMATS`, ending in a newline."""
    return "".join(pieces(report, format))


def pieces(report: Report, format: str) -> Iterable[str]:
    """The same in pieces, each made when it is asked for: a million layers never stand there as one text."""
    made: str | Iterable[str] = import_module(f"convcost.render.{format}").render(report)
    return (made,) if isinstance(made, str) else made
