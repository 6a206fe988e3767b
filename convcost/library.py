"""Where the shipped specs and blocks lie, and how a name becomes a file."""

from __future__ import annotations

import os
from functools import cache

from convcost.errors import Source, SpecError, nearest
from convcost.limits import Limits
from convcost.reader import read_text

HERE = os.path.dirname(os.path.abspath(__file__))


def specs_directory() -> str:
    """The shipped specs: inside a wheel's package, beside the package in a checkout."""
    inside = os.path.join(HERE, "specs")
    return inside if os.path.isdir(inside) else os.path.join(os.path.dirname(HERE), "specs")


def _names(directory: str) -> list[str]:
    try:
        files = sorted(os.listdir(directory))
    except OSError:
        return []
    return [name.removesuffix(".yaml") for name in files if name.endswith(".yaml")]


def spec_names() -> list[str]:
    """The names that stand for shipped specs."""
    return _names(specs_directory())


def spec_path(name: str) -> str:
    """The file a user means: an existing file, else a shipped spec of that name."""
    if os.path.exists(name) and not (os.path.isdir(name) and name in spec_names()):
        return name
    if os.sep in name or name.endswith((".yaml", ".yml")):
        raise SpecError(f"there is no file {name}", hint=nearest_spec(name))
    return shipped_path(name)


def shipped_path(name: str) -> str:
    """The file of a shipped spec."""
    if name in spec_names():
        return os.path.join(specs_directory(), f"{name}.yaml")
    raise SpecError(f"there is no file and no shipped spec called {name!r}", hint=nearest_spec(name))


def nearest_spec(name: str) -> str:
    stem = os.path.basename(name).removesuffix(".yaml").removesuffix(".yml")
    close = nearest(stem, set(spec_names()), others=False)
    return "; ".join(filter(None, (close, "`convcost list` shows the shipped specs")))


@cache
def block_names() -> frozenset[str]:
    """The blocks of the library, one file each."""
    return frozenset(_names(os.path.join(HERE, "blocks")))


@cache
def block_source(name: str) -> Source:
    """The text of a library block."""
    path = os.path.join(HERE, "blocks", f"{name}.yaml")
    return Source(f"blocks/{name}.yaml", read_text(path, Limits()), shipped=True)


def convention_names() -> list[str]:
    """The shipped conventions of work, one file each."""
    return sorted(_names(os.path.join(HERE, "conventions", "counts")))  # calflops before calflops-flops


def convention_source(name: str) -> Source:
    """The text of a shipped convention, or of the table of a family."""
    path = os.path.join(HERE, "conventions", *f"{name}.yaml".split("/"))
    return Source(f"conventions/{name}.yaml", read_text(path, Limits()), shipped=True)
