"""convcost tells what a convolutional network costs before anyone builds it.

>>> import convcost
>>> report = convcost.report("mobilenet_v2")
>>> report.totals.madds, report.totals.params
(300774272, 3504872)
>>> convcost.report("mobilenet_v2", {"alpha": "0.5", "resolution": 192}).totals.madds
71701760
"""

from __future__ import annotations

__version__ = "0.1.0"

from convcost.api import check, compare, load, loads, report, why
from convcost.errors import SpecError
from convcost.limits import Limits

__all__ = ["Limits", "SpecError", "__version__", "check", "compare", "load", "loads", "report", "why"]
