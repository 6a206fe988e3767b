"""What the commands share: the application, options, and caps as options."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import Field, fields
from typing import Annotated, Any, Literal, Optional

import typer

from convcost.limits import Limits

app = typer.Typer(
    help="What a convolutional network costs, before anyone builds it.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Short = Literal["table", "json"]
Output = Annotated[
    Optional[str], typer.Option("--output", "-o", help="Write to a file, whole or not at all.")
]
SpecName = Annotated[str, typer.Argument(help="A spec: a file, a shipped name, or - for standard input.")]
Settings = Annotated[
    Optional[list[str]], typer.Option("--set", metavar="NAME=VALUE", help="Set a variable of the spec.")
]
Variant = Annotated[Optional[str], typer.Option(help="One of the spec's named assignments.")]
InputShape = Annotated[
    Optional[str],
    typer.Option("--input", metavar="CxHxW", help="Another input shape; it need not be square."),
]
LIMITS = fields(Limits)


def cap_help(cap: Field[int]) -> str:
    more = cap.metadata["a_layer"]
    grows = f", or {more} for each of --max-nodes where that is more" if more else ""
    return f"Cap on {cap.metadata['help']}: {cap.default:,}{grows}."


def capped(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command with an option `--max-NAME` for each cap, which reach it as one `Limits`."""

    def run(**options: Any) -> None:
        given = {f.name: options.pop(f"max_{f.name}") for f in LIMITS}
        raised = {name: cap for name, cap in given.items() if cap is not None}
        command(limits=Limits.raised(**raised), **options)

    own = [p for p in inspect.signature(command, eval_str=True).parameters.values() if p.name != "limits"]
    caps = [
        inspect.Parameter(
            f"max_{f.name}",
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[
                Optional[int],
                typer.Option(f"--max-{f.name}", min=1, help=cap_help(f), rich_help_panel="Caps"),
            ],
        )
        for f in LIMITS
    ]
    run.__name__, run.__doc__ = command.__name__, command.__doc__
    keyword = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own]
    run.__signature__ = inspect.Signature([*keyword, *caps])  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in (*own, *caps)}
    return run
