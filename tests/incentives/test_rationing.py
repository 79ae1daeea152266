"""Several limits at once: none ever broken, near the exact optimum, and explainable customer by customer."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retinue.incentives import allocate, smallest_as_good
from retinue.incentives.budget import choice_at_price, no_dearer
from retinue.incentives.charging import Prices
from retinue.incentives.choose import NO_OFFER
from retinue.incentives.limits import Limits
from retinue.incentives.rationing import allocate_within

TIERS = np.array(["Basic", "Premium"], dtype=object)


def case(seed, n, k, *, odd_reviews=False):
    """Random offers, tiers and reviews; by the rules a dearer offer needs a review no less than a cheaper."""
    rng = np.random.default_rng(seed)
    cost = rng.integers(0, 2_000, (n, k)) * rng.integers(0, 2, (n, k))
    net = np.round(rng.normal(5, 20, (n, k)), 2)
    tiers = TIERS[rng.integers(0, 2, n)]
    reviewed = (rng.random(n) < 0.3)[:, None] | (cost > 1_500)
    if odd_reviews:
        reviewed = rng.random((n, k)) < 0.5
    return net, cost.astype(np.int64), rng.random((n, k)) < 0.9, tiers, reviewed


def used(choice, cost, tiers, reviewed):
    rows = np.flatnonzero(choice != NO_OFFER)
    columns = choice[rows]
    cents = cost[rows, columns]
    return {
        "total": int(cents.sum()),
        **{tier: int(cents[tiers[rows] == tier].sum()) for tier in TIERS},
        "reviews": int(reviewed[rows, columns].sum()),
        "treated": len(rows),
    }


def tight(draw, wanted):
    """Random limits, each a share of what is wanted, some of them absent."""

    def part(name):
        share = draw.uniform(0, 1.2)
        return None if draw.random() < 0.3 else int(wanted[name] * share)

    tiers = {tier: cents for tier in TIERS if (cents := part(tier)) is not None}
    return Limits(part("total"), tiers, part("reviews"), part("treated"))


def within(limits, taken):
    return all(
        most is None or taken[name] <= most
        for name, most in [
            ("total", limits.total_cents),
            ("reviews", limits.reviews),
            ("treated", limits.treated),
            *limits.tier_cents.items(),
        ]
    )


def optimum(net, cost, may, tiers, reviewed, limits):
    """The exact best by trying everything."""
    best = 0.0
    options = [[NO_OFFER, *np.flatnonzero(row).tolist()] for row in may]
    for picked in product(*options):
        choice = np.array(picked)
        if within(limits, used(choice, cost, tiers, reviewed)):
            rows = np.flatnonzero(choice != NO_OFFER)
            best = max(best, float(net[rows, choice[rows]].sum()))
    return best


@settings(max_examples=200)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 9), st.booleans())
def test_no_limit_is_ever_broken(seed, n, k, odd):
    net, cost, allowed, tiers, reviewed = case(seed, n, k, odd_reviews=odd)
    wanted = smallest_as_good(net, cost, allowed, 0.02)
    limits = tight(np.random.default_rng(seed + 1), used(wanted, cost, tiers, reviewed))
    result = allocate_within(net, cost, allowed, wanted, limits, tiers=tiers, reviewed=reviewed)
    assert within(limits, used(result.choice, cost, tiers, reviewed))
    may = no_dearer(net, cost, allowed, wanted)
    rows = np.flatnonzero(result.choice != NO_OFFER)
    assert may[rows, result.choice[rows]].all()
    assert result.net_value <= result.bound + 1e-9
    assert result.binding != within(limits, used(wanted, cost, tiers, reviewed))
    assert result.downgraded + result.dropped == (result.choice != wanted).sum()
    if not result.binding:
        assert (result.choice == wanted).all()


@settings(max_examples=80)
@given(st.integers(0, 2**32 - 1), st.integers(1, 5), st.integers(1, 3), st.booleans())
def test_the_bound_holds_against_the_exact_optimum(seed, n, k, odd):
    net, cost, allowed, tiers, reviewed = case(seed, n, k, odd_reviews=odd)
    wanted = smallest_as_good(net, cost, allowed, 0.0)
    limits = tight(np.random.default_rng(seed + 1), used(wanted, cost, tiers, reviewed))
    result = allocate_within(net, cost, allowed, wanted, limits, tiers=tiers, reviewed=reviewed)
    best = optimum(net, cost, no_dearer(net, cost, allowed, wanted), tiers, reviewed, limits)
    assert result.net_value <= best + 1e-9
    assert best <= result.bound + 1e-9


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.floats(0, 1.2))
def test_with_the_total_alone_it_is_the_allocation_under_a_budget(seed, n, share):
    net, cost, allowed, tiers, reviewed = case(seed, n, 4)
    wanted = smallest_as_good(net, cost, allowed, 0.02)
    budget = int(used(wanted, cost, tiers, reviewed)["total"] * share)
    one = allocate(net, cost, allowed, wanted, budget)
    many = allocate_within(net, cost, allowed, wanted, Limits(budget))
    assert (one.choice == many.choice).all()
    assert (one.shadow_price, one.bound) == (many.shadow_price, many.bound)


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(2, 40))
def test_each_customer_can_be_replayed_from_the_prices_alone(seed, n):
    net, cost, allowed, tiers, reviewed = case(seed, n, 4)
    wanted = smallest_as_good(net, cost, allowed, 0.02)
    limits = tight(np.random.default_rng(seed + 1), used(wanted, cost, tiers, reviewed))
    result = allocate_within(net, cost, allowed, wanted, limits, tiers=tiers, reviewed=reviewed)
    if not result.binding:
        return
    prices = result.prices
    for row in np.flatnonzero(~result.filled).tolist():
        one = slice(row, row + 1)
        may = no_dearer(net[one], cost[one], allowed[one], wanted[one])
        at = (
            prices.after_counts(net[one], reviewed[one]),
            cost[one],
            may,
            prices.total,
            prices.least(tiers[one]),
        )
        assert choice_at_price(*at)[0] == result.choice[row]


def business(n, seed=3):
    """Offers whose worth and cost differ as in a business; all four kinds of limit bind."""
    rng = np.random.default_rng(seed)
    revenue = rng.lognormal(4.0, 0.8, n)
    share = np.array([0.15, 0.3, 0.45, 0.6, 0.9, 1.2])
    cost = np.rint(revenue[:, None] * share * 100).astype(np.int64)
    keeps = rng.normal(0.05 + 0.25 * np.sqrt(share), 0.05, (n, len(share))).clip(0)
    clv = revenue * rng.gamma(4.0, 4.0, n)
    net = clv[:, None] * rng.beta(2.0, 3.0, n)[:, None] * keeps - cost / 100
    tiers = TIERS[(clv > np.quantile(clv, 0.8)).astype(int)]
    reviewed = (clv > np.quantile(clv, 0.9))[:, None] | (cost > 25_000)
    wanted = smallest_as_good(net, cost, net > 0, 0.0)
    return net, cost, wanted, tiers, reviewed, used(wanted, cost, tiers, reviewed)


@pytest.mark.parametrize("n", [5_000, 60_000])  # above 40,000 the first guess comes from a part of them
def test_the_gap_is_small_at_the_size_of_a_business(n):
    net, cost, wanted, tiers, reviewed, want = business(n)
    limits = Limits(
        int(want["total"] * 0.3),
        {"Premium": want["Premium"] // 4},
        want["reviews"] // 6,
        want["treated"] // 3,
    )
    result = allocate_within(net, cost, net > 0, wanted, limits, tiers=tiers, reviewed=reviewed)
    assert within(limits, used(result.choice, cost, tiers, reviewed))
    assert result.relative_gap < 1e-3
    prices = result.prices
    assert min(prices.total, prices.of_tier("Premium"), prices.review, prices.treated) > 0


@pytest.mark.parametrize("which", ["total", "Premium", "reviews", "treated"])
def test_a_price_is_what_one_more_earns(which):
    net, cost, wanted, tiers, reviewed, want = business(20_000)
    base = {"total": None, "Premium": None, "reviews": None, "treated": None}
    step = {"total": 200_000, "Premium": 100_000, "reviews": 20, "treated": 100}[which]

    def earned(more):
        given = {**base, which: want[which] // 3 + more}
        tier = {} if given["Premium"] is None else {"Premium": given["Premium"]}
        limits = Limits(given["total"], tier, given["reviews"], given["treated"])
        return allocate_within(net, cost, net > 0, wanted, limits, tiers=tiers, reviewed=reviewed)

    here, there = earned(0), earned(step)
    prices = here.prices
    price = {
        "total": prices.total / 100,
        "Premium": prices.of_tier("Premium") / 100,
        "reviews": prices.review,
        "treated": prices.treated,
    }[which]
    assert (there.net_value - here.net_value) / step == pytest.approx(price, rel=0.05)


def test_limits_that_say_the_same_do_not_hinder_each_other():
    """Every offer costs the same, so that money and the number of treated are one limit told twice."""
    n = 3_000
    rng = np.random.default_rng(4)
    net, cost = rng.lognormal(3, 1, (n, 1)), np.full((n, 1), 500)
    wanted = np.zeros(n, dtype=np.intp)
    for treated, euros in ((1_000, 4_000), (1_000, 5_000), (1_000, 6_000)):
        limits = Limits(total_cents=euros * 100, treated=treated)
        result = allocate_within(net, cost, net > 0, wanted, limits)
        assert (result.choice != NO_OFFER).sum() == min(treated, euros // 5)
        assert result.relative_gap < 1e-9


def test_a_limit_of_nothing_leaves_what_needs_none_of_it():
    net = np.array([[5.0, 9.0], [4.0, 7.0], [8.0, 9.0]])
    cost = np.array([[0, 300], [200, 100], [100, 200]])
    tiers = np.array(["Premium", "Basic", "Premium"], dtype=object)
    reviewed = np.array([[False, True], [False, False], [False, True]])
    wanted, allowed = np.array([1, 1, 1]), net > 0

    def choice(limits):
        return allocate_within(
            net, cost, allowed, wanted, limits, tiers=tiers, reviewed=reviewed
        ).choice.tolist()

    assert choice(Limits(treated=0)) == [NO_OFFER] * 3
    assert choice(Limits(reviews=0)) == [0, 1, 0]
    assert choice(Limits(tier_cents={"Premium": 0})) == [0, 1, NO_OFFER]
    assert choice(Limits(total_cents=0, reviews=0)) == [0, NO_OFFER, NO_OFFER]


def test_equal_customers_are_cut_the_same_way_every_time_and_to_the_limit():
    n = 90_000
    net, cost = np.full((n, 1), 10.0), np.full((n, 1), 300)
    result = allocate_within(net, cost, net > 0, np.zeros(n, dtype=np.intp), Limits(treated=1_234))
    assert (result.choice == 0).sum() == 1_234
    assert (result.choice[:1_234] == 0).all()
    assert result.gap == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("worth", [1e-6, 1e6])
def test_a_first_guess_from_customers_unlike_the_rest_does_no_harm(worth):
    net, cost, wanted, tiers, reviewed, want = business(60_000)
    net = net * np.where(np.arange(len(net)) % 3 == 0, worth, 1.0)[:, None]
    limits = Limits(want["total"] // 4, {"Premium": want["Premium"] // 5}, want["reviews"] // 9)
    result = allocate_within(net, cost, net > 0, wanted, limits, tiers=tiers, reviewed=reviewed)
    assert within(limits, used(result.choice, cost, tiers, reviewed))
    assert result.relative_gap < 1e-3


def test_nobody_wants_anything():
    none = np.zeros((3, 0))
    nobody = np.full(3, NO_OFFER, dtype=np.intp)
    result = allocate_within(none, none.astype(np.int64), none.astype(bool), nobody, Limits(treated=1))
    assert result.choice.tolist() == [NO_OFFER] * 3
    assert not result.binding


def test_limits_must_be_told_what_they_limit():
    net, cost, wanted = np.ones((1, 1)), np.ones((1, 1), dtype=np.int64), np.zeros(1, dtype=np.intp)
    for limits in (Limits(reviews=0), Limits(tier_cents={"Premium": 0})):
        with pytest.raises(ValueError, match="need to know"):
            allocate_within(net, cost, net > 0, wanted, limits)


def test_the_price_of_a_tier_is_on_top_of_the_total():
    prices = Prices(1.0, {"Premium": 3.5, "Basic": 1.0})
    assert (prices.of_tier("Premium"), prices.of_tier("Basic"), prices.of_tier("Gold")) == (2.5, 0.0, 0.0)
