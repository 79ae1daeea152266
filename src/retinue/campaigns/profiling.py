"""Of whom no profile is made for marketing: whoever objected to it (Art. 21(2) and (3) GDPR), or was erased.

A no to the purpose `profiling`, or to every purpose on every channel, is such an objection; a later yes that
is as specific lifts it, as `campaigns.consent` says. What is known by now counts, whatever time a run looks
from: a run of a past date is made today. A no to offers alone keeps offers away, not the profile.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from retinue.campaigns.consent import ANY, may_contact, plain
from retinue.campaigns.consent_now import may_contact_now
from retinue.privacy.erased import ERASED
from retinue.store.consents import customers_on, words_of_many

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from retinue.store import Store
    from retinue.store.consents import Word
    from retinue.warehouse import Warehouse

__all__ = [
    "OBJECTED",
    "PROFILING",
    "erased_names",
    "objectors",
    "objectors_in_store",
    "refuses_profiling",
    "without_profile",
]

PROFILING = "profiling"
"""The purpose that an objection to profiling names."""

_EVER = datetime(9999, 12, 31, tzinfo=UTC)

OBJECTED = "objected"
"""The state of a customer of whom no profile is made."""


def objectors(warehouse: Warehouse) -> frozenset[str]:
    """Customers who object to being profiled, by all that the warehouse knows."""
    spoke = _spoke(warehouse)
    allowed = may_contact(warehouse, spoke, ANY[0], PROFILING, _EVER)
    return frozenset(name for name, yes in zip(spoke, allowed, strict=True) if not yes)


def objectors_in_store(store: Store) -> frozenset[str]:
    """The same by what the store knows, where the warehouse may not have heard of it yet."""
    spoke = customers_on(store, (PROFILING, *ANY))
    words = words_of_many(store, sorted(spoke))
    return frozenset(name for name, said in words.items() if refuses_profiling(said, _EVER))


def refuses_profiling(words: Iterable[Word], at: datetime) -> bool:
    """The same of one customer, from the words that the store has. `at`: UTC.

    >>> from retinue.store.consents import Word
    >>> day = datetime(2026, 2, 1)
    >>> no = Word("k", "C1", "any", "profiling", False, day, day)
    >>> refuses_profiling([no], datetime(2026, 2, 14)), refuses_profiling([], datetime(2026, 2, 14))
    (True, False)
    """
    return not may_contact_now(words, ANY[0], PROFILING, at)


def without_profile(states: pd.DataFrame, left_out: frozenset[str]) -> pd.DataFrame:
    """The states of customers (`customer_id`, `state`): objectors in their own state, erased ones gone."""
    states = states[~states["customer_id"].str.startswith(ERASED)]
    return states.assign(state=states["state"].where(~states["customer_id"].isin(left_out), OBJECTED))


def _spoke(warehouse: Warehouse) -> list[str]:
    """Customers who said anything on profiling, or on every purpose."""
    rows = warehouse.history("consents", _EVER).select("customer_id", "purpose").distinct().to_pyarrow()
    about = {
        purpose for purpose in set(rows["purpose"].to_pylist()) if plain(purpose or "") in (PROFILING, *ANY)
    }
    found = zip(rows["customer_id"].to_pylist(), rows["purpose"].to_pylist(), strict=True)
    return sorted({customer for customer, purpose in found if customer is not None and purpose in about})


def erased_names(warehouse: Warehouse) -> set[str]:
    """The names that stand in rows in place of customers who were erased."""
    found: set[str] = set()
    for name in ("interventions", "subscriptions", "transactions"):
        rows = warehouse.engine.connection.table(name)
        rows = rows.filter(rows.customer_id.startswith(ERASED))
        found |= set(rows.select("customer_id").distinct().to_pyarrow()["customer_id"].to_pylist())
    return found
