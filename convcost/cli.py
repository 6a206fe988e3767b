"""The command line: each command reads its options, calls the library, prints."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import Annotated, Any, Literal, Optional

import typer

import convcost
from convcost.conventions import Dtype
from convcost.errors import SpecError
from convcost.limits import Limits
from convcost.render import Format
from convcost.reports import By
from convcost.terminal import standard_output, write

app = typer.Typer(
    help="What a convolutional network costs, before anyone builds it.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Short = Literal["table", "json"]
CheckFormat = Literal["table", "json", "md", "junit", "github"]
Output = Annotated[
    Optional[str], typer.Option("--output", "-o", help="Write to a file, whole or not at all.")
]
LIMITS = fields(Limits)


def capped(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command with an option `--max-NAME` for each cap, which reach it as one `Limits`."""

    def run(**options: Any) -> None:
        raised = {f.name: options.pop(f"max_{f.name}") for f in LIMITS}
        command(limits=Limits(**raised), **options)

    own = [p for p in inspect.signature(command, eval_str=True).parameters.values() if p.name != "limits"]
    caps = [
        inspect.Parameter(
            f"max_{f.name}",
            inspect.Parameter.KEYWORD_ONLY,
            default=f.default,
            annotation=Annotated[
                int,
                typer.Option(
                    f"--max-{f.name}", min=1, help=f"Cap on {f.metadata['help']}.", rich_help_panel="Caps"
                ),
            ],
        )
        for f in LIMITS
    ]
    run.__name__, run.__doc__ = command.__name__, command.__doc__
    keyword = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own]
    run.__signature__ = inspect.Signature([*keyword, *caps])  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in (*own, *caps)}
    return run


@app.callback(invoke_without_command=True)
def convcost_command(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        typer.echo(f"convcost {convcost.__version__}")
        raise typer.Exit


@app.command()
@capped
def report(
    spec: Annotated[str, typer.Argument(help="A spec: a file, a shipped name, or - for standard input.")],
    set_: Annotated[
        Optional[list[str]], typer.Option("--set", metavar="NAME=VALUE", help="Set a variable of the spec.")
    ] = None,
    variant: Annotated[Optional[str], typer.Option(help="One of the spec's named assignments.")] = None,
    input_: Annotated[
        Optional[str],
        typer.Option("--input", metavar="CxHxW", help="Another input shape; it need not be square."),
    ] = None,
    batch: Annotated[int, typer.Option(help="Images at once.")] = 1,
    depth: Annotated[int, typer.Option(help="Levels shown: stages, blocks, layers.")] = 1,
    top: Annotated[Optional[int], typer.Option(help="Only the N heaviest layers.")] = None,
    by: Annotated[By, typer.Option(help="What --top ranks by.")] = "madds",
    dtype: Annotated[
        Optional[Dtype], typer.Option(help="Memory access in bytes too, for elements of this type.")
    ] = None,
    format: Annotated[Format, typer.Option(help="How to print.")] = "table",
    output: Output = None,
    *,
    limits: Limits,
) -> None:
    """What a network costs: multiply-adds, parameters and memory access, layer by layer."""
    from convcost.loader import read_settings
    from convcost.render import render

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


def read_shape(text: str) -> tuple[int, int, int]:
    """3x224x160"""
    match = re.match(r"(\d{1,9})[x×,](\d{1,9})[x×,](\d{1,9})\Z", text, re.ASCII)
    if not match:
        raise SpecError(f"--input {text!r} is not CxHxW", hint="--input 3x224x160")
    c, h, w = map(int, match.groups())
    return c, h, w


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


@app.command()
@capped
def check(
    specs: Annotated[list[str], typer.Argument(help="Specs: files, directories or shipped names.")],
    why: Annotated[
        Optional[str], typer.Option(metavar="NAME", help="The computation behind claims of this name.")
    ] = None,
    format: Annotated[CheckFormat, typer.Option(help="How to print.")] = "table",
    output: Output = None,
    *,
    limits: Limits,
) -> None:
    """Hold every figure that the specs claim against the computed one; exit 1 when one fails."""
    from convcost.checking import check_paths, trace
    from convcost.render import check as rendered

    if why is not None:
        from convcost.render.why import render

        if format != "table":
            raise SpecError("--why prints text alone", hint="leave --format out")
        write(render(trace(specs, why, limits)), output)
        return
    with progress() as tell:
        outcome = check_paths(specs, limits, tell)
    if not outcome.findings:
        raise SpecError("nothing was checked: no spec claims a figure", hint="claims stand under `claims:`")
    terminal = standard_output() if output is None else None
    write(rendered.render(outcome, format, terminal), output, outcome.files)
    if not outcome.ok:
        raise typer.Exit(1)


@contextmanager
def progress() -> Iterator[Callable[[int, int], None] | None]:
    """A bar on standard error while it lasts, on a terminal; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("claims")
        yield lambda done, whole: bar.update(task, completed=done, total=whole)


@app.command(name="list")
def list_specs(
    format: Annotated[Short, typer.Option(help="How to print.")] = "table",
) -> None:
    """The shipped specs, by name."""
    from convcost.render.listing import render_json, render_text

    specs = {name: convcost.load(convcost.library.spec_path(name)) for name in convcost.library.spec_names()}
    write(render_json(specs) if format == "json" else render_text(specs), None)


def main() -> None:
    """Run the command; a SpecError becomes a message and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        app()
    except SpecError as error:
        sys.stderr.write(f"error: {error}\n")
        sys.exit(2)
