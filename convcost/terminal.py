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


def standard_output() -> Terminal:
    """What standard output is now: a terminal's size and colours, or neither."""
    if sys.stdout is None or not sys.stdout.isatty():
        return Terminal()
    import shutil

    color = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return Terminal(shutil.get_terminal_size().columns, color)


def write(text: str | Iterable[str], output: str | None, inputs: tuple[str, ...] = ()) -> None:
    """A text, whole or in pieces, to standard output, or to a file that is replaced whole or not at all,
    never to an input.
    """
    pieces = (text,) if isinstance(text, str) else text
    if output is None:
        _print(pieces)
        return
    import tempfile

    for path in inputs:
        if os.path.exists(output) and os.path.exists(path) and os.path.samefile(path, output):
            raise SpecError(f"-o {output} would overwrite the spec itself")
    target = os.path.realpath(output)
    try:
        if os.path.isdir(target):
            raise SpecError(f"-o {output} is a directory")
        if os.path.exists(target) and not os.path.isfile(target):  # /dev/stdout, a pipe
            with open(target, "w", encoding="utf-8") as file:
                file.writelines(pieces)
            return
        handle, partial = tempfile.mkstemp(dir=os.path.dirname(target), prefix=".convcost-")
        try:
            with open(handle, "w", encoding="utf-8", newline="\n") as file:
                file.writelines(pieces)
            os.chmod(partial, mode_of(target))
            os.replace(partial, target)
        except BaseException:
            os.unlink(partial)
            raise
    except OSError as error:
        raise SpecError(f"cannot write {output}: {error.strerror or error}") from None


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
