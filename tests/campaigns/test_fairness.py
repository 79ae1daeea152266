"""Fairness: known formulas, coverage of the intervals, verdicts on worlds whose truth is known."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from retinue.campaigns.fairness import compare, in_words, refusal
from retinue.campaigns.fairness.groups import groups_of
from retinue.campaigns.fairness.intervals import mean, ratio, share, stratified_ratio
from retinue.settings import Settings


def settings(**changes):
    return Settings(guards={"fairness": {"attributes": ["country"], **changes}}).guards.fairness


def world(seed, n=2_000, less=1.0, needy=0.0, runs=1, sticky=0.0):
    """Two countries; IT is offered `less` times as often given need, and has `needy` more need."""
    rng = np.random.default_rng(seed)
    italian = rng.random(n) < 0.4
    need = np.exp(rng.normal(size=n) - needy * italian)
    base = np.clip(0.2 + 0.2 * np.log1p(need), 0.0, 0.9)
    parts = []
    own = rng.random(n)
    for _ in range(runs):
        luck = np.where(rng.random(n) < sticky, own, rng.random(n))
        offered = luck < base * np.where(italian, less, 1.0)
        parts.append(
            pd.DataFrame(
                {
                    "customer_id": [f"C{i:05d}" for i in range(n)],
                    "offered": offered,
                    "cost": np.where(offered, 20.0 + 5 * need, 0.0),
                    "need": need,
                }
            )
        )
    groups = pd.DataFrame({"customer_id": parts[0]["customer_id"], "country": np.where(italian, "IT", "DE")})
    return pd.concat(parts, ignore_index=True), groups


def group(found, name):
    return next(g for g in found.attributes[0].groups if g.name == name)


def test_the_textbook_formulas():
    one = share(np.array([True] * 8 + [False] * 2), np.arange(10), 0.05)
    assert (round(one.low, 4), round(one.high, 4)) == (0.4902, 0.9433)  # Wilson, 8 of 10
    nothing = share(np.zeros(20, dtype=bool), np.arange(20), 0.05)
    assert (nothing.low, round(nothing.high, 4)) == (0.0, 0.1611)
    # Mantel-Haenszel by hand: strata (a of n1, b of n0) = (2 of 4, 3 of 6), (1 of 5, 4 of 5).
    rows = [(1, 1, 0)] * 2 + [(0, 1, 0)] * 2 + [(1, 0, 0)] * 3 + [(0, 0, 0)] * 3
    rows += [(1, 1, 1)] + [(0, 1, 1)] * 4 + [(1, 0, 1)] * 4 + [(0, 0, 1)]
    y, member, stratum = (np.array(column) for column in zip(*rows, strict=True))
    pooled = stratified_ratio(y == 1, member == 1, stratum, np.arange(len(y)), 0.05)
    top, bottom = 2 * 6 / 10 + 1 * 5 / 10, 3 * 4 / 10 + 4 * 5 / 10
    assert pooled.value == pytest.approx(top / bottom)
    assert pooled.low < pooled.value < pooled.high
    assert math.isnan(ratio(one, nothing).value)
    assert ratio(one, nothing).high == math.inf


@pytest.mark.parametrize(("runs", "sticky"), [(1, 0.0), (6, 0.9)])
def test_intervals_cover_the_truth_also_for_repeated_customers(runs, sticky):
    """Six runs on the same people, who mostly fare as before, are not six times the evidence."""
    covered = {"ratio": [], "alike": []}
    for seed in range(300):
        decided, groups = world(seed, n=400, less=0.7, runs=runs, sticky=sticky)
        found = compare(decided, groups, settings())
        italian = group(found, "IT")
        for name, hits in covered.items():
            interval = getattr(italian, name)
            hits.append(interval.low <= 0.7 <= interval.high)
    for name, hits in covered.items():
        # Two groups are judged, so each interval holds at 97.5 %; three errors of 300 draws below that.
        assert np.mean(hits) >= 0.975 - 3 * math.sqrt(0.975 * 0.025 / 300), name


def test_no_difference_is_seldom_called_one():
    failing = sum(bool(compare(*world(seed, n=600), settings()).failing) for seed in range(200))
    assert failing <= 2


def test_a_group_that_gets_less_is_found_and_the_rest_is_not_blamed():
    found = compare(*world(1, less=0.4), settings())
    assert [(a, g.name) for a, g in found.failing] == [("country", "IT")]
    italian = group(found, "IT")
    assert italian.ratio.high < 0.8
    assert italian.alike.high < 1
    assert italian.cost.low < italian.cost.value < italian.cost.high
    assert group(found, "DE").verdict == "enough"
    text = "\n".join(in_words(found))
    assert "IT surely got offers less than 0.8 times as often as the rest" in text
    assert "For IT risk and value do not explain it." in text
    assert "country = IT would get them" in refusal(found)


def test_need_that_explains_a_difference_is_told():
    found = compare(*world(2, n=8_000, needy=2.5), settings())
    italian = group(found, "IT")
    assert italian.verdict == "less"
    assert italian.alike.low <= 1 <= italian.alike.high
    assert "customers of like risk and value show no sure difference" in "\n".join(in_words(found))


def test_small_groups_are_named_and_missing_values_counted():
    decided, groups = world(3, n=500)
    groups.loc[:9, "country"] = "SM"
    groups.loc[10:29, "country"] = None
    found = compare(decided, groups, settings(least_customers=30))
    attribute = found.attributes[0]
    assert attribute.small == (("SM", 10),)
    assert attribute.missing == 20
    assert {g.name for g in attribute.groups} == {"IT", "DE"}
    assert "too small to judge (customers): SM (10)" in "\n".join(in_words(found))


def test_more_groups_need_stronger_evidence():
    decided, groups = world(4, less=0.7)
    alone = compare(decided, groups, settings())
    groups["letter"] = [chr(65 + i % 10) for i in range(len(groups))]
    both = compare(decided, groups, settings(attributes=["country", "letter"]))
    assert (alone.judged, both.judged) == (2, 12)
    assert group(both, "IT").ratio.high > group(alone, "IT").ratio.high


def test_what_the_data_do_not_have_is_said():
    decided, groups = world(5, n=100)
    found = compare(decided, groups, settings(attributes=["religion"]))
    assert not found.attributes[0].known
    assert "religion: not in the data, so nothing can be said." in in_words(found)
    none = compare(decided, groups, settings(attributes=[]))
    assert "No attributes are compared" in in_words(none)[0]


def test_nobody_was_decided_on():
    decided, groups = world(6, n=50)
    found = compare(decided.iloc[:0], groups, settings())
    assert found.failing == ()
    assert in_words(found)


def test_nobody_got_an_offer():
    decided, groups = world(7, n=400)
    found = compare(decided.assign(offered=False, cost=0.0), groups, settings())
    assert found.failing == ()
    assert all(g.verdict == "unsure" for g in found.attributes[0].groups)
    assert in_words(found)


def test_the_cost_of_one_customer_has_no_interval():
    assert mean(np.array([5.0, 7.0]), np.array([3, 3]), 0.05).as_dict() == {
        "value": 6.0,
        "low": None,
        "high": None,
    }


def test_groups_come_from_columns_and_keys_and_numbers_are_banded():
    from datetime import UTC, datetime

    import pyarrow as pa

    from retinue.warehouse import Warehouse
    from retinue.warehouse.engines.duckdb import DuckDBEngine

    rows = [
        {
            "customer_id": f"C{i:02d}",
            "country": "IT" if i % 2 else "DE",
            "demographic_data": f'{{"age": {20 + i}, "gender": "{"fm"[i % 2]}"}}',
            "account_created_date": datetime(2024 + i % 2, 3, 1),
            "source": "s",
            "recorded_at": datetime(2026, 1, 1),
        }
        for i in range(40)
    ]
    wanted = ["country", "age", "gender", "account_created_date", "religion"]
    with Warehouse(DuckDBEngine()) as warehouse:
        warehouse.engine.append("customers", pa.Table.from_pylist(rows))
        ids = [row["customer_id"] for row in rows]
        found = groups_of(warehouse, wanted, [*ids, "C99"], datetime(2026, 2, 14, tzinfo=UTC))
    assert list(found.columns) == ["customer_id", "country", "age", "gender", "account_created_date"]
    assert found["age"].dropna().value_counts().to_dict() == {
        "20 to 29": 10,
        "30 to 39": 10,
        "40 to 49": 10,
        "50 to 59": 10,
    }
    assert set(found["gender"].dropna()) == {"f", "m"}
    assert set(found["account_created_date"].dropna()) == {"2024", "2025"}
    assert found.loc[found["customer_id"] == "C99", "country"].isna().all()
