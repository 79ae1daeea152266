"""The trained model: the same twice, the same alone, honest about itself."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest

from retinue.churn import load_model, train, train_static
from retinue.churn.explain import BASE
from retinue.errors import ArtefactError, DataError
from retinue.settings import ChurnSettings

RULES = ChurnSettings(training_rows=100_000)


@pytest.fixture(scope="module")
def history(make_history):
    return make_history(500, 12)


@pytest.fixture(scope="module")
def model(history):
    return train(*history, settings=RULES, definition="inactivity", seed=7)


def test_a_planted_cause_is_found(model, history):
    """The verdict claims it, and the reasons of the riskiest name it."""
    evaluation = model.evaluation
    assert model.kind == "blend"
    assert evaluation.measure("auc").low > 0.75
    assert evaluation.measure("auc").low < evaluation.measure("auc").value < evaluation.measure("auc").high
    assert evaluation.differences["recency"].low > 0
    assert evaluation.verdict.startswith("The model tells churners from stayers")
    assert "better than recency alone" in evaluation.verdict
    frame = history[0]
    riskiest = model.predict(frame).churn_probability.idxmax()
    first = model.explain(frame.loc[[riskiest]])[0][0]
    assert first.feature == "logins_30d"
    assert first.contribution > 0
    typical = model.encoding.typical["logins_30d"]
    assert first.value < typical
    assert first.text == (
        f"logins in the last 30 days: {first.value:.0f} (typical {typical:.0f}), raises the risk"
    )


def test_the_evaluation_is_complete_and_ready_for_json(model):
    told = json.loads(json.dumps(model.evaluation.as_dict(), allow_nan=False))
    assert told["split_by"] == "time"
    for name in ("model", "recency", "logistic"):
        assert set(told["models"][name]) == {
            "auc",
            "log_loss",
            "brier",
            "calibration_error",
            "lift_at_10",
            "precision_threshold",
            "recall_threshold",
            "precision_best_f1",
            "recall_best_f1",
        }
        for measure in told["models"][name].values():
            assert measure["low"] <= measure["high"]
    assert sum(row["rows"] for row in told["curve"]) == told["parts"]["test"]["rows"]
    assert told["calibration"]["method"] in ("platt", "isotonic")
    assert told["thresholds"]["threshold"] == 0.40


def test_label_windows_of_one_part_end_before_the_next_begins(model):
    parts = model.evaluation.parts
    window = pd.Timedelta(days=RULES.horizon_days + RULES.grace_days)
    for earlier, later in (("train", "validation"), ("validation", "test")):
        end = pd.Timestamp(parts[earlier]["last"]) + window
        assert end <= pd.Timestamp(parts[later]["first"])


def test_the_last_part_leaves_no_trace_in_the_model(history, model):
    """Outcomes of the test dates turned round change the evaluation and nothing that predicts."""
    frame, labels = history
    turned = labels.copy()
    late = turned.as_of >= pd.Timestamp(model.evaluation.parts["test"]["first"])
    turned.loc[late, "churned"] = 1 - turned.loc[late, "churned"]
    other = train(frame, turned, settings=RULES, definition="inactivity", seed=7)
    pd.testing.assert_frame_equal(other.predict(frame), model.predict(frame))
    assert other.evaluation.measure("auc").value < 0.5


@pytest.mark.parametrize("threads", [1, 2])
def test_the_same_fit_gives_the_same_bytes(history, model, threads):
    frame, labels = history
    shuffled = frame.sample(frac=1, random_state=1)
    again = train(shuffled, labels, settings=RULES, definition="inactivity", seed=7, threads=threads)
    assert again.to_bytes() == model.to_bytes()
    assert again.fingerprint == model.fingerprint


def test_another_seed_gives_another_model(history, model):
    other = train(*history, settings=RULES, definition="inactivity", seed=8)
    assert other.fingerprint != model.fingerprint


def test_bytes_read_back_predict_the_same_bits(history, model):
    frame = history[0]
    back = load_model(model.to_bytes())
    pd.testing.assert_frame_equal(back.predict(frame), model.predict(frame), check_exact=True)
    assert back.to_bytes() == model.to_bytes()
    assert back.evaluation == model.evaluation
    assert back.explain(frame.head(20)) == model.explain(frame.head(20))


def test_altered_bytes_are_refused(model):
    content = model.to_bytes()
    for broken in (b"", b"{}", b"[1]", content[:-10], content.replace(b'"seed', b'"sEed', 1)):
        with pytest.raises(ArtefactError):
            load_model(broken.replace(b"leaf_value=", b"leaf_value=0", 1) if broken == content else broken)
    with pytest.raises(ArtefactError, match="altered"):
        load_model(content.replace(b"leaf_value=", b"leaf_value=1", 1))
    with pytest.raises(ArtefactError, match="format"):
        load_model(content.replace(b"retinue-churn-1", b"retinue-churn-9", 1))


def test_one_row_alone_equals_the_row_in_a_batch(history, model):
    frame = history[0].sample(200, random_state=3)
    batch = model.predict(frame)
    for position in range(len(frame)):
        alone = model.predict(frame.iloc[[position]])
        assert alone.iloc[0].tolist() == batch.iloc[position].tolist()
    assert batch.index.equals(frame.index)


def test_contributions_sum_to_the_raw_score(history, model):
    frame = history[0].head(300)
    raw = model.predict(frame).raw_score.to_numpy()
    shares = model.contributions(frame)
    assert shares.columns[-1] == BASE
    assert np.abs(shares.sum(axis=1).to_numpy() - raw).max() < 1e-6
    for reasons, score in zip(model.explain(frame, top=2, complete=True), raw, strict=True):
        assert math.fsum(r.contribution for r in reasons) == pytest.approx(score, abs=1e-6)
        assert [r.feature for r in reasons[-2:]] == ["(others)", BASE]
    for reasons in model.explain(frame, top=3):
        sizes = [abs(r.contribution) for r in reasons]
        assert sizes == sorted(sizes, reverse=True)
        assert len(reasons) <= 3


def test_probabilities_and_times_are_sane(history, model):
    scored = model.predict(history[0])
    assert scored.churn_probability.between(0, 1, inclusive="neither").all()
    assert scored.time_to_churn_days.gt(0).all()
    ordered = scored.sort_values("raw_score")
    assert ordered.churn_probability.is_monotonic_increasing
    assert ordered.time_to_churn_days.is_monotonic_decreasing


def test_what_cannot_teach_is_dropped_and_infinity_is_missing(history, model):
    assert model.encoding.names == ("logins_30d", "days_since_last_transaction", "noise", "gappy")
    frame = history[0].head(5).copy()
    expected = model.predict(frame.assign(noise=np.nan))
    pd.testing.assert_frame_equal(model.predict(frame.assign(noise=np.inf)), expected)
    with pytest.raises(DataError, match="lacks 1 feature"):
        model.predict(frame.drop(columns="noise"))
    with pytest.raises(DataError, match="holds text"):
        model.predict(frame.assign(noise="x"))
    assert len(model.predict(frame.head(0))) == 0
    assert model.explain(frame.head(0)) == []


def test_rows_without_an_outcome_are_left_out_and_counted(history):
    frame, labels = history
    labels = labels.copy()
    labels.loc[:99, "state"] = "gone"
    labels.loc[100:119, "state"] = "too_new"
    labels.loc[:119, "churned"] = np.nan
    model = train(frame, labels.iloc[:-7], settings=RULES, definition="inactivity", seed=7)
    assert any("100 already gone, 20 too new" in note for note in model.evaluation.notes)
    used = sum(part["rows"] for part in model.evaluation.parts.values())
    assert used <= len(frame) - 127


def test_the_row_limit_samples_whole_customers_and_says_so(history):
    rules = ChurnSettings(training_rows=3000)
    model = train(*history, settings=rules, definition="inactivity", seed=7)
    assert any("3,000 of 6,000 rows" in note for note in model.evaluation.notes)
    assert sum(part["rows"] for part in model.evaluation.parts.values()) <= 3000


def test_a_history_too_short_for_gaps_is_split_by_customer_and_says_so(make_history):
    model = train(*make_history(900, 3, spacing=20), settings=RULES, definition="inactivity", seed=7)
    assert model.kind == "blend"
    assert model.evaluation.split_by == "customer"
    assert "too short" in model.evaluation.split_why


def test_pure_noise_is_called_noise(make_history):
    frame, labels = make_history(600, 12, strength=0.0, seed=11)
    frame = frame.drop(columns=["logins_30d"])
    model = train(frame, labels, settings=RULES, definition="inactivity", seed=7)
    auc = model.evaluation.measure("auc")
    assert auc.low < 0.5 < auc.high
    assert model.evaluation.verdict.startswith("No evidence")
    p = model.predict(frame).churn_probability
    assert p.mean() == pytest.approx(labels.churned.mean(), abs=0.03)


def test_text_columns_are_categories_and_unknown_values_are_missing():
    generator = np.random.default_rng(0)
    plans = generator.choice(["free", "pro", "team"], 2000)
    frame = pd.DataFrame(
        {"customer_id": [f"c{i}" for i in range(2000)], "plan": plans, "noise": generator.random(2000)}
    )
    chance = np.where(plans == "free", 0.7, 0.1)
    labels = pd.DataFrame(
        {"customer_id": frame.customer_id, "churned": (generator.random(2000) < chance) * 1.0}
    )
    model = train_static(frame, labels, settings=RULES, seed=1)
    assert model.evaluation.split_by == "customer"
    assert model.evaluation.baselines["recency"].startswith("not available")
    assert model.evaluation.measure("auc", "recency").value is None
    scored = model.predict(frame)
    assert scored.time_to_churn_days.isna().all()
    p = scored.churn_probability
    assert p[plans == "free"].mean() == pytest.approx(0.7, abs=0.06)
    text = model.explain(frame[plans == "free"].head(1))[0][0].text
    assert text.startswith("plan: free (typical ")
    strange = frame.head(1).assign(plan="galactic")
    missing = frame.head(1).assign(plan=None)
    assert model.predict(strange).raw_score.iloc[0] == model.predict(missing).raw_score.iloc[0]

    codes = frame.assign(plan=pd.Series(plans).map({"team": 0.0, "free": 1.0, "pro": 2.0}))
    coded = train_static(codes, labels, settings=RULES, seed=1, categories={"plan": ["team", "free", "pro"]})
    assert coded.explain(codes[plans == "free"].head(1))[0][0].text == text
