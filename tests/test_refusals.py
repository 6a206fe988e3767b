"""What must be refused: bad texts at their place, attacks by the cap that stops them, files left alone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from conftest import Result, Run
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import convcost
from convcost import Limits, SpecError
from convcost.expand import expand
from specs import ALPHA, CH, graph, place_of, refused, spec

# ------------------------------------------------------------------------------ lines of a network

# A line, with the character the error points at, and words of the message.
LINES = {
    # what a line is
    "an unknown op": ("- ▸cnov: 4", "'cnov'", "'conv'"),
    "an unknown block": ("- ▸conv_bm: 4", "'conv_bn'"),
    "a word for an op": ("- ▸relu", "write act: relu"),
    "a number for an op": ("- ▸3", "'3'"),
    "a list for a line": ("- ▸[conv: 4]", "not a list"),
    "nothing for a line": ("-▸ ", "no value"),
    "two ops on a line": ("- {conv: 4, ▸bn}", "'conv' and 'bn'"),
    "an argument beside its op": ("- {conv: 4, ▸k: 3}", "'conv' and 'k'"),
    "a misspelt modifier": ("- {conv: 4, ▸wehn: true}", "when"),
    "modifiers alone": ("- ▸{when: true}", "none"),
    "an op twice": ("- {conv: 4, ▸conv: 5}", "'conv'", "twice"),
    "a when without a value": ("- {conv: 4, when: }", "when has no value"),
    "a repeat without a value": ("- {conv: 4, repeat: }", "repeat has no value"),
    "a name without a value": ("- {conv: 4, name: }", "name"),
    "a from without a value": ("- bn\n- {conv: 4, from: }", "from"),
    "a share without a value": ("- bn\n- {conv: 4, share: }", "share"),
    "an after_first without a value": ("- {conv: 4, repeat: 2, after_first: }", "after_first"),
    "a name with a space": ("- {conv: 4, name: ▸a b}", "'a b'"),
    "a name with a dot": ("- {conv: 4, name: ▸a.b}", "'a.b'"),
    "a name of other letters": ("- {conv: 4, name: ▸größe}", "letters"),
    "a name that is a list": ("- {conv: 4, name: ▸[a]}", "list"),
    "a when that is a list": ("- {conv: 4, when: ▸[true]}", "list"),
    # arguments
    "no argument where one is needed": ("- ▸conv", "`out`"),
    "an argument that is not there": ("- conv: {out: 4, ▸kernel: 3}", "'kernel'"),
    "an argument twice": ("- conv: {out: 4, ▸out: 5}", "'out'", "twice"),
    "an argument for an op without any": ("- global_avg_pool: ▸3", "no arguments"),
    "a map for a count": ("- conv: {out: ▸{a: 4}}", "not a map"),
    "a list for a count": ("- conv: ▸[4, 4]", "a count"),
    "three sides": ("- conv: {out: 4, k: ▸[1, 2, 3]}", "[height, width]"),
    "three paddings": ("- conv: {out: 4, pad: ▸[1, 1, 1]}", "[top, bottom, left, right]"),
    "an unknown word": ("- act: ▸rleu", "'relu'"),
    "an unknown name": ("- conv: ▸widht", "'widht'"),
    "a size of 0": ("- conv: ▸0", "0 is less than 1"),
    "a negative size": ("- conv: ▸4 - 7", "-3 is less than 1"),
    "a fraction of a size": ("- conv: {out: 4, k: ▸2.5}", "2.5 is not a whole number"),
    "a fraction of a side": ("- conv: {out: 4, k: ▸[2, 2.5]}", "2.5 is not a whole number"),
    "a stride of 0": ("- conv: {out: 4, s: ▸0}", "0 is less than 1"),
    "a negative padding": ("- conv: {out: 4, pad: ▸[0, -1]}", "-1 is less than 0"),
    "a division that does not come out": ("- conv: ▸c_here / 2", "1.5 is not a whole number"),
    "no space after a colon": ("- conv: {out: 4, ▸s:2}", "s: 2"),
    "a comma in a call": ("- conv: {out: ▸max(1280, c_here)}", "quote"),
    # what does not fit
    "groups that do not divide the channels in": ("- conv: {out: 4, g: ▸2}", "2 groups", "3 channels in"),
    "groups that do not divide the channels out": ("- conv: {out: 4, g: ▸3}", "3 groups", "4 channels out"),
    "groups of a shuffle": ("- shuffle: ▸2", "2 groups", "3 channels"),
    "a kernel larger than its map": (
        "- conv: {out: 4, k: ▸9, pad: valid}",
        "a window of 9 does not fit a map of 8",
        "a larger input, a smaller k, or pad: same",
    ),
    "a kernel larger than its padded map": ("- conv: {out: 4, k: ▸13, pad: 2}", "13", "padded to 12"),
    "a dilated kernel larger than its map": ("- conv: {out: 4, k: ▸3, d: 4, pad: 0}", "window of 9"),
    "a pool larger than its map": ("- max_pool: ▸9", "window of 9"),
    "a map that grows when it is pooled": ("- adaptive_avg_pool: ▸9", "a map of 8×8 cannot be pooled to 9×9"),
    "padding that takes away all": ("- conv_transpose: {out: 4, k: 1, pad: ▸4}", "whole output"),
    "a linear layer on a map": (
        "- ▸linear: 10",
        "linear: a linear layer takes a vector, not a map of 3×8×8",
        "put global_avg_pool or flatten before it",
    ),
    "a layer with another name": ("- {▸linear: 10, name: fc}", "linear fc: a linear layer takes a vector"),
    "a batched convolution with a stride": (
        "- conv: {out: 4, k: 3, s: 2, pad: ▸batched}",
        "a batched convolution has no stride",
        "pad: same",
    ),
    "a batched depthwise convolution with a stride": (
        "- dwconv: {s: [1, 2], pad: ▸batched}",
        "has no stride",
    ),
    "a batched transposed convolution": (
        "- conv_transpose: {out: 4, k: 3, pad: ▸batched}",
        "a transposed convolution is not batched",
        "pad: same",
    ),
    "a batched pool": ("- max_pool: {k: 2, pad: ▸batched}", "a pool is not batched", "pad: same"),
    "an output padding as large as the stride": (
        "- conv_transpose: {out: 4, k: 3, s: 2, pad: 1, output_pad: ▸2}",
        "output_pad 2 is not below the stride or the dilation",
    ),
    "an output padding as large as the dilation": (
        "- conv_transpose: {out: 4, k: 3, d: [1, 2], pad: 1, output_pad: ▸[0, 2]}",
        "output_pad 2 is not below the stride or the dilation",
    ),
    "an output padding for a size that is settled": (
        "- conv_transpose: {out: 4, k: 3, s: 2, output_pad: ▸1}",
        "the size of `same` is settled; output_pad cannot change it",
    ),
    "more than all dropped": ("- dropout: ▸1.5", "a share of elements is between 0 and 1"),
    "less than none dropped": ("- dropout: ▸0 - 0.5", "a share of elements is between 0 and 1"),
    "zeros that take channels away": (
        "- subsample: ▸2",
        "zeros add channels: 2 is fewer than the 3 there are",
    ),
    "more channels than there are": ("- slice: ▸4", "cannot take 4 channels from 0 on: there are 3"),
    # joins
    "two shapes added": (
        "- ▸residual: [conv: 4]",
        "cannot add maps of 3×8×8 and 4×8×8: they differ",
        "a projection or a stride is missing",
    ),
    "two sizes added": ("- ▸residual: [max_pool: 2]", "3×8×8 and 3×4×4"),
    "two heights side by side": (
        "- ▸branches: {join: concat, paths: {a: [max_pool: 2], b: []}}",
        "cannot concatenate maps of 3×4×4 and 3×8×8: their heights and widths differ",
    ),
    "a gate of another width": (
        "- ▸gate: [global_avg_pool, conv: 4]",
        "cannot multiply a map of 3×8×8 by one of 4×1×1",
        "a gate has the same shape or 3×1×1",
    ),
    "a sum of one": ("- bn\n- ▸add: []", "add"),
    "a concatenation of one": ("- bn\n- ▸concat: []", "concat"),
    "a product of one": ("- bn\n- ▸mul: []", "mul"),
    "the size of nothing": ("- bn\n- ▸resize: {like: []}", "2 inputs, not 1"),
    "the size of two": ("- bn\n- conv: 4\n- ▸resize: {like: [bn, conv]}", "2 inputs, not 3"),
    "an unknown path added": ("- {bn: , name: first}\n- add: ▸frist", "'frist'", "'first'"),
    "an expression for a path": ("- bn\n- add: ▸bn + bn", "not a path"),
    "a join that is no join": (
        "- branches: {join: ▸relu, paths: {a: [], b: []}}",
        "`join` is add, concat, mul or none, not relu",
    ),
    "a join nobody knows": ("- branches: {join: ▸ad, paths: {a: [], b: []}}", "'add'"),
    "branches without paths": ("- ▸branches: {join: add}", "`paths`"),
    "branches with no path": ("- ▸branches: {join: add, paths: {}}", "no paths"),
    "branches of a list": ("- branches: {join: add, paths: ▸[a]}", "map"),
    "a path that is an op": ("- branches: {join: add, paths: {a: ▸conv}}", "a list of lines"),
    "a path with an unknown key": ("- branches: {join: add, paths: {a: {▸wen: true, layers: []}}}", "'when'"),
    "a residual with when for skip": ("- residual: {▸when: true, layers: [bn]}", "skip"),
    "a skip that is no switch": ("- residual: {skip: ▸1, layers: [bn]}", "true or false"),
    "a split without sizes": ("- ▸split: {join: add, paths: {a: [], b: []}}", "`sizes`"),
    "a split of too little": (
        "- split: {sizes: [▸1, 1], join: concat, paths: {a: [], b: []}}",
        "the sizes sum to 2, and there are 3 channels",
    ),
    "a part of nothing": (
        "- split: {sizes: [▸0, 3], join: concat, paths: {a: [], b: []}}",
        "the size of 'a': 0 is less than 1",
    ),
    "a split with too many sizes": (
        "- split: {sizes: ▸[1, 1, 1], join: concat, paths: {a: [], b: []}}",
        "3 sizes for 2 paths",
    ),
    "a path that ends in nothing": (
        "- branches: {join: add, paths: {▸a: [{branches: {join: none, paths: {c: [bn]}}}], b: []}}",
        "nothing flows out of the path 'a'",
    ),
    "a line after paths that end": (
        "- branches: {join: none, paths: {a: [bn]}}\n- ▸bn",
        "nothing flows here: the paths above end without a join",
        "say which one with `from`",
    ),
    "a copy after paths that end": (
        "- {▸branches: {join: none, paths: {a: [bn]}}, repeat: 2}",
        "a copy ends without a join, so the next has no input",
    ),
    "a path that gives its input again": (
        "- branches: {join: concat, paths: {▸a: [{bn: , when: false}], b: []}}",
        "every layer of the path 'a' is switched off, so it would give its input again",
        "[] says the identity; `when` on the path leaves it out",
    ),
    "no copy": ("- {bn: , repeat: ▸0}", "repeat: 0 is less than 1", "to leave lines out, write `when`"),
    "half a copy": ("- {bn: , repeat: ▸0.5}", "repeat: 0.5 is not a whole number"),
    "no layer at all": ("- {bn: , when: false}", "the network has no layers"),
    "another layer's parameters": (
        "- {conv: 4, name: a}\n- {conv: 4, share: ▸a}",
        "conv cannot share the parameters of a",
        "both must be the same lines with the same arguments and channels",
    ),
    # names
    "two layers of one path": (
        "- {conv: 4, name: a}\n- {▸conv: 4, name: a}",
        "two layers are called a",
        "the other is on line 4; give one a `name`",
    ),
    "a default name that is taken": ("- {conv: 4, name: bn}\n- ▸bn", "called bn"),
    "an output nobody reads": (
        "- bn\n- {▸conv: 4, name: a}\n- {bn: , from: bn}",
        "nobody reads the output of a",
        "name it under `outputs`, read it with `from: a`, or remove it",
    ),
    "a tap of a later layer": ("- {bn: , from: ▸a}\n- {conv: 4, name: a}", "'a'"),
    # tables
    "a row too long": ("- table: {columns: [c], rows: [▸[4, 5]], each: {conv: c}}", "2 cells"),
    "a row too short": ("- table: {columns: [c, d], rows: [[4, 5], ▸[4]], each: {conv: c}}", "1 cell"),
    "a row that is no list": ("- table: {columns: [c], rows: [▸4], each: {conv: c}}", "a row must be a list"),
    "rows that are no list": ("- table: {columns: [c], rows: ▸4, each: {conv: c}}", "rows must be a list"),
    "a cell that is a list": ("- table: {columns: [c], rows: [[▸[4]]], each: {conv: c}}", "single value"),
    "a cell without a value": ("- table: {columns: [c, d], rows: [[4, ▸~]], each: {conv: c}}", "no value"),
    "a column twice": ("- table: {columns: [▸c, c], rows: [[4, 5]], each: {conv: c}}", "twice"),
    "a column that is no name": ("- table: {columns: [▸3c], rows: [[4]], each: bn}", "not a name"),
    "a table without each": ("- ▸table: {columns: [c], rows: [[4]]}", "`each`"),
    "a table with an unknown key": ("- table: {columns: [c], rows: [[4]], ▸eech: bn, each: bn}", "'each'"),
    "two rows of one name": (
        "- table: {columns: [name, c, on], rows: [[a, 4, true], [▸a, 4, false]], "
        "each: [{conv: c, when: on}, {bn: , when: not on}]}",
        "'a'",
    ),
}


@pytest.mark.parametrize("case", LINES.values(), ids=LINES)
def test_a_bad_line_is_refused_at_its_place(case: tuple[str, ...]) -> None:
    refused(spec(case[0]), *case[1:])


# ------------------------------------------------------------------------------ other sections

SECTIONS: dict[str, tuple[dict[str, str], str]] = {
    "an unknown section": ({"▸netwrok": "[bn]"}, "'network'"),
    "a section twice": ({"▸name ": "again"}, "'name'"),
    "an input of two sides": ({"input": "▸[3, 8]"}, "[channels, height, width]"),
    "an input that is a number": ({"input": "▸3"}, "list"),
    "an input of 0": ({"input": "[3, 8, ▸0]"}, "less than 1"),
    "a fraction of an input": ({"input": "[3, 8, ▸8.5]"}, "whole number"),
    "an input of a word": ({"input": "[3, 8, ▸relu]"}, "relu"),
    "an input that knows a let": ({"input": "[3, 8, ▸a]", "let": "{a: 8}"}, "'a'"),
    "a network that is a word nobody knows": ({"network": "▸nothing"}, "'nothing'"),
    "an empty network": ({"network": "[]"}, "no layers"),
    "a network that is all switched off": ({"network": "\n- {conv: 4, when: false}"}, "no layers"),
    "variables that are a list": ({"variables": "▸[alpha]"}, "map"),
    "a variable without a default": ({"variables": "{▸alpha: {above: 0}}"}, "no default"),
    "a variable with an unknown key": ({"variables": "{alpha: {default: 1, ▸max: 3}}"}, "'max'"),
    "a variable that is a word": ({"variables": "{alpha: ▸paper}"}, "choices"),
    "a variable that is no name": ({"variables": "{▸2x: 3}"}, "'2x'"),
    "a variable outside of its range": ({"variables": "{n: {default: ▸5, at_most: 4}}"}, "at most 4"),
    "a bound that is a word": ({"variables": "{n: {default: 5, at_most: ▸relu}}"}, "at_most is a number"),
    "a range for a switch": ({"variables": "{flag: {default: true, ▸above: 0}}"}, "a switch has no range"),
    "a range that is empty": ({"variables": "{n: {default: ▸2, above: 3, below: 2}}"}, "above 3"),
    "a choice of nothing": ({"choices": "{▸mode: []}"}, "nothing to choose"),
    "a choice that is no list": ({"choices": "{mode: ▸paper}"}, "list"),
    "a choice of one word twice": ({"choices": "{mode: [paper, ▸paper]}"}, "'paper'"),
    "a choice of a switch": ({"choices": "{mode: [▸true]}"}, "word of the language"),
    "a choice that is a variable too": ({"choices": "{mode: [one]}", "variables": "{mode: 3}"}, "'mode'"),
    "a let of nothing": ({"let": "{a: ▸~}"}, "no value"),
    "a let of a list": ({"let": "{a: ▸[1]}"}, "single value"),
    "a let that is no name": ({"let": "{▸a-b: 1}"}, "'a-b'"),
    "a function without parameters": ({"define": "{▸f(): 3}"}, "parameters"),
    "a function of one parameter twice": ({"define": '{▸"f(a, a)": 3}'}, "once"),
    "a value under define": ({"define": "{▸f: 3}"}, "`let`"),
    "a function twice": ({"define": "{f(a): 3, ▸f(b): 4}"}, "twice"),
    "a function of nothing": ({"define": "{f(a): ▸~}"}, "no value"),
    "a function of a list": ({"define": "{f(a): ▸[1]}"}, "single value"),
    "a function of an unknown name": ({"define": "{f(a): a + ▸b}"}, "'b'"),
    "a function of an unknown function": ({"define": "{f(a): ▸g(a)}"}, "'g'"),
    "too few arguments": ({"define": "{f(a): a, g(a): ▸f() + f(a)}"}, "1 argument"),
    "a lookup by two": ({"define": '{▸"f(a, b)": {1: 2}}'}, "one parameter"),
    "a lookup without rows": ({"define": "{▸f(a): {}}"}, "has rows"),
    "a row of a lookup twice": ({"define": "{f(a): {1: 2, ▸1.0: 3}}"}, "'1.0'"),
    "a row of a lookup that is a list": ({"define": "{f(a): {1: ▸[2]}}"}, "single value"),
    "blocks that are a list": ({"blocks": "▸[a]"}, "map"),
    "a block that is a list": ({"blocks": "{a: ▸[bn]}"}, "map"),
    "a block without a body": ({"blocks": "{▸a: {}}"}, "no body"),
    "a block with an unknown key": ({"blocks": "{a: {▸bdoy: [bn]}}"}, "'body'"),
    "a block called like an op": ({"blocks": "{▸conv: {body: [bn]}}"}, "part of the language"),
    "a block called like a structure": ({"blocks": "{▸table: {body: [bn]}}"}, "part of the language"),
    "a block called like one of the library": ({"blocks": "{▸fire: {body: [bn]}}"}, "library"),
    "a block called like a word": ({"blocks": "{▸relu: {body: [bn]}}"}, "'relu'"),
    "a block that nobody uses": ({"blocks": "{a: {body: [▸cnov: 4]}}"}, "'cnov'"),
    "arguments that are a list": ({"blocks": "{a: {args: ▸[x], body: [bn]}}"}, "map"),
    "an argument of an unknown kind": ({"blocks": "{a: {args: {x: {kind: ▸cuont}}, body: [bn]}}"}, "'count'"),
    "an argument with an unknown key": ({"blocks": "{a: {args: {x: {▸knid: count}}, body: [bn]}}"}, "'kind'"),
    "an argument by default a later one": ({"blocks": "{a: {args: {x: ▸y, y: 3}, body: [bn]}}"}, "'y'"),
    "an argument of no words": ({"blocks": "{a: {args: {x: {words: ▸[]}}, body: [bn]}}"}, "words"),
    "a default of another kind": (
        {"blocks": "{a: {args: {x: {kind: switch, default: ▸3}}, body: [bn]}}", "network": "\n- a"},
        "switch",
    ),
    "an output that is not there": ({"outputs": "[▸nowhere]"}, "'nowhere'"),
    "an output twice": ({"outputs": "[bn, ▸bn]"}, "bn"),
    "an output that is a map": ({"outputs": "▸{bn: 1}"}, "list"),
    "a variant that is a list": ({"variants": "{small: ▸[alpha]}"}, "map"),
    "a variant of an unknown variable": ({"variants": "{small: {▸beta: 1}}"}, "'beta'"),
    "a name that is a list": ({"name": "▸[small]"}, "single value"),
}


@pytest.mark.parametrize(("sections", "words"), SECTIONS.values(), ids=SECTIONS)
def test_a_bad_section_is_refused_at_its_place(sections: dict[str, str], words: str) -> None:
    refused(spec(**{"network": "- bn", **sections}), words)


def test_a_name_has_an_end() -> None:
    assert convcost.loads(spec("- bn", name="x" * 300)).name == "x" * 300
    refused("▸" + spec("- bn", name="x" * 301), "300")


@pytest.mark.parametrize("key", ["name", "input", "network"])
def test_a_spec_needs_its_three_sections(key: str) -> None:
    without = "".join(line + "\n" for line in spec("[bn]").splitlines() if not line.startswith(key))
    refused(without.replace("  [bn]\n", "") if key == "network" else without, f"`{key}`")


CLAIMS = {
    "no figure": ("▸{source: p}", "none"),
    "two figures": ("▸{madds: 1, params: 2, source: p}", "madds"),
    "an unknown key": ("{madds: 1, source: p, ▸roundin: floor}", "'rounding'"),
    "no source": ("▸{madds: 1}", "source"),
    "an unknown source": ("{madds: 1, source: ▸q}", "'q'"),
    "a figure that is none": ("{madds: ▸many, source: p}", "'many'"),
    "a rounding nobody knows": ("{madds: 1, source: p, rounding: ▸flor}", "'floor'"),
    "an erratum that says nothing": ("{madds: 1, source: p, ▸erratum: }", "erratum"),
    "a variant that says nothing": ("{madds: 1, source: p, variant: }", "variant"),
    "a with that says nothing": ("{madds: 1, source: p, with: }", "with"),
}


@pytest.mark.parametrize(("claim", "words"), CLAIMS.values(), ids=CLAIMS)
def test_a_bad_claim_is_refused_at_its_place(claim: str, words: str) -> None:
    refused(spec("- bn", sources="{p: paper}", claims=f"[{claim}]"), words)


@pytest.mark.parametrize(
    ("settings_", "words"),
    [
        ({"beta": 1}, "no variable 'beta'"),
        ({"alpha": "0"}, "above 0"),
        ({"alpha": "x"}, "alpha"),
        ({"alpha": "1 +"}, "not an expression"),
        ({"alpha": 0.5}, "float"),
        ({"alpha": None}, "NoneType"),
        ({"alpha": "1" * 31}, "digits"),
    ],
)
def test_a_bad_setting_is_refused(settings_: dict[str, Any], words: str) -> None:
    refused(spec("- conv: ch(32)", variables=ALPHA, define=CH), words, **settings_)


# ------------------------------------------------------------------------------ the command, end to end

GOOD = spec("- {conv: {out: 4, k: 3}, name: a}")
# What a file holds, and how the error begins; FILE stands for the file's name.
DATA = {
    "nothing": ("", "FILE is empty"),
    "blanks": (" \n\n", "FILE is empty"),
    "a comment": ("# nothing\n", "FILE:"),
    "one word": ("hello", "FILE:1:1: a spec must be a map"),
    "a list": ("- a\n", "FILE:1:1: a spec must be a map"),
    "no YAML": ("name: [T\n", "FILE:2:1: this is not YAML"),
    "a tab": ("name: T\ninput: [3, 8, 8]\nnetwork:\n\t- bn\n", "FILE:4:1: this is not YAML: a tab"),
    "a key twice": (f"{GOOD}name: again\n", "FILE:5:1: the key 'name' stands here twice"),
    "an unknown key": (f"{GOOD}nmae: again\n", "FILE:5:1: a spec has no key 'nmae'"),
    "an anchor": ("name: &a T\n", "FILE:1:7: anchors"),
    "a tag": ("name: !!python/name:os.system T\n", "FILE:1:7: tags"),
    "a spec twice": (GOOD * 2, "FILE:5:1: the key 'name'"),
    "a second document": (f"{GOOD}---\n{GOOD}", "FILE:5:1: a second document"),
    "a function of itself": (f"{GOOD}define:\n  f(c): f(c)\n", "FILE:6:3: a function may not call itself"),
    "blocks of each other": (
        f"{GOOD}blocks:\n  a: {{body: [b]}}\n  b: {{body: [a]}}\n",
        "FILE:7:14: a block may not contain itself: a uses b uses a",
    ),
    "a zero in a text": ("name: a\0b\n", "FILE:1:8: this is not YAML"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0", "FILE is not text: byte 0x89 at offset 0"),
    "utf-16": (GOOD.encode("utf-16"), "FILE is not text"),
    "zeros": (bytes(100), "FILE"),
}


def said_on_stderr(result: Result, *words: str) -> None:
    """Exit code 2, the error on standard error, nothing on standard output, no word of Python."""
    assert (result.code, result.out) == (2, ""), result
    assert "Traceback" not in result.err
    for word in words:
        assert word in result.err


@pytest.mark.parametrize(("data", "words"), DATA.values(), ids=DATA)
def test_a_bad_file(run: Run, tmp_path: Path, data: str | bytes, words: str) -> None:
    """As a file, to be reported or checked, and on standard input."""
    path = tmp_path / "spec.yaml"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    before = path.read_bytes()
    for command in ("report", "check"):
        said_on_stderr(run(command, path), "error: " + words.replace("FILE", str(path)))
    said_on_stderr(run("report", "-", stdin=before), "error: " + words.replace("FILE", "<stdin>"))
    assert path.read_bytes() == before


# Words of a command in a directory with good.yaml, a copy of it, and an empty directory; words of the error.
COMMANDS: dict[str, tuple[tuple[str, ...], str]] = {
    "no such file": (("report", "nowhere.yaml"), "there is no file nowhere.yaml"),
    "no such name": (("report", "mobilnet_v2"), "'mobilenet_v2'"),
    "a directory": (("report", "empty"), "empty is a directory"),
    "no name": (("report", ""), "''"),
    "a name of two lines": (("report", "a\nb"), "'a\\nb'"),
    "a file in no directory": (("report", "nowhere/a.yaml"), "nowhere/a.yaml"),
    "a file in a file": (("report", "good.yaml/a.yaml"), "good.yaml/a.yaml"),
    "a directory without specs": (("check", "empty"), "no spec in empty"),
    "nothing to check": (("check", "good.yaml"), "no spec claims a figure"),
    "a file to check that is not there": (("check", "good.yaml", "nowhere.yaml"), "nowhere.yaml"),
    "a setting without a value": (("report", "good.yaml", "--set", "alpha"), "NAME=VALUE"),
    "a setting of nothing": (("report", "good.yaml", "--set", "alpha="), "NAME=VALUE"),
    "a setting of nobody": (("report", "good.yaml", "--set", "alpha=1"), "no variable 'alpha'"),
    "a setting that is no expression": (("report", "good.yaml", "--set", "alpha=1 +"), "--set:1:"),
    "a variant of nobody": (("report", "good.yaml", "--variant", "b3"), "no variant 'b3'"),
    "an input of two sides": (("report", "good.yaml", "--input", "3x8"), "CxHxW"),
    "an input of 0": (("report", "good.yaml", "--input", "3x0x8"), "at least 1"),
    "an input without an end": (("report", "good.yaml", "--input", f"{'9' * 5000}x8x8"), "CxHxW"),
    "no images": (("report", "good.yaml", "--batch", "0"), "batch is at least 1"),
    "no levels": (("report", "good.yaml", "--depth", "0"), "depth is at least 1"),
    "no layers": (("report", "good.yaml", "--top", "0"), "top is at least 1"),
    "an unknown format": (("report", "good.yaml", "--format", "pdf"), "'pdf'"),
    "an unknown option": (("report", "good.yaml", "--frmat", "md"), "--frmat"),
    "an unknown command": (("reprot", "good.yaml"), "'reprot'"),
    "a cap of 0": (("report", "good.yaml", "--max-nodes", "0"), "--max-nodes"),
    "a cap that is no number": (("report", "good.yaml", "--max-nodes", "many"), "--max-nodes"),
    "no spec": (("report",), "spec"),
    "an unknown block": (("compare", "standrd", "dsc"), "'standard'"),
}


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with a good spec, one that claims a figure, and an empty directory."""
    (tmp_path / "good.yaml").write_text(GOOD)
    claims = "sources: {p: paper}\nclaims: [{madds: 6912, source: p}]\n"
    (tmp_path / "claims.yaml").write_text(GOOD + claims)
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(("words", "message"), COMMANDS.values(), ids=COMMANDS)
def test_a_bad_command(run: Run, directory: Path, words: tuple[str, ...], message: str) -> None:
    before = contents(directory)
    said_on_stderr(run(*words), message)
    assert contents(directory) == before


