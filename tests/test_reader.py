"""YAML text to marked scalars, lists and maps: every place is kept, every text is left as it was written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import convcost
from convcost import Limits, SpecError, library, reader
from convcost.errors import Mark, Source
from convcost.limits import Meter
from convcost.reader import Map, Node, Scalar, Seq, as_map, as_scalar, as_seq, decode, read_text, read_yaml
from specs import place_of, said, spec, unmarked


def read(text: str, limits: Limits | None = None) -> Node:
    return read_yaml(Source("text", text), Meter(limits or Limits()))


def scalars(node: Node) -> Iterator[Scalar]:
    """Every key and value, in the order of the text."""
    if isinstance(node, Scalar):
        yield node
    elif isinstance(node, Seq):
        for item in node.items:
            yield from scalars(item)
    else:
        for key, value in node.items():
            yield key
            yield from scalars(value)


# ------------------------------------------------------------------------------ places

# In each text every key and value is a word of its own, so that its place can be searched for.
PLACED = {
    "block": "one: two\nthree:\n  - four\n  -   five\nsix:\n      seven:   eight\n",
    "flow": "one: {two: three, four: [five,six,  [seven]], eight: nine}\n",
    "both": "- {one: two}\n- three: [four]\n  five: {six: seven,\n         eight: nine}\n",
    "comments": "# before\nfirst: one  # after\n\n\n# between\nsecond: two\n",
    "other letters": "erste: größe\nzweite: [αβγ, 図表, 😀😀, last]\n",
    "document start": "---\nfirst: one\n",
    "directive": "%YAML 1.1\n---\nfirst: one\n",
    "complex key": "? first\n: one\n",
    "windows": "first: one\r\nsecond:\r\n  - two\r\n",
    "old mac": "first: one\rsecond:\r  - two\r",
}


@pytest.mark.parametrize("text", PLACED.values(), ids=PLACED)
def test_every_key_and_value_knows_its_place(text: str) -> None:
    """Line and column, from 1, in characters: found by search, word for word."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    found = {scalar.text: (scalar.mark.line, scalar.mark.column) for scalar in scalars(read(text))}
    assert len(found) >= 2
    for word, (line, column) in found.items():
        assert lines[line - 1][column - 1 :].startswith(word)
        assert sum(line.count(word) for line in lines) == 1, "the search is sure"


def test_a_quoted_text_begins_behind_its_quote() -> None:
    """The scalar's place is its quote; an error inside the text is counted from the text itself."""
    node = as_map(read("first: \"a + b\"\nsecond: 'c'\nthird: d\n"), "")
    first, second, third = (as_scalar(value, "") for _, value in node.items())
    assert [scalar.plain for scalar in (first, second, third)] == [False, False, True]
    assert (first.mark.column, first.first.column) == (8, 9)
    assert (second.mark.column, second.first.column) == (9, 10)
    assert (third.mark.column, third.first.column) == (8, 8)


def test_lists_and_maps_know_their_place() -> None:
    node = as_map(read("first:\n  - one\nsecond: {third: [two]}\n"), "")
    first, second = (value for _, value in node.items())
    assert (node.mark.line, node.mark.column) == (1, 1)
    assert (first.mark.line, first.mark.column) == (2, 3)
    assert (second.mark.line, second.mark.column) == (3, 9)
    third = as_map(second, "").get("third")
    assert third is not None
    assert (third.mark.line, third.mark.column) == (3, 17)


@pytest.mark.parametrize(
    ("line", "column"),
    [("short: x", 8), ("x" * 400 + " here", 402), ("é" * 120 + "!", 121), ("y" * 101, 1), ("z" * 300, 300)],
)
def test_the_caret_stands_below_the_character(line: str, column: int) -> None:
    """Also where a long line is cut."""
    shown, caret = Mark(Source("text", f"first\n{line}\nlast"), 2, column).excerpt().split("\n")
    assert shown[caret.index("^")] == line[column - 1]
    assert len(shown) <= 100 + len("    2 | ")


