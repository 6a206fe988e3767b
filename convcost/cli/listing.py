"""`convcost list`."""

from __future__ import annotations

from typing import Annotated

import typer

import convcost
from convcost import library
from convcost.cli.shared import Short, app
from convcost.terminal import write


@app.command(name="list")
def list_specs(
    format: Annotated[Short, typer.Option(help="How to print.")] = "table",
) -> None:
    """The shipped specs, by name."""
    from convcost.render.listing import render_json, render_text

    specs = {name: convcost.load(library.spec_path(name)) for name in library.spec_names()}
    write(render_json(specs) if format == "json" else render_text(specs), None)
