"""Logs of other tools given with contents: bound byte for byte, every claim held against what was measured."""

import hashlib
import json
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from blake3 import blake3

from custody.acts.logs import taken
from manifests.errors import EnvironmentFault
from tests.custody.station import EX, Answer, Office, World, contents

IMAGES = Path(__file__).parents[3] / "shared" / "data" / "images"
with_images = pytest.mark.skipif(not IMAGES.is_dir(), reason="the shared images are not here")
STEM = "0002-manifest"


def md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def written(world: World, name: str, text: str | bytes) -> str:
    """A log beside the contents; its path."""
    path = world.path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def list_of(files: dict[str, bytes], before: str = "") -> str:
    """A list as md5sum writes it."""
    return "".join(f"{md5(data)}  {before}{name}\n" for name, data in files.items())


def sealed(world: World, *logs: str, paths: tuple[str, ...] = ("media",), more: tuple[str, ...] = ()) -> Answer:
    """Contents sealed with some logs."""
    world.seized()
    given = [word for log in logs for word in ("--acquisition", log)]
    return world.kibra.ok("seal", EX, *paths, "--no-describe", *given, *more)


def bound(world: World) -> list[dict[str, Any]]:
    logs: list[dict[str, Any]] = world.kibra.body(f"{STEM}.json")["body"]["logs"]
    return logs


def claims(office: Office) -> list[dict[str, Any]]:
    """The list of claims, line by line."""
    return [json.loads(line) for line in (office.chain() / f"{STEM}.claims.jsonl").read_text().splitlines()]


def counts(world: World) -> tuple[int, int, int]:
    """Of the first log: same, differs, not checked."""
    first = bound(world)[0]
    return first["same"], first["differs"], first["not_checked"]


def told(world: World, code: str) -> list[str]:
    """What the findings of a code say."""
    return [finding["text"] for finding in world.kibra.verify(EX).json["findings"] if finding["code"] == code]


# --- bound and held against what was measured ---------------------------------


def test_a_list_of_all_files_is_bound_and_the_same(world: World) -> None:
    log = written(world, "card.md5", list_of(contents(), "/mnt/card/"))
    answer = sealed(world, log)
    assert f"log 1, list of digests: {len(contents())} claims: {len(contents())} the same" in answer.out
    assert "computed too, because a log claims it: md5" in answer.err
    assert (world.kibra.chain() / f"{STEM}.1.log").read_bytes() == Path(log).read_bytes()
    assert bound(world) == [
        {
            "sha256": f"sha256:{sha256(Path(log).read_bytes())}",
            "bytes": Path(log).stat().st_size,
            "tool": "list of digests",
            "claims": len(contents()),
            "same": len(contents()),
            "differs": 0,
            "not_checked": 0,
        }
    ]
    lines = claims(world.kibra)
    assert [line["item"] for line in lines] == sorted(line["item"] for line in lines)
    assert {(line["scope"], line["result"]) for line in lines} == {("file", "same")}
    report = world.kibra.verify(EX, "--media", world.media)
    assert (report.status, report.codes & {"claim-differs", "claim-unchecked"}) == (0, set())


def test_one_file_with_another_digest_is_named_without_its_name(world: World) -> None:
    files = contents()
    name = sorted(files)[0]
    log = written(world, "card.md5", list_of({**files, name: b"something else"}))
    answer = sealed(world, log)
    assert "1 DIFFER" in answer.out
    assert counts(world) == (len(files) - 1, 1, 0)
    assert world.kibra.verify(EX).status == 4
    (found,) = told(world, "claim-differs")
    assert "log 1 (list of digests), file: md5 " in found
    assert md5(b"something else") in found
    assert f"has {md5(files[name])}" in found
    assert Path(name).name not in found


