"""Progress of a load: it never falls, tells more than once a file, and ends at exactly 1."""

from __future__ import annotations

import gzip
import time
from itertools import pairwise

import duckdb
import pytest

from retinue import ingest
from retinue.errors import MappingError
from retinue.warehouse.engines import watch


def shares(shop, **how):
    told = []
    ingest.load(shop.warehouse, shop.settings, clock=shop.clock, data=shop.data, progress=told.append, **how)
    return told


def rising(told):
    return all(0 < a < b for a, b in pairwise(told))


@pytest.fixture
def filled(shop):
    shop.csv("customers.csv", [{"customer_id": f"c{n}"} for n in range(100)])
    shop.csv(
        "transactions.csv",
        [
            {"transaction_id": n, "customer_id": f"c{n % 120}", "amount": "5", "date": "2026-01-01"}
            for n in range(50_000)
        ],
    )
    shop.file("tickets.csv.gz", gzip.compress(b"ticket_id,customer_id,opened_at\n1,c1,2026-01-01\n"))
    shop.file("events.csv", "")
    return shop


def test_it_rises_to_the_end(filled):
    told = shares(filled)
    assert rising(told)
    assert len(told) > 10
    assert told[-1] == 1.0


def test_files_seen_before_and_rows_tried_again_count_too(filled):
    shares(filled)
    filled.csv("customers.csv", [{"customer_id": f"c{n}"} for n in range(110)])
    told = shares(filled)
    assert rising(told)
    assert told[-1] == 1.0


def test_the_large_file_has_the_large_share(filled):
    told = shares(filled)
    largest = max(b - a for a, b in pairwise([0.0, *told]))
    assert largest < 0.5


def test_a_load_that_fails_does_not_end(shop):
    shop.csv("customers.csv", [{"customer_id": "c"}])
    shop.csv("transactions.csv", [{"no": "1"}])
    told = []
    with pytest.raises(MappingError):
        ingest.load(shop.warehouse, shop.settings, clock=shop.clock, data=shop.data, progress=told.append)
    assert rising(told)
    assert told[-1] < 1.0


def test_a_running_query_tells_how_far_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr(watch, "SECONDS", 0.01)
    told = []
    with duckdb.connect(str(tmp_path / "w.duckdb"), config={"threads": 1}) as connection:
        connection.execute("CREATE TABLE many AS SELECT range AS n FROM range(3_000_000)")
        started = time.perf_counter()
        with watch.watched(connection, told.append):
            connection.execute("SELECT count(DISTINCT md5(n::VARCHAR)) FROM many").fetchall()
        assert told or time.perf_counter() - started < 0.5
        count = len(told)
        connection.execute("SELECT count(DISTINCT md5(n::VARCHAR)) FROM many").fetchall()
    assert len(told) == count
    assert all(0 < share <= 1 for share in told)
