"""Keys, copies and corrections: loading twice is as loading once, and history is kept as it was learned."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def payment(key, amount="5", date="2026-01-01", customer="c", **more):
    return {"transaction_id": key, "customer_id": customer, "amount": amount, "date": date, **more}


def test_loading_twice_is_as_loading_once(shop):
    shop.csv("transactions.csv", [payment("a"), payment("b"), payment("c", "nan")])
    first = shop.load()
    rows, aside = shop.rows("transactions"), shop.aside()
    second = shop.load()
    assert (first.loaded, second.loaded, second.unchanged) == (2, 0, 2)
    assert second.files[0].seen_before
    assert second.reasons == first.reasons
    assert shop.rows("transactions") == rows
    assert shop.aside() == aside


def test_the_same_rows_in_another_file_change_nothing(shop):
    shop.csv("transactions.csv", [payment("a"), payment("b", "nan")])
    shop.load()
    shop.csv("transactions_2.csv", [payment("b", "nan"), payment("a")])
    report = shop.load()
    assert (report.loaded, report.corrected, report.unchanged) == (0, 0, 2)
    assert len(shop.rows("transactions")) == 1
    assert len(shop.aside()) == 1


def test_exact_copies_within_a_file_count_once(shop):
    shop.csv("transactions.csv", [payment("a"), payment("a", "5.00"), payment("a")])
    report = shop.load()
    assert (report.loaded, report.duplicates) == (1, 2)


def test_of_two_contradicting_rows_the_first_stays(shop):
    shop.csv("transactions.csv", [payment("a", "5"), payment("a", "6"), payment("a", "5")])
    report = shop.load()
    assert (report.loaded, report.duplicates, report.reasons) == (1, 1, {"conflict": 1})
    assert shop.column("transactions", "amount") == [Decimal(5)]
    assert shop.aside()[0].row_number == 2


def test_a_later_load_corrects_and_the_past_stays_as_it_was_known(shop):
    shop.csv("transactions.csv", [payment("a", "5"), payment("b", "7")])
    shop.load()
    shop.csv("transactions.csv", [payment("a", "6"), payment("b", "7")])
    report = shop.load(clock=shop.clock + timedelta(days=3))
    assert (report.loaded, report.corrected, report.unchanged) == (0, 1, 1)
    learned = (shop.clock + timedelta(days=3)).replace(tzinfo=None)
    assert shop.rows("supersessions", "table_name", "row_key", "row_recorded_at", "superseded_at") == [
        ("transactions", "a", datetime(2026, 1, 1), learned)
    ]
    before = shop.as_of("transactions", shop.clock, "transaction_id", "amount")
    after = shop.as_of("transactions", shop.clock + timedelta(days=3), "transaction_id", "amount")
    assert before == [("a", Decimal(5)), ("b", Decimal(7))]
    assert after == [("a", Decimal(6)), ("b", Decimal(7))]


def test_a_correction_taken_back_is_another_correction(shop):
    for day, amount in enumerate(["5", "6", "5"]):
        shop.csv("transactions.csv", [payment("a", amount)])
        report = shop.load(clock=shop.clock + timedelta(days=day))
        assert report.corrected == (1 if day else 0)
    for day, amount in enumerate([5, 6, 5]):
        assert shop.as_of("transactions", shop.clock + timedelta(days=day), "amount") == [(Decimal(amount),)]


def test_two_corrections_by_the_same_clock_stay_apart(shop):
    for amount in ["5", "6", "7"]:
        shop.csv("transactions.csv", [payment("a", amount)])
        shop.load()
    assert shop.as_of("transactions", shop.clock + timedelta(seconds=1), "amount") == [(Decimal(7),)]
    assert len(set(shop.column("transactions", "recorded_at"))) == 3


def test_rows_without_a_key_keep_genuine_repetitions(shop):
    row = {"customer_id": "c", "amount": "5", "date": "2026-01-01"}
    shop.csv("transactions.csv", [row, row, {**row, "amount": "6"}, row])
    assert shop.load().loaded == 4
    shop.csv("transactions.csv", [row, row, {**row, "amount": "6"}, row, {**row, "amount": "7"}])
    report = shop.load()
    assert (report.loaded, report.unchanged) == (1, 4)
    assert len(set(shop.column("transactions", "transaction_id"))) == 5


def test_rows_without_a_key_can_count_once(shop):
    shop.file("t.csv", "who,what,day\nc,5,2026-01-01\nc,5,2026-01-01\n")
    shop.mapping(
        """
