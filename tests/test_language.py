"""What a spec means: scopes, values, structure. Each test says its rule, beside what the rule must refuse."""

from __future__ import annotations

from fractions import Fraction

import pytest

import convcost
from convcost import SpecError, loads
from specs import ALPHA, CH, graph, refused, said, said_alike, spec, widths

# ------------------------------------------------------------------------------ whose name a name is

TWO_WIDTHS = """
b:
  args: {out: required}
  body:
    - {conv: out, name: first}
    - {conv: 2 * c_in, name: entering}
    - {conv: 2 * c_here, name: here}
"""


def test_c_in_is_the_width_entering_the_block_in_all_its_lines() -> None:
    """c_in stays the 3 channels that enter the block; c_here is the width entering the line itself."""
    assert widths(spec("- b: 5", blocks=TWO_WIDTHS)) == {
        "b.first": 5,
        "b.entering": 2 * 3,
        "b.here": 2 * (2 * 3),
    }


def test_c_in_of_a_nested_block_is_its_own() -> None:
    """A block inside a block sees the width that enters itself, not the one that enters its user."""
    blocks = """
    outer: {body: [conv: 7, inner, {conv: c_in, name: last}]}
    inner: {body: [{conv: 10, name: wide}, {conv: c_in, name: back}]}
    """
    assert widths(spec("- outer", blocks=blocks)) == {
        "outer.conv": 7,
        "outer.inner.wide": 10,
        "outer.inner.back": 7,
        "outer.last": 3,
    }


@pytest.mark.parametrize(
    "where",
    [
        pytest.param({"network": "- conv: ▸c_in"}, id="a line"),
        pytest.param({"network": "- {conv: 4, when: ▸c_in == 3}"}, id="a condition"),
        pytest.param({"network": "- conv: 4", "let": "{a: 2 * ▸c_in}"}, id="let"),
        pytest.param({"network": "- conv: 4", "define": "{f(a): a * ▸c_in}"}, id="define"),
        pytest.param({"network": "- table: {columns: [c], rows: [[▸c_in]], each: {conv: c}}"}, id="a cell"),
    ],
)
def test_c_in_outside_a_block_is_refused(where: dict[str, str]) -> None:
    """Outside a block nothing is called c_in; the hint is c_here, the width entering this line."""
    refused(spec(**where), "'c_in'", "c_here")


def test_c_here_is_taken_where_the_line_stands() -> None:
    """c_here follows the flow: over `from`, at the start of each path, and in an argument of a call."""
    text = spec(
        """
        - {conv: 5, name: a}
        - {conv: 9, name: b}
        - {conv: c_here + 1, from: a, name: c}
        - split: {sizes: [2, c_here - 2], join: concat, paths: {x: [conv: 2 * c_here], y: []}}
        - {block: {out: c_here, other: b}}
        """.replace("{block: {out: c_here, other: b}}", "{block: c_here}"),
        outputs="b",
        blocks="{block: {args: {out: required}, body: [{conv: 1, name: one}, {conv: out, name: two}]}}",
    )
    assert widths(text) == {
        "a": 5,
        "b": 9,
        "c": 5 + 1,
        "split.x": 2,
        "split.y": 6 - 2,
        "x": 2 * 2,
        "concat": 2 * 2 + (6 - 2),
        "block.one": 1,
        "block.two": 2 * 2 + (6 - 2),
    }


def test_let_is_worked_out_at_each_entrance_of_its_block() -> None:
    """A block's `let` is its value on entering, anew for each use, and does not change inside it."""
    blocks = "{b: {let: {w: 2 * c_in, v: w + 1}, body: [{conv: w, name: x}, {conv: w, name: y}]}}"
    assert widths(spec("- {b: , repeat: 2}", blocks=blocks)) == {
        "b.1.x": 2 * 3,
        "b.1.y": 2 * 3,
        "b.2.x": 2 * 2 * 3,
        "b.2.y": 2 * 2 * 3,
    }


def test_let_sees_only_what_stands_before_it() -> None:
    """`let` goes in the order of its text."""
    assert widths(spec("- conv: b", let="{a: 2, b: a + 3}")) == {"conv": 2 + 3}
    refused(spec("- conv: b", let="{b: ▸a + 3, a: 2}"), "'a'")


@pytest.mark.parametrize("where", ["network", "block"])
def test_functions_see_every_let_and_no_let_sees_a_function(where: str) -> None:
    """At an entrance each `let` is worked out first, then the functions begin, in any order of text."""

    def text(define: str, let: str) -> str:
        if where == "network":
            return spec("- conv: f(4)", define=define, let=let)
        return spec("- b", blocks=f"{{b: {{define: {define}, let: {let}, body: [conv: f(4)]}}}}")

    assert list(widths(text("{f(c): c * w}", "{w: 3}")).values()) == [4 * 3]
    refused(text("{f(c): 2 * c}", "{w: ▸f(4)}"), "'f'")


BLIND = {
    "a variable": {"variables": ALPHA, "blocks": "{b: {body: [conv: 4 * ▸alpha]}}"},
    "a let": {"let": "{w: 4}", "blocks": "{b: {body: [conv: ▸w]}}"},
    "a function": {"define": "{f(c): c}", "blocks": "{b: {body: [conv: ▸f(4)]}}"},
    "a choice": {"choices": "{mode: [one, two]}", "blocks": "{b: {body: [conv: 4 if ▸mode == one else 8]}}"},
    "the caller's argument": {
        "blocks": "{b: {args: {out: 4}, body: [inner]}, inner: {body: [conv: ▸out]}}",
    },
}


@pytest.mark.parametrize("sections", BLIND.values(), ids=BLIND)
def test_a_block_sees_nothing_of_its_caller(sections: dict[str, str]) -> None:
    """A block sees its arguments, its own `let` and `define`, and the words: nothing of whoever uses it."""
    refused(spec("- b", **sections), "nothing here is called" if "f(" not in str(sections) else "'f'")


def test_a_name_that_a_block_does_not_know_is_told_those_it_does() -> None:
    text = spec("- b", blocks="{b: {args: {out: 4}, body: [conv: ▸zz]}}")
    refused(text, "'zz'", "it may name c_here, c_in, out; declare an argument under `args`")


def test_a_block_sees_no_column_of_the_table_that_uses_it() -> None:
    """The columns of a row end where a block begins."""
    table = "- table: {columns: [c], rows: [[4]], each: [b]}"
    refused(spec(table, blocks="{b: {body: [conv: ▸c]}}"), "'c'")


