"""A scrape asks the store seldom enough, and shows the rest when it cannot be asked."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from retinue.monitoring import scrape
from retinue.settings import Settings
from retinue.store import Store
from retinue.store.stops import stop

NOW = datetime(2026, 2, 14, 9, tzinfo=UTC)


def test_an_answer_is_kept_for_a_while_and_longer_where_asking_takes_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path / "store.sqlite")
    moment, takes = [1000.0], [0.0]

    def clock() -> datetime:
        moment[0] += takes[0]
        return NOW

    monkeypatch.setattr(scrape.time, "monotonic", lambda: moment[0])
    meter = scrape.meter_of(store, Settings(root=tmp_path), clock)

    def stopped() -> bool:
        return b"retinue_stopped 1.0" in meter.shown()[0]

    assert not stopped()
    stop(store, who="ada", clock=NOW)
    moment[0] += scrape.FRESH_SECONDS - 0.1
    assert not stopped()
    moment[0] += 0.1
    takes[0] = 2.0
    assert stopped()
    takes[0] = 0.0
    store.close()
    with store.engine.connect() as connection:
        connection.exec_driver_sql("DROP TABLE deliveries")
    moment[0] += 2.0 / scrape.MOST_SHARE - 0.1
    assert stopped()
    moment[0] += 0.2
    assert b"retinue_up 0.0" in meter.shown()[0]
    store.close()


def test_a_scrape_waits_for_no_writer(tmp_path: Path) -> None:
    place = tmp_path / "store.sqlite"
    store, other = Store(place), Store(place)
    with other.transaction():  # holds the right to write
        begun = scrape.time.monotonic()
        shown = scrape.meter_of(store, Settings(root=tmp_path), lambda: NOW).shown()[0]
        assert b"retinue_up 1.0" in shown
        assert scrape.time.monotonic() - begun < 5  # a writer that waits gives up after ten
    store.close()
    other.close()
