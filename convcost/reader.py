"""YAML text to scalars, lists and maps that know where they stand. Nothing is interpreted here:
a scalar is its text, so `no`, `010` and `12:30` stay what was written.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias, cast

import yaml

from convcost.errors import Mark, Source, SpecError, nearest
from convcost.limits import Limits, Meter


class Scalar(NamedTuple):
    text: str
    mark: Mark
    plain: bool = True  # neither quoted nor a block of text

    @property
    def empty(self) -> bool:
        return self.plain and self.text in ("", "~", "null")

    @property
    def first(self) -> Mark:
        """Where the text itself begins: after the quote of a quoted scalar."""
        return self.mark if self.plain else self.mark.shifted(1)


class Seq(NamedTuple):
    items: tuple[Node, ...]
    mark: Mark


class Map(NamedTuple):
    entries: dict[str, tuple[Scalar, Node]]
    mark: Mark

    def key(self, name: str) -> Scalar:
        return self.entries[name][0]

    def get(self, name: str) -> Node | None:
        entry = self.entries.get(name)
        return entry[1] if entry else None

    def items(self) -> Iterator[tuple[Scalar, Node]]:
        return iter(self.entries.values())

    def only(self, known: tuple[str, ...], what: str) -> Map:
        """Itself, when each key is known; the error names the nearest one."""
        for name, (key, _) in self.entries.items():
            if name not in known:
                raise SpecError(f"{what} has no key {name!r}", key.mark, nearest(name, known))
        return self


Node: TypeAlias = Scalar | Seq | Map

# ------------------------------------------------------------------------------ text


def read_text(path: str, limits: Limits) -> str:
    """The file's text, read once and at most one byte beyond the cap."""
    try:
        _no_special(path, os.stat(path))
        with open(path, "rb", opener=_opened) as file:
            before = os.fstat(file.fileno())
            _no_special(path, before)  # what the name stood for a moment ago, it need not stand for now
            if before.st_size > limits.bytes:
                raise too_long(path, limits, f": it has {before.st_size:,}")
            data = file.read(limits.bytes + 1)
            after = os.fstat(file.fileno())
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise SpecError(f"{path} changed while it was read", hint="read it once it is written")
        return decode(data, path, limits)
    except OSError as error:
        raise SpecError(f"cannot read {path}: {error.strerror or error}") from None
    except ValueError as error:  # a NUL in the name
        raise SpecError(f"cannot read {path!r}: {error}") from None


def _opened(path: str, flags: int) -> int:
    """A file without waiting: to open a pipe that nobody writes to could take for ever."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))


def _no_special(path: str, status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        hint = "name a file; `convcost check DIRECTORY` reads a whole directory"
        raise SpecError(f"{path} is a directory", hint=hint)
    if not stat.S_ISREG(status.st_mode):
        hint = "`-` reads standard input, which may be a pipe"
        raise SpecError(f"{path} is not a file but a pipe or a device", hint=hint)


def read_source(path: str, limits: Limits) -> Source:
    """The text of a file, or of standard input where the path is `-`."""
    if path != "-":
        return Source(path, read_text(path, limits))
    if sys.stdin is None:
        raise SpecError("there is no standard input to read")
    return Source("<stdin>", decode(sys.stdin.buffer.read(limits.bytes + 1), "<stdin>", limits))


def too_long(name: str, limits: Limits, size: str = "") -> SpecError:
    return limits.exceeded("bytes", None, f"{name} is larger than {limits.bytes:,} bytes{size}")


def decode(data: bytes, name: str, limits: Limits) -> str:
    """UTF-8 text with newlines as `\\n`; anything else is refused."""
    if len(data) > limits.bytes:
        raise too_long(name, limits)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SpecError(
            f"{name} is not text: byte 0x{data[error.start]:02x} at offset {error.start} is not UTF-8",
            hint="a spec is a YAML file in UTF-8",
        ) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def checked_text(text: str, name: str, limits: Limits) -> Source:
    """A text as a source, under the same rules as a file."""
    return Source(name, decode(text.encode("utf-8", "surrogatepass"), name, limits))


# ------------------------------------------------------------------------------ YAML

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NOT = "this is not YAML: "


def read_yaml(source: Source, meter: Meter) -> Node:
    """The one document in a source, as marked scalars, lists and maps; each is a step."""
    if not source.text.strip():
        raise SpecError(f"{source.name} is empty", hint="a spec has `name`, `input` and `network`")
    _no_tabs(source)
    _no_directives(source)
    loader = None
    try:
        loader = _Loader(source.text)
        return _Reader(loader, source, meter).document()
    except yaml.YAMLError as error:
        raise _broken(source, error, meter) from None
    finally:
        if loader is not None:
            loader.dispose()


def _no_tabs(source: Source) -> None:
    """YAML's loaders disagree on where a tab may stand, and an editor shows none: so nowhere."""
    at = source.text.find("\t")
    if at >= 0:
        line = source.text.count("\n", 0, at) + 1
        mark = Mark(source, line, at - source.text.rfind("\n", 0, at))
        raise SpecError(_NOT + "a tab", mark, "write spaces")


