"""What each count holds, as rows of data: nothing else decides what is counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple


class Convention(NamedTuple):
    """A way to count: its name, its unit and, in one sentence, what it counts."""

    name: str
    unit: str
    says: str


MADDS = Convention(
    "madds",
    "multiply-adds",
    "multiply-adds of convolutions and linear layers; bias, norm, activation and pooling are listed apart",
)


class Metric(NamedTuple):
    """A figure that a claim may hold: which totals it sums, and how often each counts."""

    unit: str
    factor: int
    kinds: Mapping[str, tuple[str, ...]]  # the first is meant where no kind is said


# What may be printed about a network. `total` parameters are those that train.
METRICS: dict[str, Metric] = {
    "madds": Metric("multiply-adds", 1, {"total": ("madds",)}),
    "flops": Metric("operations, 2 per multiply-add", 2, {"total": ("madds",)}),
    "params": Metric(
        "numbers",
        1,
        {
            "total": ("weights", "biases", "norm_affine"),
            "weights": ("weights",),
            "biases": ("biases",),
            "norm_affine": ("norm_affine",),
            "norm_stats": ("norm_stats",),
            "without_norm": ("weights", "biases"),
            "with_stats": ("weights", "biases", "norm_affine", "norm_stats"),
        },
    ),
    "mem_access": Metric(
        "elements read and written",
        1,
        {
            "total": ("conv", "elementwise", "other"),
            "conv": ("conv",),
            "elementwise": ("elementwise",),
            "other": ("other",),
        },
    ),
}

Dtype = Literal["fp64", "fp32", "fp16", "bf16", "int8"]

# bytes an element
DTYPES: dict[str, int] = {"fp64": 8, "fp32": 4, "fp16": 2, "bf16": 2, "int8": 1}
