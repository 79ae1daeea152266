"""Servers of our own that speak TLS: a certificate for the name localhost, by an authority of the test."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.tls.certificates import Authority

POSTGRESQL = Path("/usr/lib/postgresql/15/bin")


@dataclass(frozen=True)
class Trust:
    """Where certificates are. ca: who signed the servers' one; other: another authority."""

    folder: Path
    ca: Path
    other: Path
    certificate: Path
    key: Path


@pytest.fixture(scope="session")
def trust() -> Iterator[Trust]:
    folder = Path(tempfile.mkdtemp(prefix="retinue-tls-"))
    folder.chmod(0o755)  # a server that runs as somebody else reads the authority's certificate
    authority, other = Authority(folder, "ca"), Authority(folder, "other")
    yield Trust(folder, authority.ca, other.ca, *authority.certificate("server", "localhost"))
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def redis_port(trust: Trust) -> Iterator[int]:
    """The port of a Redis that speaks TLS only."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    port = _free_port()
    arguments = ["--port", "0", "--tls-port", str(port), "--save", "", "--tls-auth-clients", "no"]
    arguments += ["--tls-cert-file", str(trust.certificate), "--tls-key-file", str(trust.key)]
    arguments += ["--tls-ca-cert-file", str(trust.ca), "--dir", str(trust.folder)]
    with _running([program, *arguments], port):
        yield port


@pytest.fixture(scope="session")
def postgresql_port(trust: Trust) -> Iterator[int]:
    """The port of a PostgreSQL that refuses connections without TLS."""
    if not (POSTGRESQL / "initdb").exists():
        pytest.skip(f"no PostgreSQL in {POSTGRESQL}")
    folder = Path(tempfile.mkdtemp(prefix="retinue-pg-"))
    for file in (trust.certificate, trust.key):
        shutil.copy(file, folder / file.name)
    user = _unprivileged(folder)
    data = folder / "data"
    made = [
        POSTGRESQL / "initdb",
        "-D",
        data,
        "-U",
        "postgres",
        "-A",
        "trust",
        "--no-sync",
        "--locale=C",
        "-E",
        "UTF8",
    ]
    subprocess.run(made, check=True, capture_output=True, user=user)
    (data / "pg_hba.conf").write_text("hostssl all all 127.0.0.1/32 trust\n")
    port = _free_port()
    options = {
        "port": port,
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": folder,
        "ssl": "on",
        "ssl_cert_file": folder / trust.certificate.name,
        "ssl_key_file": folder / trust.key.name,
        "fsync": "off",
        "shared_buffers": "16MB",
    }
    started = [POSTGRESQL / "postgres", "-D", data]
    started += [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    with _running(started, port, user):
        yield port
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def tls_before(trust: Trust) -> Iterator[Callable[[str, int], int]]:
    """Puts TLS before a server without it, as a load balancer does; gives the port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trust.certificate, trust.key)
    listening: list[socket.socket] = []

    def put(host: str, port: int) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        listening.append(listener)
        threading.Thread(target=_accept, args=(listener, context, host, port), daemon=True).start()
        return int(listener.getsockname()[1])

    yield put
    for listener in listening:
        listener.close()


def _accept(listener: socket.socket, context: ssl.SSLContext, host: str, port: int) -> None:
    while True:
        try:
            raw, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_forward, args=(raw, context, host, port), daemon=True).start()


def _forward(raw: socket.socket, context: ssl.SSLContext, host: str, port: int) -> None:
    import selectors

    try:
        client = context.wrap_socket(raw, server_side=True)
        server = socket.create_connection((host, port))
    except OSError:  # refused by the client, or not TLS
        raw.close()
        return
    with client, server, selectors.DefaultSelector() as ready:
        ready.register(client, selectors.EVENT_READ, server)
        ready.register(server, selectors.EVENT_READ, client)
        while True:
            for key, _ in ready.select():
                source: socket.socket = key.fileobj  # type: ignore[assignment]
                try:
                    part = source.recv(65_536)
                    while isinstance(source, ssl.SSLSocket) and source.pending():
                        part += source.recv(source.pending())
                    if not part:
                        return
                    key.data.sendall(part)
                except OSError:
                    return


def _unprivileged(folder: Path) -> int | None:
    """Whom PostgreSQL runs as: not root. The folder and what is in it become theirs."""
    if os.getuid() != 0:
        return None
    user = pwd.getpwnam("nobody")
    for path in (folder, *folder.iterdir()):
        os.chown(path, user.pw_uid, user.pw_gid)
    return user.pw_uid


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@contextmanager
def _running(command: list[object], port: int, user: int | None = None) -> Iterator[None]:
    """A server while it is needed; ready when its port answers."""
    process = subprocess.Popen(
        [str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, user=user
    )
    try:
        for _ in range(200):
            assert process.poll() is None, f"{command[0]} ended with {process.returncode}"
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)
