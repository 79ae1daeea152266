"""From raw tables to a campaign, as a user runs it."""

from __future__ import annotations

import json
import pstats
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from retinue.runs.figures import FIGURES, JOURNEY, Cut, Journey, Window
from retinue.runs.figures.earning import money_of

AS_OF = "2026-01-01"
NOW = "2026-01-01T06:00:00Z"

Undisturbed = tuple[Path, dict[str, Any]]


def _run(retinue_command, business: Path, cwd: Path, *more: str, **options: Any):
    return retinue_command(
        "run",
        "--data",
        business,
        "--as-of",
        AS_OF,
        "--now",
        NOW,
        "--out",
        "campaign.json",
        *more,
        cwd=cwd,
        **options,
    )


def test_the_campaign_has_the_shape_of_the_design_document(undisturbed: Undisturbed) -> None:
    _, campaign = undisturbed
    assert campaign["campaign_id"] == "CAMP_2026_01_01_001"
    assert campaign["target_customers"] == len(campaign["actions"]) > 0
    offered = [a for a in campaign["actions"] if a["recommended_incentive"]]
    assert offered, "a business with churn has at least one offer that pays"
    assert sum(a["expected_roi"] for a in offered) == pytest.approx(
        campaign["total_expected_roi"], abs=0.01 * len(offered)
    )
    scores = [a["priority_score"] for a in campaign["actions"]]
    assert scores == sorted(scores, reverse=True)
    for action in campaign["actions"]:
        assert action["action_type"] in {"auto_execute", "manual_review", "monitor", "no_action"}
        assert action["churn_probability"] > 0.15
        assert action["decision_id"]
        assert action["rule"]
        assert action["reasons"]
        if action["held_out"] or action["action_type"] in {"monitor", "no_action"}:
            assert action["recommended_incentive"] is None
        if action["recommended_incentive"]:
            assert set(action["recommended_incentive"]) >= {"type", "value"}
            # what is tried to learn may be expected to lose a little; it pays with 30 % at least
            assert action["expected_roi"] > 0 or (action["explored"] and action["confidence"] >= 0.3)


@pytest.mark.slow
def test_the_same_input_gives_the_same_bytes_elsewhere(
    tmp_path: Path, retinue_command, business: Path, undisturbed: Undisturbed
) -> None:
    done = _run(retinue_command, business, tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "campaign.json").read_bytes() == (undisturbed[0] / "campaign.json").read_bytes()


@pytest.mark.slow
def test_neither_partials_nor_a_profile_change_a_byte(
    tmp_path: Path, retinue_command, business: Path, undisturbed: Undisturbed
) -> None:
    done = _run(retinue_command, business, tmp_path, "--profile", "--json", partials=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "campaign.json").read_bytes() == (undisturbed[0] / "campaign.json").read_bytes()
    found = json.loads(done.stdout)
    stages = {stage["stage"]: stage for stage in found["stages"]}
    slowest = {stage: [hot for hot in found["profile"] if hot["stage"] == stage] for stage in stages}
    # What is imported on the way may take longer than training itself on so small a business.
    assert "churn.training.train" in [hot["function"] for hot in slowest["train"][:2]]
    assert all(h["seconds"] <= stages[s]["wall"] for s, hots in slowest.items() for h in hots)
    peaks = [stage["peak_mb"] for stage in found["stages"]]
    assert peaks == sorted(peaks)
    assert peaks[0] > 1
    for stage in stages:
        written = pstats.Stats(str(tmp_path / found["folder"] / "profile" / f"{stage}.prof"))
        assert written.total_tt > 0


def test_running_again_finds_the_same_campaign(
    retinue_command, business: Path, undisturbed: Undisturbed
) -> None:
    folder, campaign = undisturbed
    done = _run(retinue_command, business, folder, "--json")
    assert done.returncode == 0, done.stderr
    again = json.loads(done.stdout)
    assert again["reused"] is True
    assert again["campaign"] == campaign
    runs = json.loads(retinue_command("runs", "--json", cwd=folder).stdout)
    assert [run["campaign_id"] for run in runs] == ["CAMP_2026_01_01_001"]


