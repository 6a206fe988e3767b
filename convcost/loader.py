"""A text becomes a Spec: keys known, expressions parsed, names checked, blocks found."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction

from convcost.body import build_body
from convcost.claims import SECTIONS, Claims
from convcost.coding import read_coding
from convcost.definitions import read_defines, read_lets
from convcost.errors import Mark, Source, SpecError, nearest, printable
from convcost.expr import RESERVED, SWITCHES, Bound, Expr, Names, Word, check_name, literal
from convcost.limits import DEFAULT, Limits, Meter
from convcost.lines import NAME, Context, checked, path_refs
from convcost.reader import Map, Node, Scalar, Seq, as_map, as_scalar, as_seq, checked_text, read_yaml
from convcost.shelf import Shelf
from convcost.spec import PathRef, Spec, Variable, value_kind

KEYS = (
    "name",
    "cite",
    "variables",
    "choices",
    "variants",
    "input",
    "let",
    "define",
    "blocks",
    "network",
    "outputs",
    "code",
    *SECTIONS,
)


def load(text: str, name: str = "<text>", meter: Meter | None = None) -> Spec:
    """The spec in a YAML text; `name` is what errors call it. SpecError says what is wrong and where."""
    meter = meter or Meter()
    source = checked_text(text, name, meter.limits)
    try:
        return _spec(as_map(read_yaml(source, meter), "a spec"), source, meter)
    except RecursionError:
        raise SpecError(f"{name} is nested too deeply", Mark(source, 1, 1)) from None


def _spec(top: Map, source: Source, meter: Meter) -> Spec:
    top.only(KEYS, "a spec")
    for key in ("name", "input", "network"):
        if top.get(key) is None:
            raise SpecError(f"a spec needs `{key}`", top.mark, f"it has {', '.join(top.entries)}")
    words = RESERVED | _choice_words(top.get("choices"))
    variables = _variables(top.get("variables"), words, meter) | _choices(top.get("choices"))
    _no_clash(top, variables)
    size = _input(top, frozenset(variables), words, meter)
    spatial = frozenset[str]().union(*(side.names() for side in size[1:])) - size[0].names()
    names = Names(frozenset(variables) - spatial, {}, words, "network", spatial)
    let = read_lets(top.get("let"), names, meter)
    names = names._replace(values=names.values | set(let))
    functions = read_defines(top.get("define"), names, meter)
    names = names._replace(functions=functions)
    shelf = Shelf(top.get("blocks"), words, meter)
    context = Context(names.also({"c_here"}), shelf, meter)
    network = build_body(top.entries["network"][1], context)
    return Spec(
        name=_text(top, "name"),
        cite=_text(top, "cite"),
        source=source,
        variables=variables,
        variants=_variants(top.get("variants"), variables, meter),
        input=size,
        spatial=spatial,
        let=let,
        functions=functions,
        words=words,
        network=network,
        outputs=_outputs(top.get("outputs")),
        code=read_coding(top.get("code"), names, meter),
        blocks=shelf.finish(),
        claims=_claims(top, source, meter),
        limits=meter.limits,
        steps=meter.steps,
        mark=top.key("network").mark,
    )


def _outputs(node: Node | None) -> tuple[PathRef, ...]:
    refs = path_refs(node)
    twice = repeated([ref.path for ref in refs])
    if twice is not None:
        raise SpecError(f"the output {refs[twice].path!r} stands here twice", refs[twice].mark)
    return refs


def repeated(texts: list[str]) -> int | None:
    """The place of the first text that stands earlier too."""
    seen: set[str] = set()
    for i, text in enumerate(texts):
        if text in seen:
            return i
        seen.add(text)
    return None


def _claims(top: Map, source: Source, meter: Meter) -> Claims:
    """The claims that stand in the spec itself; most keep theirs in a file of their own."""
    if not any(section in top.entries for section in SECTIONS):
        return Claims()
    from convcost.claim_reader import read_claims

    name = printable(source.name.rpartition("/")[2].removesuffix(".yaml"))
    return read_claims(top, name, meter)


def _text(top: Map, key: str) -> str:
    node = top.get(key)
    text = " ".join(as_scalar(node, key).text.split()) if node is not None else ""
    if len(text) > 300:
        raise SpecError(f"`{key}` is longer than 300 characters", top.key(key).mark)
    return text


# ------------------------------------------------------------------------------ variables

LANGUAGE = RESERVED - set(SWITCHES)  # words that a choice may be between: [relu, swish]
_BOUNDS = ("above", "below", "at_least", "at_most")


def _variables(node: Node | None, words: frozenset[str], meter: Meter) -> dict[str, Variable]:
    if node is None:
        return {}
    return {
        key.text: _variable(new_name(key, words), value, meter)
        for key, value in as_map(node, "variables").items()
    }


def new_name(key: Scalar, taken: frozenset[str]) -> Scalar:
    """The key, when it may name something new."""
    check_name(key)
    if key.text in taken or key.text in ("c_in", "c_here"):
        what = "a word of the language" if key.text in RESERVED else "taken"
        raise SpecError(f"{key.text!r} is {what}; choose another name", key.mark)
    return key


def _variable(key: Scalar, node: Node, meter: Meter) -> Variable:
    if not isinstance(node, Map):
        default, kind = _default(as_scalar(node, key.text), meter)
        return _ranged(Variable(key.text, default, kind), {}, key)
    fields = node.only(("default", "help", *_BOUNDS), "a variable")
    start = fields.get("default")
    if start is None:
        raise SpecError(f"the variable {key.text!r} has no default", key.mark)
    default, kind = _default(as_scalar(start, "default"), meter)
    bounds = {name: _bound(fields, name, meter) for name in _BOUNDS if fields.get(name) is not None}
    if kind == "switch" and bounds:
        raise SpecError("a switch has no range", fields.key(next(iter(bounds))).mark)
    help_ = fields.get("help")
    text = as_scalar(help_, "help").text if help_ is not None else ""
    return _ranged(Variable(key.text, default, kind, help=text), bounds, key)


def _default(scalar: Scalar, meter: Meter) -> tuple[Bound, str]:
    """The default and the kind it shows: 1.0 may become 0.5; 224 may not become 224.5."""
    default = literal(scalar, meter)
    return default, "number" if "." in scalar.text else value_kind(default.value)


def _bound(fields: Map, name: str, meter: Meter) -> Fraction:
    bound = literal(as_scalar(fields.entries[name][1], name), meter)
    if isinstance(bound.value, (bool, Word)):
        raise SpecError(f"{name} is a number", bound.mark)
    return Fraction(bound.value)


def _ranged(variable: Variable, bounds: Mapping[str, Fraction], key: Scalar) -> Variable:
    """The variable with its range: a count is at least 1 unless said, a number must say its own."""
    value = variable.default.value
    if isinstance(value, Word):
        raise SpecError(
            f"{value!r} is a word", variable.default.mark, f"choices: {{{key.text}: [{value}, ...]}}"
        )
    if variable.kind == "number" and not {"above", "at_least"} & set(bounds):
        raise SpecError(
            f"the variable {key.text!r} states no range", key.mark, f"{key.text}: {{default: ..., above: 0}}"
        )
    if variable.kind == "count" and not ({"above", "at_least"} & set(bounds)):
        bounds = {**bounds, "at_least": Fraction(min(1, value))}
    ranged = variable._replace(
        above=bounds.get("above"),
        below=bounds.get("below"),
        at_least=bounds.get("at_least"),
        at_most=bounds.get("at_most"),
    )
    ranged.accept(variable.default, variable.default.mark)
    return ranged


def _choice_words(node: Node | None) -> frozenset[str]:
    if node is None:
        return frozenset()
    texts = set()
    for key, value in as_map(node, "choices").items():
        for item in as_seq(value, f"the choices of {key.text}").items:
            word = as_scalar(item, "a choice")
            texts.add(word.text if word.text in LANGUAGE else new_name(word, RESERVED).text)
    return frozenset(texts)


def _choices(node: Node | None) -> dict[str, Variable]:
    if node is None:
        return {}
    variables = {}
    for key, value in as_map(node, "choices").items():
        items = [as_scalar(item, "a choice") for item in as_seq(value, "choices").items]
        if not items:
            raise SpecError(f"{key.text!r} has nothing to choose from", key.mark)
        twice = repeated([item.text for item in items])
        if twice is not None:
            raise SpecError(f"the choice {items[twice].text!r} stands here twice", items[twice].mark)
        default = Bound(Word(items[0].text), items[0].mark)
        new_name(key, RESERVED)
        variables[key.text] = Variable(key.text, default, "word", dict.fromkeys(item.text for item in items))
    return variables


def _no_clash(top: Map, variables: Mapping[str, Variable]) -> None:
    """No choice may be called like a variable, nor a word of a choice like either."""
    for section in ("variables", "choices"):
        node = top.get(section)
        for key, value in as_map(node, section).items() if node is not None else ():
            other = "choices" if section == "variables" else "variables"
            twin = top.get(other)
            if isinstance(twin, Map) and key.text in twin.entries:
                raise SpecError(f"{key.text!r} is both a variable and a choice", key.mark)
            for item in value.items if section == "choices" and isinstance(value, Seq) else ():
                if isinstance(item, Scalar) and item.text in variables:
                    raise SpecError(f"{item.text!r} is a variable; choose another word", item.mark)


def _variants(
    node: Node | None, variables: Mapping[str, Variable], meter: Meter
) -> dict[str, dict[str, Bound]]:
    if node is None:
        return {}
    return {
        key.text: _assignments(as_map(value, f"the variant {key.text}"), variables, meter)
        for key, value in as_map(node, "variants").items()
        if _variant_name(key)
    }


def _variant_name(key: Scalar) -> bool:
    if not NAME.match(key.text):
        raise SpecError(f"{key.text!r} is not a name", key.mark, "letters, digits, _ and -")
    return True


def _assignments(node: Map, variables: Mapping[str, Variable], meter: Meter) -> dict[str, Bound]:
    bound = {}
    for key, value in node.items():
        if key.text not in variables:
            hint = nearest(key.text, set(variables))
            raise SpecError(f"a variant assigns variables, and {key.text!r} is none", key.mark, hint)
        bound[key.text] = literal(as_scalar(value, key.text), meter)
        variables[key.text].accept(bound[key.text], bound[key.text].mark)
    return bound


# ------------------------------------------------------------------------------ input


def _input(
    top: Map, variables: frozenset[str], words: frozenset[str], meter: Meter
) -> tuple[Expr, Expr, Expr]:
    sides = as_seq(top.entries["input"][1], "input")
    if len(sides.items) != 3:
        raise SpecError("input is [channels, height, width]", sides.mark)
    names = Names(variables, {}, words, "input")
    c, h, w = (checked(as_scalar(side, "a side of the input"), names, meter) for side in sides.items)
    return c, h, w


_SETTING = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.+)\Z", re.DOTALL)


def read_settings(texts: list[str], limits: Limits = DEFAULT) -> dict[str, object]:
    """`alpha=0.5` as a setting of a variable, its value exact."""
    settings: dict[str, object] = {}
    for text in texts:
        match = _SETTING.match(text)
        if not match:
            raise SpecError(f"--set {text!r} is not NAME=VALUE", hint="--set alpha=0.5")
        mark = Mark(Source("--set", text), 1, match.start(2) + 1)
        if match[1] in settings:
            raise SpecError(f"--set {match[1]} is given twice")
        settings[match[1]] = literal(Scalar(match[2], mark), Meter(limits)).value
    return settings
