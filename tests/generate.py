"""Writes the pages that are generated from the code: `python -m tests.generate`; with `--check`, compares them.

It makes docs/cli.md from the live command tree and the template beside the tests, docs/spec/schema/*.json
from the types of `manifests`, docs/spec/codes.md from the table of findings, docs/spec/acquisition.md from
the table of questions, and docs/reliability.md from the catalogues of attacks and honest situations. It decides
nothing itself.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from manifests import acquisition, bodies, cards, pieces, records
from manifests.entry import Private, Public
from manifests.findings import TABLE, Severity
from tests.docs.reliability import reliability_page

ROOT = Path(__file__).parent.parent
SCHEMAS = ROOT / "docs" / "spec" / "schema"
TEMPLATE = ROOT / "tests" / "docs" / "cli.template.md"
FACTS_TEMPLATE = ROOT / "tests" / "docs" / "acquisition.template.md"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
COMMENT = "Written by make docs. Spelling and order of the fields are fixed too: docs/spec/record.md, R2."


def pages() -> dict[Path, str]:
    """Every generated page by path."""
    spec = ROOT / "docs" / "spec"
    made = {ROOT / "docs" / "cli.md": command_page(), spec / "codes.md": codes_page()}
    made |= {spec / "acquisition.md": acquisition_page(), ROOT / "docs" / "reliability.md": reliability_page()}
    return made | {SCHEMAS / f"{name}.json": print_schema(value) for name, value in schemas()}


# --- docs/cli.md ---------------------------------------------------------


def command_page() -> str:
    """The template with the command tree in it."""
    text = TEMPLATE.read_text(encoding="utf-8")
    parts = {"verbs": verb_table(), "global": options_of(_tree()), "commands": "\n".join(command_sections())}
    for name, part in parts.items():
        text = text.replace("{{" + name + "}}", part.strip("\n"))
    return text


def _tree() -> Any:
    import typer

    import cli

    return typer.main.get_command(cli.app)


def commands() -> Iterator[tuple[str, Any]]:
    """Every verb and sub-verb as it is typed, with its command."""
    tree = _tree()
    for name in tree.list_commands(None):
        verb = tree.get_command(None, name)
        inner = getattr(verb, "commands", None)
        if not inner:
            yield name, verb
        for word, command in (inner or {}).items():
            yield f"{name} {word}", command


def verb_table() -> str:
    """What each verb is for, in one line."""
    import cli

    rows = [f"| [`{name}`](#{name}) | {words} |" for name, words in cli.VERBS.items()]
    return "\n".join(["| verb | what it is for |", "| --- | --- |", *rows])


def command_sections() -> Iterator[str]:
    """One section a verb, one below it for each sub-verb."""
    last = ""
    for name, command in commands():
        verb, _, word = name.partition(" ")
        if verb != last:
            yield f"## {verb}\n"
            last = verb
        if word:
            yield f"### {name}\n"
        yield command_section(name, command)


def command_section(name: str, command: Any) -> str:
    """What one command does, how it is called, its arguments, options and examples."""
    words, examples = _help(command)
    lines = [words, "", f"    custody {name} {' '.join(_usage(command))}".rstrip(), ""]
    table = options_of(command)
    lines += [table, ""] if table else []
    lines += ["Like this:", "", *(f"    {line}" for line in examples), ""] if examples else []
    return "\n".join(lines)


def _help(command: Any) -> tuple[str, list[str]]:
    """The sentences of a help text, and the examples that stand after the mark `\\b`."""
    words, _, examples = (command.help or "").partition("\b")
    return " ".join(words.split()), [line for line in examples.split("\n") if line.strip()]


def _usage(command: Any) -> Iterator[str]:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    if len(arguments) < len(command.params):
        yield "[OPTIONS]"
    for each in arguments:
        yield _value(each) if each.required else f"[{_value(each)}]"


def options_of(command: Any) -> str:
    """The table of a command's arguments and options."""
    rows = [_row(p) for p in command.params if not getattr(p, "hidden", False) and p.name not in _UNTOLD]
    return "\n".join(["| what | meaning | |", "| --- | --- | --- |", *rows]) if rows else ""


