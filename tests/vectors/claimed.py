"""Vectors of the logs of other tools: bound, changed, withheld, and what they claim (docs/spec/claims.md)."""

from typing import Any

import msgspec

from manifests import bodies
from tests.vectors.pen import Logged, Pen, redact
from tests.vectors.things import LOG, MEDIA, claim, logged, measured
from tests.vectors.vector import Vector, on, package

MANIFEST = on("0002-manifest")
LIST, CLAIMS, FIRST_LOG = "0002-manifest.entries.jsonl", "0002-manifest.claims.jsonl", "0002-manifest.1.log"
WRONG = "ab" * 32


def confirmed() -> dict[str, Vector]:
    return {
        "none_log-of-another-tool": Vector(
            what="A list of digests by another tool is bound; all it claims is the same.",
            files=package(measured(logged=logged()), media=MEDIA),
        ),
        "claim-unchecked_of-a-log": Vector(
            what="One claim of a log is about a file that was not sealed; two lines of it were not understood.",
            files=package(measured(logged=_not_checked()), media=MEDIA),
            says=(("claim-unchecked", MANIFEST),),
        ),
        "claim-unchecked_algorithm-not-known": Vector(
            what="A list names no algorithm, and its line does not fit the one that its digests look like.",
            files=package(measured(logged=_other_algorithm()), media=MEDIA),
            says=(("claim-unchecked", MANIFEST),),
        ),
        "redacted_log-withheld": _log_withheld(),
    }


def _other_algorithm() -> Logged:
    return logged(claim(1, WRONG, "not-checked", reason="algorithm-not-known", where="line 6, 64 digits"))


def _not_checked() -> Logged:
    nowhere = claim(None, WRONG, "not-checked", reason="no-item", where="line 17")
    return logged(nowhere, *logged().claims, unread=(bodies.Unread(why="not-understood", count=2),))


def _log_withheld() -> Vector:
    pen = measured(logged=logged())
    lines = pen.sidecars.pop(LIST).splitlines(keepends=True)
    pen.sidecars["0002-manifest.disclosed.jsonl"] = b"".join(map(redact, lines))
    del pen.sidecars[FIRST_LOG]
    return Vector(
        what="Names are withheld, and with them the log that holds them; its claims are there.",
        files=package(pen), says=(("redacted", MANIFEST),),
        options={"records_only": True},
    )  # fmt: skip


def undecided() -> dict[str, Vector]:
    without_log, without_claims = measured(logged=logged()), measured(logged=_other_digest())
    del without_log.sidecars[FIRST_LOG]
    del without_claims.sidecars[CLAIMS]
    return {
        "claim-differs_of-a-log": Vector(
            what="A list of digests by another tool claims another digest of a file.",
            files=package(measured(logged=_other_digest()), media=MEDIA), says=(("claim-differs", MANIFEST),),
        ),
        "log-missing_log-taken-away": Vector(
            what="A log that the manifest binds is not there.", files=package(without_log, media=MEDIA),
            says=(("log-missing", MANIFEST),),
        ),
        "entries-missing_claims-taken-away": Vector(
            what="The list of claims is not there; that one of them differs stands in the record too.",
            files=package(without_claims, media=MEDIA),
            says=(("entries-missing", MANIFEST), ("claim-differs", MANIFEST)),
        ),
    }  # fmt: skip


def _other_digest() -> Logged:
    _, *rest = logged().claims
    return logged(claim(1, WRONG, "differs", where="line 6"), *rest)


def refuted() -> dict[str, Vector]:
    """Only the records are asked for."""
    other, edited = measured(logged=logged()), measured(logged=logged())
    other.sidecars[FIRST_LOG] = LOG.replace(b"1.0", b"1.1")
    edited.sidecars[CLAIMS] = edited.sidecars[CLAIMS].replace(b'"item":2', b'"item":3')
    first, *rest = logged().claims
    untrue = logged(claim(1, WRONG), *rest)
    hidden = logged(claim(1, WRONG, "not-checked", reason="algorithm-not-used"), *rest)
    elsewhere = logged(*rest, claim(4, first.value))
    media = logged(claim(1, first.value, scope="decoded-media"), *rest)
    bound: tuple[bodies.BoundLog, ...] = logged().facts()["logs"]
    fewer = {**logged().facts(), "logs": (msgspec.structs.replace(bound[0], same=2, not_checked=1),)}
    return {
        "log-changed_one-letter": _beside("One letter of a log is another.", other, "log-changed"),
        "entries-changed_claims": _beside("The list of claims names another item.", edited),
        "entries-changed_claim-called-the-same": _beside("A claim is called the same, and is not.", _signed(untrue)),
        "entries-changed_claim-called-unchecked": _beside(
            "A claim is said not to be checked, though the digest was made.", _signed(hidden), more=("claim-unchecked",)
        ),
        "entries-changed_claim-of-nothing": _beside("A claim is of an item that is not there.", _signed(elsewhere)),
        "entries-changed_claim-of-another-scope": _beside(
            "A claim about media is held against a file.", _signed(media)
        ),
        "entries-changed_claims-miscounted": _beside(
            "The manifest counts other claims than its list has.", _signed(logged(), **fewer), more=("claim-unchecked",)
        ),
        "entries-changed_log-without-claims": _beside(
            "A manifest binds a log and no list of claims.", _signed(logged(), claims=None)
        ),
    }


def _signed(beside: Logged, **changed: Any) -> Pen:
    """A manifest with these logs, of which it may say something else."""
    return measured(logged=beside, **changed)


def _beside(what: str, pen: Pen, code: str = "entries-changed", more: tuple[str, ...] = ()) -> Vector:
    says = tuple((each, MANIFEST) for each in (code, *more))
    return Vector(what=what, files=package(pen), says=says, options={"records_only": True})
