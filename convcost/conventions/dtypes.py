"""The types of elements: bytes for each kind of tensor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from convcost.errors import SpecError, nearest

BYTES: Mapping[str, int] = {"fp64": 8, "fp32": 4, "fp16": 2, "bf16": 2, "int8": 1}

TENSORS: Mapping[str, str] = {
    "maps": "feature maps, read and written",
    "weights": "weights of convolutions and linear layers",
    "norms": "numbers of normalisations",
}


class Dtypes(NamedTuple):
    """A type for each kind of tensor, as it was written."""

    text: str
    types: Mapping[str, str]

    def size(self, tensor: str) -> int:
        """Bytes an element."""
        return BYTES[self.types[tensor]]


def read_dtypes(text: str) -> Dtypes:
    """`fp16` for all, `fp16,weights=int8` for all but one, or `maps=fp16,weights=int8,norms=fp32`."""
    types: dict[str, str] = {}
    for part in text.split(","):
        tensor, equals, name = part.strip().rpartition("=")
        if name not in BYTES:
            raise SpecError(f"there is no dtype {name!r}", hint=nearest(name, set(BYTES)))
        if equals and tensor not in TENSORS:
            raise SpecError(f"there is no kind of tensor {tensor!r}", hint=nearest(tensor, set(TENSORS)))
        named = (tensor,) if equals else tuple(TENSORS)
        if set(named) & set(types) and not equals:
            raise SpecError(f"--dtype {text!r}: the type of all comes first", hint="fp16,weights=int8")
        types |= dict.fromkeys(named, name)
    if missing := [tensor for tensor in TENSORS if tensor not in types]:
        raise SpecError(f"--dtype {text!r} says no type of {', '.join(missing)}", hint=f"fp32,{text}")
    return Dtypes(text, types)
