"""Signature files printed by asn1crypto, in the one form allowed or with one thing wrong (docs/spec/signature.md, S1).

A second way to print what `manifests.cms` prints, and the ways in which others could be tempted to print it.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from asn1crypto import cms as asn1
from asn1crypto import core, x509
from cryptography.hazmat.primitives.asymmetric import ec, utils

from tests.vectors.people import Officer

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the group of P-256."""


@dataclass(frozen=True, kw_only=True)
class Form:
    """What may be wrong; the defaults are right."""

    extra_certificates: tuple[bytes, ...] = ()
    certificate: bytes | None = None
    """In place of the signer's own."""
    unsigned: tuple[Any, ...] = ()
    more_signed: tuple[Any, ...] = ()
    drop_signed: tuple[str, ...] = ()
    digest: str = "sha256"
    content: bytes | None = None
    """Content inside the file, which ought to be detached."""
    signers: int = 1
    version: str = "v1"
    value: Callable[[bytes], bytes] | None = None
    """Changes the signature value on its way in."""
    null_parameters: bool = False
    """Writes NULL parameters beside the digest algorithm, where RFC 5754 wants none."""


def low(value: bytes) -> bytes:
    """The ECDSA P-256 signature with the smaller s."""
    r, s = utils.decode_dss_signature(value)
    return utils.encode_dss_signature(r, min(s, ORDER - s))


def high(value: bytes) -> bytes:
    """The same signature with the greater s, which fits as well."""
    r, s = utils.decode_dss_signature(value)
    return utils.encode_dss_signature(r, max(s, ORDER - s))


def attribute(kind: str, value: Any) -> Any:
    return asn1.CMSAttribute({"type": kind, "values": [value]})


def _signed_attributes(data: bytes, moment: datetime, form: Form) -> Any:
    utc = moment.astimezone(UTC)
    time = {"utc_time": core.UTCTime(utc)} if utc.year < 2050 else {"generalized_time": core.GeneralizedTime(utc)}
    kept = {
        "content_type": asn1.ContentType("data"),
        "signing_time": asn1.Time(time),
        "message_digest": core.OctetString(hashlib.new(form.digest, data).digest()),
    }
    made = [attribute(kind, value) for kind, value in kept.items() if kind not in form.drop_signed]
    return asn1.CMSAttributes([*made, *form.more_signed])


def _algorithm(certificate: Any) -> dict[str, Any]:
    kind = certificate.public_key.algorithm
    if kind == "rsa":
        return {"algorithm": "sha256_rsa"}
    return {"algorithm": "ed25519"} if kind == "ed25519" else {"algorithm": "sha256_ecdsa"}


def print_signature(data: bytes, signer: Officer, moment: datetime, form: Form | None = None) -> bytes:
    """A signature file over `data`, as `form` wants it."""
    form = form or Form()
    shown = x509.Certificate.load(form.certificate or signer.certificate)
    attributes = _signed_attributes(data, moment, form)
    value = signer.sign(attributes.untag().dump(force=True))
    if isinstance(signer.private, ec.EllipticCurvePrivateKey) and signer.private.key_size == 256:
        value = low(value)
    info = {
        "version": form.version,
        "sid": {"issuer_and_serial_number": {"issuer": shown.issuer, "serial_number": shown.serial_number}},
        "digest_algorithm": _digest(form),
        "signed_attrs": attributes,
        "signature_algorithm": _algorithm(shown),
        "signature": form.value(value) if form.value else value,
    }
    if form.unsigned:
        info["unsigned_attrs"] = list(form.unsigned)
    return _wrapped(shown, info, form)


def _wrapped(shown: Any, info: dict[str, Any], form: Form) -> bytes:
    content = {"content_type": "data"} | ({"content": form.content} if form.content is not None else {})
    body = {
        "version": form.version,
        "digest_algorithms": [_digest(form)],
        "encap_content_info": content,
        "certificates": [shown, *(x509.Certificate.load(each) for each in form.extra_certificates)],
        "signer_infos": [info] * form.signers,
    }
    return bytes(asn1.ContentInfo({"content_type": "signed_data", "content": body}).dump())


def _digest(form: Form) -> Any:
    """The digest algorithm, without parameters unless they are asked for."""
    made = asn1.DigestAlgorithm({"algorithm": form.digest})
    return made if form.null_parameters else asn1.DigestAlgorithm.load(_tlv(0x30, made["algorithm"].dump()))


def _tlv(tag: int, body: bytes) -> bytes:
    return bytes([tag, len(body)]) + body
