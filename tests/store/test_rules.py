"""Versions of the rules: only ever added, in force since a day, and never altered unnoticed."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from retinue.errors import ArtefactError
from retinue.store import Store
from retinue.store.policies import list_policies
from retinue.store.rules import State, keep_rules, list_rules, live_rules, rules_of


def day(number: int) -> datetime:
    return datetime(2026, 1, number)


def keep(store: Store, name: str, since: int, state: State = "live") -> int:
    content = json.dumps({"name": name}).encode()
    kept = keep_rules(
        store, content, state=state, since=day(since), who="ada", reason="why", recorded_at=day(20)
    )
    return kept.number


def in_force(store: Store, as_of: int) -> str | None:
    found = live_rules(store, day(as_of))
    return None if found is None else found.content["name"]


def test_a_version_counts_from_its_day_and_the_last_word_wins(store: Store) -> None:
    assert in_force(store, 5) is None
    assert [keep(store, "a", 5), keep(store, "b", 9), keep(store, "draft", 1, "draft")] == [1, 2, 3]
    assert [in_force(store, at) for at in (4, 5, 8, 9, 30)] == [None, "a", "a", "b", "b"]
    keep(store, "c", 7)  # said last, of a day before b's
    assert [in_force(store, at) for at in (5, 7, 9, 30)] == ["a", "c", "c", "c"]
    assert [record.number for record in list_rules(store)] == [4, 3, 2, 1]


def test_a_version_is_found_by_its_number(store: Store) -> None:
    number = keep(store, "a", 5)
    found = rules_of(store, number)
    assert found is not None
    assert (found.who, found.reason, found.state, found.since) == ("ada", "why", "live", day(5))
    assert rules_of(store, 99) is None


def test_what_is_shown_of_rules_and_policies_waits_for_no_writer(store: Store) -> None:
    number = keep(store, "a", 5)
    with store.transaction():
        assert in_force(store, 9) == "a"
        assert rules_of(store, number) is not None
        assert (len(list_rules(store)), list_policies(store)) == (1, [])


@pytest.mark.parametrize("change", ["UPDATE rules SET state = 'live'", "DELETE FROM rules"])
def test_the_database_refuses_to_change_a_version(store: Store, change: str) -> None:
    keep(store, "a", 5, "draft")
    with pytest.raises(IntegrityError, match="only ever added"), store.transaction() as session:
        session.execute(text(change))
    assert len(list_rules(store)) == 1


def test_an_altered_version_is_refused_by_name(store: Store) -> None:
    number = keep(store, "a", 5)
    with store.engine.connect() as connection:
        on_file = connection.dialect.name == "sqlite"
        connection.execute(
            text(
                "DROP TRIGGER rules_no_update" if on_file else "SET LOCAL session_replication_role = replica"
            )
        )
        connection.execute(text('UPDATE rules SET content = \'{"name": "b"}\''))
        connection.commit()
    for read in (
        lambda: rules_of(store, number),
        lambda: live_rules(store, day(9)),
        lambda: list_rules(store),
    ):
        with pytest.raises(ArtefactError, match=f"Version {number} of the rules was altered"):
            read()
