"""The expression language of specs: parsed against a whitelist, evaluated by us, never by Python."""

from convcost.expr.names import Names, Plain, literal
from convcost.expr.parse import IDENTIFIER, check_name, parse
from convcost.expr.tree import BUILTINS, Expr, Function, Scope, walk
from convcost.expr.values import (
    RESERVED,
    SWITCHES,
    WORDS,
    Bound,
    Value,
    Word,
    check_digits,
    compare,
    decimal,
    kind_of,
    show,
    two_places,
)

__all__ = [
    "BUILTINS",
    "IDENTIFIER",
    "RESERVED",
    "SWITCHES",
    "WORDS",
    "Bound",
    "Expr",
    "Function",
    "Names",
    "Plain",
    "Scope",
    "Value",
    "Word",
    "check_digits",
    "check_name",
    "compare",
    "decimal",
    "kind_of",
    "literal",
    "parse",
    "show",
    "two_places",
    "walk",
]
