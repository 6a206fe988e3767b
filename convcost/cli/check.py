"""`convcost check`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Literal, Optional

import typer

from convcost.cli.shared import Output, app, capped
from convcost.errors import SpecError
from convcost.limits import Limits
from convcost.terminal import standard_output, write

Format = Literal["table", "json", "md", "junit", "github"]


@app.command()
@capped
def check(
    specs: Annotated[list[str], typer.Argument(help="Specs: files, directories or shipped names.")],
    why: Annotated[
        Optional[str], typer.Option(metavar="NAME", help="The computation behind claims of this name.")
    ] = None,
    convention: Annotated[
        Optional[str],
        typer.Option(
            metavar="NAME", help="How to count claims of work that name no convention of their own."
        ),
    ] = None,
    format: Annotated[Format, typer.Option(help="How to print.")] = "table",
    output: Output = None,
    *,
    limits: Limits,
) -> None:
    """Hold every figure that the specs claim against the computed one; exit 1 when one fails."""
    from convcost.checking import check_paths, trace
    from convcost.conventions import find
    from convcost.render import check as rendered

    by = find(convention, limits=limits) if convention is not None else None
    if why is not None:
        from convcost.render.trace import render

        if format != "table":
            raise SpecError("--why prints text alone", hint="leave --format out")
        write(render(trace(specs, why, limits, by)), output)
        return
    with progress() as tell:
        outcome = check_paths(specs, limits, tell, by)
    if not outcome.findings:
        raise SpecError("nothing was checked: no spec claims a figure", hint="claims stand under `claims:`")
    terminal = standard_output() if output is None else None
    write(rendered.render(outcome, format, terminal), output, outcome.files)
    if not outcome.ok:
        raise typer.Exit(1)


@contextmanager
def progress() -> Iterator[Callable[[int, int], None] | None]:
    """A bar on standard error while it lasts, on a terminal; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("claims")
        yield lambda done, whole: bar.update(task, completed=done, total=whole)
