"""Which policy is in force when: a verdict counts from the next run, a person's word from its own."""

from __future__ import annotations

from datetime import datetime

from retinue.store import Store
from retinue.store.policies import PolicyRecord, champion_at, keep_policy, list_policies


def day(number: int) -> datetime:
    return datetime(2026, 1, number)


def keep(store: Store, name: str, since: int, state: str) -> None:
    keep_policy(store, PolicyRecord(name, day(since), state, {"a": 1}, None, None, day(20)))


def in_force(store: Store, as_of: int) -> str | None:
    found = champion_at(store, day(as_of))
    return None if found is None else found.sha256


def test_a_verdict_counts_from_the_next_run_on(store: Store) -> None:
    assert in_force(store, 1) is None
    keep(store, "A", 1, "champion")
    assert (in_force(store, 1), in_force(store, 2)) == (None, "A")
    keep(store, "B", 5, "refused")
    keep(store, "C", 6, "reported")
    assert in_force(store, 9) == "A"
    keep(store, "B", 8, "champion")
    assert (in_force(store, 8), in_force(store, 9)) == ("A", "B")


def test_what_a_person_accepts_counts_from_that_run_on(store: Store) -> None:
    keep(store, "A", 1, "champion")
    keep(store, "B", 5, "refused")
    keep(store, "B", 5, "accepted")
    assert [in_force(store, n) for n in (4, 5, 6)] == ["A", "B", "B"]
    keep(store, "C", 5, "accepted")
    assert in_force(store, 5) == "C"
    keep(store, "B", 5, "accepted")  # back again: not the same as the last
    assert in_force(store, 5) == "B"


def test_the_same_record_twice_is_one(store: Store) -> None:
    for _ in range(2):
        keep(store, "A", 1, "champion")
        keep(store, "B", 5, "accepted")
    assert [record.sha256 for record in list_policies(store)] == ["B", "A"]