_DIRECTIVE = re.compile(r"^%(?!YAML )", re.MULTILINE)


def _no_directives(source: Source) -> None:
    """There are no tags to declare, and libyaml takes a time for them that grows with their square."""
    match = _DIRECTIVE.search(source.text)
    if match:
        mark = Mark(source, source.text.count("\n", 0, match.start()) + 1, 1)
        raise SpecError(_NOT + "a line that begins with %", mark)


def _broken(source: Source, error: yaml.YAMLError, meter: Meter) -> SpecError:
    """What is wrong with a text that is no YAML, in the words of one loader whichever found it."""
    if "nesting depth" in str(error):  # libyaml from 0.2.6 on has a cap of its own, as it reads ahead
        return _too_deep(source, error, meter.limits)
    at = getattr(error, "problem_mark", None)
    end = source.text.find("\n", at.index) + 1 if at else 0
    text = source.text[: end or len(source.text)]
    if _Loader is not yaml.SafeLoader and len(text) < REREAD:
        meter.steps += len(text)  # whether or not there are so many: it ends here
        try:
            for _ in yaml.parse(text, yaml.SafeLoader):
                pass
        except yaml.YAMLError as same:
            error = same
    if isinstance(error, yaml.MarkedYAMLError) and (at := error.problem_mark or error.context_mark):
        problem = "quote a text with ': ' in it" if "mapping values" in str(error.problem) else error.problem
        return SpecError(f"{_NOT}{problem or error.context}", Mark(source, at.line + 1, at.column + 1))
    position = getattr(error, "position", 0)
    line = source.text.count("\n", 0, position) + 1
    column = position - source.text.rfind("\n", 0, position)
    return SpecError(_NOT + "a character that no text has", Mark(source, line, max(1, column)))


def _too_deep(source: Source, error: yaml.YAMLError, limits: Limits) -> SpecError:
    """Our own cap, which the text is beyond too, or libyaml's, where ours was raised above it."""
    at = getattr(error, "problem_mark", None)
    mark = Mark(source, at.line + 1, at.column + 1) if at else None
    if limits.depth < LIBYAML_DEPTH:
        return limits.exceeded("depth", mark)
    return SpecError(f"{_NOT}nested more than {LIBYAML_DEPTH:,} deep, which libyaml does not read", mark)


LIBYAML_DEPTH = 1000
REREAD = 10_000  # characters that the slow loader may read again, for its words of what is wrong
READ = 2  # steps of reading a value, whatever it turns out to be


