"""A register that was put back from a backup: saying so, and what may be signed in it until then (G7)."""

from custody.acts import exhibits
from custody.acts.desk import Desk, Draft, Written
from custody.acts.examination import Examination, refuse_damage
from custody.acts.exhibits import Circumstances
from manifests import bodies
from manifests.errors import NotAllowedError

ANSWERED = frozenset({"ledger-shorter"})


def restore(desk: Desk, how: Circumstances) -> Written:
    """Record that the register was put back: what this computer had seen of it, and what is here.

    The pin goes on from what is here. Raises NotAllowedError where nothing is lost, or somebody else must say so.
    """
    pin = desk.pin
    if pin is None or not desk.vouched:
        raise NotAllowedError(
            f"this computer has never seen {desk.name}, so it does not know what is lost",
            "say so on the computer where the register was used",
            "or let this one see it from now on: custody trust add OWN-CARD",
        )
    cut = any(desk.journal_cut())
    if not cut and desk.extends(pin.head):
        return _nothing_lost(desk)
    me = desk.me()
    if "administrator" not in me.roles or not how.witnesses:
        raise NotAllowedError(
            "an administrator says that a register was put back, with a witness",
            "custody --as SERVICE_NO restored --reason REASON --witness SERVICE_NO",
        )
    body = bodies.RegisterRestored(lost=pin.head, lost_journal=pin.journal if cut else None, now=desk.ledger_head())
    opened = exhibits.hands(desk, how)
    ready = Draft(chain=desk.name, body=body, reason=how.reason, clock=how.clock)
    return desk.write([ready], opened.signer, opened.witnesses, answers=ANSWERED)[0]


def _nothing_lost(desk: Desk) -> Written:
    last = desk.journal.records[-1].record if desk.journal.records else None
    if last is not None and isinstance(last.body, bodies.RegisterRestored):
        return Written(record=last, already=True)
    raise NotAllowedError(
        f"nothing of {desk.name} is lost: all that this computer has seen of it is here", "look: custody verify"
    )


def check_register(desk: Desk) -> None:
    """Raise NotAllowedError where a finding about this register itself would be signed as one about an exhibit."""
    if not desk.vouched:
        raise NotAllowedError(
            f"nothing on this computer vouches for {desk.name}: what it finds of any exhibit would only say that",
            "run it as the person who works in this register (the pin lies in that person's settings)",
            "or vouch for it first: custody trust add OWN-CARD",
        )
    shorter = tuple(f for f in desk.examine(()).findings if f.code in ANSWERED)
    refuse_damage(Examination(chains=(), findings=shorter), desk.name)
