"""What is counted, as data: conventions of work, definitions of parameters and of memory access.

A convention is a table (`counts/*.yaml`, `params.yaml`, `memory.yaml`): for each kind of term that a
layer has, a formula in named sizes (`names.py`), with its source. Nothing else decides what is counted.
"""

from convcost.conventions.counting import Counter
from convcost.conventions.dtypes import BYTES, TENSORS, Dtypes, read_dtypes
from convcost.conventions.finding import DEFAULTS, family_of, find, names, shipped
from convcost.conventions.measuring import CLASSES, Conventions, Measure, conventions, measure, summed
from convcost.conventions.model import Convention, Rule

__all__ = [
    "BYTES",
    "CLASSES",
    "DEFAULTS",
    "TENSORS",
    "Convention",
    "Conventions",
    "Counter",
    "Dtypes",
    "Measure",
    "Rule",
    "conventions",
    "family_of",
    "find",
    "measure",
    "names",
    "read_dtypes",
    "shipped",
    "summed",
]
