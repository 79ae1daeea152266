"""What if: both sides, and an estimate only where the log can carry it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from tests.runs.conftest import FIRST, LATER, Past, believed, customers

from retinue.decisions.again import read_past
from retinue.decisions.terms import Terms
from retinue.decisions.withheld import bit
from retinue.errors import SettingsError, UsageError
from retinue.incentives.costs import cost_cents
from retinue.pipeline.stages import RECEIPTS, Stages
from retinue.runs.changes import change_of
from retinue.settings import Settings


def ask(past: Past, *assignments: str, as_of=LATER, budget=None, **options):
    with past.opened() as retinue:
        change = change_of(retinue.settings, assignments, budget=budget)
        return retinue.whatif(change, as_of=as_of, start=FIRST, end=LATER, **options)


def helpful(name: str) -> float:
    return 0.0 if name == "none" else 0.8


def test_both_sides_are_counted_and_nothing_is_written(past: Past) -> None:
    past.run(n=800)
    before = sorted(p for p in past.root.rglob("*") if p.is_file() and "duckdb" not in p.name)
    found = ask(past, budget=Decimal(300), top=3)
    was, new = found["was"], found["new"]
    assert was["budget"] is None
    assert new["budget"] == 300.0
    assert 0 < new["planned_cost"] <= 300.0 < was["planned_cost"]
    assert was["decided"] == new["decided"]
    assert sum(was["by_incentive"].values()) == was["offered"] > new["offered"]
    assert sum(new["by_rule"].values()) == new["decided"]
    assert len(found["changed"]["top"]) == 3
    assert found["changed"]["lose_an_offer"] >= was["offered"] - new["offered"]
    assert sorted(p for p in past.root.rglob("*") if p.is_file() and "duckdb" not in p.name) == before


def test_what_the_change_moves_adds_up(past: Past) -> None:
    past.run(n=500)
    found = ask(past, "incentives.caution=2", top=10_000)
    moved = sum(row["cost"] for row in found["changed"]["top"])
    assert moved == pytest.approx(found["new"]["planned_cost"] - found["was"]["planned_cost"], abs=0.02)
    assert found["changed"]["decisions"] == len(found["changed"]["top"]) > 0


def test_the_band_holds_the_truth_and_its_sign(past: Past) -> None:
    """Offers keep four of five leavers: to make none would have lost that."""
    past.run(keeps=helpful)
    found = ask(past, "incentives.caution=3", "incentives.exploration=0")
    band = found["band"]
    assert not band["refused"], band["words"]
    assert band["per_decision"]["high"] < 0
    assert band["total"]["value"] == pytest.approx(band["per_decision"]["value"] * band["decisions"])
    assert "worse" in band["words"][0]
    # The truth: what the offers of the log kept, 0.8 x risk x 300 each, of which saved_worth counts, less
    # their cost.
    assert band["total"]["low"] <= -_truth(past) <= band["total"]["high"]


def _truth(past: Past) -> float:
    """Expected worth of the lottery of the log over making no offer, for the decisions on record."""
    (path,) = past.root.glob(f".retinue/runs/*/{RECEIPTS}")
    run = read_past(path)
    drawn = run.propensities[:, 0] < 1.0
    cost = cost_cents(run.customers(None), run.terms.catalogue) / 100.0
    risk = run.assessment["churn_probability"].to_numpy()
    kept = run.terms.saved_worth * 0.8 * risk[:, None] * 300.0
    worth = (run.propensities[:, 1:] * (kept - cost)).sum(axis=1)
    return float(worth[drawn].sum())


def test_no_estimate_below_the_threshold_of_then(past: Past, monkeypatch) -> None:
    past.run(keeps=helpful, learned=believed(offers=1.5))
    everybody = customers(3000, FIRST, np.random.default_rng(1))
    monkeypatch.setattr(Stages, "assess_with", lambda *_: everybody)
    found = ask(past, "decisions.act_above=0.1", "decisions.monitor_up_to=0.1")
    band = found["band"]
    assert band["refused"]
    assert band["outside"]["below_threshold"] > 0.9
    assert "below the threshold of then" in " ".join(band["words"])
    assert "per_decision" not in band
    assert band["experiment"]["decisions"] > 0
    assert found["new"]["decided"] > found["was"]["decided"]


def test_no_estimate_before_outcomes_are_known(past: Past) -> None:
    past.run(n=300, outcomes=False)
    band = ask(past, "incentives.caution=2")["band"]
    assert band["refused"]
    assert "nothing to estimate from" in band["words"][0]


def test_no_estimate_of_offers_that_were_impossible(past: Past) -> None:
    """A run that believed in nothing made no offers; what they would bring was never tried."""
    past.run(n=800, learned=believed(offers=-6.0))
    past.run(FIRST + timedelta(days=2), n=800, seed=2)
    with past.opened() as retinue:
        change = change_of(retinue.settings, ["incentives.objective=formula"])
        first = sorted(run["campaign_id"] for run in retinue.runs())[0]
        found = retinue.whatif(change, as_of=LATER, run=first)
    assert found["band"]["refused"]
    assert found["new"]["offered"] > found["was"]["offered"]


def test_the_same_terms_change_nothing(past: Past) -> None:
    past.run(n=400)
    found = ask(past, "incentives.caution=0.5")
    assert found["was"] == found["new"]
    assert found["changed"]["decisions"] == 0
    assert "The same would have been done" in found["band"]["words"][0]


def test_guards_may_be_varied_one_by_one(past: Past) -> None:
    """What the change is not about stays as the receipts say, even where the tables tell nothing of it."""
    past.run(n=400, withheld={"C00001": bit("objected"), "C00002": bit("cancel_clicks")} | CAPPED)
    found = ask(past, "guards.contacts.most=1")
    rules, now = found["was"]["by_rule"], found["new"]["by_rule"]
    assert rules["contact_cap"] > 10
    assert "contact_cap" not in now  # nobody was approached before
    assert [now.get(rule) for rule in ("objected", "cancel_clicks")] == [
        rules.get(rule) for rule in ("objected", "cancel_clicks")
    ]
    assert found["new"]["offered"] > found["was"]["offered"]
    strict = ask(past, "guards.consent.required=true")  # nobody has said a word
    assert strict["new"]["offered"] == 0 < strict["was"]["offered"]
    assert strict["new"]["by_rule"]["objected"] > 300 - len(CAPPED)


CAPPED = {f"C{i:05d}": bit("contact_cap") for i in range(10, 60)}


def test_an_earlier_offer_counts_for_a_longer_gap(past: Past) -> None:
    past.run(n=400)
    second = past.run(FIRST + timedelta(days=20), n=400)
    with past.opened() as retinue:
        gaps = {}
        for days in (10, 30):
            change = change_of(retinue.settings, [f"incentives.offer_gap_days={days}"])
            gaps[days] = retinue.whatif(change, as_of=LATER, run=second)
    assert gaps[10]["new"] == gaps[10]["was"]
    assert gaps[30]["new"]["by_rule"]["under_offer"] > 20


def test_limits_may_be_varied_beside_the_money(past: Past) -> None:
    past.run(n=800, budget=Decimal(900), settings={"decisions": {"auto_cost_up_to": 8.0}})
    treated = ask(past, "budget.treated_share=0.02")
    assert 0 < treated["new"]["offered"] <= 16 < treated["was"]["offered"]
    assert treated["new"]["by_rule"]["treated_share"] > 0
    assert treated["new"]["budget"] == treated["was"]["budget"] == 900
    tier = ask(past, "budget.per_tier.Basic=100", budget=Decimal(5_000))
    assert 0 < tier["new"]["planned_cost"] <= 100
    assert tier["new"]["budget"] == 5_000
    with pytest.raises(SettingsError, match="no value tier"):
        ask(past, "budget.per_tier.Basicc=100")
    for shared in ("budget.per_month=1", "budget.per_campaign=1", 'guards.fairness.gate="refuse"'):
        with pytest.raises(UsageError, match="single run"):
            ask(past, shared)


def test_a_stopped_run_stays_stopped_and_says_so(past: Past) -> None:
    past.run(n=200, stop="ann: wrong prices")
    found = ask(past, "incentives.caution=0", budget=Decimal(500))
    assert found["was"]["offered"] == found["new"]["offered"] == 0
    assert "Retinue was stopped" in found["notes"][0]


def test_part_of_a_table_leaves_the_rest_of_it() -> None:
    settings = Settings(guards={"contacts": {"most": 7, "days": 60.0}})
    change = change_of(settings, ["guards.contacts.most=2"])
    assert change.settings.guards.contacts.model_dump() == {"most": 2, "days": 60.0}


def test_no_run_no_answer(past: Past) -> None:
    with pytest.raises(UsageError, match="no finished run"):
        ask(past, "incentives.caution=1")


def test_a_change_is_read_as_the_settings_are(tmp_path) -> None:
    settings = Settings(incentives={"catalogue": {"fixed_credit": {"value": 30.0}}})
    change = change_of(
        settings, ["incentives.catalogue.free_upgrade.enabled=false", "decisions.act_above=0.45"]
    )
    assert change.settings.incentives.catalogue == {
        "fixed_credit": {"value": 30.0},
        "free_upgrade": {"enabled": False},
    }
    assert change.settings.decisions.act_above == 0.45
    file = tmp_path / "catalogue.toml"
    file.write_text("[loyalty_points]\nenabled = false\n")
    assert change_of(settings, catalogue=file).settings.incentives.catalogue == {
        "loyalty_points": {"enabled": False}
    }
    for wrong in ("incentives.caution", "caution=1", "churn.horizon_days=30"):
        with pytest.raises(UsageError):
            change_of(settings, [wrong])
    with pytest.raises(SettingsError, match="cauton"):
        change_of(settings, ["incentives.cauton=1"])
    with pytest.raises(UsageError, match="Nothing is to be changed"):
        change_of(settings)


def test_a_run_keeps_its_own_terms_but_for_what_is_stated(past: Past) -> None:
    past.run(n=100)
    with past.opened() as retinue:
        had = Terms.of(retinue.settings)
    change = change_of(Settings(), ["incentives.tolerance=0.2", "holdout.share=0.3"])
    found = change.terms(had)
    assert (found.tolerance, found.holdout_share) == (0.2, 0.3)
    assert found.thresholds == had.thresholds  # not those of the settings the change was stated on
    with pytest.raises(UsageError, match="must hold"):
        change_of(Settings(), ["decisions.act_above=0.5"]).terms(had)
