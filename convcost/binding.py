"""Arguments of a call become values of their kinds, each with the place where it was written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from convcost.errors import Mark, Source, SpecError
from convcost.expr import Bound, Expr, Scope, Value, parse, show
from convcost.limits import Meter
from convcost.machine import Ints
from convcost.ops import OPS
from convcost.params import Kind
from convcost.reader import Scalar
from convcost.spec import Arg, Argument, ListArg


@cache
def op_arguments(name: str) -> dict[str, Argument]:
    """The fields of an op with their defaults parsed."""
    place = Mark(Source(f"op {name}", "", shipped=True), 1, 1)
    arguments: dict[str, Argument] = {}
    for param in OPS[name].params:
        default = parse(Scalar(param.default, place), Meter()) if param.default is not None else None
        alone = default is not None and not default.names() & arguments.keys()
        fixed = param.kind.accept(alone_bound(default)) if default and alone else None
        arguments[param.name] = Argument(param, default, fixed)
    return arguments


def alone_bound(expr: Expr) -> Bound:
    """The value of an expression that depends on nothing."""
    return Bound(expr.evaluate(Scope(Ints(), {})), expr.mark)


def evaluated(args: Mapping[str, Arg], scope: Scope) -> dict[str, Bound]:
    """The arguments of a call, evaluated where the call stands."""
    bound: dict[str, Bound] = {}
    for name, arg in args.items():
        if isinstance(arg, ListArg):
            bound[name] = Bound(tuple(part.evaluate(scope) for part in arg.parts), arg.mark)
        elif isinstance(arg, Expr):
            bound[name] = arg.bound(scope)
    return bound


def bind(
    arguments: Mapping[str, Argument],
    given: Mapping[str, Bound],
    within: Scope,
    mark: Mark,
    what: str,
    take: Callable[[Kind, Bound], Value],
) -> dict[str, Bound]:
    """Each argument's value, given or by default, taken by its kind, with where it was written."""
    bound: dict[str, Bound] = {}
    for name, argument in arguments.items():
        if argument.param.kind.paths:
            continue
        if name in given:
            value = given[name]
        elif argument.fixed is not None:
            bound[name] = within.values[name] = Bound(argument.fixed, mark)
            continue
        else:
            assert argument.default is not None, "a required argument is checked when it is read"
            try:
                value = argument.default.bound(within)
            except SpecError as error:
                raise error.through(f"by default in {what}", mark) from None
            if value.mark is argument.default.mark:  # an error in a default is told at the call
                value = Bound(value.value, mark)
        try:
            taken = Bound(take(argument.param.kind, value), value.mark)
        except SpecError as error:
            raise SpecError(f"{what}: {name}: {error.message}", error.where, error.hint) from None
        bound[name] = within.values[name] = taken
    return bound


def accept(bound: Bound, kind: Kind, what: str, hint: str = "") -> Value:
    try:
        return kind.accept(bound)
    except SpecError as error:
        raise SpecError(f"{what}: {error.message}", error.where, error.hint or hint) from None


def switch(expr: Expr, scope: Scope, what: str) -> bool:
    value = expr.evaluate(scope)
    if not isinstance(value, bool):
        raise SpecError(f"`{what}` is true or false, not {show(value)}", expr.mark)
    return value
