"""The registry: every primitive op, each one entry; nothing else in the package knows an op's name."""

from convcost.ops.registry import OPS, Cost, Op, OpRefusal, Shape

from convcost.ops import activation, convolution, joins, norm, pooling, reshape  # noqa: F401  isort: skip

__all__ = ["OPS", "Cost", "Op", "OpRefusal", "Shape"]
