"""Rules written into a workspace, refused where they may not decide, tried on a run, and put in force."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.runs.conftest import FIRST, LATER, Past

from retinue.decisions.again import read_past
from retinue.errors import RulesError, UsageError
from retinue.pipeline.stages import RECEIPTS
from retinue.runs.changes import change_of
from retinue.runs.rules import examples_beside, unaccepted
from retinue.runs.trying import try_rules

FORMULA = {"incentives": {"objective": "formula", "exploration": 0.3}}


def document(root: Path) -> dict[str, Any]:
    return json.loads((root / "rules.json").read_text())  # type: ignore[no-any-return]


def write(root: Path, body: dict[str, Any]) -> None:
    (root / "rules.json").write_text(json.dumps(body))


def edited(root: Path, cell: str = "> 0.7") -> None:
    """Rules by which whoever is likelier to leave is reviewed by a person, with one example."""
    body = document(root)
    table = body["nodes"][1]["content"]
    row = {"_id": "new", "_description": "Likely to leave: we call.", "risk": cell}
    table["rules"].insert(
        1, {**row, "value": "", "cost": "", "route": '"manual_review"', "rule": '"we_call"'}
    )
    write(root, body)
    example = {"given": {"churn_probability": 0.75, "clv": 1.0}, "expect": {"rule": "we_call"}}
    examples_beside(root / "rules.json").write_text(json.dumps([example]))


def test_a_change_is_tried_accepted_and_taken_back(past: Past) -> None:
    name = past.run(n=800)
    before = read_past(past.root / ".retinue" / "runs" / name / RECEIPTS).done
    with past.opened() as retinue:
        rules = retinue.rules
        assert [path.name for path in rules.init()] == ["rules.json", "rules.examples.json"]
        assert all(tried.holds for tried in rules.test())
        assert unaccepted(retinue.settings, None) == []
        edited(past.root)
        assert "is not what is in force" in unaccepted(retinue.settings, None)[0]
        found = retinue.rules_try(as_of=LATER, top=3)
        reviewed = [m for m in found["moves"] if m["to"] == "manual_review"]
        assert found["moved"] == sum(m["customers"] for m in found["moves"]) > 10
        assert reviewed[0]["from"] == "auto_execute"
        assert (found["run"], found["now"]) == (name, "the built-in rules")
        assert found["differences"] == [
            "Routing: row 2 'we_call' is new (churn_probability > 0.7: route manual_review)"
        ]
        assert [row["why"] for row in found["customers"]] == ["Likely to leave: we call."] * 3
        assert (found["cost"], found["expected_net"]) == (0.0, 0.0)  # the same offers, only later
        assert found["new"]["by_route"]["manual_review"] > found["was"]["by_route"].get("manual_review", 0)
        assert sum(found["new"]["by_route"].values()) == found["decided"]
        mine = {found["customers"][1]["customer_id"]}
        part = try_rules(retinue, rules.get("live"), rules.get(), as_of=LATER, top=3, only=mine)
        assert [row["customer_id"] for row in part["customers"]] == list(mine)
        assert part["moves"] == found["moves"]  # a part is shown, all are counted
        assert found["was"]["by_rule"] == before["rule"].value_counts().sort_index().to_dict()
        assert rules.versions() == []  # trying writes nothing
        kept = rules.keep(who="ada", reason="sales asked", as_of=FIRST)
        assert (kept.number, kept.who, kept.since) == (1, "ada", FIRST.replace(tzinfo=None))
        assert retinue.rules_try(as_of=LATER)["moved"] == 0
        with pytest.raises(UsageError, match="in force already, as version 1"):
            rules.keep(who="ada", reason="again", as_of=LATER)
        assert rules.get("live").number == 1
        assert [example.name for example in rules.examples()] == ["example 1"]  # those it was put to
        # and back, although the examples are those of the change
        assert rules.keep("built-in", who="bob", reason="too many calls", as_of=LATER).number == 2
        rules.keep("1", who="ada", reason="after all", as_of=LATER + timedelta(days=1))
        assert [v["number"] for v in rules.versions()] == [3, 2, 1]


def test_a_run_names_the_version_that_was_in_force_then(past: Past) -> None:
    first = past.run(n=400)
    with past.opened() as retinue:
        retinue.rules.init()
        edited(past.root)
        retinue.rules.keep(who="ada", reason="sales asked", as_of=FIRST + timedelta(days=2))
    second = past.run(FIRST + timedelta(days=1), n=400)
    third = past.run(FIRST + timedelta(days=2), n=400)
    for name, number in ((first, 0), (second, 0), (third, 1)):
        found = read_past(past.root / ".retinue" / "runs" / name / RECEIPTS)
        assert found.run["versions"]["rules"]["table"] == number
        assert ("we_call" in set(found.done["rule"])) == (number == 1)
    with past.opened() as retinue, pytest.raises(UsageError, match="rules of the business are in force"):
        retinue.whatif(
            change_of(retinue.settings, ["decisions.review_clv_above=100"]), as_of=LATER, run=third, top=0
        )
    with past.opened() as retinue:
        change = change_of(retinue.settings, ["decisions.review_clv_above=100"])
        assert retinue.whatif(change, as_of=LATER, run=first)["new"]["by_rule"]["high_value"] > 0


def test_rules_that_may_not_decide_are_refused_and_nothing_is_kept(past: Past) -> None:
    with past.opened() as retinue:
        rules = retinue.rules
        with pytest.raises(UsageError, match="cannot be read"):
            rules.keep(who="ada", reason="why")
        rules.init()
        with pytest.raises(UsageError, match="There are rules here already"):
            rules.init()
        edited(past.root, cell="> 70")
        with pytest.raises(RulesError, match="no churn_probability can be so") as refused:
            rules.keep(who="ada", reason="why")
        assert "row 2" in refused.value.where
        body = document(past.root)
        body["nodes"][1]["content"]["rules"][1]["risk"] = "> 0.8"
        write(past.root, body)
        with pytest.raises(RulesError, match="1 of the examples do not come out"):
            rules.keep(who="ada", reason="why")
        examples_beside(rules.path).unlink()
        with pytest.raises(UsageError, match="no examples beside"):
            rules.keep(who="ada", reason="why")
        for missing in ({"who": " ", "reason": "why"}, {"who": "ada", "reason": ""}):
            with pytest.raises(UsageError, match="is missing"):
                rules.keep(**missing)
        with pytest.raises(UsageError, match="There is no version 7"):
            rules.get("7")
        assert rules.versions() == []


def test_a_draft_is_kept_without_deciding(past: Past) -> None:
    with past.opened() as retinue:
        retinue.rules.init()
        edited(past.root)
        draft = retinue.rules.keep(who="ada", reason="for the meeting", state="draft")
        assert (draft.state, retinue.rules.get("live").number) == ("draft", 0)
        (past.root / "rules.json").unlink()
        live = retinue.rules.keep(str(draft.number), who="bob", reason="agreed")
        assert (live.number, live.sha256) == (2, draft.sha256)
        assert retinue.rules.get("live").number == 2


def test_there_must_be_a_run_to_try_on(past: Past) -> None:
    with past.opened() as retinue, pytest.raises(UsageError, match="no finished run to try"):
        retinue.rules_try("built-in", as_of=LATER)


def test_a_rule_that_suppresses_shows_what_it_costs(past: Past) -> None:
    past.run(n=800, settings=FORMULA)
    with past.opened(**FORMULA) as retinue:
        retinue.rules.init()
        body = document(past.root)
        body["nodes"][1]["content"]["rules"][-1] |= {"route": '"no_action"', "rule": '"nobody"'}
        write(past.root, body)
        found = retinue.rules_try(as_of=LATER)
    assert found["new"]["offered"] == 0
    assert found["cost"] == -found["was"]["planned_cost"] < 0
    assert found["expected_net"] == -found["was"]["expected_net"] < 0
    # the held out are no longer those who would have had an offer
    assert "held_out" not in found["new"]["by_rule"]
    assert found["new"]["by_rule"]["nobody"] >= found["was"]["by_rule"]["low_value_low_risk"]
