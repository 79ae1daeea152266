"""Replay with the real models: the same decision bit for bit, and every change found."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from retinue.campaigns import decide_all
from retinue.decisions import Models, ModelStore, Terms, Thresholds, read_receipts, receipt_of
from retinue.decisions.assess import ASSESSMENT_COLUMNS, assess
from retinue.decisions.explain import explain
from retinue.decisions.receipt import SECTIONS
from retinue.decisions.replay import replay
from retinue.decisions.tables import RuleSet, default_rules
from retinue.errors import ArtefactError
from retinue.settings import BudgetSettings, ChurnSettings, Settings, ValueSettings

AS_OF = datetime(2026, 2, 14, tzinfo=UTC)
FRACTION = Decimal("0.55")
"""A budget of this share of what is wanted leaves a remainder that is filled up."""
MODELS = ("churn", "clv", "segments")


def behaviour(n=700, seed=11):
    """Features of a shop with a few contracts, under the names of the catalogue."""
    rng = np.random.default_rng(seed)
    age = rng.uniform(60, 700, n)
    repeats = rng.poisson(age / 70).astype(float)
    gone = rng.random(n) < 0.45
    span = np.where(repeats > 0, age * np.where(gone, rng.uniform(0.1, 0.6, n), rng.uniform(0.8, 1, n)), 0.0)
    mean = rng.lognormal(3.5, 0.5, n)
    logins = rng.poisson(np.where(gone, 1.5, 9.0)).astype(float)
    frame = pd.DataFrame(
        {
            "customer_id": [f"C{i:05d}" for i in range(n)],
            "as_of": pd.Series([pd.Timestamp("2026-02-14")] * n),
            "tenure_days": age,
            "days_since_last_transaction": age - span,
            "days_since_last_event": rng.exponential(np.where(gone, 40.0, 4.0)),
            "purchase_days": repeats + 1,
            "repeat_purchase_days": repeats,
            "purchase_span_days": span,
            "purchase_age_days": age,
            "mean_purchase_value": mean,
            "mean_repeat_value": np.where(repeats > 0, mean * rng.uniform(0.8, 1.2, n), np.nan),
            "transaction_count_90d": rng.poisson(np.where(gone, 0.4, 2.0)).astype(float),
            "transaction_amount_90d": rng.lognormal(4, 1, n),
            "transaction_amount_365d": mean * (repeats + 1),
            "login_count_30d": np.where(rng.random(n) < 0.1, np.nan, logins),
            "event_count_30d": logins * 3 + rng.poisson(2, n),
            "event_count_90d": logins * 8 + rng.poisson(4, n),
            "ticket_count_90d": rng.poisson(np.where(gone, 1.2, 0.3)).astype(float),
            "failed_payment_count_90d": rng.poisson(0.2, n).astype(float),
            "mrr": np.where(rng.random(n) < 0.4, rng.lognormal(3, 0.7, n), np.nan),
            "active_subscriptions": 0.0,
            "subscription_age_days": np.nan,
        }
    )
    return frame, gone.astype(float)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Trained models in a store, a decided day under a binding budget, and its receipts."""
    from retinue import churn, clv, segments
    from retinue.warehouse import open_warehouse

    folder = tmp_path_factory.mktemp("replay")
    frame, gone = behaviour()
    settings = Settings(value=ValueSettings(horizon_months=36), incentives={"exploration": 0.3})
    labels = pd.DataFrame({"customer_id": frame["customer_id"], "churned": gone})
    with open_warehouse(settings.model_copy(update={"root": folder})) as warehouse:
        value = clv.fit(warehouse, frame, settings=settings.value, contractual=False, as_of=AS_OF, seed=7)
    columns = [name for name in frame.columns if name not in ("customer_id", "as_of")]
    risk = churn.train_static(frame[["customer_id", *columns]], labels, settings=ChurnSettings(), seed=7)
    groups = segments.fit_kmeans(frame, seed=7)
    store = ModelStore(folder / "models")
    contents = zip(MODELS, (risk.to_bytes(), value.to_bytes(), groups.to_bytes()), strict=True)
    hashes = {name: store.put(content) for name, content in contents}
    models = Models.load(hashes, store)
    assessments = assess(frame, models, Terms.of(settings))
    reasons = dict(zip(frame["customer_id"], models.churn.explain(frame, top=4), strict=True))
    path = folder / "receipts.parquet"
    free = decide_all(
        assessments, frame, reasons, settings=settings, as_of=AS_OF, run_id="free", versions=hashes
    )
    decided = decide_all(
        assessments,
        frame,
        reasons,
        settings=settings,
        as_of=AS_OF,
        run_id="run-1",
        budget=Decimal(str(free.summary["cost_planned"])) * FRACTION,
        versions=hashes,
        receipts_file=path,
    )
    return settings, store, decided, list(read_receipts(path))


