"""`convcost lint`."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

import convcost
from convcost.cli.report import read_shape
from convcost.cli.shared import InputShape, Output, Settings, Short, Variant, app, capped
from convcost.errors import SpecError
from convcost.guidelines import Code
from convcost.limits import Limits
from convcost.terminal import write


@app.command()
@capped
def lint(
    spec: Annotated[
        Optional[str], typer.Argument(help="A spec: a file, a shipped name, or - for standard input.")
    ] = None,
    set_: Settings = None,
    variant: Variant = None,
    input_: InputShape = None,
    explain: Annotated[Optional[Code], typer.Option(help="What a code means, with an example.")] = None,
    format: Annotated[Short, typer.Option(help="How to print.")] = "table",
    output: Output = None,
    *,
    limits: Limits,
) -> None:
    """What breaking ShuffleNetV2's guidelines costs a network, block by block; exit 1 when one does."""
    from convcost import linting
    from convcost.loader import read_settings
    from convcost.render.lint import render_explanation, render_json, render_table

    if explain is not None:
        if spec is not None or set_ or variant is not None or input_ is not None or format != "table":
            raise SpecError("--explain takes no spec and prints text alone", hint=f"lint --explain {explain}")
        write(render_explanation(explain), output)
        return
    if spec is None:
        raise SpecError("there is no spec to lint", hint="lint mobilenet_v2, or lint --explain G1")
    made = linting.lint(
        convcost.report(
            convcost.load(spec, limits=limits),
            read_settings(set_ or [], limits),
            variant=variant,
            input=read_shape(input_) if input_ else None,
        )
    )
    text = render_json(made) if format == "json" else render_table(made)
    write(text, output, (made.report.source.name,))
    if made.findings:
        raise typer.Exit(1)
