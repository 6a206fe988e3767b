"""Lessons: concepts of cost derived from the layers' own formulas, each step proven as it is shown."""

from convcost.lessons.registry import LESSONS, Derivation, Lesson, explain

from convcost.lessons import guidelines, separable, squeeze, groups, activations  # noqa: F401  isort: skip

__all__ = ["LESSONS", "Derivation", "Lesson", "explain"]
