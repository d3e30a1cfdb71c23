"""The law of terminal output: text that came from evidence or from others is shown inert.

Every string that is not ours passes through `safe()` before it meets a terminal, a report or a log.
"""

import unicodedata

# Control, format (bidi, zero width), surrogate, private use, unassigned, line and paragraph separators.
_INERT = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def safe(text: str | bytes) -> str:
    """Printable text on one line: everything that could move a cursor or reverse a word is escaped."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "backslashreplace")
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(c) if unicodedata.category(c) in _INERT else c for c in text)


def _escape(char: str) -> str:
    number = ord(char)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
