"""Blocks as a comparison calls them: whose arguments are their own, shared, or letters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from convcost.binding import accept, evaluated
from convcost.comparing.letters import SHARED
from convcost.comparing.sides import Written
from convcost.errors import Mark, SpecError, nearest
from convcost.expand import Expansion
from convcost.expr import RESERVED, SWITCHES, Bound, Expr, Names, Scope, literal, parse
from convcost.graph import Graph
from convcost.limits import Meter
from convcost.machine import Machine
from convcost.ops import Shape
from convcost.params import COUNT
from convcost.reader import Scalar
from convcost.shelf import Shelf
from convcost.spec import Arg, Block, ListArg

MAP = ("m", "df")  # the input's channels and side, which are no arguments of a block


class BlockCall(NamedTuple):
    """A block with the arguments that are its own; the others are shared, or letters of their name."""

    name: str
    block: Block
    own: Mapping[str, Arg | Bound]
    mark: Mark

    @property
    def required(self) -> list[str]:
        """The arguments that become letters: without a default, not given, and no shared size."""
        shared = {"k", "out"}
        return [
            name
            for name, argument in self.block.arguments.items()
            if argument.default is None and name not in self.own and name not in shared
        ]

    def letters(self) -> set[str]:
        """The letters that its arguments use."""
        own = {name for arg in self.own.values() for name in _names(arg)}
        shared = {argument_letter(name) for name in ("k", "out") if name in self.block.arguments}
        shared |= {SHARED[name] for name in MAP}
        given = {argument_letter(name) for name in self.own}
        return {SHARED.get(name, name) for name in own} | (shared - given) | set(self.required)

    def arguments(self, machine: Machine, letters: Mapping[str, Any]) -> tuple[dict[str, Bound], Shape]:
        """Its arguments and the map it is put on, with these values for the letters."""
        bound = {name: Bound(value, self.mark) for name, value in letters.items()}
        written = {name: arg for name, arg in self.own.items() if not isinstance(arg, Bound)}
        settled = {name: arg for name, arg in self.own.items() if isinstance(arg, Bound)}
        given = {**settled, **evaluated(written, Scope(machine, bound))}
        for name in (*MAP, "k", "out", *self.required):
            if name not in given and (name in MAP or name in self.block.arguments):
                given[name] = bound[argument_letter(name)]
        c, side = (accept(given.pop(name), COUNT, f"{self.name}: {name}") for name in MAP)
        return given, Shape(c, side, side)

    def graph(self, machine: Machine, letters: Mapping[str, Any]) -> Graph:
        """The block's graph, with these values for the letters."""
        try:
            given, shape = self.arguments(machine, letters)
            return Expansion(machine).block(self.block, given, shape)
        except SpecError as error:
            raise error.through(f"in {self.block.name}, named here", self.mark) from None


def argument_letter(name: str) -> str:
    """The letter that stands for an argument where it is not given."""
    return SHARED["n"] if name == "out" else SHARED.get(name, name)


def _names(arg: Arg | Bound) -> set[str]:
    if isinstance(arg, Expr):
        return arg.names() - RESERVED - set(SWITCHES)
    if isinstance(arg, ListArg):
        return {name for part in arg.parts for name in _names(part)}
    return set()


def read_calls(sides: Sequence[Written], meter: Meter) -> tuple[BlockCall, ...]:
    """Each side's block with its own arguments, parsed."""
    shelf = Shelf(None, RESERVED, meter)
    return tuple(_call(side, shelf, meter) for side in sides)


def _call(side: Written, shelf: Shelf, meter: Meter) -> BlockCall:
    block = shelf.find(side.name)
    assert block is not None, "what is no block is told before"
    own: dict[str, Arg | Bound] = {}
    for key, value in side.args.values():
        name = "out" if key.text == "n" else key.text
        if name not in block.arguments and name not in MAP:
            known = {*block.arguments, *MAP, *(("n",) if "out" in block.arguments else ())}
            raise SpecError(f"{block.name} takes no {key.text!r}", key.mark, nearest(key.text, known))
        if name in own:
            raise SpecError(f"{block.name}: out and n are the same, and given twice", key.mark)
        own[name] = _argument(block, name, key, value, meter)
    call = BlockCall(side.text, block, own, side.name.mark)
    for name in call.required:
        kind = block.arguments[name].param.kind
        if kind.least is None and kind.name != "number":
            raise SpecError(f"{block.name} needs {name}, which is {kind.says}", side.name.mark)
    return call


def _argument(block: Block, name: str, key: Scalar, value: Scalar, meter: Meter) -> Arg | Bound:
    """A word or switch as a value; a number as an expression over letters; `?` as the letter of its name."""
    kind = COUNT if name in MAP else block.arguments[name].param.kind
    if kind.name == "switch" or (kind.words and kind.name != "padding"):
        return literal(value, meter)
    if value.text == "?":
        return _expression(Scalar(argument_letter(name), value.mark), block, meter)
    if value.text.startswith("[") and value.text.endswith("]"):
        offset, parts = 1, []
        for part in value.text[1:-1].split(","):
            parts.append(_expression(Scalar(part.strip(), value.mark.shifted(offset)), block, meter))
            offset += len(part) + 1
        return ListArg(tuple(parts), value.mark)
    return _expression(value, block, meter)


def _expression(value: Scalar, block: Block, meter: Meter) -> Expr:
    expr = parse(value, meter)
    return Names(expr.names() | set(SHARED), {}, RESERVED | block.words, "comparison").check(expr)


def letters_of(calls: Sequence[BlockCall]) -> dict[str, bool]:
    """The letters beside the shared ones, in the order they appear, and whether each is a count.

    A letter that stands for an argument is one; one that stands within products alone (alpha*M) need
    not be.
    """
    found: dict[str, bool] = {}
    for call in calls:
        for name in call.required:
            found[name] = call.block.arguments[name].param.kind.name != "number"
        for name, arg in call.own.items():
            parts = arg.parts if isinstance(arg, ListArg) else (arg,)
            for part in parts:
                for letter in sorted(_names(part)):
                    found[letter] = found.get(letter, False) or (
                        isinstance(part, Expr) and part.names() == {part.text} and not _a_number(call, name)
                    )
    return {name: whole for name, whole in found.items() if name not in {*SHARED, *SHARED.values()}}


def _a_number(call: BlockCall, name: str) -> bool:
    return name not in MAP and call.block.arguments[name].param.kind.name == "number"
