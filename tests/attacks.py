"""Texts that are as much work as their size allows, a way each: what they ask for has to have an end.

Each is written for a number of bytes, so that the tests try it small and a long run at the caps.
"""

from __future__ import annotations

from collections.abc import Callable

from specs import spec


def lines(line: str, size: int) -> str:
    return (line + "\n") * (size // (len(line) + 1))


def listed(item: str, size: int) -> str:
    """A flow list of the item, whose `{}` is its number."""
    items: list[str] = []
    long = 0
    while long < size:
        items.append(item.format(len(items)))
        long += len(items[-1]) + 1
    return f"[{','.join(items)}]"


def keys(entry: str, size: int) -> str:
    """Lines of a map, `{0}` its number, `{1}` the number before."""
    entries: list[str] = []
    long = 0
    while long < size:
        entries.append(entry.format(len(entries), max(0, len(entries) - 1)))
        long += len(entries[-1]) + 3
    return "\n".join(entries)


def sum_of_ones(levels: int) -> str:
    return "1" if not levels else f"({sum_of_ones(levels - 1)}+{sum_of_ones(levels - 1)})"


ONES = sum_of_ones(7)[1:-1]  # 128 of them
OFF = "- {bn: , when: false}"
LONG = "n" * 60


def wide_table(size: int) -> str:
    """As many columns as rows of claims have cells."""
    columns = max(1, int(size**0.5) // 4)
    row = f"[{','.join(['1'] * columns)}]"
    head = f"{{source: p, columns: [{','.join(['madds'] * columns)}]"
    return f"[{head}, rows: [{', '.join([row] * (size // len(row)))}]}}]"


def deep_names(size: int) -> str:
    """A path of many long names, each time another: it and all above it are kept."""
    blocks = [
        "b0: {body: [bn]}",
        *(f"b{i}: {{body: [{{b{i - 1}: , name: {LONG}}}]}}" for i in range(1, 38)),
    ]
    return spec(f"- {{b37: , repeat: {size}, name: {LONG}}}", blocks="\n".join(blocks))


def chained(count: int, links: int) -> str:
    """Functions that call the one before, in chains that are just short enough."""
    return "\n".join(f"f{i}(x): {'x' if i % links == 0 else f'f{i - 1}(x)'}" for i in range(count))


def of_one_hash(size: int) -> str:
    """Numbers that a dict would keep in one place."""
    return "\n".join(f"{i * (2**61 - 1)}: 1" for i in range(1, size // 26))


def claims(claim: str, size: int, network: str = "- bn", **top: str) -> str:
    return spec(
        network, sources="{p: x}", claims=listed(claim.replace("{", "{{").replace("}", "}}"), size), **top
    )


def settings_of_claims(size: int) -> str:
    """Claims at settings of one hash, each of which is a network of its own."""
    listed_ = ", ".join(
        f"{{madds: 1, source: p, with: {{a: {i * (2**61 - 1)}}}}}" for i in range(1, size // 55)
    )
    return spec("- {bn: , when: a > 0}\n- bn", variables="{a: 1}", sources="{p: x}", claims=f"[{listed_}]")


ATTACKS: dict[str, Callable[[int], str]] = {
    # values
    "a long list": lambda n: spec("- bn", cite=listed("a", n)),
    "lines of one letter": lambda n: "name:\n" + lines("- a", n),
    "keys": lambda n: "name:\n" + keys("  a{0}:", n),
    "a long text": lambda n: spec("- bn", cite=f'"{"a" * n}"'),
    "a long key": lambda n: f'"{"a" * n}": 1',
    "a long argument": lambda n: spec(f"- conv: {{4: 4, {'a' * n}: 1}}"),
    "an unknown word between long ones": lambda n: spec(
        "- bn",
        sources=f"{{{', '.join(f'{LONG * 9}{i}: x' for i in range(min(190, n // 600)))}}}",
        claims=f"[{{madds: 1, source: {LONG * 9}}}]",
    ),
    "directives": lambda n: keys("%TAG !a{0}! x", n) + "\n--- a",
    "documents": lambda n: lines("---", n),
    "anchors": lambda n: f"name: {listed('&a{0} x', n)}",
    "brackets and an error": lambda n: "{a: @" + "[" * n,
    # expressions
    "sums": lambda n: spec(lines(f"- conv: {ONES}", n)),
    "sums under let": lambda n: spec("- bn", let=keys(f"a{{0}}: {ONES}", n)),
    "values under let": lambda n: spec("- bn", let=keys("a{0}: 1", n)),
    "values under let, bodies and calls": lambda n: spec(
        f"- {{layers: [{{bn: , when: f(1) == 0}}], repeat: {n}}}\n- bn",
        let=keys("a{0}: 1", n // 2),
        define="{f(x): x}",
    ),
    "functions": lambda n: spec("- bn", define=keys("f{0}(x): x", n)),
    "chains of functions": lambda n: spec("- bn", define=chained(n // 20, 38)),
    "functions of functions": lambda n: spec(
        f"- {{conv: f(1), repeat: {n}}}", define="{f(x): g(x)+g(x), g(x): h(x)+h(x), h(x): x+x+x+x}"
    ),
    "lookups": lambda n: spec(
        f"- {{conv: f({n // 9}), repeat: {n}}}", define=f"f(x):\n{keys('  {0}: 1', n)}"
    ),
    "rows of one hash": lambda n: spec("- bn", define="f(x):\n  " + of_one_hash(n).replace("\n", "\n  ")),
    # names
    "variables": lambda n: spec("- bn", variables=keys("a{0}: 1", n)),
    "variants": lambda n: spec("- bn", variants=keys("a{0}: {{}}", n)),
    "choices": lambda n: spec("- bn", choices=f"{{a: {listed('w{0}', n)}}}"),
    "choices of variants": lambda n: spec(
        "- bn",
        choices=f"{{a: {listed('w{0}', n // 2)}}}",
        variants=keys(f"v{{0}}: {{{{a: w{n // 20}}}}}", n // 2),
    ),
    "words and arguments": lambda n: spec(
        lines("- {act: relu, when: false}", n // 2), choices=f"{{a: {listed('w{0}', n // 2)}}}"
    ),
    "outputs": lambda n: spec("- bn", outputs=listed("w{0}", n)),
    # lines
    "lines": lambda n: spec(lines("- bn", n)),
    "lines switched off": lambda n: spec(lines(OFF, n)),
    "lines of arguments": lambda n: spec(lines("- conv: {out: 4, k: 1, s: 1}", n)),
    "rows": lambda n: spec(
        f"- table: {{columns: [c], each: {{conv: c, when: false}}, rows: {listed('[1]', n)}}}"
    ),
    "tables": lambda n: spec(lines("- {table: {columns: [a], rows: [[1]], each: bn}, when: false}", n)),
    "columns": lambda n: spec(
        f"- table: {{columns: {listed('c{0}', n // 2)}, each: {{layers: [{OFF[2:]}], repeat: {n}}}, "
        f"rows: [[{','.join(['1'] * (len(listed('c{0}', n // 2).split(','))))}]]}}"
    ),
    "paths": lambda n: spec(f"- branches: {{join: add, paths: {{{listed('w{0}: []', n)[1:-1]}}}}}"),
    "nested paths": lambda n: spec(f"- {'{residual: [' * 18}bn{']}' * 18}\n" * (n // 300)),
    "arguments of a block": lambda n: spec(
        "- bn", blocks=f"{{a: {{body: bn, args: {{{listed('w{0}: 1', n)[1:-1]}}}}}}}"
    ),
    "arguments of a block, often": lambda n: spec(
        lines("- a", n // 2), blocks=f"{{a: {{body: bn, args: {{{listed('w{0}: 1', n // 2)[1:-1]}}}}}}}"
    ),
    "words of arguments": lambda n: spec(
        "- bn", blocks=f"{{a: {{body: bn, args: {{{listed('w{0}: {{words: [a]}}', n)[1:-1]}}}}}}}"
    ),
    "blocks": lambda n: spec("- zzz", blocks=keys("a{0}: {{body: bn}}", n)),
    # copies
    "copies": lambda n: spec(f"- {{bn: , repeat: {n}}}"),
    "copies of a convolution": lambda n: spec(f"- {{conv: {{out: 4, k: 3}}, repeat: {n}}}"),
    "copies of a block": lambda n: spec(f"- {{inverted_residual: {{t: 6, out: 3}}, repeat: {n}}}"),
    "copies of nothing": lambda n: spec(f"- {{layers: [{OFF[2:]}], repeat: {10**18}}}\n- bn"),
    "copies of a join": lambda n: spec(f"- bn\n- {{concat: [{'bn, ' * (n // 10)}bn], repeat: {n}}}"),
    "copies that share": lambda n: spec(
        f"- {{conv: 3, name: a}}\n- {{layers: [{{conv: 3, share: a, name: b}}], repeat: {n}, name: c}}"
    ),
    "long names, deep": deep_names,
    # claims
    "claims": lambda n: claims("{madds: 1, source: p}", n),
    "claims of a part": lambda n: claims(
        "{madds: 1, source: p, without: bn.7}", n // 2, f"- {{bn: , repeat: {n // 50}}}"
    ),
    "claims of a map": lambda n: claims(
        "{largest_map: 1, source: p}", n // 50, f"- {{conv_bn: 3, repeat: {n // 150}}}"
    ),
    "claims of other settings": lambda n: spec(
        "- {bn: , repeat: n}",
        variables="{n: 1}",
        sources="{p: x}",
        claims=listed("{{madds: 1, source: p, with: {{n: {0} + 1}}}}", n),
    ),
    "claims of settings of one hash": settings_of_claims,
    "a wide table of claims": lambda n: spec("- bn", sources="{p: x}", tables=wide_table(n)),
}

# ------------------------------------------------------------------------------ of formulas and searches

ABC = "{a: 1, b: 2, c: 3}"


def grown(rule: str, size: int) -> str:
    """Values under `let`, each from the one before: `{0}` is its number, `{1}` the number before."""
    return "x0: a\n" + "\n".join(f"x{i}: {rule.format(i, i - 1)}" for i in range(1, max(2, size // 30)))


# What SymPy is asked to do, with the letters that are left free.
FORMULAS: dict[str, tuple[Callable[[int], str], str]] = {
    "a power": (lambda n: spec(f"- {{conv: c_here * a, repeat: {n}}}", variables=ABC), "a"),
    "a polynomial": (
        lambda n: spec(f"- {{conv: c_here * (a + b + c), repeat: {n}}}", variables=ABC),
        "a, b, c",
    ),
    "long coefficients": (
        lambda n: spec(
            f"- {{conv: c_here * a * {10**25}, repeat: {n}}}",
            variables=f"{{a: {{default: 0.{'0' * 24}1, above: 0}}}}",
        ),
        "a",
    ),
    "sums": (lambda n: spec(f"- {{conv: a + b + c, repeat: {n}}}", variables=ABC), "a, b, c"),
    "maxima in maxima": (
        lambda n: spec("- conv: x1", variables=ABC, let=grown("max(x{1} + b, c * x{1})", n)),
        "a, b, c",
    ),
    "a maximum of many": (
        lambda n: spec("- conv: x1", variables=ABC, let=grown("max(x{1}, a * {0} - b + c)", n)),
        "a, b, c",
    ),
    "floors in floors": (
        lambda n: spec("- conv: x1", variables=ABC, let=grown("(x{1} + b) // 2 + 1", n)),
        "a, b",
    ),
    "comparisons": (
        lambda n: spec(keys("- {{bn: , when: a * {0} + b * b > c}}", n), variables=ABC),
        "a, b, c",
    ),
    "windows": (
        lambda n: spec(
            f"- {{conv: {{out: 4, k: 3, pad: valid}}, repeat: {n // 10}}}",
            input="[3, a, b]",
            variables=f"{{a: {n}, b: {n}}}",
        ),
        "a, b",
    ),
    "strides": (
        lambda n: spec(f"- {{conv: {{out: 4, s: 2}}, repeat: {n}}}", input="[3, a, a]", variables=ABC),
        "a",
    ),
    "rounded widths": (lambda n: spec(keys("- conv: make_divisible(a * {0} + 8)", n), variables=ABC), "a"),
    "a dense chain": (lambda n: spec(f"- {{dense: [conv: c_here + b], repeat: {n}}}", variables=ABC), "a, b"),
}

# What a search for the first variable may be long about.
SEARCHES: dict[str, Callable[[int], str]] = {
    "very small steps": lambda n: spec(
        f"- conv: floor(a * {10**20}) + 1", variables="{a: {default: 1.0, above: 0}}"
    ),
    "many small steps": lambda n: spec(
        keys("- conv: floor(a * {0}) + 1", n), variables="{a: {default: 1.0, above: 0}}"
    ),
    "many comparisons": lambda n: spec(
        keys("- {{bn: , when: a * {0} > 7}}", n) + "\n- bn", variables="{a: {default: 1.0, above: 0}}"
    ),
    "copies": lambda n: spec("- {conv: 4, repeat: a}", variables="{a: 4}"),
    "waves": lambda n: spec(
        "- conv: (floor(a * 700000) * 13) % 101 + 1", variables="{a: {default: 1.0, above: 0}}"
    ),
    "long numbers": lambda n: spec(
        "- conv: floor(x1) + 1",
        variables="{a: {default: 1.0, above: 0}}",
        let=grown("x{1} * 1.00000000001", n),
    ),
}
