"""Money is reserved, spent and released once, and never more of it than there is, whoever asks at once."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.databases import a_place

from retinue.errors import BudgetError
from retinue.store import Store
from retinue.store.ledger import (
    Claim,
    Grant,
    approve,
    expire,
    granted,
    left_of,
    release,
    reserve,
    spend,
)

AS_OF = datetime(2026, 2, 14, tzinfo=UTC)
LATER = AS_OF + timedelta(days=40)


def claims(
    run: str, count: int, cents: int = 1_000, *, tier: str = "Basic", review: bool = False
) -> list[Claim]:
    return [Claim(f"{run}-{n}", tier, cents, review) for n in range(count)]


def left(store: Store, month: int, reviews: int | None = None) -> tuple[int | None, int | None]:
    found = left_of(store, AS_OF, Grant(month_cents=month, day_reviews=reviews))
    return found.month_cents, found.day_reviews


def test_a_run_repeated_reserves_nothing_twice(store: Store) -> None:
    grant = Grant(run_cents=5_000, month_cents=10_000, day_reviews=9)
    asked = claims("a", 4, review=True)
    assert reserve(store, "a", asked, grant, as_of=AS_OF) == 4_000
    assert reserve(store, "a", asked, grant, as_of=AS_OF) == 0
    assert left(store, 10_000, 9) == (6_000, 5)


def test_all_is_reserved_or_nothing(store: Store) -> None:
    with pytest.raises(BudgetError, match=r"run a has 39\.99 left of 39\.99; 40\.00 more are needed"):
        reserve(store, "a", claims("a", 4), Grant(run_cents=3_999), as_of=AS_OF)
    assert left(store, 10_000) == (10_000, None)
    assert reserve(store, "a", claims("a", 4), Grant(run_cents=4_000), as_of=AS_OF) == 4_000


def test_the_month_is_shared_by_runs_and_a_tier_is_of_one_run(store: Store) -> None:
    tiers = Grant(tier_cents={"Premium": 2_000}, month_cents=5_000)
    reserve(store, "a", claims("a", 2, tier="Premium"), tiers, as_of=AS_OF)
    reserve(store, "b", claims("b", 2, tier="Premium"), tiers, as_of=AS_OF + timedelta(days=1))
    with pytest.raises(BudgetError, match="tier Premium in run c"):
        reserve(store, "c", claims("c", 3, tier="Premium"), tiers, as_of=LATER)
    with pytest.raises(BudgetError, match=r"month 2026-02 has 10\.00 left of 50\.00"):
        reserve(store, "c", claims("c", 2), tiers, as_of=AS_OF)
    assert reserve(store, "c", claims("c", 2), tiers, as_of=LATER) == 2_000, "another month"


def test_reviews_are_counted_by_day(store: Store) -> None:
    grant = Grant(day_reviews=3)
    reserve(store, "a", [*claims("a", 2, review=True), *claims("x", 5)], grant, as_of=AS_OF)
    with pytest.raises(BudgetError, match="number of reviews of 2026-02-14 has 1 left of 3; 2 more"):
        reserve(store, "b", claims("b", 2, review=True), grant, as_of=AS_OF)
    assert reserve(store, "b", claims("b", 2, review=True), grant, as_of=LATER) == 2_000


def test_what_is_released_can_be_used_again_and_what_is_spent_cannot(store: Store) -> None:
    reserve(store, "a", claims("a", 4), Grant(month_cents=4_000), as_of=AS_OF)
    assert spend(store, ["a-0", "a-1"]) == 2
    assert release(store, ["a-1", "a-2", "ghost"], why="rejected") == 1
    assert release(store, ["a-2"], why="rejected") == 0
    assert spend(store, ["a-2"]) == 0
    assert left(store, 4_000) == (1_000, None)
    assert expire(store, AS_OF) == 0
    assert expire(store, LATER) == 1
    assert left(store, 4_000) == (2_000, None)


def test_an_approval_spends_once_and_refuses_by_name(store: Store) -> None:
    grant = Grant(month_cents=4_000)
    reserve(store, "a", claims("a", 3), grant, as_of=AS_OF)
    assert approve(store, "a-0").granted
    assert approve(store, "a-0").granted
    assert left(store, 4_000) == (1_000, None)
    assert "10.00 were spent" in approve(store, "a-0", cents=900).why
    assert "ever reserved" in approve(store, "ghost").why
    release(store, ["a-1"], why="rejected")
    assert "rejected" in approve(store, "a-1").why
    assert "cannot cost" in approve(store, "a-2", cents=-1).why
    dear = approve(store, "a-2", cents=3_001)
    assert dear.why == "The budget of month 2026-02 has 20.00 left of 40.00; 20.01 more are needed."
    assert approve(store, "a-2", cents=3_000).granted
    assert left(store, 4_000) == (0, None)


def test_a_cheaper_offer_gives_the_rest_back(store: Store) -> None:
    reserve(store, "a", claims("a", 1), Grant(month_cents=4_000), as_of=AS_OF)
    assert approve(store, "a-0", cents=400).granted
    assert left(store, 4_000) == (3_600, None)


def test_an_expired_offer_may_still_be_approved_while_there_is_money(store: Store) -> None:
    grant = Grant(month_cents=2_000)
    reserve(store, "a", claims("a", 2), grant, as_of=AS_OF)
    expire(store, LATER)
    reserve(store, "b", claims("b", 1), grant, as_of=AS_OF)
    assert approve(store, "a-0").granted
    assert "month 2026-02" in approve(store, "a-1").why


def test_what_was_given_is_remembered_by_what_was_asked(store: Store) -> None:
    assert granted(store, "q") is None
    for money in ({"month_cents": 700}, {"month_cents": 100}):
        reserve(store, "a", claims("a", 1), Grant(), as_of=AS_OF, request="q", given=money)
    assert granted(store, "q") == {"month_cents": 700}


def test_lowering_a_limit_below_what_is_taken_leaves_nothing(store: Store) -> None:
    reserve(store, "a", claims("a", 4), Grant(month_cents=4_000), as_of=AS_OF)
    assert left(store, 1_000) == (0, None)
    with pytest.raises(BudgetError, match=r"has 0\.00 left of 10\.00"):
        reserve(store, "b", claims("b", 1), Grant(month_cents=1_000), as_of=AS_OF)


def test_fifty_approvals_at_once_on_money_for_ten(store: Store) -> None:
    for n in range(5):  # reserved and expired in turn, so that fifty offers want the money of ten
        reserve(store, f"r{n}", claims(f"r{n}", 10), Grant(month_cents=10_000), as_of=AS_OF)
        expire(store, LATER)
    together, found = threading.Barrier(50), []

    def work(decision: str) -> None:
        together.wait()
        found.append(approve(store, decision))

    threads = [threading.Thread(target=work, args=(f"r{n}-{m}",)) for n in range(5) for m in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(approval.granted for approval in found) == 10
    assert len(found) == 50
    assert all("month 2026-02 has 0.00 left" in a.why for a in found if not a.granted)
    assert left(store, 10_000) == (0, None)


APPROVER = """
import json, sys
from retinue.store import Store
from retinue.store.ledger import approve
store = Store(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
print(json.dumps([approve(store, name).granted for name in sys.argv[2:]]))
"""


def test_fifty_approvals_in_processes_on_money_for_ten(place: Path | str, store: Store) -> None:
    for n in range(5):
        reserve(store, f"r{n}", claims(f"r{n}", 10), Grant(month_cents=10_000), as_of=AS_OF)
        expire(store, LATER)
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", APPROVER, str(place), *(f"r{n}-{m}" for m in range(10))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for n in range(5)
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    found = [granted for worker in workers for granted in json.loads(worker.communicate(timeout=60)[0])]
    assert (len(found), sum(found)) == (50, 10)
    assert left(store, 10_000) == (0, None)
    assert accounts(store)[1] == {"2026-02": 10_000}


RUNNER = """
import json, sys
from datetime import datetime
from retinue.errors import BudgetError
from retinue.store import Store
from retinue.store.ledger import Claim, Grant, approve, expire, release, reserve, spend
store, me = Store(sys.argv[1]), sys.argv[2]
print("ready", flush=True)
sys.stdin.readline()
kept = 0
for n in range(25):
    run = f"{me}-{n}"
    asked = [Claim(f"{run}-{i}", "Premium", 37, False) for i in range(3)]
    try:
        reserve(store, run, asked, Grant(run_cents=200, month_cents=2_000), as_of=datetime(2026, 2, 14))
    except BudgetError:
        continue
    kept += 1
    approve(store, f"{run}-0")
    approve(store, f"{run}-1", cents=90)
    release(store, [f"{run}-2"], why="rejected")
print(json.dumps(kept))
"""


def test_processes_on_one_store_never_overspend(place: Path | str, store: Store) -> None:
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", RUNNER, str(place), f"p{n}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for n in range(4)
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    kept = [json.loads(worker.communicate("go\n")[0]) for worker in workers]
    assert sum(kept) < 100, "there was not money for all"
    taken, entries = accounts(store)
    assert taken["budget of month 2026-02"] == entries["2026-02"] <= 2_000
    assert 2_000 - taken["budget of month 2026-02"] < 3 * 37, "and what there was is used"


def accounts(store: Store) -> tuple[dict[str, int], dict[str, int]]:
    """What the accounts say, and what the entries add up to by month."""
    from sqlalchemy import text

    with store.transaction() as session:
        taken = session.execute(text("SELECT scope, taken FROM budget_accounts")).all()
        entries = session.execute(
            text(
                "SELECT month, SUM(cents) FROM budget_entries WHERE state IN ('reserved', 'spent')"
                " GROUP BY month"
            )
        ).all()
    return {row[0]: row[1] for row in taken}, {row[0]: row[1] for row in entries}


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["reserve", "spend", "reject", "expire", "approve", "other"]),
        st.integers(0, 5),
        st.integers(0, 900),
    ),
    max_size=25,
)


@settings(max_examples=40)
@given(STEPS)
def test_accounts_are_the_sum_of_their_entries(tmp_path_factory: pytest.TempPathFactory, steps) -> None:
    add_up(Store(tmp_path_factory.mktemp("ledger") / "store.sqlite"), steps)


@settings(max_examples=5)
@given(STEPS)
def test_accounts_are_the_sum_of_their_entries_on_a_server(steps) -> None:
    with a_place("postgresql", Path()) as place:
        add_up(Store(place), steps)


def add_up(store: Store, steps: list[tuple[str, int, int]]) -> None:
    grant = Grant(run_cents=1_500, tier_cents={"Basic": 1_200}, month_cents=3_000)
    try:
        for what, run, cents in steps:
            ids = [f"{run}-{n}" for n in range(2)]
            if what == "reserve":
                try:
                    reserve(store, str(run), claims(str(run), 2, cents), grant, as_of=AS_OF)
                except BudgetError:
                    continue
            elif what == "spend":
                spend(store, ids[:1])
            elif what == "reject":
                release(store, ids[1:], why="rejected")
            elif what == "expire":
                expire(store, LATER)
            else:
                approve(store, ids[0], cents=cents if what == "other" else None)
            taken, entries = accounts(store)
            assert taken.get("budget of month 2026-02", 0) == entries.get("2026-02", 0) <= 3_000
            assert all(cents <= 1_500 for scope, cents in taken.items() if scope.startswith("budget of run"))
            assert all(cents <= 1_200 for scope, cents in taken.items() if scope.startswith("budget of tier"))
    finally:
        store.close()
