"""Servers of the test's own, which may be stopped, killed and made to hang: a PostgreSQL and a Redis."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

__all__ = ["PrivatePostgreSQL", "PrivateRedis", "serving"]

POSTGRESQL = Path("/usr/lib/postgresql/15/bin")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def unprivileged(folder: Path) -> int | None:
    """Whom PostgreSQL runs as: not root. The folder and what is in it become theirs."""
    if os.getuid() != 0:
        return None
    user = pwd.getpwnam("nobody")
    for path in (folder, *folder.iterdir()):
        os.chown(path, user.pw_uid, user.pw_gid)
    return user.pw_uid


def wait_for_port(process: subprocess.Popen[bytes], port: int) -> None:
    """Wait until a server answers on its port."""
    for _ in range(200):
        assert process.poll() is None, f"{process.args} ended with {process.returncode}"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"{process.args} does not answer on port {port}")


@contextmanager
def serving(workspace: Path, environment: Mapping[str, str], *, log: Path | None = None) -> Iterator[str]:
    """The service in processes of its own until the end of the block; its address. log: what it says."""
    port = free_port()
    with Path(os.devnull if log is None else log).open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "retinue", "serve", "--port", str(port)],
            cwd=workspace,
            env=environment,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    base = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                httpx.get(f"{base}/healthz")
                break
            except httpx.HTTPError:
                assert process.poll() is None, "the service ended"
                time.sleep(0.1)
        yield base
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


class _Server:
    """A process that is started again on the same port."""

    process: subprocess.Popen[bytes]
    port: int

    def pause(self) -> None:
        """Let it hang: connections are taken by the machine, and nobody answers."""
        for number in self._numbers():
            os.kill(number, signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it go on from where it hung."""
        for number in self._numbers():
            os.kill(number, signal.SIGCONT)

    def kill(self) -> None:
        """End it without a word to anybody."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(30)

    def _numbers(self) -> list[int]:
        return [self.process.pid]


class PrivatePostgreSQL(_Server):
    """A cluster in a folder of its own, which writes as durably as one in use. Skips where there is none."""

    def __init__(self) -> None:
        if not (POSTGRESQL / "initdb").exists():
            pytest.skip(f"no PostgreSQL in {POSTGRESQL}")
        self.folder, self.port = Path(tempfile.mkdtemp(prefix="retinue-pg-")), free_port()
        self._user = unprivileged(self.folder)
        made = [POSTGRESQL / "initdb", "-D", self.folder / "data", "-U", "postgres", "-A", "trust"]
        made += ["--no-sync", "--locale=C", "-E", "UTF8"]
        subprocess.run(list(map(str, made)), check=True, capture_output=True, user=self._user)
        self.start()

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start it, or start it again."""
        options = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self.folder,
            "shared_buffers": "16MB",
        }
        command = [str(POSTGRESQL / "postgres"), "-D", str(self.folder / "data")]
        command += [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, user=self._user
        )
        wait_for_port(self.process, self.port)
        self._wait_until_it_lets_in()

    def _wait_until_it_lets_in(self) -> None:
        """Its port is open while it still starts, and refuses whoever comes."""
        for attempt in range(600):
            try:
                psycopg.connect(self.url).close()
                return
            except psycopg.OperationalError:
                if attempt == 599:
                    raise
                time.sleep(0.05)

    def stop_at_once(self) -> None:
        """As `pg_ctl stop -m immediate`: every connection is cut, and it recovers when it starts."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(30)

    def remove(self) -> None:
        """End it and delete what it wrote."""
        self.go_on()
        if self.process.poll() is None:
            self.stop_at_once()
        shutil.rmtree(self.folder)

    def _numbers(self) -> list[int]:
        if self.process.poll() is not None:
            return []
        one = self.process.pid
        children = Path(f"/proc/{one}/task/{one}/children").read_text().split()
        return [one, *map(int, children)]


class PrivateRedis(_Server):
    """A Redis that keeps nothing. Skips where there is none."""

    def __init__(self) -> None:
        program = shutil.which("redis-server")
        if program is None:
            pytest.skip("redis-server is not installed")
        self._program, self.port = program, free_port()
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, or start it again with nothing in it."""
        command = [self._program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for_port(self.process, self.port)
