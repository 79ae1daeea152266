"""How fast one customer's risk is answered: `python -m benchmarks.risk WORKSPACE [--before SRC]`.

Needs a workspace with a finished run; it is copied. The service is started with one worker and asked over
kept connections for the risk of customers in turn, by 1, 8 and 32 callers at once. With `--before`, the
`src` folder of another version of Retinue is measured too, round by round in turn, so that whatever else the
machine does hits both alike; what counts then is the ratio.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.cancel_moment import percentile
from benchmarks.machine import busy
from benchmarks.machine import facts as machine_facts

CALLERS = (1, 8, 32)


def copied(workspace: Path, root: Path) -> Path:
    """A workspace for each version: the store of one may be too new for the other."""
    ignore = shutil.ignore_patterns("warehouse.duckdb*", "artefacts", "spill", "tmp")
    shutil.copytree(workspace / ".retinue", root / ".retinue", ignore=ignore)
    return root


def customers_of(workspace: Path) -> list[str]:
    """The first customers of the newest run, 5,000 at most."""
    with sqlite3.connect(_newest(workspace)) as opened:
        return [row[0] for row in opened.execute("SELECT customer_id FROM customers LIMIT 5000")]


def many_in(workspace: Path) -> int:
    """How many active customers the newest run has."""
    with sqlite3.connect(_newest(workspace)) as opened:
        return int(opened.execute("SELECT count(*) FROM customers").fetchone()[0])


def _newest(workspace: Path) -> Path:
    return max((workspace / ".retinue" / "runs").glob("*/customers.sqlite"))


class Server:
    """The service of one version on a workspace, in a process of its own."""

    def __init__(
        self, root: Path, source: Path | None, token: str | None, *, per_minute: int = 10_000_000
    ) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        environment = {k: v for k, v in os.environ.items() if not k.startswith("RETINUE_")}
        for limit in ("PER_MINUTE", "ADDRESS_PER_MINUTE"):
            environment[f"RETINUE_AUTH__{limit}"] = str(per_minute)
        if token is not None:
            environment["RETINUE_API__TOKEN"] = token
        if source is not None:
            environment["PYTHONPATH"] = str(source)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "retinue", "serve", "--port", str(self.port)],
            cwd=root,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        for _ in range(2_400):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)
        self.stop()
        raise SystemExit("the service did not start")

    def cpu_seconds(self) -> float:
        """What its processes have used of the processor until now."""
        used = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it has just ended
            if int(fields[2]) == self.process.pid:  # its group
                used += int(fields[11]) + int(fields[12])
        return used / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        """End it."""
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(30)


async def call(port: int, names: Sequence[str], token: str | None, until: float) -> list[float]:
    """Ask for one customer after the other over one connection; seconds of each answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    shown = f"Authorization: Bearer {token}\r\n" if token else ""
    asked = [
        f"GET /api/v1/customers/{name}/risk HTTP/1.1\r\nHost: 127.0.0.1\r\n{shown}\r\n".encode()
        for name in names
    ]
    took: list[float] = []
    place = 0
    while time.perf_counter() < until:
        begun = time.perf_counter()
        writer.write(asked[place % len(asked)])
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(head.decode())
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        took.append(time.perf_counter() - begun)
        place += 1
    writer.close()
    return took


async def measure(
    server: Server, names: Sequence[str], callers: int, seconds: float, token: str | None
) -> Any:
    """One round: answers a second, milliseconds, and processor time of the service for one answer, which
    others on the machine change little."""
    until, used = time.perf_counter() + seconds, server.cpu_seconds()
    parts = (call(server.port, names[n::callers], token, until) for n in range(callers))
    found = await asyncio.gather(*parts)
    took = [one for part in found for one in part]
    return {
        "per_second": len(took) / seconds,
        "cpu_ms": 1000 * (server.cpu_seconds() - used) / len(took),
        "p50_ms": 1000 * percentile(took, 0.5),
        "p99_ms": 1000 * percentile(took, 0.99),
    }


def summed(rounds: Sequence[dict[str, float]]) -> dict[str, float]:
    """The median of the rounds."""
    return {name: round(statistics.median(one[name] for one in rounds), 2) for name in rounds[0]}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--before", type=Path, help="`src` of another version")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--token", help="ask with this token instead of as this machine")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="retinue-risk-") as scratch:
        names = customers_of(given.workspace)
        versions = {"now": None} if given.before is None else {"before": given.before.resolve(), "now": None}
        report: dict[str, Any] = {"machine": machine_facts(), "busy_before": busy(), "customers": len(names)}
        rounds: dict[tuple[str, int], list[Any]] = {}
        servers: dict[str, Server] = {}
        try:
            for name, source in versions.items():
                root = copied(given.workspace, Path(scratch) / name)
                servers[name] = Server(root, source, given.token)
            for number in range(given.rounds + 1):
                for callers in CALLERS:
                    for name, server in servers.items():
                        found = asyncio.run(measure(server, names, callers, given.seconds, given.token))
                        if number:  # the first warms up
                            rounds.setdefault((name, callers), []).append(found)
        finally:
            for server in servers.values():
                server.stop()
        for (name, callers), found in rounds.items():
            report[f"{name}, {callers} at once"] = summed(found)
        if given.before is not None:
            report["ratio"] = {
                callers: round(
                    statistics.median(
                        now["per_second"] / then["per_second"]
                        for now, then in zip(rounds["now", callers], rounds["before", callers], strict=True)
                    ),
                    2,
                )
                for callers in CALLERS
            }
        report["busy_after"] = busy()
    print(json.dumps(report, indent=1, default=str))


if __name__ == "__main__":
    main()