def contents(directory: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(directory.rglob("*")) if path.is_file()}


IN_ITS_OWN_PROCESS = {
    "report nowhere.yaml": "error: there is no file nowhere.yaml",
    "report bad.yaml": "error: bad.yaml:4:5: linear",
    "report binary.yaml": "error: binary.yaml is not text",
    "report deep.yaml": "--max-depth raises it",
    "check claims.yaml bad.yaml nowhere.yaml": "nowhere.yaml",
    "report good.yaml --max-nodes 0": "--max-nodes",
}


@pytest.mark.parametrize(("command", "words"), IN_ITS_OWN_PROCESS.items(), ids=IN_ITS_OWN_PROCESS)
def test_a_bad_command_in_its_own_process(shell: Run, directory: Path, command: str, words: str) -> None:
    for name, text in {
        "bad": spec("- linear: 10"),
        "empty": "",
        "bomb": "a: &a [x, x]\nb: &b [*a, *a]\nname: *b\n",
        "deep": "name: " + "[" * 100_000,
        "long": spec("- {conv: 4, repeat: 1000000000000000000}"),
        "loop": spec("- conv: f(1)", define="{f(c): f(c)}"),
        "zero": spec("- conv: 1 / 0"),
    }.items():
        (directory / f"{name}.yaml").write_text(text)
    (directory / "binary.yaml").write_bytes(bytes(range(128, 256)))
    before = contents(directory)
    said_on_stderr(shell(*command.split(), cwd=directory), words)
    assert contents(directory) == before


