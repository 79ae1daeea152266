"""How fast the audit trail is written and verified, beside the same with the standard library alone.

`python -m benchmarks.audit [records]` (a million by default) on a file of SQLite. The peer is the loop that
one would write: json and hashlib, a list in memory, no database, no end that is held against other writers.
So it is what hashing alone costs; the rest is what it costs that nothing is lost. CPU is the process's own
time, which says more on a machine that others use too.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from retinue.store import Store
from retinue.store.audit import on_record
from retinue.store.audit.ahead import Ahead
from retinue.store.audit.record import GENESIS, entry_of
from retinue.store.audit.verify import verify

AT_ONCE = 1_000


def measured(what: str, many: int, work: Callable[[], Any]) -> None:
    """Do the work and say how long it took."""
    begun, used = time.perf_counter(), time.process_time()
    work()
    seconds, cpu = time.perf_counter() - begun, time.process_time() - used
    print(f"| {what} | {many:,} | {seconds:.2f} s | {many / seconds:,.0f} | {cpu:.2f} s |", flush=True)


def main(records: int) -> None:
    """Measure, and print a table."""
    print("| what | records | time | a second | CPU |\n| --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        store = Store(place / "store.sqlite")
        measured("an act each, on disk each", 200, lambda: alone(store, 200))
        measured(f"{AT_ONCE:,} in a transaction", records, lambda: together(store, records))
        ahead = Ahead(store, place / "ahead")
        measured("readings, in a file each", 50_000, lambda: readings(ahead, 50_000))
        measured("the same until they are in the chain", 50_000, ahead.close)
        total = records + 50_200
        measured("verified", total, lambda: whole(store))
        store.close()
    chain: list[list[Any]] = []
    measured("standard library: hashed in memory", records, lambda: plain(chain, records))
    measured("standard library: verified in memory", records, lambda: checked(chain))


def alone(store: Store, many: int) -> None:
    for number in range(many):
        with store.transaction() as session:
            on_record(session, "delivery.sent", "delivery", f"dlv_{number}", actor="worker", cents=number)


def together(store: Store, many: int) -> None:
    for begun in range(0, many, AT_ONCE):
        with store.transaction() as session:
            for number in range(begun, min(begun + AT_ONCE, many)):
                on_record(session, "delivery.sent", "delivery", f"dlv_{number}", actor="worker", cents=number)


def readings(ahead: Ahead, many: int) -> None:
    for number in range(many):
        detail = {"run": "CAMP_2026_02_14_001", "what": "risk"}
        ahead.put(entry_of("key_1", "prediction.served", "customer", f"C{number}", detail))


def whole(store: Store) -> None:
    assert verify(store).whole


def plain(chain: list[list[Any]], many: int) -> None:
    last = GENESIS
    for number in range(many):
        fields = [number, "t", "worker", "delivery.sent", "delivery", f"dlv_{number}", "{}", last]
        last = hashlib.sha256(json.dumps(fields, separators=(",", ":")).encode()).hexdigest()
        chain.append([*fields, last])


def checked(chain: list[list[Any]]) -> None:
    last = GENESIS
    for *fields, found in chain:
        assert fields[7] == last
        last = hashlib.sha256(json.dumps(fields, separators=(",", ":")).encode()).hexdigest()
        assert last == found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("records", type=int, nargs="?", default=1_000_000)
    main(parser.parse_args().records)
