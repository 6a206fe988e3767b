"""docs/reference.md from the package: what it says of ops, blocks, caps and claims is what they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import Field, fields
from typing import Any

from convcost import library
from convcost.claims import VERDICTS
from convcost.conventions import BYTES, find
from convcost.errors import Mark, Source
from convcost.expr import BUILTINS, RESERVED, WORDS, Word
from convcost.expr.values import decimal
from convcost.expressions import formula, positive
from convcost.limits import DEFAULT, Meter
from convcost.metrics import METRICS
from convcost.ops import OPS, Op, OpRefusal, Shape
from convcost.params import HW, KINDS, Kind, Pad, Param
from convcost.printed import ROUNDINGS, UNITS
from convcost.reader import Scalar
from convcost.shelf import Shelf
from convcost.spec import Block

HEAD = """\
# Reference

Generated from the package by `python docs/generate.py`; a test holds it in step. What things mean together
stands in [language.md](language.md), what is counted and why in [counts.md](counts.md)."""

# What a function gives; one that has no line here stops the script.
FUNCTIONS = {
    "make_divisible": "the multiple of the second (8 unless said) nearest to the first, at least one "
    "multiple and not more than 10 % below",
    "floor": "the whole number at or below",
    "ceil": "the whole number at or above",
    "max": "the largest",
    "min": "the smallest",
}

RULES = {
    "nearest": "to the nearest, a half up",
    "floor": "down",
    "ceil": "up",
}


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table; a bar in a cell is escaped."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def code(text: str) -> str:
    return f"`{text}`"


def codes(texts: Iterable[str]) -> str:
    return ", ".join(map(code, texts))


def links(names: Iterable[str]) -> str:
    return " ·\n".join(f"[`{name}`](#{name})" for name in names)


# ------------------------------------------------------------------------------ ops


def kind_text(kind: Kind) -> str:
    """The name of one of the language's kinds, the words of a small set, else what the kind says."""
    named = next((name for name, known in KINDS.items() if known is kind), "")
    if named:
        return f"[{named}](#kinds-of-arguments)"
    return codes(sorted(kind.words)) if kind.words else kind.says


def default_text(param: Param) -> str:
    return "required" if param.default is None else code(param.default)


def params_table(params: Iterable[Param], what: str) -> str:
    rows = [(code(p.name), kind_text(p.kind), default_text(p), p.help) for p in params]
    return table((what, "kind", "default", ""), rows) if rows else f"It has no {what}s."


def formulas(op: Op) -> list[str]:
    """What the op counts for one image, by running its own cost on symbols, every switch on."""
    xs = inputs(op)
    given = values(op, positive)
    rule = op.shape(*xs, **given)
    y = Shape(rule.c, *(_side(*pair) for pair in ((rule.h, xs[0].h, "h2"), (rule.w, xs[0].w, "w2"))))
    cost = op.cost(*xs, y, **given)
    counts = {
        "madds": cost.madds,
        **{f"ops `{kind}`": count for kind, count in cost.ops.items()},
        "weights": cost.weights,
        "biases": cost.biases,
        "norm_affine": cost.norm_affine,
        "norm_stats": cost.norm_stats,
        "mem_access": cost.reads + cost.writes + cost.weight_reads,
    }
    return [f"- {name}: {code(formula(count))}" for name, count in counts.items() if count != 0]


def inputs(op: Op) -> list[Shape]:
    """One map, or two that differ in what the op allows to differ; a vector where it takes no other."""
    symbol = positive
    x, twice = Shape(6, 8, 8), op.inputs[0] == 2
    vector = not twice and refuses(op, x)
    first = Shape(symbol("c1"), 1, 1) if vector else Shape(symbol("c1"), symbol("h1"), symbol("w1"))
    if not twice:
        return [first]
    wider, smaller = refuses(op, x, Shape(7, 8, 8)), refuses(op, x, Shape(6, 4, 4))
    c = first.c if wider else symbol("c2")
    return [first, Shape(c, *((first.h, first.w) if smaller else (symbol("h2"), symbol("w2"))))]


def refuses(op: Op, *xs: Shape) -> bool:
    """Whether the maps are at fault, and no field of the op."""
    try:
        op.check(*xs, **values(op, lambda name: 1))
    except OpRefusal as refusal:
        return refusal.field == ""
    return False


def values(op: Op, number: Callable[[str], Any]) -> dict[str, Any]:
    """The op's fields: each number by its name, each word as its field in capitals."""

    def value(param: Param) -> Any:
        if param.kind.name == "switch":
            return True
        if param.kind.words:
            return Pad("same") if param.kind.name == "padding" else Word(param.name.upper())
        return HW(number(param.name), number(param.name)) if param.kind.make else number(param.name)

    return {param.name: value(param) for param in op.params if not param.kind.paths}