def test_a_hundred_megabytes_are_not_read(run: Run, tmp_path: Path) -> None:
    """One byte beyond the cap is enough to know."""
    path = tmp_path / "large.yaml"
    path.touch()
    os.truncate(path, 100_000_000)
    said_on_stderr(run("report", path), "1,000,000 bytes", "--max-bytes")
    said_on_stderr(run("check", path), "--max-bytes")


@pytest.mark.parametrize(
    ("spec_", "stream"),
    [
        pytest.param("-", "<&-", id="no input"),
        pytest.param("good.yaml", ">&-", id="no output"),
        pytest.param("good.yaml", "> /dev/full", id="a full disk"),
    ],
)
def test_a_stream_that_is_not_there_is_told(directory: Path, spec_: str, stream: str) -> None:
    """The shell may start a command without a stream; that is an error of the command, not of Python."""
    command = ["sh", "-c", f'exec "$0" -m convcost report {spec_} {stream}', sys.executable]
    done = subprocess.run(command, capture_output=True, timeout=60, cwd=directory)
    assert done.returncode != 0
    assert b"Traceback" not in done.stderr
    assert done.stderr.startswith(b"error: ")


# ------------------------------------------------------------------------------ what is written


@pytest.mark.parametrize("way", ["good.yaml", "./empty/../good.yaml", "soft.yaml", "hard.yaml"])
def test_a_report_is_never_written_onto_its_spec(run: Run, directory: Path, way: str) -> None:
    """By whatever name: its own, another path, a link."""
    (directory / "soft.yaml").symlink_to("good.yaml")
    os.link(directory / "good.yaml", directory / "hard.yaml")
    before = contents(directory)
    for spec_ in ("good.yaml", str(directory / "good.yaml"), "soft.yaml"):
        said_on_stderr(run("report", spec_, "-o", way), "overwrite the spec")
    assert contents(directory) == before


