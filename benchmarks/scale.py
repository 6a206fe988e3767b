"""What a layer costs convcost itself, in time and memory, as networks grow.

    python benchmarks/scale.py [--runs N] [--most LAYERS]

Two kinds of network: one `written` out, a line a layer, of 1,000, 10,000 and 100,000 layers, and one block
`repeated` until there are a million. `convcost report` runs on each as a whole process, once in each
format, then phase by phase. What is printed is a layer's share: time and memory of the smallest network,
with those of a network of one line taken off, and of the others how many times that. 1.00x is flat,
whatever the machine. Time is the processor's, the least of N runs and of more where they are short; memory
is the most that a process held.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any, NamedTuple

FORMATS = ("table", "json", "jsonl", "csv")
BLOCK = 9  # layers of an inverted residual with its skip
HEAD = "input: [16, 8, 8]\nnetwork:\n"


def written(layers: int) -> str:
    """A line a layer."""
    return f"name: written\n{HEAD}" + "  - {conv: {out: 16, k: 3}}\n" * layers


def repeated(layers: int) -> str:
    """One block of MobileNetV2 until there are as many layers, or a few more, since the last one is whole."""
    blocks = -(-layers // BLOCK)
    return f"name: repeated\n{HEAD}  - {{inverted_residual: {{t: 6, out: 16}}, repeat: {blocks}}}\n"


KINDS: dict[str, tuple[Callable[[int], str], tuple[int, ...]]] = {
    "written": (written, (1_000, 10_000, 100_000)),
    "repeated": (repeated, (1_000, 10_000, 100_000, 1_000_000)),
}


class Use(NamedTuple):
    """Processor seconds, and bytes held at most."""

    seconds: float
    bytes: float

    def share(self, floor: Use, layers: int) -> Use:
        return Use((self.seconds - floor.seconds) / layers, (self.bytes - floor.bytes) / layers)


# ------------------------------------------------------------------------------ whole processes


def used(path: str, layers: int, format: str, runs: int) -> Use:
    """A report in a format, its output thrown away."""
    words = [sys.executable, "-m", "convcost", "report", path, "--format", format]
    uses = [once([*words, "--max-nodes", str(layers + BLOCK)]) for _ in range(times(runs, layers))]
    return Use(min(use.seconds for use in uses), min(use.bytes for use in uses))


def times(runs: int, layers: int) -> int:
    """More runs where they are short."""
    return runs * max(1, min(10, 20_000 // layers))


def once(words: list[str]) -> Use:
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(words)} ended with {process.returncode}")
    return Use(usage.ru_utime + usage.ru_stime, 1024 * usage.ru_maxrss)


# ------------------------------------------------------------------------------ phases


def phases(path: str, layers: int) -> dict[str, float]:
    """The seconds of each step from text to text, in this process."""
    import gc

    from convcost import api, cost, expand, reports
    from convcost.folding import SCREEN
    from convcost.limits import Limits, Meter
    from convcost.reader import read_source, read_yaml
    from convcost.render import pieces

    def timed(name: str, step: Callable[..., Any], *given: Any) -> Any:
        start = time.process_time()
        made = step(*given)
        seconds[name] = time.process_time() - start
        return made

    def rendered(format: str) -> int:
        return sum(map(len, pieces(report, format)))

    gc.set_threshold(100_000, 50, 100)  # as the command does
    seconds: dict[str, float] = {}
    limits = Limits.raised(nodes=layers + BLOCK)
    timed("read", read_yaml, read_source(path, limits), Meter(limits))
    spec = timed("load", lambda: api.load(path, limits=limits))  # reads it again
    graph = timed("expand", lambda: expand.expand(spec, spec.bind({})))
    timed("walk", cost.walk, graph)
    del graph
    report = timed("report", lambda: reports.make_report(spec, {}, most=SCREEN))  # expands and walks again
    for format in FORMATS:
        timed(format, rendered, format)
    return seconds


def phases_apart(path: str, layers: int, runs: int) -> dict[str, float]:
    """The phases in processes of their own, each at its fastest."""
    words = [sys.executable, __file__, "--phases", path, "--most", str(layers)]
    found = [json.loads(subprocess.check_output(words)) for _ in range(times(runs, layers))]
    return {name: min(each[name] for each in found) for name in found[0]}


# ------------------------------------------------------------------------------ what is printed


def line(name: str, cells: list[str]) -> None:
    print(f"{name:10}" + "".join(f"{cell:>18}" for cell in cells), flush=True)


def compared(shares: list[Use]) -> list[str]:
    """The smallest network's share as it is, the others beside it."""
    first, *others = shares
    times = [f"{share.seconds / first.seconds:.2f}x" for share in others]
    if not first.bytes:
        return [f"{1e6 * first.seconds:.1f} us", *times]
    held = [f"{share.bytes / first.bytes:.2f}x" for share in others]
    cells = [f"{time} {memory}" for time, memory in zip(times, held, strict=True)]
    return [f"{1e6 * first.seconds:.0f} us {first.bytes / 1000:.1f} kB", *cells]


def measured(kind: str, sizes: list[int], runs: int, directory: str) -> None:
    make, _ = KINDS[kind]
    paths = {size: os.path.join(directory, f"{kind}_{size}.yaml") for size in (1, *sizes)}
    for size, path in paths.items():
        with open(path, "w", encoding="utf-8") as file:
            file.write(make(size))
    line(kind, [f"{size:,} layers" for size in sizes])
    for format in FORMATS:
        floor = used(paths[1], 1_000, format, runs)
        line(format, compared([used(paths[size], size, format, runs).share(floor, size) for size in sizes]))
    found = {size: phases_apart(paths[size], size, runs) for size in sizes}
    for name in found[sizes[0]]:
        line(f"- {name}", compared([Use(found[size][name] / size, 0) for size in sizes]))
    print()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--most", type=int, default=1_000_000, help="leave larger networks out")
    parser.add_argument("--phases", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.phases:
        print(json.dumps(phases(asked.phases, asked.most)))
        return
    with tempfile.TemporaryDirectory() as directory:
        for kind, (_, sizes) in KINDS.items():
            measured(kind, [size for size in sizes if size <= asked.most], asked.runs, directory)


if __name__ == "__main__":
    main()
