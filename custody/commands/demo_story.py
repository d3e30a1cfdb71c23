"""The story that `demo` plays: a station seizes, a laboratory examines, a court's clerk checks.

Everything is done by the ordinary commands. Only carrying packages, copying a file and altering a byte are
done here, and only inside the demo's own folder. All people, numbers and things are invented.
"""

import re
import shlex
from pathlib import Path

from custody.commands.demo_files import all_images, disk, make_evidence
from custody.commands.demo_image import evidence_file
from custody.commands.demo_stage import SETTINGS, TRANSCRIPT, DemoFailed, DemoPerson, Stage
from custody.commands.demo_touching import altered, selection, victim
from custody.edges.bag import original_name
from custody.render.safe import safe

STATION = DemoPerson(title="Station officer", register="station")
LAB = DemoPerson(title="Examiner", register="lab")
COURT = DemoPerson(title="Clerk", register="court")

CASE = "KBR-2026-0042"
PHONE, CARD, STICK, PART, PACKED = (f"{CASE}/{name}" for name in ("EX-1", "EX-2", "EX-3", "EX-2-SEL", "EX-3-E01"))
MADE = {CARD: "evidence/card", STICK: "evidence/usb-stick.dd"}
RECEIVED = ("--seal", f"{PHONE}=B-000123", "--condition", "bag intact", "--receipt")
SELECTED, IMAGED = "lab-work/EX-2-SEL", "lab-work/usb-stick.E01"
_FOLDERS = ("evidence", "cards", "passphrases", "replies", "post", SELECTED)


