"""How long a report takes as a whole process, beside a bare import of what it stands on.

    python benchmarks/startup.py [RUNS]

Prints the ratio of `convcost report specs/mobilenet_v2.yaml` to `python -c "import typer, yaml"`, each
in turn with the other so that a busy machine slows both, and the time of the cost walk alone. Compiled
bytecode is in place in both: the first, uncounted run writes it.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SPEC = os.path.join(ROOT, "specs", "mobilenet_v2.yaml")
OURS = [sys.executable, "-m", "convcost", "report", SPEC]
BARE = [sys.executable, "-c", "import typer, yaml"]


def seconds(command: list[str]) -> float:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    return time.perf_counter() - start


def walk_milliseconds() -> tuple[float, float, float]:
    """Load, expand and walk: the best of fifty, in milliseconds."""
    import convcost
    from convcost.cost import walk
    from convcost.expand import expand

    def best(run: object) -> float:
        times = []
        for _ in range(50):
            start = time.perf_counter()
            run()  # type: ignore[operator]
            times.append(time.perf_counter() - start)
        return 1000 * min(times)

    spec = convcost.load(SPEC)
    bound = spec.bind({})
    graph = expand(spec, bound)
    return best(lambda: convcost.load(SPEC)), best(lambda: expand(spec, bound)), best(lambda: walk(graph))


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    seconds(OURS), seconds(BARE)
    pairs = [(seconds(OURS), seconds(BARE)) for _ in range(runs)]
    ratios = [ours / bare for ours, bare in pairs]
    print(f"report, whole process / bare import: {statistics.median(ratios):.2f} (median of {runs} pairs;")
    print(f"  {min(ratios):.2f} to {max(ratios):.2f}; bare import {1000 * min(b for _, b in pairs):.0f} ms)")
    load, expand, walk = walk_milliseconds()
    print(f"inside it: load {load:.2f} ms, expand {expand:.2f} ms, cost walk {walk:.2f} ms")


if __name__ == "__main__":
    main()
