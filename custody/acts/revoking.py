"""The agency's revocation list as its journal asks for it (docs/spec/signature.md, S6)."""

from collections.abc import Iterator

from custody.acts.desk import Desk
from custody.edges import files
from manifests import bodies, certificates
from manifests.cards import unb64
from manifests.digest import identity
from manifests.errors import EnvironmentFault
from manifests.revocation import Revocation, RevocationList, newest, reason_of
from manifests.times import parse


def next_list(desk: Desk) -> RevocationList | None:
    """The list that the journal asks for, not signed yet; None where the one here says all of it."""
    here = files.read_if_there(desk.register.list_path(identity(desk.own_root)))
    known = newest(desk.own_root, [here] if here else [])
    if known is None:
        raise EnvironmentFault(
            "the agency's revocation list is not in this register",
            "take it from a card of the agency that you trust: custody trust add CARD",
        )
    wanted = dict(known[1].revoked)
    for serial, revocation in _revocations(desk):
        wanted[serial] = _graver(wanted.get(serial), revocation)
    if wanted == known[1].revoked:
        return None
    return RevocationList(number=known[1].number + 1, made=desk.now(), revoked=wanted)


def _revocations(desk: Desk) -> Iterator[tuple[int, Revocation]]:
    """What the journal revokes, by serial number, in its order."""
    certificate: dict[str, bytes] = {}
    for opened in desk.journal.records:
        body, made = opened.record.body, parse(opened.record.envelope.recorded_at)
        if isinstance(body, bodies.PersonEnrolled):
            certificate[body.certificate] = unb64(body.certificate_der)
            if body.replaces in certificate:
                yield certificates.serial_number(certificate[body.replaces]), Revocation(made=made, reason="superseded")
        elif isinstance(body, bodies.PersonRevoked) and body.certificate in certificate:
            since = parse(body.since) if body.since else None
            found = Revocation(made=made, invalid_from=since, reason=reason_of(body.because))
            yield certificates.serial_number(certificate[body.certificate]), found


def _graver(known: Revocation | None, new: Revocation) -> Revocation:
    """Of two about one certificate: the first R, the first S, and the reason that is not only a replacement."""
    if known is None:
        return new
    reason = new.reason if known.reason in (None, "superseded") else known.reason
    since = min(known.since, new.since)
    made = min(known.made, new.made)
    return Revocation(made=made, invalid_from=since if since < made else None, reason=reason)
