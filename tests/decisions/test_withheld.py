"""Guards in the batch: who is withheld gets nothing, the first reason is named, receipts tell and replay."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from retinue.decisions import Day, ReceiptParts, Terms, decide_batch
from retinue.decisions.batch import conclude, weigh_under
from retinue.decisions.explain import explain
from retinue.decisions.receipt import receipt_of
from retinue.decisions.replay import customers_of
from retinue.decisions.withheld import WITHHELD, bit, mask_of, reasons_of
from retinue.incentives import Catalogue
from retinue.incentives.response import Context, Learned, prior
from retinue.incentives.response.known import known_of
from retinue.settings import Settings

BEFORE_GUARDS = "403a142aba19e5c8fdfd7e053dca4c52d49e3e7278c97d74e0062f746c3ca551"
"""Hash of the rules under the default settings as receipts of the version before have it."""
MOMENT = "2026-02-14T00:00:00Z"


@pytest.fixture
def decide_with(make_audience):
    """Reasons by row (mask) → the batch, with `terms` and `learned` if given, and its receipts."""

    def decide(masks, n=60, terms=None, learned=None, budget_cents=None):
        features, assessments = make_audience(n)
        withheld = np.zeros(n, dtype=np.int64)
        for row, mask in masks.items():
            withheld[row] = mask
        terms = terms or Terms.of(Settings())
        customers = customers_of(assessments, features, learned=learned, withheld=withheld)
        batch = decide_batch(customers, Day("r", MOMENT, terms), budget_cents=budget_cents, learned=learned)
        return batch, ReceiptParts(batch, features, assessments, {"churn": "a" * 64, "clv": "b" * 64})

    return decide


def test_every_reason_makes_no_offer_and_is_named(decide_with):
    free, _ = decide_with({})
    offered = [row for row, d in enumerate(free.decisions) if d.incentive is not None]
    assert len(offered) > len(WITHHELD)
    told = dict(zip(offered, [c for c in WITHHELD if c != "sleeping_dog"], strict=False))
    batch, parts = decide_with({row: bit(code) for row, code in told.items()})
    receipts = [receipt_of(parts.run(), sections) for sections in parts.rows()]
    for row, code in told.items():
        decision = batch.decisions[row]
        assert (decision.rule, decision.incentive) == (code, None)
        assert decision.propensities["none"] == 1.0
        assert code in batch.removed_by(row)
        body = receipts[row].body
        assert body["policy"]["withheld"] == [code]
        assert body["policy"]["under_offer"] == (code == "under_offer")
        assert WITHHELD[code] in explain(receipts[row])
    others = [row for row in range(60) if row not in told]
    assert all(batch.decisions[row] == free.decisions[row] for row in others)


def test_the_first_reason_is_named_and_all_are_told(decide_with):
    free, _ = decide_with({})
    row = next(r for r, d in enumerate(free.decisions) if d.incentive is not None)
    batch, parts = decide_with({row: mask_of(["cancel_clicks", "under_offer", "objected"])})
    assert batch.decisions[row].rule == "objected"
    receipt = receipt_of(parts.run(), list(parts.rows())[row])
    assert receipt.body["policy"]["withheld"] == ["objected", "under_offer", "cancel_clicks"]
    assert receipt.body["policy"]["under_offer"]
    story = explain(receipt)
    assert f"Why: {WITHHELD['objected']} (rule objected)" in story
    assert f"Also: {WITHHELD['under_offer']} (under_offer)" in story


def test_the_withheld_take_nothing_of_the_budget(decide_with):
    free, _ = decide_with({}, budget_cents=20_000)
    rows = [row for row, d in enumerate(free.decisions) if d.incentive is not None]
    batch, _ = decide_with({rows[0]: bit("objected")}, budget_cents=20_000)
    spent = [sum(d.cost for d in b.decisions) for b in (free, batch)]
    assert spent[1] > spent[0] - free.decisions[rows[0]].cost  # what it would have cost went to others
    assert batch.decisions[rows[0]].cost == 0


def test_whoever_is_watched_is_watched_whatever_else_holds(decide_with):
    free, _ = decide_with({})
    row = next(r for r, d in enumerate(free.decisions) if d.rule == "monitor_band")
    batch, _ = decide_with({row: bit("objected")})
    assert batch.decisions[row].rule == "monitor_band"


def test_receipts_from_before_the_guards_state_none_and_keep_their_hashes(decide_with):
    old = replace(Terms.of(Settings()), guards=None, rules=None)
    assert old.versions()["rules"] == {"version": "2", "sha256": BEFORE_GUARDS}
    assert "guards" not in old.as_dict()
    assert Terms.from_dict(old.as_dict()) == old
    _, parts = decide_with({0: bit("under_offer")}, terms=old)
    policies = [sections["policy"] for sections in parts.rows()]
    assert all("withheld" not in policy for policy in policies)
    assert [policy["under_offer"] for policy in policies] == [True] + [False] * 59


def test_the_terms_of_today_survive_a_receipt():
    terms = Terms.of(Settings(guards={"contacts": {"most": 2}, "fairness": {"attributes": ["country"]}}))
    again = Terms.from_dict(terms.as_dict())
    assert again == terms
    assert again.versions() == terms.versions()
    assert terms.versions()["rules"]["version"] == "4"


def harming(features, revenue, disturbed=0.6):
    """A response that has seen contact drive away so many would-be stayers, and hardly keep anybody."""
    context = Context.of(known_of(features, revenue))
    model = prior(Catalogue.default(), context.names)
    mean, covariance = model.mean.copy(), model.covariance * 1e-3
    mean[model.contact] = np.log(disturbed / (1 - disturbed))
    return Learned(context, replace(model, mean=mean, covariance=covariance, learned_from=5_000))


def test_sleeping_dogs_are_left_in_peace_and_recognised_alone(decide_with, make_audience):
    features, assessments = make_audience(60)
    learned = harming(features, assessments["mrr"].to_numpy(dtype=float))
    batch, parts = decide_with({}, learned=learned)
    dogs = [row for row, d in enumerate(batch.decisions) if d.rule == "sleeping_dog"]
    assert dogs
    for row in dogs:
        assert set(batch.removed_by(row)) <= {"sleeping_dog", "not_eligible"}
        assert batch.decisions[row].propensities["none"] == 1.0
        assert reasons_of(int(batch.withheld[row])) == ("sleeping_dog",)
        one = batch.customers.take(np.array([row]))
        weighed = weigh_under(batch.day.terms, one, learned)
        assert conclude(one, weighed, batch.day, batch.ration).decisions[0] == batch.decisions[row]
    receipt = receipt_of(parts.run(), list(parts.rows())[dogs[0]])
    assert "surely drives the customer away" in explain(receipt)
    # Where contact harms nobody, nobody is one; nor before anything was learned; nor in old receipts.
    calm = harming(features, assessments["mrr"].to_numpy(dtype=float), disturbed=0.001)
    fresh = Learned(learned.context, replace(learned.response, learned_from=0))
    old = replace(Terms.of(Settings()), guards=None, rules=None)
    for other in (decide_with({}, learned=calm), decide_with({}, learned=fresh)):
        assert not any(d.rule == "sleeping_dog" for d in other[0].decisions)
    assert not any(d.rule == "sleeping_dog" for d in decide_with({}, learned=learned, terms=old)[0].decisions)
