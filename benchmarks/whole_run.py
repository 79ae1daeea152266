"""The usual stack, put beside Retinue's run: pandas features, LightGBM, and the best few by a simple rule.

    python -m benchmarks.whole_run --data FOLDER --as-of DATE --dates D1,D2,… --horizon 90 --out scores.csv

It reads the same raw files as `retinue run`, cleans them as a careful notebook would (bad dates and amounts,
repeated rows and rows of unknown customers dropped; at each date only what was known by then, so that no
later version of a contract leaks into the past), builds the features of `features/core.py` at the same past
dates with pandas, trains one LightGBM classifier with early stopping on the latest date, scores the active
customers and offers ten per cent for three months to the thousand with the greatest expected gain.

What it leaves out, and the run does: quarantine and a load that can be repeated, calibration and an
evaluation beside baselines, value models and segments, reasons, the choice among offers, holdout, receipts,
and going on after a crash. So the two are *beside* each other, not equal; what can be compared is how well
both rank, on the same customers and the same later truth.
"""

from __future__ import annotations

import argparse
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["active_at", "clean", "features", "known_at", "labels", "main", "only", "read_tables"]

KEYS = {
    "customers": ("customer_id", "account_created_date"),
    "subscriptions": ("subscription_id", "started_at"),
    "transactions": ("transaction_id", "date"),
    "events": ("event_id", "timestamp"),
    "tickets": ("ticket_id", "opened_at"),
}
TIMES = (
    "account_created_date", "started_at", "current_period_end", "cancel_requested_at", "ended_at", "date",
    "timestamp", "opened_at", "resolved_at", "recorded_at",
)  # fmt: skip
NUMBERS = ("mrr", "amount", "resolution_time", "sentiment_score")
UNUSED = ("metadata", "text", "name", "email", "phone", "demographic_data")

TOP = 1000
LIFT, DISCOUNT, MONTHS, VALUE_MONTHS = 0.2, 0.10, 3, 24


def read_tables(folder: Path) -> dict[str, pd.DataFrame]:
    """The tables of a folder by name; CSV (plain or gzip) or Parquet."""
    tables = {}
    for name in KEYS:
        found = sorted(folder.glob(f"{name}.*"))
        if not found:
            continue
        path = found[0]
        if path.suffix == ".parquet":
            import pyarrow.parquet as pq

            columns = [c for c in pq.read_schema(path).names if c not in UNUSED]
            frame = pd.read_parquet(path, columns=columns)
        else:
            frame = pd.read_csv(path, usecols=lambda column: column not in UNUSED, low_memory=False)
        tables[name] = frame
    return tables


def clean(tables: dict[str, pd.DataFrame], now: datetime) -> dict[str, pd.DataFrame]:
    """Times and numbers as such, rows that make no sense dropped; of each version, when a later one came."""
    cleaned = {}
    for name, frame in tables.items():
        key, happened = KEYS[name]
        frame = frame.copy(deep=False)
        for column in frame.columns.intersection(list(TIMES)):
            frame[column] = pd.to_datetime(frame[column], errors="coerce", format="ISO8601")
        for column in frame.columns.intersection(list(NUMBERS)):
            frame[column] = pd.to_numeric(frame[column], errors="coerce").replace([np.inf, -np.inf], np.nan)
        sensible = frame[happened].between(pd.Timestamp("1990-01-01"), pd.Timestamp(now))
        if name == "transactions":
            sensible &= frame["amount"].notna() & ~((frame["amount"] < 0) & (frame["status"] != "refunded"))
        if name == "subscriptions":
            sensible &= ~(frame["mrr"] < 0)
        if name == "events":
            sensible &= frame["event_type"].notna()
        frame = frame[sensible].sort_values("recorded_at", kind="stable")
        frame = frame.drop_duplicates([key, "recorded_at"], keep="last")
        # Events never change: looking for later versions in the largest table would cost for nothing.
        frame["superseded_at"] = pd.NaT if name == "events" else frame.groupby(key)["recorded_at"].shift(-1)
        cleaned[name] = frame
    cleaned["events"]["day"] = cleaned["events"]["timestamp"].dt.floor("D")
    return only(cleaned, cleaned["customers"]["customer_id"])


def known_at(frame: pd.DataFrame, date: datetime) -> pd.DataFrame:
    """The version of each row that was believed at a date."""
    later = frame["superseded_at"].isna() | (frame["superseded_at"] > date)
    return frame[(frame["recorded_at"] <= date) & later]