def test_a_shared_backbone_takes_its_multiplier_as_an_argument() -> None:
    """An argument may be called like the caller's variable, since the block cannot see that one."""
    blocks = """
    backbone:
      args: {alpha: {kind: number, default: 1}}
      define: {ch(c): "make_divisible(alpha * c, 8)"}
      body: [conv: ch(32)]
    """
    text = spec("- backbone: {alpha}", variables=ALPHA, blocks=blocks)
    assert widths(text) == {"backbone.conv": 32}
    assert widths(text, alpha="0.5") == {"backbone.conv": 16}


SHADOWS = {
    "a column - a variable": ("- table: {columns: [▸alpha], rows: [[4]], each: {conv: 4}}", {}),
    "a column - a word": ("- table: {columns: [▸relu], rows: [[4]], each: {conv: 4}}", {}),
    "a column - c_here": ("- table: {columns: [▸c_here], rows: [[4]], each: {conv: 4}}", {}),
    "a column - an outer one": (
        "- table: {columns: [n], rows: [[4]], "
        "each: [{table: {columns: [▸n], rows: [[5]], each: {conv: n}}}]}",
        {},
    ),
    "let - a variable": ("- conv: 4", {"let": "{▸alpha: 4}"}),
    "let - a word": ("- conv: 4", {"let": "{▸concat: 4}"}),
    "let - a switch": ("- conv: 4", {"let": "{▸true: 4}"}),
    "let - a word of a choice": ("- conv: 4", {"choices": "{mode: [one, two]}", "let": "{▸one: 4}"}),
    "a block's let - its argument": ("- b", {"blocks": "{b: {args: {n: 4}, let: {▸n: 3}, body: [conv: n]}}"}),
    "an argument - a word": ("- b", {"blocks": "{b: {args: {▸same: 4}, body: [conv: 4]}}"}),
    "an argument - c_in": ("- b", {"blocks": "{b: {args: {▸c_in: 4}, body: [conv: 4]}}"}),
    "a parameter - a variable": ("- conv: 4", {"define": "{▸f(alpha): alpha}"}),
    "a parameter - a word": ("- conv: 4", {"define": "{▸f(down): 3}"}),
    "a function - a function of the language": ("- conv: 4", {"define": "{▸floor(a): 3}"}),
    "a word of a choice - a variable": ("- conv: 4", {"choices": "{mode: [one, alpha]}"}),
    "a choice - a variable": ("- conv: 4", {"choices": "{alpha: [one]}"}),
}


@pytest.mark.parametrize(("network", "sections"), SHADOWS.values(), ids=SHADOWS)
def test_no_name_hides_another(network: str, sections: dict[str, str]) -> None:
    """A column, `let`, argument or parameter that is called like something it can see is refused."""
    refused(spec(network, variables=ALPHA, **sections))


SIZED = {"variables": "{resolution: 8}", "input": "[3, resolution, resolution]"}
SIZES = {
    "h_in": {"network": "- conv: ▸h_in"},
    "w_in": {"network": "- conv: ▸w_in"},
    "h_here": {"network": "- {max_pool: {k: ▸h_here}}"},
    "resolution in a line": {"network": "- {avg_pool: {k: ▸resolution}}", **SIZED},
    "resolution in a condition": {"network": "- {conv: 4, when: ▸resolution > 4}", **SIZED},
    "resolution in let": {"network": "- conv: 4", "let": "{r: ▸resolution // 2}", **SIZED},
    "resolution in define": {"network": "- conv: 4", "define": "{f(c): c * ▸resolution}", **SIZED},
    "resolution in a cell": {
        "network": "- table: {columns: [c], rows: [[▸resolution]], each: {conv: c}}",
        **SIZED,
    },
    "h_in in a block": {"network": "- b", "blocks": "{b: {body: [conv: ▸h_in]}}"},
}


@pytest.mark.parametrize("sections", SIZES.values(), ids=SIZES)
def test_no_expression_knows_a_height_or_width(sections: dict[str, str]) -> None:
    """There is no h_in, no w_in, and what sizes the input is known to nothing else."""
    why = "resolution sizes the input alone" if "variables" in sections else "is no number here"
    refused(spec(**sections), "nothing here is called", why)


def test_a_height_and_width_reach_a_layer_along_an_edge() -> None:
    """`resize: {like: path}` takes the size of another map, so no size is a number in a spec."""
    text = spec("- {conv: 4, name: big}\n- max_pool: 2\n- {resize: {like: big}, name: up}", **SIZED)
    assert graph(text, resolution=20).nodes[-1].output == (4, 20, 20)


# ------------------------------------------------------------------------------ values


def test_words_are_values_of_the_one_expression_namespace() -> None:
    """A word, a column that holds one, and a choice between two are the same kind of text."""
    network = """
    - table:
        columns: [k, nl]
        rows:
          - [3, relu]
          - [5, hard_swish if 5 == 5 else relu]
        each: [{act: nl, name: cell}, {act: swish if k == 5 else nl, name: chosen}]
    - act: tanh
    """
    kinds = [str(node.fields["kind"]) for node in graph(spec(network)).nodes]
    assert kinds == ["relu", "relu", "hard_swish", "swish", "tanh"]


@pytest.mark.parametrize("word", ["relu", "same", "concat", "none", "bilinear", "caffe", "true"])
def test_a_variable_may_not_be_called_like_a_word(word: str) -> None:
    """Words are reserved."""
    refused(spec("- bn", variables=f"{{▸{word}: 4}}"), repr(word))


ILL_KINDED = {
    "a word where a switch stands": ("- {conv: 4, when: ▸relu == 3}", "cannot be compared"),
    "a number where a switch stands": ("- {conv: 4, when: ▸1}", "true or false"),
    "a switch in a sum": ("- {conv: 4, repeat: ▸n + true}", "true is a switch"),
    "a switch where a count stands": ("- {conv: 4, repeat: ▸n == 2}", "a count"),
    "a word where a count stands": ("- {conv: {out: ▸relu}}", "relu"),
    "a word where a size stands": ("- {conv: {out: 4, k: ▸same}}", "same"),
    "a number where a switch of an op stands": ("- {conv: {out: 4, bias: ▸1}}", "switch"),
    "a word of another set": ("- {act: ▸same}", "relu6"),
    "a number where a word stands": ("- {act: ▸6}", "relu6"),
    "a word where padding stands": ("- {conv: {out: 4, pad: ▸relu}}", "valid"),
    "a word where a join stands": ("- branches: {join: ▸same, paths: {a: [], b: []}}", "concat"),
    "a block: a word where a size stands": ("- conv_bn: {out: 4, k: ▸relu}", "relu"),
    "a block: a number where a word stands": ("- conv_bn_act: {out: 4, act: ▸3}", "relu6"),
    "a block: a switch where a count stands": ("- conv_bn: {out: 4, g: ▸true}", "switch"),
    "a block: a fraction where a count stands": ("- conv_bn: {out: 4, g: ▸0.5}", "0.5"),
    "after_first: a word where a count stands": (
        "- {conv: 4, repeat: 2, after_first: {out: ▸relu}}",
        "relu",
    ),
}


