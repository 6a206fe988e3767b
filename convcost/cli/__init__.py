"""The command line: one command a file, each reads its options, calls the library, prints."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

import convcost
from convcost.cli import check, compare, listing, report  # noqa: F401 - each registers its command
from convcost.cli.shared import app
from convcost.errors import SpecError


@app.callback(invoke_without_command=True)
def convcost_command(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        typer.echo(f"convcost {convcost.__version__}")
        raise typer.Exit


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