def test_a_check_is_never_written_onto_any_of_its_specs(run: Run, directory: Path) -> None:
    """Neither onto one that claims figures nor onto one that claims none."""
    before = contents(directory)
    for target in ("claims.yaml", "good.yaml"):
        said_on_stderr(run("check", "claims.yaml", "good.yaml", "-o", target), "overwrite the spec")
        assert contents(directory) == before


@pytest.mark.parametrize("command", ["report", "check"])
def test_what_fails_leaves_the_output_as_it_was(run: Run, directory: Path, command: str) -> None:
    """A file is written whole or not at all: a bad spec leaves the last output as it was."""
    source, target = directory / "claims.yaml", directory / "out.txt"
    assert run(command, source, "-o", target).code == 0
    assert target.read_bytes()
    source.write_text(source.read_text().replace("conv: {out: 4, k: 3}", "linear: 4"))
    before = contents(directory)
    said_on_stderr(run(command, source, "-o", target), "a vector")
    assert contents(directory) == before


def test_a_write_that_breaks_off_leaves_nothing(
    run: Run, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device")

    (directory / "out.txt").write_text("the last one")
    before = contents(directory)
    monkeypatch.setattr("os.replace", broken)
    said_on_stderr(run("report", "good.yaml", "-o", "out.txt"), "No space left")
    assert contents(directory) == before


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("empty", "is a directory"),
        ("nowhere/out.txt", "nowhere"),
        ("good.yaml/out.txt", "good.yaml"),
        ("", ""),
    ],
)
def test_a_target_that_cannot_be_written(run: Run, directory: Path, target: str, words: str) -> None:
    before = contents(directory)
    said_on_stderr(run("report", "claims.yaml", "-o", target), "error: ", words)
    assert contents(directory) == before