def test_the_record_and_the_list_of_claims_hold_no_name_of_a_log(world: World) -> None:
    secret = "Invented-Child-Name"
    log = written(world, "x.md5", f"{md5(b'x')}  {secret}/{secret}.jpg\n" + list_of(contents()))
    sealed(world, log)
    for name in (f"{STEM}.json", f"{STEM}.claims.jsonl"):
        assert secret not in (world.kibra.chain() / name).read_text()
    assert secret in (world.kibra.chain() / f"{STEM}.1.log").read_text()


def test_what_was_not_checked_says_so_and_why(world: World) -> None:
    files = contents()
    (world.media / "link").symlink_to("nowhere")
    log = written(world, "x.md5", list_of({**files, "gone.txt": b"", "link": b""}))
    sealed(world, log)
    assert counts(world) == (len(files), 0, 2)
    assert {line.get("reason") for line in claims(world.kibra)} == {None, "no-item", "not-measured"}
    assert world.kibra.verify(EX).codes & {"claim-differs", "claim-unchecked"} == {"claim-unchecked"}
    (found,) = told(world, "claim-unchecked")
    assert f"2 of {len(files) + 2} claims not checked" in found


def test_several_items_may_have_the_name(world: World) -> None:
    for folder in ("A", "B"):
        (world.media / folder).mkdir()
        (world.media / folder / "same.txt").write_bytes(folder.encode())
    sealed(world, written(world, "x.md5", list_of({"same.txt": b"A"})))
    assert [line["reason"] for line in claims(world.kibra)] == ["several-items"]


def test_a_list_of_a_whole_disk_raises_no_alarm_about_files_that_only_share_a_name(world: World) -> None:
    """One base holds for all names of a log: the one under which most of them are items."""
    files = contents()
    name = next(name for name in files if "/" not in name)
    listed = list_of(files, "/mnt/card/") + list_of({name: b"another file of that name"}, "/mnt/elsewhere/")
    sealed(world, written(world, "disk.md5", listed))
    assert counts(world) == (len(files), 0, 1)


def test_facts_and_several_logs_stand_side_by_side(world: World) -> None:
    files = contents()
    facts = written(world, "facts.toml", "[acquisition]\nmethod = 'files'\n")
    ufd = written(world, "card.ufd", "[SHA256]\r\n" + "".join(f"{n}={sha256(d)}\r\n" for n, d in files.items()))
    answer = sealed(world, facts, written(world, "card.md5", list_of(files)), ufd)
    assert [log["tool"] for log in bound(world)] == ["list of digests", "UFD"]
    assert "log 2, UFD" in answer.out
    assert all(len(line) <= 80 for line in answer.out.splitlines() if line.startswith("  log"))
    assert world.kibra.body(f"{STEM}.json")["body"]["acquisition"] == {"acquisition": {"method": "files"}}
    assert world.kibra.verify(EX).status == 4  # nothing of the media was read
    assert world.kibra.verify(EX, "--media", world.media).status == 0
    shown = world.kibra.ok("show", EX).out
    assert "    log 1, list of digests: " in shown


def test_json_says_what_became_of_the_claims(world: World) -> None:
    world.seized()
    log = written(world, "card.md5", list_of(contents()))
    answer = world.kibra.ok("--json", "seal", EX, "media", "--no-describe", "--acquisition", log)
    (record,) = answer.json["records"]
    assert record["logs"] == [{"log": 1, **bound(world)[0]}]


def test_the_same_contents_with_the_same_log_are_not_bound_twice(world: World) -> None:
    log = written(world, "card.md5", list_of(contents()))
    sealed(world, log)
    world.kibra.again("seal", EX, "media", "--no-describe", "--acquisition", log)
    other = written(world, "other.md5", list_of(contents()) + "\n")
    world.kibra.ok("seal", EX, "media", "--no-describe", "--acquisition", other, "--also")
    assert world.kibra.kinds() == ["seizure", "manifest", "manifest"]


