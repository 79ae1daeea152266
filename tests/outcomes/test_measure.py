"""The measurement: known answers, no claim without an effect, and nothing shown when the arms are broken."""

from datetime import UTC, datetime

import numpy as np
import pytest

from retinue.outcomes import as_dict, frame, in_words, measure
from retinue.outcomes.intention import entries, followed
from retinue.outcomes.logged import logged_decisions, outcome_rows
from retinue.settings import HoldoutSettings, Settings

AS_OF = datetime(2025, 12, 1, tzinfo=UTC)


def test_retention_and_money_come_out_as_they_are(log) -> None:
    log.experiment(3000, effect=0.15, seed=2)
    found = measure(log.warehouse, Settings(), AS_OF)
    kept, earned = found.contrast("retention"), found.contrast("net_revenue")
    assert kept.claim == earned.claim == "better"
    assert kept.estimate.low < 0.15 < kept.estimate.high
    assert earned.estimate.low < 15.0 < earned.estimate.high  # a credit is missing from what was paid
    treated = next(row for row in found.arms if row.arm == "treatment")
    assert earned.total.value == pytest.approx(earned.estimate.value * treated.judged)
    assert treated.spend == 5.0 * treated.customers
    listed = measure(log.warehouse, Settings(outcomes={"revenue": "listed"}), AS_OF)
    assert listed.contrast("net_revenue").estimate.value == pytest.approx(
        earned.estimate.value - 5.0, abs=0.3
    )
    assert found.forecast.known
    assert found.ratio.p_value > 0.001
    assert found.looks[-1].estimate.value == pytest.approx(kept.estimate.value)


def test_without_an_effect_there_is_no_claim(make_log) -> None:
    claims = 0
    for seed in range(6):
        log = make_log()
        log.experiment(600, effect=0.0, seed=seed, per_day=10.0)
        found = measure(log.warehouse, Settings(), AS_OF)
        claims += sum(c.claim in ("better", "worse") for c in found.contrasts)
        assert "no evidence of a difference" in found.contrast("retention").statement
    assert claims == 0


def test_a_broken_ratio_hides_the_winner_and_says_why(log) -> None:
    log.experiment(4000, effect=0.15, keep=0.7)
    found = measure(log.warehouse, Settings(), AS_OF)
    assert found.hidden
    assert {c.claim for c in found.contrasts} == {"hidden"}
    assert all(c.estimate is None for c in found.contrasts)
    assert all(row.reward is None and row.effect is None for row in found.incentives)
    assert found.forecast is None
    said = in_words(found)
    assert "Results are hidden" in said
    assert "%" not in said.split("When will")[0].split("Results are hidden")[0].replace("p = ", "")


def test_results_reported_for_one_arm_only_are_noticed(log) -> None:
    log.experiment(2000, effect=0.0)
    log.warehouse.engine.raw.execute(
        "DELETE FROM outcomes WHERE decision_id IN (SELECT decision_id FROM interventions WHERE held_out)"
        " AND hash(outcome_id) % 2 = 0"
    )
    found = measure(log.warehouse, Settings(), AS_OF)
    assert not found.ratio.broken
    assert found.attrition.broken
    assert found.hidden


def test_too_little_says_so_and_nothing_at_all_is_fine(make_log) -> None:
    log = make_log()
    log.experiment(60, effect=0.1)
    found = measure(log.warehouse, Settings(), AS_OF)
    assert {c.claim for c in found.contrasts} == {"too_little"}
    empty = measure(make_log().warehouse, Settings(), AS_OF)
    assert empty.arms == ()
    assert "nothing to compare" in in_words(empty)
    assert as_dict(empty)["contrasts"][0]["claim"] == "too_little"


def test_a_customer_enters_once_and_those_in_their_window_wait(log) -> None:
    log.add(
        "interventions",
        [
            log.decide("d0", "c1", 0, p={"none": 1.0}),
            log.decide("d1", "c1", 10, held_out=True),
            log.decide("d2", "c1", 50, cost=9.0),
            log.decide("d3", "c2", 300),
        ],
    )
    log.add("outcomes", [log.saw("o1", "d1", "c1", 100, True), log.saw("o2", "d3", "c2", 320, False)])
    decisions = logged_decisions(log.warehouse, AS_OF)
    cohort = entries(decisions, HoldoutSettings())
    assert cohort.units[["unit", "decision_id", "arm"]].values.tolist() == [
        ["c1", "d1", "holdout"],
        ["c2", "d3", "treatment"],
    ]
    assert cohort.units.p_holdout.tolist() == pytest.approx([0.2, 0.2])
    done = followed(cohort, decisions, outcome_rows(log.warehouse, AS_OF), as_of=AS_OF, window_days=90)
    assert done.units.matured.tolist() == [True, False]
    assert done.units.crossed.tolist() == [True, False]
    assert done.units.cost.tolist() == [9.0, 0.0]
    assert any("left alone got an offer" in note for note in done.notes)