def test_reading_changes_no_file(run: Run, directory: Path) -> None:
    before, stat = contents(directory), os.stat("good.yaml")
    assert run("report", "good.yaml").code == 0
    assert run("check", "claims.yaml").code == 0
    assert contents(directory) == before
    assert os.stat("good.yaml").st_mtime_ns == stat.st_mtime_ns


# ------------------------------------------------------------------------------ caps


def nested(levels: int) -> str:
    return spec("- " + "{layers: [" * levels + "bn" + "]}" * levels)


def balanced(levels: int) -> str:
    """A long sum that is not deep: 2 ** levels ones."""
    return "1" if levels == 0 else f"({balanced(levels - 1)} + {balanced(levels - 1)})"


def chain(length: int, body: str, start: str = "x + 1") -> str:
    """A spec with functions f0, f1 ... each of which has the one before it in its body."""
    lines = [f"f0(x): {start}", *(f"f{i}(x): {body.format(f'f{i - 1}')}" for i in range(1, length))]
    return spec(f"- conv: f{length - 1}(1)", define="\n".join(lines))


def lets(count: int, body: str, start: str) -> str:
    lines = [f"a0: {start}", *(f"a{i}: {body.format(f'a{i - 1}')}" for i in range(1, count))]
    return spec("- conv: 4", let="\n".join(lines))