def test_a_log_in_the_sealed_folder_is_both(world: World) -> None:
    listed = list_of(contents())
    (world.media / "zz.md5").write_text(listed)
    sealed(world, str(world.media / "zz.md5"))
    assert counts(world) == (len(contents()), 0, 0)
    assert world.kibra.body(f"{STEM}.json")["body"]["items"] == len(contents()) + 1
    assert world.kibra.verify(EX, "--media", world.media).status == 0


def test_a_zip_in_several_parts_is_not_held_against_its_last(world: World) -> None:
    for name in ("phone.zip", "phone.z01"):
        (world.media / name).write_bytes(name.encode())
    log = written(world, "phone.ufd", f"[General]\n[SHA256]\nphone.zip={sha256(b'all parts in a row')}\n")
    sealed(world, log)
    assert [line["reason"] for line in claims(world.kibra)] == ["several-parts"]


def test_logs_and_claims_travel_and_are_taken_in(world: World) -> None:
    files = contents()
    sealed(world, written(world, "card.md5", list_of({**files, "gone": b""})))
    package = world.released(EX, more=("--media", f"{EX}={world.media}"))
    (world.path / "card.md5").unlink()
    report = world.outside("--json", "verify", str(package), "--anchor", str(world.kibra.card))
    assert (report.status, report.codes & {"claim-unchecked", "log-missing"}) == (0, {"claim-unchecked"}), report
    world.lab.ok("receive", package, "--receipt", world.path / "reply.json")
    for suffix in (".1.log", ".claims.jsonl"):
        name = f"{STEM}{suffix}"
        assert (world.lab.chain() / name).read_bytes() == (world.kibra.chain() / name).read_bytes()
    world.kibra.ok("acknowledge", world.path / "reply.json")
    world.kibra.sound()
    world.lab.sound()


def test_a_package_whose_log_was_changed_is_not_received(world: World) -> None:
    sealed(world, written(world, "card.md5", list_of(contents())))
    package = world.released(EX, more=("--media", f"{EX}={world.media}"))
    (log,) = package.rglob("*.1.log")
    log.write_bytes(log.read_bytes().replace(b"a", b"b", 1))
    world.lab.refused("receive", package, "--receipt", world.path / "reply.json", says="log-changed")


def test_a_claim_that_differs_is_released_only_in_spite_of_it(world: World) -> None:
    """Like any other defect that is not decided: a person must say that it is known."""
    sealed(world, written(world, "card.md5", list_of({sorted(contents())[0]: b"another"})))
    words = ("release", EX, "--to", "LAB", "--purpose", "x", "--out", world.path / "usb", "--media", world.media)
    (world.path / "usb").mkdir(exist_ok=True)
    world.kibra.refused(*words, says="claim-differs", all_but=("usb",))
    world.kibra.ok(*words, "--despite", "claim-differs")


# --- images --------------------------------------------------------------------


def image_log(name: str, digest: str) -> str:
    """What ewfacquire prints of an image; invented."""
    return f"ewfacquire 20140816\n\nImage path and filename:\t\t{name}\n\nMD5 hash calculated over data:\t\t{digest}\n"


@with_images
def test_the_log_of_an_image_is_held_against_its_media(world: World) -> None:
    shutil.rmtree(world.media)
    world.media.mkdir()
    for name in ("ext2.split.E01", "ext2.split.E02"):
        shutil.copyfile(IMAGES / name, world.media / name)
    log = written(world, "ext2.log", image_log("/x/ext2.split.E01", "196066add11fb71c4c49cf1bb50d6d24"))
    sealed(world, log)
    assert [(c["scope"], c["item"], c["result"]) for c in claims(world.kibra)] == [("source-device", 3, "same")]
    assert world.kibra.verify(EX, "--media", world.media).status == 0


