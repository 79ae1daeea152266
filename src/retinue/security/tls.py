"""The certificate and the key that the service shows itself by (TLS 1.3)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from retinue.errors import SettingsError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

__all__ = ["check_pair"]

_PLAIN = b"-----BEGIN PRIVATE KEY-----"


def check_pair(certificate: Path, key: Path, *, now: datetime) -> datetime:
    """Check that a certificate (PEM, its chain behind it) counts and that the key is its own; until when.

    key: PKCS#8 without a password, readable by its owner only is best. now: aware UTC.

    Raises SettingsError that says what is wrong and how to mend it.
    """
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    found, private = _certificate(certificate), _read(key, "api.tls_key")
    if _PLAIN not in private:
        raise SettingsError(
            "The key is no PKCS#8 key without a password (BEGIN PRIVATE KEY).",
            where=f"api.tls_key, {key}",
            fix=f"openssl pkcs8 -topk8 -nocrypt -in {key.name} -out key.pem",
        )
    try:
        ours = load_pem_private_key(private, password=None).public_key()
    except (ValueError, TypeError) as error:
        raise SettingsError(
            "The key is damaged, or of a kind that is not known.",
            where=f"api.tls_key, {key}",
            fix="Make another key and have it certified.",
        ) from error
    if ours != found.public_key():
        raise SettingsError(
            "The key is not that of the certificate.",
            where=f"api.tls_key, {key}",
            fix=f"Name the key that {certificate.name} was made for; the host's certificate comes first.",
        )
    if not found.not_valid_before_utc <= now < found.not_valid_after_utc:
        raise SettingsError(
            f"The certificate counts from {found.not_valid_before_utc:%Y-%m-%d} to"
            f" {found.not_valid_after_utc:%Y-%m-%d}.",
            where=f"api.tls_cert, {certificate}",
            fix="Have it renewed.",
        )
    return found.not_valid_after_utc


def _certificate(path: Path) -> Certificate:
    from cryptography.x509 import load_pem_x509_certificates

    try:
        return load_pem_x509_certificates(_read(path, "api.tls_cert"))[0]
    except ValueError as error:
        raise SettingsError(
            "That is no certificate.",
            where=f"api.tls_cert, {path}",
            fix="Name a PEM file: BEGIN CERTIFICATE, that of the host first, then those that signed it.",
        ) from error


def _read(path: Path, name: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(
            "A file of TLS cannot be read.", where=f"{name}, {path}", fix=f"{error.strerror}: correct it."
        ) from error
