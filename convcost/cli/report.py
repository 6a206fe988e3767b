"""`convcost report`."""

from __future__ import annotations

import re
from typing import Annotated, Optional

import typer

import convcost
from convcost.cli.shared import InputShape, Output, Settings, SpecName, Variant, app, capped
from convcost.conventions import Dtype
from convcost.errors import SpecError, shortened
from convcost.limits import Limits
from convcost.render import Format
from convcost.reports import By
from convcost.spec import Spec
from convcost.terminal import standard_output, write


@app.command()
@capped
def report(
    spec: SpecName,
    set_: Settings = None,
    variant: Variant = None,
    input_: InputShape = None,
    batch: Annotated[int, typer.Option(help="Images at once.")] = 1,
    depth: Annotated[int, typer.Option(help="Levels shown: stages, blocks, layers.")] = 1,
    top: Annotated[Optional[int], typer.Option(help="Only the N heaviest layers.")] = None,
    by: Annotated[By, typer.Option(help="What --top ranks by.")] = "madds",
    dtype: Annotated[
        Optional[Dtype], typer.Option(help="Memory access in bytes too, for elements of this type.")
    ] = None,
    symbolic: Annotated[
        Optional[str],
        typer.Option(metavar="NAMES", help="Formulas in these variables, left free: alpha,resolution."),
    ] = None,
    format: Annotated[Format, typer.Option(help="How to print.")] = "table",
    output: Output = None,
    *,
    limits: Limits,
) -> None:
    """What a network costs: multiply-adds, parameters and memory access, layer by layer."""
    from convcost.loader import read_settings
    from convcost.render import render

    if symbolic is not None:
        for name, given in (("--top", top), ("--input", input_), ("--dtype", dtype)):
            if given is not None:
                raise SpecError(f"--symbolic and {name} do not go together")
        loaded = convcost.load(spec, limits=limits)
        write(formulas(loaded, symbolic, set_ or [], variant, depth, format), output, (loaded.source.name,))
        return
    made = convcost.report(
        convcost.load(spec, limits=limits),
        read_settings(set_ or [], limits),
        variant=variant,
        input=read_shape(input_) if input_ else None,
        batch=batch,
        dtype=dtype,
        depth=depth,
        top=top,
        by=by,
    )
    if format == "table" and output is None:
        from convcost.render import table

        write(table.render(made, standard_output()), None)
    else:
        write(render(made, format), output, (made.source.name,))


def formulas(
    spec: Spec, names: str, settings: list[str], variant: str | None, depth: int, format: str
) -> str:
    """The report in closed form; only this part of the command imports SymPy."""
    from convcost.formulas import make_form_report
    from convcost.loader import read_settings
    from convcost.render.form import render

    free = [name.strip() for name in names.split(",") if name.strip()]
    return render(make_form_report(spec, free, read_settings(settings, spec.limits), variant, depth), format)


def read_shape(text: str) -> tuple[int, int, int]:
    """3x224x160"""
    match = re.match(r"(\d{1,9})[x×,](\d{1,9})[x×,](\d{1,9})\Z", text, re.ASCII)
    if not match:
        raise SpecError(f"--input {shortened(text)!r} is not CxHxW", hint="--input 3x224x160")
    c, h, w = map(int, match.groups())
    return c, h, w
