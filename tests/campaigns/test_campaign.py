"""The campaign: the design document's form, exact sums, a stable order and stable bytes."""

import json
import math
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retinue.campaigns import campaign_bytes, campaign_id, ranked, write_campaign
from retinue.campaigns.campaign import cents
from retinue.decisions import find_receipt, read_receipts
from retinue.errors import BudgetError, DataError, SettingsError, UsageError
from retinue.settings import Settings

PATIENT = settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])


def dec(value):
    return Decimal(str(value))


def test_has_the_design_documents_form(decide_day):
    campaign = decide_day().campaign
    assert list(campaign)[:3] == ["campaign_id", "target_customers", "total_expected_roi"]
    assert campaign["campaign_id"] == "CAMP_2026_02_14_001"
    with_offer = [a for a in campaign["actions"] if a["recommended_incentive"]]
    assert with_offer
    for action in with_offer:
        assert set(action["recommended_incentive"]) == {"type", "value", "duration_months"}
        assert action["action_type"] in ("auto_execute", "manual_review")
        assert action["urgency"] in ("HIGH", "MEDIUM", "LOW")
        assert action["incentive_id"].startswith(action["recommended_incentive"]["type"])
        assert action["propensities"][action["incentive_id"]] > 0
    json.loads(campaign_bytes(campaign))


def test_lists_everybody_above_the_threshold_and_nobody_else(decide_day, make_day):
    assessments, _, _ = make_day()
    campaign = decide_day().campaign
    above = assessments.loc[assessments["churn_probability"] > 0.4, "customer_id"]
    assert sorted(a["customer_id"] for a in campaign["actions"]) == sorted(above)
    assert campaign["target_customers"] == len(above)


def test_held_out_customers_are_listed_without_an_offer(decide_day):
    actions = decide_day(2_000).campaign["actions"]
    held = [a for a in actions if a["held_out"]]
    assert held
    for action in held:
        assert action["recommended_incentive"] is None
        assert action["incentive_id"] == "none"
        assert action["action_type"] in ("no_action", "monitor")
        assert action["cost"] == action["expected_roi"] == action["retention_lift"] == 0


def test_totals_add_up_to_the_cent(decide_day):
    result = decide_day(500)
    actions, summary = result.campaign["actions"], result.summary
    assert dec(result.campaign["total_expected_roi"]) == sum(dec(a["expected_roi"]) for a in actions)
    assert summary["expected_net"] == result.campaign["total_expected_roi"]
    assert dec(summary["cost_planned"]) == sum(dec(a["cost"]) for a in actions)
    assert sum(summary["actions_by_route"].values()) == summary["at_risk"] == len(actions)
    assert sum(summary["actions_by_rule"].values()) == len(actions)
    assert summary["offers"] == sum(a["recommended_incentive"] is not None for a in actions)
    assert summary["held_out"] == sum(a["held_out"] for a in actions)
    assert summary["urgent"] == sum(a["urgency"] == "HIGH" for a in actions)
    assert summary["customers"] == 500
    at_stake = math.fsum(a["clv"] * a["churn_probability"] for a in actions)
    assert summary["revenue_at_risk"] == pytest.approx(at_stake, abs=0.01 * len(actions))
    assert summary["budget"] is None


def test_ranked_by_priority_then_customer(decide_day):
    result = decide_day(500)
    actions = result.campaign["actions"]
    scores = [a["priority_score"] for a in actions]
    assert scores == sorted(scores, reverse=True)
    assert [a["rank"] for a in actions] == list(range(1, len(actions) + 1))
    nothing = [a["customer_id"] for a in actions if a["rule"] == "nothing_pays"]
    assert len(nothing) > 1
    assert nothing == sorted(nothing)
    assert ranked(result.decisions[::-1])[0] == len(result.decisions) - 1 - ranked(result.decisions)[0]


@PATIENT
@given(st.integers(0, 10_000), st.decimals(0, 3_000, places=2))
def test_planned_cost_never_exceeds_the_budget(decide_day, seed, budget):
    result = decide_day(60, seed, budget=budget)
    spent = sum(dec(a["cost"]) for a in result.campaign["actions"])
    assert spent <= budget
    facts = result.summary["budget"]
    assert dec(facts["limit"]) == budget
    assert dec(facts["planned"]) + dec(facts["left"]) == budget
    assert facts["shadow_price"] >= 0


def test_the_same_input_gives_the_same_bytes(decide_day, make_day, tmp_path):
    one = decide_day(300, budget=Decimal(500), receipts_file=tmp_path / "one.parquet")
    two = decide_day(300, budget=Decimal(500), receipts_file=tmp_path / "two.parquet")
    assert campaign_bytes(one.campaign) == campaign_bytes(two.campaign)
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "two.parquet").read_bytes()


def test_the_order_of_the_rows_does_not_matter(make_day):
    from retinue.campaigns import decide_all

    assessments, features, reasons = make_day(300)
    options = {
        "settings": Settings(),
        "as_of": datetime(2026, 2, 14, tzinfo=UTC),
        "run_id": "r",
        "budget": Decimal(500),
        "versions": {},
    }
    one = decide_all(assessments, features, reasons, **options)
    two = decide_all(assessments[::-1], features.sample(frac=1, random_state=1), reasons, **options)
    assert campaign_bytes(one.campaign) == campaign_bytes(two.campaign)


