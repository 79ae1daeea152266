"""Rows set aside: nothing is lost, and what can be mended is loaded after all."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta

import pytest

from retinue.errors import UsageError
from retinue.ingest import quarantine

EVENT = {"event_type": "login", "timestamp": "2026-01-01"}


def test_an_orphan_waits_for_its_customer(shop):
    shop.csv("customers.csv", [{"customer_id": "1"}])
    shop.csv(
        "events.csv",
        [{"event_id": "a", "customer_id": "1", **EVENT}, {"event_id": "b", "customer_id": "2.0", **EVENT}],
    )
    assert shop.load().reasons == {"orphan": 1}
    shop.csv("customers.csv", [{"customer_id": "1"}, {"customer_id": "2"}])
    report = shop.load()
    assert report.released == 1
    assert shop.rows("events", "event_id", "customer_id") == [("a", "1"), ("b", "2")]
    assert shop.aside() == []
    assert shop.load().released == 0


def test_without_a_table_of_customers_whoever_appears_is_one(shop):
    shop.csv("events.csv", [{"event_id": "a", "customer_id": "1", **EVENT}])
    report = shop.load()
    assert report.loaded == 1
    assert any("whoever appears" in sentence for sentence in report.assumptions)


def test_orphans_can_be_let_in(shop):
    shop.csv("customers.csv", [{"customer_id": "1"}])
    shop.csv("e.csv", [{"customer_id": "2", **EVENT}])
    shop.mapping(
        """
[sources.people]
path = "data/customers.csv"
table = "customers"
columns = { customer_id = "customer_id" }
[sources.e]
path = "data/e.csv"
table = "events"
orphans = "load"
columns = { customer_id = "customer_id", event_type = "event_type", timestamp = "timestamp" }
"""
    )
    assert shop.load(mapped=True).loaded == 2


def test_customers_are_loaded_before_what_they_did(shop):
    shop.csv("a_events.csv", [{"customer_id": "1", **EVENT}])
    shop.csv("people.csv", [{"id": "1"}])
    shop.mapping(
        """
