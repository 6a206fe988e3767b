"""docs/conventions.md from the conventions: who counts what, by which rule, and what comes out of it."""

from __future__ import annotations

from collections.abc import Iterable

from checked import outcome
from reference import code, table

from convcost import library
from convcost.api import load
from convcost.conventions import Convention, find, names
from convcost.conventions.names import NAMES
from convcost.conventions.reading import kinds_of
from convcost.expr import show
from convcost.render.conventions import GROUPS, every

HEAD = """\
# How everyone counts

Generated from the package by `python docs/generate.py`; a test holds it in step.

"MACs", "FLOPs", "mult-adds": the same network has a dozen counts, and each is right by its own rule. Here
each rule is a row of data ([convcost/conventions/](../convcost/conventions)), with the place in the tool's
or paper's code that it follows. `--convention NAME` counts by it, on `report`, `compare`, `check` and
`solve`; `convcost conventions A B` sets rules side by side, with `--spec` what they come to. [Why your
number differs](why.md) walks through five arguments.

A convention says what every kind of work counts, zero included. Where nobody has found out what a tool
counts of an op, the count is refused, never taken for zero. A file of your own is a convention too:
`--convention ours.yaml`.

```yaml
# ours.yaml
unit: operations, 1 per multiply-add
says: multiply-adds, and one for each element that is added or activated
source: "our paper, sec. 2"
counts:
  conv: M
  linear: M
  add: n
  relu6: {count: O, source: "eq. 3"}
others: 0
```

```console
$ convcost report mobilenet_v2 --convention ours.yaml --top 1
...
convention ours: multiply-adds, and one for each element that is added or activated
...
ours        307,096,448 (307.1M) operations, 1 per multiply-add = conv 299,494,272 \
+ relu6 6,105,792 + linear 1,280,000 + add 216,384
...
```

A count is whole and at least 0: a formula that comes to half an operation, or to less
than none, is refused."""

NAMES_TEXT = """\
## What the rules name

Sizes are those of one layer for the whole batch; the facts below them hang on the layers around it, or on
how the network is coded."""

RULES_TEXT = """\
## The rules

A row a kind of work, a column a convention; an empty cell counts nothing, `?` is not known. `n` is what
convcost itself counts of the kind ([counts.md](counts.md#other-operations))."""

CODE_TEXT = """\
## How a model is coded

Tools that run a model see its code, and count a module where they would not count a function. A spec says
under `code` what differs from the usual way ([language.md](language.md#code)); no other count depends on
it."""

MODELS_TEXT = """\
## What comes out

Real counts, each a claim that `convcost check specs/` holds to the last digit
([specs/claims/tools.yaml](../specs/claims/tools.yaml)). One image of 224×224, of 299×299 for Xception;
PyTorch 2.13.0 on a CPU."""

SETS = (
    ("torch", "torchvision", "fvcore", "ptflops-pytorch", "ptflops-aten"),
    ("thop", "torchinfo", "torchprofile", "flopth"),
    ("calflops", "calflops-flops", "deepspeed", "deepspeed-flops"),
    ("onnx-tool", "onnx-tool-dynamo"),
    ("madds", "flops", "mobilenet_v1", "mobilenet_v2", "shufflenet_v1", "condensenet", "darknet"),
)


def listed(conventions: Iterable[Convention]) -> str:
    rows = [
        (code(c.name), c.title, f'"{c.calls}"' if c.calls else "", c.unit, c.says, c.source)
        for c in conventions
    ]
    return table(("name", "", "it prints", "unit", "counts", "as"), rows)


def cell(convention: Convention, kind: str) -> str:
    rule = convention.rule(kind)
    if rule is None:
        return "?"
    return "" if rule.weight == 0 else code(rule.text)


def rules(columns: tuple[str, ...]) -> str:
    """The rules of some conventions; kinds of which none counts anything are left out."""
    found = [find(name) for name in columns]
    cells = {kind: [cell(convention, kind) for convention in found] for kind in sorted(kinds_of("work"))}
    rows = [(code(kind), *row) for kind, row in cells.items() if any(row)]
    return table(("kind", *map(code, columns)), rows)


def sources(convention: Convention) -> str:
    """The place in a tool's code of each rule, and which layers it sees at all."""
    places: dict[str, list[str]] = {}
    for kind, rule in convention.rules.items():
        if rule.source:
            places.setdefault(rule.source, []).append(code(kind))
    said = [f"{', '.join(kinds)}: {place}" for place, kinds in places.items()]
    seen = f", sees a layer where {code(convention.sees.text)}" if convention.sees else ""
    return "\n".join(
        [f"- `{convention.name}` ({convention.source}){seen}", *(f"  - {line}" for line in said)]
    )


def coded() -> str:
    rows = []
    for name in library.spec_names():
        spec = load(name)
        for op, manner in spec.code.manners.items():
            said = [f"call: {manner.call.text}"] if manner.call else []
            said += [f"one module in each {' or '.join(manner.once)}"] if manner.once else []
            said += ["in place"] if manner.in_place else []
            rows.append((code(name), code(op), "; ".join(said), spec.code.source))
    return table(("spec", "op", "", "as"), rows)


def models() -> str:
    """A table a set of conventions, from the claims."""
    counts: dict[str, dict[str, str]] = {}
    commands: dict[str, str] = {}
    for finding in outcome().findings:
        calculation = finding.claim.calculation
        if calculation.metric != "count":
            continue
        settings = "".join(f" --set {name}={show(b.value)}" for name, b in calculation.settings.items())
        variant = f" --variant {calculation.variant}" if calculation.variant else ""
        model = finding.claim.at
        commands[model] = code(f"{calculation.spec}{variant}{settings}")
        counts.setdefault(model, {})[calculation.kind] = finding.claim.printed.text
    shown = [code(name) for name in names() if find(name).group == "tools"]
    assert set(shown) == {code(name) for found in SETS[:4] for name in found}
    texts = [table(("model", "spec"), commands.items())]
    for columns in SETS[:4]:
        rows = [(model, *(grouped(row.get(name, "")) for name in columns)) for model, row in counts.items()]
        texts.append(table(("model", *map(code, columns)), rows))
    return "\n\n".join(texts)


def grouped(text: str) -> str:
    return f"{int(text):,}" if text.isdigit() else text


def page() -> str:
    found = every()
    texts = [HEAD, "## Conventions of work"]
    for group, title in GROUPS.items():
        texts += [f"### {title[0].upper()}{title[1:]}", listed(c for c in found["work"] if c.group == group)]
    texts += [RULES_TEXT, *(rules(columns) for columns in SETS)]
    texts += [NAMES_TEXT, table(("name", "is"), [(code(name), says) for name, says in NAMES.items()])]
    texts += ["## Where each rule stands", "\n".join(sources(c) for c in found["work"] if c.group == "tools")]
    texts += [CODE_TEXT, coded(), MODELS_TEXT, models()]
    texts += ["## Parameters", PARAMS_TEXT, listed(found["params"]), "## Memory access", MEMORY_TEXT]
    texts += [listed(found["memory"])]
    return "\n\n".join(texts) + "\n"


PARAMS_TEXT = """\
`--params NAME` says which parameters a report counts; its JSON has the parts of all of them."""

MEMORY_TEXT = """\
`--memory NAME` says which reads and writes count; [counts.md](counts.md#memory-access) has a worked
example of each."""
