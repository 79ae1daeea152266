"""Harm: the integral equals draws, nobody is labelled without evidence, and evidence of harm is heard."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from retinue.incentives import Catalogue
from retinue.incentives.response import prior
from retinue.incentives.response.harm import harmful, probability_of_harm
from retinue.incentives.response.moments import moments

CATALOGUE = Catalogue.default()
RISK = np.linspace(0.001, 0.999, 40)


class Known:
    """Something learned, as far as harm looks at it."""

    def __init__(self, response):
        self.response = response


def test_the_integral_is_the_share_of_draws():
    model = prior(CATALOGUE, ("a", "b"))
    rng = np.random.default_rng(1)
    context = rng.normal(size=(len(RISK), 2))
    said = moments(model, RISK, context)
    drawn = np.zeros(said.kept.shape)
    draws = 20_000
    for luck in rng.standard_normal((draws, said.kept.shape[1] + 2)):
        kept, driven = said.shares(luck[None, :])
        drawn += kept - driven < -0.02
    assert np.abs(drawn / draws - probability_of_harm(said, 0.02)).max() < 0.02


def test_one_customer_alone_has_the_same_bits():
    model = prior(CATALOGUE, ("a",))
    context = np.random.default_rng(2).normal(size=(len(RISK), 1))
    together = probability_of_harm(moments(model, RISK, context), 0.02)
    for row in range(len(RISK)):
        alone = probability_of_harm(moments(model, RISK[row : row + 1], context[row : row + 1]), 0.02)
        assert (alone[0] == together[row]).all()


def test_the_prior_labels_nobody():
    model = prior(CATALOGUE, ())
    none = np.zeros((len(RISK), 0))
    assert harmful(None, RISK, none, sure=0.9, least_effect=0.02) is None
    assert harmful(Known(model), RISK, none, sure=0.9, least_effect=0.02) is None
    # Even one decision later: hardly moved, the prior is not sure of harm at any risk.
    barely = replace(model, learned_from=1)
    assert not harmful(Known(barely), RISK, none, sure=0.9, least_effect=0.02).any()


@pytest.mark.parametrize(("disturbed", "expected"), [(0.25, True), (0.005, False)])
def test_evidence_of_harm_is_heard(disturbed, expected):
    model = prior(CATALOGUE, ())
    mean, covariance = model.mean.copy(), model.covariance.copy()
    mean[model.contact] = np.log(disturbed / (1 - disturbed))
    covariance[model.contact, model.contact] = 0.15**2
    learned = Known(replace(model, mean=mean, covariance=covariance, learned_from=500))
    found = harmful(learned, np.array([0.1]), np.zeros((1, 0)), sure=0.9, least_effect=0.02)
    assert found.all() == expected
    assert not harmful(learned, np.array([0.99]), np.zeros((1, 0)), sure=0.9, least_effect=0.02).any()
