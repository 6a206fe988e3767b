"""What each count holds, as rows of data: nothing else decides what is counted.

A kind of a metric is a weight for each term of a tally (`Tally.terms`): contractions as `conv` and
`linear`, other operations by their kind, parameters by kind, memory access as `mem.CLASS`. A term
that a row does not name counts nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
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


class Kind(NamedTuple):
    """One row: how often each term counts, what that is in words, and who counts so."""

    weights: Mapping[str, int | Fraction]
    says: str
    source: str = ""


class Metric(NamedTuple):
    """A figure that can be printed of a network. The first of its kinds is meant where none is said."""

    unit: str
    kinds: Mapping[str, Kind]


_TRAINED = {"weights": 1, "biases": 1, "norm_affine": 1}
_STORED = {**_TRAINED, "norm_stats": 1}

METRICS: dict[str, Metric] = {
    "madds": Metric(
        "multiply-adds",
        {
            "all": Kind({"conv": 1, "linear": 1}, "convolutions and linear layers"),
            "conv_only": Kind(
                {"conv": 1},
                "convolutions, no linear layer",
                "ShuffleNet, arXiv:1707.01083, Table 1; MobileNets, arXiv:1704.04861, Table 4",
            ),
            "condensenet": Kind(
                {"conv": 1, "linear": 1, "bias": 1, "relu": 1, "avg_pool": 1, "global_avg_pool": 1},
                "convolutions, linear layers with their bias, one for each element of a ReLU and each tap of "
                "an average pool",
                "ShichenLiu/CondenseNet, utils.py, measure_layer",
            ),
        },
    ),
    "flops": Metric(
        "operations, 2 per multiply-add",
        {
            "all": Kind({"conv": 2, "linear": 2}, "convolutions and linear layers"),
            "conv_only": Kind({"conv": 2}, "convolutions, no linear layer"),
        },
    ),
    "params": Metric(
        "numbers",
        {
            "total": Kind(_TRAINED, "what trains: weights, biases, the norms' scales and shifts"),
            "weights": Kind({"weights": 1}, "weights of convolutions and linear layers"),
            "biases": Kind({"biases": 1}, "biases"),
            "norm_affine": Kind({"norm_affine": 1}, "the norms' scales and shifts"),
            "norm_stats": Kind({"norm_stats": 1}, "the norms' moving means and variances"),
            "without_norm": Kind({"weights": 1, "biases": 1}, "weights and biases"),
            "folded": Kind(
                {"weights": 1, "biases": 1, "norm_affine": Fraction(1, 2)},
                "with each norm folded into the layer before it, which leaves one bias a channel",
            ),
            "with_stats": Kind(_STORED, "everything stored, moving statistics too", "Keras, model.summary()"),
            "slim": Kind(
                {"weights": 1, "biases": 1, "norm_affine": Fraction(1, 2), "norm_stats": 1},
                "weights, biases and three numbers a normalised channel: shift, moving mean and variance",
                "tensorflow/models, slim/nets/mobilenet_v1.md",
            ),
        },
    ),
    "mem_access": Metric(
        "elements read and written",
        {
            "total": Kind(
                {"mem.conv": 1, "mem.elementwise": 1, "mem.other": 1}, "every op's inputs, output and weights"
            ),
            "conv": Kind(
                {"mem.conv": 1},
                "convolutions and linear layers",
                "ShuffleNet V2, arXiv:1807.11164, sec. 2, G1",
            ),
            "elementwise": Kind(
                {"mem.elementwise": 1},
                "activations, joins, shuffles",
                "ShuffleNet V2, arXiv:1807.11164, sec. 2, G4",
            ),
            "other": Kind({"mem.other": 1}, "norms and pools"),
        },
    ),
    "largest_map": Metric(
        "the largest map that a block or line of the network gives on, at one height and width",
        {
            "channels": Kind({}, "its channels", "MobileNetV2, arXiv:1801.04381, Table 3"),
            "bytes16": Kind({}, "its bytes at two an element", "MobileNetV2, arXiv:1801.04381, Table 3"),
        },
    ),
    "file_size": Metric(
        "bytes",
        {
            "float32": Kind(dict.fromkeys(_STORED, 4), "every stored number in four bytes"),
        },
    ),
}

Dtype = Literal["fp64", "fp32", "fp16", "bf16", "int8"]

# bytes an element
DTYPES: dict[str, int] = {"fp64": 8, "fp32": 4, "fp16": 2, "bf16": 2, "int8": 1}


def in_bytes(elements: int, dtype: str) -> int:
    """What so many elements of a type take."""
    return elements * DTYPES[dtype]


def count(terms: Mapping[str, int], kind: Kind) -> int | Fraction:
    """The terms, each as often as the kind counts it."""
    counted = sum((weight * terms.get(term, 0) for term, weight in kind.weights.items()), 0)
    return int(counted) if counted == int(counted) else counted
