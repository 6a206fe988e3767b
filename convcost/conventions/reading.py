"""Conventions as YAML has them: a title, what is counted, and a row a kind with its source."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from convcost import num
from convcost.conventions.model import Convention, Rule
from convcost.conventions.names import NAMES, PARAMS, TRAFFIC, constants, contractions, work_kinds
from convcost.errors import SpecError, nearest
from convcost.expr import Expr, Names, parse
from convcost.expr.tree import Arithmetic, Const, Name
from convcost.limits import Meter
from convcost.reader import Map, Node, Scalar, as_map, as_scalar, as_seq

KEYS = ("title", "group", "unit", "says", "source", "calls", "like", "sees", "counts", "nothing", "others")
FAMILIES = ("work", "params", "memory")


def kinds_of(family: str) -> frozenset[str]:
    """The kinds that the tables of a family have rows for."""
    return {"work": work_kinds(), "params": frozenset(PARAMS), "memory": frozenset(TRAFFIC)}[family]


def read_convention(
    name: str, node: Node, family: str, meter: Meter, find: Callable[[str], Convention]
) -> Convention:
    """One convention; SpecError says which key or row is wrong. `find` gives the one that it is `like`."""
    top = as_map(node, f"the convention {name}").only(KEYS, "a convention")
    for key in ("says", "source", *(() if "like" in top.entries else ("unit",))):
        if top.get(key) is None:
            raise SpecError(f"a convention needs `{key}`", top.mark)
    made = Convention(
        name=name,
        family=family,
        title=_text(top, "title") or name,
        group=_text(top, "group"),
        unit=_text(top, "unit"),
        says=_text(top, "says"),
        source=_text(top, "source"),
        calls=_text(top, "calls"),
        sees=None,
        rules={},
        others=None,
        mark=top.mark,
    )
    if "like" not in top.entries:
        sees = top.get("sees")
        return made._replace(
            sees=_formula(as_scalar(sees, "sees"), meter) if sees is not None else None,
            rules=_rules(top, family, meter),
            others=_others(top, meter),
        )
    for key in ("sees", "counts", "nothing", "others", "unit"):
        if key in top.entries:
            raise SpecError(f"a convention that is like another has no `{key}`", top.key(key).mark)
    other = find(_text(top, "like"))
    return made._replace(unit=other.unit, sees=other.sees, rules=other.rules, others=other.others)


def _text(top: Map, key: str) -> str:
    node = top.get(key)
    return " ".join(as_scalar(node, key).text.split()) if node is not None else ""


def _rules(top: Map, family: str, meter: Meter) -> dict[str, Rule]:
    known = kinds_of(family)
    rules: dict[str, Rule] = {}

    def add(kind: Scalar, count: Scalar, source: str) -> None:
        if kind.text not in known:
            raise SpecError(f"there is no kind {kind.text!r}", kind.mark, nearest(kind.text, known))
        if kind.text in rules:
            raise SpecError(f"{kind.text!r} has two rows", kind.mark)
        rules[kind.text] = _rule(count, source, meter, kind.text)

    counts, nothing = top.get("counts"), top.get("nothing")
    for kind, node in as_map(counts, "counts").items() if counts is not None else ():
        add(kind, *_counted(node))
    for node in as_seq(nothing, "nothing").items if nothing is not None else ():
        fields = as_map(node, "a row of nothing").only(("of", "source"), "a row of nothing")
        if fields.get("of") is None:
            raise SpecError("a row of nothing says `of` what", fields.mark)
        for kind in map(as_kind, as_seq(fields.entries["of"][1], "of").items):
            add(kind, Scalar("0", kind.mark), _text(fields, "source"))
    return rules


def as_kind(node: Node) -> Scalar:
    return as_scalar(node, "a kind")


def _counted(node: Node) -> tuple[Scalar, str]:
    """`conv: M`, or `conv: {count: M, source: conv_flop_count}`."""
    if isinstance(node, Scalar):
        return as_scalar(node, "a count"), ""
    fields = as_map(node, "a row").only(("count", "source"), "a row")
    count = fields.get("count")
    if count is None:
        raise SpecError("a row needs `count`", fields.mark)
    return as_scalar(count, "count"), _text(fields, "source")


def _rule(count: Scalar, source: str, meter: Meter, kind: str = "") -> Rule:
    formula = _formula(count, meter)
    return Rule(formula, _weight(formula, ("n", "M") if kind in contractions() else ("n",)), source)


def _formula(scalar: Scalar, meter: Meter) -> Expr:
    return Names(frozenset(NAMES), {}, constants(), "convention").check(parse(scalar, meter))


def _weight(formula: Expr, own: tuple[str, ...]) -> int | Fraction | None:
    """What the kind's own count is multiplied by, where that is all there is."""
    match formula.tree:
        case Const(value=0):
            return 0
        case Name(name=name) if name in own:
            return 1
        case Arithmetic(sign="*", left=Const(value=weight), right=Name(name=name)) if name in own:
            return num.whole(Fraction(weight))
        case Arithmetic(sign="/", left=Name(name=name), right=Const(value=part)) if name in own and part:
            return num.whole(1 / Fraction(part))
    return None


def _others(top: Map, meter: Meter) -> Rule | None:
    """What kinds without a row count: said, never taken for granted."""
    node = top.get("others")
    if node is None:
        raise SpecError("a convention says what `others` count", top.mark, "others: 0, or others: unknown")
    scalar = as_scalar(node, "others")
    return None if scalar.text == "unknown" else _rule(scalar, "", meter)
