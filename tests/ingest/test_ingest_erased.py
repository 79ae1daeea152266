"""Rows of somebody who was erased are refused, counted, and nothing of them is kept."""

from __future__ import annotations

from pathlib import Path

from tests.ingest.conftest import CLOCK, Shop

from retinue.ingest.contacts import load_contacts
from retinue.privacy import workspace_key
from retinue.privacy.erased import Line, erasure_list, erasure_token
from retinue.store import Store
from retinue.store.contacts import count_contacts


def erased(shop: Shop, *customers: str) -> None:
    key = workspace_key(shop.settings.state)
    for name in customers:
        erasure_list(shop.settings).add(Line(erasure_token(name, key), "2026-05-01T00:00:00Z", "prv_1"))


def test_rows_of_the_erased_are_refused_whatever_else_is_wrong_with_them(shop: Shop) -> None:
    erased(shop, "C1", "C9")
    shop.csv(
        "customers.csv", [{"customer_id": f"C{n}", "name": f"Name{n}", "country": "DE"} for n in range(3)]
    )
    rows = [
        ("T0", "C0", "5.0", "2026-01-01"),
        ("T1", "C1", "5.0", "2026-01-01"),
        ("T2", "C1", "canary", "2026-01-01"),  # broken as well
        ("T3", "C9", "5.0", "2026-01-01"),  # unknown as well
        ("T4", "C8", "5.0", "2026-01-01"),  # only unknown
    ]
    names = ("transaction_id", "customer_id", "amount", "date")
    shop.csv("transactions.csv", [dict(zip(names, row, strict=True)) for row in rows])
    report = shop.load()
    reasons = {file.table: file.reasons for file in report.files}
    assert reasons == {"customers": {"erased": 1}, "transactions": {"erased": 3, "orphan": 1}}
    aside = shop.warehouse.engine.connection.table("quarantine").to_pyarrow().to_pylist()
    refused = [row for row in aside if row["reason"] == "erased"]
    assert [(row["raw"], row["value"]) for row in refused] == [("{}", None)] * 4
    held = str(shop.warehouse.engine.connection.table("transactions").to_pyarrow().to_pylist()) + str(aside)
    for word in ("C1'", "C9", "canary", "T1", "T2", "T3"):
        assert word not in held
    assert "T0" in held


def test_without_anybody_on_the_list_nothing_is_asked(shop: Shop) -> None:
    shop.csv("customers.csv", [{"customer_id": "C1", "country": "DE"}])
    assert shop.load().files[0].reasons == {}


def test_contacts_of_the_erased_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "contacts.csv"
    file.write_text("customer_id,email\nC1,a@example.org\nC2,b@example.org\n")
    store = Store(tmp_path / "store.sqlite")
    found = load_contacts(store, file, clock=CLOCK, erased=lambda name: name == "C1")
    assert found.rejected == [(1, "the customer was erased")]
    assert count_contacts(store) == 1
    store.close()
