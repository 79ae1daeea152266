"""The built-in rules decide as the table did that was written in Python, at every threshold and beside it."""

import json
import math
from dataclasses import asdict, replace
from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retinue.decisions import Case, Day, Proposal, Terms, Thresholds, decide, decide_batch
from retinue.decisions.replay import customers_of
from retinue.decisions.rules import Thresholds as Limits_
from retinue.decisions.tables import check_rules, default_rules
from retinue.decisions.tables.evaluate import first_hits
from retinue.domain import Incentive
from retinue.incentives.limits import Limits
from retinue.settings import Settings

BEFORE_TABLES = "e9623f7b3b4b6f159e01d5bbef688faa35c1967c8958d5c3b0cbc5a0df173090"
OFFER = Proposal(Incentive("fixed_credit", "fixed_credit", 25.0), 0.1, 60.0, 300.0, 0.8)
THRESHOLDS = (
    Thresholds(),
    Thresholds(0.15, 0.25, 0.8, 2000.0, 123.45678901234568, 1e-7),
    Thresholds(0.75, 0.75, 0.75, 0.0, 500.0, 10.0),
    Thresholds(0.3, 1.0, 1.0),
    Thresholds(urgent_clv_above=math.inf, review_clv_above=math.inf, auto_cost_up_to=math.inf),
)


def around(*values):
    finite = [v for v in values if math.isfinite(v)]
    return [w for v in finite for w in (math.nextafter(v, -math.inf), v, math.nextafter(v, math.inf))]


def cases(t):
    """Every combination of values at and beside the thresholds: risk, value, cost."""
    risks = [0.0, 1.0, *(p for p in around(t.act_above, t.monitor_up_to, t.urgent_above) if p <= 1.0)]
    values = [-10.0, 0.0, 1e9, *around(t.urgent_clv_above, t.review_clv_above)]
    return list(product(risks, values, [0.0, 1e6, *around(t.auto_cost_up_to)]))


@pytest.mark.parametrize("thresholds", THRESHOLDS, ids=range(len(THRESHOLDS)))
def test_the_built_in_rules_are_the_rules_in_python(thresholds):
    rules = default_rules(thresholds)
    grid = cases(thresholds)
    risk, clv, cost = (np.array(column)[:, None] for column in zip(*grid, strict=True))
    facts = {"churn_probability": risk, "clv": clv, "cost": cost}
    hits = [first_hits(table, table.rows, facts, (len(grid), 1))[:, 0] for table in rules.tables]
    seen = set()
    for row, (p, v, c) in enumerate(grid):
        offer = replace(OFFER, cost=c)
        plain = Case("D", "C", p, v, False, offer, offer, {"none": 1.0})
        ruled = replace(plain, ruling=rules.ruling(tuple(int(hit[row]) for hit in hits)))
        assert decide(ruled, thresholds) == decide(plain, thresholds)
        seen.add(decide(ruled, thresholds).rule)
    assert seen & {"low_value_low_risk", "monitor_band"}
    assert check_rules(json.dumps(rules.content)).rules == rules


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(0, 10_000),
    st.builds(
        Limits,
        st.one_of(st.none(), st.integers(0, 300_000)),
        st.dictionaries(st.sampled_from(["Basic", "Premium"]), st.integers(0, 100_000), max_size=2),
        st.one_of(st.none(), st.integers(0, 12)),
        st.one_of(st.none(), st.integers(0, 30)),
    ),
    st.sampled_from([0.0, 0.5]),
)
def test_a_day_under_the_built_in_rules_is_the_day_it_always_was(make_audience, seed, limits, exploration):
    features, assessments = make_audience(60, seed)
    terms = Terms.of(Settings(incentives={"exploration": exploration}, decisions={"review_clv_above": 3000}))
    days = [
        decide_batch(
            customers_of(assessments, features),
            Day("run-1", "2026-02-14T00:00:00Z", of),
            limits=limits,
        )
        for of in (terms, replace(terms, rules=None))
    ]
    assert days[0].decisions == days[1].decisions
    assert (days[0].removed == days[1].removed).all()
    assert (days[0].withheld == days[1].withheld).all()


def test_they_follow_the_thresholds_and_say_so_in_their_hash():
    one, other = default_rules(Thresholds()), default_rules(Limits_(review_clv_above=4000.0))
    assert one.sha256 != other.sha256
    terms = Terms.of(Settings())
    moved = terms.under(replace(terms.thresholds, review_clv_above=4000.0))
    assert moved.rules == other
    own = replace(terms, rules=replace(one, number=3))
    assert own.under(moved.thresholds).rules == own.rules
    assert asdict(moved.thresholds)["review_clv_above"] == 4000.0


def test_receipts_from_before_there_were_rules_to_write_keep_their_version_and_hash():
    old = replace(Terms.of(Settings()), rules=None)
    assert old.versions()["rules"] == {"version": "3", "sha256": BEFORE_TABLES}
    assert "rules" not in old.as_dict()
    assert Terms.from_dict(old.as_dict()) == old
