"""`convcost conventions`."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

import convcost
from convcost.cli.shared import Output, Settings, Short, Variant, app, capped
from convcost.errors import SpecError
from convcost.limits import Limits
from convcost.terminal import write


@app.command(name="conventions")
@capped
def show_conventions(
    names: Annotated[
        Optional[list[str]], typer.Argument(help="Conventions to set side by side; none lists all.")
    ] = None,
    op: Annotated[Optional[str], typer.Option(help="Only what they count of this op.")] = None,
    spec: Annotated[
        Optional[str], typer.Option(help="What they count of this network, kind by kind.")
    ] = None,
    set_: Settings = None,
    variant: Variant = None,
    format: Annotated[Short, typer.Option(help="How to print.")] = "table",
    output: Output = None,
    *,
    limits: Limits,
) -> None:
    """Who counts what: every convention there is, or some of them side by side."""
    from convcost import conventions
    from convcost.conventions.side_by_side import side_by_side
    from convcost.expand import expand
    from convcost.loader import read_settings
    from convcost.render import conventions as rendered

    if not names:
        if op is not None or spec is not None:
            raise SpecError(
                "--op and --spec need conventions to show", hint="conventions madds fvcore --op conv"
            )
        write(rendered.render_list(format), output)
        return
    if (set_ or variant) and spec is None:
        raise SpecError("--set and --variant are of a spec", hint="--spec mobilenet_v2")
    found = [conventions.find(name, conventions.family_of(name), limits) for name in names]
    graph = None
    if spec is not None:
        loaded = convcost.load(spec, limits=limits)
        graph = expand(loaded, loaded.bind(read_settings(set_ or [], limits), variant))
    made = side_by_side(found, op, graph, limits)
    write(rendered.render_json(made) if format == "json" else rendered.render_text(made), output)
