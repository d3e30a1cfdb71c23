"""Who signs and where an exhibit stands: what the rules of a chain (`manifests.chain`) speak of."""

from dataclasses import dataclass

from manifests.errors import NotAllowedError
from manifests.records import Record


@dataclass(frozen=True, kw_only=True)
class Actor:
    """A person as a certificate proves them; `key` is the identity of the public key."""

    root: str
    service_no: str
    name: str
    rank: str
    agency: str
    register: str
    register_id: str | None = None
    """The register's id; two registers may have one name (R3)."""
    key: str
    roles: tuple[str, ...]

    @property
    def known(self) -> bool:
        """Whether a trusted root stands behind the certificate; else `root` is `?CODE`."""
        return not self.root.startswith("?")

    @property
    def person(self) -> tuple[str, str]:
        """One person is one (root, service number), whatever the certificate."""
        return self.root, self.service_no

    def __str__(self) -> str:
        return f"{self.rank} {self.name} ({self.agency} {self.service_no})"


class OrderViolated(NotAllowedError):
    """An act that may not follow; `code` is the finding's."""

    def __init__(self, message: str, *hints: str, code: str = "order-violated") -> None:
        super().__init__(message, *hints)
        self.code = code


def contradicted(message: str, *hints: str, code: str = "statement-contradicted") -> OrderViolated:
    """What is raised where a statement cannot be true."""
    return OrderViolated(message, *hints, code=code)


@dataclass(frozen=True, kw_only=True)
class ChainState:
    """Where an exhibit stands after its last record."""

    id: str
    root: str
    head: Record
    holder: Actor
    since: str
    """When the register with the pen came by it, as that record says (`occurred_at`)."""
    seals: tuple[str, ...] = ()
    manifests: tuple[Record, ...] = ()
    release: Record | None = None
    outside: Record | None = None
    ended: str | None = None
    owed: bool = False
    taken_over: bool = False
    records: tuple[Record, ...] = ()
    """All so far, the first at index 0."""

    @property
    def position(self) -> int:
        return self.head.position

    @property
    def register(self) -> str:
        """The name of the register with the pen."""
        return self.holder.register

    @property
    def pen(self) -> str | None:
        """The id of the register with the pen."""
        return self.holder.register_id

    @property
    def situation(self) -> str:
        """held, released, outside, or how it ended."""
        if self.ended:
            return self.ended
        return "released" if self.release else "outside" if self.outside else "held"

    @property
    def digests(self) -> tuple[str, ...]:
        """The identities of all records so far."""
        return tuple(each.digest for each in self.records)

    def record(self, digest: str) -> Record | None:
        """The record with this identity, looked for from the end."""
        return next((each for each in reversed(self.records) if each.digest == digest), None)
