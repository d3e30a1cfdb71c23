"""Reports and acts as the documented JSON objects (docs/cli.md)."""

from typing import Any

import msgspec

from custody.render import story
from custody.render.logs import plain as of_logs
from manifests import bodies
from manifests.chain import ChainState
from manifests.damage import Damage
from manifests.findings import Finding
from manifests.paper import paper_code
from manifests.records import Record
from manifests.report import ChainReport, CopyTally, Report, VerifiedRecord


def dumps(value: Any) -> str:
    """One JSON object, indented, ASCII only, so that no name can steer a terminal."""
    import json

    return json.dumps(value, indent=2, ensure_ascii=True)


def report(made: Report) -> dict[str, Any]:
    """`custody/report/1`."""
    return {
        "format": "custody/report/1",
        "target": made.target,
        "made_at": made.made_at,
        "verdict": made.verdict.value,
        "records": made.records_verdict.value,
        "media": made.media_verdict.value if made.media_verdict else None,
        "records_only": made.records_only,
        "findings": [finding(each) for each in made.findings],
        "rests_on": list(made.rests_on),
        "checked": {
            "records": made.record_count,
            "chains": [chain(each) for each in made.chains],
            "media": [{"exhibit": m.exhibit, "items": m.items, "bytes": m.bytes, "quick": m.quick} for m in made.media],
            "copies": [copy(each) for each in made.copies],
        },
        "not_checked": list(made.not_checked),
    }


def finding(each: Finding) -> dict[str, Any]:
    """A finding with its severity and sentence."""
    return {
        "code": each.code,
        "severity": each.severity.value,
        "area": each.meaning.area.value,
        "subject": each.subject,
        "facts": each.facts,
        "text": f"{each.meaning.text}: {each.text}" if each.text else each.meaning.text,
    } | ({"damage": damage(each.damage)} if each.damage is not None else {})


def damage(each: Damage) -> dict[str, Any]:
    """Where an item is damaged, what the copy holds there, and which files lie there (docs/spec/damage.md)."""
    found: dict[str, Any] = {"pieces": each.pieces}
    if each.copy is not None:
        found |= {
            "copy": each.copy, "reason": each.reason or None, "held": each.held, "alike": each.alike,
            "bytes": each.bytes, "differing": each.differing, "rest": each.rest,
        }  # fmt: skip
    if each.files is not None:
        lying = each.files
        places = [{"kind": p.kind, "volume": p.volume, "path": p.path, "size": p.size} for p in lying.found]
        found["files"] = {
            "read": each.read or None, "systems": lying.systems, "found": places, "more": lying.more,
            "left": lying.left or None,
        }  # fmt: skip
    return found


def copy(each: CopyTally) -> dict[str, Any]:
    """What was read of a second copy."""
    return {
        "exhibit": each.exhibit or None, "paths": each.paths, "items": each.items, "bytes": each.bytes,
        "quick": each.quick, "as_sealed": each.as_sealed,
    }  # fmt: skip


def chain(each: ChainReport) -> dict[str, Any]:
    """A chain as read."""
    return {
        "id": each.id,
        "records": [opened(v) | corrected(each, v.record.position) for v in each.records],
        "standing": standing(each.state) if each.state else None,
    }


def corrected(each: ChainReport, position: int) -> dict[str, Any]:
    """What later records say of one that they correct or withdraw, beside it (C16)."""
    said = [{"by": record.position, "kind": record.kind} | plain(record.body) for record in each.corrections(position)]
    return {"corrected": said} if said else {}


def show(each: ChainReport) -> dict[str, Any]:
    """`custody/exhibit/1`: an exhibit with all that its first record and its manifests say."""
    first = [_whole(v) for v in each.records if isinstance(v.record.body, bodies.Seizure | bodies.Derivation)]
    listed = [v for v in each.records if isinstance(v.record.body, bodies.Manifest)]
    manifests = [opened(v) | corrected(each, v.record.position) | {"manifest": plain(v.record.body)} for v in listed]
    return {"format": "custody/exhibit/1", **chain(each), "began": first[0] if first else None, "manifests": manifests}


def _whole(each: VerifiedRecord) -> dict[str, Any]:
    """A checked record with its body, and the circumstances that stand around it."""
    envelope = each.record.envelope
    around = {"place": envelope.place, "reason": envelope.reason, "clock": envelope.clock,
              "authority": plain(envelope.authority) if envelope.authority else None}  # fmt: skip
    return opened(each) | around | {"body": plain(each.record.body)}


def opened(each: VerifiedRecord) -> dict[str, Any]:
    """A checked record."""
    envelope = each.record.envelope
    return record(each.record) | {
        "by": msgspec.to_builtins(envelope.by),
        "witnesses": msgspec.to_builtins(envelope.witnesses),
        "told": story.tell(each.record),
        "signed_at": each.signing_time.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def record(each: Record) -> dict[str, Any]:
    """A record by place and identity."""
    return {
        "chain": each.chain,
        "position": each.position,
        "kind": each.kind,
        "occurred_at": each.envelope.occurred_at,
        "recorded_at": each.envelope.recorded_at,
        "record": each.digest,
        "code": paper_code(each.digest),
    }


def logs(each: Record) -> dict[str, Any]:
    """What became of the claims of other tools' logs, where a record binds any."""
    told = of_logs(each)
    return {"logs": told} if told else {}


def plain(value: Any) -> Any:
    """A body as plain JSON values."""
    return msgspec.to_builtins(value)


def standing(state: ChainState) -> dict[str, Any]:
    """Where an exhibit stands."""
    return {
        "situation": state.situation,
        "holder": {
            "name": state.holder.name,
            "agency": state.holder.agency,
            "service_no": state.holder.service_no,
        },
        "register": state.register,
        "seals": list(state.seals),
        "corrected_seals": [
            {"number": bag.number, "stated": bag.stated, "corrected_by": bag.corrected_by}
            for bag in state.bags
            if bag.is_on and bag.corrected_by
        ],
        "withdrawn": [record.position for record in state.withdrawn],
        "contents_owed": state.owed,
    }
