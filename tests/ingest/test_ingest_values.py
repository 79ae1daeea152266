# ruff: noqa: E501 - rows of examples read best as rows
"""The stated treatment of values: what is read as what, and what is set aside for which reason."""

from __future__ import annotations

from decimal import Decimal

import pytest

HEAD = "transaction_id,customer_id,amount,date,status,currency\n"


def transactions(shop, lines):
    shop.file("transactions.csv", HEAD + "".join(f"{line}\n" for line in lines))
    return shop.load()


BAD = [
    ("a01,c1,nan,2026-01-01,,", "not_finite", "amount"),
    ("a02,c1,NaN,2026-01-01,,", "not_finite", "amount"),
    ("a03,c1,inf,2026-01-01,,", "not_finite", "amount"),
    ("a04,c1,-Infinity,2026-01-01,,", "not_finite", "amount"),
    ("a05,c1,1e400,2026-01-01,,", "not_finite", "amount"),
    ("a06,c1,1e308,2026-01-01,,", "out_of_range", "amount"),
    ("a07,c1,99999999999999999999,2026-01-01,,", "out_of_range", "amount"),
    ("a08,c1,abc,2026-01-01,,", "bad_number", "amount"),
    ("a09,c1,0x10,2026-01-01,,", "bad_number", "amount"),
    ('a10,c1,"1,234",2026-01-01,,', "ambiguous_number", "amount"),
    ("a11,c1,,2026-01-01,,", "missing_value", "amount"),
    ("a12,c1,-5,2026-01-01,,", "negative_amount", "amount"),
    ("a13,c1,-5,2026-01-01,succeeded,", "negative_amount", "amount"),
    ("a14,c1,-5,2026-01-01,failed,", "negative_amount", "amount"),
    ("a15,c1,5,2026-01-01,paid,", "unknown_category", "status"),
    ("a16,c1,5,2026-01-01,,USD", "currency", "currency"),
    ("a17,c1,5,2026-06-02 00:00:01,,", "future_date", "date"),
    ("a18,c1,5,1900-01-01,,", "absurd_date", "date"),
    ("a19,c1,5,9999-12-31,,", "absurd_date", "date"),
    ("a20,c1,5,0001-01-01,,", "absurd_date", "date"),
    ("a21,c1,5,infinity,,", "bad_date", "date"),
    ("a22,c1,5,epoch,,", "bad_date", "date"),
    ("a23,c1,5,2026-02-30,,", "bad_date", "date"),
    ("a24,c1,5,2026-01-01 25:00,,", "bad_date", "date"),
    ("a25,c1,5,yesterday,,", "bad_date", "date"),
    ("a26,c1,5,,,", "missing_value", "date"),
    ("a27,,5,2026-01-01,,", "missing_customer", "customer_id"),
    ("a28,NULL,5,2026-01-01,,", "missing_customer", "customer_id"),
    (",c1,5,2026-01-01,,", "missing_value", "transaction_id"),
    ("a\x001,c1,5,2026-01-01,,", "nul_byte", "transaction_id"),
    (f"{'t' * 1025},c1,5,2026-01-01,,", "too_long", "transaction_id"),
]


def test_a_bad_value_is_set_aside_with_place_and_reason_and_the_rest_load(shop):
    good = "g1,c1,5,2026-01-01,,"
    report = transactions(shop, [good, *(line for line, _, _ in BAD)])
    assert report.loaded == 1
    found = {row.row_number: (row.reason, row.column) for row in shop.aside()}
    assert found == {i: (reason, column) for i, (_, reason, column) in enumerate(BAD, 2)}
    for row in shop.aside():
        assert row.detail
        assert row.file == "transactions.csv"
    assert shop.aside(reason="absurd_date")[0].raw["transaction_id"] == "a18"
    assert shop.aside(reason="absurd_date")[0].value == "1900-01-01"


def test_numbers_are_exact_decimals(shop):
    written = ["5", "5.00005", "1e3", "-0", " 7.5 ", "+3", ".5", "0"]
    transactions(shop, [f"t{i},c,{w},2026-01-01,," for i, w in enumerate(written)])
    read = ["5", "5.0001", "1000", "0", "7.5", "3", "0.5", "0"]
    assert [a for _, a in shop.rows("transactions", "transaction_id", "amount")] == [Decimal(r) for r in read]


def test_dates_are_read_as_utc(shop):
    pairs = [
        ("2026-01-05", "2026-01-05 00:00:00"),
        ("2026-1-5", "2026-01-05 00:00:00"),
        ("2026-01-05 10:00", "2026-01-05 10:00:00"),
        ("2026-01-05T10:00:01Z", "2026-01-05 10:00:01"),
        ("2026-01-05T10:00:01.25Z", "2026-01-05 10:00:01.250000"),
        ("2026-01-05T10:00:01+02:00", "2026-01-05 08:00:01"),
        ("2026-01-05T10:00+0200", "2026-01-05 08:00:00"),
        ("2026-01-05T10:00Z", "2026-01-05 10:00:00"),
        ("2026-01-05 10:00+02", "2026-01-05 08:00:00"),
        ("2026-01-05 10:00:00 -05:00", "2026-01-05 15:00:00"),
        ("2026-01-05 10:00:00 UTC", "2026-01-05 10:00:00"),
        ("2026/01/05 10:00:00", "2026-01-05 10:00:00"),
        ("2026-06-01 23:59:59", "2026-06-01 23:59:59"),
    ]
    report = transactions(shop, [f"t{i:02},c,5,{written},," for i, (written, _) in enumerate(pairs)])
    assert report.reasons == {}
    assert [str(d) for _, d in shop.rows("transactions", "transaction_id", "date")] == [
        utc for _, utc in pairs
    ]


