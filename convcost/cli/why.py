"""`convcost why`."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

import convcost
from convcost.cli.counts import Convention
from convcost.cli.shared import Output, Settings, Short, SpecName, Variant, app, capped
from convcost.limits import Limits
from convcost.terminal import write


@app.command()
@capped
def why(
    spec: SpecName,
    madds: Annotated[
        Optional[str], typer.Option(metavar="FIGURE", help="A figure as printed: 313.6M, 0.3G.")
    ] = None,
    flops: Annotated[Optional[str], typer.Option(metavar="FIGURE", help="The same, of operations.")] = None,
    params: Annotated[Optional[str], typer.Option(metavar="FIGURE", help="The same, of parameters.")] = None,
    convention: Convention = None,
    set_: Settings = None,
    variant: Variant = None,
    format: Annotated[Short, typer.Option(help="How to print.")] = "table",
    output: Output = None,
    *,
    limits: Limits,
) -> None:
    """Why a figure is not what convcost counts: the fewest changes that give it; exit 1 when none do."""
    from convcost.loader import read_settings
    from convcost.render.why import render_json, render_text

    loaded = convcost.load(spec, limits=limits)
    figures = {"madds": madds, "flops": flops, "params": params}
    asked = {name: figure for name, figure in figures.items() if figure is not None}
    found = convcost.why(
        loaded,
        read_settings(set_ or [], limits),
        variant=variant,
        convention=convention,
        limits=limits,
        **asked,
    )
    write(render_json(found) if format == "json" else render_text(found), output, (loaded.source.name,))
    if not found.fits:
        raise typer.Exit(1)
