"""The shape of the code: which way imports run, and how large a module or function may grow."""

import ast
import tomllib
from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).parent.parent
PACKAGES = ("custody", "hashing", "manifests")
MODULES = [ROOT / "cli.py", *(path for name in PACKAGES for path in sorted((ROOT / name).rglob("*.py")))]
VAGUE = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}

each_module = pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))


def test_imports_run_one_way() -> None:
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == EXIT_STATUS_SUCCESS


@each_module
def test_nobody_imports_the_command_line(path: Path) -> None:
    tree = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    imported = {alias.name for node in tree if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module for node in tree if isinstance(node, ast.ImportFrom)}
    assert "cli" not in imported


@each_module
def test_a_package_says_nothing(path: Path) -> None:
    if path.name == "__init__.py":
        assert path.read_bytes() == b""


@each_module
def test_a_module_has_a_name_that_says_what_it_does(path: Path) -> None:
    assert VAGUE.isdisjoint(part.removesuffix(".py") for part in path.relative_to(ROOT).parts)


@each_module
def test_a_module_fits_in_350_lines_and_opens_with_what_it_does(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= (110 if path.name == "cli.py" else 350)
    assert not source or ast.get_docstring(ast.parse(source))


@each_module
def test_a_function_fits_in_40_lines(path: Path) -> None:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    found = {
        node.name: _code_lines(node)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, functions)
    }
    assert {name: lines for name, lines in found.items() if lines > 40} == {}


def _code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of what a function does: a verb's table of options and its help text are not code."""
    body = function.body[1:] if ast.get_docstring(function) and function.body[1:] else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1


def test_every_package_is_listed_for_installation() -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    inits = [path.parent.relative_to(ROOT) for path in MODULES if path.name == "__init__.py"]
    assert sorted(listed) == sorted(str(folder).replace("/", ".") for folder in inits)