def test_a_negative_amount_is_fine_for_a_refund(shop):
    transactions(shop, ["t1,c1,-5,2026-01-01,Refunded,"])
    assert shop.rows("transactions", "amount", "status") == [(Decimal(-5), "refunded")]


def test_missing_status_and_currency_are_filled_and_letter_case_does_not_matter(shop):
    transactions(shop, ["t1,c1,5,2026-01-01,,", "t2,c1,5,2026-01-01,Succeeded,eur"])
    assert shop.rows("transactions", "status", "currency") == [("succeeded", "EUR")] * 2


@pytest.mark.parametrize(
    ("values", "read"),
    [
        (["1,234.50", "7"], ["7", "1234.50"]),
        (["1.234,50", "7"], ["7", "1234.50"]),
        (["12,5", "1.000"], ["12.5", "1000"]),
        (["1,234,567", "1,000"], ["1000", "1234567"]),
        (["1 234,50", "3"], ["3", "1234.50"]),
    ],
)
def test_the_decimal_sign_is_found_when_a_value_leaves_no_doubt(shop, values, read):
    shop.csv(
        "transactions.csv",
        [
            {"transaction_id": f"t{i}", "customer_id": "c", "amount": v, "date": "2026-01-01"}
            for i, v in enumerate(values)
        ],
    )
    assert shop.load().quarantined == 0
    assert shop.column("transactions", "amount") == [Decimal(r) for r in read]


def test_one_file_has_one_decimal_sign(shop):
    values = ["1,234.50", "2,345.60", "1.234,50"]
    shop.csv(
        "transactions.csv",
        [
            {"transaction_id": f"t{i}", "customer_id": "c", "amount": v, "date": "2026-01-01"}
            for i, v in enumerate(values)
        ],
    )
    report = shop.load()
    assert report.reasons == {"bad_number": 1}
    assert "decimal point" in shop.aside()[0].detail
    assert any("set decimal" in sentence for sentence in report.assumptions)


def test_a_decimal_comma_can_be_stated(shop):
    shop.file("t.csv", "id;c;a;d\n1;x;1.234;2026-01-01\n2;x;2,5;2026-01-01\n")
    shop.mapping(
        """
[sources.t]
path = "data/t.csv"
table = "transactions"
decimal = ","
columns = { transaction_id = "id", customer_id = "c", amount = "a", date = "d" }
"""
    )
    assert shop.load(mapped=True).loaded == 2
    assert shop.column("transactions", "amount") == [Decimal("2.5"), Decimal(1234)]


@pytest.mark.parametrize(
    ("values", "first"),
    [
        (["13/02/2026", "01/02/2026"], "2026-02-01"),
        (["02/13/2026", "01/02/2026"], "2026-01-02"),
        (["20260102", "20260203"], "2026-01-02"),
        (["2-Jan-2026", "13-Feb-2026"], "2026-01-02"),
        (["13.02.2026 07:05", "01.02.2026 10:00"], "2026-02-01"),
        (["2/13/26 7:05 PM", "1/2/26 10:00 AM"], "2026-01-02"),
    ],
)
def test_other_ways_to_write_dates_are_found(shop, values, first):
    shop.csv("events.csv", [{"customer_id": "c", "event_type": "e", "timestamp": v} for v in values])
    assert shop.load().quarantined == 0
    assert str(shop.column("events", "timestamp")[0])[:10] == first


def test_day_and_month_are_not_guessed(shop):
    shop.csv("events.csv", [{"customer_id": "c", "event_type": "e", "timestamp": "01/02/2026"}])
    report = shop.load()
    assert report.reasons == {"bad_date": 1}
    assert any("day first or month first" in sentence for sentence in report.assumptions)


def test_ids_are_compared_after_stripping(shop):
    shop.csv("customers.csv", [{"customer_id": "c1"}])
    spellings = ["c1", " c1 ", "c1\u00a0", "\u200bc1", "c1\ufeff"]
    shop.csv(
        "events.csv", [{"customer_id": s, "event_type": "e", "timestamp": "2026-01-01"} for s in spellings]
    )
    assert shop.load().quarantined == 0
    assert shop.column("events", "customer_id") == ["c1"] * 5


def test_ids_are_compared_in_composed_unicode(shop):
    shop.csv("customers.csv", [{"customer_id": "caf\u00e9"}])
    shop.csv("events.csv", [{"customer_id": "cafe\u0301", "event_type": "e", "timestamp": "2026-01-01"}])
    assert shop.load().quarantined == 0


