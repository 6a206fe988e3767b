"""`convcost solve`."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

import convcost
from convcost.cli.counts import Convention, Memory, Params
from convcost.cli.shared import Output, Short, Variant, app, capped
from convcost.limits import Limits
from convcost.terminal import write


@app.command()
@capped
def solve(
    spec: Annotated[str, typer.Argument(help="A spec: a file, a shipped name, or - for standard input.")],
    for_: Annotated[str, typer.Option("--for", metavar="NAME", help="The numeric variable to find.")],
    target: Annotated[
        list[str],
        typer.Option(
            metavar="TARGET",
            help="'madds<=300M' is a budget, 'madds=300M' the total to come near; of madds, flops, params, "
            "mem_access, or count, by --convention. May be repeated.",
        ),
    ],
    set_: Annotated[
        Optional[list[str]], typer.Option("--set", metavar="NAME=VALUE", help="Set another variable.")
    ] = None,
    variant: Variant = None,
    convention: Convention = None,
    params: Params = None,
    memory: Memory = None,
    format: Annotated[Short, typer.Option(help="How to print.")] = "table",
    output: Output = None,
    *,
    limits: Limits,
) -> None:
    """The values of a variable that fit a budget best, as an exact interval; exit 1 when none does."""
    from convcost.conventions import conventions
    from convcost.loader import read_settings
    from convcost.render.solve import render_json, render_text
    from convcost.solving import read_target, solve

    targets = tuple(map(read_target, target))
    loaded = convcost.load(spec, limits=limits)
    by = conventions(convention, params, memory, limits)
    found = solve(loaded, for_, targets, read_settings(set_ or [], limits), variant, by)
    text = render_json(found) if format == "json" else render_text(found)
    write(text, output, (loaded.source.name,))
    if found.best is None:
        raise typer.Exit(1)