_UNTOLD = ("help", "install_completion", "show_completion")


def _row(parameter: Any) -> str:
    shown = _value(parameter)
    if parameter.param_type_name == "option":
        flag = getattr(parameter, "is_flag", False)
        shown = ", ".join(parameter.opts) + ("" if flag else f" {shown}")
    told = (getattr(parameter, "help", None) or "").replace("|", "\\|")
    return f"| `{shown}` | {told} | {', '.join(_notes(parameter))} |".replace("|  |", "| |").replace("|  |", "| |")


def _notes(parameter: Any) -> Iterator[str]:
    if parameter.required:
        yield "must be given"
    if parameter.multiple:
        yield "may be given several times"
    if isinstance(parameter.default, str) and parameter.default:
        yield f"`{parameter.default}` if left out"


def _value(parameter: Any) -> str:
    if parameter.metavar:
        return str(parameter.metavar)
    words = {"integer": "N", "path": "FILE"}
    return words.get(parameter.type.name, "TEXT") if parameter.param_type_name == "option" else parameter.name.upper()


# --- docs/spec/codes.md --------------------------------------------------

_PAGES = {
    "R": "record", "E": "entries", "M": "media", "L": "claims", "A": "acquisition", "S": "signature", "C": "chain",
    "G": "register", "K": "package", "U": "audit", "D": "damage",
}  # fmt: skip


def codes_page() -> str:
    """The table of findings, the gravest first, each with its clause."""
    lines = [
        "# Codes of findings",
        "",
        "Written by `make docs` from `manifests/findings.py`. How a verdict follows: [findings](findings.md).",
    ]
    for severity, words in _SEVERITIES.items():
        rows = [_code_row(code) for code, meaning in TABLE.items() if meaning.severity is severity]
        head = ["| code | about | what it says | clause |", "| --- | --- | --- | --- |"]
        lines += ["", f"## {severity.value}", "", words, "", *head, *rows]
    return "\n".join(lines) + "\n"


_SEVERITIES = {
    Severity.REFUTES: "One of these makes the verdict REFUTED.",
    Severity.UNDECIDED: "Where nothing refutes, one of these makes the verdict UNDETERMINED.",
    Severity.NOTE: "These change no verdict. They are always shown.",
}


def _code_row(code: str) -> str:
    meaning = TABLE[code]
    page = _PAGES[meaning.clause[0]]
    return f"| `{code}` | {meaning.area.value} | {meaning.text} | [{meaning.clause}]({page}.md) |"


# --- docs/spec/acquisition.md --------------------------------------------


def acquisition_page() -> str:
    """The template with the table of questions in it."""
    methods = [f"| `{name}` | {words} |" for name, words in acquisition.METHODS.items()]
    rows = [f"| `{each.name}` | {each.text} | {_methods(each)} |" for each in acquisition.QUESTIONS]
    text = FACTS_TEMPLATE.read_text(encoding="utf-8")
    text = text.replace("{{methods}}", "\n".join(["| method | what it is |", "| --- | --- |", *methods]))
    return text.replace("{{questions}}", "\n".join(["| fact | question | asked for |", "| --- | --- | --- |", *rows]))


def _methods(question: acquisition.Question) -> str:
    return "all" if question.methods == tuple(acquisition.METHODS) else ", ".join(question.methods)


# --- docs/spec/schema ----------------------------------------------------


