"""The version of this tool, in one place; plain, because reading it must not slow the start."""

VERSION = "0.1.0"
BUILT = "2026-11-01T00:00:00Z"
"""The day of this version, set when it is released (CONTRIBUTING.md): no clock that is right is before it."""
