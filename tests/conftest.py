"""Fixtures shared by the tests: the command in this process or in its own, and golden files."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest

import convcost.cli

ROOT = Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "tests" / "golden"
GRAPHS = 6_000  # random graphs of the lane `peers`
# What a shell may have set that changes how a command prints.
UNSET = (
    "NO_COLOR",
    "FORCE_COLOR",
    "TTY_COMPATIBLE",
    "COLUMNS",
    "LINES",
    "TERM",
    "PYTHONIOENCODING",
    "PYTHONUTF8",
)


class Result(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


class Stream(io.TextIOWrapper):
    """A standard stream in memory, which says whether it is a terminal."""

    terminal = False

    def isatty(self) -> bool:
        return self.terminal

    def text(self) -> str:
        self.flush()
        data: bytes = self.buffer.getvalue()  # type: ignore[attr-defined]
        return data.decode(self.encoding)


def stream(data: bytes = b"") -> Stream:
    return Stream(io.BytesIO(data), encoding="utf-8", newline="\n")


Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run("report", "-", stdin=b"...", env={}, tty=80)`: the command, in this process."""

    def command(
        *words: object, stdin: bytes = b"", env: Mapping[str, str] | None = None, tty: int | None = None
    ) -> Result:
        out, err = stream(), stream()
        out.terminal = tty is not None
        with monkeypatch.context() as patch:
            for name in UNSET:
                patch.delenv(name, raising=False)
            for name, value in {"COLUMNS": str(tty), "TERM": "xterm"}.items() if tty else ():
                patch.setenv(name, value)
            for name, value in (env or {}).items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["convcost", *map(str, words)])
            patch.setattr(sys, "stdin", stream(stdin))
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            try:
                convcost.cli.main()
                code: object = 0
            except SystemExit as end:
                code = end.code
        return Result(code if isinstance(code, int) else int(code is not None), out.text(), err.text())

    return command


def clean_environment(env: Mapping[str, str] | None = None) -> dict[str, str]:
    return {**{name: value for name, value in os.environ.items() if name not in UNSET}, **(env or {})}


@pytest.fixture
def shell() -> Run:
    """The same in a process of its own, for what only a real one shows; slow."""

    def command(
        *words: object,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        python: tuple[str, ...] = ("-m", "convcost"),
    ) -> Result:
        done = subprocess.run(
            [sys.executable, *python, *map(str, words)],
            input=stdin,
            capture_output=True,
            env=clean_environment(env),
            cwd=cwd,
            timeout=60,
        )
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    return command


# ------------------------------------------------------------------------------ golden files


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-goldens",
        action="store_true",
        help="Write tests/golden/* anew; read the diff before a commit.",
    )
    parser.addoption(
        "--graphs",
        type=int,
        default=GRAPHS,
        metavar="N",
        help=f"How many random graphs the lane `peers` compares; unless said {GRAPHS}.",
    )


# ------------------------------------------------------------------------------ the lanes

LANES = {
    "peers": "compares with PyTorch and ONNX: pytest -m peers",
    "long": "tries more of the same: pytest -m long",
}

collect_ignore_glob = ["peers/[!t]*.py"]  # what its tests import; without PyTorch they cannot be looked into
needs_peers = pytest.mark.skipif(
    find_spec("torch") is None or find_spec("onnx") is None,
    reason="PyTorch or ONNX is not installed: pip install -e '.[dev,peers]'",
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A lane takes its time, and runs where it is asked for."""
    for lane, reason in LANES.items():
        if lane not in config.option.markexpr:
            for item in items:
                if item.get_closest_marker(lane):
                    item.add_marker(pytest.mark.skip(reason=reason))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What a long run of the laws has met."""
    laws = sys.modules.get("laws")
    if laws is not None and laws.TIMES > 1:
        for what, count in sorted(laws.TRIED.items()):
            terminalreporter.write_line(f"{count:>10,}  {what}")


Golden = Callable[[str, str], None]


@pytest.fixture
def golden(pytestconfig: pytest.Config) -> Golden:
    """`golden("small.md", text)`: the text is the file's, to the byte."""

    def same(name: str, text: str) -> None:
        path = GOLDEN / name
        if pytestconfig.getoption("--update-goldens"):
            path.write_bytes(text.encode())
        assert path.is_file(), f"there is no {path}; run pytest --update-goldens and read what it wrote"
        assert text == path.read_bytes().decode()

    return same
