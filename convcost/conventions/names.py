"""What the formulas of a convention may name: sizes of one layer, and facts of how it is computed."""

from __future__ import annotations

from convcost.ops import OPS

# Elements are those of the whole batch, as multiply-adds are.
SIZES = {
    "n": "what convcost itself counts of the kind (docs/counts.md)",
    "M": "multiply-adds of the layer",
    "I": "elements of the maps that it reads",
    "O": "elements of the map that it writes",
    "P": "its parameters that train",
    "W": "its weights",
    "C": "channels out",
    "c_in": "channels in",
    "hw": "positions out: height times width",
    "N": "images of the batch",
    "g": "groups of a convolution",
    "taps": "taps of its kernel or window: k^2",
    "others": "elements of the other maps that a fused layer reads",
    "nth": "layers of its kind that stand before it in the network",
}

SWITCHES = {
    "affine": "it is a normalisation that scales and shifts",
    "biased": "it has a bias; of a folded normalisation, the layer before it has",
    "folded": "it is a batch normalisation, right behind a contraction that nothing else reads",
    "fused": "it can be computed on the way out of the contraction before it, which nothing else reads",
    "called_again": "it is a module that is called again later",
    "in_place": "it writes over the map that it reads",
    "first_part": "it is the first part of a split",
}

WORDS = {
    "op": "the op's name",
    "memory": "the class of its memory access: conv, elementwise, other or free",
    "call": "how code calls it: module, function, operator, mean ...",
}

NAMES = {**SIZES, **SWITCHES, **WORDS}

# Those that hang on the layers around it, or on how a network is coded.
AROUND = frozenset(("others", "nth", "folded", "fused", "biased", "called_again", "in_place", "call"))

MEMORY = ("conv", "elementwise", "other", "free")


UNKNOWN = "unknown"  # what a formula says where nobody has found out


def constants() -> frozenset[str]:
    """The words that a formula may compare with."""
    return frozenset((UNKNOWN, *OPS, *MEMORY, *(call for op in OPS.values() for call in op.calls)))


def work_kinds() -> frozenset[str]:
    """Every kind of work that an op may do."""
    return frozenset(kind for op in OPS.values() for kind in op.work)


def contractions() -> frozenset[str]:
    """The kinds whose own count is that of multiply-adds: n is M."""
    return frozenset(op.contraction for op in OPS.values() if op.contraction)


PARAMS = ("weights", "biases", "norm_affine", "norm_stats")
TRAFFIC = ("reads", "writes", "weight_reads")
