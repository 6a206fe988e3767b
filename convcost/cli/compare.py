"""`convcost compare`."""

from __future__ import annotations

from typing import Annotated

import typer

import convcost
from convcost.cli.shared import Output, Short, app
from convcost.terminal import write


@app.command()
def compare(
    a: Annotated[str, typer.Argument(help="A block of the library.")],
    b: Annotated[str, typer.Argument(help="Another.")],
    k: Annotated[int, typer.Option("--k", help="Side of the kernels, D_K.")] = 3,
    m: Annotated[int, typer.Option("--m", help="Channels in, M.")] = 32,
    n: Annotated[int, typer.Option("--n", help="Channels out, N.")] = 64,
    df: Annotated[int, typer.Option("--df", help="Side of the feature map, D_F.")] = 112,
    format: Annotated[Short, typer.Option(help="How to print.")] = "table",
    output: Output = None,
) -> None:
    """Two blocks side by side, in numbers and in formulas derived from the blocks' own costs."""
    from convcost.render.compare import render_json, render_text

    comparison = convcost.compare(a, b, k=k, m=m, n=n, df=df)
    write(render_json(comparison) if format == "json" else render_text(comparison), output)
