"""Text to a tree, against a whitelist. The only file that imports `ast`; nothing here evaluates."""

from __future__ import annotations

import ast
import re
import warnings
from fractions import Fraction
from keyword import iskeyword

from convcost import num
from convcost.errors import Mark, SpecError, shortened
from convcost.expr.tree import (
    Arithmetic,
    Call,
    Choice,
    Compare,
    Const,
    Expr,
    Logic,
    Name,
    Negative,
    Not,
    Tree,
)
from convcost.expr.values import MOST_DIGITS, Value
from convcost.limits import Limits, Meter
from convcost.reader import Scalar

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}\Z")
_NUMBER = re.compile(r"(0|[1-9][0-9]*)(\.[0-9]+)?\Z")
WORD, CALL = 2, 8  # steps of reading a part of an expression, and of a call of Python's parser


def parse(scalar: Scalar, meter: Meter) -> Expr:
    """The expression a scalar holds; SpecError at the character that is not part of the language."""
    text = scalar.text
    meter.step(scalar.mark, WORD)
    if len(text) > meter.limits.chars:
        raise meter.limits.exceeded("chars", scalar.mark)
    simple = _simple(text, meter.limits, scalar.mark)
    if simple is not None:
        return Expr(text, scalar.first, simple)
    meter.step(scalar.mark, CALL)
    if not text.isascii() or "\n" in text or "#" in text:
        raise SpecError("an expression is one line of ASCII characters, without comments", scalar.first)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # 1if: Python only warns of a number that runs into a word
            tree = ast.parse(text.strip(), mode="eval").body
        return Expr(text.strip(), scalar.first, _Parser(text.strip(), scalar.first, meter).tree(tree))
    except SyntaxError as error:
        if "too many nested" in str(error.msg):
            raise meter.limits.exceeded("depth", scalar.first) from None
        where = scalar.first.shifted(max(0, (error.offset or 1) - 1))
        raise SpecError(f"{shortened(text)!r} is not an expression", where, _syntax_hint(text)) from None
    except (RecursionError, MemoryError, ValueError):
        raise meter.limits.exceeded("depth", scalar.first) from None


def check_name(scalar: Scalar) -> None:
    """Nothing, where the text can be a name in an expression; SpecError otherwise."""
    if not IDENTIFIER.match(scalar.text):
        hint = "letters, digits and _, a letter first"
    elif iskeyword(scalar.text):
        hint = "Python's own words cannot be names, since expressions are read with its grammar"
    else:
        return
    raise SpecError(f"{scalar.text!r} is not a name", scalar.mark, hint)


def _simple(text: str, limits: Limits, mark: Mark) -> Tree | None:
    """Most expressions are one name or one whole number; those need no parser."""
    if IDENTIFIER.match(text) and not iskeyword(text):
        return Name(0, text)
    if text.isascii() and text.isdigit() and _NUMBER.match(text):
        return Const(0, _literal(text, limits, mark))
    return None


_SIGNS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
}

_RELATIONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}


def _literal(text: str, limits: Limits, mark: Mark) -> Value:
    if len(text) > min(limits.digits, MOST_DIGITS):
        raise limits.exceeded("digits", mark)
    return num.whole(Fraction(text)) if "." in text else int(text)


def _syntax_hint(text: str) -> str:
    if "=" in text.replace("==", "").replace("<=", "").replace(">=", "").replace("!=", ""):
        return "a comparison is written =="
    if "&&" in text or "||" in text:
        return "write `and`, `or`"
    if "?" in text:
        return "write `a if test else b`"
    if re.search(r"[0-9]x\b|\b0[0-9]", text):
        return "a number has no leading zero and no unit"
    return "an expression has numbers, names, + - * / // %, comparisons, `a if b else c` and calls"


class _Parser:
    """ast nodes of the whitelist to our own tree; anything else is refused with its column."""

    def __init__(self, text: str, mark: Mark, meter: Meter) -> None:
        self.text, self.mark, self.meter = text, mark, meter

    def tree(self, node: ast.expr, depth: int = 0) -> Tree:
        self.meter.step(self.mark, WORD)
        if depth > self.meter.limits.depth:
            raise self.meter.limits.exceeded("depth", self.mark)
        at = node.col_offset

        def part(below: ast.expr) -> Tree:
            return self.tree(below, depth + 1)

        match node:
            case ast.Constant():
                return Const(at, self.constant(node))
            case ast.Name():
                return Name(at, node.id)
            case ast.UnaryOp(op=ast.USub()):
                return Negative(at, part(node.operand))
            case ast.UnaryOp(op=ast.Not()):
                return Not(at, part(node.operand))
            case ast.BinOp() if type(node.op) in _SIGNS:
                return Arithmetic(at, _SIGNS[type(node.op)], part(node.left), part(node.right))
            case ast.BoolOp():
                word = "and" if isinstance(node.op, ast.And) else "or"
                return Logic(at, word, tuple(part(value) for value in node.values))
            case ast.IfExp():
                return Choice(at, part(node.test), part(node.body), part(node.orelse))
            case ast.Compare(ops=[relation]) if type(relation) in _RELATIONS:
                text = self.text[at : node.end_col_offset]
                sides = part(node.left), part(node.comparators[0])
                return Compare(at, _RELATIONS[type(relation)], *sides, text)
            case ast.Call(func=ast.Name(id=name), keywords=[]):
                return Call(at, name, tuple(part(arg) for arg in node.args))
        raise self.refused(node)

    def constant(self, node: ast.Constant) -> Value:
        text = self.text[node.col_offset : node.end_col_offset]
        if not _NUMBER.match(text):
            switch = isinstance(node.value, bool)
            hint = f"write {text.lower()}" if switch else "write the number out: 1000000, 0.25"
            raise SpecError(f"{text} is not a number of this language", self.at(node), hint)
        return _literal(text, self.meter.limits, self.at(node))

    def at(self, node: ast.expr) -> Mark:
        return self.mark.shifted(node.col_offset)

    def refused(self, node: ast.expr) -> SpecError:
        text = self.text[node.col_offset : node.end_col_offset][:40]
        hints: dict[type, str] = {
            ast.Compare: "compare two values at a time: a < b and b < c",
            ast.BinOp: "the operators are + - * / // %",
            ast.Attribute: "there are no attributes",
            ast.Subscript: "there are no subscripts; a `define` with rows is a table to look up in",
            ast.List: "a list stands outside of expressions",
            ast.Call: "a call is a name and its arguments in order",
        }
        return SpecError(f"{text} is not part of the language", self.at(node), hints.get(type(node), ""))