@pytest.mark.parametrize(("network", "word"), ILL_KINDED.values(), ids=ILL_KINDED)
def test_the_kind_of_every_argument_is_checked_at_the_call(network: str, word: str) -> None:
    """A field or argument is a count, a switch, a word of a set; a value of another kind is refused there."""
    refused(spec(network, variables="{n: 2}"), word)


def test_a_block_may_name_the_words_of_an_argument() -> None:
    """The words that an argument declares can be given to it, and no others."""
    blocks = "{b: {args: {mode: {words: [slim, wide]}}, body: [conv: 4 if mode == slim else 8]}}"
    assert widths(spec("- b: {mode: slim}", blocks=blocks)) == {"b.conv": 4}
    assert widths(spec("- b: {mode: wide}", blocks=blocks)) == {"b.conv": 8}
    refused(spec("- b: {mode: ▸relu}", blocks=blocks), "slim")
    refused(spec("- b: {mode: ▸slimm}", blocks=blocks), "slim")


def test_the_words_of_a_library_block_can_be_given() -> None:
    """ResNet's shortcut without parameters (option A) pads with zeros: no projection of 3 * 8 weights."""
    projected, padded = (
        convcost.report(loads(spec(f"- basic_block: {{out: 8, shortcut: {word}}}"))).totals.weights
        for word in ("projection", "padding")
    )
    assert projected - padded == 3 * 8


SIZE_ARGUMENT = "{{b: {{args: {{k: {{kind: size, default: 1}}}}, body: [{{conv: {body}}}]}}}}"


@pytest.mark.parametrize(
    ("body", "out"),
    [
        pytest.param("4 if k == 3 else 8", 4, id="compared"),
        pytest.param("k + 1", 3 + 1, id="added"),
        pytest.param("2 * k", 2 * 3, id="multiplied"),
        pytest.param("k", 3, id="alone"),
    ],
)
def test_a_size_given_as_one_number_is_that_number(body: str, out: int) -> None:
    """An argument that may be [height, width] is a plain number where it is given as one: k == 3 holds."""
    assert widths(spec("- b: 3", blocks=SIZE_ARGUMENT.format(body=body))) == {"b.conv": out}


@pytest.mark.parametrize("body", ["4 if k == 3 else 8", "k + 1", "2 * k", "k", "-k", "max_of(k)"])
def test_a_pair_is_no_number(body: str) -> None:
    """[3, 1] may be passed on, and nothing else: no sum and no comparison of it means anything."""
    text = SIZE_ARGUMENT.format(body=body.replace("max_of(k)", '"max(k, 2)"'))
    assert widths(spec("- b: [3, 1]", blocks=SIZE_ARGUMENT.format(body="{out: 4, k}"))) == {"b.conv": 4}
    refused(spec("- b: [3, 1]", blocks=text), "a list")


def test_a_padding_argument_is_the_word_it_was_given() -> None:
    """A block can ask which padding it got."""
    body = "[conv: {out: 4 if pad == same else 8, pad}]"
    blocks = f"{{b: {{args: {{pad: {{kind: padding, default: same}}}}, body: {body}}}}}"
    assert widths(spec("- b", blocks=blocks)) == {"b.conv": 4}
    assert widths(spec("- b: valid", blocks=blocks)) == {"b.conv": 8}


NOT_MIXED = {
    "a word and a number compared": ("4 if ▸relu == 3 else 8", "cannot be compared"),
    "a switch and a number compared": ("4 if ▸true == 1 else 8", "cannot be compared"),
    "a word and a switch compared": ("4 if ▸relu == true else 8", "cannot be compared"),
    "words ordered": ("4 if ▸relu < relu6 else 8", "no order"),
    "switches ordered": ("4 if ▸true > false else 8", "no order"),
    "a switch added": ("▸4 + (n == 2)", "needs a number"),
    "a switch with a sign": ("4 if ▸-(n == 2) == 1 else 8", "needs a number"),
    "a number in and": ("4 if ▸n and true else 8", "needs true or false"),
    "a number in or": ("4 if false or ▸n else 8", "needs true or false"),
    "a number in not": ("4 if ▸not n else 8", "needs true or false"),
    "a number as a test": ("4 if ▸n else 8", "needs true or false"),
    "a chained comparison": ("4 if ▸1 < n < 3 else 8", "two values at a time"),
    "a word in a function": ('"▸max(relu, 4)"', "needs a number"),
}


@pytest.mark.parametrize(("text", "words"), NOT_MIXED.values(), ids=NOT_MIXED)
def test_numbers_switches_and_words_do_not_mix(text: str, words: str) -> None:
    """No arithmetic on true, no logic on numbers, no order among words, one comparison at a time."""
    refused(spec(f"- conv: {text}", variables="{n: 2}"), words)


@pytest.mark.parametrize(
    ("text", "out"),
    [
        pytest.param("0.1 * 30", 3, id="0.1 * 30 is 3"),
        pytest.param("1.1 * 10 - 0.1 * 30", 8, id="a sum of decimals"),
        pytest.param("4 if 0.1 + 0.2 == 0.3 else 8", 4, id="0.1 + 0.2 is 0.3"),
        pytest.param("(1 / 3) * 12", 4, id="thirds"),
        pytest.param("9 // 2", 4, id="// floors"),
        pytest.param("floor(4.99)", 4, id="floor"),
    ],
)
def test_decimals_are_exact(text: str, out: int) -> None:
    """A decimal is the fraction it is written as; a result that is whole is a count."""
    assert widths(spec(f"- conv: {text}")) == {"conv": out}


@pytest.mark.parametrize("text", ["▸4.5", "▸9 / 2", "▸3 * 0.35", "▸1 / 3"])
def test_a_count_that_is_not_whole_is_refused_where_it_is_used(text: str) -> None:
    """Nothing is rounded that was not asked to be."""
    hint = "`//` divides and rounds down; floor(), ceil() and make_divisible() round"
    refused(spec(f"- conv: {text}"), "conv: out: ", "not a whole number", hint)
    refused(spec("- {conv: {out: 4, k: part}}", let=f"{{part: {text}}}"), "not a whole number", hint)


