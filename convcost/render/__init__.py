"""One output format a file, each `render(report) -> str`; imported when asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from convcost.reports import Report

Format = Literal["table", "json", "jsonl", "csv", "md", "latex"]
FORMATS: tuple[str, ...] = get_args(Format)


def render(report: Report, format: str) -> str:
    """The report in one of `FORMATS`, ending in a newline."""
    text: str = import_module(f"convcost.render.{format}").render(report)
    return text
