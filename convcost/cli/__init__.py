"""The command line: one command a file, each reads its options, calls the library, prints."""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from typing import Annotated

import typer

import convcost
from convcost.cli.shared import app
from convcost.errors import SpecError

# Each command's file registers it when it is imported; only the one that is asked for need be.
COMMANDS = {
    "report": "report",
    "compare": "compare",
    "explain": "explain",
    "solve": "solve",
    "lint": "lint",
    "check": "check",
    "list": "listing",
}


@app.callback(invoke_without_command=True)
def convcost_command(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        typer.echo(f"convcost {convcost.__version__}")
        raise typer.Exit


def register(asked: str) -> None:
    """Import the file of a command, or of every command where none of that name is asked for."""
    for file in [COMMANDS[asked]] if asked in COMMANDS else COMMANDS.values():
        import_module(f"convcost.cli.{file}")


def main() -> None:
    """Run the command; a SpecError becomes a message and exit code 2."""
    # What is read of a spec has no cycles; to look for some takes as long as to read a large one.
    gc.set_threshold(100_000, 50, 100)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    register(sys.argv[1] if len(sys.argv) > 1 else "")
    try:
        app()
    except SpecError as error:
        sys.stderr.write(f"error: {error}\n")
        sys.exit(2)
