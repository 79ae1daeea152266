"""Rewards: every state a decision can be in, and what is known of it at a time and later."""

from datetime import UTC, datetime, timedelta

import pytest

from retinue.outcomes import rewards
from retinue.outcomes.reward import COLUMNS

DAY = datetime(2025, 1, 1, tzinfo=UTC)


def at(day: float) -> datetime:
    return DAY + timedelta(days=day)


def row(log, decision, day, **options):
    frame = rewards(log.warehouse, at(day), 90, **options).set_index("decision_id")
    found = frame.loc[decision]
    return found.exposure_days, bool(found.event), bool(found.complete)


def test_a_verdict_churn_and_silence(log) -> None:
    log.add("interventions", [log.decide(d, c, 0) for d, c in (("d1", "c1"), ("d2", "c2"), ("d3", "c3"))])
    log.add("outcomes", [log.saw("o1", "d1", "c1", 90, True), log.saw("o2", "d2", "c2", 20, False)])
    assert row(log, "d1", 30) == (30.0, False, False)
    assert row(log, "d1", 120) == (90.0, False, True)
    assert row(log, "d2", 10, silence="survived") == (10.0, False, False)
    assert row(log, "d2", 30) == (20.0, True, True)
    assert row(log, "d3", 300) == (90.0, False, False)  # never heard of: watched, but nothing is complete


def test_silence_says_nothing_where_churn_is_reported_at_the_end_only(log) -> None:
    log.add("interventions", [log.decide("d1", "c1", 0), log.decide("d2", "c2", 60)])
    log.add("outcomes", [log.saw("o1", "d1", "c1", 90, False)])
    assert row(log, "d2", 100) == (0.0, False, False)
    assert row(log, "d2", 100, silence="survived") == (40.0, False, False)
    assert row(log, "d1", 100) == (90.0, True, True)


def test_being_seen_halfway_counts_half(log) -> None:
    log.add("interventions", [log.decide("d1", "c1", 0)])
    log.add("outcomes", [log.saw("o1", "d1", "c1", 40, True)])
    assert row(log, "d1", 80) == (40.0, False, False)


def test_contracts_tell_at_once_what_outcomes_tell_late(log) -> None:
    log.add("interventions", [log.decide(f"d{i}", f"c{i}", 0) for i in range(3)])
    log.add("subscriptions", [log.contract("c0", 15), log.contract("c1", None), log.contract("c2", 95)])
    assert row(log, "d0", 10) == (10.0, False, False)
    assert row(log, "d0", 30) == (15.0, True, True)
    assert row(log, "d1", 30) == (30.0, False, False)
    assert row(log, "d1", 91) == (90.0, False, True)
    assert row(log, "d2", 200) == (90.0, False, True)  # left after the window


def test_a_late_report_counts_the_same_whichever_way_it_goes(log) -> None:
    log.add("interventions", [log.decide("d1", "c1", 0), log.decide("d2", "c2", 0)])
    log.add("outcomes", [log.saw("o1", "d1", "c1", 99, True), log.saw("o2", "d2", "c2", 99, False)])
    assert row(log, "d1", 100) == (90.0, False, True)
    assert row(log, "d2", 100) == (90.0, True, True)


def test_the_first_word_after_the_window_decides_and_the_newest_before_it(log) -> None:
    log.add("interventions", [log.decide("d1", "c1", 0), log.decide("d2", "c2", 0)])
    log.add(
        "outcomes",
        [
            log.saw("o1", "d1", "c1", 20, False),
            log.saw("o2", "d1", "c1", 90, True),
            log.saw("o3", "d1", "c1", 180, False),
            log.saw("o4", "d2", "c2", 20, False),
            log.saw("o5", "d2", "c2", 30, True),
        ],
    )
    assert row(log, "d1", 300) == (90.0, False, True)
    assert row(log, "d2", 40) == (40.0, False, False)  # came back


def test_a_held_out_row_speaks_of_no_offer(log) -> None:
    log.add("interventions", [log.decide("d1", "c1", 0, held_out=True, cost=25.0)])
    frame = rewards(log.warehouse, at(10), 90)
    assert list(frame.columns) == list(COLUMNS)
    assert frame[["action", "cost", "propensity", "arm"]].values.tolist() == [["none", 0.0, 0.2, "holdout"]]


def test_nothing_later_is_seen_and_nothing_is_fine(log) -> None:
    assert rewards(log.warehouse, at(10), 90).empty
    log.add("interventions", [log.decide("d1", "c1", 0), log.decide("d2", "c2", 50)])
    log.add("outcomes", [log.saw("o1", "d1", "c1", 60, False)])
    assert len(rewards(log.warehouse, at(40), 90)) == 1
    assert not rewards(log.warehouse, at(59), 90).event.any()


@pytest.mark.parametrize("day", [89, 89.5])
def test_a_date_without_an_hour_is_still_the_windows_end(log, day) -> None:
    log.add("interventions", [log.decide("d1", "c1", 0.3)])
    log.add("outcomes", [log.saw("o1", "d1", "c1", day + 0.5, True)])
    assert row(log, "d1", 100)[2]
