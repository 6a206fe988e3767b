"""The expression language of specs: parsed against a whitelist, evaluated by us, never by Python."""

from convcost.expr.names import Names, literal
from convcost.expr.parse import IDENTIFIER, parse
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
    "Scope",
    "Value",
    "Word",
    "check_digits",
    "compare",
    "decimal",
    "kind_of",
    "literal",
    "parse",
    "show",
    "walk",
]
