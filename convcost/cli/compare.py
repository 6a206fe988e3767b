"""`convcost compare`."""

from __future__ import annotations

from typing import Annotated, Literal, Optional

import typer

import convcost
from convcost.cli.counts import Convention, Memory, Params
from convcost.cli.shared import Output, app, capped
from convcost.limits import Limits
from convcost.terminal import write

Format = Literal["table", "json", "md", "latex"]


@app.command()
@capped
def compare(
    sides: Annotated[
        list[str],
        typer.Argument(
            help="Blocks of the library, or networks (files, shipped names), each NAME or NAME:KEY=VALUE,...",
            show_default=False,
        ),
    ],
    k: Annotated[Optional[int], typer.Option("--k", help="Side of the kernels, D_K.")] = None,
    m: Annotated[Optional[int], typer.Option("--m", help="Channels in, M.")] = None,
    n: Annotated[Optional[int], typer.Option("--n", help="Channels out, N.")] = None,
    df: Annotated[Optional[int], typer.Option("--df", help="Side of the feature map, D_F.")] = None,
    set_: Annotated[
        Optional[list[str]],
        typer.Option(
            "--set", metavar="NAME=VALUE", help="A letter of the blocks, or a variable of the networks."
        ),
    ] = None,
    assume: Annotated[
        Optional[list[str]],
        typer.Option(metavar="RELATION", help="What holds of letters without a value: 'M != N'."),
    ] = None,
    convention: Convention = None,
    params: Params = None,
    memory: Memory = None,
    format: Annotated[Format, typer.Option(help="How to print.")] = "table",
    output: Output = None,
    *,
    limits: Limits,
) -> None:
    """Blocks or networks side by side: numbers, formulas derived from their own costs, and ratios."""
    from convcost.loader import read_settings
    from convcost.render.compare import render

    comparison = convcost.compare(
        *sides,
        k=k,
        m=m,
        n=n,
        df=df,
        settings=read_settings(set_ or [], limits),
        assume=assume or (),
        convention=convention,
        params=params,
        memory=memory,
        limits=limits,
    )
    write(render(comparison, format), output, comparison.files)
