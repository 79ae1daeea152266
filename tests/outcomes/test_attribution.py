"""Which decision an outcome belongs to, case by case of the stated rule."""

from datetime import UTC, datetime

from retinue.outcomes import attribute, logged_decisions
from retinue.outcomes.logged import outcome_rows

AS_OF = datetime(2026, 6, 1, tzinfo=UTC)


def given(log, decisions, outcomes, within=120):
    log.add("interventions", decisions)
    log.add("outcomes", outcomes)
    found = attribute(
        outcome_rows(log.warehouse, AS_OF), logged_decisions(log.warehouse, AS_OF), within_days=within
    )
    of = found.outcomes.set_index("outcome_id").decision_id.to_dict()
    return found, {name: one if isinstance(one, str) else None for name, one in of.items()}


def test_the_last_decision_before_it_within_the_days(log) -> None:
    found, of = given(
        log,
        [log.decide("d1", "c1", 0), log.decide("d2", "c1", 50), log.decide("d3", "c2", 0)],
        [
            log.saw("o1", None, "c1", 40, True),
            log.saw("o2", None, "c1", 140, True),
            log.saw("o3", None, "c1", 171, True),
            log.saw("o4", None, "c2", 0, True),
            log.saw("o5", None, "c9", 10, True),
        ],
    )
    assert of == {"o1": "d1", "o2": "d2", "o3": None, "o4": None, "o5": None}
    assert (found.named, found.found, found.ambiguous, found.unknown) == (0, 2, 0, 3)
    assert any("3 outcomes belong to no known decision" in note for note in found.notes())


def test_at_the_same_moment_the_one_with_an_offer_goes_first(log) -> None:
    found, of = given(
        log,
        [log.decide("d9", "c1", 0, "none"), log.decide("d1", "c1", 0), log.decide("d2", "c1", 0)],
        [log.saw("o1", None, "c1", 30, True)],
    )
    assert of == {"o1": "d2"}
    assert found.ambiguous == 1


def test_a_named_decision_wins_and_a_foreign_one_is_not_believed(log) -> None:
    found, of = given(
        log,
        [log.decide("d1", "c1", 0), log.decide("d2", "c1", 50)],
        [
            log.saw("o1", "d1", "c1", 400, True),
            log.saw("o2", "d1", "c7", 60, True),
            log.saw("o3", "dx", "c1", 60, True),
        ],
    )
    assert of == {"o1": "d1", "o2": None, "o3": None}
    assert (found.named, found.unknown) == (1, 2)
