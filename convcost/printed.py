"""Figures as they are printed, and when a computed one would be printed the same.

A figure is compared by its printed digits under a named rounding rule; there is no tolerance.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from convcost import num
from convcost.errors import SpecError
from convcost.reader import Scalar

ROUNDINGS = ("nearest", "floor", "ceil")
UNITS: dict[str, int | Fraction] = {
    "": 1,
    "K": 10**3,
    "k": 10**3,
    "M": 10**6,
    "G": 10**9,
    "B": 10**9,
    "Bn": 10**9,
    "T": 10**12,
    "%": Fraction(1, 100),
}
BYTES: dict[str, int] = {"KB": 10**3, "MB": 10**6, "GB": 10**9}

_FIGURE = re.compile(r"~?(\d{1,3}(?:,\d{3})+|\d+)?(?:\.(\d+))?\s*([A-Za-z%]{0,2})\Z", re.ASCII)


class Printed(NamedTuple):
    """A figure as its source prints it: 3.47M is the digits 347, 2 decimals, the unit 10^6."""

    text: str
    digits: int
    decimals: int
    unit: int | Fraction
    suffix: str

    @property
    def share(self) -> bool:
        """It is a percentage of a whole."""
        return self.suffix == "%"

    def significant(self, count: int) -> Printed | None:
        """The figure read to so many digits: three of 15300 are 153 hundreds. None if others are not 0."""
        zeros = max(0, len(str(self.digits)) - count)
        digits, rest = divmod(self.digits, 10**zeros)
        return None if rest else self._replace(digits=digits, decimals=self.decimals - zeros)

    def shown(self, computed: int | Fraction, rounding: str) -> int:
        """The digits that would be printed for a computed figure."""
        scaled = Fraction(computed) * Fraction(10) ** self.decimals / self.unit
        if rounding == "nearest":  # a half rounds up
            return int(num.floor(scaled + Fraction(1, 2)))
        return int(num.floor(scaled) if rounding == "floor" else num.ceil(scaled))

    def agrees(self, computed: int | Fraction, rounding: str) -> bool:
        return self.shown(computed, rounding) == self.digits

    def as_printed(self, computed: int | Fraction, rounding: str) -> str:
        """The computed figure in the digits and unit of the source."""
        return self.written(self.shown(computed, rounding))

    def written(self, digits: int) -> str:
        """These digits with the decimals and the unit of the source: 3469 is 3.469M where it has three."""
        if self.decimals < 0:
            return f"{digits * 10**-self.decimals}{self.suffix}"
        text = str(digits).rjust(self.decimals + 1, "0")
        whole, part = text[: len(text) - self.decimals], text[len(text) - self.decimals :]
        return (f"{whole}.{part}" if part else whole) + self.suffix


def read_printed(scalar: Scalar, units: Mapping[str, int], of_bytes: bool = False) -> Printed:
    """`300M`, `3.4M`, `0.301G`, `94.86%`, `28 MB`, `3504872` or `3,504,872`; `~4.1G` is `4.1G`.

    `units` are those that a source means otherwise, such as MB for 1,048,576 bytes.
    """
    match = _FIGURE.match(scalar.text)
    known = {**UNITS, **(BYTES if of_bytes else {})}
    known |= {unit: size for unit, size in units.items() if unit in known}
    if not match or len(scalar.text) > 40 or not (match[1] or match[2]) or match[3] not in known:
        raise SpecError(
            f"{scalar.text[:40]!r} is not a figure as printed",
            scalar.mark,
            f"write its digits and unit: 300M, 0.301G, 3504872; units are {', '.join(filter(None, known))}",
        )
    whole, part, unit = (match[1] or "").replace(",", ""), match[2] or "", match[3]
    return Printed(scalar.text, int(whole + part), len(part), known[unit], unit)
