"""Killed anywhere between a customer's yes at the cancel button and the grant, the grant is made once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.campaigns.promises import plan, take
from tests.campaigns.witness import Business
from tests.delivery.harness import Trial, in_child

from retinue.settings import DeliverySettings
from retinue.store.campaigns import list_campaigns
from retinue.store.cancel_moments import accepted
from retinue.store.deliveries import list_deliveries
from retinue.store.ledger import Grant, left_of
from retinue.testing.doubles import Running, start

CANCEL_POINTS = ("cancel.reserved", "cancel.outbox_filled", "cancel.planned")


@pytest.fixture(scope="module")
def provider() -> Iterator[Running]:
    with start("provider", mode="honour-keys") as running:
        yield running


@dataclass
class Promise(Trial):
    """Three customers who took a credit, which a webhook makes real."""

    def __post_init__(self) -> None:
        Trial.__post_init__(self)
        plan = self.settings.delivery.model_dump() | {"messages": (), "grants": {"fixed_credit": "hook"}}
        self.settings = self.settings.model_copy(update={"delivery": DeliverySettings(**plan)})

    def take(self) -> None:
        b = self.business()
        for n in range(3):
            take(b, n, name=self.name)
        b.store.close()

    def work(self) -> None:
        """What the pump does at each call."""
        b = self.business()
        try:
            plan(b)
            self.send(b)
        finally:
            b.store.close()


@pytest.mark.parametrize("nth", [1, 3])
@pytest.mark.parametrize("point", CANCEL_POINTS)
def test_killed_at(point: str, nth: int, provider: Running, tmp_path: Path) -> None:
    trial = Promise(tmp_path, provider.url, True, f"{point}-{nth}")
    trial.take()
    assert in_child(trial.work, f"{point}:{nth}:kill") == "killed"
    trial.pass_time()
    for _ in range(3):
        assert in_child(trial.work) == "done"
    b: Business = trial.business()
    assert accepted(b.store) == []
    assert sorted(d.decision_id for d in list_deliveries(b.store)) == [
        f"dec_{trial.name}_{n}" for n in range(3)
    ]
    assert {d.state for d in list_deliveries(b.store)} == {"sent"}
    made = list_campaigns(b.store)
    assert len({one.as_of for one in made}) == len(made)  # one a day, and midnight may come in between
    assert left_of(b.store, b.now, Grant(month_cents=10_000)).month_cents == 2_500
    assert sum(trial.name in str(effect["what"]) for effect in provider.effects()) == 3
    b.store.close()
