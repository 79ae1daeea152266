"""New settings as a business meets the gate: refused, decided by the former ones, accepted by a person."""

from __future__ import annotations

import html
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.journeys.conftest import AS_OF, NOW, Run

from retinue import Retinue

BEFORE = "2025-09-01"
"""Its window of 90 days has passed at AS_OF."""
FORMER, NEW = '[incentives]\nobjective = "formula"\n', '[incentives]\nobjective = "response"\n'


def decided(retinue_command: Run, folder: Path, settings: str) -> dict[str, Any]:
    """A run of AS_OF under the settings."""
    (folder / "retinue.toml").write_text(settings)
    done = retinue_command("run", "--as-of", AS_OF, "--now", NOW, "--json", cwd=folder)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def actions(found: dict[str, Any]) -> list[dict[str, Any]]:
    kept: list[dict[str, Any]] = found["campaign"]["actions"]
    return kept


@pytest.fixture(scope="module")
def autumn(tmp_path_factory: pytest.TempPathFactory, retinue_command: Run, business: Path) -> Path:
    """A workspace with a finished run by the formula, and what became of its customers."""
    folder = tmp_path_factory.mktemp("autumn")
    (folder / "retinue.toml").write_text(FORMER)
    done = retinue_command("run", "--data", business, "--as-of", BEFORE, "--now", NOW, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "settings" not in done.stdout
    return folder


@pytest.mark.slow
def test_a_run_through_a_refusal(retinue_command: Run, autumn: Path, tmp_path: Path) -> None:
    refused, usual, reported = (
        Path(shutil.copytree(autumn, tmp_path / name)) for name in ("refused", "usual", "reported")
    )
    (refused / "retinue.toml").write_text(NEW)
    first = retinue_command("run", "--as-of", AS_OF, "--now", NOW, cwd=refused)
    assert first.returncode == 0, first.stderr
    assert "New settings (incentives.objective formula → response) were refused." in first.stdout
    assert "The settings before go on deciding." in first.stdout
    folder = refused / ".retinue" / "runs" / "CAMP_2026_01_01_001"
    campaign = (folder / "campaign.json").read_bytes()

    # The report and the facts say so too, and why.
    policy = json.loads((folder / "run.json").read_text())["summary"]["policy"]
    assert policy["state"] == "refused"
    page = " ".join(html.unescape(re.sub("<[^>]+>", " ", (folder / "report.html").read_text())).split())
    assert len(policy["words"]) >= 3
    for words in policy["words"]:
        assert words in page

    # Decided is what the former settings decide, and repeated it is the same campaign.
    former = decided(retinue_command, usual, FORMER)
    assert actions(former) == json.loads(campaign)["actions"]
    assert sum(bool(a["recommended_incentive"]) for a in actions(former)) > 10
    again = decided(retinue_command, refused, NEW)
    assert again["campaign"] == json.loads(campaign)
    assert again["summary"]["policy"] == policy
    assert (folder / "campaign.json").read_bytes() == campaign
    assert len(json.loads(retinue_command("runs", "--json", cwd=refused).stdout)) == 2

    # A person accepts: the day decided again is decided by the new settings, as without a gate.
    told = retinue_command("policy", "accept", "--reason", "agreed with sales", cwd=refused)
    assert told.returncode == 0, told.stderr
    accepted = decided(retinue_command, refused, NEW)
    assert accepted["summary"]["policy"]["state"] == "same"
    assert accepted["summary"]["policy"]["words"] == []
    ungated = decided(retinue_command, reported, NEW + '[learning]\ngate = "report"\n')
    assert ungated["summary"]["policy"]["state"] == "reported"
    assert actions(accepted) == actions(ungated) != actions(former)
    assert accepted["campaign"]["campaign_id"] == "CAMP_2026_01_01_002"
    listed = json.loads(retinue_command("policy", "list", "--json", cwd=refused).stdout)
    assert [(v["state"], v["in_force"], v["reason"]) for v in listed] == [
        ("accepted", True, "agreed with sales"),
        ("refused", False, None),
        ("champion", False, None),
    ]

    # Every decision of both campaigns still follows from its receipt.
    for found, where in ((former, usual), (accepted, refused)):
        with Retinue(where) as retinue:
            for decision in {a["rule"]: a["decision_id"] for a in actions(found)}.values():
                assert retinue.replay(decision).same
