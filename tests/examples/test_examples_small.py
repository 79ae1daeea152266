"""The small examples on their real data: seconds each."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.data


def column(ran: Any, name: str, column: str) -> Any:
    return ran.retinue.warehouse.engine.connection.table(name).to_pandas()[column]


def test_cdnow_counts_and_money(ran: Callable[[str], Any]) -> None:
    found = ran("cdnow")
    assert found.counts() == {"transactions": 6_919}
    assert found.load.quarantined == 0
    assert float(column(found, "transactions", "amount").sum()) == pytest.approx(244_091.94)
    assert found.result.summary["customers"] == 2_357


def test_cdnow_is_judged_on_a_later_time_beside_baselines(ran: Callable[[str], Any]) -> None:
    evaluation = ran("cdnow").result.report.evaluation
    assert evaluation["split_by"] == "time"
    parts = evaluation["parts"]
    assert parts["train"]["last"] < parts["validation"]["first"] < parts["test"]["first"]
    model, recency = evaluation["measures"]["auc"], evaluation["baselines"]["recency"]["auc"]
    assert 0.5 < model["low"] < model["value"] < model["high"] < 1.0
    assert model["value"] > recency["value"]


@pytest.mark.slow
def test_cdnow_runs_from_the_command_line_as_the_readme_says(
    ran: Callable[[str], Any],
    real_data: Path,
    dates: dict[str, datetime],
    examples: dict[str, Path],
    tmp_path: Path,
) -> None:
    day = f"{dates['cdnow']:%Y-%m-%d}"
    (tmp_path / "retinue.toml").write_bytes(examples["cdnow"].read_bytes())
    command = f"-m retinue run -w {tmp_path} --as-of {day} --now {day} --out {tmp_path / 'campaign.json'}"
    done = subprocess.run(
        [sys.executable, *command.split()],
        env={**os.environ, "RETINUE_DATA": str(real_data)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Churn means no purchase within 90 days" in done.stdout
    assert (tmp_path / "campaign.json").read_bytes() == ran("cdnow").result.campaign_bytes, (
        "same input, same bytes"
    )


def test_a_second_run_finds_the_first(ran: Callable[[str], Any], dates: dict[str, datetime]) -> None:
    found = ran("cdnow")
    again = found.retinue.run(dates["cdnow"])
    assert again.reused
    assert again.campaign_bytes == found.result.campaign_bytes


def test_ravenstack_goes_through_whole(ran: Callable[[str], Any]) -> None:
    found = ran("ravenstack")
    assert found.counts() == {
        "customers": 500,
        "subscriptions": 5_000,
        "events": 25_000,
        "tickets": 2_000,
    }
    assert found.load.quarantined == 0
    accounts = set(column(found, "customers", "customer_id"))
    assert set(column(found, "events", "customer_id")) <= accounts, "usage was looked up to its account"
    assert column(found, "tickets", "sentiment_score").dropna().between(-1, 1).all()
    assert found.result.summary["customers"] == 500
    names = column(found, "customers", "name")
    assert not names.str.contains("Company").any(), "names are tokens in the warehouse"


def test_telco_learns_from_a_snapshot_without_dates(ran: Callable[[str], Any]) -> None:
    found = ran("telco")
    assert found.counts() == {"customers": 7_043, "subscriptions": 7_043}
    assert int(column(found, "subscriptions", "ended_at").notna().sum()) == 1_869
    evaluation = found.result.report.evaluation
    assert evaluation["split_by"] == "customer"
    auc = evaluation["measures"]["auc"]
    assert 0.78 < auc["value"] < 0.90, "the honest range of this file; more would be a leak"
    assert auc["low"] > 0.75


def test_telco_values_only_those_who_are_still_there(
    ran: Callable[[str], Any], dates: dict[str, datetime]
) -> None:
    found = ran("telco")
    scores = found.retinue.score(dates["telco"])
    assert len(scores) == 7_043 - 1_869
    assert (scores["clv"] > 0).all()
    assert (scores["clv_low"] <= scores["clv"]).all()
