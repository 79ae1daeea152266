"""The kill switch: at once, from another process, and never without a trace."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from retinue.errors import UsageError
from retinue.store import Store
from retinue.store.stops import resume, stop, stopped, switches

CLOCK = datetime(2026, 2, 14, 9, 30, tzinfo=UTC)


def test_stop_and_resume_are_both_kept(store: Store) -> None:
    assert stopped(store) is None
    made = stop(store, who="ada", reason="wrong prices", clock=CLOCK)
    assert stopped(store) == made
    assert made.in_words() == "stopped by ada at 2026-02-14 09:30 UTC: wrong prices"
    again = stop(store, who="ben", clock=CLOCK)
    assert stopped(store) == again
    gone_on = resume(store, who="ada", reason="mended", clock=CLOCK)
    assert stopped(store) is None
    assert switches(store) == [gone_on, again, made]
    assert switches(store)[-1].as_dict() == {
        "number": 1,
        "action": "stop",
        "at": "2026-02-14T09:30:00Z",
        "who": "ada",
        "reason": "wrong prices",
    }


def test_there_is_nothing_to_resume(store: Store) -> None:
    with pytest.raises(UsageError, match="Nothing is stopped"):
        resume(store, who="ada", clock=CLOCK)
    assert switches(store) == []


@pytest.mark.parametrize("change", ["UPDATE switches SET reason = ''", "DELETE FROM switches"])
def test_history_cannot_be_changed(store: Store, change: str) -> None:
    stop(store, who="ada", reason="wrong prices", clock=CLOCK)
    with pytest.raises(DatabaseError, match="only ever added to"), store.transaction() as session:
        session.execute(text(change))
    assert switches(store)[0].reason == "wrong prices"


def test_it_is_seen_while_another_process_writes(store: Store, place: Path | str) -> None:
    code = (
        "import sys; from datetime import UTC, datetime;"
        "from retinue.store import Store; from retinue.store.stops import stop;"
        "stop(Store(sys.argv[1]), who='other', clock=datetime.now(UTC))"
    )
    subprocess.run([sys.executable, "-c", code, str(place)], check=True)
    with store.transaction():  # holds the write lock: reading must not wait for it
        found = stopped(store)
    assert found is not None
    assert found.who == "other"