def test_cells_are_expressions_of_the_scope_around_the_table() -> None:
    """A cell may be any expression of the place outside the table: not one of another column."""
    text = spec(
        """
        - table:
            columns: [c, on]
            rows:
              - [2 * n, n > 1]
              - [base(n), "not (n > 1)"]
            each: {conv: c, when: on}
        """,
        variables="{n: 2}",
        define="{base(n_): 3 * n_}",
    )
    assert widths(text) == {"stage1": 2 * 2}
    refused(spec("- table: {columns: [c, d], rows: [[4, ▸c]], each: {conv: d}}"), "'c'")


@pytest.mark.parametrize("cell", ["yes", "no", "on", "off", "Yes", "y", "True", "TRUE", "'-'"])
def test_only_true_and_false_are_switches(cell: str) -> None:
    """YAML's other spellings are plain text, and no text here is a switch."""
    table = "- table: {{columns: [c], rows: [[{}]], each: [conv: 4, {{bn: , when: c}}]}}"
    assert len(graph(spec(table.format("true"))).nodes) == 2
    assert len(graph(spec(table.format("false"))).nodes) == 1
    refused(spec(table.format(cell)))


def test_the_column_name_is_text_and_becomes_the_path() -> None:
    """`3a` and `no` are no expressions; under `name` they are what the row is called, wherever it stands."""
    rows = ["[3a, 4]", "[no, 5]", "[b-1, 6]"]
    table = "- table: {{columns: [name, c], rows: [{}], each: {{conv: c}}}}\n- {{add: 3a, from: 3a}}"
    found = widths(spec(table.format(", ".join(rows)), outputs="b-1"))
    assert found == {"3a": 4, "no": 5, "b-1": 6, "add": 4}
    more = widths(spec(table.format(", ".join(["[new, 9]", *rows])), outputs="b-1"))
    assert more == {"new": 9, **found}, "a row more renames no other"
    refused(spec("- table: {columns: [name, c], rows: [[▸a b, 4]], each: {conv: c}}"), "'a b'")


def test_rows_without_a_name_are_stages() -> None:
    """Rows are numbered by their place; a `when` that switches one off renames no other."""
    table = "- table: {columns: [c, on], rows: [[4, true], [5, false], [6, true]], each: {conv: c, when: on}}"
    assert widths(spec(table)) == {"stage1": 4, "stage3": 6}


LOOKUP = "{base(g): {1: 144, 2: 200, 3: 240}}"


def test_a_define_with_rows_is_a_lookup() -> None:
    """A table by number or by word; the missing row is named, with those there are."""
    assert widths(spec("- conv: base(2)", define=LOOKUP)) == {"conv": 200}
    assert widths(spec("- conv: base(4 / 2)", define=LOOKUP)) == {"conv": 200}
    refused(spec("- conv: ▸base(4)", define=LOOKUP), "no row for 4", "1, 2, 3")
    refused(spec("- conv: ▸base(relu)", define=LOOKUP), "no row for relu")


def test_a_function_takes_what_it_names() -> None:
    define = "\nf(a, b): a + b\none(a): a"
    assert widths(spec("- conv: f(2, one(3))", define=define)) == {"conv": 2 + 3}
    refused(spec("- conv: ▸f(1)", define=define), "f takes 2 arguments, not 1")
    refused(spec("- conv: ▸f(1, 2, 3)", define=define), "f takes 2 arguments, not 3")
    refused(spec("- conv: ▸one()", define=define), "one takes 1 argument, not 0")


def test_an_error_in_a_default_says_whose_it_is() -> None:
    blocks = "{b: {args: {x: 4, y: 8 // (x - 4)}, body: [conv: y]}}"
    assert widths(spec("- b: 5", blocks=blocks)) == {"b.conv": 8}
    error = refused(spec("- b", blocks=blocks), "a division by zero", "here x = 4")
    line = [(doing, (mark.line, mark.column)) for doing, mark in error.frames]
    assert line == [("by default in b", (4, 5)), ("in b, used here", (4, 5))]
    few = "{b: {args: {x: 4, y: x - 4}, body: [conv: y]}}"
    error = refused(spec("- ▸b", blocks=few), "conv: out: 0 is less than 1")
    assert error.where is not None


def test_a_graph_knows_what_was_decided() -> None:
    """Each comparison of numbers, as it is written or as the row of a lookup, with its answer."""
    found = graph(spec("- {conv: base(n), when: n > 1, repeat: n}", variables="{n: 2}", define=LOOKUP))
    made = [(decision.text, decision.answer) for decision in found.ledger]
    assert made == [("n > 1", True), ("repeat: n", 2), *[("g == 1", False), ("g == 2", True)] * 2]


MIXED = {"relu": 4, "1": 5, "true": 6, "swish": 7, "false": 8, "1 + 1": 9, "2 > 3": 8}


def test_a_lookup_by_words_switches_and_numbers() -> None:
    """Each row is compared with what is of its kind: 1 is not true, and relu is no number."""
    define = "{f(a): {relu: 4, 1: 5, true: 6, swish: 7, false: 8, 2: 9}}"
    found = {key: widths(spec(f"- conv: f({key})", define=define))["conv"] for key in MIXED}
    assert found == MIXED
    refused(spec("- conv: ▸f(relu6)", define=define), "no row for relu6", "relu, 1, true, swish, false, 2")


def test_an_error_in_a_function_shows_what_it_was_called_with() -> None:
    define = "{f(a): 3 % (a - 4)}"
    error = refused(spec("- conv: f(4)", define=define), "a division by zero", "here a = 4 (<text>:4:11)")
    assert [doing for doing, _ in error.frames] == ["in f, called here"]


CHOICES = {"choices": "{layout: [paper, torchvision]}", "network": "- conv: 4 if layout == paper else 8"}


def test_choices_bring_words_and_the_first_is_the_default() -> None:
    """The words of a choice are constants of this network, and it may be set to one of them only."""
    assert widths(spec(**CHOICES)) == {"conv": 4}
    assert widths(spec(**CHOICES), layout="torchvision") == {"conv": 8}
    refused(spec(**CHOICES), "paper, torchvision", layout="keras")
    refused(spec(**CHOICES), "paper, torchvision", layout=1)
    refused(spec("- conv: 4 if layout == ▸keras else 8", choices=CHOICES["choices"]), "'keras'")
    chosen = spec("- act: f", choices="{f: [relu, swish]}")  # between words of the language
    assert graph(chosen, f="swish").nodes[0].fields["kind"] == "swish"
    refused(spec("- bn", choices="{layout: [▸true]}"), "word of the language")


SCALED = spec("- conv: ch(32)", variables=ALPHA, define=CH)


@pytest.mark.parametrize("alpha", ["-1", "0", "-0.001", "true", "relu"])
def test_a_variable_keeps_to_its_range(alpha: str) -> None:
    """Rounding to a multiple of 8 would make 8 channels of a width of -32: the range refuses it first."""
    assert widths(SCALED, alpha="0.5") == {"conv": 16}
    refused(SCALED, "alpha", "above 0", alpha=alpha)


