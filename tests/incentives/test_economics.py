"""The vectorised economics against a literal reading of the design document, and the choice among offers."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from retinue.incentives import (
    Catalogue,
    Customers,
    best_offer,
    net_values,
    probability_it_pays,
    smallest_as_good,
    weigh,
)
from retinue.incentives.choose import NO_OFFER, within_tolerance

MONEY = st.floats(0, 1e7, allow_subnormal=False)
SHARE = st.floats(0, 1)


def literal(clv, churn_prob, lifts, costs):
    """`calculate_optimal_incentive` of the design document, the incentives given by position."""
    ev_no_action = clv * (1 - churn_prob)
    best_incentive = None
    best_roi = -float("inf")
    rois = []
    for incentive, (retention_lift, incentive_cost) in enumerate(zip(lifts, costs, strict=True)):
        new_churn_prob = churn_prob * (1 - retention_lift)
        ev_with_action = (clv * (1 - new_churn_prob)) - incentive_cost
        roi = ev_with_action - ev_no_action
        rois.append(roi)
        if roi > best_roi and roi > 0:
            best_roi = roi
            best_incentive = incentive
    return rois, best_incentive


@st.composite
def worlds(draw):
    n, k = draw(st.integers(1, 6)), draw(st.integers(1, 8))
    few = st.sampled_from([0.0, 10.0, 50.0])  # equal costs make ties
    return (
        draw(arrays(float, n, elements=MONEY)),
        draw(arrays(float, n, elements=SHARE)),
        draw(arrays(float, k, elements=st.one_of(SHARE, st.sampled_from([0.0, 0.1])))),
        draw(arrays(float, (n, k), elements=st.one_of(MONEY, few))),
    )


@given(worlds())
def test_equals_the_design_document_bit_for_bit(world):
    clv, risk, lift, cost = world
    net = net_values(clv, risk, lift, cost)
    best = best_offer(net, np.ones(net.shape, dtype=bool))
    for row in range(len(clv)):
        rois, incentive = literal(float(clv[row]), float(risk[row]), lift.tolist(), cost[row].tolist())
        assert net[row].tolist() == rois
        assert best[row] == (NO_OFFER if incentive is None else incentive)


@given(worlds(), st.floats(0, 0.5))
def test_the_cheapest_within_the_tolerance_is_chosen(world, tolerance):
    clv, risk, lift, cost = world
    cents = np.rint(cost * 100).astype(np.int64)
    net = net_values(clv, risk, lift, cents / 100)
    allowed = np.ones(net.shape, dtype=bool)
    chosen = smallest_as_good(net, cents, allowed, tolerance)
    for row, column in enumerate(chosen.tolist()):
        values, prices = net[row].tolist(), cents[row].tolist()
        if max(values) <= 0:
            assert column == NO_OFFER
            continue
        near = [i for i, v in enumerate(values) if v > 0 and v >= max(values) * (1 - tolerance)]
        cheapest = min(prices[i] for i in near)
        assert column == next(i for i in near if prices[i] == cheapest)


def test_what_is_not_allowed_is_not_chosen():
    net, cents = np.array([[9.0, 10.0]]), np.array([[100, 100]])
    only_first = np.array([[True, False]])
    assert (
        best_offer(net, only_first).tolist() == smallest_as_good(net, cents, only_first, 0.0).tolist() == [0]
    )
    assert best_offer(net, ~np.ones((1, 2), dtype=bool)).tolist() == [NO_OFFER]


def test_no_offers_at_all():
    none = np.zeros((2, 0))
    allowed = none.astype(bool)
    assert best_offer(none, allowed).tolist() == [NO_OFFER, NO_OFFER]
    assert smallest_as_good(none, none.astype(np.int64), allowed, 0.1).tolist() == [NO_OFFER, NO_OFFER]
    assert within_tolerance(none, allowed, 0.1).shape == (2, 0)


@pytest.mark.parametrize("offer", Catalogue.default().offers, ids=lambda offer: offer.id)
def test_confidence_is_the_share_of_the_prior_that_pays(offer):
    """Closed form against a fine numerical integral of the density above the threshold."""
    from scipy.stats import beta

    a, b = offer.beta()
    clv, risk, cost = 1200.0, 0.7, 30.0
    prior = np.array([[offer.lift_mean, offer.lift_sd, a, b]])
    got = probability_it_pays(np.array([clv]), np.array([risk]), prior, np.array([[cost]]))[0, 0]
    grid = np.linspace(cost / (clv * risk), 1, 400_001)
    middle = (grid[1:] + grid[:-1]) / 2
    area = math.fsum(beta(a, b).pdf(middle) * np.diff(grid))
    assert got == pytest.approx(area, abs=1e-6)


@pytest.mark.parametrize(
    ("clv", "risk", "cost", "deviation", "expected"),
    [
        (0.0, 0.7, 5.0, 0.05, 0.0),  # nothing at stake
        (1000.0, 0.0, 0.0, 0.05, 0.0),
        (1000.0, 0.5, 600.0, 0.05, 0.0),  # would need a lift above one
        (1000.0, 0.5, 0.0, 0.05, 1.0),
        (1000.0, 0.5, 20.0, 0.0, 1.0),  # lift known to be 0.1: 50 against 20
        (1000.0, 0.5, 50.0, 0.0, 0.0),  # even is not gain
    ],
)
def test_confidence_at_the_edges(clv, risk, cost, deviation, expected):
    prior = np.array([[0.1, deviation, 3.5, 31.5]])
    got = probability_it_pays(np.array([clv]), np.array([risk]), prior, np.array([[cost]]))
    assert got.tolist() == [[expected]]


@given(st.integers(0, 2**32 - 1), st.integers(1, 40))
def test_a_customer_alone_is_weighed_to_the_same_bits(seed, n):
    rng = np.random.default_rng(seed)
    many = Customers(
        [f"C{i}" for i in range(n)],
        rng.lognormal(7, 1, n),
        rng.random(n),
        rng.lognormal(4, 2, n),
        rng.random(n) < 0.5,
    )
    together = weigh(many, Catalogue.default(), tolerance=0.02)
    row = int(rng.integers(n))
    alone = weigh(many.take(np.array([row])), Catalogue.default(), tolerance=0.02)
    for name in ("cost_cents", "eligible", "net", "confidence", "pays", "close", "chosen"):
        assert getattr(together, name)[row].tobytes() == getattr(alone, name)[0].tobytes()


def test_weighing_says_what_is_eligible_and_pays():
    one = Customers(["C"], np.array([3000.0]), np.array([0.7]), np.array([120.0]), np.array([False]))
    weighed = weigh(one, Catalogue.default(), tolerance=0.02)
    assert not weighed.eligible[0, 5]
    assert weighed.confidence[0, 5] == 0.0
    assert weighed.close.sum() >= 1
    assert weighed.cost[0, 0] == 18.0
    assert len(one) == 1
