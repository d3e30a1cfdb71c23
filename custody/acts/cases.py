"""Cases: opening them, referring them, and the authorities under which exhibits are taken."""

from custody.acts.desk import Desk, Draft, Written
from manifests import bodies
from manifests.errors import NotAllowedError
from manifests.names import parse_name
from manifests.shapes import Authority


def open_case(desk: Desk, name: str, body: bodies.CaseOpened) -> Written:
    """Open a case; the same facts twice are written once, other facts are refused."""
    chain = f"{desk.code}:{parse_name(name).case}"
    if desk.register.has(chain):
        first = desk.sound(chain).records[0].record
        if first.body == body:
            return Written(record=first, already=True)
        raise NotAllowedError(f"{chain} is open already, with other facts", "see it: custody case show " + name)
    return desk.write([Draft(chain=chain, body=body)], desk.unlock(desk.me()))[0]


def add_to_case(desk: Desk, chain: str, body: bodies.CaseReferred | bodies.AuthorityRecorded) -> Written:
    """Write one more record about a case."""
    if not desk.register.has(chain):
        raise NotAllowedError(f"the case {chain} is not open here", "see: custody case list")
    return desk.write([Draft(chain=chain, body=body)], desk.unlock(desk.me()))[0]


def add_authority(desk: Desk, chain: str, authority: Authority) -> Written:
    """Record an authority under a word of the case's own; raises NotAllowedError where the word is taken."""
    for opened in desk.sound(chain).records if desk.register.has(chain) else ():
        body = opened.record.body
        if isinstance(body, bodies.AuthorityRecorded) and body.authority.ref == authority.ref:
            if body.authority == authority:
                return Written(record=opened.record, already=True)
            raise NotAllowedError(f"{authority.ref} is taken in {chain}", "choose another word for this authority")
    return add_to_case(desk, chain, bodies.AuthorityRecorded(authority=authority))
