"""All claims of the shipped specs, checked once for whoever asks."""

from __future__ import annotations

from functools import cache

import convcost
from convcost import library
from convcost.checking import Outcome


@cache
def outcome() -> Outcome:
    """What `convcost check specs/` finds."""
    return convcost.check([library.specs_directory()])
