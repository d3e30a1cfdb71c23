"""Contents with awkward names and sizes: sealed, carried on a stick, received, and looked at again."""

from collections.abc import Callable, Iterator
from pathlib import Path

from tests.custody.station import EX, Answer, World
from tests.honest.situation import UNDETERMINED, honest, judge


def carried(name: str, happens: str, make: Callable[[Path], object]) -> None:
    """Contents that somebody makes go to the laboratory, inside the package."""

    def play(world: World) -> Iterator[Answer]:
        folder = world.path / "contents"
        folder.mkdir()
        make(folder)
        (folder / "plain.txt").write_text("plain")
        world.sealed(EX, str(folder), "--no-describe")
        package = world.released(more=("--media", f"{EX}={folder}"))
        yield judge(world, world.lab, package)
        world.lab.ok("receive", package, "--receipt", "r.json")
        yield judge(world, world.kibra, EX, "--media", folder)

    honest(name=name, happens=happens)(play)


def _files(*names: str | bytes) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        for name in names:
            path = folder / (name if isinstance(name, str) else name.decode("utf-8", "surrogateescape"))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"the content of one of them")

    return make


def _many(folder: Path) -> None:
    for number in range(10_000):
        if number % 1000 == 0:
            (folder / str(number)).mkdir()
        (folder / str(number // 1000 * 1000) / f"{number}.jpg").write_bytes(str(number).encode())


carried(
    "names_in_other_scripts", "Names are in Amharic, Arabic, Chinese and pictures.",
    _files("\u134e\u1276.jpg", "\u0635\u0648\u0631\u0629.jpg", "\u7167\u7247.jpg", "\U0001f4f7.jpg", "caf\u00e9.txt"),
)  # fmt: skip
carried("names_of_255_bytes", "Names are as long as a disk allows.", _files("a" * 251 + ".jpg", "b" * 255))
carried("names_that_are_no_text", "Names hold bytes that are no text.", _files(b"caf\xe9.txt", b"\xff\xfe.bin"))
carried(
    "names_with_control_characters", "Names hold a tab, a line feed and an escape.", _files("a\tb", "a\nb", "a\x1b[2Jb")
)
carried(
    "names_that_windows_refuses", "Names are such as Windows refuses.",
    _files("CON", "aux.txt", "a:b", "what?", "ends.", "back\\slash", "a|b", "<x>"),
)  # fmt: skip
carried("names_that_differ_by_case", "Two names differ in capitals only.", _files("a.txt", "A.txt", "A.TXT"))
carried(
    "names_like_options", "Names look like options of a command.", _files("-rf", "--help", "-", "~", "$HOME", "`x`")
)
carried("names_from_right_to_left", "A name turns its direction.", _files("photo\u202egpj.exe", "\u200bhidden.txt"))
carried("empty_files", "Files are empty.", lambda folder: [(folder / f"{n}.empty").write_bytes(b"") for n in "abc"])
carried("files_that_are_alike", "A hundred files have the same content.", _files(*(f"{n}.jpg" for n in range(100))))
carried("a_deep_folder", "A file lies forty folders deep.", _files("/".join(["deeper"] * 40) + "/note.txt"))
carried("ten_thousand_files", "There are ten thousand small files.", _many)
carried("a_link_beside_files", "A link to another folder lies among the files.",
        lambda folder: (folder / "elsewhere").symlink_to("/nowhere"))  # fmt: skip


@honest(
    happens="Nothing but links is sealed.", verdict=UNDETERMINED, says=("media-not-read",),
    way_out="docs/sop/33-the-wrong-folder-was-sealed.md",
)  # fmt: skip
def nothing_but_links(world: World) -> Iterator[Answer]:
    folder = world.path / "links"
    folder.mkdir()
    (folder / "one").symlink_to(world.media)
    world.sealed(EX, str(folder), "--no-describe")
    yield judge(world, world.kibra, EX, "--media", folder)
    why = ("--because", "wrong-contents", "--statement", "a folder of links")
    world.kibra.ok("withdraw", EX, "--manifest", 2, *why, "--witness", "445566")
    world.kibra.ok("seal", EX, world.media, "--no-describe")
    yield judge(world, world.kibra, EX, "--media", world.media)
