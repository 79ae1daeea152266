"""What if, and a shadow of the past, from the command line on a workspace as a user has it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.journeys.conftest import AS_OF, NOW, Run

THRESHOLD = ("--set", "decisions.act_above=0.05", "--set", "decisions.monitor_up_to=0.05")


def told(done: Any) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


GENEROUS = """
[incentives]
objective = "formula"
[budget]
per_month = 2000
reviews_per_day = 3
"""
"""By the formula a business of this size has offers enough to take some away."""


@pytest.mark.slow
def test_tomorrow_under_another_budget(retinue_command: Run, undisturbed, tmp_path: Path) -> None:
    before, campaign = undisturbed
    folder = Path(shutil.copytree(before, tmp_path / "w"))
    (folder / "retinue.toml").write_text(GENEROUS)
    found = told(retinue_command("whatif", "--as-of", AS_OF, "--budget", "100", "--json", cwd=folder))
    assert found["ahead"]
    spent = sum(a["cost"] for a in campaign["actions"] if a["recommended_incentive"])
    left = pytest.approx(2000 - spent, abs=0.01)  # of the month, by the campaign before
    assert 0 < found["new"]["planned_cost"] <= 100 < found["was"]["planned_cost"]
    assert 0 < found["new"]["offered"] < found["was"]["offered"]
    assert (found["new"]["budget"], found["was"]["budget"]) == (100, left)
    # Asking has reserved nothing: the run has as much of the month, and decides what was said it would.
    done = told(retinue_command("run", "--as-of", AS_OF, "--now", NOW, "--json", cwd=folder))
    assert done["summary"]["month"]["left_before"] == left
    offered = [a for a in done["campaign"]["actions"] if a["recommended_incentive"]]
    assert found["was"]["offered"] == len(offered)
    assert found["was"]["planned_cost"] == pytest.approx(sum(a["cost"] for a in offered), abs=0.01)
    # Of the past run a cap on reviews can be asked as well, and a limit that runs share cannot.
    name = done["campaign"]["campaign_id"]
    past = ("whatif", "--run", name, "--as-of", AS_OF, "--json")
    capped = told(retinue_command(*past, "--set", "budget.reviews_per_day=0", cwd=folder))
    assert capped["was"]["offered"] == len(offered)
    waiting = sum(a["action_type"] == "manual_review" for a in offered)
    assert waiting > 0
    assert capped["new"]["by_rule"].get("review_cap", 0) >= waiting
    month = retinue_command("whatif", "--set", "budget.per_month=900", cwd=folder)
    assert month.returncode != 0
    assert "--budget" in month.stderr
    assert found["band"] is None
    words = retinue_command("whatif", "--as-of", AS_OF, "--budget", "100", cwd=folder).stdout
    assert "What if budget = 100.0?" in words


@pytest.mark.slow
def test_a_past_run_below_its_threshold_gets_an_answer_but_no_estimate(
    retinue_command: Run, undisturbed
) -> None:
    folder, campaign = undisturbed
    name = campaign["campaign_id"]
    before = retinue_command("runs", "--json", cwd=folder).stdout
    found = told(retinue_command("whatif", "--run", name, "--as-of", AS_OF, *THRESHOLD, "--json", cwd=folder))
    assert found["new"]["decided"] > found["was"]["decided"] == len(campaign["actions"])
    assert found["band"]["refused"]
    assert retinue_command("runs", "--json", cwd=folder).stdout == before


@pytest.mark.slow
def test_a_mistake_is_named(retinue_command: Run, undisturbed) -> None:
    folder, _ = undisturbed
    for arguments, words in (
        (["--set", "churn.horizon_days=30"], "cannot be varied"),
        (["--set", "incentives.cauton=1"], "caution"),
        ([], "Nothing is to be changed"),
        (["--budget", "5", "--run", "CAMP_1"], "no finished run CAMP_1"),
    ):
        done = retinue_command("whatif", *arguments, cwd=folder)
        assert done.returncode != 0
        assert words in done.stderr


@pytest.mark.slow
def test_the_first_policy_is_in_force_by_itself(retinue_command: Run, undisturbed) -> None:
    folder, _ = undisturbed
    done = retinue_command("policy", "list", "--json", cwd=folder)
    versions = json.loads(done.stdout)
    assert [(v["state"], v["in_force"], v["since"][:10]) for v in versions] == [("champion", True, AS_OF)]
    judged = retinue_command("policy", "judge", "--as-of", "2026-01-02", cwd=folder)
    assert "nothing to judge" in judged.stdout


@pytest.mark.slow
def test_shadow_of_the_past_months(retinue_command: Run, business: Path, tmp_path: Path) -> None:
    asked = ("shadow", "--as-of", AS_OF, "--months", "6", "--every", "3", "--json")
    found = told(retinue_command(*asked, "--data", business, cwd=tmp_path))
    assert [row["as_of"] for row in found["dates"]] == ["2025-07-01", "2025-10-01"]
    first = found["dates"][0]
    assert first["left"] > 0
    assert first["flagged_left"] <= first["flagged"] <= first["active"]
    risk = found["risk"]
    assert risk["measures"]["auc"]["low"] > 0.5
    assert 0 < risk["measures"]["precision_flagged"]["value"] <= 1
    offers, kept = found["offers"], found["offers"]["expected_kept"]
    assert offers["cost"] == pytest.approx(sum(row["cost"] for row in found["dates"]), abs=0.01)
    assert kept["low"] < kept["value"] < kept["high"]
    assert "made to nobody by lot" in " ".join(found["words"]["cannot"])
    assert found["experiment"]["decisions"] > 0
    # Nothing was put on record, and begun again it finds its stages and says the same.
    assert json.loads(retinue_command("runs", "--json", cwd=tmp_path).stdout) == []
    stages = sorted((tmp_path / ".retinue" / "artefacts").glob("*/*"))
    assert told(retinue_command(*asked, cwd=tmp_path)) == found
    assert sorted((tmp_path / ".retinue" / "artefacts").glob("*/*")) == stages
