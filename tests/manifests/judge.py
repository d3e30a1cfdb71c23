"""OpenSSL as outside judge: what it says of our signature files, and what it prints in our form."""

import subprocess
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.vectors.people import Officer, Root

IN_TIME = "1790000000"
"""A moment in 2026, in seconds since 1970."""


def _pem(path: Path, certificate: bytes) -> Path:
    path.write_bytes(x509.load_der_x509_certificate(certificate).public_bytes(Encoding.PEM))
    return path


def verifies(folder: Path, data: bytes, signature: bytes, under: Root) -> bool:
    """Whether `openssl cms -verify` accepts a signature file over `data`."""
    (folder / "data").write_bytes(data)
    (folder / "data.p7s").write_bytes(signature)
    root = _pem(folder / "root.pem", under.certificate)
    command = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", str(folder / "data.p7s"), "-content",
               str(folder / "data"), "-CAfile", str(root), "-purpose", "any", "-attime", IN_TIME, "-out",
               str(folder / "out")]  # fmt: skip
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def signs(folder: Path, data: bytes, signer: Officer) -> bytes:
    """What `openssl cms -sign` prints, now."""
    (folder / "data").write_bytes(data)
    certificate = _pem(folder / "signer.pem", signer.certificate)
    key = folder / "signer.key"
    key.write_bytes(signer.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    command = ["openssl", "cms", "-sign", "-binary", "-nosmimecap", "-md", "sha256", "-signer", str(certificate),
               "-inkey", str(key), "-in", str(folder / "data"), "-outform", "DER"]  # fmt: skip
    return subprocess.run(command, capture_output=True, check=True).stdout