class Story:
    """One performance, on files made for it or on the files that a person names."""

    def __init__(self, stage: Stage, evidence: tuple[str, ...] = ()) -> None:
        self.stage = stage
        self.given = evidence
        made: dict[str, tuple[str, ...]] = {exhibit: (path,) for exhibit, path in MADE.items()}
        self.media = {CARD: evidence} if evidence else made
        """What is measured, by exhibit; the phone is not."""
        self.altered = ""
        """The file that was altered, as it was named when it was sealed."""

    def play(self) -> None:
        """All of it; raises DemoFailed at the first step that does not answer as it should."""
        self._prepare()
        for part in (
            self._agencies, self._cards, self._seize, self._seal, self._to_the_lab, self._at_the_lab,
            self._to_the_court, self._check, self._alter_contents, self._alter_record, self._close,
        ):  # fmt: skip
            part()

    def _prepare(self) -> None:
        for name in _FOLDERS:
            (self.stage.folder / name).mkdir(mode=0o700, parents=True)
        if not self.given:
            make_evidence(self.stage.folder / "evidence")
            (self.stage.folder / IMAGED).write_bytes(evidence_file(disk()))
        for who in (STATION, LAB, COURT):
            path = self.stage.folder / who.passphrase
            path.touch(mode=0o600)
            path.write_text(f"only for the demo: {who.register}\n")

    # --- the agencies ----------------------------------------------------

    def _agencies(self) -> None:
        self.stage.chapter("1. Three agencies")
        self.stage.says(
            None,
            "A police station, a laboratory and a court play a case together on this computer, each in a register "
            "of its own. People, numbers and things are invented. The passphrases lie in plain files, which is "
            "for this demo only: in real work custody asks for them.",
        )
        self._init(
            STATION, "Kibera Police Station", "KIBRA", "Jane Wanjiku", "PC", "112233",
            "I have a register, and a key to sign with. Nobody else signs with it: a colleague gets one too.",
        )  # fmt: skip
        self._init(LAB, "Forensic Laboratory", "LAB", "Peter Mwangi", "INSP", "5521", "So have I, at the laboratory.")
        self._init(COURT, "Kibera Law Courts", "COURT", "Amina Hassan", "Clerk", "77", "And I, at the court.")

    def _init(self, who: DemoPerson, agency: str, code: str, name: str, rank: str, number: str, means: str) -> None:
        self.stage.does(
            who, "init", who.register, "--agency", agency, "--code", code, "--officer", name, "--rank", rank,
            "--service-no", number, signs=True, again=who is not STATION, means=means,
        )  # fmt: skip

    def _cards(self) -> None:
        self.stage.chapter("2. They come to trust one another")
        ends = {who: self._card(who) for who in (STATION, LAB, COURT)}
        self.stage.says(
            None,
            "Each agency has made its card. Cards may come by e-mail. The last eight digits of the fingerprint "
            "are compared by telephone or on paper, so that nobody slips in a card of their own.",
        )
        for who, other in ((STATION, LAB), (LAB, STATION), (LAB, COURT), (COURT, STATION), (COURT, LAB)):
            self.stage.does(
                who, "trust", "add", f"cards/{other.register}.card.json", "--fingerprint", ends[other],
                signs=True, again=who is not STATION,
            )  # fmt: skip
        self.stage.says(COURT, "From now on I can tell whether a signature is the station's or the laboratory's.")

    def _card(self, who: DemoPerson) -> str:
        """The end of the fingerprint, as read out over the telephone."""
        said = self.stage.does(
            who, "agency", "card", "--out", f"cards/{who.register}.card.json", again=who is not STATION
        )
        found = re.search(r"sha256:[0-9a-f]{56}([0-9a-f]{8})\b", said)
        if found is None:
            raise DemoFailed("the answer should show a fingerprint")
        return found[1]

    # --- the station -----------------------------------------------------

    def _seize(self) -> None:
        self.stage.chapter("3. The station seizes")
        act = self.stage.does
        act(
            STATION, "case", "open", CASE, "--title", "goods sold at stall 14", "--ob", "12/20/11/2026", signs=True,
            means="The case is open. I write the code in the last line into the occurrence book: from then on "
            "paper and computer vouch for each other.",
        )  # fmt: skip
        act(
            STATION, "authority", "add", CASE, "W1", "--kind", "warrant", "--number", "E123/2026", "--issued-by",
            "Kibera Law Courts", "--issued-on", "2026-11-19", signs=True,
            means="The warrant is on record, and W1 is my word for it.",
        )  # fmt: skip
        taken = ("--place", "market, stall 14", "--authority", "W1")
        act(
            STATION, "seize", PHONE, "--description", "black phone, cracked glass", *taken, "--imei",
            "356938035643809", "--power", "off", signs=True,
            means="Each thing I take is an exhibit with a chain of its own, and I am its first holder.",
        )  # fmt: skip
        what = "files named on the command line" if self.given else "memory card of a camera"
        act(STATION, "seize", CARD, "--description", what, *taken, signs=True)
        if not self.given:
            act(
                STATION, "seize", STICK, "--description", "image of a USB stick", *taken, "--how", "supplied",
                signs=True, means="Three exhibits: a phone, a card, and an image that its owner supplied.",
            )  # fmt: skip

    def _seal(self) -> None:
        self.stage.chapter("4. The station seals")
        act = self.stage.does
        act(
            STATION, "seal", PHONE, "--bag", "B-000123", signs=True,
            means="Nobody has looked into the phone, and nobody shall: it lies in a numbered bag.",
        )  # fmt: skip
        stored = ("--stored-image",) if self.given and all_images(self.given) else ()
        act(
            STATION, "seal", CARD, *self.media[CARD], *stored, signs=True,
            means="Every file was read, and none was changed. Their digests stand in a list that I signed: "
            "whoever alters one byte from now on is found out.",
        )  # fmt: skip
        if not self.given:
            act(
                STATION, "seal", STICK, MADE[STICK], "--stored-image", "--digest", "md5", signs=True,
                means="An image is sealed as it is stored. It is large, so its pieces have digests too, and "
                "damage can be located.",
            )  # fmt: skip
            act(
                STATION, "show", CARD, "--item", "7",
                means="Camera and time were read out of the photograph. The picture itself is never shown.",
            )  # fmt: skip
        act(
            STATION, "verify", CARD, *(word for path in self.media[CARD] for word in ("--media", path)),
            says=("CONFIRMED",), keep=("This rests on",),
            means="Before anything leaves my hands I check it. CONFIRMED: it is what I sealed.",
        )  # fmt: skip

    # --- the laboratory --------------------------------------------------

    def _to_the_lab(self) -> None:
        self.stage.chapter("5. From the station to the laboratory")
        self._release(
            STATION, "LAB", "examination", self.media,
            "I released all of it in one act. In post lies a package: the files, copied and read back, with "
            "every record. The phone travels in its bag. Until the laboratory answers, all is on the way.",
        )  # fmt: skip
        self._carry("at-lab", "The courier brings the package, and the bag with the phone, to the laboratory.")
        self.stage.does(
            LAB, "receive", "./at-lab", *RECEIVED, "replies/of-the-lab.json", signs=True,
            means="Signatures, order and every file were checked before I signed. I read the seal's number from "
            "the bag itself. Now I am the holder.",
        )  # fmt: skip
        self.stage.does(
            STATION, "acknowledge", "replies/of-the-lab.json", again=True,
            means="My register holds the laboratory's receipt. I can prove that they have it.",
        )  # fmt: skip

    def _release(self, who: DemoPerson, to: str, purpose: str, media: dict[str, tuple[str, ...]], means: str) -> None:
        named = [f"{exhibit}={path}" for exhibit, paths in media.items() for path in paths]
        self.stage.does(
            who, "release", PHONE, *media, "--to", to, "--purpose", purpose, "--courier", "CPL Otieno",
            *(word for each in named for word in ("--media", each)), "--out", "post", signs=True, means=means,
        )  # fmt: skip

    def _carry(self, target: str, means: str) -> None:
        package = next(path for path in (self.stage.folder / "post").iterdir() if path.is_dir())
        self.stage.files("mv", f"post/{package.name}", target)
        self.stage.says(None, means)

    def _at_the_lab(self) -> None:
        self.stage.chapter("6. The laboratory works")
        for path in selection(self._carried("at-lab")):
            self.stage.files("cp", str(path.relative_to(self.stage.folder)), f"{SELECTED}/{path.name}")
        self.stage.does(
            LAB, "derive", PART, "--from", CARD, "--how", "selection", "--description", "files for the hearing",
            signs=True,
            means="What I took out of the files is an exhibit of its own. Its chain and that of the original "
            "name each other.",
        )  # fmt: skip
        self.stage.does(LAB, "seal", PART, SELECTED, signs=True, means="Its contents are sealed, on my signature.")
        if not self.given:
            self._packed()

    def _packed(self) -> None:
        """The stick once more, as an E01 of another tool: the container, and the media inside."""
        self.stage.does(
            LAB, "derive", PACKED, "--from", STICK, "--how", "image", "--description", "the stick as E01",
            signs=True, means="My imaging tool keeps the stick as an E01, which is compressed.",
        )  # fmt: skip
        self.stage.does(
            LAB, "seal", PACKED, IMAGED, "--stored-image", "--digest", "md5", signs=True,
            means="Two items: the file as it is stored, and the disk inside it, which was decoded and measured in "
            "a process without keys.",
        )  # fmt: skip
        self.stage.does(
            LAB, "show", PACKED, "--item", "2", says=("the same",),
            means="The disk inside has the digests of the raw image that the station sealed, and those that the "
            "container states of itself were computed too.",
        )  # fmt: skip
        self.stage.does(
            LAB, "verify", PACKED, "--media", IMAGED, says=("CONFIRMED",), keep=("This rests on",),
            means="Were the container packed anew around the same disk, it would say so; and otherwise, that the "
            "disk has changed. The two are told apart.",
        )  # fmt: skip

    # --- the court -------------------------------------------------------

    def _to_the_court(self) -> None:
        self.stage.chapter("7. From the laboratory to the court")
        media: dict[str, tuple[str, ...]] = dict.fromkeys(self.media, ("at-lab",))
        self._release(
            LAB, "COURT", "hearing", media | {PART: (SELECTED,)},
            "All of it goes on to the court: the originals and the selection.",
        )  # fmt: skip
        self._carry("at-court", "The courier brings it to the court.")
        self.stage.does(
            COURT, "receive", "./at-court", *RECEIVED, "replies/of-the-court.json", signs=True,
            means="The court has it. Every hand it went through is on record, and mine is the last.",
        )  # fmt: skip
        self.stage.does(
            LAB, "acknowledge", "replies/of-the-court.json", again=True, means="I can prove that I handed it over."
        )

    def _check(self) -> None:
        self.stage.chapter("8. The clerk checks everything with one command")
        self._verify(
            0, "CONFIRMED", keep=("This rests on",),
            means="One word: CONFIRMED. Every record is signed by the person it names, none is missing in "
            "between, and every file is the one that was sealed. The lines at the end say what this rests on. "
            "Whether it is admitted, the court decides.",
        )  # fmt: skip
        self.stage.does(COURT, "log", PHONE, means="Who held the phone, and when, without a gap.")

    def _verify(self, expect: int, *says: str, keep: tuple[str, ...], means: str) -> None:
        self.stage.does(COURT, "verify", "./at-court", expect=expect, says=says, keep=keep, means=means)

    # --- somebody alters something ---------------------------------------

    def _alter_contents(self) -> None:
        self.stage.chapter("9. Somebody alters one byte of a file")
        folder = self._carried("at-court")
        path = victim(folder)
        self.altered = safe(original_name(str(path.relative_to(folder))))
        middle = path.stat().st_size // 2
        with altered(path, middle) as (old, new):
            self.stage.says(
                None,
                f"In the court's copy, byte {middle + 1:,} of {self.altered} was {old:#04x} and is made "
                f"{new:#04x}. Its length and its date stay the same.",
            )
            self._verify(
                3, "REFUTED", "content-changed", self.altered, keep=("What differs",),
                means="REFUTED, and the file is named. The records are sound, so the fault is in this copy: I "
                "ask for it again. All other files still stand.",
            )  # fmt: skip

    def _alter_record(self) -> None:
        self.stage.chapter("10. Somebody alters a record")
        path = self.stage.folder / "at-court/custody/chains/KIBRA" / PHONE / "0001-seizure.json"
        with altered(path, path.read_bytes().index(b"black phone"), b"white"):
            self.stage.says(
                None,
                f"The byte is put back. Now the first record of {PHONE} is made to say white phone, not black phone.",
            )
            self._verify(
                3, "REFUTED", "signature-broken", "0001-seizure", keep=("What differs",),
                means="REFUTED again: the officer never signed these words. Nor could she sign new ones now: the "
                "laboratory's receipt is bound to the old ones.",
            )  # fmt: skip

    def _close(self) -> None:
        self.stage.chapter("Where everything lies, and what to try next")
        self.stage.says(
            None, "The record is put back too, and everything is sound. Delete the folder when you are done."
        )
        made = "" if self.given else "  evidence/             the files it made\n"
        self.stage.plain(
            f"{safe(str(self.stage.folder))}\n"
            "  station/ lab/ court/  the three registers\n"
            f"{made}"
            "  at-lab/ at-court/     the packages that travelled\n"
            f"  {TRANSCRIPT}        all of this, with nothing left out\n\n"
            "Try these. The second line makes custody use the demo's settings in this\n"
            "terminal, and leave yours alone:\n"
        )
        self.stage.plain("\n".join(f"  {line}" for line in self.next_lines()))

    def next_lines(self) -> list[str]:
        """Commands to try on what the demo left."""
        return [
            f"cd {safe(shlex.quote(str(self.stage.folder)))}",
            f'export XDG_CONFIG_HOME="$PWD/{SETTINGS}"',
            "custody -C court verify ./at-court",
            f"custody -C station show {CARD} --digest sha256",
            "custody -C lab status",
            "cat at-court/custody/HOW-TO-CHECK.txt",
        ]

    def _carried(self, package: str, exhibit: str = CARD) -> Path:
        """Where an exhibit's files lie in a package."""
        return self.stage.folder / package / "data" / "KIBRA" / exhibit
