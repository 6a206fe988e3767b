"""`convcost report`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Optional

import typer

import convcost
from convcost.cli.counts import Convention, Memory, Params
from convcost.cli.shared import InputShape, Output, Settings, SpecName, Variant, app, capped
from convcost.errors import SpecError, shortened
from convcost.folding import SCREEN
from convcost.limits import Limits
from convcost.render import Format
from convcost.reports import By
from convcost.spec import Spec
from convcost.terminal import standard_output, write

if TYPE_CHECKING:
    from convcost.conventions import Conventions


@app.command()
@capped
def report(
    spec: SpecName,
    set_: Settings = None,
    variant: Variant = None,
    input_: InputShape = None,
    batch: Annotated[int, typer.Option(help="Images at once.")] = 1,
    depth: Annotated[int, typer.Option(help="Levels shown: stages, blocks, layers.")] = 1,
    lines: Annotated[
        int, typer.Option(min=0, help="Lines under one heading, those between folded; 0 shows every line.")
    ] = SCREEN,
    top: Annotated[Optional[int], typer.Option(help="Only the N heaviest layers.")] = None,
    by: Annotated[By, typer.Option(help="What --top ranks by.")] = "count",
    convention: Convention = None,
    params: Params = None,
    memory: Memory = None,
    dtype: Annotated[
        Optional[str],
        typer.Option(metavar="TYPES", help="Memory access in bytes too: fp16, or fp16,weights=int8."),
    ] = None,
    symbolic: Annotated[
        Optional[str],
        typer.Option(metavar="NAMES", help="Formulas in these variables, left free: alpha,resolution."),
    ] = None,
    elasticity: Annotated[
        Optional[str],
        typer.Option(
            metavar="NAMES",
            help="What one percent and one step more of these variables cost: alpha,resolution, or all.",
        ),
    ] = None,
    format: Annotated[Format, typer.Option(help="How to print.")] = "table",
    output: Output = None,
    *,
    limits: Limits,
) -> None:
    """What a network costs: multiply-adds, parameters and memory access, layer by layer."""
    from convcost.conventions import conventions
    from convcost.loader import read_settings
    from convcost.render import pieces

    if symbolic is not None or elasticity is not None:
        loaded = convcost.load(spec, limits=limits)
        others = {"--top": top, "--input": input_, "--dtype": dtype, "--batch": None if batch == 1 else batch}
        counted = conventions(convention, params, memory, limits)
        most = lines if lines and format != "json" else None  # what a machine reads has every line
        text = by_name(
            loaded, symbolic, elasticity, others, set_ or [], variant, depth, most, counted, format
        )
        write(text, output, (loaded.source.name,))
        return
    made = convcost.report(
        convcost.load(spec, limits=limits),
        read_settings(set_ or [], limits),
        variant=variant,
        input=read_shape(input_) if input_ else None,
        batch=batch,
        convention=convention,
        params=params,
        memory=memory,
        dtype=dtype,
        depth=depth,
        top=top,
        by=by,
        lines=lines or None,
    )
    if format == "table" and output is None:
        from convcost.render import table

        write(table.render(made, standard_output()), None)
    else:
        write(pieces(made, format), output, (made.source.name,))


def by_name(
    spec: Spec,
    symbolic: str | None,
    elasticity: str | None,
    others: Mapping[str, object],
    settings: list[str],
    variant: str | None,
    depth: int,
    most: int | None,
    by: Conventions,
    format: str,
) -> str:
    """What is told of variables by name; only this part of the command imports SymPy."""
    from convcost.loader import read_settings

    asked = "--elasticity" if symbolic is None else "--symbolic"
    for option, given in {**others, **({"--elasticity": elasticity} if symbolic is not None else {})}.items():
        if given is not None:
            raise SpecError(f"{asked} and {option} do not go together")
    if depth < 1:
        raise SpecError(f"depth is at least 1, not {depth}")
    names = [name.strip() for name in (symbolic or elasticity or "").split(",") if name.strip()]
    set_ = read_settings(settings, spec.limits)
    if symbolic is not None:
        from convcost.formulas import make_form_report
        from convcost.render.form import render as render_form

        return render_form(make_form_report(spec, names, set_, variant, depth, by, most), format)
    from convcost.elasticity import make_elasticities
    from convcost.render.elasticity import render as render_elasticity

    return render_elasticity(make_elasticities(spec, names, set_, variant, depth, by), format)


def read_shape(text: str) -> tuple[int, int, int]:
    """3x224x160"""
    match = re.match(r"(\d{1,9})[x×,](\d{1,9})[x×,](\d{1,9})\Z", text, re.ASCII)
    if not match:
        raise SpecError(f"--input {shortened(text)!r} is not CxHxW", hint="--input 3x224x160")
    c, h, w = map(int, match.groups())
    return c, h, w