def test_a_dry_run_names_the_same_receipts_and_writes_none(decide_day, tmp_path):
    path = tmp_path / "receipts.parquet"
    wet, dry = decide_day(receipts_file=path), decide_day()
    assert wet.receipt_ids == dry.receipt_ids
    assert campaign_bytes(wet.campaign) == campaign_bytes(dry.campaign)
    assert (wet.receipts_file, dry.receipts_file) == (path, None)
    kept = {receipt.decision_id: receipt.receipt_id for receipt in read_receipts(path)}
    assert kept == {a["decision_id"]: a["receipt_id"] for a in wet.campaign["actions"]}
    action = wet.campaign["actions"][0]
    decision = find_receipt(path, action["decision_id"], by="decision_id").body["decision"]
    assert cents(decision["expected_roi"]) == action["expected_roi"]


def test_time_zone_of_the_date_does_not_matter(decide_day):
    local = datetime(2026, 2, 14, 1, tzinfo=timezone(timedelta(hours=1)))
    naive = datetime(2026, 2, 14)
    expected = campaign_bytes(decide_day().campaign)
    assert campaign_bytes(decide_day(as_of=local).campaign) == expected
    assert campaign_bytes(decide_day(as_of=naive).campaign) == expected


def test_the_holdout_is_the_same_every_day_and_the_draw_is_not(decide_day):
    one, two = (decide_day(2_000, as_of=datetime(2026, 2, day, tzinfo=UTC)) for day in (14, 15))
    assert [d.held_out for d in one.decisions] == [d.held_out for d in two.decisions]
    assert [d.incentive for d in one.decisions] != [d.incentive for d in two.decisions]
    assert {d.decision_id for d in one.decisions}.isdisjoint(d.decision_id for d in two.decisions)


def test_nobody_at_risk_is_a_campaign_of_nobody(decide_day, tmp_path):
    calm = Settings(decisions={"act_above": 1.0, "monitor_up_to": 1.0, "urgent_above": 1.0})
    result = decide_day(settings=calm, budget=Decimal(10), receipts_file=tmp_path / "r.parquet")
    assert result.campaign["actions"] == []
    assert result.campaign["total_expected_roi"] == result.summary["revenue_at_risk"] == 0.0
    assert list(read_receipts(tmp_path / "r.parquet")) == []


def test_written_whole(decide_day, tmp_path):
    campaign = decide_day().campaign
    write_campaign(tmp_path / "out" / "campaign.json", campaign)
    assert json.loads((tmp_path / "out" / "campaign.json").read_text()) == campaign
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["campaign.json"]


def test_unknown_amounts_and_times_are_null_not_nan(decide_day):
    text = campaign_bytes(decide_day(500).campaign).decode()
    assert "NaN" not in text
    actions = json.loads(text)["actions"]
    assert any(a["time_to_churn_days"] is None for a in actions)
    assert any(a["clv_low"] is None for a in actions)


def test_a_dose_that_is_no_whole_number_stays_one(decide_day):
    options = {
        "incentives": {"catalogue": {"fixed_credit": {"value": 2.5, "lift_mean": 0.5, "lift_sd": 0.1}}}
    }
    actions = decide_day(500, settings=Settings(**options)).campaign["actions"]
    values = {a["recommended_incentive"]["value"] for a in actions if a["incentive_id"] == "fixed_credit"}
    assert values == {2.5}


@pytest.mark.parametrize("number", [0, 1000])
def test_numbers_of_a_day(number):
    assert campaign_id(datetime(2026, 2, 14, tzinfo=UTC), 12) == "CAMP_2026_02_14_012"
    with pytest.raises(UsageError, match="campaigns 1 to 999"):
        campaign_id(datetime(2026, 2, 14, tzinfo=UTC), number)


@pytest.mark.parametrize(
    ("amount", "shown"), [(0.125, 0.12), (0.135, 0.14), (1250.0, 1250.0), (-0.004, 0.0), (1e12, 1e12)]
)
def test_money_is_rounded_half_even(amount, shown):
    assert cents(amount) == shown
    assert math.copysign(1, cents(amount)) == 1


@pytest.mark.parametrize(
    ("column", "value"),
    [("churn_probability", math.nan), ("churn_probability", 1.01), ("clv", math.nan), ("clv", math.inf)],
)
def test_unusable_assessments_are_refused(make_day, column, value):
    from retinue.campaigns import decide_all

    assessments, features, reasons = make_day(20)
    assessments.loc[7, column] = value
    with pytest.raises(DataError, match=r"1 customer\(s\) lack a usable.*first C00007"):
        decide_all(
            assessments,
            features,
            reasons,
            settings=Settings(),
            as_of=datetime(2026, 2, 14, tzinfo=UTC),
            run_id="r",
            versions={},
        )


def test_doubled_customers_and_foreign_features_are_refused(make_day):
    import pandas as pd

    from retinue.campaigns import decide_all

    assessments, features, reasons = make_day(20)
    options = {
        "settings": Settings(),
        "as_of": datetime(2026, 2, 14, tzinfo=UTC),
        "run_id": "r",
        "versions": {},
    }
    with pytest.raises(DataError, match="assessed twice"):
        decide_all(pd.concat([assessments, assessments[:1]]), features, reasons, **options)
    with pytest.raises(DataError, match="not of the same customers"):
        decide_all(assessments, features[:3], reasons, **options)


def test_bad_settings_and_budgets_are_refused(decide_day):
    with pytest.raises(SettingsError, match="salt"):
        decide_day(settings=Settings(holdout={"salt": "spring-2026"}))
    with pytest.raises(SettingsError, match="Unknown incentive"):
        decide_day(settings=Settings(incentives={"catalogue": {"coupon": {}}}))
    with pytest.raises(BudgetError):
        decide_day(budget=Decimal("-1"))


def test_lazy_names_of_the_packages():
    import retinue.campaigns
    import retinue.decisions

    for package in (retinue.campaigns, retinue.decisions):
        for name in package.__all__:
            assert getattr(package, name) is not None
        with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
            _ = package.nonsense