@with_images
def test_what_was_not_decoded_is_not_compared_with_the_container(world: World) -> None:
    shutil.rmtree(world.media)
    world.media.mkdir()
    for name in ("ext2.split.E01", "ext2.split.E02"):
        shutil.copyfile(IMAGES / name, world.media / name)
    log = written(world, "ext2.log", image_log("/x/ext2.split.E01", "196066add11fb71c4c49cf1bb50d6d24"))
    sealed(world, log, more=("--no-decode",))
    assert [c["reason"] for c in claims(world.kibra)] == ["not-decoded"]


def test_each_image_has_its_own_log(world: World) -> None:
    """Two raw images in one folder, told apart by the names in their logs."""
    shutil.rmtree(world.media)
    world.media.mkdir()
    for name in ("one.dd", "two.dd"):
        (world.media / name).write_bytes(name.encode())
    logs = [written(world, f"{n}.log", image_log(f"/x/{n}.E01", md5(f"{n}.dd".encode()))) for n in ("two", "one")]
    nameless = written(world, "x.log", f"Total (md5): {md5(b'one.dd')}\n")
    sealed(world, *logs, nameless)
    assert [(c["log"], c.get("item"), c["result"]) for c in claims(world.kibra)] == [
        (3, None, "not-checked"), (2, 1, "same"), (1, 2, "same"),
    ]  # fmt: skip


def test_a_raw_image_in_one_part_is_the_medium(world: World) -> None:
    shutil.rmtree(world.media)
    world.media.mkdir()
    (world.media / "stick.dd").write_bytes(b"medium" * 100)
    log = written(world, "dcfldd.log", f"Total (md5): {md5(b'medium' * 100)}\nTotal (sha1): {'ab' * 20}\n")
    sealed(world, log)
    assert [(c["algorithm"], c["result"]) for c in claims(world.kibra)] == [("md5", "same"), ("sha1", "differs")]


# --- refused ---------------------------------------------------------------------


def refused(world: World, log: str, says: str, status: int = 2) -> None:
    """The log is refused, and nothing is left behind."""
    words = ("seal", EX, "media", "--no-describe", "--acquisition", log)
    world.kibra.refused(*words, says=says, status=status, all_but=("kibra/tmp",))
    assert world.kibra.kinds() == ["seizure"]
    assert list((world.kibra.path / "tmp").iterdir()) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "it is empty"),
        (b"\0\1\2", "it is not a text file"),
        (b"dear diary\n", "it is not the log of a tool that is known here"),
    ],
)
def test_what_is_no_log_is_refused_before_anything_is_read(world: World, text: bytes, says: str) -> None:
    world.seized()
    refused(world, written(world, "x.log", text), says)
    answer = world.kibra("seal", EX, "media", "--acquisition", str(world.path / "x.log"))
    assert "FTK Imager" in answer.said


def test_a_fifo_a_link_a_folder_and_nothing_are_refused(world: World) -> None:
    world.seized()
    os.mkfifo(world.path / "fifo.log")
    (world.path / "link.log").symlink_to(written(world, "card.md5", list_of(contents())))
    refused(world, str(world.path / "fifo.log"), "is not an ordinary file")
    refused(world, str(world.path / "link.log"), "it is a link")
    refused(world, str(world.media), "is not an ordinary file")
    refused(world, str(world.path / "gone.log"), "no such file")


def test_a_log_that_is_too_large_is_refused(world: World) -> None:
    world.seized()
    with (world.path / "huge.log").open("wb") as file:
        file.truncate((256 << 20) + 1)
    refused(world, str(world.path / "huge.log"), "is larger than 256 MiB")


def test_two_files_of_facts_and_one_log_twice_are_refused(world: World) -> None:
    world.seized()
    log = written(world, "card.md5", list_of(contents()))
    for name in ("a.toml", "b.toml"):
        written(world, name, "[acquisition]\n")
    both = ("--acquisition", str(world.path / "a.toml"), "--acquisition", str(world.path / "b.toml"))
    world.kibra.refused("seal", EX, "media", *both, says="two files of facts", status=2)
    twice = ("--acquisition", log, "--acquisition", log)
    world.kibra.refused("seal", EX, "media", *twice, says="was given twice", status=2, all_but=("kibra/tmp",))


