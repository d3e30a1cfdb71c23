"""Private keys at rest and in use: PKCS #8 under a passphrase (docs/spec/signature.md, S8), and signing with them.

A passphrase is never kept; a wrong one says so and nothing else.
"""

import base64
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from custody.edges.memory import forbid_dumps
from manifests import cms
from manifests.errors import EnvironmentFault, NotAllowedError, UsageError

SCRYPT_N, SCRYPT_R, SCRYPT_P = 1 << 17, 8, 1
MIN_PASSPHRASE = 8
_MEMORY = 256 << 20


@dataclass(frozen=True, kw_only=True)
class Signer:
    """Someone who can sign: a certificate (DER) and what signs bytes with its key (a file, later a token)."""

    certificate: bytes
    sign_bytes: Callable[[bytes], bytes]

    def sign(self, data: bytes, moment: datetime) -> bytes:
        """A signature file over `data`, checked before it is returned."""
        return cms.sign(data, self.certificate, moment, self.sign_bytes)


def new_key() -> Any:
    """A fresh ECDSA P-256 key."""
    forbid_dumps()
    from cryptography.hazmat.primitives.asymmetric import ec

    forbid_dumps()
    return ec.generate_private_key(ec.SECP256R1())


def check_passphrase(passphrase: str) -> None:
    """Raise UsageError for a passphrase that is too short."""
    forbid_dumps()
    if len(passphrase) < MIN_PASSPHRASE:
        raise UsageError(
            f"a passphrase has {MIN_PASSPHRASE} characters or more",
            "three or four words are easy to keep in mind",
        )


def encrypt(key: Any, passphrase: str) -> bytes:
    """The key as encrypted PKCS #8: PBES2 with scrypt (RFC 7914, section 7) and AES-256-CBC."""
    from asn1crypto import core
    from cryptography.hazmat.primitives import padding, serialization
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    plain = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    salt, iv = os.urandom(16), os.urandom(16)
    padder = padding.PKCS7(128).padder()
    cipher = Cipher(algorithms.AES(_derive(passphrase, salt)), modes.CBC(iv)).encryptor()
    sealed = cipher.update(padder.update(plain) + padder.finalize()) + cipher.finalize()
    numbers = [core.Integer(n) for n in (SCRYPT_N, SCRYPT_R, SCRYPT_P)]
    kdf = _sequence(core.ObjectIdentifier("1.3.6.1.4.1.11591.4.11"), _sequence(core.OctetString(salt), *numbers))
    scheme = _sequence(core.ObjectIdentifier("2.16.840.1.101.3.4.1.42"), core.OctetString(iv))
    pbes2 = _sequence(core.ObjectIdentifier("1.2.840.113549.1.5.13"), _sequence(kdf, scheme))
    return bytes(_sequence(pbes2, core.OctetString(sealed)).dump())


def _sequence(*parts: Any) -> Any:
    from asn1crypto import core

    return core.Sequence(contents=b"".join(part.dump() for part in parts))


def _derive(passphrase: str, salt: bytes) -> bytes:
    secret = passphrase.encode()
    return hashlib.scrypt(secret, salt=salt, n=SCRYPT_N, r=SCRYPT_R, p=SCRYPT_P, maxmem=_MEMORY, dklen=32)


def decrypt(data: bytes, passphrase: str) -> Any:
    """The key in an encrypted file; raises NotAllowedError for a wrong passphrase."""
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    forbid_dumps()
    try:
        return load_der_private_key(data, passphrase.encode())
    except (ValueError, TypeError, UnicodeEncodeError):
        pass  # whatever the parser says of the bytes, the way on is the same
    raise NotAllowedError(
        "the passphrase does not open this key", "try again; after a change of passphrase use the new one"
    )


_RECOVERY_LETTERS, _CHECK_LETTERS = 26, 2
"""130 bits, and what notices a letter that was copied wrongly in all but one of 1,024 cases."""


def new_recovery_code() -> str:
    """A random code for the recovery sheet, in seven groups of four letters."""
    forbid_dumps()
    secret = base64.b32encode(os.urandom(17)).decode()[:_RECOVERY_LETTERS]
    whole = secret + _check_letters(secret)
    return "-".join(whole[i : i + 4] for i in range(0, len(whole), 4))


def read_recovery_code(written: str) -> str:
    """The secret in a code copied from paper; raises NotAllowedError where it is none.

    Case, blanks and hyphens do not count; what a hand makes look like 0, 1 or 8 is read as O, I or B.
    """
    plain = "".join(written.split()).replace("-", "").upper().translate(str.maketrans("018", "OIB"))
    secret, check = plain[:_RECOVERY_LETTERS], plain[_RECOVERY_LETTERS:]
    if not plain.isascii() or _check_letters(secret) != check:
        raise NotAllowedError("this is not the code of a recovery sheet, or a letter is wrong", "compare each group")
    return secret


def _check_letters(secret: str) -> str:
    digest = hashlib.sha256(b"custody/recovery-code" + secret.encode()).digest()
    return base64.b32encode(digest).decode()[:_CHECK_LETTERS]


def signer(certificate: bytes, key: Any) -> Signer:
    """Sign with a key held in memory."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise EnvironmentFault("this key file does not hold an elliptic-curve key")
    return Signer(certificate=certificate, sign_bytes=lambda data: key.sign(data, ec.ECDSA(hashes.SHA256())))