def test_a_number_states_its_range() -> None:
    """A variable whose default is written with a decimal point says where it ends."""
    refused(spec("- conv: ch(32)", variables="{▸alpha: 1.0}", define=CH), "no range")
    refused(spec("- conv: ch(32)", variables="{▸alpha: {default: 1.0}}", define=CH), "no range")
    refused(spec("- bn", variables="{alpha: {default: ▸0.0, above: 0}}"), "above 0")
    refused(spec("- bn", variables="{alpha: {default: ▸3.0, at_least: 1, at_most: 2}}"), "at most 2")


@pytest.mark.parametrize(("depth", "good"), [("3", True), ("1", True), ("0", False), ("1.5", False)])
def test_a_count_stays_a_whole_number_of_at_least_one(depth: str, good: bool) -> None:
    """A variable with a whole default is a count."""
    text = spec("- {bn: , repeat: depth}", variables="{depth: 2}")
    if good:
        assert len(graph(text, depth=depth).nodes) == int(depth)
    else:
        refused(text, "depth", "at least 1", depth=depth)


@pytest.mark.parametrize("n", ["0", "-1", "0.5", "false", "1 - 1"])
def test_a_row_cannot_remove_its_stage(n: str) -> None:
    """A repeat of 0 is refused; what is to be left out says so with `when`."""
    table = "- table: {{columns: [c, n], rows: [[4, 1], [8, {}]], each: {{conv: c, repeat: n}}}}"
    assert widths(spec(table.format(1))) == {"stage1.1": 4, "stage2.1": 8}
    refused(spec(table.format(n)), "repeat")


@pytest.mark.parametrize("empty", ["rows: [], each: {conv: c}", "rows: [[4]], each: []"])
def test_a_table_has_rows_and_lines(empty: str) -> None:
    """A table that stands for no layer at all is refused, like a row that is repeated 0 times."""
    refused(spec(f"- bn\n- table: {{columns: [c], {empty}}}"))


VARIANTS = "{b0: {alpha: 1}, b3: {alpha: 1.5, depth: 2}}"


def test_a_variant_is_a_named_assignment_of_variables() -> None:
    """A variant sets variables, within their ranges, and settings go over it; it never changes structure."""
    text = spec(
        "- {conv: ch(32), repeat: depth}",
        variables="{alpha: {default: 1.0, above: 0}, depth: 1}",
        define=CH,
        variants=VARIANTS,
    )
    assert widths(text, variant="b3") == {"conv.1": 48, "conv.2": 48}
    assert widths(text, variant="b3", depth=1) == {"conv.1": 48}
    refused(text, "'b9'", variant="b9")
    for wrong, words in {
        "{b0: {▸beta: 1}}": "'beta'",
        "{b0: {alpha: ▸0}}": "above 0",
        "{b0: {alpha: ▸1 + relu}}": "relu",
        "{b0: {▸network: [bn]}}": "'network'",
        "{b0: ▸[alpha]}": "map",
    }.items():
        refused(spec("- conv: ch(32)", variables=ALPHA, define=CH, variants=wrong), words)


# ------------------------------------------------------------------------------ structure


def test_when_on_a_layer_lets_the_map_pass() -> None:
    """A layer that is switched off hands on what it gets; so do a group, a block, branches, a table."""
    lines = [
        "conv: 9",
        "conv_bn: 9",
        "layers: [conv: 9, bn]",
        "branches: {join: add, paths: {a: [conv: 9], b: [conv: 9]}}",
        "residual: [bn]",
        "split: {sizes: [1, 2], join: add, paths: {a: [], b: []}}",
        "table: {columns: [c], rows: [[9]], each: {conv: c}}",
    ]
    for line in lines:
        switched = spec(f"- {{{line}, when: false}}\n- {{conv: c_here + 1, name: last}}")
        assert widths(switched) == {"last": 3 + 1}, line


def paths(join: str, first: str) -> str:
    return spec(f"- branches: {{join: {join}, paths: {{a: {first}, b: [conv: 3]}}}}")


SWITCHED_OFF = "[{conv: 3, when: false}]"
NO_PATH = "{when: false, layers: [conv: 3]}"


def test_when_on_a_path_removes_the_path() -> None:
    """A path that does not exist is no input of the join: with one path left there is no join."""
    for join in ("add", "concat", "mul"):
        assert widths(paths(join, NO_PATH)) == {"b": 3}
    both = spec(f"- branches: {{join: add, paths: {{a: {NO_PATH}, b: {NO_PATH}}}}}")
    refused(both, "none of the paths exists")


def test_a_path_with_all_layers_switched_off_is_the_identity_under_add() -> None:
    """ResNet's shortcut: where its projection is switched off, the input itself is added."""
    found = graph(paths("add", SWITCHED_OFF)).nodes
    assert [(node.path, node.inputs) for node in found] == [("b", (0,)), ("add", (0, 1))]


def test_a_path_with_all_layers_switched_off_is_refused_under_concat() -> None:
    """There it would give the input once more; an identity that is meant is written []."""
    refused(paths("concat", SWITCHED_OFF), "switched off")
    refused(spec("- dense: [{conv: 4, when: false}]"), "switched off")
    assert widths(paths("concat", "[]")) == {"b": 3, "concat": 3 + 3}


JOINED = {
    "residual": ("residual: [conv: 3]", "{join: add, paths: {x: [], y: [conv: 3]}}"),
    "dense": ("dense: [conv: 5]", "{join: concat, paths: {x: [], y: [conv: 5]}}"),
    "gate": (
        "gate: [global_avg_pool, act: sigmoid]",
        "{join: mul, paths: {x: [], y: [global_avg_pool, act: sigmoid]}}",
    ),
    "a residual that stays": (
        "residual: {skip: c_here == 3, layers: [conv: 3]}",
        "{join: add, paths: {x: {when: c_here == 3, layers: []}, y: [conv: 3]}}",
    ),
    "a residual without its shortcut": (
        "residual: {skip: c_here == 4, layers: [conv: 4]}",
        "{join: add, paths: {x: {when: c_here == 4, layers: []}, y: [conv: 4]}}",
    ),
}


@pytest.mark.parametrize(("short", "full"), JOINED.values(), ids=JOINED)
def test_short_forms_are_branches(short: str, full: str) -> None:
    """residual, dense and gate are the identity and one path, joined by add, concat, mul."""
    shapes = [
        [(node.op, node.inputs, node.output) for node in graph(spec(f"- {line}")).nodes]
        for line in (short, f"branches: {full}")
    ]
    assert shapes[0] == shapes[1]
    assert len(shapes[0]) >= 1