def test_a_character_that_drives_a_terminal_is_shown_as_an_escape() -> None:
    with pytest.raises(SpecError) as caught:
        convcost.loads("name: \x1b[31mred\n")
    assert "\x1b" not in str(caught.value)
    name = "\x1b[2J.yaml"
    with pytest.raises(SpecError) as caught:
        convcost.load(name)
    assert "\x1b" not in str(caught.value)


# ------------------------------------------------------------------------------ texts

AS_WRITTEN = [
    *("no", "yes", "on", "off", "y", "n", "true", "True", "NULL"),
    *("010", "0o10", "0x10", "1_000", "1e3", "1.", ".5", "+1", "-0", ".inf", ".nan", "0b11"),
    *("12:30", "1:2:3", "2020-01-01", "2020-01-01T12:00:00Z", "3a", "1.2.3", "=", "<"),
    *("a b", "a  b", "max(1)", "s == 1", "it's", 'a"b', "a#b", "größe", "図", "\\n", "a%d", "a,b"),
]


@pytest.mark.parametrize("text", AS_WRITTEN)
def test_a_scalar_is_its_text(text: str) -> None:
    """Nothing becomes a switch, a number, a time or a date: what was written is what is read."""
    (scalar,) = as_seq(read(f"- {text}\n"), "").items
    assert isinstance(scalar, Scalar)
    assert (scalar.text, scalar.plain) == (text, True)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ('"a: b"', "a: b"),
        ("'a # b'", "a # b"),
        ("'it''s'", "it's"),
        ('"a\\"b"', 'a"b'),
        ('"\\x41"', "A"),
        ('"null"', "null"),
        ("'~'", "~"),
        ('""', ""),
        ("|\n  a\n  b\n", "a\nb\n"),
        (">-\n  a\n  b\n", "a b"),
    ],
)
def test_a_quoted_scalar_is_the_text_in_its_quotes(written: str, text: str) -> None:
    """And it is never nothing, whatever it says."""
    (scalar,) = as_seq(read(f"- {written}\n"), "").items
    assert isinstance(scalar, Scalar)
    assert (scalar.text, scalar.plain, scalar.empty) == (text, False, False)


@pytest.mark.parametrize("written", ["", "~", "null"])
def test_a_plain_nothing_is_nothing(written: str) -> None:
    """A key with nothing behind it is there, and has no value."""
    node = as_map(read(f"first: {written}\n"), "")
    assert node.get("second") is None
    with pytest.raises(SpecError, match="first has no value"):
        as_scalar(node.entries["first"][1], "first")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(spec("- conv: 4").encode(), id="plain"),
        pytest.param(spec("- conv: 4").replace("\n", "\r\n").encode(), id="windows"),
        pytest.param(spec("- conv: 4").replace("\n", "\r").encode(), id="old mac"),
        pytest.param(b"\xef\xbb\xbf" + spec("- conv: 4").encode(), id="byte order mark"),
        pytest.param(b"\xef\xbb\xbf" + spec("- conv: 4").replace("\n", "\r\n").encode(), id="both"),
        pytest.param(spec("- conv: 4").rstrip("\n").encode(), id="no last newline"),
    ],
)
def test_ends_of_lines_and_a_byte_order_mark_change_nothing(tmp_path: Path, data: bytes) -> None:
    """A file is the same spec with the same places, wherever it was written; and so is a text."""
    path = tmp_path / "small.yaml"
    path.write_bytes(data)
    want = convcost.loads(spec("- conv: 4"))
    for found in (convcost.load(str(path)), convcost.loads(data.decode())):
        assert found.name == want.name == "small"
        assert [(i.line.mark.line, i.line.mark.column) for i in found.network] == [(4, 5)]
        assert convcost.report(found).totals == convcost.report(want).totals


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(b"\xff\xfea\x00", "byte 0xff at offset 0", id="utf-16"),
        pytest.param(b"name: a\xe9b\n", "byte 0xe9 at offset 7", id="latin-1"),
        pytest.param(b"name: \xed\xa0\x80\n", "UTF-8", id="half a surrogate"),
        pytest.param(b"\x89PNG\r\n\x1a\n", "byte 0x89", id="a picture"),
    ],
)
def test_what_is_not_utf_8_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(SpecError) as caught:
        decode(data, "file", Limits())
    said(caught.value, "file is not text", words)


