"""What the tests of `compare` share."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import sympy

import convcost
from convcost.comparing.results import Comparison
from convcost.render.compare import render

K, M, N, F = (sympy.Symbol(letter, integer=True, positive=True) for letter in ("D_K", "M", "N", "D_F"))
PAPER: dict[str, Any] = {"k": 3, "m": 32, "n": 64}


_made: dict[str, Comparison] = {}


def compare(*sides: str, **options: Any) -> Comparison:
    """`convcost.compare`, worked out once for all the tests that look at the same."""
    key = repr((sides, sorted(options.items())))
    if key not in _made:
        _made[key] = convcost.compare(*sides, **options)
    return _made[key]


def dsc(**sizes: int) -> Comparison:
    return compare("standard", "dsc", **sizes)


def read(formula: str) -> Any:
    """A printed formula as SymPy reads it back; the text is our own."""
    names = {
        name: sympy.Symbol(name, integer=True, positive=True)
        for name in re.findall(r"\w*[a-zA-Z]\w*", formula)
    }
    return sympy.sympify(formula.replace("^", "**"), locals=names)


def values(comparison: Comparison, metric: str) -> tuple[int | Fraction | None, ...]:
    return tuple(side.counts[metric].value for side in comparison.sides)


def text(comparison: Comparison) -> str:
    return render(comparison, "table")


def memory(side: int, k: int, m: int, n: int) -> tuple[int, int]:
    """mem_access of a standard and of a separable convolution, by hand."""
    maps = side * side
    return maps * (m + n) + k * k * m * n, maps * 2 * m + k * k * m + maps * (m + n) + m * n
