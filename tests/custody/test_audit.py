"""A store is audited: what is due is read, each result is signed at once, nothing is passed over, and any stop is gone
on from."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.custody.breaking import HOW, break_at, count_into
from tests.custody.station import CASE, COMMAND, World
from tests.custody.stored import LATER, audit, later, listed, name, recorded, store, stored, verdicts

OTHER = "KBR-2026-0077"


@pytest.fixture
def full(world: World) -> World:
    """Four exhibits in two cases, sealed in the store."""
    world.kibra.ok("case", "open", OTHER, "--title", "another")
    stored(world, 1, 2, 3)
    folder = store(world) / OTHER / "EX-4"
    shutil.copytree(world.media, folder)
    world.sealed(f"{OTHER}/EX-4", str(folder), "--no-describe")
    return world


def test_what_is_due_is_read_and_signed(full: World) -> None:
    answer = audit(full)
    assert (answer.status, answer.json["verdict"]) == (0, "CONFIRMED"), answer
    assert [each["verdict"] for each in answer.json["exhibits"]] == ["CONFIRMED"] * 4
    first = answer.json["exhibits"][0]
    assert (first["items"], first["bytes"]) == (7, sum(f.stat().st_size for f in files(full, 1)))
    assert recorded(full, 1) == recorded(full, 2) == recorded(full, 3) == ["CONFIRMED"]
    body = full.kibra.body("0003-verification.json", name(1))
    assert body["body"]["media"] == {"how": "measured", "items": 7, "bytes": first["bytes"]}
    assert "read_by" not in body["body"]
    assert first["record"]["position"] == 3
    sound = full.kibra("--json", "verify", "--records-only", before=later())
    assert (sound.status, sound.json["records"]) == (0, "CONFIRMED"), sound


def files(world: World, number: int) -> list[Path]:
    return [path for path in (store(world) / name(number)).rglob("*") if path.is_file()]


def test_nothing_is_due_on_the_day_of_sealing(full: World) -> None:
    answer = audit(full, days=0)
    assert (answer.status, answer.json["verdict"], answer.json["not_due"]) == (0, "CONFIRMED", 4)
    assert answer.json["exhibits"] == []
    assert recorded(full, 1) == []


def test_a_day_before_and_a_day_after(full: World) -> None:
    assert audit(full, "--every", "30", days=29.9).json["exhibits"] == []
    assert len(audit(full, "--every", "30", days=30.1).json["exhibits"]) == 4
    assert audit(full, "--every", "30", days=60).json["exhibits"] == []
    assert len(audit(full, "--every", "30", days=60.2).json["exhibits"]) == 4
    assert recorded(full, 1) == ["CONFIRMED", "CONFIRMED"]


def test_the_oldest_reading_comes_first(full: World) -> None:
    for number, days in ((3, 1), (1, 2), (2, 3)):
        words = ("verify", name(number), "--media", str(store(full) / name(number)), "--record")
        full.kibra.ok(*words, before=later(days))
    answer = audit(full)
    assert [each["exhibit"] for each in answer.json["exhibits"]] == [
        f"KIBRA:{OTHER}/EX-4", *(f"KIBRA:{name(n)}" for n in (3, 1, 2)),
    ]  # fmt: skip


def test_one_refuted_does_not_stop_the_others(full: World) -> None:
    (store(full) / name(1) / "number").write_text("exhibit 2\n" * 1000)
    (store(full) / name(2) / "z.bin").unlink()
    answer = audit(full)
    assert (answer.status, answer.json["verdict"]) == (3, "REFUTED")
    assert verdicts(answer) == {"1": "REFUTED", "2": "REFUTED", "3": "CONFIRMED", "4": "CONFIRMED"}
    found = {each["exhibit"]: {f["code"] for f in each["findings"]} for each in answer.json["exhibits"]}
    assert found[f"KIBRA:{name(1)}"] == {"content-changed"}
    assert found[f"KIBRA:{name(2)}"] == {"content-missing"}
    assert (recorded(full, 1), recorded(full, 2), recorded(full, 3)) == (["REFUTED"], ["REFUTED"], ["CONFIRMED"])


def test_an_extra_file_is_undecided(full: World) -> None:
    (store(full) / name(2) / "extra").write_text("x")
    answer = audit(full)
    assert (answer.status, answer.json["verdict"], verdicts(answer)["2"]) == (4, "UNDETERMINED", "UNDETERMINED")


def test_what_did_not_confirm_is_read_again_the_next_day_and_counts_until_then(full: World) -> None:
    damaged = store(full) / name(2) / "number"
    kept = damaged.read_bytes()
    damaged.write_bytes(kept[::-1])
    assert audit(full).status == 3
    again = audit(full, days=LATER + 0.5)
    assert (again.status, verdicts(again), listed(again, "known_bad")) == (3, {}, [name(2)])
    damaged.write_bytes(kept)
    mended = audit(full, days=LATER + 1.1)
    assert (mended.status, verdicts(mended)) == (0, {"2": "CONFIRMED"})
    assert recorded(full, 2) == ["REFUTED", "CONFIRMED"]


def test_nothing_is_passed_over_in_silence(full: World) -> None:
    shutil.rmtree(store(full) / name(3))
    (store(full) / CASE / "EX-77").mkdir()
    (store(full) / "KBR-1" / "EX-1").mkdir(parents=True)
    (store(full) / "lost+found").mkdir()
    (store(full) / CASE / "notes.txt").write_text("x")
    full.seized(name(8))
    (store(full) / name(8)).mkdir()  # known, and never measured
    answer = audit(full)
    assert (answer.status, answer.json["verdict"]) == (4, "UNDETERMINED")
    assert listed(answer, "absent") == [name(3)]
    assert answer.json["absent"][0]["due"] is True
    assert listed(answer, "unknown") == ["KBR-1/EX-1", name(77), name(8)]
    assert listed(answer, "ignored") == [f"{CASE}/notes.txt", "lost+found"]
    assert verdicts(answer) == {"1": "CONFIRMED", "2": "CONFIRMED", "4": "CONFIRMED"}
    told = full.kibra("audit", str(store(full)), before=later(LATER + 1))
    for words in ("not in the store", name(77), "lost+found", "not sealed under such a name"):
        assert words in told.said


def test_what_is_absent_and_not_due_is_listed_only(full: World) -> None:
    assert audit(full).status == 0
    shutil.rmtree(store(full) / name(3))
    answer = audit(full, days=LATER + 1)
    assert (answer.status, listed(answer, "absent"), answer.json["absent"][0]["due"]) == (0, [name(3)], False)


def test_another_folder_confirms_nothing(full: World) -> None:
    (full.path / "empty").mkdir()
    answer = full.kibra("--json", "audit", "empty")
    assert (answer.status, answer.json["verdict"], len(listed(answer, "absent"))) == (4, "UNDETERMINED", 4)


def test_links_are_not_followed(full: World) -> None:
    (store(full) / name(2)).rename(full.path / "elsewhere-2")
    (store(full) / name(2)).symlink_to(full.path / "elsewhere-2")
    (store(full) / OTHER).rename(full.path / "elsewhere-case")
    (store(full) / OTHER).symlink_to(full.path / "elsewhere-case")
    answer = audit(full)
    assert (answer.status, sorted(listed(answer, "absent"))) == (4, [name(2), f"{OTHER}/EX-4"])
    assert all("symbolic link" in each["problem"] for each in answer.json["absent"])
    linked = full.path / "linked"
    linked.symlink_to(store(full))
    full.kibra.refused("audit", str(linked), says="symbolic link", status=2)


def test_a_map_says_where_else(full: World) -> None:
    (store(full) / name(2)).rename(full.path / "disk2")
    mapping = full.path / "where.toml"
    mapping.write_text(f'"{name(2)}" = "disk2"\n')
    answer = audit(full, "--map", str(mapping))
    assert (answer.status, verdicts(answer)["2"]) == (0, "CONFIRMED"), answer
    for wrong, says in (
        ('"KBR-9/EX-9" = "x"', "there is no KBR-9/EX-9"), ("x", "is no TOML"), ('"EX" = 3', "does not map"),
        (f'"{name(2)}" = "kibra/cases"', "lie inside one another"),
    ):  # fmt: skip
        mapping.write_text(wrong)
        full.kibra.refused("audit", str(store(full)), "--map", str(mapping), says=says, status=2)
    mapping.write_text(f'"{name(2)}" = "nowhere"\n')
    assert "nothing at" in audit(full, "--map", str(mapping), days=2 * LATER).json["absent"][0]["problem"]


def test_under_the_agency_and_twice(full: World) -> None:
    under = store(full) / "KIBRA" / name(2)
    under.parent.mkdir(parents=True)
    (store(full) / name(2)).rename(under)
    answer = audit(full)
    assert (answer.status, verdicts(answer)["2"], listed(answer, "unknown")) == (0, "CONFIRMED", []), answer
    shutil.copytree(under, store(full) / name(2))
    answer = audit(full, days=2 * LATER)
    assert (answer.status, listed(answer, "absent")) == (4, [name(2)])
    assert "twice" in answer.json["absent"][0]["problem"]


def test_what_was_received_lies_under_the_sender(full: World) -> None:
    """An exhibit of KIBRA, held and audited by the laboratory; KIBRA itself does not read what it gave away."""
    package = full.released(name(1), more=("--media", f"{name(1)}={store(full) / name(1)}"))
    full.lab.ok("receive", package, "--receipt", "reply.json")
    full.kibra.ok("acknowledge", "reply.json")
    theirs = full.path / "labstore" / "KIBRA" / name(1)
    shutil.copytree(store(full) / name(1), theirs)
    answer = full.lab("--json", "audit", "labstore", before=later())
    assert (answer.status, [e["verdict"] for e in answer.json["exhibits"]]) == (0, ["CONFIRMED"]), answer
    ours = audit(full)
    assert (ours.status, listed(ours, "not_held_here"), "1" in verdicts(ours)) == (0, [name(1)], False)
    (store(full) / name(1) / "number").write_text("changed")
    with_others = audit(full, "--others", days=2 * LATER)
    last = with_others.json["exhibits"][-1]
    assert (with_others.status, last["verdict"], last["record"]) == (3, "REFUTED", None)
    assert "not held here" in last["not_recorded"]
    assert "verification" not in full.kibra.kinds(name(1))


def test_a_damaged_record_refutes_the_register_and_nothing_is_signed(full: World) -> None:
    """A line without its record may be one of any chain (G5): all is looked at, all is refuted, nothing is recorded."""
    record = full.kibra.chain(name(1)) / "0002-manifest.json"
    record.chmod(0o600)
    record.write_bytes(record.read_bytes().replace(b'"items": 7', b'"items": 8'))
    answer = audit(full)
    assert (answer.status, set(verdicts(answer).values())) == (3, {"REFUTED"})
    assert {each["record"] for each in answer.json["exhibits"]} == {None}


def test_released_meanwhile(full: World) -> None:
    """Between reading and signing somebody releases the exhibit: reported, not recorded, and the others go on."""

    def meanwhile() -> None:
        from custody.acts import audit as acts

        read = acts.AuditRun._read

        def released(self: acts.AuditRun, one: acts.Candidate, progress: acts.Telling) -> object:
            report = read(self, one, progress)
            if one.exhibit.endswith("0042/EX-1"):
                words = (
                    "release",
                    name(1),
                    "--to-officer",
                    "445566",
                    "--purpose",
                    "x",
                    "--media",
                    f"{store(full) / name(1)}",
                )
                done = full.kibra(*words)  # by the clock of the audit
                assert done.status == 0, done
            return report

        acts.AuditRun._read = released  # type: ignore[method-assign,assignment]

    answer = audit(full, then=meanwhile)
    found = {each["exhibit"]: each for each in answer.json["exhibits"]}
    first = found[f"KIBRA:{name(1)}"]
    assert (answer.status, first["verdict"], first["record"]) == (0, "CONFIRMED", None), answer
    assert "released" in first["not_recorded"]
    assert recorded(full, 2) == ["CONFIRMED"]


def test_listing_signs_and_reads_nothing(full: World) -> None:
    with full.unchanged():
        answer = full.kibra("--json", "audit", str(store(full)), "--due", before=later(), passphrases=False)
        shown = full.kibra("audit", str(store(full)), "--dry-run", before=later(), passphrases=False)
    assert (answer.status, answer.json["format"], len(answer.json["due"])) == (0, "custody/audit-due/1", 4)
    assert "due 4 exhibits" in shown.said


def test_evidence_is_untouched(full: World) -> None:
    def seen() -> dict[Path, os.stat_result]:
        return {path: path.stat() for path in store(full).rglob("*") if path.is_file()}

    before = seen()
    assert audit(full, "--limit-rate", "1G").status == 0
    assert seen() == before


def test_no_exhibit_is_begun_after_the_time(full: World) -> None:
    """The clock of the test moves on by an hour at each look."""

    def hours_pass() -> None:
        from datetime import timedelta

        from custody.acts import audit as acts
        from custody.acts.desk import Desk

        one = acts.AuditRun._one

        def slow(self: acts.AuditRun, *args: object) -> object:
            result = one(self, *args)  # type: ignore[arg-type]
            now = self.desk.now
            Desk.now = self.desk.now = lambda: now() + timedelta(hours=1)  # type: ignore[misc]
            return result

        acts.AuditRun._one = slow  # type: ignore[method-assign,assignment]

    answer = audit(full, "--for", "1.5", then=hours_pass)
    assert (answer.status, len(answer.json["exhibits"]), len(answer.json["left"])) == (0, 2, 2), answer
    rest = audit(full, days=LATER + 0.5)
    assert (rest.status, len(rest.json["exhibits"]), rest.json["left"]) == (0, 2, [])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--for", "8", "--until", "06:00"), "not both"),
        (("--for", "0"), "not a number of hours"),
        (("--until", "soon"), "not a time"),
        (("--every", "-1"), "not a number of days"),
        (("--limit-rate", "fast"), "not a rate"),
        (("--limit-rate", "0"), "not a rate"),
        (("--engine", "spark://x:1"), "no engine"),
        (("--engine", "dask://x"), "no engine"),
        (("--store-as", "/mnt"), "leave it out"),
    ],
)
def test_what_cannot_be_meant(full: World, words: tuple[str, ...], says: str) -> None:
    full.kibra.refused("audit", str(store(full)), *words, says=says, status=2)


def test_places_that_are_no_store(full: World) -> None:
    full.kibra.refused("audit", "nowhere", says="no store at", status=2)
    full.kibra.refused("audit", "kibra", says="lie inside one another", status=2)
    full.kibra.refused("audit", "media/z.bin", says="is no folder", status=2)


def test_a_wrong_passphrase_reads_nothing(full: World) -> None:
    wrong = full.path / "wrong"
    wrong.write_text("not it\n")
    with full.unchanged():
        words = ["-C", str(full.kibra.path), "--as", "112233", "--passphrase-file", str(wrong)]
        answer = full.run(*words, "audit", str(store(full)), before=later())
    assert answer.status == 5


# --- stopped in any way, and gone on with -------------------------------------


def stop_in_exhibit(number: int, item: int, how: str) -> Callable[[], None]:
    """For `then`: at an item of the Nth exhibit that is read, this happens."""

    def before() -> None:
        from custody.acts import contents

        compare, seen = contents.compare, [0]

        def counted(exhibit: str, lists: object, items: object, **more: object) -> object:
            seen[0] += 1
            return compare(exhibit, lists, _stopping(items) if seen[0] == number else items, **more)  # type: ignore

        def _stopping(items: object) -> object:
            for at, each in enumerate(items):  # type: ignore[var-annotated,arg-type]
                if at == item:
                    HOW[how]()
                yield each

        contents.compare = counted  # type: ignore[assignment]

    return before


@pytest.mark.parametrize(("how", "status"), [("killed", -9), ("interrupted", 130)])
def test_stopped_within_an_exhibit(full: World, how: str, status: int) -> None:
    stopped = audit(full, then=stop_in_exhibit(3, 4, how))
    assert stopped.status == status
    assert sum(len(recorded(full, n)) for n in (1, 2, 3)) + ("verification" in full.kibra.kinds(f"{OTHER}/EX-4")) == 2
    if how == "interrupted":
        assert "2 of 4 exhibits are done" in stopped.err
        assert "the same command goes on" in stopped.err
    rest = audit(full)
    assert (rest.status, len(rest.json["exhibits"]), rest.json["not_due"]) == (0, 2, 2), rest
    assert recorded(full, 1) == recorded(full, 2) == recorded(full, 3) == ["CONFIRMED"]
    assert left_over(full) == []


def left_over(world: World) -> list[Path]:
    return list((world.kibra.path / "tmp").iterdir())


@pytest.mark.parametrize("how", ["killed", "torn", "disk full", "input/output error"])
def test_broken_at_every_step_of_the_register(world: World, tmp_path: Path, how: str) -> None:
    """The disk of the register fails or the power goes at each call that changes it: nothing half, nothing doubled."""
    from tests.custody.station import copy

    stored(world, 1, 2)
    counted = copy(world, _made(tmp_path / "counted"))
    assert audit(counted, then=count_into(tmp_path / "told")).status == 0
    steps = len((tmp_path / "told").read_text().split())
    assert steps > 20
    for step in range(1 + len(how) % 7, steps + 1, 7):
        here = copy(world, _made(tmp_path / f"{step}"))
        broken = audit(here, then=break_at(step, how))
        assert broken.status in ({-9, 0} if how in ("killed", "torn") else {0, 6}), broken
        assert "internal error" not in broken.err
        rest = audit(here)
        assert rest.status == 0, (step, rest)
        assert recorded(here, 1) == recorded(here, 2) == ["CONFIRMED"], step
        assert len(here.kibra.leaves()) == len(set(here.kibra.leaves()))
        here.kibra.ok("case", "open", "NEXT-1", "--title", "the next writer", before=later())
        assert left_over(here) == []
        sound = here.kibra("--json", "verify", "--records-only", before=later())
        assert sound.json["records"] == "CONFIRMED", sound
        shutil.rmtree(tmp_path / f"{step}")


def _made(path: Path) -> Path:
    path.mkdir()
    return path


def test_a_full_disk_stops_the_audit_and_is_named(full: World, tmp_path: Path) -> None:
    """What was recorded before the disk was full stays."""

    def full_after_two() -> None:
        from custody.edges import commit

        published, seen = commit.Writer._publish, [0]

        def publish(self: object, *args: object) -> None:
            seen[0] += 1
            if seen[0] > 2:
                raise OSError(28, os.strerror(28))
            published(self, *args)  # type: ignore[arg-type]

        commit.Writer._publish = publish  # type: ignore[method-assign,assignment]

    answer = full.kibra("audit", str(store(full)), before=later(then=full_after_two))
    assert answer.status == 6, answer
    assert "it was not recorded" in answer.err
    assert "2 of 4 exhibits are done" in answer.err
    assert len(audit(full).json["exhibits"]) == 2


def test_two_audits_at_once_sign_each_exhibit_once(full: World) -> None:
    """The second begins while the first is in its first exhibit, and finds what the first has done meanwhile."""

    def another() -> None:
        from custody.acts import audit as acts

        one, seen = acts.AuditRun._one, [0]

        def with_another(self: acts.AuditRun, *args: object) -> object:
            seen[0] += 1
            if seen[0] == 1:
                assert audit(full, days=0).status == 0  # by the clock of this one
            return one(self, *args)  # type: ignore[arg-type]

        acts.AuditRun._one = with_another  # type: ignore[method-assign,assignment]

    answer = audit(full, then=another)
    assert (answer.status, [each["record"] for each in answer.json["exhibits"]]) == (0, [None] * 4)
    assert {each["not_recorded"] for each in answer.json["exhibits"]} == {"read meanwhile by another audit: no. 3"}
    assert recorded(full, 1) == recorded(full, 2) == recorded(full, 3) == ["CONFIRMED"]


def test_killed_with_its_readers(full: World) -> None:
    """SIGKILL of the installed command while it reads; its readers end by themselves."""
    large = store(full) / name(1) / "large"
    with large.open("wb") as file:
        file.truncate(1 << 30)
    full.kibra("verify", name(1))  # the register is as it was
    words = full.kibra.words(("audit", str(store(full)), "--every", "0", "--limit-rate", "1M"), None, True)
    process = subprocess.Popen([str(COMMAND), *words], cwd=full.path, env=full.env, start_new_session=True,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    readers = _wait_for(lambda: [pid for pid in _children(process.pid) if b"hashing.worker" in _command(pid)])
    process.kill()
    process.wait()
    assert _wait_for(lambda: not any(_alive(pid) for pid in readers))
    assert full.kibra("--json", "verify", "--records-only").json["records"] == "CONFIRMED"


def _wait_for(found: Callable[[], object]) -> object:
    for _ in range(600):
        if answer := found():
            return answer
        time.sleep(0.1)
    raise AssertionError("it never came")


def _children(pid: int) -> list[int]:
    try:
        tasks = [Path(f"/proc/{pid}/task/{task}/children").read_text() for task in os.listdir(f"/proc/{pid}/task")]
    except OSError:
        return []
    return [int(each) for task in tasks for each in task.split()]


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return b"Z (zombie)" not in Path(f"/proc/{pid}/status").read_bytes() if Path(f"/proc/{pid}").exists() else False


def test_names_from_the_store_are_inert(full: World) -> None:
    (store(full) / CASE / "EX-\x1b[31m").mkdir()
    (store(full) / "a\u202eb").mkdir()
    answer = full.kibra("audit", str(store(full)), before=later())
    assert answer.status == 0
    assert "\x1b" not in answer.out + answer.err
    assert "\u202e" not in answer.out + answer.err
    assert "Also there, and not looked at" in answer.out
    assert json.loads(audit(full, days=LATER + 1).out)["ignored"]
