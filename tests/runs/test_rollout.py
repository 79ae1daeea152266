"""Phases and gates on a workspace whose outcomes follow a known law."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from tests.runs.conftest import FIRST, LATER, Past

from retinue.app import Retinue
from retinue.errors import UsageError
from retinue.runs.phases import in_force, learns_until, note, rollout_at
from retinue.runs.rollout import watch
from retinue.runs.schedule import chosen
from retinue.settings import RolloutSettings
from retinue.store.rollout import Size, Step, add_step, fix_size, size_of, steps

DAY = timedelta(days=1)
IDS = [f"C{number:05d}" for number in range(10_000)]
PILOT: Mapping[str, Any] = {"phase": "pilot", "pilot_customers": 1_000, "expand_customers": 5_000}


def begun(retinue: Retinue, phase: Any = "pilot", since: datetime = FIRST, kind: Any = "begin") -> None:
    moment = since.replace(tzinfo=None)
    add_step(retinue.store, Step(phase, kind, moment, moment, "ada", ""))


def gate_of(retinue: Retinue, as_of: datetime = LATER) -> dict[str, Any]:
    return {one["condition"]: one for one in retinue.rollout(as_of).gate}


def test_phases_are_nested_exact_and_kept_as_customers_come_and_go(past: Past) -> None:
    with past.opened(rollout=PILOT) as retinue:
        settings, store = retinue.settings.rollout, retinue.store
        found = {}
        for days, phase in enumerate(("pilot", "expand", "full")):
            begun(retinue, phase, FIRST + days * DAY)
            seen = rollout_at(store, settings, FIRST + days * DAY, lambda: IDS)
            assert seen is not None
            fix_size(store, Size(phase, seen.threshold, len(IDS), seen.salt), clock=FIRST)
            found[phase] = {i for i, out in zip(IDS, seen.outside(IDS), strict=True) if not out}
        assert [len(found[phase]) for phase in found] == [1_000, 5_000, 10_000]
        assert found["pilot"] < found["expand"] < found["full"]
        few = IDS[:3_000]
        again = rollout_at(store, settings, FIRST, lambda: few)
        assert again is not None
        assert {i for i, out in zip(few, again.outside(few), strict=True) if not out} == found["pilot"] & set(
            few
        )


def test_an_expansion_never_holds_fewer_than_the_pilot(past: Past) -> None:
    with past.opened(rollout={**PILOT, "expand_customers": 10}) as retinue:
        fix_size(retinue.store, Size("pilot", 0.4, 10_000, "retinue-rollout"), clock=FIRST)
        begun(retinue, "expand")
        seen = rollout_at(retinue.store, retinue.settings.rollout, LATER, lambda: IDS)
        assert seen is not None
        assert seen.threshold == 0.4


def test_off_is_no_roll_out_whatever_the_history(past: Past) -> None:
    with past.opened() as retinue:
        begun(retinue)
        assert in_force(retinue.store, retinue.settings.rollout, LATER) is None
        assert rollout_at(retinue.store, retinue.settings.rollout, LATER, lambda: IDS) is None
        assert retinue.rollout(LATER).as_dict()["phase"] == "off"
        assert watch(retinue, LATER) == {"phase": "off"}


def test_the_settings_say_where_it_begins_and_the_history_where_it_is(past: Past) -> None:
    with past.opened(rollout={**PILOT, "phase": "expand"}) as retinue:
        store, settings = retinue.store, retinue.settings.rollout
        first = in_force(store, settings, LATER)
        assert first is not None
        assert first.phase == "expand"
        begun(retinue, "pilot")
        now = in_force(store, settings, LATER)
        assert now is not None
        assert now.phase == "pilot"
        assert now == in_force(store, settings, FIRST - 90 * DAY), "a time before is of the first phase"
        told = note({"phase": "pilot", "customers": 7}, 9, settings, "pilot")
        assert "7 of 9 active customers are in; a person reviews every offer." in told[0]
        assert 'rollout.phase = "expand" in retinue.toml does nothing' in told[1]


def test_before_the_last_phase_only_what_was_known_at_its_beginning_decides(past: Past) -> None:
    settings = RolloutSettings(phase="pilot")
    with past.opened(rollout=PILOT) as retinue:
        begun(retinue)
        assert learns_until(retinue.store, settings, LATER) == FIRST
        begun(retinue, "expand", FIRST + 30 * DAY)
        assert learns_until(retinue.store, settings, FIRST + 10 * DAY) == FIRST
        assert learns_until(retinue.store, settings, LATER) == FIRST + 30 * DAY
        assert retinue.stages(LATER).learns_until == FIRST + 30 * DAY
        begun(retinue, "full", FIRST + 60 * DAY)
        assert learns_until(retinue.store, settings, LATER) is None
        assert retinue.stages(LATER).learns_until is None


def test_a_gate_shows_every_condition_with_what_was_measured(past: Past) -> None:
    past.run(keeps=lambda _: 0.0, n=600)
    with past.opened(rollout={**PILOT, "to_expand": {"outcomes": 10_000, "days": 500}}) as retinue:
        begun(retinue)
        gate = gate_of(retinue)
        assert list(gate) == ["days", "outcomes", "arms", "effect", "objections", "running"]
        assert gate["days"]["met"] is False
        assert gate["days"]["measured"] == 120.0
        assert gate["outcomes"]["met"] is False
        assert 100 < gate["outcomes"]["measured"] <= 600
        assert gate["arms"]["met"] is True
        assert gate["effect"]["met"] is False, "an offer that keeps nobody is not shown to keep anybody"
        assert gate["objections"]["met"] is None
        assert gate["running"]["met"] is True
        with pytest.raises(UsageError, match=r"gate to expand is shut: 120 days have passed; 500"):
            retinue.rollout_advance(LATER, who="ada")
        retinue.stop(who="ada", reason="wrong prices")
        assert gate_of(retinue)["running"]["met"] is False
        assert len(steps(retinue.store)) == 1


def test_a_gate_opens_when_offers_surely_keep_customers(past: Past) -> None:
    for day in range(3):
        past.run(FIRST + day * DAY, keeps=lambda name: 0.9 if name != "none" else 0.0, seed=day)
    with past.opened(rollout={**PILOT, "to_expand": {"outcomes": 500, "least_effect": 0.05}}) as retinue:
        begun(retinue)
        gate = gate_of(retinue)
        assert gate["effect"]["met"] is True, gate["effect"]["words"]
        assert gate["effect"]["measured"] >= 0.05
        step = retinue.rollout_advance(LATER, who="ada", reason="went well")
        assert (step.phase, step.overridden) == ("expand", False)
        assert in_force(retinue.store, retinue.settings.rollout, LATER) == step
        assert steps(retinue.store)[0] == step


def test_a_person_may_go_on_with_a_reason_which_is_kept(past: Past) -> None:
    past.run(n=300)
    with past.opened(rollout=PILOT) as retinue:
        with pytest.raises(UsageError, match="has not begun"):
            retinue.rollout_advance(LATER, who="ada", override=True, reason="hurry")
        begun(retinue)
        with pytest.raises(UsageError, match="reason is missing"):
            retinue.rollout_advance(LATER, who="ada", override=True)
        step = retinue.rollout_advance(LATER, who="ada", override=True, reason="hurry")
        assert step.overridden
        kept = steps(retinue.store)[0]
        assert (kept.phase, kept.reason, kept.who) == ("expand", "hurry", "ada")
        assert any(one["met"] is False for one in kept.gate)
        retinue.rollout_advance(LATER + DAY, who="ada", override=True, reason="hurry")
        with pytest.raises(UsageError, match="no further phase"):
            retinue.rollout_advance(LATER + 2 * DAY, who="ada", override=True, reason="hurry")


def test_back_needs_a_reason_and_a_phase_before(past: Past) -> None:
    with past.opened(rollout=PILOT) as retinue:
        begun(retinue)
        with pytest.raises(UsageError, match="no phase before the pilot"):
            retinue.rollout_back(LATER, who="ada", reason="complaints")
        begun(retinue, "expand", FIRST + DAY)
        with pytest.raises(UsageError, match="reason is missing"):
            retinue.rollout_back(LATER, who="ada", reason=" ")
        step = retinue.rollout_back(LATER, who="ada", reason="complaints")
        assert (step.phase, step.kind) == ("pilot", "back")
        assert in_force(retinue.store, retinue.settings.rollout, LATER + DAY) == step


def objected(retinue: Retinue, customers: list[str], at: datetime) -> None:
    rows = [
        {
            "consent_id": f"K{number}",
            "customer_id": customer,
            "channel": "email",
            "purpose": "retention",
            "granted": False,
            "valid_from": at.replace(tzinfo=None),
            "source": "test",
            "recorded_at": at.replace(tzinfo=None),
        }
        for number, customer in enumerate(customers)
    ]
    retinue.warehouse.engine.append("consents", pa.Table.from_pylist(rows))


def test_objections_after_an_offer_of_this_phase_count(past: Past) -> None:
    past.run(n=600, outcomes=False)
    with past.opened(rollout={**PILOT, "to_expand": {"most_objections": 0.05}}) as retinue:
        begun(retinue)
        rows = retinue.warehouse.history("interventions", LATER).execute()
        offered = sorted(rows.loc[(rows["incentive"] != "none") & ~rows["held_out"], "customer_id"])
        others = sorted(set(IDS[:600]) - set(offered))
        objected(retinue, offered[:3] + others[:50], FIRST + DAY)
        found = gate_of(retinue)["objections"]
        assert found["measured"] == pytest.approx(3 / len(offered))
        assert found["met"] is (3 / len(offered) <= 0.05)
        begun(retinue, "expand", FIRST + 2 * DAY)
        assert gate_of(retinue)["objections"]["met"] is None, "nobody had an offer in that phase"


def harmful(past: Past) -> None:
    """Offers that drive most of those away who would have stayed."""
    for day in range(3):
        past.run(FIRST + day * DAY, keeps=lambda name: -0.9 if name != "none" else 0.0, seed=day)


def test_sure_harm_goes_back_once_where_that_is_set(past: Past) -> None:
    harmful(past)
    with past.opened(rollout={**PILOT, "fallback": True}) as retinue:
        begun(retinue)
        begun(retinue, "expand", FIRST + 10 * DAY)
        told = watch(retinue, LATER)
        assert told["alert"].startswith("Went back to pilot: Harm is sure. Retention: worse")
        newest = steps(retinue.store)[0]
        assert (newest.phase, newest.kind, newest.who) == ("pilot", "fallback", "job rollout")
        again = watch(retinue, LATER + DAY)
        assert "retinue stop" in again["alert"]
        assert len(steps(retinue.store)) == 3


@pytest.mark.slow
def test_sure_harm_is_only_told_where_going_back_is_not_set(past: Past) -> None:
    harmful(past)
    with past.opened(rollout=PILOT) as retinue:
        begun(retinue)
        begun(retinue, "expand", FIRST + 10 * DAY)
        (job,) = chosen(["rollout"])
        done = job.work(retinue, LATER)
        assert done.alert is not None
        assert done.alert.endswith("To go back a phase: retinue rollout back")
        assert len(steps(retinue.store)) == 2
        with past.opened(rollout={**PILOT, "harm": 0.99}) as tolerant:
            assert watch(tolerant, LATER).get("harm") is None


def test_nothing_is_fixed_by_looking(past: Past) -> None:
    with past.opened(rollout=PILOT) as retinue:
        begun(retinue)
        rollout_at(retinue.store, retinue.settings.rollout, LATER, lambda: IDS)
        retinue.rollout(LATER)
        assert size_of(retinue.store, "pilot") is None


def test_the_jobs_of_the_schedule_work_on_a_real_workspace(past: Past) -> None:
    past.run(n=300)
    with past.opened() as retinue:
        jobs = {job.name: job for job in chosen()}
        assert jobs["expire"].work(retinue, LATER).result == {"freed": 0, "forgotten": 0}
        assert jobs["reviews"].work(retinue, LATER).result == {"escalated": 0, "expired": 0}
        assert jobs["deliveries"].work(retinue, LATER).result == {"mode": "off", "queued": 0}
        found = jobs["outcomes"].work(retinue, datetime(2025, 6, 1, tzinfo=UTC))
        assert {arm["arm"] for arm in found.result["arms"]} == {"treatment", "holdout"}
        assert found.alert is None
