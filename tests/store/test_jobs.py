"""A slot is done once: whoever takes it first has it, and whoever comes back late has nothing to say."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

from retinue.store import Store
from retinue.store.job_runs import JobRun, forget, job_runs, known_since, standing
from retinue.store.jobs import DIED, Claim, claim, release, renew, settle

SLOT = datetime(2026, 2, 14, 5, tzinfo=UTC)
NOW = datetime(2026, 2, 14, 5, 0, 1, tzinfo=UTC)
DAY = timedelta(days=1)
LEASE = 60.0


def take(
    store: Store, slot: datetime = SLOT, *, at: datetime = NOW, who: str = "a", **more: object
) -> Claim | None:
    return claim(
        store,
        "run",
        slot,
        who=who,
        lease_seconds=LEASE,
        most_tries=3,
        clock=at,
        **more,  # type: ignore[arg-type]
    )


def only(store: Store) -> JobRun:
    (found,) = job_runs(store)
    return found


def test_a_slot_is_taken_once_and_kept_with_what_came_of_it(store: Store) -> None:
    held = take(store)
    assert held is not None
    assert take(store, who="b") is None
    assert settle(store, held, "done", clock=NOW, result={"offers": 3}, alert="look")
    assert take(store, who="b", at=NOW + DAY) is None, "a slot that is done is never done again"
    row = only(store)
    assert (row.state, row.result, row.alert, row.claimed_by, row.tries) == (
        "done",
        {"offers": 3},
        "look",
        "a",
        1,
    )
    assert row.as_dict()["slot"] == "2026-02-14T05:00:00Z"


def test_a_job_does_not_overlap_itself(store: Store) -> None:
    held = take(store)
    assert held is not None
    assert take(store, SLOT + DAY, at=NOW + timedelta(seconds=59)) is None
    assert settle(store, held, "done", clock=NOW)
    assert take(store, SLOT + DAY, at=NOW + timedelta(seconds=59)) is not None


def test_the_slot_of_a_dead_worker_is_taken_over_after_its_lease_and_the_late_one_is_fenced(
    store: Store,
) -> None:
    late = take(store)
    assert late is not None
    at = NOW + timedelta(seconds=LEASE)
    assert take(store, who="b", at=at - timedelta(microseconds=1)) is None
    held = take(store, who="b", at=at)
    assert held is not None
    assert held.fence > late.fence
    assert not renew(store, late, lease_seconds=LEASE, clock=at)
    assert not settle(store, late, "done", clock=at, result={"by": "late"})
    assert not release(store, late, clock=at)
    assert only(store).state == "running"
    assert settle(store, held, "done", clock=at, result={"by": "b"})
    assert only(store).result == {"by": "b"}


def test_whoever_renews_keeps_it(store: Store) -> None:
    held = take(store)
    assert held is not None
    assert renew(store, held, lease_seconds=LEASE, clock=NOW + timedelta(seconds=50))
    assert take(store, who="b", at=NOW + timedelta(seconds=100)) is None
    assert take(store, who="b", at=NOW + timedelta(seconds=110)) is not None


def test_a_slot_given_back_is_free_at_once_and_used_up_no_try(store: Store) -> None:
    for _ in range(10):
        held = take(store)
        assert held is not None
        assert held.tries == 1
        assert release(store, held, clock=NOW)
    assert only(store).state == "waiting"


def test_a_failed_try_waits_its_time(store: Store) -> None:
    held = take(store)
    assert held is not None
    settle(store, held, "waiting", clock=NOW, error="disk full", not_before=NOW + timedelta(seconds=30))
    assert take(store, at=NOW + timedelta(seconds=29)) is None
    again = take(store, at=NOW + timedelta(seconds=30))
    assert again is not None
    assert again.tries == 2


def test_a_slot_that_kills_its_workers_is_given_up(store: Store) -> None:
    at = NOW
    for _ in range(3):
        assert take(store, at=at) is not None
        at += timedelta(seconds=LEASE)
    assert take(store, at=at) is None
    row = only(store)
    assert (row.state, row.error) == ("failed", DIED)


def test_missed_slots_are_recorded_and_an_unfinished_one_is_given_up_for_a_newer(store: Store) -> None:
    held = take(store)
    assert held is not None
    settle(store, held, "waiting", clock=NOW, error="disk full", not_before=NOW)
    newest = SLOT + 3 * DAY
    at = newest + timedelta(hours=1)
    assert take(store, newest, at=at, missed=[SLOT, SLOT + DAY, SLOT + 2 * DAY]) is not None
    states = {run.slot.day: run.state for run in job_runs(store)}
    assert states == {14: "failed", 15: "skipped", 16: "skipped", 17: "running"}
    oldest = job_runs(store)[-1]
    assert oldest.error is not None
    assert oldest.error.endswith("disk full")
    assert take(store, SLOT + DAY, at=at + DAY) is None, "what was skipped is not done by the schedule"


def test_by_hand_a_failed_slot_can_be_had_again_but_not_one_that_is_done(store: Store) -> None:
    held = take(store)
    assert held is not None
    settle(store, held, "failed", clock=NOW, error="no data")
    assert take(store) is None
    again = take(store, asked_by="hand")
    assert again is not None
    assert again.tries == 1
    settle(store, again, "done", clock=NOW)
    assert take(store, asked_by="hand") is None
    assert take(store, SLOT + timedelta(hours=3), asked_by="hand") is not None
    known_since(store, "run", "0 5 * * *", "UTC", clock=NOW)
    assert standing(store)["run"].newest == SLOT.replace(tzinfo=None), "by hand is not of the schedule"


def test_where_a_job_stands(store: Store) -> None:
    assert standing(store) == {}
    known_since(store, "run", "0 5 * * *", "UTC", clock=NOW)
    assert (standing(store)["run"].newest, standing(store)["run"].unfinished) == (None, None)
    held = take(store)
    assert held is not None
    found = standing(store)["run"].unfinished
    assert found is not None
    assert not found.free(NOW.replace(tzinfo=None))
    assert found.free((NOW + timedelta(seconds=LEASE)).replace(tzinfo=None))
    settle(store, held, "done", clock=NOW)
    assert standing(store)["run"].unfinished is None


def test_old_slots_are_forgotten_but_for_the_newest_of_each_job(store: Store) -> None:
    known_since(store, "run", "0 5 * * *", "UTC", clock=NOW - 30 * DAY)
    for days in range(3):
        held = take(store, SLOT + days * DAY, at=NOW + days * DAY)
        assert held is not None
        if days != 1:
            settle(store, held, "done", clock=NOW)
        else:
            settle(store, held, "waiting", clock=NOW, not_before=NOW + 99 * DAY)
    assert forget(store, SLOT + 365 * DAY) == 2, "the one given up for a newer, and the oldest"
    assert [run.slot.day for run in job_runs(store)] == [16]
    assert standing(store)["run"].newest == (SLOT + 2 * DAY).replace(tzinfo=None)
    assert forget(store, SLOT + 365 * DAY) == 0


def test_a_plan_counts_from_when_it_was_first_seen_or_changed(store: Store) -> None:
    first = known_since(store, "run", "0 5 * * *", "UTC", clock=NOW)
    assert first == NOW.replace(tzinfo=None)
    assert known_since(store, "run", "0 5 * * *", "UTC", clock=NOW + DAY) == first
    changed = known_since(store, "run", "0 5 * * *", "Europe/Berlin", clock=NOW + DAY)
    assert changed == (NOW + DAY).replace(tzinfo=None)


def test_of_many_at_once_one_gets_it(store: Store) -> None:
    got: list[Claim] = []
    ready = threading.Barrier(8)

    def rival(number: int) -> None:
        ready.wait()
        for day in range(5):
            held = claim(
                store,
                f"job{day}",
                SLOT,
                who=str(number),
                lease_seconds=LEASE,
                most_tries=3,
                clock=NOW,
            )
            if held is not None:
                got.append(held)

    threads = [threading.Thread(target=rival, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(held.job for held in got) == [f"job{day}" for day in range(5)]
