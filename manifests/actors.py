"""Who acts: a person as a checked certificate names them, at the desk of one register."""

from dataclasses import dataclass


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