@pytest.mark.parametrize(("s", "op", "out"), [(1, "add", 6), (2, "concat", 6 + 6)])
def test_the_join_is_an_expression(s: int, op: str, out: int) -> None:
    """ShuffleNet adds where the stride is 1 and concatenates where it is 2."""
    text = spec(
        "- b: {s: n}",
        variables=f"{{n: {s}}}",
        input="[6, 8, 8]",
        blocks="""
        b:
          args: {s: 1}
          body:
            - branches:
                join: add if s == 1 else concat
                paths:
                  shortcut: [{avg_pool: {k: 3, s, pad: same}, when: s != 1}]
                  main: [dwconv: {k: 3, s}]
        """,
    )
    last = graph(text).nodes[-1]
    assert (last.op, last.path, last.output.c) == (op, f"b.{op}", out)


def test_split_is_branches_with_sizes() -> None:
    """Each path takes its share of the channels, and the shares are all of them."""
    split = "- split: {{sizes: [{}], join: concat, paths: {{keep: [], work: [conv: 2 * c_here]}}}}"
    text = spec(split.format("c_here // 2, c_here - c_here // 2"), input="[7, 8, 8]")
    assert widths(text) == {"split.keep": 3, "split.work": 4, "work": 8, "concat": 3 + 8}
    refused(spec(split.format("▸1, 1")), "sum to 2", "3 channels")
    refused(spec(split.format("▸1, 1, 1").replace("[▸", "▸[")), "3 sizes for 2 paths")
    refused(spec(split.format("▸1.5, 1.5")), "not a whole number")


HEADS = "- branches: {join: none, paths: {a: [{conv: 4}], b: [{conv: 5}]}}"


def test_after_join_none_nothing_flows() -> None:
    """The next line says which map it takes; each map is read, the last one, or an output."""
    assert len(graph(spec(HEADS, outputs="[a, b]")).outputs) == 2
    assert widths(spec(f"{HEADS}\n- {{act: relu, from: a}}", outputs="b")) == {"a": 4, "b": 5, "act": 4}
    refused(spec(f"{HEADS}\n- ▸act: relu", outputs="[a, b]"), "`from`")
    refused(spec(f"{HEADS}\n- {{act: relu, from: a}}"), "nobody reads the output of b")
    refused(spec("- bn\n- {▸conv: 4, name: b}\n- {conv: 5, from: bn}"), "reads the output of b", "`outputs`")


def test_after_first_overrides_arguments_of_the_call() -> None:
    """From the second copy on; it stands beside `repeat`, and its keys are arguments of what is called."""
    line = "- {conv: {out: 2 * c_here, k: 3, s: 2}, repeat: 3, after_first: {s: 1, out: 5}}"
    found = graph(spec(line)).nodes
    assert [node.output for node in found] == [(6, 4, 4), (5, 4, 4), (5, 4, 4)]
    refused(spec("- {conv: 4, ▸after_first: {s: 1}}"), "`repeat`")
    refused(spec("- {layers: [conv: 4], repeat: 2, ▸after_first: {s: 1}}"), "arguments")
    call = "{{conv: c, repeat: n, after_first: {{▸{}: 1}}}}"
    table = f"- table: {{{{columns: [c, n], rows: [[4, 2]], each: {call}}}}}"
    refused(spec(table.format("n")), "'n'")
    refused(spec(table.format("c")), "'c'")


def test_repeat_is_one_count_and_each_copy_has_its_own_arguments() -> None:
    """`repeat` is worked out at the first copy (3 channels: 3 copies), the width of each copy at its own."""
    assert widths(spec("- {conv: 2 * c_here, repeat: c_here}")) == {
        "conv.1": 2 * 3,
        "conv.2": 4 * 3,
        "conv.3": 8 * 3,
    }


def test_a_path_consists_of_written_names() -> None:
    """Table, residual and branches add nothing to a path, repeats add 1, 2, 3."""
    text = spec(
        """
        - {conv_bn: 8, name: stem}
        - table:
            columns: [t, c, n]
            rows: [[1, 8, 1], [2, 8, 2]]
            each: {inverted_residual: {t, out: c}, repeat: n}
        """
    )
    found = [node.path for node in graph(text).nodes]
    assert found[:3] == ["stem.conv", "stem.bn", "stage1.1.depthwise.dwconv"]
    assert "stage2.2.expand.conv" in found
    assert "stage2.1.add" in found
    assert not {part for path in found for part in path.split(".")} & {"table", "residual", "branches", "row"}


def test_siblings_are_numbered_by_their_place_in_the_text() -> None:
    """A second `conv` is conv_2; switching one off renames none of the others."""
    lines = "- conv: 4\n- {{conv: 5, when: {}}}\n- conv: 6"
    assert widths(spec(lines.format("true"))) == {"conv": 4, "conv_2": 5, "conv_3": 6}
    assert widths(spec(lines.format("false"))) == {"conv": 4, "conv_3": 6}


def test_a_group_gives_its_name_to_its_only_line() -> None:
    """A name says the thing once: nothing is called stem.conv where stem is one convolution."""
    assert widths(spec("- {layers: [conv: 4], name: stem}")) == {"stem": 4}
    assert widths(spec("- {layers: [conv: 4, bn], name: stem}")) == {"stem.conv": 4, "stem.bn": 4}
    assert widths(spec("- {layers: [{conv: 4, name: a}], name: stem}")) == {"stem.a": 4}
    assert widths(spec("- {layers: [conv: 4, bn], repeat: 2, name: s}")) == {
        "s.1.conv": 4,
        "s.1.bn": 4,
        "s.2.conv": 4,
        "s.2.bn": 4,
    }


@pytest.mark.parametrize(
    ("tap", "channels"),
    [("a", 4), ("s", 6), ("s.1", 6), ("s.1.x", 5), ("s.2.y", 6), ("r.1", 8), ("b", 5 + 6), ("b.left", 5)],
)
def test_any_path_is_a_tap(tap: str, channels: int) -> None:
    """`from` takes the last output under a path."""
    network = f"""
    - {{conv: 4, name: a}}
    - {{layers: [{{conv: 5, name: x}}, {{conv: 6, name: y}}], name: s, repeat: 2}}
    - {{conv: 8, repeat: 2, name: r}}
    - {{branches: {{join: concat, paths: {{left: [conv: 5], right: [conv: 6]}}}}, name: b}}
    - {{act: relu, from: {tap}, name: tapped}}
    """
    assert widths(spec(network, outputs="b"))["tapped"] == channels


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("▸b", id="a later layer"),
        pytest.param("▸here", id="itself"),
        pytest.param("▸off", id="one that is switched off"),
        pytest.param("▸nowhere", id="none"),
        pytest.param("▸a.conv", id="below one"),
    ],
)
def test_a_tap_must_exist_already(source: str) -> None:
    """Only what stands earlier and is there can be read."""
    before = "- {conv: 4, name: a}\n- {conv: 5, name: off, when: false}"
    line = f"- {{bn: , from: {source}, name: here}}"
    refused(spec(f"{before}\n{line}\n- {{conv: 5, name: b}}"), "no layer before")


