"""Reads DFXML, as hashdeep, md5deep, fiwalk and others write it: one `fileobject` a file.

How its elements are mapped, and why:

- `hashdigest` (older: `md5`, `sha1`) directly inside `fileobject` is of the bytes of the file that `filename`
  names: file.
- `hashdigest` inside a `byte_run` is of a part of a file: counted, never compared.
- `hashdigest` anywhere else, such as of a whole disk image, is counted as not understood.

The parser is expat, of the standard library. A document type (DTD) is refused as soon as it begins, so no entity
can be declared, expanded or fetched; depth and text are bounded. Where the document ends being XML, what was read
until then stands, with the place. What has another root, or none, is no log.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from xml.parsers import expat

from hashing.claims.lines import ALGORITHMS, like_a_digest, slashed_name
from hashing.claims.saying import (
    DFXML,
    FILE,
    MOST_LINE,
    Broken,
    Fact,
    LeftOut,
    LogTool,
    Said,
    Statement,
    Why,
    fits,
    words,
)
from hashing.claims.xml_bytes import Mender, bytes_of

_DEPTH = 64
_SHORTEST = 32
"""Digits of the shortest digest."""
_MOST_DIGESTS = 32
"""Digests of one file."""
_ENCODING = re.compile(rb"""\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_ROOTS = frozenset({"dfxml", "fiwalk", "xmloutput"})
_FACTS = {
    "command_line": "command-line",
    "start_time": "started",
    "os_sysname": "system",
    "host": "host",
    "image_filename": "image",
}
_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]+")


class _Refused(Exception):
    """The document holds what no honest DFXML does."""


def read(chunks: Iterable[bytes]) -> Iterator[Said]:
    """What the document says; its declaration must stand in the first piece."""
    source = iter(chunks)
    head = next(source, b"")
    document = _Document()
    parser = document.parser("utf-8" if _is_utf8(head) else None)
    for piece in _mended(chain([head], source)) if _is_utf8(head) else chain([head], source):
        reason = document.feed(parser, piece, last=False)
        yield from document.heard()
        if reason:
            yield Broken(reason)
            return
    if reason := document.feed(parser, b"", last=True):
        yield Broken(reason)
    yield from document.heard()


def _is_utf8(head: bytes) -> bool:
    """Whether it says so, or says nothing; what was UTF-16 was recoded before it came here."""
    declared = _ENCODING.match(head)
    return not declared or declared[1].lower() in (b"utf-8", b"utf8", b"utf-16")


def _mended(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same pieces, with what no parser would take."""
    mender = Mender()
    for piece in pieces:
        yield mender.mend(piece)
    yield mender.mend(b"", last=True)


def _refuse(*_: object) -> None:
    raise _Refused("it declares a document type (DTD), which is refused")


class _Document:
    """What the parser met: the open elements, the file that is being described, and what is ready to be said."""

    def __init__(self) -> None:
        self._open: list[str] = []
        self._file: int | None = None
        """How many elements were open when its description began."""
        self._name: bytes | None = None
        self._digests: list[tuple[str, str]] = []
        self._type = ""
        self._text: list[str] | None = None
        """Of the innermost open element, until another one begins or ends."""
        self._room = 0
        self._program = ""
        self._number = 0
        self._said: list[Said] = []

    def parser(self, encoding: str | None) -> expat.XMLParserType:
        """An expat parser that tells this document what it meets."""
        parser = expat.ParserCreate(encoding)
        parser.buffer_text = True
        parser.StartElementHandler = self.begin
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.characters
        parser.StartDoctypeDeclHandler = _refuse
        return parser

    def feed(self, parser: expat.XMLParserType, piece: bytes, *, last: bool) -> str | None:
        """Parse a piece; the reason if it cannot be."""
        try:
            parser.Parse(piece, last)
        except _Refused as refused:
            return str(refused)
        except expat.ExpatError as error:
            return f"it is not well-formed XML from line {error.lineno} on; what follows was not read"
        except (LookupError, ValueError):
            return "it is in an encoding that is not known here"
        return None

    def heard(self) -> list[Said]:
        """What is ready to be said."""
        said, self._said = self._said, []
        return said

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        local = name.rpartition(":")[2]
        if not self._open:
            if local not in _ROOTS:
                raise _Refused("it is an XML file, but not DFXML")
            self._said.append(LogTool(DFXML))  # its root decides what a document is, and nothing before that
        if len(self._open) >= _DEPTH:
            raise _Refused("its elements are nested too deeply")
        if local == "fileobject" and self._file is None:
            self._file, self._name, self._digests = len(self._open), None, []
            self._number += 1
        if local == "hashdigest":
            self._type = attributes.get("type", "").lower() if attributes.get("coding", "base16") == "base16" else ""
        self._text, self._room = [], MOST_LINE
        self._open.append(local)

    def characters(self, text: str) -> None:
        """Text inside an element."""
        if self._text is not None:
            self._room -= len(text)
            self._text.append(text)
            if self._room < 0:
                raise _Refused("a text in it is longer than 64 KiB")

    def end(self, name: str) -> None:
        """An element ends."""
        local = self._open.pop()
        text = "".join(self._text or ())
        self._text = None
        if local == "fileobject" and len(self._open) == self._file:
            self._said += self._of_the_file()
            self._file = None
        elif local == "hashdigest":
            self._digest(self._type, text.strip())
        elif local in ALGORITHMS:
            self._digest(local, text.strip())
        elif self._file is not None:
            self._inside(local, text)
        else:
            self._outside(local, bytes_of(text).decode("utf-8", "replace").strip())

    def _inside(self, local: str, text: str) -> None:
        """A field of a file."""
        if local == "filename" and len(self._open) == (self._file or 0) + 1:
            self._name = bytes_of(text)
        elif len(text) >= _SHORTEST and like_a_digest(text.encode()):
            self._said.append(LeftOut(Why.NOT_UNDERSTOOD))

    def _digest(self, kind: str, digits: str) -> None:
        if self._file is None:
            self._said.append(LeftOut(Why.NOT_UNDERSTOOD))
        elif len(self._open) == self._file + 1 and len(self._digests) < _MOST_DIGESTS:
            self._digests.append((kind, digits.lower()))
        else:
            self._said.append(LeftOut(Why.PARTS if "byte_run" in self._open else Why.NOT_UNDERSTOOD))

    def _outside(self, local: str, text: str) -> None:
        """A field that is not of a file."""
        parent = self._open[-1] if self._open else ""
        if local == "program" and parent == "creator":
            self._program = text
            self._said.append(Fact("program", text))
        elif local == "version" and parent == "creator":
            self._said.append(LogTool(DFXML, words(self._program, text)))
        elif local in _FACTS:
            self._said.append(Fact(_FACTS[local], text))
        elif like_a_digest(text.encode()):
            self._said.append(LeftOut(Why.NOT_UNDERSTOOD))

    def _of_the_file(self) -> Iterator[Said]:
        """The claims about one file."""
        name = slashed_name(self._name or b"")
        for kind, digits in self._digests:
            algorithm = ALGORITHMS.get(kind)
            if algorithm is None and kind:
                yield LeftOut(Why.OTHER_ALGORITHM)
            elif algorithm and name and fits(algorithm, digits) and _HEXADECIMAL.fullmatch(digits):
                yield Statement(FILE, algorithm, digits, name, f"fileobject {self._number}")
            else:
                yield LeftOut(Why.NOT_UNDERSTOOD)
