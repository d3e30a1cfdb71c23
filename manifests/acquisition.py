"""The facts of an acquisition: which a court asks for, by which method, and which of them are not stated yet.

Pure. Says nothing about whether a fact is true: facts are what the person who signs states, or what a computer
says about itself. A fact stated as `none` or `not known` is stated.
"""

from collections.abc import Mapping
from dataclasses import dataclass

Facts = Mapping[str, Mapping[str, str]]
"""Section, field, value: the shape of a manifest's `acquisition`."""

METHODS = {
    "files": "files read where they lie, or copied from there",
    "image": "an image that another tool made of a disk or card",
    "phone": "an extraction from a phone or tablet",
    "device": "a disk or card read by this tool",
}
_ALL = tuple(METHODS)
_MEDIA = ("files", "image", "device")
_OTHER_TOOL = ("image", "phone")
_WRITTEN = ("image", "phone", "device")


@dataclass(frozen=True, kw_only=True)
class Question:
    """One fact that is asked for."""

    section: str
    field: str
    text: str
    methods: tuple[str, ...]

    @property
    def name(self) -> str:
        """`section.field`."""
        return f"{self.section}.{self.field}"


def _section(section: str, *rows: tuple[str, tuple[str, ...], str]) -> tuple[Question, ...]:
    return tuple(Question(section=section, field=field, methods=methods, text=text) for field, methods, text in rows)


