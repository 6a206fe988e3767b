"""The law of sameness: nothing that is printed hangs on the process, or on the hash of a text in it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import clean_environment
from laws import TIMES, drawn
from strategies import specs

HERE = str(Path(__file__).parent)
FEW = 2  # specs a process; each is put through all commands

# All that is printed of each text of a list, in every format: what `tests/ending.py` does, and what it shows.
PRINTS = """
import json, sys
sys.path.insert(0, sys.argv[1])
import ending
from convcost.loader import load

ending.COUNT = False
ending.shown = lambda text, format, size: print(f"=== {format}", text, sep="\\n")
ending.told = lambda error, of_text: print(error)
for text in json.load(sys.stdin):
    spec = load(text, "<text>")
    for command in ending.DOES.values():
        ending.attempt(lambda: command(spec, ending.NOTHING, spec.steps))
"""


def printed(texts: list[str], seed: str, code: str = PRINTS) -> bytes:
    done = subprocess.run(
        [sys.executable, "-c", code, HERE],
        input=json.dumps(texts).encode(),
        capture_output=True,
        env=clean_environment({"PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"}),
        check=False,
    )
    assert not done.returncode, done.stderr.decode()
    return done.stdout


@pytest.mark.long
def test_what_is_printed_is_the_same_in_every_process_and_every_time() -> None:
    texts = [written.text for written in drawn(specs(), FEW * TIMES)]
    first, *others = (printed(texts * 2, seed) for seed in ("0", "1", "random"))
    assert [first] * len(others) == others
    once, again = first[: len(first) // 2], first[len(first) // 2 :]
    assert once == again
    assert first.count(b"=== json") > 2 * FEW


def test_an_order_that_a_hash_decides_is_found() -> None:
    code = "print({'alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta'})"
    assert len({printed([], seed, code) for seed in ("0", "1", "2", "3")}) > 1
