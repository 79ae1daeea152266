"""Runs share the month's money and the day's reviews; each keeps what it was given."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from retinue.errors import BudgetError
from retinue.runs import money
from retinue.runs.money import decide_draft, decide_within
from retinue.settings import BudgetSettings, Settings
from retinue.store import Store
from retinue.store.ledger import Claim, Grant, approve, left_of, reserve

AS_OF = datetime(2026, 2, 14, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "store.sqlite")
    yield opened
    opened.close()


@dataclass
class Decided:
    key: str
    file: Path

    def path(self, name: str) -> Path:
        assert name == "campaign.json"
        return self.file


@dataclass
class Stages:
    """Stages that want `wanted` offers of 9.99 each and make as many as they may, the first for a person."""

    folder: Path
    name: str
    budget: dict[str, Any]
    wanted: int = 100
    as_of: datetime = AS_OF
    calls: list[tuple[Decimal | None, int | None]] = field(default_factory=list)
    meanwhile: Any = None

    @property
    def settings(self) -> Settings:
        return Settings(budget=BudgetSettings(**self.budget))

    def decide_key(self, budget: Decimal | None) -> str:
        return f"{self.name}-asked-{budget}"

    def decide(self, budget: Decimal | None, *, reviews: int | None = None) -> Decided:
        self.calls.append((budget, reviews))
        affordable = self.wanted if budget is None else min(self.wanted, int(budget / Decimal("9.99")))
        people = affordable if reviews is None else min(reviews, affordable)
        actions = [
            {
                "decision_id": f"{self.name}-{budget}-{reviews}-{n}",
                "value_tier": "Premium" if n % 2 else "Basic",
                "cost": 9.99,
                "action_type": "manual_review" if n < people else "auto_execute",
                "recommended_incentive": {"type": "fixed_credit"},
            }
            for n in range(affordable)
        ]
        nobody = {"decision_id": "none", "recommended_incentive": None}
        path = self.folder / f"{self.name}-{budget}-{reviews}.json"
        path.write_text(json.dumps({"actions": [*actions, nobody]}))
        if self.meanwhile is not None:
            self.meanwhile()
        return Decided(f"{self.name}-{budget}-{reviews}".ljust(20, "x"), path)


def month_left(store: Store, limit: int = 10_000) -> int | None:
    return left_of(store, AS_OF, Grant(month_cents=limit)).month_cents


def test_without_a_shared_budget_a_run_is_decided_as_asked(tmp_path: Path, store: Store) -> None:
    stages = Stages(tmp_path, "a", {"per_campaign": 50}, wanted=3)
    funded = decide_within(stages, store, Decimal(20))
    assert stages.calls == [(Decimal(20), None)]
    assert funded.month is None
    assert decide_within(stages, store, Decimal(90)).decided.key
    assert stages.calls[-1] == (Decimal(50), None), "the tighter of both"


def test_a_run_gets_what_earlier_ones_left_and_finds_it_again(tmp_path: Path, store: Store) -> None:
    first = Stages(tmp_path, "a", {"per_month": 100}, wanted=7)
    second = Stages(tmp_path, "b", {"per_month": 100}, as_of=AS_OF + timedelta(days=1))
    assert decide_within(first, store, None).month == {
        "month": "2026-02",
        "limit": 100.0,
        "left_before": 100.0,
        "left": 30.07,
    }
    other = decide_within(second, store, None)
    assert second.calls == [(Decimal("30.07"), None)]
    assert month_left(store) == 10_000 - 7 * 999 - 3 * 999
    again, later = decide_within(first, store, None), decide_within(second, store, None)
    assert again.decided.key == "a-100-None".ljust(20, "x")
    assert later.decided.key == other.decided.key
    assert month_left(store) == 10_000 - 10 * 999, "nothing is reserved twice"


def test_a_draft_sees_what_is_left_and_reserves_nothing(tmp_path: Path, store: Store) -> None:
    stages = Stages(tmp_path, "a", {"per_month": 100}, wanted=4)
    decide_draft(stages, store, None)
    assert month_left(store) == 10_000


def test_who_was_slower_decides_again_within_what_is_left(tmp_path: Path, store: Store) -> None:
    stages = Stages(tmp_path, "slow", {"per_month": 100, "reviews_per_day": 6})

    def faster() -> None:
        stages.meanwhile = None
        taken = [Claim(f"fast-{n}", "Basic", 1_500, True) for n in range(4)]
        reserve(store, "fast", taken, Grant(month_cents=10_000, day_reviews=6), as_of=AS_OF)

    stages.meanwhile = faster
    decide_within(stages, store, None)
    assert stages.calls == [(Decimal(100), 6), (Decimal(40), 2)]
    assert month_left(store) == 4_000 - 4 * 999


def test_many_runs_at_once_never_overspend_the_month(tmp_path: Path, store: Store) -> None:
    together = threading.Barrier(8)
    runs = [Stages(tmp_path, f"r{n}", {"per_month": 100}, wanted=3) for n in range(8)]
    made: list[int] = []

    def work(stages: Stages) -> None:
        together.wait()
        funded = decide_within(stages, store, None)
        made.append(len(json.loads(funded.decided.path("campaign.json").read_text())["actions"]) - 1)

    threads = [threading.Thread(target=work, args=(stages,)) for stages in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8
    assert sum(made) == 10
    assert month_left(store) == 10_000 - 10 * 999


def test_it_gives_up_when_others_are_always_faster(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(money, "_TRIES", 3)
    stages, number = Stages(tmp_path, "slow", {"per_month": 100}), iter(range(9))

    def faster() -> None:
        n = next(number)
        reserve(store, f"f{n}", [Claim(f"f{n}", "Basic", 100)], Grant(month_cents=10_000), as_of=AS_OF)

    stages.wanted, stages.meanwhile = 10, faster
    monkeypatch.setattr(money, "left_today", lambda *_: {"month_cents": 10_000})
    with pytest.raises(BudgetError, match="month 2026-02"):
        decide_within(stages, store, None)
    assert len(stages.calls) == 3


def test_what_goes_out_by_itself_is_spent_and_what_waits_can_be_approved(
    tmp_path: Path, store: Store
) -> None:
    stages = Stages(tmp_path, "a", {"per_month": 100, "reviews_per_day": 2, "hold_days": 10}, wanted=5)
    funded = decide_within(stages, store, None)
    assert len(funded.sent) == 3
    funded.spend(store)
    funded.spend(store)
    waiting = [f"a-{Decimal(100)}-2-{n}" for n in range(2)]
    assert approve(store, waiting[0]).granted
    later = Stages(tmp_path, "b", {"hold_days": 10}, wanted=0, as_of=AS_OF + timedelta(days=11))
    decide_within(later, store, None)
    assert month_left(store) == 10_000 - 4 * 999, "what nobody approved in time is free again"
