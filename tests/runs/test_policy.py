"""The gate before a run: what is taken, what is refused, and who may overrule it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.runs.conftest import FIRST, LATER, Past

from retinue.errors import UsageError
from retinue.learning.policies import Policy
from retinue.runs.policy import accept, govern
from retinue.settings import Settings


def settle(past: Past, **changes):
    """Govern a run under changed settings and keep the verdict, as a run does."""
    with past.opened(**changes) as retinue:
        found = govern(retinue, LATER)
        found.keep(retinue)
        return found


def first(past: Past) -> None:
    """The policy of the finished runs becomes the champion."""
    with past.opened() as retinue:
        found = govern(retinue, FIRST - timedelta(days=1))
    assert found.facts["state"] == "first"
    with past.opened() as retinue:
        govern(retinue, FIRST).keep(retinue)


def test_a_policy_is_how_choices_are_made_and_nothing_else() -> None:
    usual = Policy.of(Settings())
    same = Settings(
        holdout={"share": 0.2},
        project={"seed": 9, "currency": "USD"},
        incentives={"catalogue": {"fixed_credit": {"enabled": False}}},
        decisions={"urgent_above": 0.9, "review_clv_above": 9_000.0},
    )
    assert Policy.of(same).sha256 == usual.sha256
    other = Policy.of(Settings(incentives={"caution": 1.0}, decisions={"act_above": 0.5}))
    assert other.sha256 != usual.sha256
    caution = Settings().incentives.caution
    assert other.against(usual) == [f"incentives.caution {caution} → 1.0", "decisions.act_above 0.4 → 0.5"]
    assert Policy.of(usual.applied(same)).sha256 == usual.sha256
    assert usual.applied(same).holdout.share == 0.2
    older = {name: value for name, value in usual.terms.items() if name != "incentives.exploration_budget"}
    assert Policy.stored(older, Settings()) == usual


def test_without_an_outcome_new_settings_are_taken_and_noted(past: Past) -> None:
    first(past)
    past.run(outcomes=False)
    found = settle(past, incentives={"caution": 3.0})
    assert found.facts["state"] == "untested"
    assert found.settings.incentives.caution == 3.0
    assert "nothing to judge" in found.facts["words"][0]
    with past.opened() as retinue:  # from the next run on they are the champion
        assert govern(retinue, LATER + timedelta(days=1)).facts["changed"] == ["incentives.caution 3.0 → 0.5"]


def test_runs_whose_window_has_not_passed_say_nothing(past: Past) -> None:
    first(past)
    past.run(n=100)
    with past.opened(incentives={"caution": 3.0}) as retinue:
        assert govern(retinue, FIRST + timedelta(days=30)).facts["state"] == "untested"


def test_better_settings_are_promoted(past: Past) -> None:
    """Offers drive everybody away: to make fewer is better, beyond doubt."""
    first(past)
    past.run(keeps=lambda name: 0.0 if name == "none" else -0.6)
    found = settle(past, incentives={"exploration": 0.0, "caution": 3.0})
    assert found.facts["state"] == "promoted", found.facts["words"]
    assert found.settings.incentives.caution == 3.0
    assert found.facts["low"] > 0


def test_worse_settings_are_refused_and_the_champion_decides(past: Past) -> None:
    """Offers keep nearly everybody: to make fewer is worse."""
    first(past)
    past.run(keeps=lambda name: 0.0 if name == "none" else 0.8)
    changes = {"incentives": {"exploration": 0.0, "caution": 3.0}, "holdout": {"share": 0.2}}
    found = settle(past, **changes)
    assert found.facts["state"] == "refused"
    assert found.settings.incentives.exploration == 0.5
    assert found.settings.incentives.caution == 0.5
    assert found.settings.holdout.share == 0.2  # not a matter of policy
    assert found.facts["high"] < 0
    assert any("retinue policy accept" in words for words in found.facts["words"])
    again = settle(past, **changes)
    assert again.facts == found.facts
    with past.opened() as retinue:
        assert [r["state"] for r in retinue.policies()] == ["refused", "champion"]


def test_what_was_never_decided_about_is_refused_with_an_experiment(past: Past) -> None:
    first(past)
    past.run()
    found = settle(past, decisions={"act_above": 0.1, "monitor_up_to": 0.1})
    assert found.facts["state"] == "refused"
    assert "between 10% and 30%" in " ".join(found.facts["words"])


def test_a_change_that_changes_nothing_passes(past: Past) -> None:
    first(past)
    past.run()
    found = settle(past, decisions={"act_above": 0.25, "monitor_up_to": 0.3})
    assert found.facts["state"] == "promoted"
    assert "the same in every case" in found.facts["words"][0]


def test_a_report_only_gate_decides_with_the_new_settings(past: Past) -> None:
    first(past)
    past.run(keeps=lambda name: 0.0 if name == "none" else 0.8)
    found = settle(past, incentives={"caution": 3.0, "exploration": 0.0}, learning={"gate": "report"})
    assert found.facts["state"] == "reported"
    assert found.settings.incentives.caution == 3.0
    with past.opened() as retinue:  # what was only reported is not in force
        assert govern(retinue, LATER + timedelta(days=1)).facts["state"] == "same"


def test_a_person_overrules_it_with_a_reason_from_the_refused_run_on(past: Past) -> None:
    first(past)
    past.run(keeps=lambda name: 0.0 if name == "none" else 0.8)
    changes = {"incentives": {"caution": 3.0, "exploration": 0.0}}
    settle(past, **changes)
    with past.opened(**changes) as retinue:
        with pytest.raises(UsageError, match="reason"):
            accept(retinue, " ")
        record = accept(retinue, "less spend")
        assert record.as_of == LATER.replace(tzinfo=None)
        found = govern(retinue, LATER)
        assert found.facts["state"] == "same"
        assert found.settings.incentives.caution == 3.0
        shown = retinue.policies()[0]
        assert (shown["state"], shown["in_force"], shown["reason"]) == ("accepted", True, "less spend")
        with pytest.raises(UsageError, match="in force already"):
            accept(retinue, "again")


def test_deciding_a_day_of_the_past_again_changes_nothing_of_today(past: Past) -> None:
    past.run(FIRST + timedelta(days=30))
    with past.opened(incentives={"caution": 3.0}) as retinue:
        found = govern(retinue, FIRST)
        found.keep(retinue)
        assert found.settings.incentives.caution == 3.0
        assert retinue.policies() == []
