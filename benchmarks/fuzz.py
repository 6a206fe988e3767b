"""Hostile and broken input, as much of it as time allows: what `tests/ending.py` promises of any text.

    python benchmarks/fuzz.py made COUNT SEED    specs from the grammar, and with slips (hypothesis)
    python benchmarks/fuzz.py guided COUNT SEED  texts that coverage leads to (atheris, in the extra `fuzz`)
    python benchmarks/fuzz.py attacks [BYTES]    tests/attacks.py at the default caps, a process each

The first two print a line of JSON: how many inputs, how long, the slowest, the memory, what was found; on
stderr, one every 10,000 inputs.
Each finding, with the text that brings it out, goes to FOUND below the directory for temporary files; add
what it was, made as small as it goes, to `tests/data/corpus.jsonl`.
"""

from __future__ import annotations

import gc
import json
import os
import random
import resource
import sys
import tempfile
import time
import traceback
import zlib
from collections import Counter
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ending import Ending
    from hypothesis.strategies import SearchStrategy

    from convcost import Limits
    from convcost.spec import Spec

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
FOUND = Path(tempfile.gettempdir()) / "convcost-fuzz"
LONGEST = 2_000  # bytes of an input that coverage leads to
SLIPS = 40  # inputs with a slip for each from the grammar
TIGHT = {"bytes": 100_000, "nodes": 60, "steps": 3_000}  # caps, so that there are many inputs
EDITS = ("drop line", "copy line", "swap lines", "swap words", "put", "put word", "drop")
OFTEN = {"check": 2, "lint": 4, "solve": 16, "symbolic": 32, "why": 256, "elasticity": 256}


