"""Random specs for hypothesis, written from the grammar.

`specs()` draws valid ones: every structure and modifier of the language and most ops, values written as
expressions, variables with ranges, choices, variants, functions, blocks of its own, claims. A law that
holds for every network can be tried on them:

    @given(specs())
    def test_law(written: Written) -> None:
        report = convcost.report(convcost.loads(written.text))

`bodies()` draws lines to be put `around` in one way or another: repeated, in a table, beside the identity.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import yaml
from author import Author, Line
from hypothesis import strategies as st
from wording import Map

from convcost.metrics import METRICS
from convcost.printed import ROUNDINGS

VARIABLES: dict[str, Any] = {
    "alpha": {"default": "1.0", "above": 0, "help": "a multiplier"},
    "wide": {"default": 8, "at_least": 2, "at_most": 64},
    "side": 12,
    "two": {"default": 2, "below": 9},
    "deep": False,
}
DEFAULTS = {"wide": 8, "two": 2}
SETTINGS = {
    "alpha": ("1", "0.5", "3/2", "1.4"),
    "wide": ("8", "16", "5"),
    "side": ("12", "7", "32"),
    "deep": ("true",),
}
DEFINE = {
    "ch(c)": "make_divisible(alpha * c, 8)",
    "same_as(x)": "plus(x, 0)",
    "plus(a, b)": "a + b",
    "row(g)": {"1": 64, "2": "60 + 4"},
}


class Written(NamedTuple):
    """A valid spec: its text, the same as plain data, and what its variables may be set to."""

    text: str
    data: dict[str, Any]
    settings: dict[str, tuple[str, ...]]  # at some the network may be refused


@st.composite
def specs(draw: st.DrawFn, claims: bool = True, lines: int = 5) -> Written:
    """A valid spec, at the defaults of its variables."""
    at = Map(draw(st.sampled_from([1, 3, 4])), draw(st.integers(1, 16)), 12)
    author = Author(draw, dict(DEFAULTS), {"deep": False}, at)
    pick = author.pick
    data: dict[str, Any] = {"name": pick("random", "Net 2 & <co>", "größer"), "variables": VARIABLES}
    if pick(True, False):
        data["choices"] = {"layout": ["plain", "other"], "kind": ["relu", "swish"]}
    data["variants"] = (
        {"small": {"alpha": 0.5, "wide": 4}, "b-3": {"deep": True}} if pick(True, False) else {}
    )
    data["input"] = [author.at_rest(at.c), at.h, "side"]
    author.names["c0"] = 16
    data["let"] = {"c0": "wide * two", "w1": author.at_rest(12)}
    author.names["w1"] = 12
    data["define"] = DEFINE
    author.functions = True
    blocks = {f"own{i}": draw(own_blocks(i)) for i in range(draw(st.integers(0, 2)))}
    if blocks:
        data["blocks"], author.blocks = blocks, tuple(blocks)
    data["network"] = [
        {"conv": {"out": author.number(8), "k": 3}, "name": "first"},
        *author.starting_at(8).body(1, lines, deep=True),
        *ending(author),
    ]
    if author.taps and pick(True, False):
        data["outputs"] = sorted(set(draw(st.lists(st.sampled_from(list(author.taps)), max_size=2))))
    if claims and pick(True, False):
        data |= draw(claims_about(author))
    return Written(draw(layouts(data)), data, SETTINGS)


class Body(NamedTuple):
    """Lines that give back a map as they took it, and name nothing outside of them: they may be copied."""

    lines: list[Any]
    at: Map
    blocks: dict[str, Any]


@st.composite
def bodies(draw: st.DrawFn, lines: int = 3) -> Body:
    at = Map(8, draw(st.integers(1, 9)), draw(st.integers(1, 9)))
    author = Author(draw, dict(DEFAULTS), {"deep": False}, at)
    blocks = {"own0": draw(own_blocks(0))}
    author.functions, author.blocks = True, tuple(blocks)
    return Body(
        author.inside("", lambda: author.body(1, lines, back=True, deep=True), copied=True), at, blocks
    )


def around(body: Body, *lines: Any) -> str:
    """A spec of these lines, which have the body's among them, on the map that it is for."""
    spec = {
        "name": "around",
        "variables": VARIABLES,
        "input": list(body.at),
        "define": DEFINE,
        "blocks": body.blocks,
        "network": ["bn", *lines],
    }
    return json.dumps(spec)


