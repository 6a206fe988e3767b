"""`convcost explain`."""

from __future__ import annotations

from typing import Annotated, Literal, Optional

import typer

from convcost.cli.shared import Output, app
from convcost.errors import SpecError
from convcost.terminal import standard_output, write

Format = Literal["table", "json", "md", "latex"]


@app.command(name="explain")
def explain_concept(
    concept: Annotated[Optional[str], typer.Argument(help="A concept; --list tells which there are.")] = None,
    listed: Annotated[bool, typer.Option("--list", help="The lessons, by group.")] = False,
    format: Annotated[Format, typer.Option(help="How to print.")] = "table",
    output: Output = None,
) -> None:
    """A short lesson on a concept of cost, derived and proven as it is printed."""
    from convcost.lessons import LESSONS, explain
    from convcost.render import explain as rendered

    if listed == (concept is not None):
        raise SpecError("explain takes one concept, or --list", hint="convcost explain --list")
    terminal = standard_output() if output is None else None
    if concept is None:
        if format not in ("table", "json"):
            raise SpecError(f"--list prints no {format}", hint="--format json")
        write(rendered.render_list(tuple(LESSONS.values()), format), output)
        return
    write(rendered.render(explain(concept), format, terminal), output)