def idle(copies: int) -> str:
    """Work without a layer: copies of a group that is switched off inside."""
    return spec(f"- {{layers: [{{conv: 4, when: false}}], repeat: {copies}}}\n- bn")


def blocks(count: int, body: str) -> str:
    """A spec with blocks b0, b1 ... each of which has the one before it in its body."""
    lines = ["b0: {body: bn}", *(f"b{i}: {{body: [{body.format(f'b{i - 1}')}]}}" for i in range(1, count))]
    return spec(f"- b{count - 1}", blocks="\n".join(lines))


# For each cap: a text, a cap that it is over, a cap that lets it through.
CAPS: dict[str, tuple[str, int, int]] = {
    "bytes": (spec("- bn") + "#" * 2_000, 2_000, 3_000),
    "depth": (nested(20), 30, 100),
    "chars": (spec(f"- conv: {balanced(5)}"), 100, 500),
    "digits": (spec("- conv: 4", let="{big: 1000000000 * 1000000000}"), 12, 24),
    "nodes": (spec("- {bn: , repeat: 50}"), 49, 50),
    "steps": (idle(100), 100, 10_000),
}


def test_every_cap_is_tried() -> None:
    assert CAPS.keys() == {field.name for field in fields(Limits)}


@pytest.mark.parametrize("name", CAPS)
def test_a_cap_is_named_and_raised(run: Run, tmp_path: Path, name: str) -> None:
    """The error says which cap it was and the option that raises it; raised, the same text goes through."""
    text, tight, loose = CAPS[name]
    path = tmp_path / "spec.yaml"
    path.write_text(text)
    option = f"--max-{name}"
    said_on_stderr(run("report", path, option, tight), f"{tight:,}", f"{option} raises it")
    said_on_stderr(run("report", "-", option, tight, stdin=text.encode()), f"{option} raises it")
    assert run("report", path, option, loose).code == 0
    refused(text, f"{tight:,}", option, limits=limited(name, tight))
    assert graph(text, limits=limited(name, loose)).nodes


