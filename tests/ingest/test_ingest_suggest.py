"""Proposed mappings load as they are, and find what a person would have found."""

from __future__ import annotations

import tomllib

import pytest

from retinue.errors import DataError
from retinue.ingest import suggest


def proposal(shop):
    text = suggest(shop.data, root=shop.root)
    shop.mapping(text)
    return tomllib.loads(text).get("sources", {})


def test_invoice_lines(shop):
    lines = ["Invoice,StockCode,Quantity,InvoiceDate,Price,CustomerID"]
    lines += [
        f"{480000 + i // 3},S{i % 7},{(i % 5) + 1},2009-12-01 07:{i % 60:02}:00,{i % 9}.95,{13000 + i % 11}"
        for i in range(90)
    ]
    lines.append("C489999,S1,-2,2009-12-02 08:00:00,1.95,13001")
    shop.file("online_retail.csv", "\n".join(lines) + "\n")
    section = proposal(shop)["online_retail"]
    assert section["table"] == "transactions"
    assert section["path"] == "data/online_retail.csv"
    columns = section["columns"]
    assert columns["customer_id"] == "CustomerID"
    assert columns["date"] == "InvoiceDate"
    assert columns["product_id"] == "StockCode"
    assert "Quantity" in columns["amount"]["expression"]
    assert "transaction_id" not in columns
    report = shop.load(mapped=True)
    assert (report.loaded, report.quarantined) == (91, 0)


def test_a_software_business(shop):
    shop.csv(
        "accounts.csv",
        [
            {
                "account_id": f"A{i}",
                "account_name": f"Firm {i}",
                "country": "DE",
                "signup_date": f"2024-01-{i + 1:02}",
                "seats": i,
            }
            for i in range(25)
        ],
    )
    shop.csv(
        "subscriptions.csv",
        [
            {
                "subscription_id": f"S{i}",
                "account_id": f"A{i % 20}",
                "plan_tier": "Pro",
                "mrr_amount": 10 * i,
                "start_date": "2024-02-01",
                "end_date": "",
            }
            for i in range(30)
        ],
    )
    shop.csv(
        "feature_usage.csv",
        [
            {
                "usage_id": f"U{i % 90}",
                "subscription_id": f"S{i % 30}",
                "usage_date": "2024-03-01",
                "feature_name": f"f{i % 4}",
            }
            for i in range(100)
        ],
    )
    shop.csv(
        "support_tickets.csv",
        [
            {
                "ticket_id": f"T{i}",
                "account_id": f"A{i % 20}",
                "submitted_at": "2024-03-01",
                "closed_at": "2024-03-02 10:00:00",
                "satisfaction_score": 1 + i % 5,
            }
            for i in range(30)
        ],
    )
    found = proposal(shop)
    assert {n: s["table"] for n, s in found.items()} == {
        "accounts": "customers",
        "feature_usage": "events",
        "subscriptions": "subscriptions",
        "support_tickets": "tickets",
    }
    assert found["accounts"]["columns"]["customer_id"] == "account_id"
    assert found["subscriptions"]["columns"]["mrr"] == "mrr_amount"
    assert found["feature_usage"]["columns"]["customer_id"]["lookup"]["value"] == "account_id"
    assert (
        found["support_tickets"]["columns"]["sentiment_score"]["expression"]
        == '("satisfaction_score" - 3) / 2.0'
    )
    report = shop.load(mapped=True)
    assert report.quarantined == 0
    assert report.loaded == 25 + 30 + 100 + 30


def test_payments_with_states_of_their_own_and_a_decimal_comma(shop):
    rows = [
        f"P{i};C{i % 9};{i},50;{i % 28 + 1:02}.03.2026;{['Paid', 'declined', 'Refund', 'odd'][i % 4]}"
        for i in range(40)
    ]
    shop.file("payments.csv", "payment_id;client;total;paid_at;state\n" + "\n".join(rows) + "\n")
    section = proposal(shop)["payments"]
    assert section["decimal"] == ","
    assert section["columns"]["status"]["map"] == {
        "Paid": "succeeded",
        "declined": "failed",
        "Refund": "refunded",
    }
    report = shop.load(mapped=True)
    assert (report.loaded, report.reasons) == (30, {"unknown_category": 10})


def test_a_file_that_fits_nothing_is_commented_out(shop):
    shop.csv("weather.csv", [{"station": "x", "mm": 3}, {"station": "y", "mm": 4}])
    shop.file("nothing.csv", "")
    text = suggest(shop.data)
    assert tomllib.loads(text) == {}
    assert "station, mm" in text
    assert "empty" in text


def test_names_that_need_quoting_stay_valid(shop):
    rows = [
        {'Customer "No"': i % 5, "Amount, net": i, "Order Date": "2026-01-01", "a\\b": 1} for i in range(20)
    ]
    shop.csv("orders.csv", rows)
    assert proposal(shop)["orders"]["columns"]["date"] == "Order Date"
    assert shop.load(mapped=True).loaded >= 0


def test_nothing_to_look_at(tmp_path):
    with pytest.raises(DataError, match="no data file"):
        suggest(tmp_path)
