"""What is shipped: the wheel and the source distribution hold all that a command needs."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import pytest
from conftest import ROOT, Run, clean_environment

import convcost
from convcost import library

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DECLARED = {re.split("[<>=~!]", requirement)[0] for requirement in PROJECT["dependencies"]}
hatchling = pytest.mark.skipif(
    find_spec("hatchling") is None, reason="hatchling, the build backend, is not installed"
)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the source distribution, built without a network."""
    folder = tmp_path_factory.mktemp("dist")
    words = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, env=clean_environment(), timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    return folder


@pytest.fixture(scope="session")
def wheel(built: Path) -> set[str]:
    (path,) = built.glob("*.whl")
    return set(zipfile.ZipFile(path).namelist())


@pytest.fixture(scope="session")
def sdist(built: Path) -> set[str]:
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


def files(folder: str, pattern: str) -> set[str]:
    return {str(path.relative_to(ROOT)) for path in (ROOT / folder).rglob(pattern)}


@hatchling
def test_the_wheel_holds_specs_and_blocks_and_types(wheel: set[str]) -> None:
    assert {f"convcost/{name}" for name in files("specs", "*.yaml")} <= wheel
    assert files("convcost", "*.yaml") <= wheel
    assert files("convcost", "*.py") <= wheel
    assert "convcost/py.typed" in wheel


@hatchling
def test_the_wheel_holds_nothing_else(wheel: set[str]) -> None:
    assert {name.partition("/")[0] for name in wheel} == {
        "convcost",
        f"convcost-{convcost.__version__}.dist-info",
    }
    assert not [name for name in wheel if "test" in name or name.endswith((".pyc", ".tex", ".md"))]


@hatchling
def test_the_source_holds_what_the_checkout_needs(sdist: set[str]) -> None:
    wanted = files("specs", "*.yaml") | files("convcost", "*.py") | files("convcost", "*.yaml")
    wanted |= {name for name in files("tests", "*.*") if "__pycache__" not in name}
    wanted |= files("docs", "*.md") | files("docs", "*.py") | files("benchmarks", "*.py")
    wanted |= {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md"}
    wanted |= {"SECURITY.md", "RELEASING.md"}
    assert wanted - sdist == set()
    assert not [name for name in sdist if "__pycache__" in name or name.endswith(".pyc")]


@pytest.mark.long
@hatchling
def test_the_wheel_answers_from_anywhere(built: Path, tmp_path: Path, shell: Run) -> None:
    """Unpacked in front of the checkout, run in an empty folder: its own specs, its own blocks."""
    (path,) = built.glob("*.whl")
    zipfile.ZipFile(path).extractall(tmp_path / "site")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    env = {"PYTHONPATH": str(tmp_path / "site")}
    where = shell(python=("-c", "import convcost; print(convcost.__file__)"), env=env, cwd=elsewhere)
    assert where.out.strip() == str(tmp_path / "site" / "convcost" / "__init__.py")
    result = shell("report", "mobilenet_v2", env=env, cwd=elsewhere)
    assert (result.code, result.err) == (0, "")
    assert "300,774,272" in result.out
    assert "73/576" in shell("compare", "standard", "dsc", "--k", 3, "--n", 64, env=env, cwd=elsewhere).out
    assert shell("list", env=env, cwd=elsewhere).out == shell("list", cwd=elsewhere).out
    check = shell("check", "mobilenet_v2", "--format", "json", env=env, cwd=elsewhere)
    assert check.code == 0
    assert str(tmp_path / "site") in check.out


@hatchling
def test_the_wheel_says_what_it_needs(built: Path) -> None:
    (path,) = built.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        headers = archive.read(name).decode()
    assert f"Version: {convcost.__version__}\n" in headers
    assert "Requires-Python: >=3.11\n" in headers
    assert "License-Expression: MIT\n" in headers
    needed = re.findall(r"^Requires-Dist: ([a-z]+)[^;\n]*$", headers, re.MULTILINE)
    assert sorted(needed) == sorted(DECLARED)
    with zipfile.ZipFile(path) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("entry_points.txt"))
        assert "convcost = convcost.cli:main" in archive.read(name).decode()


def test_the_checkout_answers_from_anywhere(tmp_path: Path, shell: Run) -> None:
    env = {"PYTHONPATH": str(ROOT)}
    result = shell("report", "mobilenet_v2", env=env, cwd=tmp_path)
    assert (result.code, result.err) == (0, "")
    assert "300,774,272" in result.out


def test_the_suite_runs_on_the_checkout() -> None:
    """An editable installation: the specs are those beside the package, and the version is the source's."""
    assert Path(convcost.__file__) == ROOT / "convcost" / "__init__.py"
    assert Path(library.specs_directory()) == ROOT / "specs"
    assert metadata.version("convcost") == convcost.__version__


def test_an_installed_command_is_main() -> None:
    (command,) = metadata.entry_points(group="console_scripts", name="convcost")
    assert command.value == PROJECT["scripts"]["convcost"] == "convcost.cli:main"
    assert callable(command.load())


def test_the_package_imports_only_what_it_declares() -> None:
    """Every top-level import of the package is the standard library's, its own, or declared."""
    imported = set()
    for path in (ROOT / "convcost").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0
                imported.add((node.module or "").partition(".")[0])
    foreign = imported - set(sys.stdlib_module_names) - {"convcost", "__future__"}
    assert {"pyyaml" if name == "yaml" else name for name in foreign} == DECLARED
