"""`retinue serve --tls-cert --tls-key`: TLS 1.3 and nothing older, from the command as one types it."""

from __future__ import annotations

import datetime as dt
import ipaddress
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from typer.testing import CliRunner

from retinue.cli.app import build_app
from retinue.errors import SettingsError
from retinue.security.tls import check_pair

NOW = dt.datetime.now(dt.UTC)
openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")


def pem(key: ec.EllipticCurvePrivateKey, form: PrivateFormat, sealed: KeySerializationEncryption) -> bytes:
    return key.private_bytes(Encoding.PEM, form, sealed)


def certified(folder: Path, key: ec.EllipticCurvePrivateKey, *, days: int = 30) -> Path:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "retinue test")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - dt.timedelta(days=2))
        .not_valid_after(NOW + dt.timedelta(days=days))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    file = folder / "cert.pem"
    file.write_bytes(made.public_bytes(Encoding.PEM))
    return file


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder, key = tmp_path_factory.mktemp("tls"), ec.generate_private_key(ec.SECP256R1())
    file = folder / "key.pem"
    file.write_bytes(pem(key, PrivateFormat.PKCS8, NoEncryption()))
    return certified(folder, key), file


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory, pair: tuple[Path, Path]) -> Iterator[int]:
    """A service that speaks TLS."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        found: int = free.getsockname()[1]
    command = [sys.executable, "-m", "retinue", "serve", "-w", str(tmp_path_factory.mktemp("w"))]
    command += ["--port", str(found), "--tls-cert", str(pair[0]), "--tls-key", str(pair[1])]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    end = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", found), timeout=1).close()
            break
        except OSError:
            time.sleep(0.1)
    yield found
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert "Listening on https://" in said


def test_it_answers_by_https_and_says_so_for_two_years(port: int, pair: tuple[Path, Path]) -> None:
    trusting = ssl.create_default_context(cafile=str(pair[0]))
    with urllib.request.urlopen(f"https://127.0.0.1:{port}/healthz", context=trusting, timeout=20) as answer:
        assert (answer.status, answer.headers["strict-transport-security"]) == (200, "max-age=63072000")


@openssl
def test_tls_1_3_is_spoken_and_nothing_older(port: int) -> None:
    def spoken(version: str) -> str:
        command = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", version]
        done = subprocess.run(command, input="", capture_output=True, text=True, timeout=20, check=False)
        return done.stdout + done.stderr

    assert "New, TLSv1.3" in spoken("-tls1_3")
    refused = spoken("-tls1_2")
    assert "alert protocol version" in refused
    assert "New, (NONE)" in refused


def test_without_tls_nothing_is_answered(port: int) -> None:
    with pytest.raises((OSError, HTTPException)):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=20)


@pytest.mark.parametrize("form", ["traditional", "sealed", "another", "nonsense", "missing"])
def test_a_key_that_cannot_be_used_is_told_with_what_to_do(
    tmp_path: Path, pair: tuple[Path, Path], form: str
) -> None:
    key, file = ec.generate_private_key(ec.SECP256R1()), tmp_path / "key.pem"
    content = {
        "traditional": pem(key, PrivateFormat.TraditionalOpenSSL, NoEncryption()),
        "sealed": pem(key, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")),
        "another": pem(key, PrivateFormat.PKCS8, NoEncryption()),
        "nonsense": b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "missing": None,
    }[form]
    if content is not None:
        file.write_bytes(content)
    command = ["serve", "-w", str(tmp_path), "--tls-cert", str(pair[0]), "--tls-key", str(file)]
    done = CliRunner().invoke(
        build_app(), command, env={"RETINUE_API__TLS_CERT": "", "RETINUE_API__TLS_KEY": ""}
    )
    assert done.exit_code == 2, done.output
    wanted = {"another": "not that of the certificate", "nonsense": "damaged", "missing": "cannot be read"}
    assert wanted.get(form, "openssl pkcs8 -topk8 -nocrypt") in done.output


def test_a_certificate_that_is_over_or_none_is_refused(tmp_path: Path, pair: tuple[Path, Path]) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    file = tmp_path / "key.pem"
    file.write_bytes(pem(key, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(SettingsError, match="counts from"):
        check_pair(certified(tmp_path, key, days=-1), file, now=NOW)
    with pytest.raises(SettingsError, match="no certificate"):
        check_pair(file, file, now=NOW)
