"""The blocks a text can use: its own, and the library's, each read when it is first named."""

from __future__ import annotations

from convcost import library
from convcost.body import STRUCTURES, build_body
from convcost.definitions import no_shadow, read_defines, read_lets
from convcost.errors import Source, SpecError, nearest
from convcost.expr import RESERVED, WORDS, Bound, Expr, Names, Scope, Value, literal, parse
from convcost.limits import Meter
from convcost.lines import Context
from convcost.machine import Ints
from convcost.ops import OPS
from convcost.params import COUNT0, KINDS, NUMBER, SWITCH, Kind, Param, word
from convcost.reader import Map, Node, Scalar, as_map, as_scalar, as_seq, read_yaml
from convcost.spec import Argument, Block, value_kind

_KEYS = ("help", "args", "let", "define", "body")
_ARGUMENT = ("default", "kind", "words", "help")


class Shelf:
    """Blocks by name. `find` builds a block once; a block that contains itself is refused."""

    def __init__(self, own: Node | None, words: frozenset[str], meter: Meter) -> None:
        self.own = as_map(own, "blocks").entries if own is not None else {}
        self.words, self.meter = words, meter
        self.built: dict[str, Block] = {}
        self.building: list[str] = []
        for name, (key, _) in self.own.items():
            no_shadow(key, Names(frozenset(), {}, frozenset()))
            if name in OPS or name in STRUCTURES or name in library.block_names():
                what = "a block of the library" if name in library.block_names() else "part of the language"
                raise SpecError(f"{name!r} is {what}; choose another name", key.mark)

    def names(self) -> set[str]:
        return {*self.own, *library.block_names()}

    def find(self, name: Scalar) -> Block | None:
        """The block of that name, or None where there is none."""
        if name.text in self.built:
            return self.built[name.text]
        if name.text not in self.own and name.text not in library.block_names():
            return None
        if name.text in self.building:
            circle = " uses ".join((*self.building[self.building.index(name.text) :], name.text))
            raise SpecError(f"a block may not contain itself: {circle}", name.mark)
        if len(self.building) >= self.meter.limits.depth:
            says = f"blocks stand in blocks more than {self.meter.limits.depth:,} levels deep"
            raise self.meter.limits.exceeded("depth", name.mark, says)
        self.building.append(name.text)
        try:
            if name.text in self.own:
                key, node = self.own[name.text]
                block = self.build(key, as_map(node, f"the block {name.text}"), self.words)
            else:
                block = self.shipped(library.block_source(name.text), name.text)
        except SpecError as error:
            raise error.through(f"in {name.text}, used here", name.mark) from None
        finally:
            self.building.pop()
        self.built[name.text] = block
        return block

    def shipped(self, source: Source, name: str) -> Block:
        top = as_map(read_yaml(source, self.meter), "a block file")
        return self.build(Scalar(name, top.mark), top, RESERVED)

    def finish(self) -> dict[str, Block]:
        """Every block that was used, once the text's own have all been read."""
        for key, _ in self.own.values():
            self.find(key)
        return self.built

    def build(self, key: Scalar, node: Map, words: frozenset[str]) -> Block:
        node.only(_KEYS, "a block")
        if node.get("body") is None:
            raise SpecError(f"the block {key.text!r} has no body", key.mark)
        arguments, words = self.arguments(node.get("args"), words)
        names = Names(frozenset({*arguments, "c_in"}), {}, words, "block")
        let = read_lets(node.get("let"), names, self.meter)
        names = names._replace(values=names.values | set(let))
        functions = read_defines(node.get("define"), names, self.meter)
        names = names._replace(functions=functions).also({"c_here"})
        help_ = node.get("help")
        return Block(
            name=key.text,
            help=" ".join(as_scalar(help_, "help").text.split()) if help_ is not None else "",
            arguments=arguments,
            let=let,
            functions=functions,
            words=words,
            body=build_body(node.entries["body"][1], Context(names, self, self.meter)),
            mark=key.mark,
            defaults={name: argument.param.default for name, argument in arguments.items()},
        )

    def arguments(
        self, node: Node | None, words: frozenset[str]
    ) -> tuple[dict[str, Argument], frozenset[str]]:
        """The arguments, each default an expression over those before it, and the words they bring."""
        entries = list(as_map(node, "args").items()) if node is not None else []
        lists = (value.get("words") for _, value in entries if isinstance(value, Map))
        words |= {
            as_scalar(item, "a word").text
            for own in lists
            if own is not None
            for item in as_seq(own, "words").items
        }
        arguments: dict[str, Argument] = {}
        known = {"c_in"}
        names = Names(known, {}, words, "block")
        for key, value in entries:
            no_shadow(key, names)
            arguments[key.text] = self.argument(key, value, names)
            known.add(key.text)
        return arguments, words

    def argument(self, key: Scalar, node: Node, names: Names) -> Argument:
        if isinstance(node, Map):
            node.only(_ARGUMENT, "an argument")
            default, kind, help_ = node.get("default"), node.get("kind"), node.get("help")
        else:
            default, kind, help_ = node, None, None
        text = as_scalar(help_, "help").text if help_ is not None else ""
        start = as_scalar(default, key.text) if default is not None else None
        if start is not None and start.text == "required":
            start = None
        known = self.kind(node, kind, start)
        if start is None:
            return Argument(Param(key.text, known, None, text), None)
        expr = names.check(parse(start, self.meter))
        alone = not any(name in names.values for name in expr.names()) and not expr.calls()
        fixed = self.fixed(expr, known, key) if alone else None
        return Argument(Param(key.text, known, start.text, text), expr, fixed)

    def fixed(self, expr: Expr, kind: Kind, key: Scalar) -> Value:
        """A default that depends on nothing is of the argument's kind, or wrong where it stands."""
        try:
            return kind.keep(Bound(expr.evaluate(Scope(Ints(self.meter), {})), expr.mark))
        except SpecError as error:
            raise SpecError(f"the default of {key.text!r}: {error.message}", expr.mark, error.hint) from None

    def kind(self, node: Node, kind: Node | None, default: Scalar | None) -> Kind:
        """The kind that is said, or the one its default suggests; a count where neither tells."""
        if isinstance(node, Map) and (own := node.get("words")) is not None:
            if not as_seq(own, "words").items:
                raise SpecError("there are no words to choose from", own.mark)
            return word(*(as_scalar(item, "a word").text for item in as_seq(own, "words").items))
        if kind is not None:
            name = as_scalar(kind, "kind")
            if name.text not in KINDS:
                raise SpecError(f"there is no kind {name.text!r}", name.mark, nearest(name.text, set(KINDS)))
            return KINDS[name.text]
        if default is None:
            return COUNT0
        for name_, group in WORDS.items():
            if default.text in group and name_ in KINDS:
                return KINDS[name_]
        if default.text.replace(".", "").isdigit() or default.text in ("true", "false"):
            return {"count": COUNT0, "number": NUMBER, "switch": SWITCH}[
                value_kind(literal(default, self.meter).value)
            ]
        return COUNT0
