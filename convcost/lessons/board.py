"""What a lesson is written on: layers walked on symbols, and formulas that are proven as they are written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy
from sympy.parsing.sympy_parser import parse_expr

import convcost
from convcost.cost import Row, Tally, total, walk
from convcost.errors import Mark, Source
from convcost.expand import Expansion, expand
from convcost.expr import Bound, two_places
from convcost.expressions import formula as formula_of
from convcost.graph import Graph
from convcost.symbolic import Replay

_MARK = Mark(Source("lesson", "", shipped=True), 1, 1)
_RELATION = re.compile(r" (>=|<=|>|<|=) ")
_FRACTION = re.compile(r"(?<![\w^)/*])(\d+)/(\d+)(?![\w^(])")
_ONE = re.compile(r"(?<![\w.^}])1 \\, (?=\\frac\{1\})")  # SymPy's 1/N, unevaluated, is 1 times 1/N
_NAME = re.compile(r"[A-Za-z_]\w*")
_FUNCTIONS = {name: getattr(sympy, name) for name in ("sqrt", "Max", "Min", "diff", "exp")}
_INTERNAL = {name: getattr(sympy, name) for name in ("Integer", "Float", "Rational", "Symbol", "Function")}


class Unproven(Exception):
    """A formula of a lesson that the layers do not have: a mistake in the lesson or in the package."""


@dataclass(frozen=True, slots=True)
class Step:
    """A sentence; and, where it has one, the formula that it states, and how that was proven."""

    text: str
    formula: str = ""
    latex: str = ""
    proof: str = ""
    cite: str = ""


@dataclass(frozen=True, slots=True)
class Layers:
    """Lines of the language under a name: what the formulas of that name were computed from."""

    name: str
    input: str
    body: str
    sizes: Mapping[str, int | Fraction]  # the point at which the formulas were held against integers


class Walked:
    """Layers walked twice: on symbols, and on the integers of one point, where the two must agree."""

    def __init__(self, rows: tuple[Row, ...], graph: Graph, clean: Any) -> None:
        self.rows, self.graph, self.clean = rows, graph, clean
        self.tally: Tally = total(row.tally for row in rows)

    def __getattr__(self, name: str) -> Any:
        """A count of the whole: `madds`, `weights`, `mem_access` ..."""
        return self.clean(getattr(self.tally, name))

    def ops(self, kind: str) -> Any:
        """Other operations of one kind."""
        return self.clean(self.tally.ops.get(kind, 0))

    def of(self, op: str, count: str) -> Any:
        """A count of the layers of one op."""
        return self.clean(getattr(total(row.tally for row in self.rows if row.node.op == op), count))

    def channels(self, op: str) -> tuple[Any, ...]:
        """Channels in and channels out of the last layer of an op."""
        row = [row for row in self.rows if row.node.op == op][-1]
        return (*(self.clean(x.c) for x in row.inputs), self.clean(row.node.output.c))

    @property
    def depth(self) -> int:
        """Layers on the longest way through."""
        far = [0] * len(self.graph.inputs)
        for node in self.graph.nodes:
            far.append(1 + max(far[tensor] for tensor in node.inputs))
        return max(far)


class Board:
    """Names with their values, and the methods that a lesson states its steps with.

    Every formula is text in the paper's letters. It is read with the names that stand on the board,
    a relation in it is proven, and it is shown as it was written; Unproven is raised where it fails.
    """

    def __init__(self) -> None:
        self.letters: dict[str, Any] = {}  # free sizes
        self.names: dict[str, Any] = {}  # what was computed or defined
        self.layers: list[Layers] = []

    # -------------------------------------------------------------------------- names

    def letter(self, name: str, *, whole: bool = True, positive: bool = True) -> Any:
        """A size: a count or, where it is not whole, a number."""
        kind = {"integer" if whole else "real": True, **({"positive": True} if positive else {})}
        return self.letters.setdefault(name, sympy.Symbol(name, **kind))

    def define(self, **values: Any) -> None:
        """Give computed values their names."""
        for name, value in values.items():
            assert name not in self.letters, f"{name} is a letter already"
            self.names[name] = self.value(value) if isinstance(value, str) else sympy.sympify(value)

    def put(self, into: str, **values: str) -> Any:
        """A formula with values in place of letters."""
        given = {self.letters[name]: self.value(text) for name, text in values.items()}
        return sympy.simplify(self.value(into).subs(given, simultaneous=True))

    def value(self, formula: str) -> Any:
        """A formula as SymPy reads it, over the names on the board and no others."""
        names = {**_FUNCTIONS, **self.letters, **self.names}
        if unknown := set(_NAME.findall(formula)) - set(names):
            raise Unproven(f"{formula}: nothing on the board is called {', '.join(sorted(unknown))}")
        return parse_expr(formula.replace("^", "**"), local_dict=names, global_dict=dict(_INTERNAL))

    # -------------------------------------------------------------------------- layers

    def walk(self, name: str, sizes: str, shape: str, body: str) -> Walked:
        """Layers in the language, walked on symbols; `sizes` are their letters with a point to check at.

        Where a size is a fraction of another, what the layers say is whole is taken to be whole.
        """
        point = {key: Fraction(value) for key, _, value in (item.partition("=") for item in sizes.split())}
        declared = "".join(
            f"  {key}: {value}\n" if value.denominator == 1 else f"  {key}: {{default: {value}, above: 0}}\n"
            for key, value in point.items()
        )
        lines = "".join(f"  - {line}\n" for line in body.split("; "))
        spec = convcost.loads(f"name: {name}\nvariables:\n{declared}input: {shape}\nnetwork:\n{lines}")
        bound = spec.bind({}, None)
        concrete = expand(spec, bound)
        symbols = {key: self.letter(key, whole=at.denominator == 1) for key, at in point.items()}
        given = {**bound, **{key: Bound(symbol, _MARK) for key, symbol in symbols.items()}}
        graph = Expansion(Replay(concrete.ledger)).network(spec, given, None)
        walked = Walked(walk(graph), graph, _whole)
        at = {symbols[key]: sympy.Rational(value) for key, value in point.items()}
        numbers = total(row.tally for row in walk(concrete))
        for count in ("madds", "params", "mem_access"):
            if sympy.sympify(getattr(walked, count)).subs(at) != getattr(numbers, count):
                raise Unproven(f"{name}: {count} on symbols and on integers differ")
        shown = {key: int(at) if at.denominator == 1 else at for key, at in point.items()}
        self.layers.append(Layers(name, shape, body, shown))
        return walked

    # -------------------------------------------------------------------------- steps

    def say(self, text: str, cite: str = "") -> Step:
        """A sentence without a formula."""
        return Step(text, cite=cite)

    def given(self, text: str, name: str, formula: str, cite: str = "") -> Step:
        """A name for a formula: nothing to prove."""
        self.define(**{name: formula})
        shown = f"{name} = {formula}"
        return Step(text, shown, self.latex(shown), "a definition", cite)

    def prove(self, text: str, formula: str, *, because: str = "", cite: str = "", **within: str) -> Step:
        """A chain of =, >=, <=, >, < of which each link is proven.

        An inequality holds where its difference has a sign that SymPy knows; `because` writes that
        difference in a form that shows it. `within` puts a letter into its range: alpha="1/(1 + s)".
        """
        sides, relations = _split(formula)
        links = list(zip(sides, relations, sides[1:], strict=False))
        if not links:
            raise Unproven(f"{formula}: there is nothing to prove")
        for left, relation, right in links:
            self._link(left, relation, right, because, within)
        how = (
            "proven: both sides are equal"
            if set(relations) == {"="}
            else "proven: the difference has this sign"
        )
        if because:
            how = f"proven: the difference is {because}, never below 0"
        if within:
            how += f" (with {', '.join(f'{name} = {text}' for name, text in within.items())})"
        return Step(text, formula, self.latex(formula), how, cite)

    def _link(self, left: str, relation: str, right: str, because: str, within: Mapping[str, str]) -> None:
        difference = self.value(left) - self.value(right)
        if relation == "=":
            if not _zero(difference):
                raise Unproven(f"{left} = {right}: they differ by {sympy.simplify(difference)}")
            return
        if relation in ("<=", "<"):
            difference = -difference
        if because:
            if not _zero(difference - self.value(because)):
                raise Unproven(f"{left} {relation} {right}: the difference is not {because}")
            difference = self.value(because)
        given = {self.letters[name]: self.value(text) for name, text in within.items()}
        form = sympy.factor(sympy.simplify(difference.subs(given)))
        known = form.is_positive if relation in (">", "<") else form.is_nonnegative
        if not known:
            raise Unproven(f"{left} {relation} {right}: the sign of {form} is not known")

    def only(self, text: str, formula: str, letter: str, root: str, cite: str = "") -> Step:
        """An equation that holds at one value of a letter and no other."""
        (left, right), _ = _split(formula)
        unknown = sympy.Symbol(letter, positive=True)  # any size, not just counts
        difference = (self.value(left) - self.value(right)).subs(self.letters[letter], unknown)
        roots = sympy.solve(difference, unknown)
        if len(roots) != 1 or not _zero(roots[0] - self.value(root)):
            raise Unproven(f"{formula}: holds at {letter} = {roots}, not at {root} alone")
        shown = f"{formula}   only where   {letter} = {root}"
        latex = rf"{self.latex(formula)} \iff {self.latex(f'{letter} = {root}')}"
        return Step(text, shown, latex, f"proven: solved for {letter}, the one positive root", cite)

    def iff(self, text: str, formula: str, when: str, cite: str = "") -> Step:
        """Two inequalities of one direction that hold together: their differences have one sign."""
        (a, b), (first,) = _split(formula)
        (c, d), (second,) = _split(when)
        quotient = sympy.factor(
            sympy.simplify((self.value(a) - self.value(b)) / (self.value(c) - self.value(d)))
        )
        if first != second or quotient.is_positive is not True:
            raise Unproven(f"{formula} where {when}: the quotient of their differences is {quotient}")
        latex = rf"{self.latex(formula)} \iff {self.latex(when)}"
        proof = f"proven: the differences have one sign, for their quotient is {formula_of(quotient)}"
        return Step(text, f"{formula}   exactly where   {when}", latex, proof, cite)

    def at(self, text: str, formula: str, cite: str = "", **values: int | Fraction) -> Step:
        """A formula with its value at whole sizes, worked out exactly."""
        given = {self.letters[name]: sympy.Rational(value) for name, value in values.items()}
        sides, relations = _split(formula)
        results = [self.value(side).subs(given) for side in sides]
        if not all(result.is_Rational for result in results) or set(relations) - {"="}:
            raise Unproven(f"{formula}: no exact number at {values}")
        if any(result != results[0] for result in results):
            raise Unproven(f"{formula}: {', '.join(map(str, results))} at {values}")
        result = Fraction(int(results[0].p), int(results[0].q))
        sign = "-" if result < 0 else ""
        number = (
            f"{int(result):,}"
            if result.denominator == 1
            else f"{result}, about {sign}{two_places(abs(result))}"
        )
        where = ", ".join(f"{name} = {value}" for name, value in values.items())
        last = _NAME.search(sides[-1]) or len(sides) == 1
        shown = f"{formula} = {number}" if last else formula
        latex = self.latex(f"{formula} = {result}" if last else formula)
        at = f"worked out at {where}" if where else "worked out"
        return Step(text, shown, latex, at, cite)

    def count(self, text: str, formula: str, cite: str = "") -> Step:
        """What was counted by following the layers, and not by a formula, is the number on the right."""
        (left, right), relations = _split(formula)
        if relations != ["="] or self.value(left) != self.value(right):
            raise Unproven(f"{formula}: counted {self.value(left)}")
        return Step(text, formula, self.latex(formula), "counted", cite)

    # -------------------------------------------------------------------------- LaTeX

    def latex(self, formula: str) -> str:
        """The formula as LaTeX in the order in which it is written."""
        known = {name: sympy.Symbol(name) for name in _NAME.findall(formula) if name not in _FUNCTIONS}
        shown = {symbol: _latex_name(name) for name, symbol in known.items()}
        functions = {**_FUNCTIONS, "diff": sympy.Derivative}
        sides, relations = _split(formula)
        printed = [
            sympy.latex(
                parse_expr(
                    _FRACTION.sub(r"Rational(\1, \2)", side).replace("^", "**"),
                    local_dict={**functions, **known},
                    global_dict=dict(_INTERNAL)
                    | {name: getattr(sympy, name) for name in ("Add", "Mul", "Pow")},
                    evaluate=False,
                ),
                symbol_names=shown,
                order="none",
                mul_symbol=r" \, ",
            )
            for side in sides
        ]
        signs = [{">=": r"\ge", "<=": r"\le"}.get(relation, relation) for relation in relations]
        printed = [_ONE.sub("", side) for side in printed]
        return " ".join(x for pair in zip(printed, [*signs, ""], strict=True) for x in pair if x)


def _split(formula: str) -> tuple[list[str], list[str]]:
    parts = _RELATION.split(formula)
    return parts[::2], parts[1::2]


def _zero(difference: Any) -> bool:
    return bool(sympy.simplify(sympy.powdenest(sympy.expand(difference), force=True)) == 0)


def _whole(value: Any) -> Any:
    """A form without the roundings of sizes that a number scales: the layers say that they are whole."""

    def drop(x: Any) -> Any:
        return x if any(not letter.is_integer for letter in x.free_symbols) else None

    form = sympy.sympify(value)
    for rounding in form.atoms(sympy.floor, sympy.ceiling):
        inside = drop(rounding.args[0])
        form = form if inside is None else form.subs(rounding, inside)
    return form


def _latex_name(name: str) -> str:
    """Letters as SymPy sets them; the names of counts upright."""
    if name in ("alpha", "rho") or re.fullmatch(r"[A-Za-z](\d|_[A-Z])?", name):
        return str(sympy.latex(sympy.Symbol(name)))
    return r"\mathrm{" + name.replace("_", r"\_") + "}"