def test_a_budget_is_never_exceeded(retinue_command, business: Path, undisturbed: Undisturbed) -> None:
    folder, campaign = undisturbed
    wanted = sum(a["cost"] for a in campaign["actions"])
    budget = round(wanted / 3, 2)
    done = retinue_command("decide", "--as-of", AS_OF, "--budget", str(budget), "--json", cwd=folder)
    assert done.returncode == 0, done.stderr
    spent = sum(a["cost"] for a in json.loads(done.stdout)["actions"])
    assert 0 < spent <= budget


@pytest.mark.slow
def test_a_dry_run_writes_nothing_and_decides_the_same(
    tmp_path: Path, retinue_command, business: Path, undisturbed: Undisturbed
) -> None:
    done = retinue_command(
        "run", "--data", business, "--as-of", AS_OF, "--now", NOW, "--dry-run", "--json", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []
    assert json.loads(done.stdout)["campaign"] == undisturbed[1]


def test_every_decision_replays_to_the_bit(retinue_command, undisturbed: Undisturbed) -> None:
    from retinue import Retinue
    from retinue.runs.check import replay

    folder, campaign = undisturbed
    with Retinue(folder) as retinue:
        for action in campaign["actions"][:25] + campaign["actions"][-25:]:
            result = replay(retinue, action["decision_id"])
            assert result.same, [str(d) for d in result.differences]


def test_a_receipt_on_its_own_replays_and_a_forged_one_is_refused(
    tmp_path: Path, retinue_command, undisturbed: Undisturbed
) -> None:
    folder, campaign = undisturbed
    customer = campaign["actions"][0]["customer_id"]
    path = tmp_path / "receipt.json"
    assert retinue_command("receipt", customer, "--out", path, cwd=folder).returncode == 0
    done = retinue_command("replay", path, cwd=folder)
    assert done.returncode == 0, done.stderr
    body = json.loads(path.read_text())
    body["decision"]["expected_roi"] = 1_000_000.0
    path.write_text(json.dumps(body))
    refused = retinue_command("replay", path, cwd=folder)
    assert refused.returncode == 1
    assert "altered" in refused.stderr
    assert "decision" in refused.stderr


def test_explain_tells_the_story(retinue_command, undisturbed: Undisturbed) -> None:
    folder, campaign = undisturbed
    action = next(a for a in campaign["actions"] if a["recommended_incentive"])
    done = retinue_command("explain", action["customer_id"], cwd=folder)
    assert done.returncode == 0, done.stderr
    assert action["customer_id"] in done.stdout
    assert re.search(rf"{action['churn_probability'] * 100:.0f}\s?%", done.stdout)
    nobody = retinue_command("explain", "no-such-customer", cwd=folder)
    assert nobody.returncode != 0
    assert "fix:" in nobody.stderr


def test_what_was_quarantined_can_be_listed_and_shown(retinue_command, undisturbed: Undisturbed) -> None:
    folder, _ = undisturbed
    rows = json.loads(retinue_command("quarantine", "list", "--limit", "1000", "--json", cwd=folder).stdout)
    assert rows
    assert {"quarantine_id", "row", "reason", "value"} <= set(rows[0])
    shown = json.loads(
        retinue_command("quarantine", "show", rows[0]["quarantine_id"], "--json", cwd=folder).stdout
    )
    assert shown["raw"]


def test_the_report_is_one_page_without_the_network(undisturbed: Undisturbed) -> None:
    folder, campaign = undisturbed
    page = (folder / ".retinue" / "runs" / campaign["campaign_id"] / "report.html").read_text()
    assert campaign["campaign_id"] in page
    assert "<svg" in page
    assert not re.search(r"""(?:src|href)\s*=\s*["']?\s*(?:https?:)?//""", page)


def test_nothing_to_run_on_says_what_to_do(tmp_path: Path, retinue_command) -> None:
    done = retinue_command("run", "--as-of", AS_OF, cwd=tmp_path)
    assert done.returncode == 1
    assert "--data" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_customer_without_a_decision_gets_the_reason(retinue_command, undisturbed: Undisturbed) -> None:
    folder, campaign = undisturbed
    decided = {action["customer_id"] for action in campaign["actions"]}
    scores = json.loads(
        retinue_command("score", "--as-of", AS_OF, "--limit", "5000", "--json", cwd=folder).stdout
    )
    calm = next(row for row in scores if row["customer_id"] not in decided)
    done = retinue_command("explain", calm["customer_id"], cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "no decision" in done.stdout
    assert f"{calm['churn_probability']:.0%}" in done.stdout


@pytest.mark.slow
def test_the_parts_can_be_run_alone(tmp_path: Path, retinue_command, business: Path) -> None:
    """load, train, score, decide: the same results as the run, by the same names."""
    first = json.loads(
        retinue_command("load", "--data", business, "--now", NOW, "--json", cwd=tmp_path).stdout
    )
    assert {row["table"] for row in first["tables"]} >= {"customers", "transactions", "events"}
    again = json.loads(
        retinue_command("load", "--data", business, "--now", NOW, "--json", cwd=tmp_path).stdout
    )
    assert sum(row["loaded"] + row["corrected"] for row in again["tables"]) == 0

    trained = retinue_command("train", "--as-of", AS_OF, "--json", cwd=tmp_path)
    assert trained.returncode == 0, trained.stderr
    measures = json.loads(trained.stdout)["evaluation"]["measures"]
    assert measures["auc"]["low"] < measures["auc"]["value"] < measures["auc"]["high"]
    words = retinue_command("train", "--as-of", AS_OF, cwd=tmp_path)
    assert "AUC" in words.stdout

    scored = retinue_command("score", "--as-of", AS_OF, "--out", "scores.csv", "--json", cwd=tmp_path)
    assert scored.returncode == 0, scored.stderr
    lines = (tmp_path / "scores.csv").read_text().splitlines()
    assert lines[0].startswith("customer_id,as_of,churn_probability")
    probabilities = [float(line.split(",")[2]) for line in lines[1:]]
    assert probabilities == sorted(probabilities, reverse=True)
    assert retinue_command("score", "--as-of", AS_OF, "--out", "scores.xls", cwd=tmp_path).returncode == 2

    decided = json.loads(retinue_command("decide", "--as-of", AS_OF, "--json", cwd=tmp_path).stdout)
    ran = _run(retinue_command, business, tmp_path, "--json")
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["campaign"]["actions"] == decided["actions"]


def test_the_report_can_be_written_again(tmp_path: Path, retinue_command, undisturbed: Undisturbed) -> None:
    folder, campaign = undisturbed
    done = retinue_command("report", "--out", tmp_path / "again.html", cwd=folder)
    assert done.returncode == 0, done.stderr
    page = folder / ".retinue" / "runs" / campaign["campaign_id"] / "report.html"
    assert (tmp_path / "again.html").read_bytes() == page.read_bytes()
    assert campaign["campaign_id"] in retinue_command("report", cwd=folder).stdout


def test_past_offers_are_measured_against_those_left_alone(retinue_command, undisturbed: Undisturbed) -> None:
    done = retinue_command("outcomes", "report", "--as-of", AS_OF, "--json", cwd=undisturbed[0])
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert {row["arm"] for row in found["arms"]} == {"treatment", "holdout"}
    assert found["incentives"][0]["incentive"] == "none"
    assert found["incentives"][0]["tried"] > 0


def test_what_is_believed_of_the_offers_is_a_table_json_and_a_page(undisturbed, retinue_command, tmp_path):
    workspace, campaign = undisturbed
    page = tmp_path / "offers.html"
    told = retinue_command(
        "incentives", "report", "--as-of", AS_OF, "--html", page, "-w", workspace, cwd=tmp_path
    )
    assert told.returncode == 0, told.stderr
    assert "90 % interval" in told.stdout
    assert "How customers at risk would respond:" in told.stdout
    assert "What the offers earned:" in told.stdout
    found = json.loads(
        retinue_command(
            "incentives", "report", "--as-of", AS_OF, "--json", "-w", workspace, cwd=tmp_path
        ).stdout
    )
    assert found["campaign_id"] == campaign["campaign_id"]
    for offer in found["offers"]:
        assert offer["id"] in told.stdout
        assert offer["id"].replace("_", " ") in page.read_text()


@pytest.mark.slow
def test_a_run_long_after_the_newest_row_warns_with_the_date_to_take(undisturbed, retinue_command, tmp_path):
    workspace, _ = undisturbed
    ran = retinue_command(
        "run", "--dry-run", "--as-of", "2026-02-20", "--now", "2026-02-20T06:00:00Z", cwd=workspace
    )
    assert ran.returncode == 0, ran.stderr
    assert "Warning: The newest row of the data is of " in ran.stdout
    assert f"--as-of {AS_OF}" in " ".join(ran.stdout.split())


def test_the_run_leaves_what_the_service_tells_of_data_and_model(
    undisturbed: Undisturbed, tmp_path: Path
) -> None:
    folder, campaign = undisturbed
    found = json.loads((folder / ".retinue" / "runs" / campaign["campaign_id"] / "insights.json").read_text())
    shares = [one["share"] for one in found["importance"]["features"]]
    assert shares == sorted(shares, reverse=True)
    assert 0.5 < sum(shares) <= 1 + 1e-9
    assert found["importance"]["customers"] > 100
    loaded = {one["table"]: one["rows"] for one in found["sources"]}
    held = {one["table"]: one["rows"] for one in found["tables"]}
    assert loaded["customers"]["loaded"] == held["customers"] > 1_000
    aside = sum(one["rows"] for one in found["set_aside"])
    assert aside == sum(one["last"]["quarantined"] for one in found["sources"]) > 0


def test_the_run_leaves_figures_that_agree_with_its_report(undisturbed: Undisturbed) -> None:
    folder, campaign = undisturbed
    run = folder / ".retinue" / "runs" / campaign["campaign_id"]
    facts, figures = (json.loads((run / name).read_text()) for name in ("run.json", FIGURES))
    for name in ("summary", "evaluation", "models", "learned", "earned", "tiers", "segments"):
        assert figures[name] == facts[name], name
    journey, today = Journey.read(run / JOURNEY), Window(date(2026, 1, 1), date(2026, 1, 1))
    tiers = {row.tier: row for row in journey.counted(today)}
    for told in facts["tiers"]:
        assert (tiers[told["tier"]].total, tiers[told["tier"]].at_risk) == (
            told["customers"],
            told["at_risk"],
        )
    (point,) = journey.series(today)
    assert point["revenue_at_risk"] == pytest.approx(facts["summary"]["revenue_at_risk"], abs=0.01)
    # Offers that wait for a person are recorded when that person has said yes.
    sent = [
        a for a in campaign["actions"] if a["recommended_incentive"] and a["action_type"] == "auto_execute"
    ]
    made = {row["customer_id"]: row for row in journey.customers(today, "intervention", Cut(), limit=2_000)}
    assert made.keys() == {a["customer_id"] for a in sent}
    assert {made[a["customer_id"]]["incentive"] for a in sent} == {a["incentive_id"] for a in sent}

    whole = money_of(journey.earned())
    arms = {one["arm"]: one for one in facts["earned"]["arms"]}
    assert (whole.treated, whole.alone) == (arms["treatment"]["judged"], arms["holdout"]["judged"])
    totals = {
        one["outcome"]: one["total"] for one in facts["earned"]["contrasts"] if one["versus"] == "holdout"
    }
    for outcome, estimate in (("net_revenue", whole.net), ("retention", whole.kept)):
        assert estimate is not None
        assert estimate.value == pytest.approx(totals[outcome]["value"])
        assert estimate.always_high == pytest.approx(totals[outcome]["always_high"])
    assert {one["incentive"] for one in facts["earned"]["incentives"]} <= {
        one["incentive"] for one in journey.incentives(Window(date(2024, 1, 1), date(2026, 1, 1)))
    }
    curve = figures["survival"]["all"]
    assert curve["customers"] > curve["left"] > 100
    shares = [one["share"] for one in curve["points"]]
    assert shares == sorted(shares, reverse=True)
    assert all(one["low"] <= one["share"] <= one["high"] for one in curve["points"])
    assert figures["traits"].keys() <= {one["segment"] for one in facts["segments"]}
