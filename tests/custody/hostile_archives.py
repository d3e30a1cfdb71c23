"""Archives and bags that name places outside themselves, given to every verb that takes a file or a folder."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.custody.station import Answer, World, tree

DATA = Path(__file__).parents[3] / "shared" / "data"
ARCHIVES = sorted((DATA / "zip-slip").glob("zip-slip*")) if DATA.is_dir() else []
BAGS = [path for path in sorted((DATA / "bagit").glob("*/*/*")) if path.is_dir()] if DATA.is_dir() else []
ESCAPES = [path for path in BAGS if path.name.startswith("out-of-scope")]

NOT_A_PACKAGE = (("receive", 2, "; not a package"), ("verify", 2, "no register, package, record or reply"))
NO_DOCUMENT = (
    (("receive", "{}"), 2), (("verify", "{}"), 2), (("acknowledge", "{}"), 2), (("verify", "--anchor", "{}"), 2),
    (("trust", "add", "{}", "--fingerprint", "0" * 64), 2), (("inspect", "{}"), 0),
)  # fmt: skip
"""What takes a file, and the exit status for one that is nothing of ours."""


def copied(source: Path, target: Path) -> Path:
    """A copy that may be written to."""
    if source.is_file():
        shutil.copyfile(source, target)
        return target
    shutil.copytree(source, target, symlinks=True)
    subprocess.run(["chmod", "-R", "u+w", str(target)], check=True)
    return target


def in_plain_words(answer: Answer) -> Answer:
    assert "internal error" not in answer.err + answer.out, answer
    assert "Traceback" not in answer.err, answer
    return answer


def offered_as_a_document(world: World, archive: Path) -> None:
    """An archive in place of a package, a card, a reply: refused, and nothing is unpacked anywhere."""
    given = copied(archive, world.path / archive.name)
    with world.unchanged():
        for words, status in NO_DOCUMENT:
            answer = in_plain_words(world.kibra(*(word.format(f"./{given.name}") for word in words)))
            assert answer.status == status, (words, answer)
    given.unlink()


def offered_as_a_package(world: World, bag: Path) -> None:
    """A bag that is no package is refused by that; its parts are no documents."""
    given = copied(bag, world.path / "bag")
    with world.unchanged():
        for verb, status, says in NOT_A_PACKAGE:
            answer = in_plain_words(world.kibra(verb, "./bag"))
            assert (answer.status, says in answer.said) == (status, True), answer
        assert in_plain_words(world.kibra("inspect", "./bag")).status == 6
    shutil.rmtree(given)


def grafted(package: Path, bag: Path) -> None:
    """Put a bag's escapes into a real package: the lines of its manifests, and what is to be fetched."""
    for source in (*bag.glob("*manifest-*.txt"), *bag.glob("fetch.txt")):
        target = package / source.name.replace("-md5", "-sha256").replace("-sha512", "-sha256")
        lines = [line.partition(" ") for line in source.read_text().splitlines()]
        more = [f"{first}{blank}{rest}" if target.name == "fetch.txt" else f"{'0' * 64}{blank}{rest}"
                for first, blank, rest in lines]  # fmt: skip
        before = target.read_text() if target.exists() else ""
        target.write_text(before + "\n".join(more) + "\n")


def verified_and_received(world: World, sound: Path, bag: Path) -> None:
    """A real package with such lines in it: judged by its signatures, and none is followed.

    A courier can write a bag's manifests anew; no answer rests on them (K1).
    """
    package = copied(sound, world.path / "usb" / "grafted")
    grafted(package, bag)
    with world.unchanged():
        answer = in_plain_words(world.lab.verify("./usb/grafted"))
        assert (answer.status, answer.json["verdict"]) == (0, "CONFIRMED"), answer
    before = outside(world)
    answer = in_plain_words(world.lab("receive", "./usb/grafted", "--receipt", "reply.json"))
    assert answer.status == 0, answer
    assert outside(world) == before | {"reply.json"}
    shutil.rmtree(package)


def outside(world: World) -> set[str]:
    """What lies around the register that receives."""
    return {name for name in tree(world.path) if not name.startswith("lab/")}


def sealed_as_files(world: World, archives: list[Path], exhibit: str) -> Iterator[str]:
    """Archives and bags as evidence: measured like any file; the names in the list."""
    import json

    folder = world.path / "evidence"
    folder.mkdir()
    for each in archives:
        copied(each, folder / f"{each.parent.parent.name}-{each.parent.name}-{each.name}")
    world.seized(exhibit)
    before = outside(world) - {name for name in outside(world) if name.startswith("kibra/")}
    assert in_plain_words(world.kibra("seal", exhibit, str(folder))).status == 0
    assert {name for name in outside(world) if not name.startswith("kibra/")} == before
    report = world.kibra.verify(exhibit, "--media", folder)
    assert (report.status, report.json["verdict"]) == (0, "CONFIRMED"), report
    for line in (world.kibra.chain(exhibit) / "0002-manifest.entries.jsonl").read_bytes().splitlines():
        yield json.loads(line)["private"]["path"]
