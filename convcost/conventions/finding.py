"""Conventions by name: the shipped ones, and a user's own in a file."""

from __future__ import annotations

import os
from functools import cache

from convcost import library
from convcost.conventions.model import Convention
from convcost.conventions.reading import read_convention
from convcost.errors import SpecError, nearest
from convcost.limits import DEFAULT, Limits, Meter
from convcost.reader import Map, as_map, read_source, read_yaml

# The first of each family is meant where none is named.
DEFAULTS = {"work": "madds", "params": "trainable", "memory": "every-op"}
COUNTS = "counts"  # the folder of the conventions of work, a file each; the other families have one file


@cache
def names(family: str = "work") -> tuple[str, ...]:
    """The shipped conventions of a family, the default first."""
    found = library.convention_names() if family == "work" else list(_table(family).entries)
    return (DEFAULTS[family], *(name for name in found if name != DEFAULTS[family]))


@cache
def _table(family: str) -> Map:
    return as_map(read_yaml(library.convention_source(family), Meter()), f"{family}.yaml")


@cache
def shipped(name: str, family: str = "work") -> Convention:
    """A shipped convention; SpecError where there is none of that name."""
    if name not in names(family):
        what = "convention" if family == "work" else f"definition of {family}"
        hint = nearest(name, names(family)) or "`convcost conventions` lists them"
        raise SpecError(f"there is no {what} {name!r}", hint=hint)
    if family == "work":
        node = read_yaml(library.convention_source(f"{COUNTS}/{name}"), Meter())
    else:
        node = _table(family).entries[name][1]
    return read_convention(name, node, family, Meter(), lambda other: shipped(other, family))


def family_of(name: str) -> str:
    """The family that a shipped convention belongs to; work, where it may be a file."""
    return next((family for family in DEFAULTS if name in names(family)), "work")


def find(name: str | None, family: str = "work", limits: Limits = DEFAULT) -> Convention:
    """The convention a user means: a shipped one, or of work, one in a file of theirs; None: the default."""
    if name is None:
        return shipped(DEFAULTS[family], family)
    if family == "work" and name not in names() and (os.sep in name or name.endswith((".yaml", ".yml"))):
        source = read_source(name, limits)
        stem = os.path.splitext(os.path.basename(name))[0]
        meter = Meter(limits)
        return read_convention(stem, read_yaml(source, meter), family, meter, shipped)
    return shipped(name, family)
