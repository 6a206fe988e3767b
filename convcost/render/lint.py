"""A network held against the guidelines: as a table, as JSON; a guideline explained."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from convcost.guidelines import CODES, GUIDELINES, Code
from convcost.linting import Lint, Part, Priced, explained
from convcost.render.compare import aligned
from convcost.render.record import head
from convcost.render.text import grouped, heading, percent

COLUMNS = ("", "G1 elements", "%", "G2 elements", "%", "G3 ops/path/parallel", "G4 %", "moves %", "found")


def render_table(lint: Lint) -> str:
    """A line a block that has a convolution or pool, the network's, then each guideline's findings."""
    title, given, *_ = heading(lint.report)
    lines = [
        title,
        given,
        f"mem_access of convolutions {grouped(lint.network.tally.conv)} elements: G1 % and G2 % are of these",
        f"with elementwise ops {grouped(lint.network.counted)} elements: G4 % and moves % are of these",
        "",
    ]
    blocks = [cells(block) for block in lint.blocks if block.g3.ops]
    lines += aligned([COLUMNS, *blocks, cells(lint.network)])
    return "\n".join(line.rstrip() for line in [*lines, "", *summary(lint)]) + "\n"


def cells(part: Part) -> tuple[str, ...]:
    g1, g2, elementwise, moves = map(percent, part.shares())
    return (
        part.path or "network",
        grouped(part.excess("G1")),
        g1,
        grouped(part.excess("G2")),
        g2,
        fragments(part),
        elementwise,
        moves,
        " ".join(part.found) if part.path else "",
    )


def fragments(part: Part) -> str:
    return "/".join(map(str, part.g3))


def summary(lint: Lint) -> list[str]:
    """How many blocks are against each guideline, the worst case, and what all layers pay."""
    lines = [count(lint.findings, "finding")]
    for code in CODES:
        found = lint.found(code)
        lines.append(f"{code}  {count(len(found), 'block')} with {GUIDELINES[code].threshold}")
        lines += [f"    {text}" for text in worst(lint, code)]
    return lines


def worst(lint: Lint, code: Code) -> list[str]:
    """The worst layer or block, whether it is found or not."""
    network = lint.network
    if code in ("G1", "G2"):
        layers = network.g1 if code == "G1" else network.g2
        return [f"worst {priced(max(layers, key=lambda layer: layer.above), code)}"] if layers else []
    if code == "G3":
        largest = max(lint.blocks, key=lambda block: block.g3)
        return [f"largest {largest.path}: {fragmented(largest)}"]
    kinds = {**network.elementwise, **network.moves}
    return [" · ".join(f"{op} {grouped(n)}" for op, n in kinds.items())] if kinds else []


def priced(layer: Priced, code: Code) -> str:
    """stage2.1.expand: 16 to 96 channels, 1,404,928 elements, 401,408 or 40.0 % above the bound"""
    groups = f" in {layer.groups} groups" if layer.groups > 1 else ""
    least = "the bound" if code == "G1" else "itself ungrouped"
    return (
        f"{layer.path}: {layer.c1} to {layer.c2} channels{groups}, {grouped(layer.mem_access)} elements, "
        f"{grouped(layer.excess)} or {percent(layer.above)} % above {least}, {grouped(layer.least)}"
    )


def fragmented(part: Part) -> str:
    ops, path, parallel = part.g3
    return f"{count(ops, 'fragment')}, at most {path} in a chain, {parallel} in parallel"


def count(n: int, what: str) -> str:
    return f"{n or 'no'} {what}{'' if n == 1 else 's'}"


# ------------------------------------------------------------------------------ JSON


def render_json(lint: Lint) -> str:
    data = {
        **head(lint.report),
        "findings": [
            {"code": code, "block": block.path, "what": block.what}
            for block in lint.blocks
            for code in block.found
        ],
        "network": measures(lint.network),
        "blocks": [{"path": block.path, **measures(block)} for block in lint.blocks],
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def measures(part: Part) -> dict[str, Any]:
    return {
        "mem_access": {"conv": part.tally.conv, "elementwise": part.tally.elementwise},
        "G1": excess(part, part.g1, "G1"),
        "G2": excess(part, part.g2, "G2"),
        "G3": part.g3._asdict(),
        "G4": {
            "elements": sum(part.elementwise.values()),
            "elements_by_op": dict(part.elementwise),
            "moves": sum(part.moves.values()),
            "moves_by_op": dict(part.moves),
        },
    }


def excess(part: Part, layers: Iterable[Priced], code: Code) -> dict[str, Any]:
    return {
        "elements": part.excess(code),
        "layers": [{**layer._asdict(), "excess": layer.excess} for layer in layers],
    }


# ------------------------------------------------------------------------------ explaining, comparing


def render_explanation(code: Code) -> str:
    """What a guideline says, from where on it is found and why, and its example computed."""
    from textwrap import wrap

    guideline, lint = GUIDELINES[code], explained(code)
    (block,) = (block for block in lint.blocks if code in block.found)
    if code in ("G1", "G2"):
        (layer,) = block.g1 if code == "G1" else block.g2
        said = priced(layer, code)
    elif code == "G3":
        said = fragmented(block)
    else:
        kinds = ", ".join(f"{op} {grouped(n)}" for op, n in block.elementwise.items())
        said = f"{percent(block.shares()[2])} % of {grouped(block.counted)} elements: {kinds}"
    texts = (
        f"{code}  {guideline.title} (ShuffleNetV2, arXiv:1807.11164, sec. 2)",
        guideline.measures,
        f"Found: {guideline.threshold}. Why: {guideline.reason}.",
        f"Example, {lint.report.name}, input {lint.report.input}: {said}",
    )
    return "\n\n".join("\n".join(wrap(text, 100)) for text in texts) + "\n"
