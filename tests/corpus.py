"""Texts that once found something, each with a word on what it was: tests/data/corpus.jsonl."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).parent / "data" / "corpus.jsonl"


class Case(NamedTuple):
    found: str
    text: str


def read() -> list[Case]:
    with FILE.open(encoding="utf-8") as file:
        return [Case(**json.loads(line)) for line in file]


CORPUS = read()
