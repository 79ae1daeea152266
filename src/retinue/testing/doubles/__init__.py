"""Doubles: small servers that behave as the vendors' do, each a process with its own record of what happened.

A test injects a fault and then asks the double, not the sender, what was done.

>>> from retinue.testing.doubles import start
>>> with start("provider") as provider:
...     provider.inject("throttled", times=2)
...     provider.effects()
[]
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import select
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from retinue.testing.doubles.faults import FAULTS, Fault
from retinue.testing.doubles.witness import read_calls, read_effects

__all__ = ["FAULTS", "Fault", "Running", "start"]

START_SECONDS = 20.0


class Running:
    """A double that runs: where it listens, how to tell it to fail, and what it saw.

    url: its address, without a slash at the end. witness: its SQLite file. control: where its control
    endpoint is, which for a double that does not speak HTTP is another port.
    """

    def __init__(self, url: str, witness: Path, process: subprocess.Popen[bytes], control: str = "") -> None:
        self.url = url
        self.witness = witness
        self.process = process
        self._control = control or url

    @property
    def port(self) -> int:
        """Its port on 127.0.0.1."""
        return int(self.url.rpartition(":")[2])

    def inject(self, fault: Fault, *, times: int = 1, **numbers: float) -> None:
        """Fail so at the next `times` calls that would do something (negative: at all of them).

        numbers: `retry_after` or `seconds`.
        """
        self._ask("POST", "/_control", {"fault": fault, "times": times, **numbers})

    def set(self, **changes: Any) -> None:
        """Change one of the double's own options."""
        self._ask("POST", "/_control", changes)

    def heal(self) -> None:
        """No faults any more."""
        self._ask("DELETE", "/_control")

    def reset(self) -> None:
        """No faults any more, and forget everything."""
        self.heal()
        self._ask("DELETE", "/_effects")

    def effects(self, key: str | None = None) -> list[dict[str, Any]]:
        """What was done, in order, read from the witness's file: `key`, `at` (Unix time), `what`."""
        found = read_effects(self.witness)
        return found if key is None else [effect for effect in found if effect["key"] == key]

    def calls(self) -> list[dict[str, Any]]:
        """Every call, also those that did nothing: `method`, `path`, `key`, `at`, `fault`, `status`."""
        return read_calls(self.witness)

    def _ask(self, method: str, path: str, body: Any = None) -> None:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._control + path, data=data, method=method)  # noqa: S310 - http
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=10) as answer:
            answer.read()


@contextlib.contextmanager
def start(name: str, **options: str) -> Iterator[Running]:
    """Run `retinue.testing.doubles.NAME`, or any module NAME, as a process of its own until the block ends.

    options: the double's own, such as `mode="ignore-keys"`. Raises RuntimeError when it does not start.
    """
    with tempfile.TemporaryDirectory(prefix="retinue-double-") as folder:
        witness = Path(folder) / "witness.sqlite"
        ours = importlib.util.find_spec(f"{__name__}.{name}") if "." not in name else None
        module = f"{__name__}.{name}" if ours else name
        command = [sys.executable, "-m", module, "--port", "0"]
        command += ["--witness", str(witness), "--until-stdin-closes"]
        command += [part for key, value in options.items() for part in ("--set", f"{key}={value}")]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)  # noqa: S603
        try:
            told = _first_line(process, name)
            control = f"http://127.0.0.1:{told.get('control', told['port'])}"
            yield Running(f"http://127.0.0.1:{told['port']}", witness, process, control)
        finally:
            process.terminate()
            process.communicate(timeout=10)


def _first_line(process: subprocess.Popen[bytes], name: str) -> dict[str, Any]:
    if process.stdout is None or not select.select([process.stdout], [], [], START_SECONDS)[0]:
        raise RuntimeError(f"the double '{name}' said nothing for {START_SECONDS:g} seconds")
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"the double '{name}' ended with code {process.wait(10)}; see its stderr above")
    told: dict[str, Any] = json.loads(line)
    return told