class Tally:
    """What a run has seen so far."""

    def __init__(self, way: str, seed: int) -> None:
        self.way, self.seed, self.start = way, seed, time.time()
        self.endings: Counter[str] = Counter()
        self.found: dict[str, int] = {}
        self.slowest, self.seconds = 0.0, 0.0

    def put(self, text: str | bytes, limits: Limits) -> None:
        """One input through the harness; what it should not do is kept, and the run goes on."""
        import ending

        started = time.process_time()
        try:
            self.endings["refused" if self.end(text, limits).error else "reported"] += 1
        except (Exception, ending.Touched) as error:
            self.endings["found"] += 1
            self.keep(text, error)
        took = time.process_time() - started
        self.seconds += took
        if took > self.slowest:
            self.slowest = took
            self.save("slowest", text)
        if self.endings.total() % 10_000 == 0:
            print(self.line(), file=sys.stderr, flush=True)

    def end(self, text: str | bytes, limits: Limits) -> Ending:
        """Through every command, the slow ones on some texts, with some of the formats."""
        import ending

        from convcost import reader, render

        data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
        turn = zlib.crc32(data)
        commands = [name for name, every in OFTEN.items() if turn % every == 0]
        formats = tuple(name for i, name in enumerate(render.FORMATS) if (turn // 16 + i) % 3 == 0)
        reader.REREAD = 10_000 if turn % 16 == 0 else 0  # the slow loader, for its words of what is wrong
        return ending.end_any(text, ending.Given(formats=formats), limits, commands)

    def keep(self, text: str | bytes, error: BaseException) -> None:
        last = traceback.extract_tb(error.__traceback__)[-1]
        name = f"{type(error).__name__}-{Path(last.filename).stem}-{last.lineno}"
        if len(text) < self.found.get(name, 10**9):
            self.found[name] = len(text)
            self.save(name, text)
            self.save(f"{name}.traceback", traceback.format_exc())

    def save(self, name: str, text: str | bytes) -> None:
        FOUND.mkdir(exist_ok=True)
        data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
        (FOUND / f"{self.way}-{self.seed}-{name}").write_bytes(data)

    def line(self) -> str:
        return json.dumps(
            {
                "way": self.way,
                "seed": self.seed,
                "inputs": self.endings.total(),
                **self.endings,
                "minutes": round((time.time() - self.start) / 60, 1),
                "milliseconds_each": round(1000 * self.seconds / max(1, self.endings.total()), 2),
                "slowest_seconds": round(self.slowest, 2),
                "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                "findings": self.found,
            }
        )


def shipped() -> list[str]:
    """The texts to begin from: networks, the library's blocks as blocks of a spec, the corpus."""
    from corpus import CORPUS

    specs = [path.read_text() for path in sorted((ROOT / "specs").glob("*.yaml"))]
    blocks = [
        f"name: x\ninput: [8, 8, 8]\nnetwork: [bn]\nblocks:\n  own:\n{indented(path.read_text())}"
        for path in sorted((ROOT / "convcost" / "blocks").glob("*.yaml"))
    ]
    return [*specs, *blocks, *(case.text for case in CORPUS)]


def indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())


# ------------------------------------------------------------------------------ the ways


def made(count: int, seed: int) -> None:
    import ending
    from strategies import specs

    import convcost

    ending.COUNT = False
    tally, chance, tight = Tally("made", seed), random.Random(seed), convcost.Limits(**TIGHT)
    known = [text for text in shipped() if len(text) < LONGEST]

    def put(text: str) -> None:
        tally.put(text, ending.SMALL)
        known[chance.randrange(len(known))] = text
        for _ in range(SLIPS):
            tally.put(slipped(chance.choice(known), chance), tight)

    each(specs().map(lambda written: written.text), count // (1 + SLIPS), seed, put)
    print(tally.line())


def slipped(text: str, chance: random.Random) -> str:
    """The text with a few words and lines moved, put in or left out."""
    from slips import PIECES, edit_lines, edit_words

    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        what = chance.choice(EDITS)
        place, other = chance.random(), chance.random()
        if what.endswith(("line", "lines")):
            text = edit_lines(text, what, place, other)
        else:
            text = edit_words(text, what, place, other if what == "swap words" else chance.choice(PIECES))
    return text


def each(texts: SearchStrategy[str], count: int, seed: int, do: Callable[[str], None]) -> None:
    """Something done with so many texts."""
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import seed as seeded

    quiet = settings(
        max_examples=count, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    seeded(seed)(quiet(given(texts)(do)))()


def guided(count: int, seed: int) -> None:
    import atheris

    with atheris.instrument_imports(include=["convcost"]):
        import ending

        import convcost

        ending.warm()
    from strategies import specs

    ending.COUNT = False
    tally, tight = Tally("guided", seed), convcost.Limits(**TIGHT)

    def run(data: bytes) -> None:
        tally.put(data, tight)
        if tally.endings.total() >= count:
            print(tally.line(), flush=True)
            os._exit(0)

    def mutate(data: bytes, most: int, turn: int) -> bytes:
        """Mostly words and lines are moved, since bytes alone seldom leave a text YAML."""
        chance = random.Random(turn)
        if chance.random() < 0.15:
            return bytes(atheris.Mutate(data, len(data)))
        return slipped(data.decode("utf-8", "replace"), chance).encode("utf-8", "replace")[:most]

    texts = shipped()
    each(specs().map(lambda written: written.text), 200, seed, lambda text: texts.append(text))
    with tempfile.TemporaryDirectory() as seeds:
        for i, text in enumerate(text for text in texts if len(text) < LONGEST):
            (Path(seeds) / f"{i:03}").write_bytes(text.encode("utf-8", "surrogatepass"))
        options = [
            f"-seed={seed}", f"-max_len={LONGEST}", "-timeout=60", "-rss_limit_mb=2048", "-verbosity=0",
            f"-artifact_prefix={FOUND}/",
        ]  # fmt: skip
        FOUND.mkdir(exist_ok=True)
        atheris.Setup([sys.argv[0], *options, seeds], run, custom_mutator=mutate)
        atheris.Fuzz()


def attacks(size: int) -> None:
    """Each attack at the default caps, a process each: seconds of CPU, beside those of plain additions.

    Those on formulas and searches are a sixtieth as long: they would be refused before there is work.
    """
    from attacks import ATTACKS, FORMULAS, SEARCHES

    print(f"ten million additions {additions():.2f} s")
    for name, write in ATTACKS.items():
        attack(name, fitting(write, size), reported)
    for name, (formula, free) in FORMULAS.items():
        attack(f"formulas: {name}", formula(size // 60), partial(in_letters, free))
    for name, write in SEARCHES.items():
        attack(f"searches: {name}", write(size // 60), searched)
    print(f"ten million additions {additions():.2f} s")


def additions() -> float:
    started, total = time.process_time(), 0
    for i in range(10_000_000):
        total += i
    return time.process_time() - started


def fitting(write: Callable[[int], str], size: int) -> str:
    """The attack at that size, or as much below it as the cap on a text asks for."""
    from convcost.limits import DEFAULT

    while len(text := write(size)) > DEFAULT.bytes:
        size = size * 9 // 10
    return text


Work: TypeAlias = "Mapping[str, Callable[[], object]]"


def reported(spec: Spec) -> Work:
    from convcost import jobs, library, report
    from convcost.checking import Checker
    from convcost.linting import lint
    from convcost.render import FORMATS, render

    made = cache(lambda: report(spec, depth=99))
    job = jobs.Job(spec.name, spec, spec.claims, library.HERE, (), spec.meter())
    return {
        "report": made,
        **{format: partial(lambda format: render(made(), format), format) for format in FORMATS},
        "check": lambda: list(Checker(spec.limits).findings(job)),
        "lint": lambda: lint(made()),
    }


def in_letters(free: str, spec: Spec) -> Work:
    from convcost.elasticity import make_elasticities
    from convcost.formulas import make_form_report

    return {
        "symbolic": lambda: make_form_report(spec, free.split(", "), {}),
        "elasticity": lambda: make_elasticities(spec, ["all"], {}, depth=9),
    }


def searched(spec: Spec) -> Work:
    from convcost import why
    from convcost.solving import read_target, solve

    return {
        "solve": lambda: solve(spec, next(iter(spec.variables)), (read_target("madds<=20K"),)),
        "why": lambda: why(spec, params="1.5K"),
    }


def attack(name: str, text: str, work: Callable[[Spec], Work]) -> None:
    """A line of what each command takes with the text, up to a report that is refused."""
    import convcost

    print(f"{name:40}", end="", flush=True)
    if child := os.fork():
        os.waitpid(child, 0)
        return

    def timed(what: str, do: Callable[[], Any]) -> Any:
        """What is done, or nothing where it is refused, with a line of how long it took."""
        started, made, said = time.process_time(), None, ""
        try:
            made = do()
        except convcost.SpecError as error:
            said = f" refused: {error.message[:60]}"
        print(f"  {what} {time.process_time() - started:.2f}{said}", end="", flush=True)
        return made

    spec = timed("read", lambda: convcost.loads(text))
    for what, do in work(spec).items() if spec else ():
        if timed(what, do) is None:
            break
    print(f"  {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB", flush=True)
    os._exit(0)


def main() -> None:
    gc.set_threshold(100_000, 50, 100)  # as the command does
    match sys.argv[1:]:
        case ["made", count, seed]:
            made(int(count), int(seed))
        case ["guided", count, seed]:
            guided(int(count), int(seed))
        case ["attacks", *size]:
            attacks(int(size[0]) if size else 990_000)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