def test_taps_of_a_block_are_its_own_lines() -> None:
    """Inside a block a path begins at the block: two uses do not meet, the caller's lines are not seen."""
    blocks = "{b: {body: [{conv: 4, name: a}, {conv: 5, name: b}, {concat: a, name: c}]}}"
    assert widths(spec("- {b: , repeat: 2}", blocks=blocks))["b.2.c"] == 5 + 4
    refused(spec("- {conv: 4, name: a}\n- b", blocks="{b: {body: [{conv: 5}, {concat: ▸a}]}}"), "'a'")


@pytest.mark.parametrize(
    "within",
    [
        "{layers: [{add: a, name: x}, {mul: a}]}",
        "{table: {columns: [n_], rows: [[1]], each: [{add: a, name: x, repeat: n_}, {mul: a}]}}",
        "{branches: {join: concat, paths: {l: [{add: a, name: x}], r: [mul: a]}}}",
        "{residual: [{add: a, name: x}, {mul: a}]}",
    ],
)
def test_taps_of_a_block_are_so_in_every_group_of_its_lines(within: str) -> None:
    blocks = f"{{b: {{body: [{{conv: 3, name: a}}, {{act: relu}}, {within}]}}}}"
    found = graph(spec("- {b: , name: u, repeat: 2}", blocks=blocks)).nodes
    tensors = {node.path: tensor for tensor, node in enumerate(found, 1)}
    for use in ("u.1", "u.2"):
        joins = [n for n in found if n.path.startswith(f"{use}.") and (n.op == "mul" or ".x" in n.path)]
        assert len(joins) >= 2
        assert {node.inputs[1] for node in joins} == {tensors[f"{use}.a"]}


@pytest.mark.parametrize(("op", "channels"), [("add", 4), ("mul", 4), ("concat", 4 + 4)])
def test_a_join_may_be_a_line(op: str, channels: int) -> None:
    """`add: path` joins the flow with an earlier map."""
    text = spec(f"- {{conv: 4, name: a}}\n- {{act: relu, name: b}}\n- {op}: a")
    last = graph(text).nodes[-1]
    assert (last.op, last.inputs, last.output.c) == (op, (2, 1), channels)


def test_a_layer_with_one_main_field_may_be_short() -> None:
    """`linear: 10`, `act: relu`, `shuffle: 2` and `bn` say all there is to say."""
    short = "- conv: 4\n- bn\n- act: relu\n- shuffle: 2\n- global_avg_pool\n- linear: 10"
    full = """
    - {conv: {out: 4}}
    - {bn: {}}
    - {act: {kind: relu}}
    - {shuffle: {g: 2}}
    - {global_avg_pool: {}}
    - {linear: {out: 10}}
    """
    assert said_alike(spec(short)) == said_alike(spec(full))
    refused(spec("- global_avg_pool: ▸3"), "no arguments")
    refused(spec("- ▸conv"), "`out`")


def test_defaults_are_pad_same_none_for_pools_and_a_bias_for_linear_alone() -> None:
    """3 * 3 * 3 * 4 weights and no bias; 8×8 stays 8×8 under a convolution; linear has its 10 biases."""
    rows = convcost.report(loads(spec("- conv: {out: 4, k: 3}\n- max_pool: 3\n- flatten\n- linear: 10"))).rows
    conv, pool, _, linear = rows
    assert (conv.tally.weights, conv.tally.biases, conv.node.output) == (3 * 3 * 3 * 4, 0, (4, 8, 8))
    assert pool.node.output == (4, 8 // 3, 8 // 3)
    assert (linear.tally.weights, linear.tally.biases) == (4 * 2 * 2 * 10, 10)


HEAD = "{{conv: {{out: 5, k: 3, bias: true}}, name: {name}{more}}}"


def test_layers_may_share_their_parameters() -> None:
    """A head on two maps has its 3 * 3 * 4 * 5 weights and 5 biases once, and its multiply-adds twice."""
    first, again = HEAD.format(name="one", more=""), HEAD.format(name="two", more=", from: small, share: one")
    maps = "- {conv: 4, name: big}\n- {max_pool: 2, name: small}"
    network = f"{maps}\n- {first.replace('name', 'from: big, name')}\n- {again}"
    found = convcost.report(loads(spec(network, outputs="one"))).totals
    weights = 3 * 3 * 4 * 5
    assert (found.weights, found.biases) == (3 * 4 + weights, 5)
    assert found.madds == 8 * 8 * 3 * 4 + (8 * 8 + 4 * 4) * weights
    unlike = network.replace("out: 5, k: 3, bias: true}, name: two", "out: 5, k: 1, bias: true}, name: two")
    refused(spec(unlike.replace("share: one", "share: ▸one"), outputs="one"), "cannot share")
    refused(spec(network.replace("share: one", "share: ▸three"), outputs="one"), "three")
    refused(spec("- {bn: , name: one}\n- {layer_norm: , name: two, share: ▸one}"), "cannot share")


def test_a_line_may_stand_aside_of_the_flow() -> None:
    """What only training needs hangs off the flow: the next line reads what came before, and nobody must."""
    extra = "{{layers: [conv: 7, global_avg_pool], name: extra, aside: {}}}"
    network = f"- {{{{conv: 4, name: a}}}}\n- {extra}\n- conv: 5"
    assert [node.inputs for node in graph(spec(network.format("true"))).nodes] == [(0,), (1,), (2,), (1,)]
    assert [node.inputs for node in graph(spec(network.format("false"))).nodes] == [(0,), (1,), (2,), (3,)]
    refused(spec(network.format("▸1")), "true or false")


@pytest.mark.parametrize("key", ["shared", "weights", "training", "id", "comment"])
def test_a_line_says_nothing_that_is_not_known(key: str) -> None:
    """A key that is not part of the language is refused, never passed over."""
    refused(spec(f"- {{conv: 4, ▸{key}: true}}"), repr(key))


def test_an_argument_may_be_passed_on_by_its_name_alone() -> None:
    """{out, k, s} is short for {out: out, k: k, s: s}; what is not named is not passed."""
    body = "{{b: {{args: {{out: required, k: 3, s: 2}}, body: [conv: {}]}}}}"
    short, long = (
        said_alike(spec("- b: 4", blocks=body.format(given)))
        for given in ("{out, k, s}", "{out: out, k: k, s: s}")
    )
    assert short == long
    assert short[0].endswith("4×4×4  # b.conv")
    without = graph(spec("- b: 4", blocks=body.format("{out, k}"))).nodes[0]
    assert without.output == (4, 8, 8), "the stride is not passed unless it is said"
    refused(spec("- b: 4", blocks=body.format("{out, ▸d}")), "'d'")


# ------------------------------------------------------------------------------ file and errors

GOOD = spec("- conv: 4")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("", "empty", id="nothing"),
        pytest.param("# only a comment\n", "", id="a comment"),
        pytest.param("---\n", "", id="an empty document"),
        pytest.param(GOOD + "▸---\n" + GOOD, "second document", id="a second document"),
        pytest.param(GOOD.replace("small", "▸!!python/name:os.system x"), "tags", id="a tag"),
        pytest.param(GOOD.replace("small", "▸!mine x"), "tags", id="a tag of one's own"),
        pytest.param(GOOD.replace("small", "▸&a small"), "anchors", id="an anchor"),
        pytest.param(GOOD.replace("small", "▸*a"), "anchors", id="an alias"),
        pytest.param(spec("- {▸<<: {conv: 4}}"), "merge", id="a merge key"),
    ],
)
def test_one_plain_document(text: str, words: str) -> None:
    """A file is one document without anchors, tags and merge keys; nothing in it is passed over."""
    refused(text, words)