def only(tables: dict[str, pd.DataFrame], customers: pd.Series) -> dict[str, pd.DataFrame]:
    """The rows of some customers."""
    wanted = set(customers)
    return {
        name: frame[frame["customer_id"].isin(wanted)].reset_index(drop=True)
        for name, frame in tables.items()
    }


def features(tables: dict[str, pd.DataFrame], date: datetime) -> pd.DataFrame:
    """The features of the pandas peer at a date, by customer."""
    from benchmarks.features.pandas_peer import features as built

    frame: pd.DataFrame = built(tables, pd.Timestamp(date))
    return frame.drop(columns="as_of").set_index("customer_id")


def active_at(subscriptions: pd.DataFrame, date: datetime, least_days: int) -> pd.Series:
    """End of the last contract of each customer with a running contract at a date; NaT when it goes on.

    Customers whose first contract began less than `least_days` before are left out, as Retinue does.
    """
    first = subscriptions.groupby("customer_id")["started_at"].transform("min")
    running = subscriptions[
        (first <= pd.Timestamp(date) - timedelta(days=least_days))
        & (subscriptions["started_at"] <= date)
        & (subscriptions["ended_at"].isna() | (subscriptions["ended_at"] > date))
    ]
    open_ended = pd.Timestamp.max.floor("us")
    ends = running["ended_at"].fillna(open_ended).groupby(running["customer_id"]).max()
    return ends.where(ends < open_ended)


def labels(subscriptions: pd.DataFrame, date: datetime, horizon: int, least_days: int) -> pd.Series:
    """1 for those whose last running contract ends within the horizon, else 0, by customer."""
    ends = active_at(subscriptions, date, least_days)
    return (ends <= pd.Timestamp(date) + timedelta(days=horizon)).astype(float)


def main() -> None:
    """Read, clean, build, train, score, choose, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--as-of", type=datetime.fromisoformat, required=True)
    parser.add_argument("--now", type=datetime.fromisoformat, required=True, help="end of the data")
    parser.add_argument("--dates", required=True, help="training dates, comma-separated")
    parser.add_argument("--horizon", type=int, default=90, help="days")
    parser.add_argument("--least-days", type=int, default=30, help="younger customers are not judged")
    parser.add_argument("--rows", type=int, default=300_000, help="customer-dates to train on at most")
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args()

    tables = clean(read_tables(chosen.data), chosen.now)
    contracts = known_at(tables["subscriptions"], chosen.as_of)
    dates = sorted(datetime.fromisoformat(text) for text in chosen.dates.split(","))
    frames, outcomes = [], []
    share = chosen.rows / sum(len(active_at(contracts, date, chosen.least_days)) for date in dates)
    sampled = tables
    if share < 1:
        sampled = only(tables, tables["customers"]["customer_id"].sample(frac=share, random_state=7))
    for date in dates:
        outcome = labels(contracts, date, chosen.horizon, chosen.least_days)
        frame = features(sampled, date)
        frame = frame[frame.index.isin(outcome.index)]
        frames.append(frame)
        outcomes.append(outcome.loc[frame.index])
    model = _train(frames, outcomes)

    now = features(tables, chosen.as_of)
    now = now[now.index.isin(active_at(contracts, chosen.as_of, chosen.least_days).index)]
    scores = pd.DataFrame(
        {"customer_id": now.index, "churn_probability": model.predict(now), "mrr": now["mrr"].to_numpy()}
    )
    scores["value"] = scores["mrr"].fillna(0) * VALUE_MONTHS
    cost = scores["mrr"].fillna(0) * DISCOUNT * MONTHS
    scores["gain"] = scores["churn_probability"] * LIFT * scores["value"] - cost
    best = scores["gain"].rank(ascending=False, method="first")
    scores["offer"] = np.where((best <= TOP) & (scores["gain"] > 0), "percentage_discount_10", "none")
    scores.sort_values("customer_id").to_csv(chosen.out, index=False)


def _train(frames: list[pd.DataFrame], outcomes: list[pd.Series]) -> Any:
    """LightGBM on all dates but the last, which says when to stop."""
    import lightgbm

    train = lightgbm.Dataset(pd.concat(frames[:-1]), label=pd.concat(outcomes[:-1]))
    valid = lightgbm.Dataset(frames[-1], label=outcomes[-1], reference=train)
    settings = {"objective": "binary", "learning_rate": 0.05, "num_leaves": 31, "seed": 7, "verbosity": -1}
    stop = lightgbm.early_stopping(50, verbose=False)
    return lightgbm.train(settings, train, num_boost_round=1000, valid_sets=[valid], callbacks=[stop])


if __name__ == "__main__":
    main()
