"""Blocks side by side: their costs as numbers and as formulas, the ratios, and where they turn."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from convcost import symbolic
from convcost.conventions import MADDS, Convention
from convcost.cost import Tally, total, walk
from convcost.errors import Mark, Source, SpecError, nearest
from convcost.expand import Expansion
from convcost.expr import RESERVED, Bound
from convcost.expressions import formula, positive
from convcost.limits import Meter
from convcost.machine import Ints
from convcost.ops import Shape
from convcost.reader import Scalar
from convcost.shelf import Shelf
from convcost.spec import Block

LETTERS = {"k": "D_K", "m": "M", "n": "N", "df": "D_F"}
METRICS = ("madds", "params", "mem_access")
_COMMAND = Mark(Source("compare", "", shipped=True), 1, 1)


@dataclass(frozen=True, slots=True)
class Measure:
    """One count of both blocks, and how the second compares with the first."""

    name: str
    values: tuple[int, int]
    formulas: tuple[str, str]
    ratio: Fraction  # second / first
    form: Any  # the same as a SymPy expression
    formula: str

    @property
    def words(self) -> str:
        """`7.89x fewer`: how the second stands to the first."""
        if self.ratio == 1:
            return "the same"
        few, many = ("less", "more") if self.name == "mem_access" else ("fewer", "more")
        factor = 1 / self.ratio if self.ratio < 1 else self.ratio
        return f"{two_places(factor)}x {few if self.ratio < 1 else many}"


@dataclass(frozen=True, slots=True)
class Turn:
    """The map's side at which the two have the same mem_access, and who has less on either side."""

    formula: str
    last_below: int  # the largest side before it
    first_above: int  # the next after it: two on, where both are equal at the whole side between
    below: str  # the block with less mem_access up to there
    above: str


@dataclass(frozen=True, slots=True)
class Comparison:
    names: tuple[str, str]
    helps: tuple[str, str]  # what each block is, in the library's words
    sizes: dict[str, int]  # k, m, n, df
    convention: Convention
    madds: Measure
    params: Measure
    mem_access: Measure
    by_side: tuple[tuple[int, Fraction], ...]  # mem_access of the second over the first, by D_F
    turns: tuple[Turn, ...] | None  # None where SymPy finds no formula for it
    conditions: tuple[str, ...]
    ignored: tuple[tuple[str, tuple[str, ...]], ...]  # the letters that a block has no argument for

    @property
    def measures(self) -> tuple[Measure, ...]:
        return (self.madds, self.params, self.mem_access)


@dataclass(frozen=True, slots=True)
class _Side:
    name: str
    help: str
    ignored: tuple[str, ...]
    tally: Tally  # ints
    form: Tally  # symbols
    conditions: tuple[Any, ...]


def compare_blocks(a: str, b: str, *, k: int, m: int, n: int, df: int) -> Comparison:
    """The two blocks with k x k kernels, m channels in, n out, on a map of side df, stride 1."""
    sizes = {"k": k, "m": m, "n": n, "df": df}
    for name, value in sizes.items():
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value < 10**9:
            raise SpecError(f"{name} is a count from 1 to 999,999,999, not {value!r}")
    symbols = {name: positive(letter) for name, letter in LETTERS.items()}
    shelf = Shelf(None, RESERVED, Meter())
    sides = (_side(a, shelf, sizes, symbols), _side(b, shelf, sizes, symbols))
    measures = {name: _measure(name, sides) for name in METRICS}
    forms = tuple(side.form.mem_access for side in sides)
    return Comparison(
        names=(a, b),
        helps=(sides[0].help, sides[1].help),
        sizes=sizes,
        convention=MADDS,
        **measures,
        by_side=tuple((side, _at(forms, sizes, symbols, side)) for side in halvings(df)),
        turns=_turns((a, b), forms, sizes, symbols),
        conditions=tuple(dict.fromkeys(formula(c) for side in sides for c in side.conditions)),
        ignored=tuple((side.name, side.ignored) for side in sides if side.ignored),
    )


def _side(name: str, shelf: Shelf, sizes: dict[str, int], symbols: dict[str, Any]) -> _Side:
    block = shelf.find(Scalar(name, _COMMAND))
    if block is None:
        raise SpecError(f"there is no block {name!r}", hint=nearest(name, shelf.names()))
    given, shape = _arguments(block, sizes)
    graph = Expansion(Ints()).block(block, given, shape)
    form, conditions = symbolic.block_form(block, *_arguments(block, symbols), graph.ledger)
    tally, forms = (total(row.tally for row in walk(g)) for g in (graph, form))
    ignored = tuple(LETTERS[key] for key, arg in (("k", "k"), ("n", "out")) if arg not in block.arguments)
    return _Side(name, block.help, ignored, tally, forms, conditions)


def _arguments(block: Block, sizes: dict[str, Any]) -> tuple[dict[str, Bound], Shape]:
    """The paper's letters as arguments: `k` and `out`; other arguments keep their defaults."""
    letters = {"k": sizes["k"], "out": sizes["n"]}
    missing = [name for name, arg in block.arguments.items() if arg.default is None and name not in letters]
    if missing:
        raise SpecError(f"{block.name} needs {', '.join(missing)} beside --k, --m, --n and --df")
    given = {name: Bound(letters[name], _COMMAND) for name in letters if name in block.arguments}
    return given, Shape(sizes["m"], sizes["df"], sizes["df"])


def _measure(name: str, sides: tuple[_Side, _Side]) -> Measure:
    first, second = (getattr(side.tally, name) for side in sides)
    forms = [getattr(side.form, name) for side in sides]
    if not first:
        raise SpecError(f"{sides[0].name} has no {name} to compare with")
    form = symbolic.ratio(forms[1], forms[0])
    written = (formula(forms[0]), formula(forms[1]))
    return Measure(name, (first, second), written, Fraction(second, first), form, formula(form))


def halvings(side: int) -> list[int]:
    """The side and its halves while they are whole, down to 7: the maps of a network's stages."""
    sides = [side]
    while sides[-1] % 2 == 0 and sides[-1] > 7:
        sides.append(sides[-1] // 2)
    return sides


def _at(forms: tuple[Any, ...], sizes: dict[str, int], symbols: dict[str, Any], side: int) -> Fraction:
    values = {symbols[name]: value for name, value in {**sizes, "df": side}.items()}
    first, second = (int(form.subs(values)) for form in forms)
    return Fraction(second, first)


def _turns(
    names: tuple[str, str], forms: tuple[Any, ...], sizes: dict[str, int], symbols: dict[str, Any]
) -> tuple[Turn, ...] | None:
    """Each side where the mem_access of the two crosses, checked on the whole numbers beside it."""
    difference = forms[1] - forms[0]
    fixed = {symbols[name]: value for name, value in sizes.items() if name != "df"}
    roots = symbolic.positive_roots(difference, symbols["df"])
    if roots is None:
        return None
    turns = []
    for root in roots:
        value = root.subs(fixed)
        if not value.is_real or value <= 0:
            continue
        last, first = int(symbolic.ceiling(value)) - 1, int(value) + 1
        if last < 1:
            continue
        below, above = (_at(forms, sizes, symbols, side) for side in (last, first))
        if (below < 1) != (above < 1):
            turns.append(Turn(formula(root), last, first, names[below < 1], names[above < 1]))
    return tuple(turns)


def two_places(value: Fraction) -> str:
    """7.89: to the nearest hundredth."""
    hundredths = abs(round(value * 100))
    return f"{'-' if value < 0 else ''}{hundredths // 100}.{hundredths % 100:02d}"
