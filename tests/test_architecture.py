"""The shape of the code: which way imports run, and how large a module or function may grow."""

import ast
import subprocess
import sys
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
    found = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, functions)]
    assert [(node.name, node.lineno) for node in found if _code_lines(node) > 40] == []


def _code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of what a function does: a verb's table of options and its help text are not code."""
    body = function.body[1:] if ast.get_docstring(function) and function.body[1:] else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1


def test_class_names_are_unique() -> None:
    found: dict[str, list[str]] = {}
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                found.setdefault(node.name, []).append(str(path.relative_to(ROOT)))
    assert {name: where for name, where in found.items() if len(where) > 1} == {}


# --- who needs whom, imports inside functions and for types alone included ---------------


def _name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


LINES = {_name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}


def _imported(path: Path) -> set[str]:
    """The modules of the product that a module names in an import, wherever it stands."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found & LINES.keys()


IMPORTS = {_name(path): _imported(path) for path in MODULES}


def _needed_by(module: str) -> set[str]:
    """A module and all that it needs."""
    found, waiting = set(), [module]
    while waiting:
        here = waiting.pop()
        if here not in found:
            found.add(here)
            waiting += IMPORTS[here]
    return found


def test_no_two_modules_need_each_other() -> None:
    needed = {module: set().union(*(_needed_by(each) for each in IMPORTS[module]), set()) for module in IMPORTS}
    assert sorted(module for module in needed if module in needed[module]) == []


@pytest.mark.parametrize(("module", "most"), [("manifests.verify", 6_800), ("manifests.compare", 2_600)])
def test_what_decides_a_verdict_can_be_read(module: str, most: int) -> None:
    """The kernel (docs/ARCHITECTURE.md): all that the verdict on records, and on contents, needs."""
    assert sum(LINES[each] for each in _needed_by(module)) <= most


def test_the_kernel_takes_from_hashing_only_what_is_pure() -> None:
    kernel = _needed_by("manifests.verify") | _needed_by("manifests.compare")
    assert {each for each in kernel if each.startswith("hashing.")} <= {
        "hashing.damage.saying", "hashing.damage.spans", "hashing.digests", "hashing.errors", "hashing.items",
        "hashing.media.naming", "hashing.merkle", "hashing.sizes",
    }  # fmt: skip
    assert not {each for each in kernel if each.startswith(("custody.", "cli"))}


LOADED = """
import contextlib, sys
sys.argv = ["custody", "verify", *sys.argv[1:]]
import cli
with contextlib.suppress(SystemExit):
    cli.main()
sys.stderr.write("\\n".join(sys.modules))
"""


def test_a_package_is_verified_without_what_reads_media() -> None:
    """Records alone: whoever reviews what such an answer rests on need not read what opens devices and files."""
    vectors = ROOT / "tests" / "vectors"
    package, card = vectors / "confirmed/in-transit_released/package", vectors / "anchors/KIBRA.card.json"
    command = [sys.executable, "-c", LOADED, str(package), "--anchor", str(card)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.startswith("CONFIRMED")
    loaded = LINES.keys() & set(done.stderr.splitlines())
    assert "manifests.verify" in loaded
    reading = ("hashing.devices", "hashing.imaging", "hashing.media.process", "hashing.measure", "hashing.walking")
    assert sorted(each for each in loaded if each.startswith(reading)) == []
    assert sum(LINES[each] for each in loaded) <= 13_700


def test_every_package_is_listed_for_installation() -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    inits = [path.parent.relative_to(ROOT) for path in MODULES if path.name == "__init__.py"]
    assert sorted(listed) == sorted(str(folder).replace("/", ".") for folder in inits)
