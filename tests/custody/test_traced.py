"""The system calls of real commands: evidence is only read, nothing is sent, no secret leaves the process."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from custody.edges import keys
from manifests.errors import NotAllowedError
from tests.custody.station import COMMAND, EX, World, opening

JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffdb004300") + b"\x08" * 64 + bytes.fromhex("ffd9")
pytestmark = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")

CHANGING = re.compile(
    r"\b(mkdir|mkdirat|unlink|unlinkat|rmdir|rename|renameat|renameat2|link|linkat|symlink|symlinkat|mknod|mknodat|chmod|"
    r"fchmod|fchmodat|chown|lchown|fchown|fchownat|utimensat|utimes|futimesat|truncate|ftruncate|setxattr|lsetxattr|"
    r"fsetxattr|removexattr|write|pwrite64|writev|fallocate|copy_file_range|sendfile)\("
)


def traced(world: World, *words: str, calls: str, hexadecimal: bool = False, cwd: Path | None = None) -> list[str]:
    """Run the installed command under strace, with all its children; the lines of the trace."""
    out = world.path.parent / "trace"
    more = ["-xx", "-s", "1000000", "-v"] if hexadecimal else ["-s", "300"]
    command = ["strace", "-f", "-y", "-qq", "-e", f"trace={calls}", *more, "-o", str(out), str(COMMAND), *words]
    done = subprocess.run(command, cwd=cwd or world.path, env=world.env, capture_output=True, timeout=120)
    if b"ptrace" in done.stderr and done.returncode:
        pytest.skip("this computer does not let processes be traced")
    assert done.returncode == 0, done.stderr
    lines = out.read_text(errors="replace").splitlines()
    out.unlink()
    return lines


def _touching(lines: list[str], evidence: Path) -> list[str]:
    """Lines that could have changed something at or below a folder."""
    place = str(evidence)
    found = []
    for line in lines:
        if place not in line:
            continue
        opened = re.search(r"\bopen(at|at2)?\(", line)
        writes = opened and re.search(r"O_(WRONLY|RDWR|CREAT|TRUNC|APPEND|TMPFILE)", line)
        if writes or (not opened and CHANGING.search(line.split(place)[0])):
            found.append(line)
    return found


def _state(evidence: Path) -> dict[str, tuple[int, ...]]:
    """Everything a file system says of evidence, times of access included, but for links: to read where a link points
    sets its own (E5).
    """
    found = {}
    for path in (evidence, *sorted(evidence.rglob("*"))):
        s = path.lstat()
        times = (s.st_mtime_ns, s.st_ctime_ns, 0 if path.is_symlink() else s.st_atime_ns)
        found[str(path)] = (s.st_mode, s.st_ino, s.st_nlink, s.st_uid, s.st_size, *times)
    return found


def test_evidence_is_never_opened_for_writing(world: World) -> None:
    """Seal with descriptions, verify, release with the media inside, and hash."""
    (world.media / "photo.jpg").write_bytes(JPEG)
    (world.media / "link").symlink_to("a note.txt")
    world.seized()
    me = ("-C", str(world.kibra.path), "--as", "112233", "--passphrase-file", str(world.secret("112233")))
    media = str(world.media)
    if os.geteuid() == 0:
        subprocess.run(["chmod", "-R", "a-w", media], check=True)
    acts = [
        ("seal", EX, media), ("verify", EX, "--media", media), ("verify", EX, "--media", media, "--quick"),
        ("release", EX, "--to", "LAB", "--purpose", "x", "--media", media, "--out", str(world.path / "usb")),
        ("hash", media),
    ]  # fmt: skip
    for words in acts:
        before = _state(world.media)
        lines = traced(world, *me, *words, calls="file,desc,network")
        opened = [line for line in lines if "open" in line and media in line]
        assert len(opened) > 5, "the trace does not show the evidence being read"
        assert _touching(lines, world.media) == []
        assert not [line for line in lines if "AF_INET" in line], "a network was asked for"
        assert _state(world.media) == before, words[0]


def test_the_trace_would_show_it(world: World) -> None:
    """The check above can fail."""
    note, out = str(world.media / "a note.txt"), world.path / "trace"
    strace = ["strace", "-f", "-y", "-qq", "-e", "trace=file,desc", "-o", out, sys.executable, "-I", "-S", "-c"]
    for script in (f"open({note!r}, 'a')", f"import os; os.utime({note!r})", f"open({note!r} + 'x', 'w')"):
        subprocess.run([*strace, script], check=False)
        assert _touching(out.read_text().splitlines(), world.media), script


def test_nothing_is_sent_anywhere(world: World) -> None:
    """No verb asks for a network, not even to look up revocation."""
    package = world.sent()
    me = ("-C", str(world.lab.path), "--as", "7001", "--passphrase-file", str(world.secret("7001")))
    for words in (("receive", str(package)), ("verify", "--records-only"), ("trust", "list"), ("doctor",), ("status",)):
        lines = traced(world, *me, *words, calls="network")
        assert not [line for line in lines if re.search(r"AF_INET|AF_NETLINK|AF_PACKET|sendto\(.*sin_", line)], words


def _secrets(people: Path, passphrase: str) -> list[str]:
    """The passphrase and the private keys it opens, as hexadecimal of every form they could be written in."""
    from cryptography.hazmat.primitives import serialization

    found = [passphrase.encode()]
    for path in people.glob("*.key"):
        try:
            key = keys.decrypt(path.read_bytes(), passphrase)
        except NotAllowedError:  # a colleague's
            continue
        found.append(key.private_numbers().private_value.to_bytes(32, "big"))
        for form in (serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL):
            found.append(key.private_bytes(serialization.Encoding.DER, form, serialization.NoEncryption()))
    assert len(found) > 3
    return [each.hex() for each in found]


def test_secrets_stay_inside(world: World) -> None:
    """What is written, to whatever descriptor, and what programs are started with, holds no secret."""
    (world.media / "photo.jpg").write_bytes(JPEG)
    new = world.path / "runda"
    phrase = "a passphrase nobody guesses"
    secret = world.path / "secrets" / "new"
    secret.write_text(phrase + "\n")
    me, calls = ["-C", str(new), "--passphrase-file", str(secret)], "write,writev,pwrite64,sendto,sendmsg,execve"
    lines = traced(world, *me, "init", str(new), *opening(), calls=calls, hexadecimal=True)
    for words in (
        ["case", "open", "R-1", "--title", "x"],
        ["seize", "R-1/EX-1", "--description", "x", "--place", "x", "--authority", "a:b"],
        ["seal", "R-1/EX-1", str(world.media)],
        ["people", "card", "1", "--for", "two", "--out", str(world.path / "tom.card")],
    ):
        lines += traced(world, *me, *words, calls=f"{calls},prlimit64,setrlimit", hexadecimal=True)
    text = "\n".join(lines).replace("\\x", "")
    assert b"R-1/EX-1".hex() in text, "the trace does not show what is written"
    assert "execve(" in text
    assert "RLIMIT_CORE" in text, "a crash could leave an image of a process with a key"
    for hidden in _secrets(new / "people", phrase):
        assert hidden not in text


def test_no_secret_on_the_disk(world: World) -> None:
    """After a whole hand-over: no file but the passphrase files themselves holds a passphrase or a bare key."""
    world.handed_over()
    hidden = _secrets(world.kibra.path / "people", world.kibra.people["112233"])
    hidden += _secrets(world.lab.path / "people", world.lab.people["7001"])[:1]
    looked = 0
    for path in world.path.rglob("*"):
        if path.is_file() and path.parent.name != "secrets":
            looked += 1
            data = path.read_bytes().hex()
            assert not any(each in data for each in hidden), path
    assert looked > 60


def test_keys_at_rest_cost_a_thief(world: World, tmp_path: Path) -> None:
    """What `init` writes by itself: PBES2, scrypt with N 2^17, AES-256 (S8), as OpenSSL reads it."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    secret = tmp_path / "pw"
    secret.write_text("three words here\n")
    assert world.start("--passphrase-file", str(secret), "init", "new", *opening()).status == 0
    found = list((world.path / "new" / "people").glob("*.key"))
    assert len(found) == 2
    for path in found:
        openssl = ["openssl", "asn1parse", "-inform", "DER", "-in", path]
        shown = subprocess.run(openssl, capture_output=True, text=True).stdout
        wanted = ("PBES2", "scrypt", "aes-256-cbc", f"INTEGER           :{1 << 17:06X}")
        assert all(word in shown for word in wanted), shown


def test_a_wrong_passphrase_says_nothing_else(world: World) -> None:
    world.seized()
    wrong = world.path / "secrets" / "wrong"
    wrong.write_text("a secret that must not be shown\n")
    told = world.kibra("--passphrase-file", wrong, "seal", EX, "--bag", "B-1", passphrases=False)
    assert told.status == 5
    assert "a secret that must not be shown" not in told.out + told.err
