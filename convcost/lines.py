"""What every line of a network may say, and what it is called."""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple, Protocol

from convcost.errors import SpecError
from convcost.expr import Expr, Names, parse
from convcost.limits import Meter
from convcost.reader import Map, Node, Scalar, as_scalar, as_seq
from convcost.spec import Block, Line, PathRef

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_+-]{0,63}\Z")
PATH = re.compile(r"[A-Za-z0-9_+.-]{1,1000}\Z")
MODIFIERS = ("name", "when", "repeat", "after_first", "from", "share", "aside")


class Blocks(Protocol):
    """Where a block is found by its name."""

    def find(self, name: Scalar) -> Block | None: ...
    def names(self) -> set[str]: ...


class Context(NamedTuple):
    """The place a body stands in: its names, the blocks it can use, the labels taken beside it."""

    names: Names
    blocks: Blocks
    meter: Meter


class Labels:
    """Labels of siblings: a second `act` becomes `act_2`, counted by place in the text."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()

    def next(self, name: str) -> str:
        self.seen[name] += 1
        return name + self.suffix(self.seen[name])

    def suffix(self, count: int) -> str:
        return "" if count < 2 else f"_{count}"

    def join(self, words: frozenset[str]) -> str:
        """What follows a join's word; where that is settled only in the graph, it may be any of `words`."""
        for word in words:
            self.seen[word] += 1
        return self.suffix(max(self.seen[word] for word in words))


def checked(scalar: Scalar, names: Names, meter: Meter) -> Expr:
    return names.check(parse(scalar, meter))


def line_of(key: Scalar, fields: Map, context: Context, label: str) -> Line:
    return Line(
        label=label,
        mark=key.mark,
        when=optional(fields, "when", context),
        repeat=optional(fields, "repeat", context),
        source=reference(fields, "from"),
        share=reference(fields, "share"),
        aside=_aside(fields),
    )


def optional(fields: Map, name: str, context: Context) -> Expr | None:
    if name not in fields.entries:
        return None
    return checked(as_scalar(fields.entries[name][1], name), context.names, context.meter)


def reference(fields: Map, name: str) -> PathRef | None:
    node = fields.get(name)
    return path_ref(as_scalar(node, name)) if node is not None else None


def _aside(fields: Map) -> bool:
    if "aside" not in fields.entries:
        return False
    value = as_scalar(fields.entries["aside"][1], "aside")
    if value.text not in ("true", "false"):
        raise SpecError("`aside` is true or false", value.mark, "`when` switches a line by an expression")
    return value.text == "true"


def path_ref(scalar: Scalar) -> PathRef:
    if not PATH.match(scalar.text):
        raise SpecError(
            f"{scalar.text[:40]!r} is not a path",
            scalar.mark,
            "a path is names joined by dots: stage3.1.expand",
        )
    return PathRef(scalar.text, scalar.mark)


def path_refs(node: Node | None) -> tuple[PathRef, ...]:
    if node is None:
        return ()
    if isinstance(node, Scalar):
        return (path_ref(node),)
    return tuple(path_ref(as_scalar(item, "a path")) for item in as_seq(node, "paths").items)


def written_name(fields: Map) -> str:
    node = fields.get("name")
    return good_name(as_scalar(node, "name")) if node is not None else ""


def good_name(scalar: Scalar) -> str:
    if scalar.text == "input":
        raise SpecError("`input` is what enters the network or the block; choose another name", scalar.mark)
    if not NAME.match(scalar.text):
        raise SpecError(
            f"{scalar.text[:40]!r} is not a name for a layer", scalar.mark, "letters, digits, _, + and -"
        )
    return scalar.text


def scope_label(key: Scalar, fields: Map, labels: Labels) -> tuple[str, Labels]:
    """The label of a structure and where those inside it are counted: a nameless one adds nothing."""
    name = written_name(fields)
    if name:
        return name, Labels()
    if "repeat" in fields.entries:
        return labels.next(key.text), Labels()
    return "", labels
