"""What of the offers' money is spent, reserved and left, by account; only reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from retinue.store.accounts import Account, Entry, of_month, of_run, of_tier
from retinue.store.base import Store

__all__ = ["Standing", "of_the_month", "of_the_run"]

_AT_ONCE = 500  # a statement takes no more parameters than some databases allow


@dataclass(frozen=True, slots=True)
class Standing:
    """An account in cents. most: None for no limit. name: of the month, the run or the tier."""

    name: str
    most: int | None
    spent: int
    reserved: int

    @property
    def left(self) -> int | None:
        """What is left of the limit; None where there is none."""
        return None if self.most is None else max(0, self.most - self.spent - self.reserved)


def of_the_month(store: Store, month: str, runs: Sequence[str]) -> Standing:
    """The account of a calendar month (`2026-02`). runs: ids of the runs as of a time in it."""
    sums = {"spent": 0, "reserved": 0}
    with store.reading() as session:
        for start in range(0, len(runs), _AT_ONCE):
            query = (
                select(Entry.state, func.sum(Entry.cents))
                .where(Entry.run_id.in_(runs[start : start + _AT_ONCE]), Entry.month == month)
                .group_by(Entry.state)
            )
            for state, cents in session.execute(query):
                if state in sums:
                    sums[state] += int(cents)
        account = session.get(Account, of_month(month))
    return Standing(month, None if account is None else account.most, **sums)


def of_the_run(store: Store, run_id: str, tiers: Sequence[str]) -> tuple[Standing, list[Standing]]:
    """The account of a run, and those of its tiers, in the order given."""
    query = (
        select(Entry.tier, Entry.state, func.sum(Entry.cents))
        .where(Entry.run_id == run_id)
        .group_by(Entry.tier, Entry.state)
    )
    with store.reading() as session:
        rows = [(tier, state, int(cents)) for tier, state, cents in session.execute(query)]
        scopes = [of_run(run_id), *(of_tier(run_id, tier) for tier in tiers)]
        most = {
            one.scope: one.most for one in session.scalars(select(Account).where(Account.scope.in_(scopes)))
        }

    def standing(name: str, scope: str, own: Sequence[tuple[str, str, int]]) -> Standing:
        spent, reserved = (
            sum(cents for _, state, cents in own if state == wanted) for wanted in ("spent", "reserved")
        )
        return Standing(name, most.get(scope), spent, reserved)

    return standing(run_id, of_run(run_id), rows), [
        standing(tier, of_tier(run_id, tier), [row for row in rows if row[0] == tier]) for tier in tiers
    ]