def test_a_hostile_log_steers_no_terminal(world: World) -> None:
    nasty = "\x1b[2J\x1b]0;owned\x07\u202egnp.exe"
    ufd = f"[General]\nVersion=7{nasty}\nDevice={nasty}\n[SHA256]\n{nasty}={'ab' * 32}\n"
    answer = sealed(world, written(world, "x.ufd", ufd))
    assert bound(world)[0].get("version") is None
    for each in (answer, world.kibra("show", EX), world.kibra("verify", EX), world.kibra("log")):
        assert not any(ch in each.out + each.err for ch in "\x1b\x07\u202e")


def test_a_log_that_changes_while_it_is_copied_is_refused(tmp_path: Path) -> None:
    log, stop = tmp_path / "growing.md5", threading.Event()
    log.write_text(list_of(contents()) * 40_000)

    def grow() -> None:
        with log.open("ab") as file:
            while not stop.wait(0.0005):
                file.write(b"#\n")
                file.flush()

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        (tmp_path / "work").mkdir()
        with pytest.raises(EnvironmentFault, match="while it was read"), taken((str(log),), tmp_path / "work"):
            pass
    finally:
        stop.set()
        writer.join()


# --- verified ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "change", "code", "status"),
    [
        (f"{STEM}.1.log", lambda data: data.replace(b"a", b"b", 1), "log-changed", 3),
        (f"{STEM}.1.log", lambda data: data + b"\n", "log-changed", 3),
        (f"{STEM}.1.log", lambda data: b"", "log-changed", 3),
        (f"{STEM}.1.log", None, "log-missing", 4),
        (f"{STEM}.claims.jsonl", lambda data: data.replace(b"same", b"Same", 1), "entries-changed", 3),
        (f"{STEM}.claims.jsonl", lambda data: data[data.index(b"\n") + 1 :], "entries-changed", 3),
        (f"{STEM}.claims.jsonl", None, "entries-missing", 4),
    ],
)
def test_a_log_or_list_that_is_not_the_one_bound_is_found(
    world: World, name: str, change: Any, code: str, status: int
) -> None:
    sealed(world, written(world, "card.md5", list_of(contents())))
    path = world.kibra.chain() / name
    data = path.read_bytes()
    path.unlink()
    if change is not None:
        path.write_bytes(change(data))
    report = world.kibra.verify(EX, "--media", world.media)
    assert (report.status, code in report.codes) == (status, True), report


# --- lists that name no algorithm, and what only looks like a log -----------------------------


def results(world: World) -> list[tuple[str, str, str | None]]:
    lines = (world.kibra.chain() / f"{STEM}.claims.jsonl").read_bytes().splitlines()
    return [(each["algorithm"], each["result"], each.get("reason")) for each in map(json.loads, lines)]


def sums(make: Callable[[bytes], str], changed: str = "") -> str:
    return "".join(f"{make(data + b'!' if name == changed else data)}  {name}\n" for name, data in contents().items())


def whirlpool(data: bytes) -> str:
    """Any 64 bytes that are no SHA-512 will do."""
    return hashlib.sha512(b"not " + data).hexdigest()


@pytest.mark.parametrize(
    "make", [whirlpool, lambda data: hashlib.blake2b(data).hexdigest(),
             lambda data: hashlib.blake2s(data).hexdigest(), lambda data: hashlib.sha3_512(data).hexdigest(),
             lambda data: hashlib.blake2b(data, digest_size=20).hexdigest(),
             lambda data: hashlib.blake2b(data, digest_size=16).hexdigest()],
)  # fmt: skip
def test_a_list_by_an_algorithm_that_only_looks_like_ours(world: World, make: Callable[[bytes], str]) -> None:
    sealed(world, written(world, "list.txt", sums(make)))
    assert {each[1:] for each in results(world)} == {("not-checked", "algorithm-not-known")}
    report = world.kibra.verify(EX, "--media", world.media)
    assert (report.status, "claim-differs" in report.codes, "claim-unchecked" in report.codes) == (0, False, True)
    assert "names no algorithm" in report.out


