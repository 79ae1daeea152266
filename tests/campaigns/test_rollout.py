"""A day in each phase of a roll-out: who gets an offer, who decides, what goes on record, and replay."""

from __future__ import annotations

import numpy as np
import pytest

from retinue.decisions.again import decide_again, read_past
from retinue.decisions.explain import explain
from retinue.decisions.receipt_file import read_receipts
from retinue.decisions.rollout import Rollout, threshold_for
from retinue.domain import ActionType
from retinue.outcomes.logged import REVIEWED, logged_decisions
from retinue.runs.recording import record_decisions
from retinue.settings import Settings
from retinue.warehouse import Warehouse
from retinue.warehouse.engines.duckdb import DuckDBEngine

N = 1_000
SALT = "retinue-rollout"


def routes(decided):
    return {d.customer_id: (d.action_type, d.rule, d.incentive) for d in decided.decisions}


@pytest.fixture
def threshold(make_day):
    return threshold_for(make_day(N)[0]["customer_id"].tolist(), SALT, 400)


def test_in_the_pilot_a_person_looks_at_every_offer_and_others_get_none(decide_day, threshold):
    pilot = Rollout("pilot", threshold, SALT)
    free, decided = decide_day(N), decide_day(N, rollout=pilot)
    before, now = routes(free), routes(decided)
    out = dict(zip(now, pilot.outside(list(now)), strict=True))
    assert {route for route, _, _ in now.values()} == {
        ActionType.MANUAL_REVIEW,
        ActionType.MONITOR,
        ActionType.NO_ACTION,
    }
    moved = 0
    for customer, (route, rule, offer) in now.items():
        if out[customer]:
            assert offer is None
            assert rule in ("monitor_band", "not_in_rollout")
        elif before[customer][0] is ActionType.AUTO_EXECUTE:
            assert (route, rule, offer) == (ActionType.MANUAL_REVIEW, "pilot_review", before[customer][2])
            moved += 1
        else:
            assert (route, rule, offer) == before[customer]
    assert moved > 20
    assert decided.summary["rollout"]["customers"] == 400
    assert decided.summary["withheld"]["not_in_rollout"] == sum(out.values())


def test_in_the_expansion_low_risk_goes_out_by_itself_among_those_who_are_in(decide_day, threshold):
    expand = Rollout("expand", threshold, SALT)
    before, now = routes(decide_day(N)), routes(decide_day(N, rollout=expand))
    outside = {c for c, out in zip(now, expand.outside(list(now)), strict=True) if out}
    assert {c: r for c, r in now.items() if c not in outside} == {
        c: r for c, r in before.items() if c not in outside
    }
    assert all(offer is None for c, (_, _, offer) in now.items() if c in outside)


def test_in_full_everybody_is_decided_as_without_a_roll_out(decide_day):
    full = Rollout("full", 1.0, SALT)
    assert routes(decide_day(N, rollout=full)) == routes(decide_day(N))


def test_nobody_outside_is_in_any_arm_and_in_the_pilot_everybody_is_recorded_as_proposed(
    decide_day, threshold, tmp_path
):
    pilot = Rollout("pilot", threshold, SALT)
    path = tmp_path / "r.parquet"
    decided = decide_day(N, rollout=pilot, receipts_file=path)
    warehouse = Warehouse(DuckDBEngine(None))
    try:
        warehouse.engine.create_tables()
        record_decisions(warehouse, path, "CAMP_1")
        log = logged_decisions(warehouse, decided_later())
    finally:
        warehouse.engine.close()
    out = dict(zip(log["customer_id"], pilot.outside(log["customer_id"].tolist()), strict=True))
    assert len(log) > 50
    assert not any(out.values())
    assert set(log["action"]) == {"none"}
    assert set(log["arm"]) == {"treatment", "holdout"}
    assert log["policy_version"].str.startswith(REVIEWED).all()
    assert log["probability"].isna().all(), "what a person will choose has no known probability"
    offered = {d.customer_id for d in decided.decisions if d.incentive is not None}
    assert offered <= set(log["customer_id"])


def test_the_arms_of_a_pilot_can_be_compared_by_intention_to_treat(decide_day, tmp_path):
    from retinue.outcomes.intention import entries
    from retinue.settings import HoldoutSettings

    path = tmp_path / "r.parquet"
    decide_day(4_000, rollout=Rollout("pilot", 1.0, SALT), receipts_file=path)
    warehouse = Warehouse(DuckDBEngine(None))
    try:
        warehouse.engine.create_tables()
        record_decisions(warehouse, path, "CAMP_1")
        units = entries(logged_decisions(warehouse, decided_later()), HoldoutSettings()).units
    finally:
        warehouse.engine.close()
    share = float((units["arm"] == "holdout").mean())
    assert np.allclose(units["p_holdout"], 0.1)
    assert abs(share - 0.1) < 4 * np.sqrt(0.09 / len(units))


def decided_later():
    from datetime import UTC, datetime

    return datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize("phase", ["pilot", "expand"])
def test_the_same_decisions_come_out_of_the_receipts(decide_day, threshold, tmp_path, phase):
    path = tmp_path / "r.parquet"
    decided = decide_day(N, rollout=Rollout(phase, threshold, SALT), receipts_file=path)
    past = read_past(path)
    assert past.terms.rollout == Rollout(phase, threshold, SALT)
    rows, batch = decide_again(past, past.terms, learned=None, limits=past.limits)
    assert len(rows) == len(decided.decisions)
    for was, now in zip(decided.decisions, batch.decisions, strict=True):
        assert (was.rule, was.action_type, was.cost, was.propensities) == (
            now.rule,
            now.action_type,
            now.cost,
            now.propensities,
        )


def test_the_story_says_why(decide_day, threshold, tmp_path):
    path = tmp_path / "r.parquet"
    decide_day(N, rollout=Rollout("pilot", threshold, SALT), receipts_file=path)
    known = [r for r in read_receipts(path) if r.body["assessment"]["clv_low"] is not None]
    stories = {r.body["decision"]["rule"]: explain(r) for r in known}
    assert "In the pilot a person decides on every offer. (rule pilot_review)" in stories["pilot_review"]
    assert "a person must approve it." in stories["pilot_review"]
    assert "the roll-out has not come that far. (rule not_in_rollout)" in stories["not_in_rollout"]


def test_every_offer_of_a_pilot_takes_a_review(decide_day):
    settings = Settings(budget={"reviews_per_day": 7}, incentives={"exploration": 0.0})
    decided = decide_day(N, settings=settings, rollout=Rollout("pilot", 1.0, SALT))
    assert sum(d.incentive is not None for d in decided.decisions) == 7
