"""A label needs evidence, says the same from the batch and from the receipt, and changes no receipt."""

from dataclasses import replace

import numpy as np
import pytest

from retinue.decisions import ModelStore, ReceiptParts, Terms, decide_batch, receipt_of
from retinue.decisions.batch import Day
from retinue.decisions.explain import explain
from retinue.decisions.labels import counted, label_of, labels_of
from retinue.decisions.replay import RESPONSE, customers_of
from retinue.incentives.catalogue import Catalogue
from retinue.incentives.response import Context, Learned, prior
from retinue.incentives.response.known import known_of
from retinue.settings import Settings


def learned_from(frame, revenue, *, sure, keeps=0.0, drives=0.0):
    """The prior, moved by so many logits, with that share of its standard deviations left."""
    context = Context.of(known_of(frame, revenue))
    model = prior(Catalogue.default(), context.names)
    mean = model.mean.copy()
    mean[model.offer] += keeps
    mean[model.contact] += drives
    seen = 0 if sure == 1.0 else 5_000
    return Learned(
        context, replace(model, mean=mean, covariance=model.covariance * sure**2, learned_from=seen)
    )


@pytest.fixture
def decided(make_audience, tmp_path):
    """How the response was learned → batch, learned, receipts, store."""

    def decide(n=80, **response):
        features, assessments = make_audience(n, 3)
        learned = learned_from(features, assessments["mrr"].to_numpy(), **response)
        store = ModelStore(tmp_path / "models")
        batch = decide_batch(
            customers_of(assessments, features, learned=learned),
            Day("run-1", "2026-02-14T00:00:00Z", Terms.of(Settings())),
            learned=learned,
        )
        versions = {"churn": "a" * 64, RESPONSE: store.put(learned.to_bytes())}
        parts = ReceiptParts(batch, features, assessments, versions)
        return batch, learned, [receipt_of(parts.run(), sections) for sections in parts.rows()], store

    return decide


def test_assumptions_alone_label_nobody_and_say_so(decided):
    batch, learned, receipts, store = decided(sure=1.0)
    labels = labels_of(batch, learned)
    assert set(counted(labels)) == {"persuadable", "sure thing", "lost cause", "sleeping dog", "unknown"}
    known = [found for found in labels if found is not None]
    assert counted(labels)["unknown"] == len(known) > 40
    assert any(found.likeliest == "persuadable" and found.probability > 0.8 for found in known)
    assert "too little has been learned of this offer" in explain(receipts[0], label_of(receipts[0], store))


@pytest.mark.parametrize(
    ("keeps", "drives", "expected"),
    [(2.0, -2.0, {"persuadable"}), (-5.0, -4.0, {"lost cause", "sure thing"}), (-4.0, 3.0, {"sleeping dog"})],
)
def test_what_was_learned_labels(decided, keeps, drives, expected):
    batch, learned, _, _ = decided(sure=0.1, keeps=keeps, drives=drives)
    labels = [found.label for found in labels_of(batch, learned) if found is not None]
    assert sum(label in expected for label in labels) > 0.7 * len(labels)
    for found, risk in zip(labels_of(batch, learned), batch.customers.churn_probability, strict=True):
        if found is not None and found.label == "sure thing":
            assert risk < 0.6
        if found is not None and found.label == "lost cause":
            assert risk > 0.4


def test_the_receipt_gives_the_same_label_as_the_run(decided):
    batch, learned, receipts, store = decided(sure=0.4, keeps=1.0)
    for found, receipt in zip(labels_of(batch, learned), receipts, strict=True):
        again = label_of(receipt, store)
        assert again == found
        assert "response_label" not in str(receipt.body)
        if found is not None:
            assert found.words in explain(receipt, again)
            made = (receipt.body["decision"]["incentive"] or {}).get("id")
            assert made in (None, found.offer)


def test_effect_and_error_are_those_of_the_posterior(decided):
    batch, learned, _, _ = decided(n=5, sure=0.5, keeps=1.0)
    from retinue.incentives.response import moments
    from retinue.incentives.response.labels import label_response

    risk, column = batch.customers.churn_probability, np.array([0, 1, 2, 3, 4])
    found = label_response(learned, batch.weighed.catalogue, risk, batch.customers.context, column)
    said = moments(learned.response, risk, batch.customers.context)
    luck = np.random.default_rng(1).standard_normal((40_000, said.offer.shape[0] + 2))
    draws = []
    for row in luck:
        saved, driven = said.shares(row[None, :])
        draws.append((saved - driven)[np.arange(5), column])
    assert np.allclose(found.effect, np.mean(draws, axis=0), atol=2e-3)
    assert np.allclose(found.error, np.std(draws, axis=0), rtol=0.03)


def test_the_formula_has_no_labels(make_parts):
    batch = make_parts(20).batch
    assert labels_of(batch, None) == [None] * 20
    assert counted([None]) is None
