"""What a spec says, as frozen objects: every expression parsed, every name known, every place kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from convcost.claims import Claims
from convcost.errors import Mark, Source, SpecError, nearest
from convcost.expr import Bound, Expr, Function, Value, Word, decimal, kind_of, show
from convcost.limits import Limits, Meter
from convcost.ops import Op
from convcost.params import Param


class ListArg(NamedTuple):
    """[3, 5]: the parts of a size or a padding."""

    parts: tuple[Expr, ...]
    mark: Mark


class PathRef(NamedTuple):
    """The path of a layer that stands earlier in the text."""

    path: str
    mark: Mark


class PathsArg(NamedTuple):
    paths: tuple[PathRef, ...]
    mark: Mark


Arg: TypeAlias = Expr | ListArg | PathsArg


class Argument(NamedTuple):
    """A field of an op or an argument of a block, with the default it falls back on."""

    param: Param
    default: Expr | None
    fixed: Value | None = None  # what the default is, as its kind holds it, where it depends on nothing


class Block(NamedTuple):
    """A composite: arguments, its own names, and the lines it stands for."""

    name: str
    help: str
    arguments: dict[str, Argument]
    let: dict[str, Expr]
    functions: dict[str, Function]
    words: frozenset[str]
    body: Body
    mark: Mark
    defaults: dict[str, str | None]  # of the arguments, as they are written


class Line(NamedTuple):
    """What every line of a network may say beside what it is.

    `label` is its part of the path ("" where it adds none); `text` is its place in the file.
    """

    label: str
    mark: Mark
    when: Expr | None = None
    repeat: Expr | None = None
    source: PathRef | None = None  # `from`
    share: PathRef | None = None  # the layers whose parameters these use
    aside: bool = False  # the flow goes on without its output


class Call(NamedTuple):
    """One op or block with arguments."""

    line: Line
    target: Op | Block
    args: dict[str, Arg]
    after_first: dict[str, Arg]


class Row(NamedTuple):
    label: str
    cells: dict[str, Expr]
    mark: Mark


class Table(NamedTuple):
    """Rows of named cells, and the lines that each of them stands for."""

    line: Line
    rows: tuple[Row, ...]
    each: Body


class Layers(NamedTuple):
    """Several lines taken together, to repeat, switch off or name them."""

    line: Line
    body: Body


class Path(NamedTuple):
    label: str
    when: Expr | None
    body: Body
    mark: Mark


class Branches(NamedTuple):
    """Paths from one map and the join where they meet; with `sizes`, each takes a part of the channels."""

    line: Line
    join: Expr
    join_label: str  # a number after the join's word, where its neighbours have joins too
    paths: tuple[Path, ...]
    sizes: tuple[Expr, ...] | None
    split_label: str


Item: TypeAlias = Call | Table | Layers | Branches
Body: TypeAlias = tuple[Item, ...]


class Variable(NamedTuple):
    """A number, switch or word that a user may set, with the range it is good for."""

    name: str
    default: Bound
    kind: str  # count, number, switch, word
    words: Collection[str] = ()
    above: Fraction | None = None
    below: Fraction | None = None
    at_least: Fraction | None = None
    at_most: Fraction | None = None
    help: str = ""

    @property
    def range(self) -> str:
        """The values it may take, in words."""
        if self.kind == "word":
            return "one of " + ", ".join(self.words)
        if self.kind == "switch":
            return "true or false"
        bounds = [
            f"{relation} {decimal(bound)}"
            for relation, bound in (
                ("above", self.above),
                ("at least", self.at_least),
                ("below", self.below),
                ("at most", self.at_most),
            )
            if bound is not None
        ]
        kind = "a whole number" if self.kind == "count" else "a number"
        return " ".join([kind, " and ".join(bounds)]).strip()

    def accept(self, bound: Bound | Value, mark: Mark | None) -> None:
        """Nothing, where the value is one of its own; SpecError otherwise."""
        value = bound.value if isinstance(bound, Bound) else bound
        if isinstance(value, bool):
            good = self.kind == "switch"
        elif isinstance(value, Word):
            good = self.kind == "word" and value in self.words
        else:
            good = (self.kind == "number" or (self.kind == "count" and isinstance(value, int))) and (
                (self.above is None or value > self.above)
                and (self.below is None or value < self.below)
                and (self.at_least is None or value >= self.at_least)
                and (self.at_most is None or value <= self.at_most)
            )
        if not good:
            raise SpecError(f"{self.name} = {show(value)} is not {self.range}", mark)


class Manner(NamedTuple):
    """How code calls an op (None: the usual way), and the blocks in which it is one module, called again."""

    call: Expr | None
    once: tuple[str, ...]
    in_place: bool  # it writes over what it reads
    mark: Mark


class Coding(NamedTuple):
    """How an implementation has the network coded, by op, where that is not the usual way."""

    source: str
    manners: Mapping[str, Manner]


Settings: TypeAlias = Mapping[str, Value]


class Spec(NamedTuple):
    """A network as somebody wrote it down."""

    name: str
    cite: str
    source: Source
    variables: dict[str, Variable]
    variants: dict[str, dict[str, Bound]]
    input: tuple[Expr, Expr, Expr]
    spatial: frozenset[str]  # the variables that size the input, and nothing else
    let: dict[str, Expr]
    functions: dict[str, Function]
    words: frozenset[str]
    network: Body
    outputs: tuple[PathRef, ...]
    code: Coding
    blocks: dict[str, Block]
    claims: Claims
    limits: Limits
    steps: int  # that reading it took
    mark: Mark

    def meter(self) -> Meter:
        """Counts on from where reading ended."""
        return Meter(self.limits, self.steps)

    def bind(self, settings: Settings, variant: str | None = None) -> dict[str, Bound]:
        """Every variable with its value: the settings, over the variant's, over the defaults."""
        if variant is not None and variant not in self.variants:
            hint = nearest(variant, set(self.variants)) or f"{self.name} has no variants"
            raise SpecError(f"{self.name} has no variant {variant!r}", hint=hint)
        bound = {name: variable.default for name, variable in self.variables.items()}
        bound.update(self.variants[variant] if variant else {})
        return bound | self.given(settings)

    def given(self, settings: Settings) -> dict[str, Bound]:
        """The variables that are set, each with its value."""
        bound = {}
        for name, value in settings.items():
            if name not in self.variables:
                raise SpecError(f"{self.name} has no variable {name!r}", hint=self.variables_text())
            self.variables[name].accept(value, None)
            bound[name] = Bound(value, Mark(Source("--set", f"{name}={show(value)}"), 1, len(name) + 2))
        return bound

    def variables_text(self) -> str:
        """The variables that can be set, with their ranges."""
        if not self.variables:
            return "it has no variables"
        listed = (
            f"{v.name} ({v.range}; {show(v.default.value)} unless set)" for v in self.variables.values()
        )
        return "its variables are " + ", ".join(listed)


def value_kind(value: Value) -> str:
    """The kind of variable or argument that a literal suggests."""
    if isinstance(value, (bool, Word)):
        return kind_of(value).removeprefix("a ")
    return "count" if isinstance(value, int) else "number"