def schemas() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema by the name of its file."""
    yield "record", _record_schema()
    for kind, shape in bodies.BODIES.items():
        yield f"body-{kind}", _schema(shape, f"the body of a {kind}")
    yield "entry-line", _line_schema()
    yield "piece-line", _schema(pieces.Piece, "one line of a list of pieces (docs/spec/entries.md, E7)")
    yield "card", _schema(cards.Card, "an agency card (docs/spec/package.md, K4)")
    yield "officer-card", _schema(cards.OfficerCard, "an officer card (docs/spec/package.md, K5)")
    yield "reply", _schema(cards.Reply, "a reply (docs/spec/package.md, K3)")


def _schema(shape: Any, title: str) -> dict[str, Any]:
    """The schema of one type; `null` is taken out, because a field that is not set is left out (R2)."""
    made = _without_null(msgspec.json.schema(shape))
    name = made.pop("$ref").rsplit("/", 1)[1]
    inner = made["$defs"].pop(name)
    rest = {"$defs": made["$defs"]} if made["$defs"] else {}
    return {"$schema": DIALECT, "$comment": COMMENT} | inner | {"title": title} | rest


def _record_schema() -> dict[str, Any]:
    """The envelope: its kinds are known, and each kind has its own body."""
    made = _schema(records.Envelope, "a record (docs/spec/record.md)")
    made["properties"]["format"] = {"const": records.FORMAT}
    made["properties"]["kind"] = {"enum": list(bodies.BODIES)}
    made["oneOf"] = [
        {"properties": {"kind": {"const": kind}, "body": {"$ref": f"body-{kind}.json"}}} for kind in bodies.BODIES
    ]
    return made


def _line_schema() -> dict[str, Any]:
    """One line of an entry list in its three shapes (docs/spec/entries.md, E1)."""
    (public, private), parts = msgspec.json.schema_components([Public, Private], ref_template="#/$defs/{name}")
    digest = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
    shapes = [
        {"public": public, "private": private, "salt": digest},
        {"public": public, "commitment": digest},
        {"leaf": digest},
    ]
    return {
        "$schema": DIALECT,
        "$comment": COMMENT,
        "title": "one line of an entry list (docs/spec/entries.md, E1)",
        "oneOf": [
            {"type": "object", "properties": shape, "required": list(shape), "additionalProperties": False}
            for shape in shapes
        ],
        "$defs": _without_null(parts),
    }


def _without_null(value: Any) -> Any:
    """A schema without the choice of null, and without the defaults that stand for a field left out."""
    if isinstance(value, list):
        return [_without_null(each) for each in value]
    if isinstance(value, str):
        return " ".join(value.split())
    if not isinstance(value, dict):
        return value
    choices = value.get("anyOf")
    if choices and {"type": "null"} in choices:
        kept = [each for each in choices if each != {"type": "null"}]
        value = (kept[0] if len(kept) == 1 else {"anyOf": kept}) | {
            k: v for k, v in value.items() if k not in ("anyOf", "default")
        }
    return {k: _without_null(v) for k, v in value.items() if not (k == "default" and not v)}


def print_schema(value: dict[str, Any]) -> str:
    """A schema as its file has it."""
    return json.dumps(value, indent=2) + "\n"


# --- writing and comparing -----------------------------------------------


def differences() -> list[str]:
    """What is missing, old or left over, in words."""
    made = pages()
    old = [path for path, text in made.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    left = [path for path in sorted(SCHEMAS.glob("*")) if path not in made]
    told = [f"{path.relative_to(ROOT)} is not what the code says" for path in old]
    return told + [f"{path.relative_to(ROOT)} is left over" for path in left]


def write() -> None:
    """Write every page, and take away schemas that nothing stands for any more."""
    made = pages()
    SCHEMAS.mkdir(parents=True, exist_ok=True)
    for path in SCHEMAS.glob("*"):
        if path not in made:
            path.unlink()
    for path, text in made.items():
        path.write_text(text, encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Write, or with `--check` compare; the exit status is 1 where something differs."""
    if arguments == ["--check"]:
        found = differences()
        for line in found:
            print(line)
        return 1 if found else 0
    write()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
