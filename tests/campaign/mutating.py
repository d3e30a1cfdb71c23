"""Files changed at random, each a pure function of seed, name and number: what fails can be made again.

`python -m tests.campaign.mutating KIND SEED FILE NUMBER OUT` writes one of them; FILE is the name of a shared one.
"""

import os
import random
import struct
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.hashing.containers import SIGNATURE, ex01

VARIABLE = "CUSTODY_SEED"
"""The environment variable that sets the seed; without it each campaign is another one."""
_EDGES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 40, (1 << 64) - 1)
_HEADER, _DESCRIPTOR = 13, 76
"""Bytes of an EWF file before its first section, and of what is before each section's content."""


def chosen_seed() -> str:
    """The seed of this campaign."""
    return os.environ.get(VARIABLE) or f"{random.SystemRandom().getrandbits(32):08x}"


def chance(seed: str, name: str, number: int) -> random.Random:
    """What a mutation of that name and number is drawn from."""
    return random.Random(f"{seed}/{name}/{number}")


# --- of any file --------------------------------------------------------------


def anyhow(data: bytes, draw: random.Random) -> bytes:
    """One to four changes: bits, numbers at their edges, parts taken out, doubled, overwritten; or the end cut off."""
    hurt = bytearray(data)
    for _ in range(draw.randint(1, 4)):
        if not hurt:
            break
        draw.choice(_WAYS)(hurt, draw)
    if bytes(hurt) == data:
        hurt += b"\0"
    return bytes(hurt)


def _bits(hurt: bytearray, draw: random.Random) -> None:
    for _ in range(draw.randint(1, 16)):
        hurt[draw.randrange(len(hurt))] ^= 1 << draw.randrange(8)


def _edge(hurt: bytearray, draw: random.Random) -> None:
    """A number of 1 to 8 bytes in either order, such as a length or an offset, at an edge."""
    width = draw.choice((1, 2, 4, 8))
    value = draw.choice(_EDGES) & ((1 << 8 * width) - 1)
    at = draw.randrange(len(hurt))
    hurt[at : at + width] = value.to_bytes(width, draw.choice(("little", "big")))


def _cut_out(hurt: bytearray, draw: random.Random) -> None:
    start = draw.randrange(len(hurt))
    del hurt[start : start + draw.randint(1, max(1, len(hurt) // 8))]


def _double(hurt: bytearray, draw: random.Random) -> None:
    start = draw.randrange(len(hurt))
    part = hurt[start : start + draw.randint(1, max(1, len(hurt) // 8))]
    hurt[start:start] = part * draw.randint(1, 8)


def _overwrite(hurt: bytearray, draw: random.Random) -> None:
    start, length = draw.randrange(len(hurt)), draw.randint(1, 64)
    hurt[start : start + length] = draw.choice((bytes(length), b"\xff" * length, draw.randbytes(length)))


def _truncate(hurt: bytearray, draw: random.Random) -> None:
    del hurt[draw.randrange(len(hurt)) :]


_WAYS: Sequence[Callable[[bytearray, random.Random], None]] = (
    _bits, _bits, _edge, _edge, _cut_out, _double, _overwrite, _truncate,
)  # fmt: skip


# --- of an EWF container --------------------------------------------------------


def flipped(data: bytes, draw: random.Random) -> bytes:
    """One bit other: in every second case in what is not the stored sectors, which are most of a container."""
    places = structure(data) if draw.random() < 0.5 else [range(len(data))]
    where = draw.choice(places)
    at = draw.choice(where)
    return data[:at] + bytes((data[at] ^ 1 << draw.randrange(8),)) + data[at + 1 :]


def truncated(data: bytes, draw: random.Random) -> bytes:
    """Cut off anywhere before the end."""
    return data[: draw.randrange(len(data))]


def structure(data: bytes) -> list[range]:
    """The parts of an E01 that are no sectors: its header, and each section's descriptor and content; else all."""
    if not data.startswith(SIGNATURE):
        return [range(len(data))]
    found, at = [range(min(_HEADER, len(data)))], _HEADER
    while at + _DESCRIPTOR <= len(data):
        name, following, size = struct.unpack_from("<16sQQ", data, at)
        found.append(range(at, at + _DESCRIPTOR))
        if size > _DESCRIPTOR and not name.startswith(b"sectors"):
            found.append(range(at + _DESCRIPTOR, min(at + size, len(data))))
        if following <= at:
            break
        at = following
    return [each for each in found if each]


KINDS: dict[str, Callable[[bytes, random.Random], bytes]] = {"any": anyhow, "flip": flipped, "cut": truncated}


def original(path: Path) -> bytes:
    """What a shared file holds; an Ex01 is made of the raw image beside which it would lie."""
    return ex01(path.with_suffix(".dd").read_bytes()) if path.suffix == ".Ex01" else path.read_bytes()


def mutation(kind: str, seed: str, path: Path, number: int) -> bytes:
    """A file's content, changed in the way of a kind."""
    return KINDS[kind](original(path), chance(seed, f"{kind}/{path.name}", number))


def again(kind: str, seed: str, path: Path, number: int) -> str:
    """The command that makes such a file again: what a failure is told with."""
    return f"python -m tests.campaign.mutating {kind} {seed} {path.name} {number} OUT"


if __name__ == "__main__":
    _, kind_, seed_, path_, number_, out_ = sys.argv
    data = Path(__file__).parents[3] / "shared" / "data"
    folder = "exif" if kind_ == "any" else "images"
    Path(out_).write_bytes(mutation(kind_, seed_, data / folder / path_, int(number_)))
