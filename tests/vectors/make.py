"""Writes the vectors: `python -m tests.vectors.make`. Everything is the same at every run; a test compares.

Each lies in `confirmed/`, `refuted/` or `undetermined/`, in a folder named after the finding it is about.
"""

import shutil
from pathlib import Path

from tests.vectors import (
    claimed,
    confirming,
    disputes,
    listed,
    near_misses,
    put_right,
    refuting_chains,
    refuting_records,
    revoked,
    stating,
    undecided,
)
from tests.vectors.vector import Vector, anchors

HERE = Path(__file__).parent
VERDICTS = ("confirmed", "refuted", "undetermined")


def vectors() -> dict[str, Vector]:
    """Every vector, by the folder it lies in."""
    subjects = (claimed, disputes, listed, put_right, revoked)
    parts = {
        "confirmed": [confirming.vectors(), near_misses.confirmed(), *(each.confirmed() for each in subjects)],
        "refuted": [
            refuting_records.vectors(),
            refuting_chains.vectors(),
            stating.refuted(),
            *(each.refuted() for each in subjects),
        ],
        "undetermined": [undecided.vectors(), stating.undetermined(), *(each.undecided() for each in subjects)],
    }
    return {f"{verdict}/{name}": v for verdict, found in parts.items() for each in found for name, v in each.items()}


def files() -> dict[str, bytes]:
    """Every file below this folder that is made here, by path."""
    made = anchors()
    for folder, vector in vectors().items():
        made |= {f"{folder}/{name}": data for name, data in vector.files.items()}
        made[f"{folder}/expected.json"] = vector.expected(folder.split("/")[0])
    return made


def stored() -> dict[str, bytes]:
    """Every such file as it lies there."""
    folders = [HERE / name for name in ("anchors", *VERDICTS)]
    paths = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(HERE)): path.read_bytes() for path in paths}


def write() -> None:
    for name in ("anchors", *VERDICTS):
        shutil.rmtree(HERE / name, ignore_errors=True)
    for name, data in files().items():
        path = HERE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


if __name__ == "__main__":
    write()
