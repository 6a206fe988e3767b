"""What a lesson is, and the registry of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from convcost.errors import SpecError, nearest
from convcost.lessons.board import Board, Layers, Step

Steps = Iterator[Step]


@dataclass(frozen=True, slots=True)
class Lesson:
    """A concept, the question that is asked about it, and the function that derives the answer."""

    name: str
    group: str
    title: str
    question: str
    sources: tuple[str, ...]
    beyond: str  # what cost cannot answer here, and who can
    derive: Callable[[Board], Steps]


@dataclass(frozen=True, slots=True)
class Derivation:
    """A lesson as it came out: every formula in it was proven on the way."""

    lesson: Lesson
    layers: tuple[Layers, ...]
    steps: tuple[Step, ...]


LESSONS: dict[str, Lesson] = {}


def lesson(
    name: str, title: str, question: str, *sources: str, beyond: str
) -> Callable[[Callable[[Board], Steps]], Callable[[Board], Steps]]:
    """Register the function under it; a second lesson of one name is our bug."""

    def register(derive: Callable[[Board], Steps]) -> Callable[[Board], Steps]:
        if name in LESSONS:
            raise ValueError(f"lesson {name!r} is registered twice")
        group = derive.__module__.rpartition(".")[2]
        LESSONS[name] = Lesson(name, group, title, question, sources, beyond, derive)
        return derive

    return register


def explain(name: str) -> Derivation:
    """The lesson of this name, derived now."""
    if name not in LESSONS:
        raise SpecError(f"there is no lesson {name!r}", hint=nearest(name, LESSONS))
    board = Board()
    steps = tuple(LESSONS[name].derive(board))
    return Derivation(LESSONS[name], tuple(board.layers), steps)