def test_a_cap_is_passed_at_the_line_that_is_too_much() -> None:
    """Two layers where three are written, blocks one deeper than they may be."""
    three = spec("- bn\n- act: relu\n- ▸softmax")
    refused(three, "more than 2 layers", limits=Limits(nodes=2))
    assert len(graph(three.replace("▸", ""), limits=Limits(nodes=3)).nodes) == 3
    deep = blocks(12, "{0}")
    error = refused(deep, "more than 11 levels deep", limits=Limits(depth=11))
    assert error.where is not None
    assert len(graph(deep, limits=Limits(depth=13)).nodes) == 1


def limited(name: str, cap: int) -> Limits:
    caps: dict[str, Any] = {name: cap}
    return Limits(**caps)


# Just more than a cap allows unless it is raised, and what it is raised to.
OVER_DEFAULT: dict[str, tuple[Callable[[], str], int]] = {
    "bytes": (lambda: spec("- bn") + "# \n" * 350_000, 2_000_000),
    "depth": (lambda: nested(30), 200),
    "chars": (lambda: spec(f"- conv: {balanced(8)}"), 10_000),
    "digits": (lambda: spec("- conv: 4", let=f"{{big: {'9' * 31}}}"), 31),
    "nodes": (lambda: spec("- {bn: , repeat: 20001}"), 20_001),
    "steps": (lambda: idle(400_000), 3_000_000),
}


@pytest.mark.parametrize("name", OVER_DEFAULT)
def test_each_cap_holds_unless_it_is_raised(name: str) -> None:
    make, raised = OVER_DEFAULT[name]
    text = make()
    refused(text, f"{getattr(Limits(), name):,}", f"--max-{name}")
    assert graph(text, limits=limited(name, raised)).nodes


# Texts that ask for far more than they say, and the cap that stops each.
ATTACKS: dict[str, tuple[str, str]] = {
    "10^18 copies": (spec("- {conv: 4, repeat: 1000000000000000000}"), "nodes"),
    "10^18 copies of a block": (spec("- {conv_bn: 4, repeat: 1000000000000000000}"), "nodes"),
    "10^18 copies of nothing": (idle(10**18), "steps"),
    "copies of copies": (
        spec("- {layers: [{layers: [bn], repeat: 1000, name: a}], repeat: 1000, name: b}"),
        "nodes",
    ),
    "blocks of two blocks": (blocks(30, "{0}, {0}"), "steps"),
    "100,000 brackets": (f"name: {'[' * 100_000}", "depth"),
    "100,000 braces": (f"name: {'{a: ' * 100_000}", "depth"),
    "10,000 dashes": (f"name:\n  {'- ' * 10_000}", "depth"),
    "blocks in blocks": (blocks(60, "{0}"), "depth"),
    "functions of functions": (chain(100, "{}(x)"), "depth"),
    "very many functions of functions": (chain(5_000, "{}(x)"), "depth"),
    "functions of functions by rows": (chain(100, "{{1: {}(1)}}"), "depth"),
    "5,000 times + 1": (spec(f"- conv: 1{'+1' * 5_000}"), "chars"),
    "499 times + 1": (spec(f"- conv: 1{'+1' * 499}"), "depth"),
    "490 parentheses": (spec(f"- conv: {'(' * 490}1{')' * 490}"), "depth"),
    "900 signs": (spec(f"- conv: {'-' * 900}1"), "depth"),
    "240 times not": (spec(f"- {{bn: , when: {'not ' * 240}true}}"), "depth"),
    "31 digits": (spec(f"- conv: {'9' * 31}"), "digits"),
    "40 decimals": (spec(f"- conv: 0.{'1' * 40}"), "digits"),
    "a long number in a cell": (
        spec(f"- table: {{columns: [c], rows: [[{'9' * 900}]], each: {{conv: c}}}}"),
        "digits",
    ),
    "a long number in a lookup": (spec("- bn", define=f"{{f(a): {{{'9' * 900}: 1}}}}"), "digits"),
    "a long default": (spec("- bn", variables=f"{{a: {'9' * 900}}}"), "digits"),
    "a product": (spec("- conv: 9999999999 * 9999999999 * 9999999999 * 9"), "digits"),
    "squares of squares": (lets(60, "{0} * {0}", "99"), "digits"),
    "squares of fractions": (lets(60, "{0} * {0}", "0.5"), "digits"),
    "sums of quotients": (lets(200, "{0} / 7", "1"), "digits"),
    "squares by functions": (chain(12, "{}(x * x + 9)", "x"), "digits"),
    "channels times ten": (spec("- {conv: 10 * c_here, repeat: 100}"), "digits"),
    "sides times ten": (spec("- {upsample: 10, repeat: 100}"), "digits"),
    "channels side by side": (spec("- {dense: [conv: c_here], repeat: 200}"), "digits"),
    "an input of any size": (spec("- bn", input=f"[3, {'9' * 20}, {'9' * 20}]"), "digits"),
}


@pytest.mark.parametrize(("text", "cap"), ATTACKS.values(), ids=ATTACKS)
def test_an_attack_is_stopped_by_its_cap(text: str, cap: str) -> None:
    """Before it takes time or room: the error names the cap and the option that raises it."""
    refused(text, f"{getattr(Limits(), cap):,}", f"--max-{cap} raises it")


# Texts of few lines that are much work; with fewer steps allowed, so that a run without a cap ends too.
WORK = {
    "functions called twice": chain(15, "{0}(x) + {0}(x)"),
    "functions called twice in a test": chain(15, "{0}(x) if {0}(x) > 0 else 1"),
    "rows that are compared": spec(
        "- {conv: f(1000), repeat: 300}", define="f(x):\n" + "\n".join(f"  {i}: 1" for i in range(1, 1001))
    ),
    "paths that are joined": spec("- bn\n- {concat: [" + "bn, " * 2000 + "bn], repeat: 100}"),
}


