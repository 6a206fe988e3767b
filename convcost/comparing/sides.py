"""The sides of a comparison as a command names them: `shuffle_unit_v1:g=3,mid=N/4`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from convcost import library
from convcost.errors import Mark, Source, SpecError, nearest, shortened
from convcost.expr import IDENTIFIER
from convcost.reader import Scalar

_SIDE = re.compile(r"(?P<name>.*?)(?::(?=\s*\w+\s*=)(?P<args>.*))?\Z", re.DOTALL)


class Written(NamedTuple):
    """A name, and the arguments behind its colon; each text knows its place."""

    text: str
    name: Scalar
    args: dict[str, tuple[Scalar, Scalar]]  # by key: the key and the value


def read_side(text: str) -> Written:
    """The parts of `name:key=value,key=value`; a comma inside brackets parts nothing."""
    source = Source("compare", text)
    match = _SIDE.match(text)
    assert match is not None
    name = Scalar(match["name"].strip(), Mark(source, 1, 1))
    if not name.text:
        raise SpecError("a side has no name", name.mark, "compare standard dsc:k=5")
    args: dict[str, tuple[Scalar, Scalar]] = {}
    for start, part in _parts(match["args"] or "", match.start("args")):
        at = Mark(source, 1, start + 1 + len(part) - len(part.lstrip()))
        key, equals, value = part.partition("=")
        if not equals or not IDENTIFIER.match(key.strip()) or not value.strip():
            raise SpecError(f"{part.strip()!r} is not key=value", at, f"{name.text}:key=value,key=value")
        if key.strip() in args:
            raise SpecError(f"{key.strip()!r} is given twice", at)
        behind = start + len(part) - len(value.lstrip()) + 1
        args[key.strip()] = Scalar(key.strip(), at), Scalar(value.strip(), Mark(source, 1, behind))
    return Written(text.strip(), name, args)


def _parts(text: str, offset: int) -> Iterator[tuple[int, str]]:
    """What stands between the commas outside of brackets, each with where it begins."""
    depth = start = 0
    for i, character in enumerate(text + ","):
        depth += (character in "([") - (character in ")]")
        if character == "," and (depth <= 0 or i == len(text)) and (text or i):
            yield offset + start, text[start:i]
            start = i + 1


def are_blocks(sides: Sequence[Written]) -> bool:
    """Whether the sides are blocks; False where they are networks. They must be of one kind."""
    if len(sides) < 2:
        only = f"only {sides[0].text}" if sides else "nothing"
        raise SpecError(f"there is {only} to compare", hint="it takes two or more: compare standard dsc")
    blocks = [_is_block(side) for side in sides]
    if any(blocks) and not all(blocks):
        block, network = sides[blocks.index(True)], sides[blocks.index(False)]
        raise SpecError(
            f"{block.name.text} is a block and {network.name.text} a network: a block is counted on one map",
            hint="compare blocks with blocks, networks with networks; a file with a block in it is a network",
        )
    return all(blocks)


def _is_block(side: Written) -> bool:
    name = side.name.text
    if name in library.block_names():
        return True
    if name == "-" or os.path.exists(name) or name in library.spec_names():
        return False
    if os.sep in name or name.endswith((".yaml", ".yml")):
        library.spec_path(name)  # says that there is no such file
    known = {*library.block_names(), *library.spec_names()}
    close = nearest(name, known, others=False)
    if name.partition(":")[0] in known:
        close = f"arguments are written {name.partition(':')[0]}:key=value,key=value"
    blocks = shortened(f"blocks are {', '.join(sorted(library.block_names()))}", 400)
    hint = close or f"{blocks}; `convcost list` shows the networks"
    raise SpecError(f"there is no block and no network {name!r}", hint=hint)


def check_sizes(sizes: Mapping[str, object]) -> dict[str, int]:
    """The shared sizes that are given, each a count."""
    given = {}
    for name, value in sizes.items():
        if value is None:
            continue
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value < 10**9:
            raise SpecError(f"{name} is a count from 1 to 999,999,999, not {value!r}")
        given[name] = value
    return given
