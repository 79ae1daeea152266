# ruff: noqa: E501 - rows of examples read best as rows
"""Mappings in retinue.toml: every way to make a column, and what is said when one does not fit."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal

import pytest

from retinue.errors import DataError, MappingError, PluginError, SettingsError, UsageError

LINES = """Invoice;Stock;Qty;Price;When;Who;Land
1;A;2;6,50;01.12.2009 07:45;13085.0;UK
C2;A;-1;6,50;02.12.2009 08:00;13085;UK
3;B;1;0,00;03.12.2009 09:00;;DE
"""

SHOP = """
[project]
currency = "GBP"
[sources.lines]
kind = "files"
path = "data/lines.csv"
table = "transactions"
time_zone = "Europe/Berlin"
decimal = ","
date_format = "%d.%m.%Y %H:%M"
[sources.lines.columns]
customer_id = "Who"
amount = { expression = "Qty * Price" }
date = "When"
product_id = "Stock"
payment_method = { constant = "card" }
status = { expression = "CASE WHEN Invoice LIKE 'C%' THEN 'refunded' ELSE 'succeeded' END" }
"""


def test_a_shop_with_every_kind_of_column(shop):
    shop.file("lines.csv", LINES)
    shop.mapping(SHOP)
    report = shop.load(mapped=True)
    assert report.reasons == {"missing_customer": 1}
    found = shop.rows("transactions", "amount", "customer_id", "date", "payment_method", "status", "currency")
    assert found == [
        (Decimal("-6.5"), "13085", datetime(2009, 12, 2, 7), "card", "refunded", "GBP"),
        (Decimal(13), "13085", datetime(2009, 12, 1, 6, 45), "card", "succeeded", "GBP"),
    ]


def test_rows_not_wanted_are_skipped_and_counted(shop):
    shop.file("lines.csv", LINES)
    shop.mapping(SHOP.replace('table = "tr', 'where = "Price > 0"\ntable = "tr'))
    report = shop.load(mapped=True)
    assert (report.read, report.loaded, report.skipped, report.quarantined) == (3, 2, 1, 0)


def test_one_file_may_feed_several_tables(shop):
    shop.file("lines.csv", LINES)
    shop.mapping(
        SHOP
        + """
[sources.buyers]
path = "data/lines.csv"
table = "customers"
where = "Who IS NOT NULL"
[sources.buyers.columns]
customer_id = "Who"
country = { column = "Land", map = { UK = "GB" }, default = "?" }
demographic_data = { json = { place = "Land", item = "Stock" } }
"""
    )
    report = shop.load(mapped=True)
    assert [f.table for f in report.files] == ["customers", "transactions"]
    assert shop.rows("customers", "customer_id", "country", "demographic_data") == [
        ("13085", "GB", '{"place":"UK","item":"A"}')
    ]


def test_a_value_is_looked_up_in_another_file(shop):
    shop.csv(
        "use.csv",
        [
            {"contract": "s1", "what": "login", "day": "2026-01-01"},
            {"contract": "s9", "what": "x", "day": "2026-01-01"},
        ],
    )
    shop.csv(
        "contracts.csv",
        [{"id": "s1", "account": "c1"}, {"id": "s1", "account": "other"}, {"id": "s2", "account": "c2"}],
    )
    shop.mapping(
        """
[sources.use]
path = "data/use.csv"
table = "events"
[sources.use.columns]
customer_id = { column = "contract", lookup = { file = "data/contracts.csv", key = "id", value = "account" } }
event_type = "what"
timestamp = "day"
metadata = { json = ["contract"] }
"""
    )
    report = shop.load(mapped=True)
    assert report.reasons == {"missing_customer": 1}
    assert shop.rows("events", "customer_id", "metadata") == [("c1", '{"contract":"s1"}')]
    assert shop.load(mapped=True).files[0].seen_before
    shop.csv("contracts.csv", [{"id": "s1", "account": "c1"}, {"id": "s9", "account": "c9"}])
    assert shop.load(mapped=True).loaded == 1


def test_casts_formats_and_zones_of_one_column(shop):
    shop.csv(
        "t.csv", [{"id": "1.0", "who": "c", "open": "1767225600", "shut": "2026-01-02 10:00", "score": "4"}]
    )
    shop.mapping(
        """
[sources.t]
path = "data/t.csv"
table = "tickets"
[sources.t.columns]
ticket_id = { column = "id", cast = "integer" }
customer_id = "who"
opened_at = { column = "open", format = "epoch_s" }
resolved_at = { column = "shut", time_zone = "America/New_York" }
sentiment_score = { expression = "(score - 3) / 2.0" }
"""
    )
    assert shop.load(mapped=True).quarantined == 0
    assert shop.rows("tickets", "ticket_id", "opened_at", "resolved_at", "sentiment_score") == [
        ("1", datetime(2026, 1, 1), datetime(2026, 1, 2, 15), 0.5)
    ]


def test_null_texts_can_be_stated(shop):
    shop.csv("t.csv", [{"who": "c", "what": "n/a", "day": "2026-01-01"}])
    shop.mapping(
        """
[sources.t]
path = "data/t.csv"
table = "events"
nulls = ["n/a"]
columns = { customer_id = "who", event_type = { column = "what", default = "unknown" }, timestamp = "day" }
"""
    )
    shop.load(mapped=True)
    assert shop.column("events", "event_type") == ["unknown"]


def test_an_expression_over_a_text_that_is_no_number_is_set_aside(shop):
    shop.csv(
        "t.csv",
        [
            {"who": "c", "n": "2", "p": "3"},
            {"who": "c", "n": "two", "p": "3"},
            {"who": "c", "n": "", "p": "3"},
        ],
    )
    shop.mapping(
        """