@pytest.mark.parametrize("text", WORK.values(), ids=WORK)
def test_work_of_any_kind_is_counted(text: str) -> None:
    """Calls of functions, rows of a lookup, inputs of a join: each takes time and room, so each is a step."""
    refused(text, "--max-steps", limits=Limits(steps=50_000))
    assert graph(text, limits=Limits(steps=10_000_000)).nodes


# Something of everything that takes steps.
ALL_SORTS = spec(
    """
    - {conv: base(2), name: stem}
    - table:
        columns: [c, on]
        rows: [[2 * n, n > 1], [f(n), not true and on_]]
        each: {conv: c, when: on}
    - branches: {join: add, paths: {a: [{shuffle: 1}], b: []}}
    - split: {sizes: [2, c_here - 2], join: concat, paths: {l: [], r: [{bn: , repeat: n}]}}
    - {own: {out: -w + 9}, repeat: 2, after_first: {out: w if w > 2 else 4}}
    - {resize: {like: stem}, name: up}
    - {layers: [{act: relu}], aside: true, from: up}
    """,
    variables="{n: 2, on_: true}",
    let="\nw: max(2, n + 1)",
    define="""
    base(g): {1: 3, 2: 4}
    f(a): make_divisible(a, 8)
    """,
    blocks="{own: {args: {out: 4, k: 1}, let: {d: 2 * out}, body: [{conv: {out: d // 2, k}}]}}",
)


def test_wherever_the_steps_run_out_the_error_has_its_place() -> None:
    read = convcost.loads(ALL_SORTS)
    meter = read.meter()
    assert len(expand(read, read.bind({}), meter=meter).nodes) == 13
    for steps in range(meter.steps):
        error = refused(ALL_SORTS, f"more than {steps:,} steps", limits=Limits(steps=steps))
        assert error.where is not None, steps


def test_a_text_in_memory_has_the_cap_of_a_file() -> None:
    refused(spec("- bn") + "#" * 1_000_000, "1,000,000", "--max-bytes")


def test_a_text_in_memory_is_text() -> None:
    """Half a surrogate can stand in a Python string, and in no file."""
    with pytest.raises(SpecError, match="is not text"):
        convcost.loads("name: \ud800")


def test_an_error_is_short_however_many_names_there_are() -> None:
    """The nearest name is a help, two thousand of them are not."""
    names = "\n".join(f"a{i}: 1" for i in range(2_000))
    error = refused(spec("- conv: ▸zzz", let=names))
    assert len(str(error)) < 2_000
    error = refused(spec(f"- conv: {'x + ' * 200}"), "not an expression")
    assert len(str(error)) < 1_000


@pytest.mark.long
def test_a_cap_may_be_raised_beyond_all_measure(directory: Path) -> None:
    """A cap is compared with, not built."""
    command = [sys.executable, "-m", "convcost", "report", "good.yaml"]
    for field in fields(Limits):
        done = subprocess.run([*command, f"--max-{field.name}", "99999999"], capture_output=True, timeout=60)
        assert (done.returncode, done.stderr) == (0, b"")


UNPRINTABLE = {
    "written": spec(f"- conv: {'9' * 5_000}"),
    "computed": spec(
        "- conv: a12", let="\n".join(["a0: 99", *(f"a{i}: a{i - 1} * a{i - 1}" for i in range(1, 13))])
    ),
}


@pytest.mark.parametrize("text", UNPRINTABLE.values(), ids=UNPRINTABLE)
def test_a_number_that_python_cannot_print(run: Run, text: str) -> None:
    """Beyond 4,300 digits Python turns no number into text, which is no reason for an error of its own."""
    found = run("report", "-", "--max-digits", 20_000, "--max-chars", 20_000, stdin=text.encode())
    assert found.code == 0 or (found.code == 2 and "digits" in found.err)


# ------------------------------------------------------------------------------ anything at all

RICH = spec(
    """
    - {conv: {out: ch(8), k: 3, s: 2}, name: stem}
    - table:
        columns: [name, c, s]
        rows:
          - [one, 8, 1]
          - [two, base(n), 2]
        each: {unit: {out: c, s}, repeat: n, after_first: {s: 1}}
    - split: {sizes: [c_here // 2, c_here - c_here // 2], join: concat, paths: {a: [], b: [conv: c_here]}}
    - shuffle: 2
    - dense: [conv: 4]
    - {resize: {like: stem}}
    - {max_pool: {k: 3, s: 2, pad: 1, rounding: up}, when: layout == paper}
    - branches: {join: none, paths: {h: [{conv: 3, name: p}], w: {when: n > 1, layers: [conv: 5]}}}
    - {global_avg_pool: , from: h.p}
    - linear: wide
    """,
    input="[4, resolution, resolution]",
    variables="{alpha: {default: 1.0, above: 0}, resolution: 32, n: 2}",
    choices="{layout: [paper, other]}",
    let="{wide: 2 * n}",
    define="\nch(c): make_divisible(alpha * c, 4)\nbase(g): {1: 8, 2: 16}",
    outputs="[w]",
    variants="{big: {alpha: 1.5, layout: other}}",
    sources="{p: {title: paper, rounding: floor}}",
    claims="[{madds: 3M, source: p, with: {alpha: 0.5}}]",
    blocks="""
    unit:
      args: {out: required, s: {default: 1, kind: size}, act: relu, pad: {kind: padding, default: same}}
      let: {mid: out // 2}
      body:
        - branches:
            join: add if c_in == out else concat
            paths:
              shortcut: {when: c_in == out, layers: [conv_bn: {out, s}]}
              main: [{conv: {out, k: [3, 1], s, pad}, name: a}, {act: act, from: main.a}]
        - residual: {skip: mid > 2, layers: [dwconv: 3, bn]}
        - gate: [global_avg_pool, conv: c_here // 4, conv: c_here * 4, act: sigmoid]
    """,
)


def test_every_structure_of_the_language_is_read() -> None:
    assert graph(RICH).nodes


@settings(max_examples=100, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(st.text(max_size=60))
def test_any_expression_ends_in_a_value_or_an_error_with_its_place(text: str) -> None:
    """Whatever stands where a count stands."""
    try:
        assert graph(spec("- {conv: {out: " + repr(text) + "}}")).nodes
    except SpecError as error:
        place_of(error)
