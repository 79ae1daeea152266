"""A rule changed by somebody who writes no code: checked, tried, accepted, decided by, taken back."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.journeys.conftest import AS_OF, NOW, Run


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, undisturbed: tuple[Path, Any]) -> tuple[Path, Any]:
    before, campaign = undisturbed
    folder = tmp_path_factory.mktemp("rules")
    return Path(shutil.copytree(before, folder / "w")), campaign


def told(done: Any) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
def test_a_rule_is_changed_from_file_to_decision(retinue_command: Run, shop: tuple[Path, Any]) -> None:
    folder, campaign = shop
    actions = {action["customer_id"]: action for action in campaign["actions"]}
    automatic = [a for a in actions.values() if a["action_type"] == "auto_execute"]
    worth = sorted(a["clv"] for a in automatic)
    # Between two customers, since the campaign tells cents and rules see all digits.
    limit = round((worth[len(worth) // 2] + worth[len(worth) // 2 + 1]) / 2, 2)
    assert {a["rules_version"] for a in actions.values()} == {0}

    def rules(*arguments: str) -> Any:
        return retinue_command("rules", *arguments, cwd=folder)

    assert "The built-in rules are in force" in rules("list").stdout
    assert "high_value" in rules("show").stdout
    told(rules("init", "--json"))
    assert "6 examples, 0 fail." in rules("test").stdout

    # A mistake is named with its row, column and remedy, and nothing is kept.
    path = folder / "rules.json"
    document = json.loads(path.read_text())
    row = next(r for r in document["nodes"][1]["content"]["rules"] if r["rule"] == '"high_value"')
    row["value"] = "more than 900"
    path.write_text(json.dumps(document))
    checked = rules("check")
    assert checked.returncode == 1
    assert "column Customer lifetime value" in checked.stdout
    refused = rules("accept", "--reason", "why")
    assert refused.returncode == 2
    assert "RTN-0120" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert told(rules("list", "--json")) == []

    # Mended, it is tried on the run: exactly those worth more are moved, with the same offers.
    row["value"], row["_description"] = f"> {limit}", "We call whoever is worth more than the usual customer."
    path.write_text(json.dumps(document))
    expected = {a["customer_id"] for a in automatic if a["clv"] > limit}
    assert expected
    assert "clv was > 5000" in rules("diff", "live").stdout
    tried = told(rules("try", "--as-of", AS_OF, "--json", "--top", "1000"))
    assert [(m["from"], m["to"], m["customers"]) for m in tried["moves"]] == [
        ("auto_execute", "manual_review", len(expected))
    ]
    assert {c["customer_id"] for c in tried["customers"]} == expected
    assert (tried["cost"], tried["expected_net"]) == (0.0, 0.0)
    words = rules("try", "--as-of", AS_OF).stdout
    assert f"{len(expected):,} customers from auto_execute to manual_review" in words

    # The old examples no longer come out; with new ones the version is accepted.
    failed = rules("accept", "--reason", "why")
    assert failed.returncode == 2
    assert "examples do not come out" in failed.stderr
    example = {"given": {"churn_probability": 0.9, "clv": limit + 1}, "expect": {"rule": "high_value"}}
    (folder / "rules.examples.json").write_text(json.dumps([example]))
    kept = rules("accept", "--who", "ada", "--reason", "sales asked", "--as-of", AS_OF, "--now", NOW)
    assert "Version 1 of the rules is in force" in kept.stdout, kept.stderr

    # The next run decides by it and says so.
    again = told(retinue_command("run", "--as-of", AS_OF, "--now", NOW, "--json", cwd=folder))
    assert again["summary"]["rules_version"]["table"] == again["campaign"]["versions"]["rules"]["table"] == 1
    after = {a["customer_id"]: a for a in again["campaign"]["actions"]}
    moved = {c for c, a in after.items() if a["action_type"] != actions[c]["action_type"]}
    assert moved == expected
    assert {after[c]["rules_version"] for c in moved} == {1}
    assert {after[c]["rule_words"] for c in moved} == {row["_description"]}
    customer = sorted(expected)[0]
    story = retinue_command("explain", customer, cwd=folder).stdout
    assert "worth more than the usual customer. (rule high_value, version 1 of the rules)" in story

    # Both decisions are recomputed to the last bit, the old one by the rules of then.
    for decision in (actions[customer], after[customer]):
        replayed = retinue_command("replay", decision["decision_id"], cwd=folder)
        assert "the same to the last bit" in replayed.stdout, replayed.stderr

    # And back: the built-in rules decide as they did.
    back = rules("accept", "built-in", "--who", "bob", "--reason", "too many calls", "--as-of", AS_OF)
    assert "Version 2" in back.stdout, back.stderr
    third = told(retinue_command("run", "--as-of", AS_OF, "--now", NOW, "--json", cwd=folder))
    assert {c: a["action_type"] for c, a in actions.items()} == {
        a["customer_id"]: a["action_type"] for a in third["campaign"]["actions"]
    }
    assert "rules.json is not what is in force (version 2)" in " ".join(third["summary"]["notes"])


@pytest.mark.slow
def test_the_how_to_runs_as_it_is_written(
    retinue_command: Run, undisturbed: tuple[Path, Any], tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(undisturbed[0], tmp_path / "w"))
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "change-a-rule.md").read_text()
    row, examples = (json.loads(block) for block in re.findall(r"```json\n(.*?)```", page, re.S))
    blocks = re.findall(r"```sh\n(.*?)```", page, re.S)
    said = ""
    for line in (line for block in blocks for line in block.splitlines()):
        done = retinue_command(*shlex.split(line)[1:], cwd=folder)
        assert done.returncode == 0, (line, done.stdout, done.stderr)
        said += done.stdout
        if line.endswith("rules init"):
            path = folder / "rules.json"
            document = json.loads(path.read_text())
            document["nodes"][1]["content"]["rules"].insert(1, row)
            path.write_text(json.dumps(document))
            (folder / "rules.examples.json").write_text(json.dumps(examples))
    assert "Version 1 of the rules is in force" in said
    assert "Version 2 of the rules is in force" in said
    assert "2 examples, 0 fail." in said