def test_the_day_has_every_kind_of_decision(world):
    _, _, decided, _ = world
    rules = set(decided.summary["actions_by_rule"])
    assert rules >= {"monitor_band", "budget", "held_out", "low_value_low_risk"}
    assert decided.summary["budget"]["binding"]
    assert decided.summary["explored"] > 0


def test_assessments_have_the_agreed_columns(world):
    _, _, decided, _ = world
    assert list(decided.receipts.assessments.columns) == list(ASSESSMENT_COLUMNS)


def test_the_same_decision_comes_out_bit_for_bit(world):
    _, store, _, receipts = world
    chosen = {r.body["decision"]["rule"]: r for r in receipts}
    for key in ("from_remainder", "explored"):
        chosen[key] = next(r for r in receipts if r.body["policy"][key])
    sample = [*chosen.values(), *receipts[:: max(1, len(receipts) // 15)]]
    for receipt in sample:
        result = replay(receipt, store)
        assert [str(d) for d in result.differences] == []
        assert result.same
        assert result.receipt.receipt_id == receipt.receipt_id


def test_a_day_of_many_limits_replays_bit_for_bit(world, tmp_path):
    settings, store, decided, _ = world
    parts = decided.receipts
    offered = [d.customer_id for d in decided.decisions if d.incentive]
    value = parts.assessments.set_index("customer_id").loc[offered, "clv"]
    limited = settings.model_copy(
        update={
            "budget": BudgetSettings(
                per_campaign=Decimal(str(decided.summary["budget"]["limit"])),
                per_tier={"Basic": Decimal(100)},
                reviews_per_day=3,
                treated_share=0.1,
            ),
            "decisions": settings.decisions.model_copy(
                update={"review_clv_above": float(value.quantile(0.7))}
            ),
        }
    )
    again = decide_all(
        parts.assessments,
        parts.features,
        {d.customer_id: d.reasons for d in decided.decisions},
        settings=limited,
        as_of=AS_OF,
        run_id="run-2",
        versions=parts.versions,
        receipts_file=tmp_path / "receipts.parquet",
    )
    assert set(again.summary["actions_by_rule"]) >= {"review_cap", "treated_share"}
    rows = {row["name"]: row for row in again.summary["budget"]["limits"]}
    assert all(row["planned"] <= row["most"] for row in rows.values())
    assert rows["reviews"]["most"] == 3
    receipts = list(read_receipts(tmp_path / "receipts.parquet"))
    chosen = {r.body["decision"]["rule"]: r for r in receipts}
    chosen |= {r.body["policy"]["from_remainder"]: r for r in receipts}
    for receipt in [*chosen.values(), *receipts[:: max(1, len(receipts) // 15)]]:
        assert [str(d) for d in replay(receipt, store).differences] == []
    story = explain(chosen["review_cap"])
    assert "Limit: one more review that day would have earned" in story
    assert "rule review_cap" in story


def test_an_exported_receipt_replays_like_the_stored_one(world):
    from retinue.decisions import read_receipt

    _, store, _, receipts = world
    assert replay(read_receipt(json.dumps(receipts[0].body, indent=2)), store).same


def test_another_threshold_is_seen_and_named(world):
    settings, store, _, receipts = world
    receipt = next(r for r in receipts if r.body["decision"]["rule"] == "low_value_low_risk")
    clv = receipt.body["assessment"]["clv"]
    stricter = settings.model_copy(
        update={"decisions": settings.decisions.model_copy(update={"review_clv_above": clv / 2})}
    )
    result = replay(receipt, store, settings=stricter)
    assert not result.same
    found = {d.path: (d.was, d.now) for d in result.differences}
    assert found["decision.rule"] == ("low_value_low_risk", "high_value")
    assert found["decision.action_type"] == ("auto_execute", "manual_review")
    assert found["run.terms.thresholds.review_clv_above"] == (5000.0, clv / 2)
    assert "decision.rule: was 'low_value_low_risk', is 'high_value'" in map(str, result.differences)
    assert result.receipt.body["decision"]["rule"] == "high_value"


def test_another_catalogue_is_seen(world):
    settings, store, _, receipts = world
    fewer = settings.model_copy(
        update={
            "incentives": settings.incentives.model_copy(
                update={"catalogue": {"percentage_discount_20": {"enabled": False}}}
            )
        }
    )
    filled = next(r for r in receipts if r.body["policy"]["from_remainder"])
    for receipt in (receipts[0], filled):
        paths = {d.path for d in replay(receipt, store, settings=fewer).differences}
        assert "candidates" in paths
        assert "run.terms.catalogue" in paths


def sealed(receipt, change):
    """A forged receipt: something is changed and every hash is made anew."""
    body = json.loads(json.dumps(receipt.body))
    change(body)
    return receipt_of(body["run"], {name: body[name] for name in SECTIONS if name != "run"})


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("decision.expected_roi", lambda b: b["decision"].update(expected_roi=1e6)),
        ("policy.propensities.none", lambda b: b["policy"]["propensities"].update(none=0.5)),
        ("candidates[fixed_credit].cost", lambda b: b["candidates"][5].update(cost=0.5)),
        ("assessment.clv", lambda b: b["assessment"].update(clv=b["assessment"]["clv"] + 1e-9)),
        ("reasons[0].text", lambda b: b["reasons"][0].update(text="Nothing")),
        ("policy.held_out", lambda b: b["policy"].update(held_out=not b["policy"]["held_out"])),
        ("run.versions.rules.sha256", lambda b: b["run"]["versions"]["rules"].update(sha256="0" * 64)),
    ],
)
def test_a_forged_receipt_is_found_out(world, path, change):
    _, store, _, receipts = world
    receipt = next(r for r in receipts if r.body["decision"]["incentive"])
    assert path in {d.path for d in replay(sealed(receipt, change), store).differences}


def test_another_value_of_a_feature_gives_another_assessment(world):
    _, store, _, receipts = world
    forged = sealed(
        receipts[0], lambda b: b["features"].update(mean_repeat_value=900.0, repeat_purchase_days=30.0)
    )
    assert any(d.path.startswith("assessment.") for d in replay(forged, store).differences)


def test_another_model_is_noticed(world, tmp_path):
    _, store, _, receipts = world
    name = receipts[0].body["run"]["versions"]["models"]["churn"]
    other = ModelStore(tmp_path)
    with pytest.raises(ArtefactError, match="is missing"):
        replay(receipts[0], other)
    content = store.get(name)
    (tmp_path / name).write_bytes(content.replace(b"0", b"1", 1))
    with pytest.raises(ArtefactError, match="was altered"):
        replay(receipts[0], other)


def test_an_altered_receipt_is_not_replayed(world):
    _, store, _, receipts = world
    body = json.loads(json.dumps(receipts[0].body))
    body["features"]["tenure_days"] = 1.0
    forged = type(receipts[0])(receipts[0].receipt_id, receipts[0].decision_id, receipts[0].as_of, body)
    with pytest.raises(ArtefactError, match="altered after it was made: features"):
        replay(forged, store)


def test_without_segments_and_reasons(world):
    """A run may lack a segment model and reasons; its receipts replay all the same."""
    settings, store, _, receipts = world
    hashes = {k: v for k, v in receipts[0].body["run"]["versions"]["models"].items() if k != "segments"}
    frame, _ = behaviour(60)
    models = Models.load(hashes, store)
    assessments = assess(frame, models, Terms.of(settings))
    assert set(assessments["segment"]) == {""}
    plain = decide_all(
        assessments, frame, {}, settings=settings, as_of=AS_OF, run_id="plain", versions=hashes
    )
    receipt = receipt_of(plain.receipts.run(), next(plain.receipts.rows()))
    assert replay(receipt, store).same


@pytest.fixture(scope="module")
def ruled(world, tmp_path_factory):
    """The same day under rules of the business that watch small customers and review one kind of offer."""
    settings, store, decided, _ = world
    content = json.loads(json.dumps(default_rules(Thresholds()).content))
    table = content["nodes"][1]["content"]
    clv = float(decided.receipts.assessments["clv"].quantile(0.4))
    table["inputs"].append({"id": "segment", "field": "segment", "name": "Segment"})
    table["rules"].insert(0, {"_id": "a", "value": f"<= {clv:.2f}", "route": '"monitor"', "rule": '"small"'})
    table["rules"][2]["segment"] = "!= null"
    parts = decided.receipts
    path = tmp_path_factory.mktemp("ruled") / "receipts.parquet"
    decide_all(
        parts.assessments,
        parts.features,
        {d.customer_id: d.reasons for d in decided.decisions},
        settings=settings,
        as_of=AS_OF,
        run_id="run-3",
        budget=Decimal(str(decided.summary["budget"]["limit"])),
        versions=parts.versions,
        receipts_file=path,
        rules=RuleSet(content, 5),
    )
    return store, list(read_receipts(path))


def test_decisions_under_rules_of_the_business_replay_bit_for_bit(ruled):
    store, receipts = ruled
    chosen = {r.body["decision"]["rule"]: r for r in receipts}
    assert {"small", "low_value_low_risk", "held_out"} <= set(chosen)
    for receipt in [*chosen.values(), *receipts[:: max(1, len(receipts) // 15)]]:
        assert [str(d) for d in replay(receipt, store).differences] == []
        assert receipt.body["run"]["versions"]["rules"]["table"] == 5
    assert "version 5 of the rules" in explain(chosen["small"])


def altered_rules(body):
    rows = body["run"]["terms"]["rules"]["content"]["nodes"][1]["content"]["rules"]
    rows[0] |= {"route": '"no_action"', "rule": '"left_alone"'}


def test_altered_rules_are_found_out(ruled):
    store, receipts = ruled
    receipt = next(r for r in receipts if r.body["decision"]["rule"] == "small")
    body = json.loads(json.dumps(receipt.body))
    altered_rules(body)
    forged = type(receipt)(receipt.receipt_id, receipt.decision_id, receipt.as_of, body)
    with pytest.raises(ArtefactError, match="altered after it was made: run"):
        replay(forged, store)
    # and where every hash is made anew, the version no longer has the content it had
    found = {d.path: (d.was, d.now) for d in replay(sealed(receipt, altered_rules), store).differences}
    assert found["decision.rule"] == ("small", "left_alone")
    assert "run.versions.rules.table_sha256" in found


def test_other_settings_leave_the_rules_of_a_receipt(ruled, world):
    store, receipts = ruled
    receipt = next(r for r in receipts if r.body["decision"]["rule"] == "small")
    assert replay(receipt, store, settings=world[0]).same
