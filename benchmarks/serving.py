"""How the service bears load: `python -m benchmarks.serving WORKSPACE [--write]`.

Needs a workspace with a finished run; it is copied. The service is started with one worker. For each reading,
1, 8 and 32 callers ask over kept connections as fast as they are answered. Then comes overload: the limit
of requests a minute is set to a fifth of what was measured at 32 callers, so that five times as much is asked
as is let in, and every answer must be 200 or 429 with `Retry-After`; then the next caller must be answered.
The callers run on the same machine. `--write` writes docs/serving.md.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from benchmarks.cancel_moment import percentile
from benchmarks.machine import busy, said_of_load
from benchmarks.risk import CALLERS, Server, copied, customers_of, many_in

PAGE = Path(__file__).parents[1] / "docs" / "serving.md"
TOKEN = secrets.token_urlsafe(32)
READINGS = {
    "risk of a customer": "/api/v1/customers/{}/risk",
    "a customer": "/api/v1/customers/{}",
    "20 customers": "/api/v1/customers?limit=20",
    "health": "/healthz",
}


async def call(port: int, paths: Sequence[str], until: float) -> list[tuple[float, int, bool]]:
    """Ask for one path after the other over one connection: seconds, status, and whether it says when to
    come again."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    found: list[tuple[float, int, bool]] = []
    while time.perf_counter() < until:
        path = paths[len(found) % len(paths)]
        begun = time.perf_counter()
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode()
        )
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        await reader.readexactly(int(head.split(b"content-length:")[1].split(b"\r\n")[0]))
        found.append((time.perf_counter() - begun, int(head.split(b" ", 2)[1]), b"\r\nretry-after:" in head))
    writer.close()
    return found


async def load(
    port: int, paths: Sequence[str], callers: int, seconds: float
) -> list[tuple[float, int, bool]]:
    """All answers that some callers got in some seconds."""
    until = time.perf_counter() + seconds
    parts = await asyncio.gather(*(call(port, paths[n:] + paths[:n], until) for n in range(callers)))
    return [one for part in parts for one in part]


def measured(workspace: Path, seconds: float) -> tuple[list[str], float]:
    """A line for each reading and number of callers; answers a second of the first at most callers."""
    lines, most = [], 0.0
    with tempfile.TemporaryDirectory(prefix="retinue-serving-") as scratch:
        names = customers_of(workspace)
        server = Server(copied(workspace, Path(scratch)), None, TOKEN)
        try:
            for name, path in READINGS.items():
                paths = [path.format(one) for one in names]
                asyncio.run(load(server.port, paths, 8, 1.0))  # it warms up
                for callers in CALLERS:
                    found = asyncio.run(load(server.port, paths, callers, seconds))
                    took, wrong = [one[0] for one in found], sum(one[1] != 200 for one in found)
                    rate = len(found) / seconds
                    half, tail = (1000 * percentile(took, share) for share in (0.5, 0.99))
                    lines.append(f"| {name} | {callers} | {rate:,.0f} | {half:.1f} | {tail:.1f} | {wrong} |")
                    if name == next(iter(READINGS)):
                        most = rate
        finally:
            server.stop()
    return lines, most


def overloaded(workspace: Path, seconds: float, per_second: float) -> str:
    """A sentence on what five times too many requests came to."""
    per_minute = max(60, int(per_second * 60 / 5))
    with tempfile.TemporaryDirectory(prefix="retinue-serving-") as scratch:
        names = customers_of(workspace)
        server = Server(copied(workspace, Path(scratch)), None, TOKEN, per_minute=per_minute)
        try:
            paths = [READINGS["risk of a customer"].format(one) for one in names]
            deadline = time.perf_counter() + 60
            while not any(one[1] == 429 for one in asyncio.run(load(server.port, paths, 32, 1.0))):
                if time.perf_counter() > deadline:
                    raise SystemExit("the limit was never reached")
            found = asyncio.run(load(server.port, paths, 32, seconds))
            told = Counter(one[1] for one in found)
            silent = sum(status == 429 and not says for _, status, says in found)
            begun = time.perf_counter()
            while asyncio.run(load(server.port, paths[:1], 1, 0.02))[-1][1] != 200:
                time.sleep(0.1)
            back = time.perf_counter() - begun
        finally:
            server.stop()
    if set(told) - {200, 429}:
        raise SystemExit(f"answers that should not be: {told}")
    asked = ", ".join(f"{many:,} times {status}" for status, many in sorted(told.items()))
    times = len(found) / seconds / (per_minute / 60)
    return (
        f"A limit of {per_minute:,} requests a minute, and 32 callers who ask {times:.1f} times as much for\n"
        f"{seconds:g} s: answered {asked}; {silent} of the refusals did not say when to come\n"
        f"again. The next caller was answered {back:.1f} s later."
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and write the section of the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args(arguments)
    before = busy()
    lines, most = measured(given.workspace, given.seconds)
    said = overloaded(given.workspace, given.seconds, most)
    section = "\n".join(
        [
            "# Serving under load",
            "",
            "Written by `python -m benchmarks.serving WORKSPACE --write`. One worker of the service on a",
            f"business of {many_in(given.workspace):,} active customers, a file as its store. The callers "
            "run on the same machine,",
            "each over one kept connection, and ask again as soon as they are answered, "
            f"for {given.seconds:g} s.",
            "",
            *said_of_load(before),
            "",
            "| reading | callers | answers a second | p50, ms | p99, ms | not 200 |",
            "| --- | --- | --- | --- | --- | --- |",
            *lines,
            "",
            "## Five times too much",
            said,
            "",
        ]
    )
    print(section)
    if given.write:
        PAGE.write_text(section, encoding="utf-8")


if __name__ == "__main__":
    main()
