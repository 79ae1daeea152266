"""The service of a demo: left running when the command ends, found again, and ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx

from retinue.demo.ports import free_port
from retinue.errors import StateError
from retinue.sample import SERVICE
from retinue.settings import load_settings

__all__ = ["Served", "serve", "stop"]

FIRST_PORT = 8000
_UP_SECONDS, _DOWN_SECONDS = 60.0, 20.0


@dataclass(frozen=True, slots=True)
class Served:
    """A service that was left running. pid: its process, which leads a group of its own."""

    pid: int
    port: int

    @property
    def url(self) -> str:
        """Where a browser finds it."""
        return f"http://127.0.0.1:{self.port}/"


def serve(folder: Path) -> Served:
    """Start the service of a workspace in the background, in place of one that runs there; once it answers.

    Its log is `service/service.log` in the folder of Retinue's own. Raises StateError if it does not answer.
    """
    stop(folder)
    home = _home(folder)
    home.mkdir(parents=True, exist_ok=True)
    log = home / "service.log"
    port = free_port(FIRST_PORT)
    with log.open("ab") as out:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "retinue", "serve", "--port", str(port), "-w", str(folder.resolve())],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env={k: v for k, v in os.environ.items() if k != "RETINUE_LOG"},
            start_new_session=True,  # it outlives the command, its terminal and `make`
        )
    served = Served(process.pid, port)
    (home / "service.json").write_text(json.dumps(asdict(served)), encoding="utf-8")
    end = time.monotonic() + _UP_SECONDS
    while time.monotonic() < end and process.poll() is None:
        if _answers(served):
            process.returncode = 0  # left running on purpose: nobody waits for it here
            return served
        time.sleep(0.1)
    stop(folder)
    raise StateError("The service did not come up.", where=str(log), fix="Its log says why.")


def stop(folder: Path) -> Served | None:
    """End the service that was left running in a workspace; which it was, None where none runs."""
    home = _home(folder)
    found = _noted(home / "service.json")
    if found is None or not _is_ours(found.pid, folder):
        (home / "service.json").unlink(missing_ok=True)
        return None
    with suppress(ProcessLookupError):  # it ended by itself meanwhile, here and below
        os.kill(found.pid, signal.SIGTERM)
    end = time.monotonic() + _DOWN_SECONDS
    while _is_ours(found.pid, folder):
        if time.monotonic() > end:
            with suppress(ProcessLookupError):
                os.killpg(found.pid, signal.SIGKILL)
            end = float("inf")
        time.sleep(0.05)
    (home / "service.json").unlink(missing_ok=True)
    return found


def _home(folder: Path) -> Path:
    return load_settings(folder).state / SERVICE


def _noted(file: Path) -> Served | None:
    try:
        return Served(**json.loads(file.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def _is_ours(pid: int, folder: Path) -> bool:
    """Whether a process is a service of the folder: numbers of processes are used again."""
    with suppress(ChildProcessError):
        # One that this very process started, and that has ended, is there until it is waited for.
        os.waitpid(pid, os.WNOHANG)
    words = _command(pid)
    return "retinue" in words and "serve" in words and str(folder.resolve()) in words


def _command(pid: int) -> list[str]:
    """The words a process was started with; none where there is no such process."""
    if Path("/proc/self/cmdline").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            return []
    asked = ["/bin/ps", "-p", str(pid), "-o", "command="]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.split()  # noqa: S603


def _answers(served: Served) -> bool:
    try:
        return httpx.get(f"{served.url}healthz", timeout=2.0).status_code == 200
    except httpx.HTTPError:
        return False
