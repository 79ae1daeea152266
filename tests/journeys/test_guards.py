"""Guards as a business meets them: gamers, a withdrawn consent, a stop from another process, fairness."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.journeys.conftest import AS_OF, NOW, SETTINGS

from retinue import Retinue, faults

NOW_TIME = datetime(2026, 1, 1, tzinfo=UTC)
EARLIER = [NOW_TIME - timedelta(days=days) for days in (240, 120)]


@pytest.fixture
def workspace(undisturbed: tuple[Path, dict[str, Any]], tmp_path: Path) -> Path:
    """A copy of the workspace in which one run went through."""
    return Path(shutil.copytree(undisturbed[0], tmp_path / "w"))


def run(retinue_command: Any, folder: Path, *arguments: Any) -> dict[str, Any]:
    done = retinue_command("run", *arguments, "--out", "campaign.json", "--json", cwd=folder)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def offers(found: dict[str, Any]) -> set[str]:
    return {a["customer_id"] for a in found["campaign"]["actions"] if a["recommended_incentive"]}


def rules(found: dict[str, Any]) -> dict[str, str]:
    return {a["customer_id"]: a["rule"] for a in found["campaign"]["actions"]}


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def steady(business: Path, wanted: set[str]) -> list[str]:
    """Those of the wanted who had one contract all through the year and never asked to cancel it."""
    contracts = pd.read_csv(business / "subscriptions.csv", dtype=str)
    for name in ("started_at", "ended_at", "cancel_requested_at"):
        contracts[name] = pd.to_datetime(contracts[name], errors="coerce")
    quiet = contracts[
        (contracts["started_at"] < pd.Timestamp(EARLIER[0]).tz_localize(None) - pd.Timedelta(days=40))
        & contracts["ended_at"].isna()
        & contracts["cancel_requested_at"].isna()
    ]
    return sorted(wanted & set(quiet["customer_id"]))


@pytest.mark.slow
def test_gamers_get_no_third_offer(retinue_command: Any, business: Path, workspace: Path) -> None:
    generous = '[incentives]\nobjective = "formula"\n'
    (workspace / "retinue.toml").write_text(generous)
    would = offers(run(retinue_command, workspace, "--as-of", AS_OF, "--now", NOW))
    people = steady(business, would)
    assert len(people) >= 6
    events = pd.read_parquet(business / "events.parquet", columns=["customer_id", "event_type"])
    asked = set(events.loc[events["event_type"].str.startswith("cancel"), "customer_id"])
    gamers = people[::2]
    honest = [customer for customer in people[1::2] if customer not in asked]
    # Both had two offers; the gamers had asked to cancel just before each, and stayed.
    write(
        workspace / "more" / "interventions.csv",
        [
            {
                "decision_id": f"past-{customer}-{number}",
                "customer_id": customer,
                "incentive": "percentage_discount_10",
                "cost": "12.00",
                "executed_at": stamp(moment),
                "recorded_at": stamp(moment),
            }
            for customer in people
            for number, moment in enumerate(EARLIER)
        ],
    )
    write(
        workspace / "more" / "events.csv",
        [
            {
                "event_id": f"ask-{customer}-{number}",
                "customer_id": customer,
                "event_type": "cancel_request",
                "timestamp": stamp(moment - timedelta(days=4)),
                "recorded_at": stamp(moment - timedelta(days=4)),
            }
            for customer in gamers
            for number, moment in enumerate([*EARLIER, NOW_TIME])
        ],
    )
    found = run(retinue_command, workspace, "--as-of", AS_OF, "--now", NOW, "--data", "more")
    seen = rules(found)
    at_risk = [customer for customer in gamers if seen.get(customer, "monitor_band") != "monitor_band"]
    assert at_risk
    assert {seen[customer] for customer in at_risk} == {"cancel_clicks"}
    assert not offers(found) & set(gamers)
    assert "cancel_clicks" not in {seen.get(customer) for customer in honest}
    assert found["summary"]["withheld"]["cancel_clicks"] >= len(at_risk)
    told = retinue_command("explain", at_risk[0], cwd=workspace)
    assert "asks to cancel and stays, again and again" in told.stdout
    assert retinue_command("replay", at_risk[0], cwd=workspace).returncode == 0
    # It is the guard that withholds them: without it they would be offered again.
    unguarded = generous + "[guards.cancel_clicks]\ntaken_back = 99\nalways = 99\n"
    (workspace / "retinue.toml").write_text(unguarded)
    assert offers(run(retinue_command, workspace, "--as-of", AS_OF, "--now", NOW)) & set(at_risk)


@pytest.mark.slow
def test_a_consent_withdrawn_between_two_runs(retinue_command: Any, workspace: Path) -> None:
    settings = "[incentives]\noffer_gap_days = 0\n"  # else the first run's offer would withhold as well
    (workspace / "retinue.toml").write_text(settings)
    first = run(retinue_command, workspace, "--as-of", AS_OF, "--now", NOW)
    customer = min(offers(first))
    write(
        workspace / "more" / "consents.csv",
        [
            {
                "consent_id": "W1",
                "customer_id": customer,
                "channel": "any",
                "purpose": "marketing",
                "granted": "false",
                "valid_from": "2026-01-01 12:00:00",
                "recorded_at": "2026-01-01 12:00:00",
            }
        ],
    )
    later = ("--as-of", "2026-01-02", "--now", "2026-01-02T06:00:00Z")
    before = run(retinue_command, workspace, *later)
    assert rules(before)[customer] != "objected"
    second = run(retinue_command, workspace, *later, "--data", "more")
    assert rules(second)[customer] == "objected"
    assert second["summary"]["withheld"]["objected"] == before["summary"]["withheld"].get("objected", 0) + 1
    # Seen from before the withdrawal, nothing has changed.
    again = run(retinue_command, workspace, "--as-of", AS_OF, "--now", NOW)
    assert again["campaign"] == first["campaign"]


def test_a_stop_in_a_folder_that_is_no_workspace_is_refused(retinue_command: Any, tmp_path: Path) -> None:
    done = retinue_command("stop", cwd=tmp_path)
    assert done.returncode == 2
    assert "nothing was stopped" in done.stderr
    assert list(tmp_path.iterdir()) == []
    assert retinue_command("init", ".", cwd=tmp_path).returncode == 0
    assert retinue_command("stop", cwd=tmp_path).returncode == 0


@pytest.mark.slow
def test_stopped_and_resumed_by_command(retinue_command: Any, workspace: Path) -> None:
    day = ("--as-of", "2026-01-02", "--now", "2026-01-02T06:00:00Z")
    done = retinue_command("stop", "--reason", "wrong prices", "--who", "ada", cwd=workspace)
    assert done.returncode == 0, done.stderr
    found = run(retinue_command, workspace, *day)
    assert not offers(found)
    assert found["summary"]["stopped"].startswith("stopped by ada at ")
    assert found["summary"]["at_risk"] > 0
    told = retinue_command("report", cwd=workspace)
    assert "STOPPED, no offers were made: stopped by ada" in told.stdout
    draft = retinue_command("decide", "--as-of", "2026-01-02", "--json", cwd=workspace)
    assert "STOPPED" in draft.stderr
    assert not [a for a in json.loads(draft.stdout)["actions"] if a["recommended_incentive"]]
    assert "STOPPED by ada" in retinue_command("doctor", cwd=workspace).stdout
    assert retinue_command("resume", "--who", "ben", cwd=workspace).returncode == 0
    assert "STOPPED" not in retinue_command("doctor", cwd=workspace).stdout
    again = run(retinue_command, workspace, *day)
    assert offers(again)
    assert again["campaign"]["campaign_id"] != found["campaign"]["campaign_id"]
    history = json.loads(retinue_command("stops", "--json", cwd=workspace).stdout)
    assert [(row["action"], row["who"]) for row in history["history"]] == [("resume", "ben"), ("stop", "ada")]


@pytest.mark.slow
def test_a_stop_while_a_run_is_under_way_leaves_no_offer_on_record(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    came = []

    def point(name: str) -> None:
        if name == "run.facts_written" and not came:
            came.append(name)
            command = [sys.executable, "-m", "retinue", "stop", "--reason", "now", "-w", str(workspace)]
            subprocess.run(command, check=True, capture_output=True, timeout=60)

    monkeypatch.setattr(faults, "point", point)
    day = NOW_TIME + timedelta(days=1)
    with Retinue(workspace, clock=day + timedelta(hours=6)) as retinue:
        before = retinue.warehouse.count("interventions")
        result = retinue.run(day)
        assert came
        assert result.summary["stopped"]
        assert result.summary["offers"] == 0
        assert retinue.warehouse.count("interventions") == before
        runs = {row["campaign_id"]: row for row in retinue.runs()}
        assert runs[result.campaign["campaign_id"]]["finished_at"]
        abandoned = [row for row in runs.values() if row["finished_at"] is None]
        assert len(abandoned) == 1
        assert not (retinue.settings.state / "runs" / abandoned[0]["campaign_id"]).exists()
        # Resumed, the decisions made before are found again, and now go on record.
        retinue.resume(who="ada")
        again = retinue.run(day)
        assert again.campaign["campaign_id"] == abandoned[0]["campaign_id"]
        assert again.summary["offers"] > 0
        assert retinue.warehouse.count("interventions") > before


@pytest.mark.slow
def test_fairness_over_the_runs_and_as_a_gate(retinue_command: Any, business: Path, workspace: Path) -> None:
    assert "No attributes are compared" in retinue_command("fairness", cwd=workspace).stdout
    settings = '[incentives]\nobjective = "formula"\noffer_gap_days = 0\n'
    (workspace / "retinue.toml").write_text(settings)
    first = run(retinue_command, workspace, "--as-of", AS_OF, "--now", NOW)
    # Those who got no offer all have small feet.
    customers = pd.read_csv(business / "customers.csv", dtype=str).drop_duplicates("customer_id", keep="last")
    customers = customers[customers["customer_id"].isin(rules(first))]
    got = customers["customer_id"].isin(offers(first))
    customers["demographic_data"] = got.map({True: '{"shoes": "large"}', False: '{"shoes": "small"}'})
    customers["recorded_at"] = "2026-01-01 12:00:00"
    (workspace / "more").mkdir()
    customers.to_csv(workspace / "more" / "customers.csv", index=False)
    gate = '[guards.fairness]\nattributes = ["shoes", "beard"]\nleast_customers = 5\ngate = "refuse"\n'
    (workspace / "retinue.toml").write_text(settings + gate)
    day = ("--as-of", "2026-01-02", "--now", "2026-01-02T06:00:00Z")
    found = run(retinue_command, workspace, *day, "--data", "more")
    assert not offers(found)
    assert "unfair" in set(rules(found).values())
    assert "shoes = small would get them" in found["summary"]["fairness"]["refused"]
    told = retinue_command("report", cwd=workspace).stdout
    assert "REFUSED: No offers were made: shoes = small" in told
    # The refused run says nothing of how offers are given; the one before does.
    asked = ("fairness", "--as-of", "2026-01-02")
    body = json.loads(retinue_command(*asked, "--json", cwd=workspace).stdout)
    shoes, beard = body["attributes"]
    assert body["decisions"] > 0
    assert {group["group"]: group["verdict"] for group in shoes["groups"]}["small"] == "less"
    assert not beard["known"]
    text = retinue_command(*asked, cwd=workspace).stdout
    assert "shoes: small surely got offers less than 0.8 times as often as the rest." in text
    assert "beard: not in the data, so nothing can be said." in text
