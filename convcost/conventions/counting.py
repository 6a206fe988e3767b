"""What the layers of a network count by a convention: each term of a layer by its rule, then sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cached_property

from convcost import num
from convcost.conventions.model import Convention
from convcost.conventions.names import PARAMS, TRAFFIC, UNKNOWN
from convcost.conventions.surroundings import Surroundings, surroundings
from convcost.cost import Row
from convcost.errors import Mark, Source, SpecError
from convcost.expr import Bound, Plain, Scope, Value, Word, show
from convcost.graph import Graph
from convcost.limits import Meter
from convcost.num import Num, whole
from convcost.ops import OPS
from convcost.params import HW

_MARK = Mark(Source("layer", "", shipped=True), 1, 1)
_NOWHERE = Surroundings("", 0, False, False, False, 0, False, False)


class Unknown(Exception):
    """Nobody has found out what a convention counts of this kind."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class Counted:
    """A layer with what stands around it: what a convention counts of, once for all layers alike."""

    def __init__(self, row: Row, around: Surroundings, batch: Num) -> None:
        self.row, self.around, self.batch = row, around, batch

    @cached_property
    def values(self) -> dict[str, Bound]:
        """Every name that a formula may use (`names.py`)."""
        node, tally, around, batch = self.row.node, self.row.tally, self.around, self.batch
        op, read = OPS[node.op], self.row.inputs[0].size
        for x in self.row.inputs[1:]:
            read += x.size
        found: dict[str, Value] = {
            "M": tally.madds,
            "I": batch * read,
            "O": batch * node.output.size,
            "P": tally.params,
            "W": tally.weights,
            "C": node.output.c,
            "c_in": self.row.inputs[0].c,
            "hw": node.output.h * node.output.w,
            "N": batch,
            "g": groups(self.row),
            "taps": taps(self.row),
            "others": batch * around.others,
            "nth": around.nth,
            "affine": bool(node.fields.get("affine", False)),
            "biased": around.biased,
            "folded": around.folded,
            "fused": around.fused,
            "called_again": around.called_again,
            "in_place": around.in_place,
            "first_part": node.fields.get("start") == 0,
            "op": Word(op.name),
            "memory": Word(op.memory),
            "call": Word(around.call),
        }
        return {name: Bound(value, _MARK) for name, value in found.items()}

    def count(self, convention: Convention, meter: Meter) -> dict[str, Num]:
        """The kinds that count something, each with how much."""
        counts: dict[str, Num] = {}
        machine = Plain(meter)
        if convention.sees is not None:
            seen = convention.sees.evaluate(Scope(machine, self.values))
            if not isinstance(seen, bool):
                raise SpecError(f"`sees` is true or false, not {show(seen)}", convention.sees.mark)
            if not seen:
                return counts
        for kind, n in terms(self.row, convention.family).items():
            rule = convention.rule(kind)
            if rule is None:
                raise Unknown(kind)
            if rule.weight is not None:
                count = rule.weight * n
            else:
                count = rule.formula.evaluate(Scope(machine, {**self.values, "n": Bound(n, _MARK)}))
                if count == UNKNOWN:
                    raise Unknown(kind)
            count = whole(count) if isinstance(count, Fraction) else count
            check_count(count, kind, rule.formula.mark)
            if count != 0:
                counts[kind] = count
        return counts


def check_count(count: Value, kind: str, where: Mark) -> None:
    """Nothing, where it is a whole number at least 0, or one on symbols; SpecError otherwise."""
    if isinstance(count, (bool, Word, Fraction)) or (isinstance(count, int) and count < 0):
        raise SpecError(
            f"a count is a whole number at least 0; of {kind} this is {show(count)}",
            where,
            "// divides and rounds down; floor() and ceil() round",
        )


class Counter:
    """The layers of one graph for a batch, ready to be counted by any convention.

    `meter` counts the steps of their formulas, all of them together.
    """

    def __init__(self, graph: Graph, rows: Sequence[Row], batch: Num = 1, meter: Meter | None = None) -> None:
        self.graph, self.rows, self.batch, self.meter = graph, rows, batch, meter or Meter()

    @cached_property
    def alone(self) -> list[Counted]:
        """The layers, one for those alike, by themselves."""
        return self.counted([_NOWHERE] * len(self.rows))

    @cached_property
    def around(self) -> list[Counted]:
        """The layers with what stands around them."""
        return self.counted(surroundings(self.graph))

    def counted(self, around: Sequence[Surroundings]) -> list[Counted]:
        known: dict[tuple[int, Surroundings], Counted] = {}
        found = []
        for row, where in zip(self.rows, around, strict=True):
            alike = (id(row.tally), where)
            if alike not in known:
                known[alike] = Counted(row, where, self.batch)
            found.append(known[alike])
        return found

    def kinds(self, family: str) -> set[str]:
        """Every kind that some layer has a term of."""
        return {kind for layer in self.alone for kind in terms(layer.row, family)}

    def count(self, convention: Convention) -> list[dict[str, Num]]:
        """For each layer the kinds that count something, each with how much; one for layers alike."""
        counts = []
        known: dict[int, dict[str, Num]] = {}
        for layer in self.around if convention.looks_around else self.alone:
            alike = id(layer)
            if alike not in known:
                known[alike] = self.one(layer, convention)
            counts.append(known[alike])
        return counts

    def one(self, layer: Counted, convention: Convention) -> dict[str, Num]:
        try:
            return layer.count(convention, self.meter)
        except Unknown as unknown:
            node = layer.row.node
            raise convention.unknown(unknown.kind, node.path, self.graph.place(node)) from None


def terms(row: Row, family: str) -> Mapping[str, Num]:
    """What a convention of the family has rules for: each term with what convcost itself counts of it."""
    tally = row.tally
    if family == "work":
        return {**tally.contractions, **tally.ops} or {row.node.op: 0}
    return {kind: getattr(tally, kind) for kind in (PARAMS if family == "params" else TRAFFIC)}


def taps(row: Row) -> Num:
    """Of a kernel or window; 0 where there is none."""
    k = row.node.fields.get("k")
    return k.h * k.w if isinstance(k, HW) else 0


def groups(row: Row) -> Num:
    """Of a convolution: c1 c2 k^2 / weights; of any other op 1."""
    if not OPS[row.node.op].contraction or not taps(row):
        return 1
    return num.exact_div(row.inputs[0].c * row.node.output.c * taps(row), row.tally.weight_reads)