def test_two_slips_of_flow_maps_get_messages_of_their_own() -> None:
    """An unquoted comma inside a call, and a colon without its space."""
    refused(spec("- conv: {out: ▸max(1280, ch(1280))}", variables=ALPHA, define=CH), "quote", '"max(')
    refused(spec("- {conv: {out: 4, ▸s:2}}"), "s: 2", "space")
    refused(spec("- ▸conv:4"), "conv: 4", "space")


@pytest.mark.parametrize("text", ["no", "010", "1_000", "12:30", "0x10", "1e3", "2020-01-01"])
def test_a_scalar_is_its_text(text: str) -> None:
    """Nothing becomes a switch, an octal, a time or a date on the way: a count is written as one."""
    refused(spec(f"- conv: {text}"))
    assert loads(spec("- bn").replace("small", text)).name == text


def test_an_error_points_at_the_cell_that_caused_it() -> None:
    """A value that is only passed on keeps its place, through the table into the library's block."""
    table = """
    - table:
        columns: [c, g]
        rows:
          - [4, 2]
          - [4, ▸3]
        each: {conv_bn: {out: c, g}}
    """
    error = refused(spec(table, input="[4, 8, 8]"), "3 groups do not divide 4 channels", "conv_bn")
    assert str(error).startswith("<text>:8:")


def test_an_error_in_the_library_is_told_at_the_users_line() -> None:
    """The first line is a place that the user wrote; the chain below it leads into the block."""
    text = spec("- bn\n- ▸shuffle_unit_v2", input="[1, 8, 8]")
    refused(text, "<text>:5:5: the size of", "at blocks/shuffle_unit_v2.yaml:")


def test_an_error_in_a_block_of_the_spec_shows_the_whole_chain() -> None:
    """The line of the block and every line that led there, up to the network's own."""
    error = refused(spec("- a", blocks="{a: {body: [b]}, b: {body: [linear: 4]}}"), "vector")
    said(error, "<text>:4:5", "<text>:5:21", "<text>:5:37")


def test_the_line_of_the_network_is_told_however_deep_the_error_lies() -> None:
    """A long chain of calls may be cut in its middle, never at the line that they start from."""
    functions = "\n".join(["f0(x): x / 0", *(f"f{i}(x): f{i - 1}(x)" for i in range(1, 20))])
    said(refused(spec("- conv: f19(1)", define=functions), "division by zero"), "<text>:4:11")


def test_an_error_inside_an_expression_lists_its_names() -> None:
    """Each name with its value and where that was written."""
    text = spec("- conv: ▸a + b", let="{a: 5, b: 3 > 2}")
    refused(text, "a = 5 (<text>:5:", "b = true (<text>:5:")
    refused(spec("- conv: ▸a / b", let="{a: 5, b: 1 - 1}"), "division by zero", "a = 5", "b = 0", "<text>:5:")


ESCAPED = {
    "a function of itself": spec("- conv: ch(4)", define="{▸ch(c): ch(c)}"),
    "functions of each other": spec("- conv: f(4)", define="{▸f(c): g(c), g(c): f(c)}"),
    "a lookup of itself": spec("- conv: f(1)", define="{▸f(c): {1: f(2), 2: 4}}"),
    "a division by zero": spec("- conv: ▸4 / 0"),
    "a floor by zero": spec("- conv: ▸4 // (2 - 2)"),
    "a rest by zero": spec("- conv: ▸4 % 0"),
    "a multiple of zero": spec('- conv: "▸make_divisible(4, 0)"'),
    "a block of itself": spec("- a", blocks="{a: {body: [▸a]}}"),
    "blocks of each other": spec("- bn", blocks="{a: {body: [b]}, b: {body: [layers: [▸a]]}}"),
    "not YAML": spec("- {conv: 4"),
    "no text": "",
    "a list": "- ▸a\n".replace("- ▸", "▸- "),
    "one word": "▸word",
}


@pytest.mark.parametrize("text", ESCAPED.values(), ids=ESCAPED)
def test_only_one_kind_of_error_leaves_the_package(text: str) -> None:
    """Recursion, division by zero, a scanner's complaint, an empty file: each is an error of the spec."""
    refused(text)


def test_multiples_are_exact_where_floats_are_not() -> None:
    """0.7 * 360 is 252, as far from 248 as from 256: half goes up. In floats it is 251.99999999999997."""
    text = spec("- conv: ch(360)", variables=ALPHA, define=CH)
    assert int(0.7 * 360 + 4) // 8 * 8 == 248
    assert int(Fraction(7, 10) * 360 + 4) // 8 * 8 == 256
    assert widths(text, alpha="0.7") == {"conv": 256}


def test_one_network_comes_out_to_the_last_digit() -> None:
    """MobileNetV2 uses most of the language, and its published integers miss no slip of it."""
    totals = convcost.report("mobilenet_v2").totals
    assert (totals.madds, totals.params) == (300_774_272, 3_504_872)


def test_only_spec_errors() -> None:
    """SpecError is an Exception of its own, so that nothing else is caught with it."""
    assert SpecError.__bases__ == (Exception,)
