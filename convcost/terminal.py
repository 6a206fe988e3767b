"""Where text goes: how wide it is, whether it has colours, and how a file is written whole."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import NamedTuple

from convcost.errors import SpecError


class Terminal(NamedTuple):
    """Width None: as wide as the text (a pipe, a file)."""

    width: int | None = None
    color: bool = False

    def paint(self, text: str, color: str) -> str:
        """The text in a colour, by its ANSI codes, where there are colours."""
        return f"\x1b[{color}m{text}\x1b[0m" if self.color and color else text


def standard_output() -> Terminal:
    """What standard output is now: a terminal's size and colours, or neither."""
    if sys.stdout is None or not sys.stdout.isatty():
        return Terminal()
    import shutil

    color = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return Terminal(shutil.get_terminal_size().columns, color)


def write(text: str | Iterable[str], output: str | None, inputs: tuple[str, ...] = ()) -> None:
    """A text, whole or in pieces, to standard output, or to a file that is replaced whole or not at all.

    Never to an input, nor through a link, which could lead to any file: somebody else may have put it there.
    """
    pieces = (text,) if isinstance(text, str) else text
    if output is None:
        _print(pieces)
        return
    for path in inputs:
        if os.path.exists(output) and os.path.exists(path) and os.path.samefile(path, output):
            raise SpecError(f"-o {output} would overwrite the spec itself")
    try:
        if os.path.isdir(output):
            raise SpecError(f"-o {output} is a directory")
        if os.path.exists(output) and not os.path.isfile(output):
            _into(pieces, output)
        elif os.path.islink(output):
            where = os.path.realpath(output)
            raise SpecError(
                f"-o {output} is a link to {where}", hint="name the file itself, or remove the link"
            )
        else:
            _replace(pieces, output)
    except OSError as error:
        raise SpecError(f"cannot write {output}: {error.strerror or error}") from None


def _into(pieces: Iterable[str], output: str) -> None:
    """A pipe that somebody reads, or a device such as /dev/stdout."""
    handle = os.open(output, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))
    os.set_blocking(handle, True)
    with open(handle, "w", encoding="utf-8", errors="replace") as file:
        file.writelines(pieces)


def _replace(pieces: Iterable[str], output: str) -> None:
    import tempfile

    handle, partial = tempfile.mkstemp(dir=os.path.dirname(output) or ".", prefix=".convcost-")
    try:
        with open(handle, "w", encoding="utf-8", errors="replace", newline="\n") as file:
            file.writelines(pieces)
        os.chmod(partial, mode_of(output))
        os.replace(partial, output)
    except BaseException:
        os.unlink(partial)
        raise


def _print(pieces: Iterable[str]) -> None:
    if sys.stdout is None:
        raise SpecError("there is no standard output to write to")
    try:
        sys.stdout.writelines(pieces)
        sys.stdout.flush()
    except BrokenPipeError:
        raise  # the reader has seen enough; the command ends quietly
    except OSError as error:
        sys.stdout = None  # so that leaving does not try again
        raise SpecError(f"cannot write to standard output: {error.strerror or error}") from None


def mode_of(path: str) -> int:
    """The file's permissions, or those a new file would get."""
    if os.path.exists(path):
        return os.stat(path).st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
