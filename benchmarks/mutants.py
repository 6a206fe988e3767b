"""Mutants of the package: one small slip at a time, such as + for -, which some test must notice.

    python benchmarks/mutants.py [OPTIONS] FILE... -- TESTS AND OPTIONS OF PYTEST

mutmut (`pip install mutmut`; nothing else needs it) writes the mutants of each file beside the original, in a
copy of the project. One pytest process collects the tests there and sees which test reaches which function.
Then it forks for each mutant a child that runs those tests, the quickest first, until one fails. That takes a
tenth of the time that mutmut's own runner does, which collects anew for every mutant. A survivor of what runs
on import is told again, after a run of all the tests in a process of its own.

A line of JSON a mutant: its name, `killed`, `slow` (killed by its end), `survived` or `unreached`, its lines.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import gc
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
COPY = Path(tempfile.gettempdir()) / "convcost-mutants"
SLOW = 5  # times as long as its tests took, and as many seconds: then a mutant has no end
KEEP_NOTHING = "tmp_path_retention_policy=none"
LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "build", "dist")


def write_mutants(files: Sequence[str], copy: Path) -> dict[str, list[str]]:
    """The project in a copy with its mutants; each by its name, with the lines that differ."""
    from mutmut.mutation.file_mutation import mutate_file_contents

    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
    (copy / "setup.cfg").write_text("[mutmut]\nsource_paths=convcost\n", encoding="utf-8")
    os.chdir(copy)  # where mutmut looks for that
    mutants: dict[str, list[str]] = {}
    for file in files:
        mutated = mutate_file_contents(file, (ROOT / file).read_text(encoding="utf-8"))
        (copy / file).write_text(mutated.code, encoding="utf-8")
        written = {node.name: node for node in ast.walk(ast.parse(mutated.code)) if hasattr(node, "name")}
        module = file.removesuffix(".py").replace("/", ".")
        for name in mutated.mutant_names:
            before = written[f"{name.rpartition('__mutmut_')[0]}__mutmut_orig"]
            mutants[f"{module}.{name}"] = changed(before, written[name])
    return mutants


def changed(before: Any, after: Any) -> list[str]:
    """The lines that differ, of two functions but for what they are called."""
    after.name = before.name
    lines = difflib.ndiff(ast.unparse(before).splitlines(), ast.unparse(after).splitlines())
    return [line for line in lines if line[:1] in "+-"]


class Mutants:
    """A plugin of pytest: it runs the tests once for each mutant in place of once."""

    def __init__(
        self, mutants: dict[str, list[str]], arguments: list[str], jobs: int, longest: float
    ) -> None:
        self.mutants, self.arguments, self.jobs, self.longest = mutants, arguments, jobs, longest
        self.counts: Counter[str] = Counter()
        self.survived: list[str] = []
        self.out = os.fdopen(os.dup(1), "w", buffering=1)
        os.dup2(2, 1)  # what pytest says is no result

    def pytest_collection(self) -> None:
        """A test that fails need not find out how simply it could."""
        from hypothesis import Phase, settings

        settings.register_profile("mutants", phases=[Phase.explicit, Phase.generate], database=None)
        settings.load_profile("mutants")

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        from mutmut.state import state

        session.config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]  # one for all children
        imported = set(state()._stats)
        reached, took = self.look(session.items)
        items = {item.nodeid: item for item in session.items}
        running: dict[int, str] = {}
        gc.freeze()  # or each child copies what it only looks through
        for mutant in self.mutants:
            function = mutant.rpartition("__mutmut_")[0]
            tests, seconds = self.quickest(reached.get(function, []), took)
            if not tests and function not in imported:
                self.tell(mutant, "unreached")
                continue
            while len(running) >= self.jobs:
                self.wait(running)
            limit = SLOW + int(SLOW * seconds)
            running[forked(self.child, mutant, [items[test] for test in tests], limit)] = mutant
        while running:
            self.wait(running)
        for mutant in [m for m in self.survived if m.rpartition("__mutmut_")[0] in imported]:
            self.tell(mutant, self.alone(mutant))
        return True

    def quickest(self, tests: list[str], took: dict[str, float]) -> tuple[list[str], float]:
        """The tests in order of their seconds, up to so many seconds in sum."""
        chosen, seconds = [], 0.0
        for test in sorted(tests, key=took.__getitem__):
            if seconds + took[test] > self.longest:
                break
            chosen.append(test)
            seconds += took[test]
        return chosen, seconds

    def look(self, items: Sequence[pytest.Item]) -> tuple[dict[str, list[str]], dict[str, float]]:
        """The tests that reach each function, and the seconds of each test; by children, as all is."""
        reached: dict[str, list[str]] = {}
        took: dict[str, float] = {}
        with tempfile.TemporaryDirectory() as folder:
            for job in range(self.jobs):
                forked(self.looking, Path(folder, str(job)), items[job :: self.jobs])
            for _ in range(self.jobs):
                assert os.wait()[1] == 0
            for file in Path(folder).iterdir():
                some, seconds = json.loads(file.read_text(encoding="utf-8"))
                took |= seconds
                for function, tests in some.items():
                    reached.setdefault(function, []).extend(tests)
        return reached, took

    def looking(self, file: Path, items: Sequence[pytest.Item]) -> bool:
        from mutmut.state import state

        reached: dict[str, list[str]] = {}
        took: dict[str, float] = {}
        for item, following in pairs(items):
            state()._stats.clear()
            start = time.process_time()
            passed = passes(item, following)
            took[item.nodeid] = time.process_time() - start
            if not passed:  # such as one that starts a process, where mutmut finds no settings
                print(f"left out, it fails without a mutant: {item.nodeid}", file=sys.stderr, flush=True)
                continue
            for function in state()._stats:
                reached.setdefault(function, []).append(item.nodeid)
        file.write_text(json.dumps([reached, took]), encoding="utf-8")
        return True

    def child(self, mutant: str, items: Sequence[pytest.Item], seconds: int) -> bool:
        from mutmut.mutation.trampoline import set_mutant_under_test

        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
        resource.setrlimit(resource.RLIMIT_AS, (4 * 2**30, 4 * 2**30))
        set_mutant_under_test(mutant)
        return all(passes(item, following) for item, following in pairs(items))

    def alone(self, mutant: str) -> str:
        command = [sys.executable, "-m", "pytest", "-x", *self.arguments]
        environment = {**os.environ, "MUTANT_UNDER_TEST": mutant}
        done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return "killed" if done.returncode else "survived"

    def wait(self, running: dict[int, str]) -> None:
        pid, status = os.wait()
        code = os.waitstatus_to_exitcode(status)
        self.tell(running.pop(pid), "survived" if code == 0 else "killed" if code > 0 else "slow")

    def tell(self, mutant: str, result: str) -> None:
        self.counts[result] += 1
        if result == "survived":
            self.survived.append(mutant)
        line = {"mutant": mutant, "result": result, "lines": self.mutants[mutant]}
        print(json.dumps(line, ensure_ascii=False), file=self.out)


def pairs(items: Sequence[pytest.Item]) -> Iterator[tuple[pytest.Item, pytest.Item | None]]:
    return zip(items, [*items[1:], None], strict=True)


def passes(item: pytest.Item, following: pytest.Item | None) -> bool:
    from _pytest.runner import runtestprotocol

    return not any(report.failed for report in runtestprotocol(item, log=False, nextitem=following))


def forked(run: Callable[..., bool], *arguments: Any) -> int:
    """The number of a child process that ends with 0 where `run` gives true; it prints nothing."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        code = 0 if run(*arguments) else 1
    finally:
        os._exit(code)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("files", nargs="+", help="files of the package")
    parser.add_argument(
        "--sample", type=int, metavar="N", help="so many mutants of each file, drawn by seed 0"
    )
    parser.add_argument("--only", type=Path, metavar="FILE", help="the mutants whose names stand in a file")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), metavar="N")
    parser.add_argument("--longest", type=float, default=60, metavar="S", help="seconds of tests a mutant")
    split = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    given, tests = parser.parse_args(sys.argv[1:split]), sys.argv[split + 1 :]
    mutants: dict[str, list[str]] = {}
    written = write_mutants(given.files, COPY)
    for file in given.files:
        names = sorted(n for n in written if n.startswith(file.removesuffix(".py").replace("/", ".") + ".x"))
        if given.sample and given.sample < len(names):
            names = random.Random(0).sample(names, given.sample)
        mutants |= {name: written[name] for name in names}
    if given.only:
        only = given.only.read_text(encoding="utf-8").split()
        mutants = {name: lines for name, lines in mutants.items() if name in only}
    os.environ |= {"PYTHONPATH": str(COPY), "MUTANT_UNDER_TEST": "stats", "MUTMUT_DEPENDENCY_DEPTH": "-1"}
    sys.path.insert(0, str(COPY))
    options = ["-n0", "-s", "--tb=no", "-p", "no:cacheprovider", "-o", KEEP_NOTHING, *tests]
    plugin = Mutants(mutants, options, given.jobs, given.longest)
    code = pytest.main(options, plugins=[plugin])
    print(json.dumps({"all": len(written), "tried": len(mutants), **plugin.counts}), file=plugin.out)
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
