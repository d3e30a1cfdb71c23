"""Single items of a manifest's list: for a person, for sha256sum, for a program."""

from collections.abc import Iterator
from typing import Any

import msgspec

from custody.render import story
from custody.render.digest_lists import DigestLists
from custody.render.safe import safe
from manifests.entry import Entry

SHOWN_RANGES = 10


def entry_text(entry: Entry, position: int) -> str:
    """All that a list says of one item."""
    if entry.public is None:
        return "withheld\n"
    public, private = entry.public, entry.private
    lines = [f"item {public.item} of manifest no. {position}", f"  outcome     {public.outcome}"]
    if entry.path is not None:
        lines.append(f"  name        {safe(entry.path)}")
    if public.size is not None:
        lines.append(
            f"  size        {story.size(public.size)}" + (f" ({public.size} bytes)" if public.size >= 1000 else "")
        )
    lines += [f"  {name:<11} {value}" for name, value in public.digests.items()]
    lines += list(_of_an_image(public))
    if private is not None and private.modified:
        lines.append(f"  modified    {private.modified}")
    lines += [f"  {label:<11} {safe(v)}" for label, v in _words(public) if v]
    lines += [f"  {safe(tag)}: {safe(value)}" for tag, value in (private.metadata if private else {}).items()]
    return "\n".join(lines) + "\n"


def _of_an_image(public: Any) -> Iterator[str]:
    """Of media inside an image: where they come from, what their container states, what could not be read."""
    if public.decoded:
        numbers = ", ".join(str(number) for number in public.segments)
        yield f"  decoded     {safe(public.decoded)}, from item {numbers}"
    for name, value in public.claimed.items():
        same = public.digests.get(name) == value
        yield f"  container   states {safe(name)} {value}" + (": the same" if same else ": NOT what was measured")
    for offset, length in public.unreadable[:SHOWN_RANGES]:
        yield f"  unreadable  bytes {offset} to {offset + length - 1}: count as zeros"
    if len(public.unreadable) > SHOWN_RANGES:
        yield f"  unreadable  and {len(public.unreadable) - SHOWN_RANGES} more ranges: custody --json show ..."


def _words(public: Any) -> list[tuple[str, str | None]]:
    return [
        ("reason", public.reason),
        ("media type", public.media_type),
        ("not examined", public.not_examined),
    ]


def digest_line(entry: Entry, algorithm: str, lists: DigestLists) -> bytes | str:
    """One line as sha256sum writes it, or why the item has none there."""
    public, path = entry.public, entry.path
    if public is None or path is None:
        return "withheld"
    if public.decoded:
        return "media inside an image, which are no file that a list could name"
    if public.outcome != "measured":
        return public.outcome
    if algorithm not in public.digests:
        return f"without {algorithm}"
    return lists.sum_line(path, public.digests[algorithm])


def entry_json(entry: Entry, position: int) -> str:
    """One line of JSON, ASCII only."""
    import json

    value = {
        "manifest": position,
        "public": msgspec.to_builtins(entry.public),
        "private": msgspec.to_builtins(entry.private),
    }
    return json.dumps(value, ensure_ascii=True) + "\n"
