"""Decides from the other end's own count and from the store whether a promise was broken.

It believes nobody: what was done is what the other end wrote down.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from retinue.store import Store
from retinue.store.accounts import Entry
from retinue.store.campaigns import campaign_of
from retinue.store.deliveries import list_deliveries, steps_of
from retinue.store.reviews import list_reviews

__all__ = ["broken"]

AFTER = {
    "": {"queued"},
    "queued": {"queued", "sending", "failed", "withheld", "cancelled", "expired"},
    "sending": {"sending", "queued", "sent", "unknown", "failed"},
    "unknown": {"sent", "failed", "queued"},
    "sent": set(),
    "failed": set(),
    "withheld": set(),
    "cancelled": set(),
    "expired": set(),
}


def broken(
    store: Store,
    campaign_id: str,
    expected: Iterable[str],
    effects: Iterable[Mapping[str, Any]],
    *,
    keys: bool,
) -> list[str]:
    """Every promise that was broken, in words; empty for none.

    expected: the decisions that must have become deliveries. keys: whether the other end honours keys: then
    each is done once; else at most once, and whatever was not done is not called sent.
    """
    found: list[str] = []
    deliveries = {d.delivery_id: d for d in list_deliveries(store, campaign_id=campaign_id)}
    done = Counter(str(effect["key"]) for effect in effects)
    wanted = set(expected)
    decided = [d.decision_id for d in deliveries.values()]
    found += [f"{d} became {n} deliveries" for d, n in Counter(decided).items() if n > 1]
    found += [f"{d} was lost" for d in sorted(wanted - set(decided))]
    found += [f"{d} came from nowhere" for d in sorted(set(decided) - wanted)]
    found += [f"an effect under {key} that no delivery has" for key in sorted(set(done) - set(deliveries))]
    for name, delivery in deliveries.items():
        count = done[name]
        if count > 1:
            found.append(f"{name} was done {count} times")
        if delivery.state in ("queued", "sending"):
            found.append(f"{name} still is {delivery.state}")
        if delivery.state == "sent" and count == 0:
            found.append(f"{name} is called sent and was never done")
        if delivery.state in ("failed", "withheld", "cancelled", "expired") and count:
            found.append(f"{name} was done and is called {delivery.state}")
        if keys and count == 0:
            found.append(f"{name} was not done, although the other end honours keys")
        if keys and delivery.state != "sent":
            found.append(f"{name} is {delivery.state}, although the other end honours keys")
    found += _history(store)
    found += _money(store, deliveries.values())
    if list_reviews(store, campaign_id=campaign_id):
        found.append("a case still waits")
    state = campaign_of(store, campaign_id).state
    if state != "finished":
        found.append(f"the campaign is {state}")
    return found


def _history(store: Store) -> list[str]:
    """Each delivery's steps follow one another, and no older claim wrote after a newer one."""
    found = []
    last: dict[str, Any] = {}
    with store.reading() as session:
        for step in steps_of(session):
            before = last.get(step.delivery_id)
            if step.before != (before.state if before else ""):
                found.append(f"{step.delivery_id} went on from {step.before}, where it was not")
            if step.state not in AFTER[step.before]:
                found.append(f"{step.delivery_id} went from {step.before} to {step.state}")
            if before is not None and step.fence < before.fence:
                found.append(f"{step.delivery_id}: fence {step.fence} wrote after {before.fence}")
            last[step.delivery_id] = step
    return found


def _money(store: Store, deliveries: Iterable[Any]) -> list[str]:
    """What went out, or may have, is spent; what surely did not is free."""
    found = []
    with store.reading() as session:
        for delivery in deliveries:
            entry = session.get(Entry, delivery.decision_id)
            state = None if entry is None else entry.state
            should = "spent" if delivery.state in ("sent", "unknown") else "rejected"
            if state != should:
                found.append(f"the money of {delivery.decision_id} is {state}, should be {should}")
    return found