def test_merged_customers_keep_the_holdout_and_their_own_probability(log) -> None:
    log.add(
        "interventions",
        [log.decide("d1", "a", 0), log.decide("d2", "b", 5, held_out=True), log.decide("d3", "c", 0)],
    )
    log.add("outcomes", [log.saw("o", "d2", "b", 95, False)])
    decisions = logged_decisions(log.warehouse, AS_OF)
    units = entries(decisions, HoldoutSettings(), merged={"a": ["b"]}).units.set_index("unit")
    assert units.arm.to_dict() == {"a": "holdout", "c": "treatment"}
    assert units.p_holdout["a"] == pytest.approx(1 - 0.8**2)
    cohort = entries(decisions, HoldoutSettings(), merged={"a": ["b"]})
    done = followed(
        cohort,
        decisions,
        outcome_rows(log.warehouse, AS_OF),
        as_of=AS_OF,
        window_days=90,
        merged={"a": ["b"]},
    )
    assert done.units.set_index("unit").retained["a"] == 0.0


def test_business_as_usual_is_an_arm_of_its_own(log) -> None:
    rng = np.random.default_rng(4)
    decisions, outcomes = [], []
    for i in range(1500):
        u = rng.random()
        arm = "holdout" if u < 0.1 else "usual" if u > 0.7 else "treatment"
        stay = bool(rng.random() < {"holdout": 0.6, "usual": 0.7, "treatment": 0.85}[arm])
        decisions.append(
            log.decide(
                f"d{i}", f"c{i}", i / 10, held_out=arm == "holdout", policy="usual" if arm == "usual" else "1"
            )
        )
        outcomes.append(log.saw(f"o{i}", f"d{i}", f"c{i}", i / 10 + 90, stay))
    log.add("interventions", decisions)
    log.add("outcomes", outcomes)
    found = measure(log.warehouse, Settings(holdout={"share": 0.1, "usual_share": 0.3}), AS_OF)
    assert [row.arm for row in found.arms] == ["treatment", "usual", "holdout"]
    assert (
        found.contrast("retention", "holdout").estimate.low < 0.25 < found.contrast("retention").estimate.high
    )
    against = found.contrast("retention", "usual").estimate
    assert against.low < 0.15 < against.high


def test_a_policy_that_chooses_none_takes_the_share_from_the_settings(log) -> None:
    log.add(
        "interventions",
        [log.decide("d1", "c1", 0, "none", p={"none": 0.7, "fixed_credit": 0.3}), log.decide("d2", "c2", 0)],
    )
    units = entries(logged_decisions(log.warehouse, AS_OF), HoldoutSettings(share=0.15)).units
    assert units.p_holdout.tolist() == pytest.approx([0.15, 0.15])


def test_saved_revenue_stands_beside_it_and_is_labelled(log) -> None:
    import pandas as pd

    log.experiment(400, effect=0.1)
    facts = pd.DataFrame(
        {"churn_probability": 0.5, "clv": 200.0}, index=pd.Index([f"d{i}" for i in range(400)], dtype=object)
    )
    found = measure(log.warehouse, Settings(), AS_OF, facts=facts)
    assert found.saved.amount == 200.0 * found.saved.retained
    assert "not what the offers earned" in found.saved.statement
    body = as_dict(found)
    assert body["saved_revenue"]["causal"] is False
    assert list(frame(found, "arms").arm) == ["treatment", "holdout"]
    assert {"estimate_value", "estimate_always_low"} <= set(frame(found, "contrasts").columns)
    assert len(frame(found, "looks")) == len(found.looks)


def test_a_log_with_only_the_probability_of_what_was_done_is_enough(log) -> None:
    log.experiment(1500, effect=0.15, seed=2, per_day=10.0)
    log.warehouse.engine.raw.execute(
        "UPDATE interventions SET propensities = NULL, propensity = CASE WHEN held_out THEN 0.2 ELSE 0.8 END"
    )
    found = measure(log.warehouse, Settings(), AS_OF)
    assert not found.hidden
    assert found.contrast("retention").estimate.low < 0.15 < found.contrast("retention").estimate.high
    credit = next(row for row in found.incentives if row.incentive == "fixed_credit")
    assert credit.effect.low < 0.15 < credit.effect.high


def test_what_another_decision_brought_is_not_the_revenue_of_the_entry(log) -> None:
    log.add("interventions", [log.decide("d1", "c1", 0), log.decide("d2", "c1", 60)])
    log.add("outcomes", [log.saw("o1", "d2", "c1", 92, True, 3.0)])
    decisions, outcomes = logged_decisions(log.warehouse, AS_OF), outcome_rows(log.warehouse, AS_OF)
    cohort = entries(decisions, HoldoutSettings())
    done = followed(cohort, decisions, outcomes, as_of=AS_OF, window_days=90).units
    assert done.retained.tolist() == [1.0]
    assert done.revenue.isna().all()
