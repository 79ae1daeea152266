"""What was earned, from sums by day: the same as the measurement where it covers everything."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from retinue.app import Retinue
from retinue.outcomes.gathering import Gathered, gather
from retinue.outcomes.measuring import Measurement, conclude
from retinue.runs.figures.decided import keep_decisions, keep_earned
from retinue.runs.figures.earning import money_of
from retinue.runs.figures.file import create

NOW = datetime(2026, 1, 1, tzinfo=UTC)
BEGAN = datetime(2025, 3, 1)
MANY = 600
TOTALS = "SELECT * FROM earned"


def history(folder: Path, *, lost: int = 0) -> tuple[Gathered, Measurement]:
    """600 customers, a fifth left alone by lot; offers cost 10 and keep some.

    lost: treated customers whose rows are missing."""
    rng = np.random.default_rng(2)
    alone = rng.random(MANY) < 0.2
    stays = rng.random(MANY) < np.where(alone, 0.6, 0.75)
    decided, seen, facts = [], [], {}
    for n in range(MANY):
        if not alone[n] and n < lost:
            continue
        at = BEGAN + timedelta(days=n % 150)
        decided.append(
            {
                "decision_id": f"D{n}",
                "customer_id": f"C{n}",
                "campaign_id": "K",
                "incentive": "none" if alone[n] else "loyalty_points",
                "cost": 0.0 if alone[n] else 10.0,
                "propensities": '{"none": 0.2, "loyalty_points": 0.8}',
                "propensity": 0.2 if alone[n] else 0.8,
                "policy_version": "p",
                "held_out": bool(alone[n]),
                "executed_at": at,
                "source": "test",
                "recorded_at": at,
            }
        )
        known = at + timedelta(days=90)
        seen.append(
            {
                "outcome_id": f"O{n}",
                "decision_id": f"D{n}",
                "customer_id": f"C{n}",
                "retained": bool(stays[n]),
                "revenue": float(rng.uniform(20, 60)) if stays[n] else 0.0,
                "observed_at": known,
                "source": "test",
                "recorded_at": known,
            }
        )
        facts[f"D{n}"] = {
            "churn_probability": 0.3,
            "clv": 200.0 if n % 3 else np.nan,
            "value_tier": "Premium" if n % 4 else "Basic",
            "segment": None,
        }
    with Retinue(folder, clock=NOW) as retinue:
        retinue.warehouse.engine.append("interventions", pa.Table.from_pylist(decided))
        retinue.warehouse.engine.append("outcomes", pa.Table.from_pylist(seen))
        found = gather(
            retinue.warehouse, retinue.settings, NOW, facts=pd.DataFrame.from_dict(facts, orient="index")
        )
        return found, conclude(found, retinue.settings)


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Gathered, Measurement]:
    return history(tmp_path_factory.mktemp("earned"))


def rows_of(connection: sqlite3.Connection, query: str) -> list[dict[str, float]]:
    connection.row_factory = sqlite3.Row
    return [dict(row) for row in connection.execute(query)]


def test_all_of_it_is_what_the_measurement_says(measured: tuple[Gathered, Measurement]) -> None:
    known, expected = measured
    with closing(sqlite3.connect(":memory:")) as connection:
        create(connection)
        assert keep_earned(connection, known) == ""
        rows = rows_of(connection, TOTALS)
    found = money_of(rows)
    for estimate, contrast in (
        (found.net, expected.contrast("net_revenue")),
        (found.kept, expected.contrast("retention")),
    ):
        assert estimate is not None
        assert contrast is not None
        assert contrast.total is not None
        for name in ("value", "low", "high", "always_low", "always_high"):
            assert getattr(estimate, name) == pytest.approx(getattr(contrast.total, name), rel=1e-9)
    arms = {arm.arm: arm for arm in expected.arms}
    assert (found.treated, found.alone) == (arms["treatment"].judged, arms["holdout"].judged)
    assert found.cost == pytest.approx(arms["treatment"].spend)
    assert (found.saved, found.retained) == (expected.saved.amount, expected.saved.retained)
    assert found.valued == expected.saved.valued
    assert found.incremental is not None
    assert found.incremental.value == pytest.approx(found.net.value + found.cost)  # type: ignore[union-attr]
    assert found.roi is not None
    assert found.roi.low == pytest.approx(found.net.low / found.cost)  # type: ignore[union-attr]


def test_parts_are_the_mean_of_their_own_customers_terms(measured: tuple[Gathered, Measurement]) -> None:
    known, _ = measured
    with closing(sqlite3.connect(":memory:")) as connection:
        create(connection)
        keep_earned(connection, known)
        tiers = dict(connection.execute("SELECT name, code FROM names WHERE kind = 'tier'").fetchall())
        parts = {
            name: money_of(rows_of(connection, f"SELECT * FROM earned WHERE tier = {code}"))
            for name, code in tiers.items()
        }
        days = rows_of(connection, "SELECT min(day) AS first, max(day) AS last FROM earned")[0]
    judged = known.cohort.units[known.judged]
    of_tier = judged["decision_id"].map(known.facts["value_tier"])  # type: ignore[index]
    for name, part in parts.items():
        assert part.customers == int((of_tier == name).sum())
        own = judged[(of_tier == name) & (judged["arm"] == "treatment")]
        assert part.cost == 10.0 * len(own)
    assert sum(part.retained for part in parts.values()) == money_of_all(known).retained
    first = (BEGAN + timedelta(days=90) - datetime(1970, 1, 1)).days
    assert (days["first"], days["last"]) == (first, first + 149), "the day on which the window ended"


def money_of_all(known: Gathered) -> object:
    with closing(sqlite3.connect(":memory:")) as connection:
        create(connection)
        keep_earned(connection, known)
        return money_of(rows_of(connection, TOTALS))


def test_too_few_have_counts_and_a_reason_and_no_figure(measured: tuple[Gathered, Measurement]) -> None:
    known, _ = measured
    with closing(sqlite3.connect(":memory:")) as connection:
        create(connection)
        keep_earned(connection, known)
        rows = rows_of(connection, "SELECT * FROM earned ORDER BY day LIMIT 20")
    found = money_of(rows)
    assert (found.net, found.incremental, found.roi, found.kept) == (None, None, None, None)
    assert "it takes 30 of each" in found.why
    assert found.treated + found.alone == sum(row["customers"] for row in rows)
    assert money_of(rows, untold="Hidden.").why == "Hidden."


def test_where_the_arms_are_not_as_drawn_no_difference_is_even_left(tmp_path: Path) -> None:
    known, expected = history(tmp_path, lost=400)
    assert expected.hidden
    with closing(sqlite3.connect(":memory:")) as connection:
        create(connection)
        keep_earned(connection, known)
        (row,) = rows_of(
            connection, "SELECT total(net_squares) AS net, total(kept_squares) AS kept FROM earned"
        )
    assert row == {"net": 0.0, "kept": 0.0}


def test_decisions_are_left_with_what_became_of_them(measured: tuple[Gathered, Measurement]) -> None:
    known, _ = measured
    own = known.decisions.iloc[:1].assign(
        decision_id="new", customer_id="C9", executed_at=pd.Timestamp(2026, 1, 1)
    )
    with closing(sqlite3.connect(":memory:")) as connection:
        create(connection)
        keep_decisions(connection, known, own, known.facts)  # type: ignore[arg-type]
        (counts,) = rows_of(
            connection,
            "SELECT count(*) AS all_of, total(offer) AS offers, count(judged_at) AS judged,"
            " total(retained) AS retained, count(explored) AS known FROM decisions",
        )
        (fresh,) = rows_of(connection, "SELECT * FROM decisions WHERE decision_id = 'new'")
    frame = known.judged_decisions
    assert counts["all_of"] == len(frame) + 1
    assert counts["judged"] == len(frame)
    assert counts["retained"] == frame["retained"].sum()
    offers = int((frame["action"] != "none").sum())
    assert (counts["known"], counts["offers"] - fresh["offer"]) == (offers + fresh["offer"], offers)
    assert (fresh["retained"], fresh["judged_at"]) == (None, None)
