"""The command as a user types it: what it prints where, and how it ends."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import GOLDEN, Run, clean_environment

import convcost
from convcost import library

ONE = "name: one\ninput: [3, 8, 8]\nvariables: {side: 3}\nnetwork: [{conv: {out: 4, k: side}}]\n"
MADDS = 8 * 8 * 3 * 3 * 3 * 4
BAD = "name: bad\ninput: [3, 8, 8]\nnetwork: [{cnov: 4}]\n"
SHIPPED = library.specs_directory()


@pytest.fixture
def one(tmp_path: Path) -> Path:
    path = tmp_path / "one.yaml"
    path.write_text(ONE, encoding="utf-8")
    return path


# ------------------------------------------------------------------------------ report


def test_report_prints_to_standard_output_alone(run: Run, one: Path) -> None:
    result = run("report", one)
    assert (result.code, result.err) == (0, "")
    assert f"{MADDS:,}" in result.out
    assert "convention madds: " in result.out
    assert "input 3×8×8" in result.out


@pytest.mark.parametrize("format", ["table", "json", "jsonl", "csv", "md", "latex"])
def test_every_format_is_what_the_library_renders(format: str, run: Run, one: Path) -> None:
    from convcost.render import render

    result = run("report", one, "--format", format, "--dtype", "int8", "--depth", 2)
    made = convcost.report(str(one), dtype="int8", depth=2)
    assert (result.code, result.out) == (0, render(made, format))


@pytest.mark.parametrize(
    ("options", "madds"),
    [
        pytest.param((), MADDS, id="defaults"),
        pytest.param(("--set", "side=1"), 8 * 8 * 3 * 4, id="--set"),
        pytest.param(("--set", "side=5 - 4"), 8 * 8 * 3 * 4, id="--set with an expression"),
        pytest.param(("--batch", 7), 7 * MADDS, id="--batch"),
        pytest.param(("--input", "1x5x6"), 5 * 6 * 3 * 3 * 1 * 4, id="--input"),
        pytest.param(("--input", "1×5×6"), 5 * 6 * 3 * 3 * 1 * 4, id="--input as a report prints it"),
    ],
)
def test_options_reach_the_report(options: tuple[object, ...], madds: int, run: Run, one: Path) -> None:
    result = run("report", one, "--format", "json", *options)
    assert (result.code, result.err) == (0, "")
    assert json.loads(result.out)["totals"]["madds"] == madds


def test_variant_top_and_depth(run: Run) -> None:
    assert "11,689,512" in run("report", "resnet", "--variant", "resnet18").out  # torchvision
    top = run("report", "mobilenet_v2", "--top", 2, "--by", "params").out.splitlines()
    assert [line.split()[0] for line in top if "×" in line and not line.startswith("input")] == [
        "classifier", "last.conv"
    ]  # fmt: skip
    depths = {depth: run("report", GOLDEN / "small.yaml", "--depth", depth).out for depth in (1, 2, 3)}
    assert ["\n  1 " in depths[depth] for depth in depths] == [False, True, True]
    assert ["\n    conv " in depths[depth] for depth in depths] == [False, False, True]


def test_a_dash_reads_standard_input(run: Run) -> None:
    result = run("report", "-", "--format", "json", stdin=ONE.encode())
    assert json.loads(result.out)["totals"]["madds"] == MADDS
    bad = run("report", "-", stdin=BAD.encode())
    assert bad.code == 2
    assert bad.err.startswith("error: <stdin>:3:12: ")


def test_a_file_wins_over_a_shipped_name(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "MobileNetV2" in run("report", "mobilenet_v2").out
    Path("mobilenet_v2").write_text(ONE, encoding="utf-8")
    assert run("report", "mobilenet_v2").out.startswith("one\n")
    assert "MobileNetV2" in run("report", os.path.join(SHIPPED, "mobilenet_v2.yaml")).out


def test_a_spec_may_lie_in_a_path_with_any_name(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "spec with space, ümläut & $HOME.yaml"
    path.write_text(BAD, encoding="utf-8")
    assert f"error: {path}:3:12: there is no op or block 'cnov'" in run("report", path).err


# ------------------------------------------------------------------------------ refusals


REFUSED = [
    (("report", "nope"), "no shipped spec called 'nope'"),
    (("report", "mobilnet_v2"), "did you mean 'mobilenet_v2'"),
    (("report", "no/such.yaml"), "there is no file no/such.yaml"),
    (("report", "."), "is a directory"),
    (("report", "mobilenet_v2", "--set", "alpha"), "--set 'alpha' is not NAME=VALUE"),
    (("report", "mobilenet_v2", "--set", "alpha=-1"), "alpha = -1 is not a number above 0"),
    (("report", "mobilenet_v2", "--set", "alpha=1e1"), "alpha=1e1"),
    (("report", "mobilenet_v2", "--set", "a=1"), "no variable 'a'"),
    (("report", "mobilenet_v2", "--set", "alpha=()"), "not"),
    (("report", "mobilenet_v2", "--variant", "x"), "no variant 'x'"),
    (("report", "mobilenet_v2", "--input", "224"), "--input '224' is not CxHxW"),
    (("report", "mobilenet_v2", "--input", "3x0x4"), "at least 1"),
    (("report", "mobilenet_v2", "--input", "3x-1x4"), "is not CxHxW"),
    (("report", "mobilenet_v2", "--input", "3x4x4", "--set", "resolution=32"), "given twice"),
    (("report", "mobilenet_v2", "--batch", "0"), "batch is at least 1"),
    (("report", "mobilenet_v2", "--batch", "1.5"), "1.5"),
    (("report", "mobilenet_v2", "--top", "0"), "top is at least 1"),
    (("report", "mobilenet_v2", "--by", "flops"), "flops"),
    (("report", "mobilenet_v2", "--dtype", "fp23"), "fp23"),
    (("report", "mobilenet_v2", "--format", "xml"), "xml"),
    (("report", "mobilenet_v2", "--max-nodes", "9"), "--max-nodes raises it"),
    (("report", "mobilenet_v2", "--max-nodes", "0"), "--max-nodes"),
    (("report",), "Missing argument"),
    (("report", "mobilenet_v2", "resnet"), "unexpected"),
    (("compare", "standard", "dcs"), "did you mean 'dsc'"),
    (("compare",), "Missing argument"),
    (("compare", "standard"), "there is only standard to compare"),
    (("compare", "standard", "dsc", "--k", "0"), "k is a count from 1"),
    (("compare", "standard", "bottleneck"), "--assume 'M != N'"),
    (("check",), "Missing argument"),
    (("check", "nope"), "no shipped spec called 'nope'"),
    (("reprot", "mobilenet_v2"), "reprot"),
    (("--no-such-option",), "--no-such-option"),
]


@pytest.mark.parametrize(("words", "message"), REFUSED, ids=[" ".join(words) for words, _ in REFUSED])
def test_a_refusal_is_a_message_on_standard_error_and_code_2(
    words: tuple[str, ...], message: str, run: Run
) -> None:
    result = run(*words)
    assert (result.code, result.out) == (2, "")
    assert message in result.err
    assert "Traceback" not in result.err


def test_an_error_shows_the_line_and_points_at_the_word(run: Run) -> None:
    result = run("report", "-", stdin=BAD.encode())
    place, line, caret, hint = result.err.splitlines()
    assert place == "error: <stdin>:3:12: there is no op or block 'cnov'"
    assert line.endswith("| network: [{cnov: 4}]")
    assert line[caret.index("^") :].startswith("cnov")
    assert "did you mean 'conv'" in hint


def test_an_error_cannot_drive_the_terminal(run: Run) -> None:
    result = run("report", "-", stdin=b'name: "\x1b[31m"\ninput: [1]\n')
    assert result.code == 2
    assert "\x1b" not in result.err
    result = run("report", "mobilenet_v2", "--set", "\x1b[31m=1")
    assert (result.code, "\x1b" in result.err) == (2, False)


# ------------------------------------------------------------------------------ help and version


def test_version(run: Run) -> None:
    result = run("--version")
    assert (result.code, result.out, result.err) == (0, f"convcost {convcost.__version__}\n", "")


@pytest.mark.parametrize("command", [(), ("report",), ("compare",), ("check",), ("list",)])
def test_help_explains_each_command_and_option(command: tuple[str, ...], run: Run) -> None:
    result = run(*command, "--help")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith(f"Usage: convcost {' '.join((*command, '[OPTIONS]'))}")
    lines = result.out.splitlines()
    for i, line in enumerate(lines):
        if line.startswith("  -") and len(line.split("  ")) < 3:  # the help stands in the next line
            assert lines[i + 1].startswith(" " * 10), line


def test_a_bare_command_shows_its_help_and_fails(run: Run) -> None:
    result = run()
    assert result.code == 2
    assert "Usage: convcost" in result.out + result.err


def test_every_cap_has_an_option(run: Run) -> None:
    from dataclasses import fields

    for command in ("report", "check"):
        text = run(command, "--help").out
        assert all(f"--max-{field.name} " in text for field in fields(convcost.Limits))


# ------------------------------------------------------------------------------ compare and list


def test_compare(run: Run) -> None:
    result = run("compare", "standard", "dsc", "--k", 3, "--m", 32, "--n", 64, "--df", 112)
    assert (result.code, result.err) == (0, "")
    assert "73/576" in result.out
    data = json.loads(run("compare", "standard", "dsc:k=5", "--df", 14, "--format", "json").out)
    assert data["sides"][1]["count"]["at"] == "196*M*N + 4900*M"  # 14 * 14, and times 25


def test_compare_takes_letters_and_assumptions(run: Run) -> None:
    words = ("--set", "t=6", "--set", "k=3", "--m", 16, "--n", 24, "--df", 56)
    result = run("compare", "standard", "inverted_residual", *words)
    assert (result.code, result.err) == (0, "")
    assert f"{56 * 56 * 16 * 6 * (16 + 9 + 24):,}" in result.out
    result = run("compare", "standard", "inverted_residual", "--assume", "t > 1", "--assume", "M != N")
    assert "formulas hold where M != N and t != 1" in result.out


def test_list_names_every_shipped_spec(run: Run) -> None:
    result = run("list")
    assert (result.code, result.err) == (0, "")
    names = [line.split()[0] for line in result.out.splitlines()[1:]]
    assert names == library.spec_names()
    assert "resnet152" in result.out
    data = json.loads(run("list", "--format", "json").out)
    assert [entry["name"] for entry in data["specs"]] == names
    (v2,) = (entry for entry in data["specs"] if entry["name"] == "mobilenet_v2")
    assert v2["variables"]["alpha"] == 1


def test_list_writes_switches_as_the_language_does(run: Run) -> None:
    out = run("list").out
    assert "shallow=false" in out
    assert "False" not in out


# ------------------------------------------------------------------------------ -o


def test_output_is_the_same_text_in_a_file(run: Run, one: Path, tmp_path: Path) -> None:
    for words in (("report", one), ("compare", "standard", "dsc"), ("check", "mobilenet_v2")):
        path = tmp_path / f"{words[0]}.txt"
        assert run(*words, "-o", path) == (0, "", "")
        assert path.read_bytes().decode() == run(*words).out


@pytest.mark.parametrize("format", ["table", "json"])
def test_output_is_plain_even_from_a_terminal(format: str, run: Run, one: Path, tmp_path: Path) -> None:
    path = tmp_path / "out"
    assert run("report", one, "--format", format, "-o", path, tty=40).code == 0
    assert "\x1b" not in path.read_text(encoding="utf-8")
    assert path.read_bytes().decode() == run("report", one, "--format", format).out


def test_output_replaces_a_file_and_keeps_its_permissions(run: Run, one: Path, tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o640)
    assert run("report", one, "--format", "json", "-o", path).code == 0
    assert json.loads(path.read_text(encoding="utf-8"))["totals"]["madds"] == MADDS
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith(".")] == []


@pytest.mark.parametrize("exists", [True, False], ids=["to a file", "to nothing"])
def test_output_goes_through_no_link(exists: bool, run: Run, one: Path, tmp_path: Path) -> None:
    """Somebody else may have put it there, to have another file written over."""
    target, link = tmp_path / "target", tmp_path / "link"
    if exists:
        target.write_text("mine", encoding="utf-8")
    link.symlink_to(target)
    result = run("report", one, "-o", link)
    assert (result.code, result.out) == (2, "")
    assert f"link is a link to {target}" in result.err
    assert link.is_symlink()
    assert target.exists() is exists
    assert not exists or target.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("name", ["", "no/such/folder/out", "/proc/no"], ids=repr)
def test_output_that_cannot_be_written_is_an_error(name: str, run: Run, one: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    result = run("report", one, "-o", os.path.join(tmp_path, name))
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("error: ")
    assert sorted(tmp_path.iterdir()) == before


def test_a_refused_spec_writes_nothing(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_text("old", encoding="utf-8")
    assert run("report", "-", "-o", path, stdin=BAD.encode()).code == 2
    assert path.read_text(encoding="utf-8") == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("command", ["report", "check"])
@pytest.mark.parametrize("through", ["the file", "a symbolic link", "a hard link"])
def test_a_spec_is_never_written_over(
    command: str, through: str, run: Run, one: Path, tmp_path: Path
) -> None:
    """Nor one that claims nothing, beside others that do."""
    path = tmp_path / "out.yaml"
    if through == "the file":
        path = one
    elif through == "a symbolic link":
        path.symlink_to(one)
    else:
        path.hardlink_to(one)
    beside = ("mobilenet_v2",) if command == "check" else ()
    result = run(command, *beside, one, "-o", path)
    assert one.read_text(encoding="utf-8") == ONE
    assert result.code == 2
    assert "overwrite" in result.err


# ------------------------------------------------------------------------------ terminals

TABLE = ("report", "mobilenet_v2", "--depth", "2")


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_a_terminal_gets_colours_and_its_width(width: int, run: Run) -> None:
    result = run(*TABLE, tty=width)
    assert "\x1b[" in result.out
    plain = run(*TABLE, tty=width, env={"NO_COLOR": "1"})
    assert "\x1b" not in plain.out
    assert max(map(len, plain.out.splitlines())) <= width


@pytest.mark.parametrize(
    "env", [{}, {"COLUMNS": "40"}, {"FORCE_COLOR": "1"}, {"TTY_COMPATIBLE": "1"}, {"NO_COLOR": ""}], ids=str
)
def test_a_pipe_gets_neither(env: dict[str, str], run: Run) -> None:
    result = run(*TABLE, env=env)
    assert "\x1b" not in result.out
    assert max(map(len, result.out.splitlines())) > 100
    assert result.out == run(*TABLE).out


@pytest.mark.parametrize(
    ("env", "colours"), [({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)]
)
@pytest.mark.parametrize("words", [TABLE, ("check", "mobilenet_v1")], ids=" ".join)
def test_no_color(words: tuple[str, ...], env: dict[str, str], colours: bool, run: Run) -> None:
    assert ("\x1b[" in run(*words, env=env, tty=100).out) == colours


# ------------------------------------------------------------------------------ real processes


def test_python_m_convcost_is_the_command(shell: Run) -> None:
    result = shell("report", "-", "--format", "csv", stdin=ONE.encode())
    assert (result.code, result.err) == (0, "")
    assert f",{MADDS}," in result.out


def test_a_table_needs_no_library_that_it_does_not_use(shell: Run) -> None:
    """Start-up is what a user waits for: these are for other commands and formats."""
    code = (
        "import sys; sys.argv = ['convcost', 'report', 'mobilenet_v2']\n"
        "import convcost.cli\n"
        "try: convcost.cli.main()\n"
        "except SystemExit: pass\n"
        "print('loaded:', *sorted(sys.modules))"
    )
    result = shell(python=("-c", code))
    loaded = set(result.out.partition("loaded:")[2].split())
    assert {"convcost.cli", "convcost.render.table"} <= loaded
    unwanted = {"sympy", "numpy", "mpmath", "hashlib", "tempfile", "pydantic", "asyncio", "csv", "rich"}
    assert loaded & unwanted == set()
    assert "convcost.comparing.results" not in loaded
    assert "convcost.checking" not in loaded


def test_a_reader_that_stops_early_is_no_error() -> None:
    """`convcost report mobilenet_v2 --depth 9 --format json | head -1`"""
    words = [sys.executable, "-m", "convcost", "report", "mobilenet_v2", "--format", "json"]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment()
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"{\n"
        process.stdout.close()
        err = process.stderr.read().decode()
        process.wait(60)
    assert err == ""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
def test_a_full_disk_is_an_error_without_a_traceback() -> None:
    words = [sys.executable, "-m", "convcost", "report", "mobilenet_v2"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, env=clean_environment(), timeout=60)
    assert done.returncode == 2
    assert done.stderr.decode().startswith("error: ")
    assert "Traceback" not in done.stderr.decode()


@pytest.mark.parametrize(
    ("words", "env"),
    [
        pytest.param(("report", "mobilenet_v2"), {"PYTHONIOENCODING": "ascii"}, id="report in ASCII"),
        pytest.param(("report", "mobilenet_v2"), {"PYTHONIOENCODING": "latin-1"}, id="report in Latin-1"),
        pytest.param(
            ("report", "mobilenet_v2"), {"LC_ALL": "C", "PYTHONUTF8": "0"}, id="report in the C locale"
        ),
        pytest.param(("list",), {"PYTHONIOENCODING": "ascii"}, id="list"),
        pytest.param(("check", "mobilenet_v2"), {"PYTHONIOENCODING": "ascii"}, id="check"),
    ],
)
def test_a_terminal_without_utf_8_gets_what_it_can_show(words: tuple[str, ...], env: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "convcost", *words],
        capture_output=True,
        env=clean_environment(env),
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert words[0] != "report" or b"300,774,272" in done.stdout


def test_a_closed_standard_input_is_an_error_without_a_traceback() -> None:
    command = f'"{sys.executable}" -m convcost report - <&-'
    done = subprocess.run(["sh", "-c", command], capture_output=True, env=clean_environment(), timeout=60)
    assert done.returncode == 2
    assert done.stderr.startswith(b"error: ")
    assert b"Traceback" not in done.stderr


def test_a_real_terminal(tmp_path: Path) -> None:
    """A pseudo-terminal of 72 columns: colours, and no line that wraps."""
    pty = pytest.importorskip("pty")
    fcntl = pytest.importorskip("fcntl")
    import re
    import struct
    import termios

    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 72, 0, 0))
    with os.fdopen(master, "rb", buffering=0) as screen:
        with subprocess.Popen(
            [sys.executable, "-m", "convcost", *TABLE],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=clean_environment({"TERM": "xterm"}),
        ) as process:
            os.close(slave)
            data = b""
            try:
                while chunk := screen.read(1 << 16):
                    data += chunk
            except OSError:  # Linux says EIO when the other end is closed
                pass
        assert process.returncode == 0
    text = data.decode().replace("\r\n", "\n")
    assert "\x1b[" in text
    assert max(len(line) for line in re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines()) <= 72
    assert "300,774,272" in text