@pytest.mark.parametrize("make", [whirlpool, lambda data: hashlib.blake2b(data).hexdigest()])
def test_the_name_of_a_list_may_say_what_its_digests_are(world: World, make: Callable[[bytes], str]) -> None:
    sealed(
        world, written(world, "sha512sums.txt", sums(make)), written(world, "b2sum-of-sha512sums", sums(make) + "\n")
    )
    found = results(world)
    assert [each for each in found if each[1] == "differs"] == [("sha512", "differs", None)] * len(contents())
    assert {each[1:] for each in found if each[1] != "differs"} == {("not-checked", "algorithm-not-known")}


def test_one_line_that_fits_says_what_the_others_are(world: World) -> None:
    name = sorted(contents())[0]
    sealed(world, written(world, "list.txt", sums(lambda data: hashlib.sha512(data).hexdigest(), name)))
    assert sorted(each[1] for each in results(world)) == ["differs"] + ["same"] * (len(contents()) - 1)
    assert {each[0] for each in results(world)} == {"sha512"}


def test_a_list_of_blake3_with_a_file_that_differs_says_so_of_blake3(world: World) -> None:
    name = sorted(contents())[0]
    made = written(world, "list.txt", sums(lambda data: blake3(data).hexdigest(), name))
    sealed(world, made, more=("--digest", "blake3"))
    assert {each[0] for each in results(world)} == {"blake3"}
    assert sorted(each[1] for each in results(world)) == ["differs"] + ["same"] * (len(contents()) - 1)


@pytest.mark.parametrize(
    "text",
    [
        "<p>Dear diary, today I sealed a card.</p>\n",
        "<3 you all\n",
        "<!DOCTYPE html><html><body>d41d8cd98f00b204e9800998ecf8427e  a.txt</body></html>",
        "<?xml version='1.0'?><project><md5>d41d8cd98f00b204e9800998ecf8427e</md5></project>",
        "<?xml version='1.0'?><!-- dfxml --><!-- <dfxml/> --><report/>",
        "<",
        "<?xml version='1.0' encoding='no-such'?><dfxml/>",
        "<not><dfxml><fileobject/></dfxml></not>",
        "d41d8cd98f00b204e9800998ecf8427e,da39a3ee5e6b4b0d3255bfef95601890afd80709,a.txt\n" * 3,
        "My diary (of 2026) = 12\n",
    ],
)
def test_what_is_no_log_is_not_bound(world: World, text: str) -> None:
    world.seized()
    path = written(world, "diary", text)
    world.kibra.refused("seal", EX, "media", "--acquisition", path, status=2, says="no claims can be read from")


def test_the_digests_of_a_table_of_many_columns_are_counted(world: World) -> None:
    table = "".join(f"{md5(data)},{hashlib.sha1(data).hexdigest()},{name}\n" for name, data in contents().items())
    sealed(world, written(world, "card.md5", list_of(contents()) + table))
    (log,) = bound(world)
    assert (log["claims"], log["same"]) == (len(contents()), len(contents()))
    assert log["unread"] == [{"why": "not-understood", "count": len(contents())}]


def test_digests_by_algorithms_that_are_named_and_not_known_are_counted(world: World) -> None:
    tagged = "".join(f"BLAKE2b ({name}) = {whirlpool(data)}\n" for name, data in contents().items())
    sealed(world, written(world, "card.md5", list_of(contents()) + tagged))
    assert bound(world)[0]["unread"] == [{"why": "other-algorithm", "count": len(contents())}]
