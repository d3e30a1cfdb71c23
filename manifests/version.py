"""The version of this tool, in one place; plain, because reading it must not slow the start."""

VERSION = "0.1.0"
