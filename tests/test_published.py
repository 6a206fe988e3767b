"""Every published figure is claimed, with the digits that were printed, or is left alone for a reason."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

import convcost
from convcost import library
from convcost.checking import Outcome, verdict_counts
from convcost.claims import VERDICTS
from convcost.printed import UNITS

DATA = Path(__file__).parent / "data" / "published.jsonl"
COLUMNS = {"macs": 1, "params": 1, "largest_map": 2}  # how many figures each has
# The metrics that a figure can be claimed by; the columns of largest_map are channels, then bytes.
METRICS = {
    "macs": {"madds", "flops"},
    "params": {"params", "file_size"},
    "channels": {"largest_map"},
    "bytes16": {"largest_map"},
}
QUOTED = {"citation", "other_counter"}  # kinds of row that nothing here needs to answer for
# Models of the other rows that nothing answers for, since no spec has them.
NOT_BUILT = {
    "DARTS",
    "FBNet-B",
    "MnasNet",
    "MobileNetV1 (FaceNet distilled)",
    "NASNET-A",
    "NasNet-A",
    "OneShot",
    "PNASNET",
    "SE-ShuffleNetV2-164",
    "ShuffleNetV1-50",
    "ShuffleNetV2 2x with SE",
    "ShuffleNetV2+ Large",
    "ShuffleNetV2+ Medium",
    "ShuffleNetV2+ Small",
    "ShuffleNetV2.ExLarge",
    "detection: Faster-RCNN 300",
    "detection: Faster-RCNN 600",
    "detection: SSD 300",
}

Published = Mapping[str, object]


class Figure(NamedTuple):
    """One printed figure of a row, its unit behind it: 2.17 Bn, 569 M mult-adds."""

    row: str
    name: str  # macs, params, channels or bytes16
    text: str

    @property
    def numbers(self) -> list[str]:
        """0.84 and 0.82, of `0.84 (pytorch) / 0.82 (aten)`."""
        return [number.replace(",", "") for number in re.findall(r"(?<![\^\d])\d[\d,]*(?:\.\d+)?", self.text)]

    @property
    def unit(self) -> object:
        """The first that is one, of the words after the digits: 10^6, of `MFLOPs`, and 1 of `params`."""
        word = re.search(r"(?<=[\d .])(K|M|G|Bn?|%|x10\^9)(?=$|[ B]|FLOP|MAC)", self.text)
        return UNITS["G" if word[1] == "x10^9" else word[1]] if word else 1

    @property
    def metrics(self) -> set[str]:
        """Two operations for each multiply-add are another metric, and so is a file's size."""
        if self.name == "macs":
            return {"flops" if "(2x)" in self.text else "madds"}
        if self.name == "params":
            return {"file_size" if self.text.endswith(" MB") else "params"}
        return METRICS[self.name]


class Claimed(NamedTuple):
    """What a claim with a row says: which figure it is, and how it is written."""

    row: str
    metric: str
    kind: str
    text: str

    @property
    def name(self) -> str:
        named = (name for name, metrics in METRICS.items() if self.metric in metrics)
        return self.kind if self.metric == "largest_map" else next(named, "")

    @property
    def number(self) -> str:
        return re.sub(r"[^\d.]", "", self.text)

    @property
    def unit(self) -> object:
        return UNITS[re.sub(r"[^A-Za-z%]", "", self.text).removesuffix("B") if " " in self.text else self.suffix]

    @property
    def suffix(self) -> str:
        return re.sub(r"[^A-Za-z%]", "", self.text)