def test_a_number_as_id_loses_its_empty_decimals(shop):
    spellings = ["12346.0", "12346", "12346.00"]
    shop.csv(
        "events.csv", [{"customer_id": s, "event_type": "e", "timestamp": "2026-01-01"} for s in spellings]
    )
    shop.load()
    assert shop.column("events", "customer_id") == ["12346"] * 3


def test_leading_zeros_and_emoji_of_an_id_stay(shop):
    shop.csv(
        "events.csv",
        [
            {"customer_id": c, "event_type": "e", "timestamp": "2026-01-01"}
            for c in ("00004", "😀", "\u0645\u0631\u062d\u0628\u0627")
        ],
    )
    shop.load()
    assert set(shop.column("events", "customer_id")) == {"00004", "😀", "\u0645\u0631\u062d\u0628\u0627"}


RULES = [
    ("tickets", {"ticket_id": "k", "customer_id": "c", "opened_at": "2026-01-02", "sentiment_score": "1.5"}, "out_of_bounds"),
    ("tickets", {"ticket_id": "k", "customer_id": "c", "opened_at": "2026-01-02", "resolution_time": "-1"}, "out_of_bounds"),
    ("tickets", {"ticket_id": "k", "customer_id": "c", "opened_at": "2026-01-02", "sentiment_score": "nan"}, "not_finite"),
    ("tickets", {"ticket_id": "k", "customer_id": "c", "opened_at": "2026-01-02", "resolved_at": "2026-01-01"}, "end_before_start"),
    ("tickets", {"ticket_id": "k", "customer_id": "c", "opened_at": "2026-01-02", "resolved_at": "2027-01-01"}, "future_date"),
    ("subscriptions", {"subscription_id": "s", "customer_id": "c", "started_at": "2026-01-02", "ended_at": "2026-01-01"}, "end_before_start"),
    ("subscriptions", {"subscription_id": "s", "customer_id": "c", "started_at": "2026-01-02", "mrr": "-3"}, "out_of_bounds"),
    ("subscriptions", {"subscription_id": "s", "customer_id": "c", "started_at": "2026-01-02", "end_reason": "bored"}, "unknown_category"),
    ("subscriptions", {"subscription_id": "s", "customer_id": "c", "started_at": "2026-01-02", "currency": "USD"}, "currency"),
    ("interventions", {"decision_id": "d", "customer_id": "c", "incentive": "none", "executed_at": "2026-01-02", "propensity": "1.2"}, "out_of_bounds"),
    ("outcomes", {"outcome_id": "o", "customer_id": "c", "retained": "perhaps", "observed_at": "2026-01-02"}, "bad_boolean"),
    ("events", {"customer_id": "c", "event_type": "e", "timestamp": "2026-01-02", "metadata": "[1]"}, "bad_object"),
    ("events", {"customer_id": "c", "event_type": "e", "timestamp": "2026-01-02", "metadata": "{"}, "bad_object"),
    ("events", {"customer_id": "c", "event_type": "", "timestamp": "2026-01-02"}, "missing_value"),
]  # fmt: skip


def test_the_rules_of_the_other_tables(shop):
    tables = dict.fromkeys(table for table, _, _ in RULES)
    for table in tables:
        rows = [row for name, row, _ in RULES if name == table]
        keys = list(dict.fromkeys(key for row in rows for key in row))
        key = keys[0]
        numbered = [{**row, key: f"{row[key]}{i}"} for i, row in enumerate(rows)]
        shop.csv(f"{table}.csv", numbered, keys)
    assert shop.load().loaded == 0
    found = [(row.table, row.reason) for row in shop.aside()]
    assert sorted(found) == sorted((table, reason) for table, _, reason in RULES)


def test_a_contract_may_end_on_a_day_to_come(shop):
    row = {"subscription_id": "s", "customer_id": "c", "started_at": "2026-01-02", "ended_at": "2027-01-01"}
    shop.csv("subscriptions.csv", [row])
    assert shop.load().loaded == 1
    assert shop.warehouse.history("subscriptions", shop.clock).ended_at.isnull().to_pandas().tolist() == [
        True
    ]


def test_booleans(shop):
    pairs = [
        ("TRUE", True),
        ("yes", True),
        ("1", True),
        ("f", False),
        ("No", False),
        ("0", False),
        ("1.0", True),
    ]
    rows = [
        {"outcome_id": f"o{i}", "customer_id": "c", "retained": written, "observed_at": "2026-01-02"}
        for i, (written, _) in enumerate(pairs)
    ]
    shop.csv("outcomes.csv", rows)
    assert shop.load().loaded == len(pairs)
    assert [r for _, r in shop.rows("outcomes", "outcome_id", "retained")] == [stored for _, stored in pairs]


def test_an_event_over_a_megabyte_is_refused_and_the_others_load(shop):
    big = '{"a": "' + "x" * 1_100_000 + '"}'
    rows = [
        {"customer_id": "c", "event_type": "e", "timestamp": "2026-01-01", "metadata": m} for m in ("{}", big)
    ]
    shop.csv("events.csv", rows)
    assert shop.load().reasons == {"too_long": 1}
    assert len(shop.rows("events")) == 1
