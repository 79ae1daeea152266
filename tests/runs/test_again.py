"""A run read back and decided again under its own terms is the run."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from tests.runs.conftest import FIRST, Past

from retinue.decisions import read_receipts
from retinue.decisions.again import decide_again, decide_at_price, read_past, when
from retinue.decisions.artefacts import ModelStore
from retinue.decisions.replay import response_of
from retinue.decisions.withheld import mask_of
from retinue.pipeline.stages import MODELS, RECEIPTS


def read(past, campaign):
    with past.opened() as retinue:
        state = retinue.settings.state
    found = read_past(state / "runs" / campaign / RECEIPTS)
    return found, response_of(found.models, ModelStore(state / MODELS)), state / "runs" / campaign / RECEIPTS


@pytest.mark.parametrize("budget", [None, Decimal(900)])
def test_the_same_terms_give_the_same_decisions(past: Past, budget) -> None:
    campaign = past.run(n=600, budget=budget)
    found, learned, path = read(past, campaign)
    rows, batch = decide_again(found, found.terms, learned=learned, limits=found.limits)
    assert len(rows) == len(found.done) > 300
    assert np.array_equal(batch.propensities, found.propensities)
    assert [d.rule for d in batch.decisions] == found.done["rule"].tolist()
    assert [d.cost for d in batch.decisions] == found.done["cost"].tolist()
    assert when(path) == FIRST


LIMITED = {
    "decisions": {"auto_cost_up_to": 8.0},
    "budget": {"per_tier": {"Basic": 700}, "reviews_per_day": 3, "treated_share": 0.1},
}
WITHHELD = {
    f"C{i:05d}": mask_of(["objected", "under_offer"] if i % 2 else ["cancel_clicks"]) for i in range(60)
}


@pytest.mark.parametrize("budget", [None, Decimal(900)])
def test_all_limits_and_reasons_are_read_back(past: Past, budget) -> None:
    found, learned, _ = read(past, past.run(n=900, budget=budget, settings=LIMITED, withheld=WITHHELD))
    limits = found.limits
    assert (limits.tier_cents, limits.reviews, limits.treated) == ({"Basic": 70_000}, 3, 90)
    assert limits.total_cents == (None if budget is None else 90_000)
    known = dict(zip(found.assessment["customer_id"], found.withheld.tolist(), strict=True))
    assert {c: mask for c, mask in known.items() if mask} == {c: m for c, m in WITHHELD.items() if c in known}
    rows, batch = decide_again(found, found.terms, learned=learned, limits=limits)
    assert len(rows) == len(found.done)
    assert np.array_equal(batch.propensities, found.propensities)
    assert [d.rule for d in batch.decisions] == found.done["rule"].tolist()
    assert {"objected", "cancel_clicks"} < set(found.done["rule"])
    assert {"review_cap", "treated_share", "budget"} & set(found.done["rule"])


@pytest.mark.parametrize("settings", [{}, LIMITED])
def test_at_the_prices_of_then_the_same_model_decides_the_same(past: Past, settings) -> None:
    campaign = past.run(n=900, budget=Decimal(900), settings=settings, withheld=WITHHELD)
    found, learned, path = read(past, campaign)
    some = np.arange(0, len(found.done), 2)
    _, batch = decide_at_price(found, some, learned=learned)
    filled = np.array([r.body["policy"]["from_remainder"] for r in read_receipts(path)])[some]
    assert filled.sum() < 0.2 * len(some)
    assert np.array_equal(batch.propensities[~filled], found.propensities[some][~filled])


def test_a_sample_has_its_share_of_every_limit(past: Past) -> None:
    found, _, path = read(past, past.run(n=900, budget=Decimal(900), settings=LIMITED))
    some = read_past(path, most=100)
    share = 100 / len(found.done)
    assert some.limits.total_cents == int(90_000 * share)
    assert some.limits.tier_cents == {"Basic": int(70_000 * share)}
    assert (some.limits.reviews, some.limits.treated) == (int(3 * share), int(90 * share))


def test_a_part_is_the_part_of_the_whole(past: Past) -> None:
    found, _, _ = read(past, past.run(n=300))
    some = np.arange(len(found.done)) % 3 == 0
    part = found.only(some)
    assert part.done["decision_id"].tolist() == found.done["decision_id"][some].tolist()
    assert np.array_equal(part.propensities, found.propensities[some])


def test_a_large_run_is_read_in_part(past: Past) -> None:
    found, _, path = read(past, past.run(n=600, budget=Decimal(900)))
    some = read_past(path, most=100)
    assert 60 < len(some.done) < 140
    assert set(some.done["decision_id"]) < set(found.done["decision_id"])
    assert some.limits.total_cents == int(90_000 * 100 / len(found.done))
    again = read_past(path, most=100)
    assert again.done.equals(some.done)


def test_whoever_joins_got_nothing_for_certain(past: Past) -> None:
    found, _, _ = read(past, past.run(n=300))
    joined = found.joined_by(
        found.assessment.head(2).assign(customer_id=["X1", "X2"]),
        found.features.head(2),
        np.zeros(2, np.int64),
    )
    assert joined.done["decision_id"].tolist()[-2:] == ["", ""]
    assert joined.done["incentive"].tolist()[-2:] == ["none", "none"]
    assert joined.propensities[-1].tolist() == [1.0] + [0.0] * 8
