"""Too little data: a stated base rate, never a crash and never a made-up measure."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from retinue.churn import load_model, train, train_static
from retinue.churn.fallback import fit_base_rate
from retinue.settings import ChurnSettings

RULES = ChurnSettings()


def check(model, frame):
    """What every fallback owes."""
    assert model.kind.startswith("fallback_")
    assert model.evaluation.reason
    assert model.evaluation.models == {}
    assert model.evaluation.measure("auc").value is None
    assert model.evaluation.measure("auc").reason == model.evaluation.reason
    json.dumps(model.evaluation.as_dict(), allow_nan=False)
    scored = model.predict(frame)
    assert len(scored) == len(frame)
    assert scored.churn_probability.between(0, 1, inclusive="neither").all()
    assert scored.time_to_churn_days.isna().all()
    shares = model.contributions(frame).sum(axis=1)
    assert np.allclose(shares, scored.raw_score)
    explained = model.explain(frame)
    assert len(explained) == len(frame)
    for reasons in explained:
        assert "no model" in reasons[-1].text
    back = load_model(model.to_bytes())
    assert back.to_bytes() == model.to_bytes()
    pd.testing.assert_frame_equal(back.predict(frame), scored)
    return scored


def test_an_empty_frame(make_history):
    frame, labels = make_history(10, 2)
    for f, lab in (
        (frame.head(0), labels),
        (frame.head(0), labels.head(0)),
        (pd.DataFrame(), pd.DataFrame()),
    ):
        model = train(f, lab, settings=RULES, definition="inactivity", seed=7)
        assert model.kind == "fallback_base_rate"
        scored = check(model, frame)
        assert (scored.churn_probability == 0.1).all()
        assert "assumption" in model.evaluation.verdict


def test_no_complete_window(make_history):
    frame, labels = make_history(300, 4)
    model = train(frame, labels.assign(churned=np.nan), settings=RULES, definition="inactivity", seed=7)
    check(model, frame)
    assert "No customer was active with a complete label window" in model.evaluation.reason


@pytest.mark.parametrize("outcome", [0.0, 1.0])
def test_one_outcome_only(make_history, outcome):
    frame, labels = make_history(300, 6)
    model = train(frame, labels.assign(churned=outcome), settings=RULES, definition="inactivity", seed=7)
    assert model.kind == "fallback_base_rate"
    p = check(model, frame).churn_probability.iloc[0]
    assert abs(p - outcome) < 0.05


def test_three_customers(make_history):
    frame, labels = make_history(3, 12)
    model = train(frame, labels, settings=RULES, definition="inactivity", seed=7)
    check(model, frame)
    assert "a model needs 50 of each" in model.evaluation.reason


def test_customers_count_not_their_dates(make_history):
    """Forty customers at twelve dates are forty customers."""
    frame, labels = make_history(40, 12, strength=0.0, rate=0.0)
    assert labels.churned.sum() > 200
    assert train(frame, labels, settings=RULES, definition="inactivity", seed=7).kind.startswith("fallback")


def test_with_some_churners_the_rate_rises_with_silence():
    generator = np.random.default_rng(3)
    silence = generator.integers(0, 80, 120).astype(float)
    silence[:5] = np.nan
    left = (generator.random(120) < np.where(np.nan_to_num(silence, nan=80) > 50, 0.6, 0.1)).astype(float)
    frame = pd.DataFrame(
        {
            "customer_id": [f"c{i}" for i in range(120)],
            "as_of": pd.Timestamp("2025-01-01"),
            "days_since_last_transaction": silence,
        }
    )
    labels = frame[["customer_id", "as_of"]].assign(churned=left)
    model = train(frame, labels, settings=RULES, definition="inactivity", seed=7)
    assert model.kind == "fallback_recency"
    scored = check(model, frame)
    ordered = scored.churn_probability[np.argsort(np.nan_to_num(silence, nan=99))]
    assert (np.diff(ordered) >= 0).all()
    assert ordered.iloc[-1] > ordered.iloc[0] + 0.1
    texts = [reasons[0].text for reasons in model.explain(frame)]
    assert "none on record" in texts[0]
    assert any("raises the risk" in t for t in texts)
    without = frame.drop(columns="days_since_last_transaction")
    assert (model.predict(without).churn_probability == model.base.rate).all()


def test_static_data_fall_back_alike():
    frame = pd.DataFrame({"customer_id": ["a", "b", "c"], "x": [1.0, 2.0, 3.0]})
    labels = pd.DataFrame({"customer_id": ["a", "b", "c"], "churned": [1.0, 0.0, 0.0]})
    check(train_static(frame, labels, settings=RULES, seed=1), frame)


def test_features_that_never_differ_are_no_model(make_history):
    frame, labels = make_history(400, 12)
    bare = frame[["customer_id", "as_of", "constant", "empty"]]
    model = train(bare, labels, settings=RULES, definition="inactivity", seed=7)
    check(model, bare)
    assert "No feature differs" in model.evaluation.reason


def test_the_interval_narrows_with_customers():
    few, many = (
        fit_base_rate(pd.DataFrame({"customer_id": range(n)}), np.arange(n) % 5 == 0, "inactivity")
        for n in (20, 500)
    )
    assert few.high - few.low > 2 * (many.high - many.low)
    assert many.low < 0.2 < many.high


def test_too_few_outcomes_to_judge_by_give_no_numbers(make_history):
    """Enough to train on, but the last part holds no churner: null and the reason."""
    frame, labels = make_history(500, 12)
    last = labels.as_of >= labels.as_of.max() - pd.Timedelta(days=120)
    labels = labels.assign(churned=labels.churned.where(~last, 0.0))
    model = train(frame, labels, settings=RULES, definition="inactivity", seed=7)
    assert model.kind == "blend"
    assert model.evaluation.models == {}
    assert "0 churners" in model.evaluation.reason
    assert model.evaluation.measure("auc").value is None
