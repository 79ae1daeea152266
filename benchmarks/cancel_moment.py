"""How long a customer at the cancel button waits: `python -m benchmarks.cancel_moment WORKSPACE`.

Needs a workspace with a run that left facts for the button. It is copied; the facts are multiplied under new
ids to as many customers as wanted, so that the file has the size of a larger business; then the service is
started and asked over HTTP, each time by another customer. Every answer is a decision with its receipt, on
disk before it is given.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from benchmarks.machine import busy
from benchmarks.machine import facts as machine_facts
from retinue.campaigns.cancel_moment import sign_token

SECRET = secrets.token_urlsafe(24)


def multiply(facts: Path, customers: int) -> list[str]:
    """Give the file so many customers by copying those it has; the ids of all."""
    connection = sqlite3.connect(facts)
    rows = connection.execute("SELECT customer_id, body FROM customers ORDER BY customer_id").fetchall()
    copies = -(-customers // len(rows))
    more = ((f"{name}-{copy}", body) for copy in range(1, copies) for name, body in rows)
    connection.executemany("INSERT INTO customers VALUES (?, ?)", more)
    connection.commit()
    ids = [row[0] for row in connection.execute("SELECT customer_id FROM customers")]
    connection.close()
    return ids


def percentile(values: Sequence[float], share: float) -> float:
    """The value that so large a share is not above."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def measure(base: str, ids: Sequence[str], *, at_once: int) -> dict[str, Any]:
    """Ask for every id; milliseconds, and how many of each answer."""
    expires = int(time.time()) + 900

    def ask(client: httpx.Client, name: str) -> tuple[float, str]:
        token = sign_token(name, secrets.token_urlsafe(9), expires=expires, secret=SECRET)
        begun = time.perf_counter()
        answer = client.post("/api/v1/cancel/offer", json={"token": token, "reason": "too_expensive"})
        took = time.perf_counter() - begun
        answer.raise_for_status()
        return 1000 * took, answer.json()["answer"]

    def share(part: Sequence[str]) -> list[tuple[float, str]]:
        with httpx.Client(base_url=base, timeout=30) as client:
            return [ask(client, name) for name in part]

    with ThreadPoolExecutor(at_once) as pool:
        found = [one for part in pool.map(share, [ids[n::at_once] for n in range(at_once)]) for one in part]
    times = [took for took, _ in found]
    return {
        "asked": len(ids),
        "at_once": at_once,
        **{f"p{int(100 * p)}_ms": round(percentile(times, p), 1) for p in (0.5, 0.95, 0.99)},
        "worst_ms": round(max(times), 1),
        "answers": dict(Counter(kind for _, kind in found)),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--asks", type=int, default=1_000)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="retinue-button-") as scratch:
        root = Path(scratch)
        ignore = shutil.ignore_patterns("warehouse.duckdb*", "artefacts", "spill", "tmp")
        shutil.copytree(given.workspace / ".retinue", root / ".retinue", ignore=ignore)
        facts = max((root / ".retinue" / "runs").glob("*/cancel.sqlite"))
        ids = multiply(facts, given.customers)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        environment = {k: v for k, v in os.environ.items() if not k.startswith("RETINUE_")}
        environment |= {
            "RETINUE_API__CANCEL_SECRET": SECRET,
            "RETINUE_CANCEL__FACTS_DAYS": "100000",
            "RETINUE_CANCEL__ADDRESS_PER_MINUTE": "1000000",
        }
        begun = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "retinue", "serve", "--port", str(port)],
            cwd=root,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        base = f"http://127.0.0.1:{port}"
        try:
            while True:
                try:
                    httpx.get(f"{base}/healthz")
                    break
                except httpx.HTTPError:
                    time.sleep(0.02)
            started = time.perf_counter() - begun
            step = len(ids) // (2 * given.asks) or 1
            spread = ids[::step]
            report = {
                "machine": machine_facts(),
                "busy_before": busy(),
                "customers": len(ids),
                "facts_mb": round(facts.stat().st_size / 1e6, 1),
                "start_s": round(started, 2),
                "one_after_another": measure(base, spread[: given.asks], at_once=1),
                "four_at_once": measure(base, spread[given.asks : 2 * given.asks], at_once=4),
                "busy_after": busy(),
            }
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)
    print(json.dumps(report, indent=1, default=str))


if __name__ == "__main__":
    main()