def ending(author: Author) -> list[Line | str]:
    """Perhaps a head: some lines in a fixed order, since a vector must come before a linear layer."""
    heads: list[list[Line | str]] = [[], ["global_avg_pool", {"linear": author.at_rest(10)}], ["flatten"]]
    return list(author.pick(*heads))


@st.composite
def own_blocks(draw: st.DrawFn, number: int) -> Line:
    """A block for any width: its lines speak of c_here, its last gives `out`."""
    author = Author(draw, {}, {"on": True}, Map(-1, 8, 8))
    pick = author.pick
    lines: list[Any] = [
        pick({"conv": "c_here"}, {"dwconv": {"k": "k"}}, {"bn": None}, {"act": "act"}, {"conv": "2 * c_in"})
        for _ in range(draw(st.integers(0, 3)))
    ]
    last = {"conv": {"out": pick("out", "full", "twice(out) // 2"), "k": "k"}, "name": "last"}
    inner = [{"own0": {"out": "out"}, "name": "inner"}] if number and pick(True, False) else []
    wrapped = {
        "residual": {"skip": "c_in == c_here and on", "layers": [{"bn": None, "when": "on"}]},
        "name": "r",
    }
    return {
        "help": "a block",
        "args": {
            "out": pick("required", {"help": "channels out"}),
            "k": {"kind": "size", "default": 3},
            "act": "relu",
            "on": pick(True, {"kind": "switch", "default": "c_in > 0"}),
            "mode": {"words": ["one", "other"], "default": "one"},
        },
        "let": {"full": "out if on else c_in"},
        "define": {"twice(x)": "2 * x"},
        "body": [*lines, wrapped, *inner, last],
    }


@st.composite
def claims_about(draw: st.DrawFn, author: Author) -> dict[str, Any]:
    """Figures of any size; most fail, all are read and computed."""
    pick = author.pick
    figure = st.sampled_from(["1", "~2.5K", "300M", "1,728", ".5M", "99.5%", "0"])
    claims: list[Line] = []
    for _ in range(draw(st.integers(1, 4))):
        metric = draw(st.sampled_from(list(METRICS)))
        of_bytes = metric in ("file_size", "largest_map")
        claim: Line = {
            metric: "3 KB" if of_bytes else draw(figure),
            "source": pick("paper", "code"),
            "at": "Table 1",
        }
        more: dict[str, Any] = {
            METRICS[metric].key: pick(*METRICS[metric].kinds),
            "with": {"wide": pick(8, 16, 3)},
            "part": pick("first", ["first", *author.taps], {"op": "conv", "k": 3}),
            "without": "first",
            "rounding": pick(*ROUNDINGS),
            "sum": {"side": [12, 16]},
            "times": 2,
            "erratum": "it cannot come out",
            "digits": 4,
        }
        chosen = draw(st.lists(st.sampled_from(list(more)), max_size=2))
        if not METRICS[metric].usual:
            chosen.append(METRICS[metric].key)
        claims.append({**claim, **{key: more[key] for key in chosen}})
    ratio = {
        "ratio": "0.5",
        "source": "paper",
        "of": {"params": "weights"},
        "to": {"params": "weights", "with": {"wide": 16}},
    }
    table = {
        "source": "code",
        "columns": ["at", "wide", "madds", "params"],
        "rows": [["row 1", 8, "1M", "-"]],
    }
    return {
        "sources": {"paper": "Nobody 2026", "code": {"title": "a README", "rounding": {"madds": "floor"}}},
        "claims": [*claims, *pick([], [ratio])],
        "tables": pick([], [table]),
        "non_targets": pick([], [{"rows": ["r1"], "reason": "a latency"}]),
    }


# ------------------------------------------------------------------------------ how it is laid out


class Plain(yaml.CSafeDumper):
    """YAML without anchors: nothing is said twice by a name."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


Plain.add_representer(type(None), lambda dumper, _: dumper.represent_scalar("tag:yaml.org,2002:null", "~"))


@st.composite
def layouts(draw: st.DrawFn, data: dict[str, Any]) -> str:
    """The data as JSON, which is YAML, or in one of YAML's own styles."""
    style = draw(st.sampled_from(["json", "wide json", "blocks", "mixed"]))
    if "json" in style:
        return json.dumps(data, indent=2 if style == "wide json" else None, ensure_ascii=False)
    flow = False if style == "blocks" else None
    text: str = yaml.dump(
        data, Dumper=Plain, default_flow_style=flow, sort_keys=False, allow_unicode=True, width=90
    )
    return text.replace("\n", "  # a comment\n", 1) if draw(st.booleans()) else text
