"""A process with limits that parses hostile files: libmagic for all, exiftool for media types on a list.

Gets open descriptors, never names. exiftool reads the file through /proc, by the number of the very
descriptor that was hashed. This process holds no key, has no environment and is killed by whoever asked
when it takes too long.
"""

import ctypes.util
import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from types import FrameType
from typing import Any

from hashing.describe.answers import pack
from hashing.describe.asking import ANSWER, LEAVING, MEDIA_TYPE
from hashing.describe.tags import ERROR, OPTIONS, TAGS, is_listed, worth_asking
from hashing.sandbox.channel import Channel
from hashing.sandbox.serve import serve

_MOST_OUTPUT = 8 * 1024 * 1024
"""Characters of exiftool's answer about one file."""

_CONFIG = b"""
# Leaves the access time of evidence alone, and opens nothing for writing.
package Image::ExifTool;
use Fcntl ();
no warnings;
my $open = \\&Open;
my $quiet = eval { Fcntl::O_NOATIME() } || 0;
*Open = sub ($*$;$) {
    my ($self, $handle, $file, $mode) = @_;
    return undef if $mode and $mode ne '<';
    return sysopen($handle, $file, Fcntl::O_RDONLY() | $quiet) || $open->($self, $handle, $file, '<');
};
1;
"""


class ExiftoolStopped(Exception):
    """The exiftool process ended while it was needed."""


def main(descriptor: str, parent: str, exiftool: str) -> None:
    """Serve until the socket closes."""
    config = _config_file()
    serve(descriptor, parent, lambda channel: _describe(channel, exiftool, config))


def _describe(channel: Channel, exiftool: str, config: str) -> None:
    """One file after another; raises EOFError where no more come."""
    signal.signal(signal.SIGCHLD, _on_child)
    describing = Describing(exiftool, config)
    try:
        while not describing.broken:
            channel.receive()
            (received,) = channel.receive_descriptors(1)
            for kind, answer in describing.answers(received):
                channel.send(kind, answer)
            os.close(received)
    finally:
        describing.close()


def _on_child(signum: int, frame: FrameType | None) -> None:
    """Break out of whatever waits for exiftool: its wrapper would wait for ever."""
    raise ExiftoolStopped


def _config_file() -> str:
    """Our settings for exiftool as a file that only memory holds; written before writing is forbidden."""
    try:
        memory = os.memfd_create("settings")
        os.write(memory, _CONFIG)
    except (AttributeError, OSError):
        return os.devnull
    return f"/proc/{os.getpid()}/fd/{memory}"


class Describing:
    """libmagic, and exiftool once it is needed."""

    def __init__(self, exiftool: str, config: str) -> None:
        self._path = exiftool
        self._config = config
        self._magic = _load_magic()
        self._tool: Any = None
        self.broken = False
        """Whether exiftool stopped, so that this process had better be replaced."""

    def answers(self, descriptor: int) -> Iterator[tuple[bytes, bytes]]:
        """Kind of message, and a packed answer: the media type first where exiftool, which may fail, comes after it."""
        if self._magic is None:
            yield ANSWER, pack(None, "libmagic not installed", {})
            return
        try:
            os.lseek(descriptor, 0, os.SEEK_SET)
            media_type = self._magic.from_descriptor(descriptor)
        except Exception:  # noqa: BLE001  whatever its wrapper raises about a hostile file
            yield ANSWER, pack(None, "libmagic could not judge it", {})
            return
        if not worth_asking(media_type):
            yield ANSWER, pack(media_type, None, {})
        elif not self._path:
            yield ANSWER, pack(media_type, "exiftool not installed", {})
        else:
            yield MEDIA_TYPE, pack(media_type, None, {})
            yield self._metadata(media_type, descriptor)

    def close(self) -> None:
        """End exiftool; where that fails it ends with us, by a signal."""
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        with suppress(Exception):
            if self._tool:
                self._tool.terminate(timeout=1)

    def _metadata(self, media_type: str, descriptor: int) -> tuple[bytes, bytes]:
        """The final answer, with what exiftool finds."""
        try:
            self._tool = self._tool or _start(self._path, self._config)
            output = self._tool.execute(f"/proc/{os.getpid()}/fd/{descriptor}", raw_bytes=True)
            return ANSWER, pack(media_type, *_judge(output))
        except ExiftoolStopped:
            why = "exiftool stopped"
        except Exception as error:  # noqa: BLE001  its wrapper lets many kinds pass
            why = f"exiftool: {type(error).__name__}"
        self.broken = True
        return LEAVING, pack(media_type, why, {})


def _load_magic() -> Any:
    """libmagic, or None where it is not installed."""
    if sys.platform == "linux":  # it is found without a search, which would run a linker and a compiler
        ctypes.util.find_library = lambda name: None
    with suppress(ImportError):
        import pylibmagic  # noqa: F401  brings the library along
    try:
        import magic

        return magic.Magic(mime=True)
    except Exception:  # noqa: BLE001  missing library, missing or foreign data file
        return None


def _start(path: str, config: str) -> Any:
    """exiftool, ready for one file after another."""
    from exiftool import ExifTool

    wanted = [f"-{tag}" for tag in (*TAGS, ERROR)]
    tool = ExifTool(executable=path, common_args=[*OPTIONS, *wanted], config_file=config, encoding="utf-8")
    tool.run()
    return tool


def _judge(output: bytes) -> tuple[str | None, dict[str, str]]:
    """Why the metadata is incomplete, and the metadata: text only, listed tags only."""
    if len(output) > _MOST_OUTPUT:
        return "exiftool: its answer is too long", {}
    found = json.loads(output.decode("utf-8", "replace"), parse_int=str, parse_float=str)[0]
    error = found.get(ERROR)
    texts = {tag: _text(value) for tag, value in found.items() if is_listed(tag)}
    kept = {tag: text for tag, text in texts.items() if not text.startswith("(Binary data ")}
    return f"exiftool: {_text(error)}" if error else None, kept


def _text(value: Any) -> str:
    """A value as text; the members of a list one behind the other."""
    if isinstance(value, list):
        return ", ".join(_text(member) for member in value)
    return value if isinstance(value, str) else json.dumps(value)
