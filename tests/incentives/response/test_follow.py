"""Learning while tastes change."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from retinue.incentives import Catalogue
from retinue.incentives.response import Observations, fit, follow, prior

CATALOGUE = Catalogue.default()
K = len(CATALOGUE.offers)
TYPES = tuple(offer.type for offer in CATALOGUE.offers)
START = prior(CATALOGUE, ("a", "b"))


def both(first, second):
    return Observations(
        *(
            np.concatenate([getattr(first, name), getattr(second, name)])
            for name in Observations.__dataclass_fields__
        )
    )


def kept(model):
    return expit(model.mean[model.offer])


def test_without_drift_it_is_one_fit(world):
    seen = world(800, seed=1)
    age = np.random.default_rng(2).uniform(0, 400, 800)
    assert np.array_equal(follow(START, seen, age, TYPES, drift=0.0).mean, fit(START, seen).mean)


def test_what_is_new_overrules_what_was(world):
    before, after = np.full(K, 0.4), np.full(K, 0.03)
    seen = both(world(4_000, seed=1, kept=before), world(4_000, seed=2, kept=after))
    age = np.repeat([200.0, 20.0], 4_000)
    still, moving = fit(START, seen), follow(START, seen, age, TYPES, drift=1.0)
    assert (np.abs(kept(moving) - 0.03) < np.abs(kept(still) - 0.03)).all()
    assert kept(moving).max() < 0.15


def test_what_did_not_work_is_not_forgotten_but_less_sure(world):
    seen = world(6_000, seed=3, kept=np.full(K, 0.005))
    recent, old = (follow(START, seen, np.full(6_000, age), TYPES, drift=0.5) for age in (10.0, 500.0))
    assert kept(old) == pytest.approx(kept(recent), abs=1e-9)
    assert kept(old).max() < kept(START).min()
    spread = [np.sqrt(np.diag(m.covariance)[m.offer]) for m in (recent, old)]
    assert (spread[1] > spread[0]).all()


def test_offers_of_one_type_move_together(world):
    model = replace(START, covariance=np.zeros_like(START.covariance) + 1e-6 * np.eye(START.mean.size))
    nothing = world(1, seed=1)
    moved = follow(model, nothing, np.array([500.0]), TYPES, drift=1.0).covariance[START.offer, START.offer]
    cross = moved / np.sqrt(np.outer(np.diag(moved), np.diag(moved)))
    discounts = [i for i, kind in enumerate(TYPES) if kind == "percentage_discount"]
    other = TYPES.index("fixed_credit")
    assert cross[discounts[0], discounts[1]] > cross[discounts[0], other] > 0


def test_the_order_of_the_log_is_no_matter(world):
    seen = world(500, seed=5)
    age = np.random.default_rng(6).uniform(0, 400, 500)
    order = np.random.default_rng(7).permutation(500)
    mixed = Observations(*(getattr(seen, name)[order] for name in Observations.__dataclass_fields__))
    first, second = (follow(START, s, a, TYPES, drift=0.5) for s, a in ((seen, age), (mixed, age[order])))
    assert first.mean == pytest.approx(second.mean, abs=1e-6)
