"""The index: a SQLite table of exhibits and records that can be thrown away and built again (G1).

Never an authority: screens that use it say where an exhibit stands, `verify` never asks it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from manifests.report import ChainReport

VERSION = 1


@dataclass(frozen=True)
class Index:
    """The index file of one register."""

    path: Path

    def _open(self) -> Any:
        import sqlite_utils

        self.path.touch(mode=0o600)
        return sqlite_utils.Database(self.path, execute_plugins=False)

    def put(self, reports: Iterable[ChainReport], ledger_size: int) -> None:
        """Replace the rows of some exhibits, and say up to which ledger size the index goes."""
        db = self._open()
        with db.conn:
            for report in reports:
                if report.state is not None:
                    db["exhibits"].upsert(row(report), pk="id", alter=True)
                    db["records"].upsert_all(list(_records(report)), pk=("exhibit", "position"), alter=True)
            db["state"].upsert({"name": "ledger", "version": VERSION, "size": ledger_size}, pk="name")
        db.close()

    def clear(self) -> None:
        """Throw the index away."""
        for path in (self.path, self.path.with_name(self.path.name + "-journal")):
            path.unlink(missing_ok=True)

    def is_current(self, ledger_size: int) -> bool:
        """Whether the index was made by this version for a ledger of this size."""
        import sqlite3

        if not self.path.exists() or self.path.stat().st_size == 0:
            return False
        try:
            db = self._open()
            rows = list(db.query("select version, size from state where name = 'ledger'"))
            db.close()
        except sqlite3.Error:
            return False
        return rows == [{"version": VERSION, "size": ledger_size}]

    def exhibits(self) -> list[dict[str, Any]]:
        """One row an exhibit: id, situation, holder, register, since, to_agency, answer_by, owed, seals."""
        db = self._open()
        rows = list(db.query("select * from exhibits order by id")) if "exhibits" in db.table_names() else []
        db.close()
        return rows


def row(report: ChainReport) -> dict[str, Any]:
    """What the index says of an exhibit that has a first record."""
    state = report.state
    assert state is not None
    answer = state.release or state.outside
    body: Any = answer.body if answer else None
    to = getattr(body, "to", None)
    return {
        "id": report.id,
        "situation": state.situation,
        "holder": state.holder.name,
        "service_no": state.holder.service_no,
        "register": state.register,
        "since": (answer or state.head).envelope.occurred_at,
        "to_agency": getattr(to, "agency", None) or getattr(to, "name", None),
        "to_officer": getattr(to, "service_no", None),
        "answer_by": getattr(body, "answer_by", None),
        "owed": int(state.owed),
        "seals": ", ".join(state.seals),
        "position": state.position,
    }


def _records(report: ChainReport) -> Iterable[dict[str, Any]]:
    for opened in report.records:
        envelope = opened.record.envelope
        yield {
            "exhibit": report.id,
            "position": opened.record.position,
            "kind": opened.record.kind,
            "occurred_at": envelope.occurred_at,
            "by": envelope.by.name,
            "agency": envelope.by.agency,
            "record": opened.record.digest,
        }