class _Reader:
    """Builds nodes from events, so that nothing is built that was not asked for."""

    def __init__(self, loader: Any, source: Source, meter: Meter) -> None:
        self.loader, self.source, self.meter = loader, source, meter

    def document(self) -> Node:
        self.next(yaml.StreamStartEvent)
        self.next(yaml.DocumentStartEvent)
        node = self.node(self.loader.get_event(), 0, flow=False)
        self.next(yaml.DocumentEndEvent)
        after = self.loader.get_event()
        if not isinstance(after, yaml.StreamEndEvent):
            raise SpecError(
                "a second document begins here",
                self.mark(after),
                "a file holds one spec; remove everything from `---` on",
            )
        return node

    def next(self, kind: type) -> Any:
        event = self.loader.get_event()
        if not isinstance(event, kind):
            raise SpecError("the text ends before anything is said", self.mark(event))
        return event

    def mark(self, event: Any) -> Mark:
        at = event.start_mark
        return Mark(self.source, at.line + 1, at.column + 1)

    def node(self, event: Any, depth: int, flow: bool) -> Node:
        mark = self.mark(event)
        self.meter.step(mark, READ)
        if depth > self.meter.limits.depth:
            raise self.meter.limits.exceeded("depth", mark)
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            raise SpecError(
                "anchors and aliases are not part of the language",
                mark,
                "say it once under `define`, `let` or `blocks`",
            )
        if event.tag:
            raise SpecError(f"tags such as {event.tag} are not part of the language", mark)
        if isinstance(event, yaml.ScalarEvent):
            return self.scalar(event, mark, flow)
        inner = flow or bool(event.flow_style)
        if isinstance(event, yaml.SequenceStartEvent):
            return Seq(tuple(self.seq(depth + 1, inner)), mark)
        return Map(self.map(depth + 1, inner), mark)

    def scalar(self, event: Any, mark: Mark, flow: bool) -> Scalar:
        text, plain = cast(str, event.value), not event.style
        if not text.isprintable() or _COMMAND.search(text):
            _no_driving(text, mark)
        if flow and plain and text.count("(") != text.count(")"):
            raise SpecError(
                "a comma inside parentheses ends the value here",
                mark,
                'quote an expression with a comma: {out: "max(1280, ch(1280))"}',
            )
        return Scalar(text, mark, plain)

    def seq(self, depth: int, flow: bool) -> Iterator[Node]:
        while not isinstance(event := self.loader.get_event(), yaml.SequenceEndEvent):
            yield self.node(event, depth, flow)

    def map(self, depth: int, flow: bool) -> dict[str, tuple[Scalar, Node]]:
        entries: dict[str, tuple[Scalar, Node]] = {}
        while not isinstance(event := self.loader.get_event(), yaml.MappingEndEvent):
            key = self.node(event, depth, flow)
            if not isinstance(key, Scalar):
                raise SpecError("a key is a word, not a list or a map", key.mark)
            value = self.node(self.loader.get_event(), depth, flow)
            if key.text == "<<":
                raise SpecError("merge keys are not part of the language", key.mark)
            if key.text in entries:
                first = entries[key.text][0].mark
                raise SpecError(
                    f"the key {key.text!r} stands here twice", key.mark, f"first on line {first.line}"
                )
            if key.plain and ":" in key.text and isinstance(value, Scalar) and value.empty:
                name, _, rest = key.text.partition(":")
                raise SpecError(f"{key.text!r} is one word", key.mark, f"write {name}: {rest}, with a space")
            if isinstance(value, Scalar) and value.plain and not value.text:
                value = Scalar("", key.mark)  # nothing stands nowhere
            entries[key.text] = (key, value)
        return entries


_COMMAND = re.compile(r"^\s*::|##\[", re.MULTILINE)


def _no_driving(text: str, mark: Mark) -> None:
    """Nothing that is not there to be seen, but drives a terminal, a text's direction, a build's log."""
    for character in text:
        if not character.isprintable() and character not in "\n\t":
            raise SpecError(f"the character U+{ord(character):04X} cannot stand in a spec", mark)
    if match := _COMMAND.search(text):
        raise SpecError(
            f"{match[0].strip()!r} here would be a command in a build's log", mark, "leave it out"
        )


def as_map(node: Node, what: str) -> Map:
    if isinstance(node, Map):
        return node
    hint = ""
    if isinstance(node, Scalar) and ":" in node.text:
        name, _, rest = node.text.partition(":")
        hint = f"write {name}: {rest.strip()}, with a space after the colon"
    raise SpecError(f"{what} must be a map of keys and values, not {shape(node)}", node.mark, hint)


def as_seq(node: Node, what: str) -> Seq:
    if isinstance(node, Seq):
        return node
    raise SpecError(f"{what} must be a list, not {shape(node)}", node.mark)


def as_scalar(node: Node, what: str) -> Scalar:
    if isinstance(node, Scalar):
        if node.empty:
            raise SpecError(f"{what} has no value", node.mark)
        return node
    raise SpecError(f"{what} must be a single value, not {shape(node)}", node.mark)


def shape(node: Node) -> str:
    if isinstance(node, Scalar):
        return f"the text {node.text[:40]!r}" if not node.empty else "nothing"
    return "a list" if isinstance(node, Seq) else "a map"