[sources.first]
path = "data/a_events.csv"
table = "events"
columns = { customer_id = "customer_id", event_type = "event_type", timestamp = "timestamp" }
[sources.second]
path = "data/people.csv"
table = "customers"
columns = { customer_id = "id" }
"""
    )
    report = shop.load(mapped=True)
    assert [f.table for f in report.files] == ["customers", "events"]
    assert report.quarantined == 0


def test_a_date_in_the_future_waits_for_its_day(shop):
    shop.csv("events.csv", [{"event_id": "a", "customer_id": "1", **EVENT, "timestamp": "2026-06-10"}])
    assert shop.load().reasons == {"future_date": 1}
    assert shop.load(clock=shop.clock + timedelta(days=2)).released == 0
    assert shop.load(clock=shop.clock + timedelta(days=9)).released == 1
    assert len(shop.rows("events")) == 1


MAPPING = """
[sources.pay]
path = "data/pay.csv"
table = "transactions"
[sources.pay.columns]
transaction_id = "id"
customer_id = "who"
amount = "sum"
date = "day"
"""


def test_replay_under_a_mended_mapping(shop):
    rows = [
        {"id": "a", "who": "c", "sum": "5", "day": "2026-01-01", "state": "paid"},
        {"id": "b", "who": "c", "sum": "-3", "day": "2026-01-02", "state": "back"},
        {"id": "c", "who": "", "sum": "3", "day": "2026-01-02", "state": "paid"},
    ]
    shop.csv("pay.csv", rows)
    shop.mapping(MAPPING)
    assert shop.load(mapped=True).reasons == {"missing_customer": 1, "negative_amount": 1}
    assert shop.replay(mapped=True).as_dict() == {"tried": 2, "released": 0, "still": 2}
    shop.mapping(MAPPING + 'status = { column = "state", map = { paid = "succeeded", back = "refunded" } }\n')
    assert shop.replay(mapped=True, reason="negative_amount").as_dict() == {
        "tried": 1,
        "released": 1,
        "still": 0,
    }
    assert [r.reason for r in shop.aside()] == ["missing_customer"]
    assert shop.rows("transactions", "transaction_id", "status")[1] == ("b", "refunded")
    assert shop.replay(mapped=True).released == 0


def test_loading_again_under_a_mended_mapping_also_releases(shop):
    shop.csv("pay.csv", [{"id": "b", "who": "c", "sum": "-3", "day": "2026-01-02", "state": "back"}])
    shop.mapping(MAPPING)
    assert shop.load(mapped=True).quarantined == 1
    shop.mapping(MAPPING + 'status = { column = "state", map = { back = "refunded" } }\n')
    report = shop.load(mapped=True)
    assert (report.loaded, report.quarantined) == (1, 0)
    assert shop.aside() == []


def test_a_rejected_row_of_yesterday_outlives_the_file_of_today(shop):
    shop.csv("events.csv", [{"event_id": "a", "customer_id": "", **EVENT}])
    shop.load()
    shop.csv("events.csv", [{"event_id": "b", "customer_id": "1", **EVENT}])
    shop.load()
    assert [row.raw["event_id"] for row in shop.aside()] == ["a"]


def test_the_decimal_sign_of_the_file_is_remembered_for_its_rejects(shop):
    shop.csv("customers.csv", [{"customer_id": "1"}])
    rows = [
        {"transaction_id": "a", "customer_id": "1", "amount": "1,234.50", "date": "2026-01-01"},
        {"transaction_id": "b", "customer_id": "2", "amount": "2,345", "date": "2026-01-01"},
    ]
    shop.csv("transactions.csv", rows)
    assert shop.load().reasons == {"orphan": 1}
    shop.csv("customers.csv", [{"customer_id": "1"}, {"customer_id": "2"}])
    assert shop.load().released == 1
    assert float(shop.rows("transactions", "transaction_id", "amount")[1][1]) == 2345


def test_list_show_summary_and_dismiss(shop):
    shop.csv(
        "events.csv",
        [{"event_id": str(i), "customer_id": "" if i % 2 else "c", **EVENT} for i in range(6)]
        + [{"event_id": "x", "customer_id": "c", "event_type": "e", "timestamp": "never"}],
    )
    shop.load()
    warehouse = shop.warehouse
    assert quarantine.summary(warehouse) == [("events", "missing_customer", 3), ("events", "bad_date", 1)]
    assert len(quarantine.list_rows(warehouse, limit=2)) == 2
    assert [r.row_number for r in quarantine.list_rows(warehouse, reason="missing_customer")] == [2, 4, 6]
    assert quarantine.list_rows(warehouse, table="tickets") == []
    row = quarantine.list_rows(warehouse, reason="bad_date")[0]
    assert quarantine.show(warehouse, row.quarantine_id) == row
    assert row.as_dict()["raw"] == {
        "event_id": "x",
        "customer_id": "c",
        "event_type": "e",
        "timestamp": "never",
    }
    assert quarantine.dismiss(warehouse, [row.quarantine_id], clock=shop.clock) == 1
    assert quarantine.dismiss(warehouse, [row.quarantine_id], clock=shop.clock) == 0
    assert quarantine.summary(warehouse) == [("events", "missing_customer", 3)]
    assert quarantine.show(warehouse, row.quarantine_id) == row
    with pytest.raises(UsageError) as caught:
        quarantine.show(warehouse, row.quarantine_id[:-1])
    assert row.quarantine_id in caught.value.fix


def test_a_dismissed_row_stays_dismissed(shop):
    shop.csv("events.csv", [{"event_id": "a", "customer_id": "", **EVENT}])
    shop.load()
    quarantine.dismiss(shop.warehouse, [shop.aside()[0].quarantine_id], clock=shop.clock)
    shop.csv(
        "events.csv",
        [{"event_id": "a", "customer_id": "", **EVENT}, {"event_id": "b", "customer_id": "1", **EVENT}],
    )
    shop.load()
    assert shop.aside() == []


LOAD = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from retinue import ingest
from retinue.settings import load_settings
from retinue.warehouse import Warehouse
from retinue.warehouse.engines.duckdb import DuckDBEngine
root = Path(sys.argv[1])
with Warehouse(DuckDBEngine(root / "w.duckdb")) as warehouse:
    ingest.load(warehouse, load_settings(root), clock=datetime(2026, 6, 1, tzinfo=UTC), data=root / "data")
    for table in ("customers", "transactions", "events", "quarantine", "supersessions", "loads"):
        print(warehouse.engine.raw.execute(f'SELECT * FROM "{table}" ORDER BY ALL').fetchall())
"""


def test_killed_and_started_again_gives_the_same_warehouse(shop, make_shop):
    other = make_shop()
    for one in (shop, other):
        one.csv("customers.csv", [{"customer_id": str(i), "email": f"{i}@x.org"} for i in range(5)])
        pays = [
            {"transaction_id": f"t{i}", "customer_id": str(i % 6), "amount": str(i), "date": "2026-01-01"}
            for i in range(40)
        ]
        one.csv("transactions.csv", pays)
        one.csv("events.csv", [{"customer_id": str(i), **EVENT} for i in (1, 1, 2)])
        (one.root / ".retinue").mkdir()
        (one.root / ".retinue" / "key").write_text("00" * 32)

    def run(root, **environment):
        command = [sys.executable, "-c", LOAD, str(root)]
        return subprocess.run(
            command, env={**os.environ, **environment}, capture_output=True, text=True, check=False
        )

    # in the middle of the second file, then after it, then through to the end
    for fault in ("ingest.rows_appended:2:kill", "ingest.file_loaded:1:kill"):
        killed = run(shop.root, RETINUE_FAULT=fault)
        assert killed.returncode == -9, killed.stderr
    again, straight = run(shop.root), run(other.root)
    assert again.returncode == straight.returncode == 0, again.stderr
    assert again.stdout == straight.stdout
    assert list((shop.root / ".retinue" / "tmp").iterdir()) == []