QUESTIONS = (
    *_section(
        "acquisition",
        ("method", _ALL, "By which method? files, image, phone or device"),
        ("authority", _ALL, "On what authority? Warrant, order or consent, its number and date"),
        ("extent", _ALL, "How much was read? Whole disk, whole file system, selected files, live system, screens "
                         "photographed by hand, data returned by a provider, copy from somebody else"),
        ("left_out", _ALL, "What was not read, and why? `nothing` if everything was"),
        ("operator", _OTHER_TOOL, "Who ran the acquisition? Rank, name, service number, training"),
        ("witness", _ALL, "Who watched? Name and service number; `nobody` if nobody"),
        ("started", _OTHER_TOOL, "When did it start? Day, time, zone, and by which clock"),
        ("finished", _OTHER_TOOL, "When did it end?"),
        ("changes", _ALL, "What on the exhibit had to be changed: what, by whom, why? `none` if nothing was"),
        ("errors", _ALL, "Which errors were there: bad sectors, files skipped, reads tried again? `none` if none"),
    ),
    *_section(
        "source",
        ("type", _ALL, "What is the exhibit? Disk, memory card, USB stick, phone, computer"),
        ("make", _ALL, "The exhibit's make?"),
        ("model", _ALL, "The exhibit's model?"),
        ("serial", _ALL, "The exhibit's serial number, as printed on it and as it says itself?"),
        ("colour", ("phone",), "The phone's colour?"),
        ("capacity", _ALL, "How much does it hold, as printed on it and as it says itself?"),
        ("sector_size", ("image", "device"), "How many bytes has a sector?"),
        ("interface", _ALL, "How does the exhibit connect? USB, SATA, NVMe, SD"),
        ("hidden_areas", ("image", "device"), "Does it hide areas (HPA, DCO)? How many sectors? Or why nobody knows"),
        ("condition", _ALL, "How does it look? Damage, dirt, seals"),
        ("power", ("phone",), "Was it on or off when it was taken, and when it was read? How much charge?"),
        ("lock", _ALL, "Was it locked or encrypted? How was it opened, and who gave the code? `no` if not"),
        ("isolation", ("phone",), "How was it kept off all networks? Bag, flight mode, SIM taken out"),
        ("imei", ("phone",), "The phone's IMEI numbers, both if it has two?"),
        ("sim", ("phone",), "The phone's SIM cards: ICCID and IMSI? `none` if there is none"),
        ("clock", _ALL, "What did its own clock show, and a reference at the same moment? `none` if it has none"),
        ("owner", _ALL, "Who owns it, and in whose hands was it?"),
        ("photographs", _ALL, "Which photographs show it? Their numbers; `none` if none"),
    ),
    *_section(
        "cable",
        ("model", _ALL, "Which cables and adapters connected it? Make and model; `none` if plugged in directly"),
    ),
    *_section(
        "write_blocker",
        ("make", _MEDIA, "Which write blocker was used? Its make; `none`, and why, if none"),
        ("model", _MEDIA, "The write blocker's model? `none` if none"),
        ("serial", _MEDIA, "The write blocker's serial number? `none` if none"),
        ("firmware", _MEDIA, "The write blocker's firmware version? `none` if none"),
        ("tested", _MEDIA, "When was the write blocker last tested, by whom, and where is that recorded?"),
    ),
    *_section(
        "reader",
        ("make", _ALL, "Which card reader, dock, hub or extraction box stood between? Its make; `none` if none"),
        ("model", _ALL, "The reader's model? `none` if none"),
        ("serial", _ALL, "The reader's serial number? `none` if none"),
    ),
    *_section(
        "workstation",
        ("hostname", _ALL, "Which workstation was used? Its name"),
        ("make", _ALL, "The workstation's make?"),
        ("model", _ALL, "The workstation's model?"),
        ("serial", _ALL, "The workstation's serial number, as printed on it?"),
        ("system", _ALL, "The workstation's system and its version?"),
        ("processor", _ALL, "The workstation's processor?"),
        ("working", _ALL, "Did the workstation and everything connected to it work properly throughout? `yes`, or "
                          "every fault and what it affected"),
    ),
    *_section(
        "clock",
        ("zone", _ALL, "Which time zone was the workstation set to?"),
        ("synchronised", _ALL, "Was the workstation's clock set by a time server?"),
        ("compared", _ALL, "With what was the workstation's clock compared, and how much did it differ?"),
    ),
    *_section(
        "tool",
        ("name", _OTHER_TOOL, "Which tool made it? Its name"),
        ("version", _OTHER_TOOL, "The tool's version?"),
        ("licence", _OTHER_TOOL, "The tool's licence or dongle number? `none` if it is free"),
        ("sha256", _OTHER_TOOL, "The SHA-256 of the tool's program? `not known` if nobody measured it"),
        ("validation", _ALL, "Where is it recorded that the tool was tested and works? `none` if nowhere"),
        ("digests", _OTHER_TOOL, "Which digests did the tool report: source before, source after, image?"),
    ),
    *_section(
        "software",
        ("custody", ("files", "device"), "Which version of custody read it?"),
        ("python", ("files", "device"), "Which Python ran it?"),
    ),
    *_section(
        "output",
        ("format", _WRITTEN, "What was written? Raw, split raw, E01, AFF4, zip"),
        ("segments", _WRITTEN, "In how many files, and how large is each?"),
        ("medium_make", _ALL, "Onto which medium was it written? Its make; `none` if nothing was copied"),
        ("medium_model", _ALL, "That medium's model? `none` if nothing was copied"),
        ("medium_serial", _ALL, "That medium's serial number? `none` if nothing was copied"),
        ("wiped", _ALL, "Was that medium empty before, and how is it known? `none` if nothing was copied"),
        ("encryption", _ALL, "How is that medium encrypted? `none` if it is not"),
        ("copy", _WRITTEN, "Is it the master copy, or which working copy?"),
    ),
)  # fmt: skip
BY_NAME = {question.name: question for question in QUESTIONS}


def method_of(facts: Facts) -> str | None:
    """The method that facts state, if it is one of METHODS."""
    stated = facts.get("acquisition", {}).get("method", "").strip()
    return stated if stated in METHODS else None


def asked(method: str | None) -> tuple[Question, ...]:
    """The questions for a method; all there are where it is not known."""
    return tuple(question for question in QUESTIONS if method is None or method in question.methods)


def is_stated(facts: Facts, question: Question) -> bool:
    """Whether facts answer a question; a method must be one that there is."""
    if question.name == "acquisition.method":
        return method_of(facts) is not None
    return bool(facts.get(question.section, {}).get(question.field, "").strip())


def missing(facts: Facts, method: str | None = None) -> tuple[str, ...]:
    """What is asked for and not stated, as `section.field`, in the order of the table.

    `method` counts where the facts state none.
    """
    return tuple(q.name for q in asked(method_of(facts) or method) if not is_stated(facts, q))
