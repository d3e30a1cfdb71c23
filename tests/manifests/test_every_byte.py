"""Every single byte of a record, of its signatures and of its entry list changed in turn: 0 CONFIRMED.

At the level of the pure verifier, so that it takes seconds. `make campaign` does the same with a register on disk.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from manifests.findings import Severity
from manifests.verify import ChainFiles, RecordFiles, verify_chain
from tests.manifests.test_compare import file
from tests.vectors.pen import SEIZURE, Pen, trusted
from tests.vectors.people import JANE, JOSEPH


def chain() -> Pen:
    """A seizure with a witness."""
    pen = Pen()
    pen.write(JANE, SEIZURE, (JOSEPH,), place="Kibra market")
    return pen


def others(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The data with one byte changed, for each byte: its lowest bit, which keeps text text, or another."""
    for place, byte in enumerate(data):
        yield place, data[:place] + bytes([byte ^ (1 if byte != 0x0B else 2)]) + data[place + 1 :]


def judged(files: ChainFiles, changed: RecordFiles) -> str:
    """The code that refutes a chain whose first record is changed; fails where none does."""
    report = verify_chain(replace(files, records=(changed,)), trusted())
    grave = [finding for finding in report.findings if finding.severity is Severity.REFUTES]
    assert len(grave) == 1, report.findings
    assert grave[0].subject.startswith(f"{files.id} 0001")
    return grave[0].code


def test_of_a_record() -> None:
    files = chain().chain_files()
    first = files.records[0]
    found = Counter(judged(files, replace(first, record=other)) for _, other in others(first.record))
    assert found.total() == len(first.record)
    assert set(found) == {"record-malformed", "signature-broken", "file-misnamed"}


def test_of_a_signature() -> None:
    files = chain().chain_files()
    first = files.records[0]
    assert first.signature is not None
    found = Counter(judged(files, replace(first, signature=other)) for _, other in others(first.signature))
    assert found.total() == len(first.signature)
    assert set(found) == {"signature-broken", "signer-mismatch"}


def test_of_a_witness_signature() -> None:
    files = chain().chain_files()
    first = files.records[0]
    found = Counter(judged(files, replace(first, witnesses=(other,))) for _, other in others(first.witnesses[0]))
    assert found.total() == len(first.witnesses[0])
    assert set(found) == {"signature-broken", "signer-mismatch"}


def test_of_an_entry_list_and_of_a_list_of_pieces() -> None:
    pen = chain()
    pen.measure(JANE, file("1.jpg"), file("notes.txt", b"three words"))
    assert len(pen.sidecars) == 2
    for name, data in pen.sidecars.items():
        for place, other in others(data):
            changed = pen.copy()
            changed.sidecars[name] = other
            report = verify_chain(changed.chain_files(), trusted())
            grave = [finding.code for finding in report.findings if finding.severity is Severity.REFUTES]
            assert grave == ["entries-changed"], (name, place)
