"""The lines of a network or block: what each is, what it is called, and what it is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from convcost.definitions import no_shadow
from convcost.errors import Mark, SpecError, nearest
from convcost.expr import WORDS, Expr, parse
from convcost.lines import (
    MODIFIERS,
    Context,
    Labels,
    checked,
    good_name,
    line_of,
    optional,
    path_refs,
    scope_label,
    written_name,
)
from convcost.ops import OPS, Op
from convcost.params import Param
from convcost.reader import Map, Node, Scalar, Seq, as_map, as_scalar, as_seq
from convcost.spec import (
    Arg,
    Block,
    Body,
    Branches,
    Call,
    Item,
    Layers,
    ListArg,
    Path,
    PathsArg,
    Row,
    Table,
)

# The steps of reading a line or a row, beside those of its values and expressions.
LINE = 2
ROW = 2


def build_body(node: Node, context: Context, labels: Labels | None = None, given: str = "") -> Body:
    """The lines of a list, or the one line of a map or word.

    A line without a name is called by its op or block; the only line of a group that has a name of
    its own takes that one (`given`), and adds nothing to the path.
    """
    nodes = node.items if isinstance(node, Seq) else (node,)
    alone = len(nodes) == 1 and bool(given)
    labels = labels or Labels()
    return tuple(_item(line, context, labels, alone) for line in nodes)


def _item(node: Node, context: Context, labels: Labels, alone: bool) -> Item:
    if isinstance(node, Scalar):
        key = as_scalar(node, "a line")
        value: Node = Scalar("", key.mark)
        fields = Map({}, key.mark)
    else:
        fields = as_map(node, "a line of a network")
        key, value = _subject(fields)
    context.meter.step(key.mark, LINE)
    build = STRUCTURES.get(key.text)
    if build is None:
        return _call(key, value, fields, context, labels, alone)
    _no_after_first(fields)
    return build(key, value, fields, context, labels)


def _subject(fields: Map) -> tuple[Scalar, Node]:
    subjects = [entry for name, entry in fields.entries.items() if name not in MODIFIERS]
    if len(subjects) != 1:
        names = " and ".join(repr(key.text) for key, _ in subjects) or "none"
        raise SpecError(
            f"a line is one op, block or structure, not {names}",
            subjects[1][0].mark if subjects else fields.mark,
            "beside it stand only " + ", ".join(MODIFIERS),
        )
    return subjects[0]


def _no_after_first(fields: Map) -> None:
    if "after_first" in fields.entries:
        raise SpecError(
            "after_first changes arguments, so it stands beside a block or an op",
            fields.key("after_first").mark,
        )


# ------------------------------------------------------------------------------ ops and blocks


def _call(key: Scalar, value: Node, fields: Map, context: Context, labels: Labels, alone: bool) -> Call:
    target = _target(key, context)
    params = _params(target)
    context.meter.step(key.mark, len(params) // 8)
    label = written_name(fields) or ("" if alone else labels.next(key.text))
    return Call(
        line=line_of(key, fields, context, label),
        target=target,
        args=_given(key, value, target, params, context),
        after_first=_after_first(fields, params, key, context),
    )


def _target(key: Scalar, context: Context) -> Op | Block:
    target = OPS.get(key.text) or context.blocks.find(key)
    if target is not None:
        return target
    for kind, group in WORDS.items():
        if key.text in group and kind == "activation":
            raise SpecError(f"{key.text!r} is a word, not an op", key.mark, f"write act: {key.text}")
    if ":" in key.text:
        name, _, rest = key.text.partition(":")
        raise SpecError(f"{key.text!r} is one word", key.mark, f"write {name}: {rest}, with a space")
    hint = nearest(key.text, {*OPS, *context.blocks.names(), *STRUCTURES})
    raise SpecError(f"there is no op or block {key.text!r}", key.mark, hint)


def _params(target: Op | Block) -> dict[str, Param]:
    if isinstance(target, Op):
        return {param.name: param for param in target.params}
    return {name: argument.param for name, argument in target.arguments.items()}


def _given(
    key: Scalar, value: Node, target: Op | Block, params: Mapping[str, Param], context: Context
) -> dict[str, Arg]:
    first = next(iter(params.values()), None)
    if isinstance(value, Map):
        args = _args(value, params, key, context)
    elif isinstance(value, Scalar) and value.empty:
        args = {}
    elif first is None:
        raise SpecError(f"{key.text} takes no arguments", value.mark)
    else:
        args = {first.name: _arg(value, first, context)}
    for name, param in params.items():
        if param.default is None and name not in args:
            about = f" ({param.help})" if param.help else ""
            raise SpecError(f"{key.text} needs `{name}`{about}", key.mark, _usage(target, params))
    return args


def _args(node: Map, params: Mapping[str, Param], key: Scalar, context: Context) -> dict[str, Arg]:
    args: dict[str, Arg] = {}
    for name, value in node.items():
        if name.text not in params:
            raise SpecError(
                f"{key.text} has no argument {name.text!r}", name.mark, nearest(name.text, set(params))
            )
        if isinstance(value, Scalar) and value.empty:  # {k, s}: short for {k: k, s: s}
            value = Scalar(name.text, name.mark)
        args[name.text] = _arg(value, params[name.text], context)
    return args


def _arg(node: Node, param: Param, context: Context) -> Arg:
    if param.kind.paths:
        return PathsArg(path_refs(node), node.mark)
    # a block's own words can be said where it is called
    names = context.names.wording(param.kind.words)
    if isinstance(node, Seq):
        if len(node.items) not in param.kind.lists:
            raise SpecError(
                f"`{param.name}` is {param.kind.says}, not a list of {len(node.items)}", node.mark
            )
        parts = (as_scalar(item, param.name) for item in node.items)
        return ListArg(tuple(checked(part, names, context.meter) for part in parts), node.mark)
    return checked(as_scalar(node, f"`{param.name}`"), names, context.meter)


def _usage(target: Op | Block, params: Mapping[str, Param]) -> str:
    said = ", ".join(f"{p.name}{'' if p.default is None else '=' + p.default}" for p in params.values())
    return f"{target.name} takes {said}"


def _after_first(fields: Map, params: Mapping[str, Param], key: Scalar, context: Context) -> dict[str, Arg]:
    node = fields.get("after_first")
    if node is None:
        return {}
    if "repeat" not in fields.entries:
        raise SpecError("after_first stands beside `repeat`", fields.key("after_first").mark)
    return _args(as_map(node, "after_first"), params, key, context)


# ------------------------------------------------------------------------------ structures


def _layers(key: Scalar, value: Node, fields: Map, context: Context, labels: Labels) -> Layers:
    label, inner = scope_label(key, fields, labels)
    return Layers(line_of(key, fields, context, label), build_body(value, context, inner, label))


def _table(key: Scalar, value: Node, fields: Map, context: Context, labels: Labels) -> Table:
    table = as_map(value, "a table").only(("columns", "rows", "each"), "a table")
    for name in ("columns", "rows", "each"):
        if table.get(name) is None:
            raise SpecError(f"a table needs `{name}`", key.mark)
    label, inner = scope_label(key, fields, labels)
    columns = [
        as_scalar(column, "a column") for column in as_seq(table.entries["columns"][1], "columns").items
    ]
    for column in columns:
        if column.text != "name":
            no_shadow(column, context.names)
    if len({column.text for column in columns}) != len(columns):
        raise SpecError("a column stands here twice", columns[0].mark)
    rows, each = as_seq(table.entries["rows"][1], "rows"), table.entries["each"][1]
    for part, node in (("rows", rows), ("each", each)):
        if isinstance(node, Seq) and not node.items:
            raise SpecError(f"a table without `{part}` stands for nothing", node.mark)
    names = context.names.also({column.text for column in columns} - {"name"})
    within = context._replace(names=names)
    taken: dict[str, Mark] = {}
    return Table(
        line=line_of(key, fields, context, label),
        rows=tuple(_row(row, columns, context, inner, taken) for row in rows.items),
        each=build_body(each, within, Labels(), "row"),
    )


def _row(node: Node, columns: list[Scalar], context: Context, labels: Labels, taken: dict[str, Mark]) -> Row:
    cells = as_seq(node, "a row")
    context.meter.step(node.mark, ROW)
    if len(cells.items) != len(columns):
        raise SpecError(
            f"this row has {len(cells.items)} cells for {len(columns)} columns",
            cells.mark,
            "columns: " + ", ".join(column.text for column in columns),
        )
    label, exprs = "", {}
    for column, cell in zip(columns, cells.items, strict=True):
        scalar = as_scalar(cell, f"the cell {column.text!r}")
        if column.text == "name":
            label = good_name(scalar)
            if taken.setdefault(label, scalar.mark) is not scalar.mark:
                first = f"first on line {taken[label].line}"
                raise SpecError(f"two rows are called {label!r}", scalar.mark, first)
        else:
            exprs[column.text] = checked(scalar, context.names, context.meter)
    if not label:
        labels.seen["stage"] += 1
        label = f"stage{labels.seen['stage']}"
    return Row(label, exprs, cells.mark)


def _branches(key: Scalar, value: Node, fields: Map, context: Context, labels: Labels) -> Branches:
    node = as_map(value, key.text)
    known = ("join", "paths", "sizes") if key.text == "split" else ("join", "paths")
    node.only(known, f"`{key.text}`")
    for name in known:
        if node.get(name) is None:
            raise SpecError(f"`{key.text}` needs `{name}`", key.mark)
    label, inner = scope_label(key, fields, labels)
    entries = list(as_map(node.entries["paths"][1], "paths").items())
    paths = tuple(_path(good_name(name), name.mark, path, context, None) for name, path in entries)
    if not paths:
        raise SpecError("there are no paths", key.mark)
    names = context.names.wording(WORDS["join"])
    join = checked(as_scalar(node.entries["join"][1], "join"), names, context.meter)
    return Branches(
        line=line_of(key, fields, context, label),
        join=join,
        join_label=inner.join(_join_words(join)),
        paths=paths,
        sizes=_sizes(node, paths, context) if key.text == "split" else None,
        split_label=inner.next("split") if key.text == "split" else "",
    )


def _join_words(join: Expr) -> frozenset[str]:
    known = WORDS["join"] - {"none"}
    return frozenset({join.text}) if join.text in known else known


def _sizes(node: Map, paths: tuple[Path, ...], context: Context) -> tuple[Expr, ...]:
    sizes = as_seq(node.entries["sizes"][1], "sizes")
    if len(sizes.items) != len(paths):
        raise SpecError(f"{len(sizes.items)} sizes for {len(paths)} paths", sizes.mark)
    return tuple(checked(as_scalar(size, "a size"), context.names, context.meter) for size in sizes.items)


def _path(
    label: str, mark: Mark, node: Node, context: Context, labels: Labels | None, when: str = "when"
) -> Path:
    """A list of lines, or `{when: ..., layers: [...]}`: then the path exists only when that is so."""
    if isinstance(node, Map) and "layers" in node.entries:
        node.only((when, "layers"), "a path")
        test = optional(node, when, context)
        return Path(label, test, build_body(node.entries["layers"][1], context, labels, label), mark)
    if not isinstance(node, Seq):
        raise SpecError(
            "a path is a list of lines", node.mark, "or {when: ..., layers: [...]}; [] is the identity"
        )
    return Path(label, None, build_body(node, context, labels, label), mark)


SHORT = {"residual": "add", "dense": "concat", "gate": "mul"}


def _short(key: Scalar, value: Node, fields: Map, context: Context, labels: Labels) -> Branches:
    """`residual`, `dense`, `gate`: the identity and one path, joined by add, concat, mul."""
    label, inner = scope_label(key, fields, labels)
    path = _path("", key.mark, value, context, inner, "skip")
    identity = Path("", path.when, (), key.mark)
    return Branches(
        line=line_of(key, fields, context, label),
        join=parse(Scalar(SHORT[key.text], key.mark), context.meter),
        join_label=inner.join(frozenset({SHORT[key.text]})),
        paths=(identity, path._replace(when=None)),
        sizes=None,
        split_label="",
    )


STRUCTURES: dict[str, Callable[[Scalar, Node, Map, Context, Labels], Item]] = {
    "layers": _layers,
    "table": _table,
    "branches": _branches,
    "split": _branches,
    **dict.fromkeys(SHORT, _short),
}
