"""Forms without the roundings that leave no rest, and where that is right."""

from __future__ import annotations

from typing import Any

import sympy

from convcost.comparing.letters import Known


def unrounded(form: Any, known: Known) -> tuple[Any, list[Any]]:
    """A form without the roundings of a part of a size (N/4, D_F/2), and where that is right.

    A rounding stays where the letters' values leave a rest, and that of a kernel's half always does.
    """
    form, kernel = sympy.sympify(form), known.letters["D_K"]
    conditions: list[Any] = []
    kept: set[Any] = set()
    while open_ := _innermost(form, kept):
        for rounding in open_:
            (inside,) = rounding.args
            above, below = sympy.fraction(sympy.together(inside))
            whole = sympy.Eq(sympy.Mod(abs_(above), below), 0)
            if above.is_Add or kernel in above.free_symbols or known.decide(whole) is False:
                kept.add(rounding)
            else:
                conditions.append(whole)
                form = form.xreplace({rounding: inside})
    return sympy.expand(form), conditions


def _innermost(form: Any, kept: set[Any]) -> list[Any]:
    """The roundings that are not kept and contain none that is not."""
    open_ = [each for each in form.atoms(sympy.floor, sympy.ceiling) if each not in kept]
    inner = [each for each in open_ if not any(other in each.args[0].atoms(type(other)) for other in open_)]
    return sorted(inner, key=sympy.default_sort_key)


def abs_(value: Any) -> Any:
    """A product without its sign."""
    return -value if value.could_extract_minus_sign() else value
