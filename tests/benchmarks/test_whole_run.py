"""The usual stack is written fairly: it cleans, and it does not look into the future."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest
from benchmarks.whole_run import active_at, clean, features, labels, read_tables

DATE = datetime.fromisoformat("2025-06-01T00:00:00")
NOW = datetime.fromisoformat("2026-01-01T00:00:00")


@pytest.fixture
def tables(tmp_path: Path) -> dict[str, pd.DataFrame]:
    day = "2025-01-01 00:00:00"
    (tmp_path / "customers.csv").write_text(
        "customer_id,account_created_date,recorded_at,name\n"
        + "".join(f"{who},{day},{day},someone\n" for who in ("a", "b", "c", "young"))
    )
    (tmp_path / "subscriptions.csv").write_text(
        "subscription_id,customer_id,mrr,started_at,current_period_end,ended_at,recorded_at\n"
        # a renews once and leaves in July, which is learned in July
        f"1,a,10,{day},2025-06-30 00:00:00,,{day}\n"
        f"1,a,10,{day},2025-07-20 00:00:00,2025-07-20 00:00:00,2025-07-20 00:00:00\n"
        f"2,b,20,{day},2026-06-01 00:00:00,,{day}\n"
        f"3,c,30,{day},2025-03-01 00:00:00,2025-03-01 00:00:00,2025-03-01 00:00:00\n"
        "4,young,5,2025-05-20 00:00:00,2025-06-20 00:00:00,,2025-05-20 00:00:00\n"
        f"5,nobody,5,{day},2025-06-20 00:00:00,,{day}\n"
        f"6,b,-3,{day},2025-06-20 00:00:00,,{day}\n"
    )
    pd.DataFrame(
        {
            "transaction_id": ["t1", "t1", "t2", "t3"],
            "customer_id": ["a", "a", "a", "b"],
            "amount": [5.0, 5.0, -2.0, float("inf")],
            "date": pd.to_datetime([day] * 4),
            "status": ["succeeded"] * 4,
            "recorded_at": pd.to_datetime([day] * 4),
        }
    ).to_parquet(tmp_path / "transactions.parquet")
    pd.DataFrame(
        {
            "event_id": ["e1", "e2"],
            "customer_id": ["a", "b"],
            "event_type": ["login", None],
            "timestamp": pd.to_datetime(["2025-05-31"] * 2),
            "recorded_at": pd.to_datetime(["2025-05-31"] * 2),
        }
    ).to_parquet(tmp_path / "events.parquet")
    (tmp_path / "tickets.csv").write_text(
        "ticket_id,customer_id,opened_at,resolved_at,resolution_time,sentiment_score,recorded_at\n"
        f"k,a,{day},,,0.5,{day}\n"
    )
    return clean(read_tables(tmp_path), NOW)


def test_rows_that_make_no_sense_are_dropped(tables: dict[str, pd.DataFrame]) -> None:
    assert list(tables["transactions"]["transaction_id"]) == ["t1"]
    assert list(tables["events"]["event_id"]) == ["e1"]
    assert set(tables["subscriptions"]["customer_id"]) == {"a", "b", "c", "young"}
    assert (tables["subscriptions"]["mrr"] > 0).all()
    assert "name" not in tables["customers"]


def test_features_see_the_version_of_their_date(tables: dict[str, pd.DataFrame]) -> None:
    then, later = (features(tables, date) for date in (DATE, NOW))
    assert then.loc["a", "days_to_period_end"] == 29
    assert then.loc["a", "mrr"] == 10
    assert pd.isna(later.loc["a", "mrr"]), "by then the contract has ended"


def test_labels_know_who_left_within_the_horizon(tables: dict[str, pd.DataFrame]) -> None:
    contracts = tables["subscriptions"].drop_duplicates("subscription_id", keep="last")
    assert labels(contracts, DATE, 90, 30).to_dict() == {"a": 1.0, "b": 0.0}
    assert labels(contracts, DATE, 30, 30).to_dict() == {"a": 0.0, "b": 0.0}


def test_the_young_and_the_gone_are_not_scored(tables: dict[str, pd.DataFrame]) -> None:
    contracts = tables["subscriptions"].drop_duplicates("subscription_id", keep="last")
    assert list(active_at(contracts, DATE, 30).index) == ["a", "b"]
    assert list(active_at(contracts, DATE, 0).index) == ["a", "b", "young"]