def _side(rule: Any, before: Any, name: str) -> Any:
    """A side that the op leaves, or fixes, is known; any other has a name."""
    return rule if rule == before or isinstance(rule, int) else positive(name)


def op_text(op: Op) -> str:
    least, most = op.inputs
    reads = {
        (1, 1): "",
        (2, 2): "Reads two maps.",
        (2, None): "Reads two maps or more; the formulas are for two.",
    }
    counts = formulas(op) or ["- nothing: it is free"]
    said = [f"### {op.name}", " ".join(part for part in (op.help, reads[least, most]) if part)]
    said += [params_table(op.params, "field")] if op.params else []
    memory = f", with its traffic under `{op.memory}`" if op.memory != "free" else ""
    return "\n\n".join([*said, f"Counts{memory}:", "\n".join(counts)])


def ops_text() -> str:
    head = """\
## Ops

The field that stands first is the one of the short form. Formulas are for one image: `c1`, `h1`, `w1` are the
channels, height and width of the input, `c2`, `h2`, `w2` of a second one or of the output; other names are
fields. They are the op's own cost, evaluated on symbols, with every switch on and square windows."""
    return "\n\n".join([head, links(sorted(OPS)), *(op_text(OPS[name]) for name in sorted(OPS))])


# ------------------------------------------------------------------------------ blocks


def block_text(block: Block) -> str:
    link = f"[blocks/{block.name}.yaml](../convcost/blocks/{block.name}.yaml)"
    params = params_table((argument.param for argument in block.arguments.values()), "argument")
    return f"### {block.name}\n\n{block.help} {link}\n\n{params}"


def blocks_text() -> str:
    shelf = Shelf(None, RESERVED, Meter())
    place = Mark(Source("docs", "", shipped=True), 1, 1)
    names = sorted(library.block_names())
    blocks = [shelf.find(Scalar(name, place)) for name in names]
    return "\n\n".join(["## Blocks", links(names), *(block_text(block) for block in blocks if block)])


# ------------------------------------------------------------------------------ small tables


def language_text() -> str:
    kinds = [
        (code(name), codes(sorted(kind.words)) if kind.name == "word" else kind.says)
        for name, kind in KINDS.items()
    ]
    words = [(group, codes(sorted(words))) for group, words in WORDS.items()]
    functions = [
        (code(name), str(least) if least == most else f"{least} to {most}", FUNCTIONS[name])
        for name, (_, least, most) in BUILTINS.items()
    ]
    return "\n\n".join(
        [
            "## Kinds of arguments",
            "What a block may name as the `kind` of an argument.",
            table(("kind", "values"), kinds),
            "## Words",
            "The constants of the language, beside `true` and `false`. None may be a name of your own.",
            table(("words of", "they are"), words),
            "## Functions",
            table(("function", "arguments", "gives"), functions),
            "## Caps",
            table(
                ("option", "unless said", "caps"),
                [(code(f"--max-{f.name}"), unless_said(f), f.metadata["help"]) for f in fields(DEFAULT)],
            ),
        ]
    )


def unless_said(cap: Field[int]) -> str:
    """A cap's default, and what it grows with."""
    more = cap.metadata["a_layer"]
    return f"{cap.default:,}" + (f", or {more} a layer that `--max-nodes` allows" if more else "")


def claims_text() -> str:
    kinds = [
        (code(name), code(kind), find(kind, metric.family).says, find(kind, metric.family).source)
        for name, metric in METRICS.items()
        if metric.family in ("params", "memory")
        for kind in metric.kinds
    ]
    kinds += [
        (code(name), code(way), says, "") for name, m in METRICS.items() for way, says in m.ways.items()
    ]
    units = [
        (code(unit), f"{value:,}" if isinstance(value, int) else decimal(value))
        for unit, value in UNITS.items()
        if unit
    ]
    return "\n\n".join(
        [
            "## Metrics and their kinds",
            "What a claim may be about. The first kind of each is meant where none is said.",
            table(("metric", "in"), [(code(name), metric.unit) for name, metric in METRICS.items()]),
            table(("metric", "kind", "counts", "as"), kinds),
            "## Rounding rules",
            table(("rule", "rounds"), [(code(rule), RULES[rule]) for rule in ROUNDINGS]),
            f"The verdicts of a check are {codes(VERDICTS)}.",
            "## Units",
            table(("unit of a printed figure", "times"), units),
            table(("element", "bytes"), [(code(name), str(size)) for name, size in BYTES.items()]),
        ]
    )


def page() -> str:
    return "\n\n".join([HEAD, ops_text(), blocks_text(), language_text(), claims_text()]) + "\n"