[sources.t]
path = "data/t.csv"
table = "transactions"
columns = { customer_id = "who", amount = { expression = "n * p" }, date = { constant = "2026-01-01" } }
"""
    )
    assert shop.load(mapped=True).reasons == {"bad_number": 1, "missing_value": 1}


@pytest.mark.parametrize(
    ("line", "kind", "words"),
    [
        ('amount = "Pirce"', MappingError, "Price"),
        ('amount = { expression = "Qty * Pirce" }', MappingError, "Price"),
        ('amonut = "Price"', MappingError, "amount"),
        ('amount = { colunm = "Price" }', SettingsError, "column"),
        ('amount = { column = "Price", constant = 3 }', SettingsError, "exactly one"),
        ('amount = { column = "Price", time_zone = "Mars/Base" }', SettingsError, "time zone"),
        ("amount = { expression = \"getenv('HOME')\" }", MappingError, "getenv"),
        ('amount = { expression = "(SELECT 1)" }', MappingError, "not allowed"),
        ('currency = { constant = "GBP" }', MappingError, "amount"),
    ],
)
def test_a_mapping_that_does_not_fit_says_what_where_and_the_nearest(shop, line, kind, words):
    shop.file("lines.csv", LINES)
    shop.mapping(SHOP.replace('amount = { expression = "Qty * Price" }', line))
    with pytest.raises(kind) as caught:
        shop.load(mapped=True)
    assert words in str(caught.value)
    assert "retinue.toml" in caught.value.where
    assert shop.rows("transactions") == []


@pytest.mark.parametrize(
    ("old", "new", "kind", "words"),
    [
        ('table = "transactions"', 'table = "transaction"', MappingError, "transactions"),
        ('kind = "files"', 'kind = "file"', PluginError, "files"),
        ("data/lines.csv", "data/nothing*.csv", DataError, "nothing*.csv"),
        ("data/lines.csv", "${NOWHERE}/lines.csv", SettingsError, "NOWHERE"),
        ("decimal =", "decmal =", SettingsError, "decimal"),
    ],
)
def test_a_section_that_is_wrong_is_refused_before_anything_is_read(shop, monkeypatch, old, new, kind, words):
    monkeypatch.delenv("NOWHERE", raising=False)
    shop.file("lines.csv", LINES)
    shop.mapping(SHOP.replace(old, new))
    with pytest.raises(kind) as caught:
        shop.load(mapped=True)
    assert words in str(caught.value)


def test_an_unknown_key_names_file_line_and_nearest(shop):
    shop.file("lines.csv", LINES)
    shop.mapping(SHOP.replace("time_zone =", "timezone ="))
    with pytest.raises(SettingsError) as caught:
        shop.load(mapped=True)
    assert caught.value.where.endswith("retinue.toml:8")
    assert "Did you mean 'time_zone'?" in caught.value.fix


def test_without_sources_there_is_nothing_to_load(shop):
    with pytest.raises(UsageError, match="nothing to load"):
        shop.load(mapped=True)


def test_a_variable_names_the_folder_and_stays_in_the_name_of_the_file(shop, monkeypatch, tmp_path):
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "lines.csv").write_text(LINES)
    monkeypatch.setenv("RETINUE_DATA", str(tmp_path / "far"))
    shop.mapping(SHOP.replace("data/lines.csv", "${RETINUE_DATA}/*.csv"))
    report = shop.load(mapped=True)
    assert report.files[0].file == "${RETINUE_DATA}/lines.csv"


def test_personal_data_arrives_as_tokens_everywhere(shop):
    shop.csv(
        "customers.csv",
        [
            {
                "customer_id": "1",
                "name": "Ada Canary",
                "email": "Ada@canary.org",
                "phone": "+49 canary",
                "country": "DE",
                "home_address": "Canary Row 1",
            },
            {
                "customer_id": "",
                "name": "Ada Canary",
                "email": " ada@CANARY.org",
                "phone": "+49 canary",
                "country": "DE",
                "home_address": "Canary Row 1",
            },
        ],
    )
    shop.file(
        "tickets.csv",
        "ticket_id,customer_id,opened_at,text\nk,1,2026-01-01,canary words\nk2,1,never,canary words\nk3,1,canary\n",
    )
    assert shop.load().quarantined == 3
    seen = json.dumps([shop.rows(t) for t in ("customers", "tickets", "quarantine", "loads")], default=str)
    assert "canary" not in seen.lower()
    stored = shop.rows("customers", "email")[0][0]
    kept = next(r for r in shop.aside() if r.table == "customers").raw
    assert stored == kept["email"]
    assert stored.startswith("tok_")


def test_a_personal_row_replayed_keeps_its_token(shop):
    shop.csv(
        "customers.csv", [{"customer_id": "1", "email": "a@x.org", "account_created_date": "2026-06-20"}]
    )
    shop.csv("events.csv", [{"customer_id": "1", "event_type": "e", "timestamp": "2026-01-01"}])
    shop.load()
    token = shop.aside(table="customers")[0].raw["email"]
    from datetime import timedelta

    assert shop.load(clock=shop.clock + timedelta(days=30)).released == 1
    assert shop.column("customers", "email") == [token]


def test_files_of_ours_and_mapped_ones_give_the_same_rows(make_shop):
    ours, theirs = make_shop(), make_shop()
    ours.csv("events.csv", [{"customer_id": "1", "event_type": "e", "timestamp": "2026-01-01 00:00:00"}])
    theirs.file("e.csv", "1,e,2026-01-01\n")
    theirs.mapping(
        """
[sources.data]
path = "data/e.csv"
table = "events"
columns = { customer_id = "column_1", event_type = "column_2", timestamp = "column_3" }
"""
    )
    ours.load()
    theirs.load(mapped=True)
    assert ours.rows("events") == theirs.rows("events")
