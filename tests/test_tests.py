"""The tests, read as text: each has an assertion that can fail, its own or that of a helper it calls."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

HERE = Path(__file__).parent
FAILING = ("raises", "warns", "fail")  # of pytest


class Module(NamedTuple):
    """A file of `tests/`: its functions, and what its names from other files stand for."""

    functions: Mapping[str, ast.FunctionDef]
    imported: Mapping[str, tuple[str, str]]  # a name here: the module, the name there; "" is all of it


Modules = Mapping[str, Module]


def module(text: str) -> Module:
    """Functions of the top and of its classes; imports wherever they stand."""
    tree = ast.parse(text)
    bodies = [tree.body, *(node.body for node in tree.body if isinstance(node, ast.ClassDef))]
    functions = {node.name: node for body in bodies for node in body if isinstance(node, ast.FunctionDef)}
    imported: dict[str, tuple[str, str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {each.asname or each.name: (each.name, "") for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported |= {each.asname or each.name: (node.module, each.name) for each in node.names}
    return Module(functions, imported)


def meant(function: ast.expr, name: str, modules: Modules) -> tuple[str, str]:
    """The module and the name of a function, as an expression in the module `name` has it."""
    here = modules[name]
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        return here.imported.get(function.value.id, ("", ""))[0], function.attr
    if not isinstance(function, ast.Name):
        return "", ""
    if function.id in here.functions:
        return name, function.id
    return here.imported.get(function.id, ("conftest", function.id))  # fixtures need no import


def can_fail(name: str, function: str, modules: Modules, above: frozenset[tuple[str, str]]) -> bool:
    """Whether a function asserts anything, itself or by what it calls."""
    key = (name, function)
    if key in above or name not in modules or function not in modules[name].functions:
        return False
    for node in ast.walk(modules[name].functions[function]):
        if isinstance(node, ast.Assert) and not isinstance(node.test, ast.Constant):
            return True
        if isinstance(node, ast.Call):
            there, what = meant(node.func, name, modules)
            if there == "pytest" and what in FAILING:
                return True
            handed = [meant(each, name, modules) for each in node.args]  # a law, for what holds it
            if any(can_fail(*each, modules, above | {key}) for each in [(there, what), *handed]):
                return True
    return False


def idle(modules: Modules) -> Iterator[str]:
    """The tests in which nothing can fail."""
    for name, each in modules.items():
        for function in each.functions:
            if function.startswith("test_") and not can_fail(name, function, modules, frozenset()):
                yield f"{name}: {function}"


def test_every_test_has_an_assertion_that_can_fail() -> None:
    modules = {path.stem: module(path.read_text(encoding="utf-8")) for path in HERE.rglob("*.py")}
    tests = [name for each in modules.values() for name in each.functions if name.startswith("test_")]
    assert len(tests) > 500
    assert list(idle(modules)) == []


HELPERS = module("""
def same(a, b):
    assert a == b

def alike(a, b):
    same(a, b)

def look(a, b):
    return look(b, a)
""")
FIXTURES = module("""
@pytest.fixture
def golden():
    def same(a, b):
        assert a == b
    return same
""")
IMPORTS = "import pytest\nimport helpers as h\nfrom helpers import alike, look, same as equal\n"


@pytest.mark.parametrize(
    "body",
    [
        "assert report() == 3",
        "for n in range(3):\n        assert report(n)",
        "with pytest.raises(ValueError):\n        report()",
        "pytest.fail('never')",
        "equal(1, 2)",
        "alike(1, 2)",
        "h.alike(1, 2)",
        "golden(1, 2)",
        "unknown(alike, 10)",
    ],
)
def test_a_test_that_can_fail_is_left_alone(body: str) -> None:
    modules = {"here": module(f"{IMPORTS}def test_it():\n    {body}\n")}
    assert not list(idle({**modules, "helpers": HELPERS, "conftest": FIXTURES}))


@pytest.mark.parametrize(
    "body",
    [
        "pass",
        "'''That all is well.'''",
        "report() == 3",
        "assert True",
        "assert 'a report'",
        "look(1, 2)",
        "h.look(1, 2)",
        "other.same(1, 2)",
        "unknown(1, 2)",
        "unknown(look, 10)",
        "return h.tables[0](1, 2)",
        "test_it()",
    ],
)
def test_a_test_that_cannot_fail_is_found(body: str) -> None:
    modules = {"here": module(f"{IMPORTS}def test_it():\n    {body}\n")}
    assert list(idle({**modules, "helpers": HELPERS, "conftest": FIXTURES})) == ["here: test_it"]