[sources.t]
path = "data/t.csv"
table = "transactions"
duplicates = "drop"
columns = { customer_id = "who", amount = "what", date = "day" }
"""
    )
    report = shop.load(mapped=True)
    assert (report.loaded, report.duplicates) == (1, 1)


def test_the_first_load_counts_as_known_when_it_happened(shop):
    shop.csv("customers.csv", [{"customer_id": "c", "account_created_date": ""}])
    shop.csv("transactions.csv", [payment("a", date="2026-01-01 10:00")])
    report = shop.load()
    assert shop.column("transactions", "recorded_at") == [datetime(2026, 1, 1, 10)]
    assert shop.column("customers", "recorded_at") == [datetime(1970, 1, 1)]
    assert any("known from date on" in sentence for sentence in report.assumptions)


def test_or_as_known_when_it_was_loaded(shop):
    shop.csv("t.csv", [payment("a")])
    shop.mapping(
        """
[sources.t]
path = "data/t.csv"
table = "transactions"
recorded_at = "loaded"
[sources.t.columns]
transaction_id = "transaction_id"
customer_id = "customer_id"
amount = "amount"
date = "date"
"""
    )
    shop.load(mapped=True)
    assert shop.column("transactions", "recorded_at") == [shop.clock.replace(tzinfo=None)]
    assert shop.as_of("transactions", shop.clock - timedelta(days=1), "transaction_id") == []


def plan(plan_name, recorded, key="s"):
    return {
        "subscription_id": key,
        "customer_id": "c",
        "started_at": "2026-01-01",
        "plan": plan_name,
        "recorded_at": recorded,
    }


def believed(shop, *days):
    out = []
    for day in days:
        found = shop.as_of("subscriptions", datetime(2026, 1, day, 12), "plan")
        assert len(found) <= 1
        out.append(found[0][0] if found else None)
    return out


def test_versions_in_one_file_find_their_place_whatever_their_order(shop):
    shop.csv("subscriptions.csv", [plan("c", "2026-01-20"), plan("a", "2026-01-02"), plan("b", "2026-01-10")])
    report = shop.load()
    assert (report.loaded, report.corrected) == (1, 2)
    assert believed(shop, 1, 2, 9, 10, 20) == [None, "a", "a", "b", "c"]


def test_a_version_that_arrives_late_is_placed_between(shop):
    shop.csv("subscriptions.csv", [plan("a", "2026-01-02"), plan("c", "2026-01-20")])
    shop.load()
    shop.csv("subscriptions_2.csv", [plan("b", "2026-01-10")])
    report = shop.load()
    assert (report.loaded, report.corrected) == (0, 1)
    assert believed(shop, 1, 5, 10, 15, 25) == [None, "a", "b", "b", "c"]


def test_a_first_version_that_arrives_last_is_placed_first(shop):
    shop.csv("subscriptions.csv", [plan("b", "2026-01-10")])
    shop.load()
    shop.csv("subscriptions_2.csv", [plan("a", "2026-01-02")])
    shop.load()
    assert believed(shop, 1, 5, 11) == [None, "a", "b"]


def test_a_version_that_repeats_the_one_before_is_kept(shop):
    """Another version may yet arrive between the two, and then it is news again."""
    shop.csv("subscriptions.csv", [plan("a", "2026-01-02"), plan("a", "2026-01-10")])
    report = shop.load()
    assert (report.loaded, report.corrected, report.duplicates) == (1, 1, 0)
    shop.csv("subscriptions_2.csv", [plan("b", "2026-01-05"), plan("a", "2026-01-10")])
    report = shop.load()
    assert (report.loaded, report.corrected, report.unchanged) == (0, 1, 3)
    assert believed(shop, 3, 6, 11) == ["a", "b", "a"]


def test_the_order_of_arrival_does_not_matter(make_shop):
    rows = [plan(c, f"2026-01-{d:02}") for d, c in ((2, "a"), (5, "b"), (9, "a"), (20, "c"), (27, "b"))]
    for seed in range(6):
        shop = make_shop()
        for number, row in enumerate(random.Random(seed).sample(rows, len(rows))):
            shop.csv(f"subscriptions_{number}.csv", [row])
            shop.load()
        assert believed(shop, 1, 3, 6, 10, 21, 28) == [None, "a", "b", "a", "c", "b"], seed


def test_the_same_content_learned_earlier_was_known_earlier(shop):
    shop.csv("subscriptions.csv", [plan("a", "2026-01-10")])
    shop.load()
    shop.csv("subscriptions_2.csv", [plan("a", "2026-01-02")])
    assert shop.load().corrected == 1
    assert believed(shop, 1, 5, 11) == [None, "a", "a"]


def test_a_return_to_an_earlier_content_is_a_version(shop):
    shop.csv("subscriptions.csv", [plan("a", "2026-01-02"), plan("b", "2026-01-05"), plan("a", "2026-01-10")])
    assert shop.load().corrected == 2
    assert believed(shop, 3, 6, 11) == ["a", "b", "a"]


def test_two_contents_learned_at_the_same_time_contradict_each_other(shop):
    shop.csv("subscriptions.csv", [plan("a", "2026-01-02"), plan("b", "2026-01-02")])
    assert shop.load().reasons == {"conflict": 1}
    shop.csv("subscriptions_2.csv", [plan("z", "2026-01-02")])
    assert shop.load().reasons == {"conflict": 2}
    assert believed(shop, 3) == ["a"]


def test_a_missing_recorded_at_is_when_it_happened(shop):
    shop.csv("subscriptions.csv", [plan("b", "2026-01-05"), plan("a", "")])
    shop.load()
    assert believed(shop, 1, 6) == ["a", "b"]


def reference(versions):
    """What is believed at each moment, told plainly: the content of the latest version learned by then."""
    known = {}
    for moment, content in versions:
        known.setdefault(moment, content)
    return lambda day: next((known[m] for m in sorted(known, reverse=True) if m <= day), None)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_versions_in_any_split_and_order_tell_the_same_history(make_shop, data):
    keys = ["x", "y", "z"]
    versions = {
        key: data.draw(
            st.dictionaries(st.integers(2, 28), st.sampled_from("abc"), min_size=1, max_size=5), label=key
        )
        for key in keys
    }
    rows = [plan(c, f"2026-01-{d:02}", key) for key in keys for d, c in versions[key].items()]
    random.Random(data.draw(st.integers(0, 99))).shuffle(rows)
    cut = data.draw(st.integers(0, len(rows)))
    shop = make_shop()
    for number, part in enumerate((rows[:cut], rows[cut:])):
        if part:
            shop.csv(f"subscriptions_{number}.csv", part)
            shop.load()
    for day in (1, 7, 14, 21, 28):
        found = dict(shop.as_of("subscriptions", datetime(2026, 1, day, 12), "subscription_id", "plan"))
        told = {key: reference(list(versions[key].items()))(day) for key in keys}
        assert found == {key: content for key, content in told.items() if content is not None}


rows_of_payments = st.lists(
    st.builds(
        payment,
        key=st.sampled_from("abcdef"),
        amount=st.sampled_from(["1", "2.5", "nan", "-1"]),
        customer=st.sampled_from(["c", "d", ""]),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=rows_of_payments, touched=st.booleans())
def test_any_file_loads_once_however_often_it_is_loaded(make_shop, rows, touched):
    shop = make_shop()
    shop.csv("transactions.csv", rows)
    first = shop.load()
    everything = [shop.rows(t) for t in ("transactions", "quarantine", "supersessions")]
    if touched:
        # other bytes, the same rows
        path = shop.data / "transactions.csv"
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    second = shop.load()
    assert [shop.rows(t) for t in ("transactions", "quarantine", "supersessions")] == everything
    assert (second.loaded, second.corrected) == (0, 0)
    assert second.reasons == first.reasons


@pytest.mark.parametrize("kind", ["csv", "ndjson", "parquet"])
def test_every_format_gives_the_same_rows(shop, kind):
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [payment("a", "5.25", "2026-01-01T10:00:00"), payment("b", "7", "2026-01-02", customer="ü")]
    if kind == "csv":
        shop.csv("transactions.csv", rows)
    elif kind == "ndjson":
        shop.ndjson("transactions.ndjson", [{**r, "amount": float(r["amount"])} for r in rows])
    else:
        table = pa.table(
            {
                "transaction_id": ["a", "b"],
                "customer_id": ["c", "ü"],
                "amount": [5.25, 7.0],
                "date": pa.array([datetime(2026, 1, 1, 10), datetime(2026, 1, 2)], pa.timestamp("ns")),
            }
        )
        pq.write_table(table, shop.data / "transactions.parquet")
    shop.load()
    assert shop.rows("transactions", "transaction_id", "customer_id", "amount", "date") == [
        ("a", "c", Decimal("5.25"), datetime(2026, 1, 1, 10)),
        ("b", "ü", Decimal(7), datetime(2026, 1, 2)),
    ]