def test_a_file_is_read_up_to_its_cap(tmp_path: Path) -> None:
    """A file of just as many bytes is read, one of a byte more is not."""
    path = tmp_path / "file"
    path.write_bytes(b"x" * 100)
    assert read_text(str(path), Limits(bytes=100)) == "x" * 100
    with pytest.raises(SpecError, match="larger than 99 bytes"):
        read_text(str(path), Limits(bytes=99))


# ------------------------------------------------------------------------------ refused

REFUSED = {
    "a key twice": ("a: 1\nb: 2\n▸a: 3\n", "'a'", "line 1"),
    "a key twice in a flow map": ("{a: 1, ▸a: 2}\n", "'a'"),
    "a key twice, once quoted": ("{a: 1, ▸'a': 2}\n", "'a'"),
    "a list as a key": ("? ▸[a]\n: 1\n", "a key is a word"),
    "a map as a key": ("▸{a: 1}: 2\n", "a key is a word"),
    "a merge key": ("▸<<: {a: 1}\n", "merge"),
    "an anchor": ("a: ▸&x 1\n", "anchors"),
    "an anchor on a key": ("▸&x a: 1\n", "anchors"),
    "an anchor on a list": ("a: ▸&x [1]\n", "anchors"),
    "an alias": ("a: ▸*x\n", "anchors"),
    "an alias as a key": ("▸*x : 1\n", "anchors"),
    "a tag": ("a: ▸!!int 1\n", "tags"),
    "a tag of Python": ("a: ▸!!python/object/apply:os.system [ls]\n", "tags"),
    "a tag on a map": ("a: ▸!!map {b: 1}\n", "tags"),
    "the plain tag": ("a: ▸! b\n", "tags"),
    "a second document": ("a: 1\n▸---\nb: 2\n", "second document"),
    "an empty second document": ("a: 1\n▸---\n", "second document"),
    "no space after a colon": ("{▸a:1}\n", "'a:1'", "a: 1"),
    "a comma in a call": ("{a: ▸max(1, 2)}\n", "comma", "quote"),
    "a comma in a call in a list": ("[▸max(1, 2)]\n", "comma", "quote"),
    "a character that is not there to be seen": ('a: ▸"\\u200b"\n', "U+200B"),
    "a bell": ('a: ▸"\\a"\n', "U+0007"),
    "text that turns its direction": ("a: ▸b\u202ec\n", "U+202E"),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_refused(case: tuple[str, ...]) -> None:
    """What is no plain YAML is refused at its place, before anything is built of it."""
    plain, place = unmarked(case[0])
    with pytest.raises(SpecError) as caught:
        read(plain)
    said(caught.value, *case[1:])
    assert place_of(caught.value) == place


def test_an_alias_bomb_never_grows() -> None:
    """Nine lines that would stand for 10^9 words are refused at the first anchor."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    with pytest.raises(SpecError) as caught:
        read("\n".join(lines))
    assert place_of(caught.value) == (1, len("a0: ") + 1)


@pytest.mark.parametrize(
    ("node", "wanted"),
    [("- a", "map"), ("a", "map"), ("a: 1", "list"), ("a", "list"), ("a: 1", "single"), ("- a", "single")],
)
def test_another_shape_than_asked_for_is_refused(node: str, wanted: str) -> None:
    ask: Any = {"map": as_map, "list": as_seq, "single": as_scalar}[wanted]
    with pytest.raises(SpecError) as caught:
        ask(read(node), "this")
    said(caught.value, "this must be", wanted)


def test_unknown_keys_are_told_with_the_nearest_one() -> None:
    node = as_map(read("network: 1\nnetwrok: 2\n"), "")
    assert node.only(("network", "netwrok"), "a spec") is node
    with pytest.raises(SpecError) as caught:
        node.only(("network", "name"), "a spec")
    said(caught.value, "a spec has no key 'netwrok'", "did you mean 'network'?")
    assert place_of(caught.value) == (2, 1)


# ------------------------------------------------------------------------------ both loaders

both = pytest.mark.skipif(not hasattr(yaml, "CSafeLoader"), reason="PyYAML without its C part")


def with_each(monkeypatch: pytest.MonkeyPatch, text: str) -> list[Node | str]:
    """What the C loader and the Python one make of a text: nodes, or the error."""
    found: list[Node | str] = []
    for loader in (yaml.CSafeLoader, yaml.SafeLoader):
        monkeypatch.setattr(reader, "_Loader", loader)
        try:
            found.append(read(text))
        except SpecError as error:
            found.append(str(error))
    return found


def shipped() -> dict[str, str]:
    names, blocks = library.spec_names(), sorted(library.block_names())
    texts = {name: read_text(library.spec_path(name), Limits()) for name in names}
    return texts | {f"block {name}": library.block_source(name).text for name in blocks}


@both
@pytest.mark.parametrize("text", shipped().values(), ids=shipped())
def test_both_loaders_read_a_shipped_text_alike(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """The C loader is for speed alone: nodes and places are the same."""
    fast, slow = with_each(monkeypatch, text)
    assert fast == slow
    assert isinstance(fast, Map)


ODD = {
    **PLACED,
    "quotes": "a: \"b\\\n  c\"\nd: 'e\n  f'\ng: h\n  i\n",
    "blocks of text": "a: |\n  b\n   c\nd: >-\n  e\n  f\n",
    "short arguments": "- {k, s: 1, g}\n- [a, ]\n",
    "nothing behind a key": "a:\nb:\n  - c:\n",
    "nothing in a flow map": "- {bn: , name: x}\n- {a: {b c: }}\n",
    "a byte order mark": "\ufeffa: b\n",
}


@both
@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_both_loaders_read_an_odd_text_alike(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    fast, slow = with_each(monkeypatch, text)
    assert fast == slow
    assert not isinstance(fast, str)


BROKEN = {
    "a list that does not end": "a: [b\n",
    "a map that does not end": "a: {b: 1\n",
    "the wrong bracket": "a: [1}\n",
    "a quote that does not end": 'a: "b\n',
    "a second colon": "a: b: c\n",
    "less indented than any": "a:\n    b: 1\n  c: 2\n",
    "a list in a map": "a: 3\n- b\n",
    "a map in a list": "- a\nb: 3\n",
    "a tab as indentation": "a:\n\tb: 1\n",
    "a tab before a dash": "a:\n\t- b\n",
    "a tab before a value": "a:\tb\n",
    "a tab behind a comma": "a: [b,\tc]\n",
    "an at sign": "a: @b\n",
    "a backtick": "a: `b`\n",
    "two commas": "a: [1,,2]\n",
    "a star": "a: *\n",
    "a directive nobody knows": "%YAML 3.0\n---\na: 1\n",
    "text after the end": "a: 1\n...\nb: 2\n",
    "a zero byte": "a: b\0\n",
}


@both
@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_both_loaders_refuse_a_broken_text_alike(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """The messages are our own, since those of the loaders differ: same place, same words."""
    fast, slow = with_each(monkeypatch, text)
    assert isinstance(fast, str)
    assert "this is not YAML" in fast
    assert fast == slow


@both
@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_both_loaders_refuse_alike(monkeypatch: pytest.MonkeyPatch, case: tuple[str, ...]) -> None:
    fast, slow = with_each(monkeypatch, unmarked(case[0])[0])
    assert isinstance(fast, str)
    assert fast == slow
