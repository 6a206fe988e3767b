"""Blocks on symbols: what they cost, what that takes for granted, and what has to be stated first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import sympy

from convcost import num
from convcost.comparing.calls import BlockCall
from convcost.comparing.letters import Known, distinct, divisor
from convcost.comparing.results import counted
from convcost.comparing.roundings import unrounded
from convcost.conventions import Conventions
from convcost.domain import needs
from convcost.errors import Mark, SpecError
from convcost.expressions import RELATIONS, formula
from convcost.limits import Meter
from convcost.machine import Ints
from convcost.num import Num


class Question(NamedTuple):
    """A relation that decides what a block is made of, and that nothing decides."""

    side: str
    relation: Any
    text: str  # as the block asks it
    mark: Mark | None


class BlockForm(NamedTuple):
    """A block's counts on symbols: exact, and as they are shown, without roundings that leave no rest."""

    exact: Mapping[str, Any]
    shown: Mapping[str, Any]
    needs: tuple[Any, ...]  # without these there is no such block
    conditions: tuple[Any, ...]  # these, what decisions took for granted, and where nothing is rounded
    questions: tuple[Question, ...]


class Asking(Ints):
    """Symbols: a decision is answered by what is known of the letters, or becomes a question.

    Until it is answered it goes as it does for most sizes: an equality does not hold.
    """

    exact = False

    def __init__(self, known: Known, side: str, meter: Meter) -> None:
        super().__init__(meter)
        self.known, self.side = known, side
        self.taken: list[Any] = []
        self.questions: dict[Any, Question] = {}

    def decide(self, text: str, relation: str, left: Num, right: Num) -> bool:
        asked = RELATIONS[relation](left, right)
        if asked in (sympy.true, sympy.false):
            return bool(asked)
        answer = self.known.decide(asked)
        if answer is None:
            self.questions.setdefault(asked, Question(self.side, asked, text, self.mark))
            return not isinstance(asked, sympy.Eq)
        self.taken.append(asked if answer else sympy.Not(asked))
        return answer

    def times(self, text: str, value: Num) -> int:
        count = self.known.number(value)
        if count is None:
            free = ", ".join(sorted(map(str, sympy.sympify(value).free_symbols)))
            raise SpecError(
                f"{self.side} repeats a line `{text}` times: {free} must be a number",
                hint=f"{self.side.partition(':')[0]}:{text if text.isidentifier() else free}=3",
            )
        for letter in sympy.sympify(value).free_symbols:
            self.taken.append(sympy.Eq(letter, self.known.values[letter]))
        return int(num.whole(count))


def block_form(call: BlockCall, known: Known, by: Conventions, meter: Meter) -> BlockForm:
    """The counts of one side on symbols."""
    machine = Asking(known, call.name, meter)
    graph = call.graph(machine, known.letters)
    needed = [need.relation for need in needs(graph, call.name, meter)]
    exact = {name: sympy.expand(form) for name, form in counted(graph, by).items()}
    shown, whole = {}, []
    for name, form in exact.items():
        shown[name], unrests = unrounded(form, known)
        whole += unrests
    taken = []
    for relation in (*machine.taken, *needed):
        plain, unrests = _without_roundings(relation, known)
        taken.append(plain)
        whole += unrests
    questions = tuple(machine.questions.values())
    return BlockForm(exact, shown, tuple(needed), (*taken, *whole), questions)


def _without_roundings(relation: Any, known: Known) -> tuple[Any, list[Any]]:
    """A condition without the roundings that the shown forms do without, and where that is right."""
    if not relation.atoms(sympy.floor, sympy.ceiling):
        return relation, []
    if isinstance(relation.lhs, sympy.Mod):
        (whole, first), (part, second) = (unrounded(side, known) for side in relation.lhs.args)
        return relation.func(sympy.Mod(whole, part), relation.rhs), first + second
    (left, first), (right, second) = (unrounded(side, known) for side in relation.args)
    if isinstance(relation, sympy.Ge) and right == 1 and left.is_positive:
        return sympy.true, first  # a whole part of a size is at least 1
    return relation.func(left, right), first + second


def agreed(
    calls: Sequence[BlockCall], known: Known, by: Conventions, meter: Meter
) -> tuple[list[BlockForm], Known]:
    """The sides on symbols, once every equality that one of them needs is put in for all.

    SpecError where a side cannot be built with the values given, or hangs on what nothing says.
    """
    while True:
        forms = [block_form(call, known, by, meter) for call in calls]
        more = next(filter(None, (_equated(need, known) for form in forms for need in form.needs)), None)
        if more is None:
            break
        known = more
    for call, form in zip(calls, forms, strict=True):
        for need in form.needs:
            if known.decide(need) is False:
                raise SpecError(_unmet(call.name, need, known))
    questions: dict[Any, Question] = {}
    for question in (each for form in forms for each in form.questions):
        questions.setdefault(frozenset((question.relation, sympy.Not(question.relation))), question)
    if questions:
        raise _open(list(questions.values()), known)
    return forms, known


def _equated(need: Any, known: Known) -> Known | None:
    if not isinstance(need, sympy.Eq) or divisor(need) or known.decide(need) is not None:
        return None
    return known.equated(_without_roundings(need, known)[0])


def _unmet(side: str, need: Any, known: Known) -> str:
    (tidied,) = distinct([need]) or (need,)
    return f"{side} can be built only if {formula(tidied)}, which is not so{known.given(tidied)}"


MOST = 4  # questions that are asked at once


def _open(questions: Sequence[Question], known: Known) -> SpecError:
    lines = []
    for side, relation, text, mark in questions[:MOST]:
        either = f"{formula(relation)} or {formula(sympy.Not(relation))}"
        lines.append(f"  {side}: {either}, for `{text}`" + (f" ({mark})" if mark else ""))
    if len(questions) > MOST:
        lines.append(f"  and {len(questions) - MOST} more")
    free = {letter for q in questions for letter in q.relation.free_symbols} - set(known.values)
    *some, last = sorted(map(str, free))
    values = f"give {', '.join(some)} and {last} values" if some else f"give {last} a value"
    stated = " ".join(f"--assume '{formula(_likely(q.relation))}'" for q in questions)
    return SpecError(
        "what these blocks are made of hangs on letters without a value\n" + "\n".join(lines),
        hint=values if len(questions) > MOST else f"say which, as in {stated}; or {values}",
    )


def _likely(relation: Any) -> Any:
    return sympy.Not(relation) if isinstance(relation, sympy.Eq) else relation
