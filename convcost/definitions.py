"""`let` and `define`: values named once, functions, and tables to look up in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from convcost.errors import SpecError
from convcost.expr import BUILTINS, RESERVED, Expr, Function, Names, Value, check_name, literal, parse, show
from convcost.limits import Meter
from convcost.reader import Map, Node, Scalar, as_map, as_scalar

_HEAD = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\(([^()]*)\)\Z")
HEAD = 4  # steps of reading what a function is called and takes


def read_lets(node: Node | None, names: Names, meter: Meter) -> dict[str, Expr]:
    """Values computed once, each from the names before it."""
    lets: dict[str, Expr] = {}
    if node is None:
        return lets
    known = set(names.values)
    names = names._replace(values=known)
    for key, value in as_map(node, "let").items():
        no_shadow(key, names)
        scalar = as_scalar(value, f"let {key.text}")
        lets[key.text] = names.check(parse(scalar, meter))
        known.add(key.text)
    return lets


def no_shadow(key: Scalar, names: Names) -> None:
    """A new name hides no other: what a letter means does not depend on the line."""
    check_name(key)
    if key.text in RESERVED or key.text in names.words:
        raise SpecError(f"{key.text!r} is a word; choose another name", key.mark)
    if key.text in names.values or key.text in names.spatial or key.text in ("c_in", "c_here"):
        raise SpecError(f"{key.text!r} already means something here; choose another name", key.mark)


def read_defines(node: Node | None, names: Names, meter: Meter) -> dict[str, Function]:
    """Functions; a body sees the names of its place and its own parameters, and may call the others."""
    if node is None:
        return {}
    heads: dict[str, tuple[Scalar, tuple[str, ...], Node]] = {}
    for key, value in as_map(node, "define").items():
        meter.step(key.mark, HEAD)
        name, params = _head(key, names)
        if name in heads or name in BUILTINS:
            what = "twice" if name in heads else "although the language has it"
            raise SpecError(f"the function {name!r} is defined {what}", key.mark)
        heads[name] = (key, params, value)
    stubs = {name: Function(name, params, None, (), key.mark) for name, (key, params, _) in heads.items()}
    functions = {
        name: _function(name, params, value, key, names._replace(functions=stubs), meter)
        for name, (key, params, value) in heads.items()
    }
    _no_cycle(functions, meter)
    return functions


def _head(key: Scalar, names: Names) -> tuple[str, tuple[str, ...]]:
    match = _HEAD.match(key.text)
    if not match:
        raise SpecError(
            f"{key.text!r} is not the head of a function",
            key.mark,
            "ch(c): ...; a fixed value stands under `let`",
        )
    params = tuple(part.strip() for part in match[2].split(",")) if match[2].strip() else ()
    if not params or len(set(params)) != len(params):
        raise SpecError("a function has one or more parameters, each once", key.mark)
    for param in params:
        no_shadow(Scalar(param, key.mark), names)
    return match[1], params


def _function(
    name: str, params: tuple[str, ...], node: Node, key: Scalar, names: Names, meter: Meter
) -> Function:
    if isinstance(node, Map):
        if len(params) != 1:
            raise SpecError("a table is looked up by one parameter", key.mark)
        return Function(name, params, None, tuple(_rows(node, key, names, meter)), key.mark)
    inner = names.also(frozenset(params))
    body = inner.check(parse(as_scalar(node, f"the body of {name}"), meter))
    return Function(name, params, body, (), key.mark)


def _rows(node: Map, head: Scalar, names: Names, meter: Meter) -> Iterator[tuple[Value, Expr]]:
    seen: set[str] = set()  # as text, 1.0 as 1
    if not node.entries:
        raise SpecError("a table to look up in has rows", head.mark, "{1: 144, 2: 200}")
    for key, value in node.items():
        row = literal(key, meter).value
        if show(row) in seen:
            raise SpecError(f"the row {key.text!r} stands here twice", key.mark)
        seen.add(show(row))
        yield row, names.check(parse(as_scalar(value, f"row {key.text}"), meter))


def _no_cycle(functions: Mapping[str, Function], meter: Meter) -> None:
    """No function may come back to itself: it would never end. Nor may a chain of them be too long."""
    depths: dict[str, int] = {}  # of each function that is done, the calls below it and itself

    def visit(name: str, path: tuple[str, ...]) -> int:
        if name in path:
            circle = " calls ".join((*path[path.index(name) :], name))
            raise SpecError(f"a function may not call itself: {circle}", functions[name].mark)
        if name not in depths:
            if len(path) >= meter.limits.depth:
                raise _too_long(functions[name], meter)
            calls = set[str]().union(*(body.calls() for body in functions[name].bodies))
            called = sorted(call for call in calls if call in functions)
            depths[name] = 1 + max((visit(below, (*path, name)) for below in called), default=0)
            if depths[name] > meter.limits.depth:
                raise _too_long(functions[name], meter)
        return depths[name]

    for name in functions:
        visit(name, ())


def _too_long(function: Function, meter: Meter) -> SpecError:
    says = f"functions call one another more than {meter.limits.depth:,} levels deep"
    return meter.limits.exceeded("depth", function.mark, says)
