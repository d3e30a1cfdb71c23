"""Facts of an acquisition: for a screen, and as the TOML file that `seal --acquisition` takes."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from custody.render.safe import safe
from custody.render.text import wrapped
from manifests.acquisition import BY_NAME, METHODS, Facts

_WIDTH = 18
_RAW = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_HEAD = """\
# Facts of an acquisition, for: custody seal CASE/EXHIBIT ... --acquisition FILE
# Each line that begins with "# " and a name waits for an answer: take the "# " away, and write between the quotes.
# Write "none" or "not known" where that is so: it is an answer. Do not write a child's name.
"""


def text(facts: Facts, missing: Sequence[str], method: str | None) -> str:
    """What is known, section by section, and what is asked for."""
    parts = [_section(section, fields) for section, fields in facts.items()]
    asked = METHODS.get(method or "", "any method; choose one with --method")
    title = f"Not stated yet, for {asked}: {len(missing)}"
    parts.append("\n".join([title, *(wrapped(BY_NAME[name].text, f"  {name:<24} ", " " * 27) for name in missing)]))
    return "\n\n".join(parts) + "\n"


def _section(section: str, fields: Mapping[str, str]) -> str:
    lines = [safe(section)]
    for name, value in fields.items():
        lines.append(wrapped(safe(value), f"  {safe(name):<{_WIDTH}} ", " " * (_WIDTH + 3)))
    return "\n".join(lines)


def toml(facts: Facts, missing: Sequence[str]) -> str:
    """A TOML file with the facts, and a question in comments for each that is missing."""
    asked = [BY_NAME[name] for name in missing]
    sections = dict.fromkeys([question.section for question in BY_NAME.values()])
    ordered = [section for section in sections if section in facts or any(q.section == section for q in asked)]
    ordered += [section for section in facts if section not in sections]
    return "\n".join([_HEAD, *("\n".join(_toml_section(each, facts, missing)) for each in ordered)])


def _toml_section(section: str, facts: Facts, missing: Sequence[str]) -> Iterator[str]:
    yield f"[{_key(section)}]"
    for name, value in facts.get(section, {}).items():
        yield f"{_key(name)} = {quoted(value)}"
    for question in (BY_NAME[name] for name in missing):
        if question.section == section:
            yield from (f"## {line}" for line in wrapped(question.text, width=100).split("\n"))
            yield f'# {_key(question.field)} = ""'
    yield ""


def _key(name: str) -> str:
    """A name as TOML has it: bare where it may be."""
    bare = name and all(letter.isascii() and (letter.isalnum() or letter in "_-") for letter in name)
    return name if bare else quoted(name)


def quoted(value: str) -> str:
    """A basic string of TOML, on one line, with everything escaped that could steer a terminal or an editor."""
    return '"' + "".join(_escaped(letter) for letter in value) + '"'


def _escaped(letter: str) -> str:
    if letter in '"\\':
        return "\\" + letter
    if unicodedata.category(letter) not in _RAW:
        return letter
    number = ord(letter)
    if 0xD800 <= number < 0xE000:  # half a letter, which TOML cannot hold
        return "\\uFFFD"
    return f"\\u{number:04X}" if number < 0x10000 else f"\\U{number:08X}"
