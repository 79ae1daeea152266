"""The journal as clean rows of `retinue.warehouse.tables`, in order of happening."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from retinue.simulation import pilot_rows, usage_rows
from retinue.simulation.calendar import seconds
from retinue.simulation.columns import (
    Batch,
    choice,
    ids_of,
    learned,
    marks,
    numbered,
    recording,
    times,
)
from retinue.simulation.parameters import (
    CHANNELS,
    COUNTRIES,
    INDUSTRIES,
    PAYMENT_METHODS,
    PLANS,
    SIZES,
)
from retinue.simulation.streams import Draws, Ints, Stream
from retinue.simulation.support import ISSUES, WORDS

if TYPE_CHECKING:
    import pyarrow as pa

    from retinue.simulation.world import World

__all__ = ["TABLES", "batches", "rows"]

TABLES = (
    "customers",
    "subscriptions",
    "transactions",
    "events",
    "tickets",
    "consents",
    "interventions",
    "outcomes",
)
_LONGEST_DELAY = 5
"""Weeks: no fact is learned later than this after the week in which it was noted (the pilot aside)."""
_STATUS = ("succeeded", "failed", "refunded")
_REASONS = (None, "voluntary", "payment", "other")
# fmt: off
_FIRST = (
    "Ada", "Ben", "Carla", "Dario", "Elin", "Femi", "Greta", "Hugo",
    "Ines", "Jonas", "Kaja", "Luc", "Mila", "Nils", "Olga", "Piet",
)
_LAST = (
    "Acker", "Berg", "Costa", "Dahl", "Ernst", "Falk", "Garcia", "Holm",
    "Ibsen", "Jansen", "Kowal", "Lind", "Maier", "Novak", "Otto", "Petit",
)
# fmt: on


def rows(
    world: World, name: str, *, since: datetime | None = None, until: datetime | None = None
) -> pa.Table:
    """The clean rows of a table that were learned after `since` and at or before `until` (now by default)."""
    import pyarrow as pa

    return pa.concat_tables([batch.table for batch in batches(world, name, since=since, until=until)])


def batches(
    world: World, name: str, *, since: datetime | None = None, until: datetime | None = None
) -> Iterator[Batch]:
    """The same in batches, so that a large table never has to be in memory at once; at least one batch."""
    last = seconds(until or world.now)
    after = seconds(since) if since is not None else None
    if name == "events":
        yield from usage_rows.events(world, after, last)
        return
    first = None if after is None else world.calendar.week_of(after) - _LONGEST_DELAY
    if name == "outcomes":
        first = None
    yield _MAKERS[name](world, first, after, last)


def _customers(world: World, first: int | None, after: int | None, last: int) -> Batch:
    import pyarrow as pa

    people = world.people
    facts = world.journal.read("customers", first=first)
    # a change of e-mail address is a version too, if the customer is still there
    tenure_end = np.minimum(world.state.ended_at, world.calendar.begin(world.weeks_played))
    moved = np.flatnonzero(
        (people.contact_change >= world.calendar.start) & (people.contact_change < tenure_end)
    )
    current = {"who": facts["who"], "plan": facts["plan"], "at": facts["at"]}
    if moved.size:
        plans = _plan_at(world, moved, people.contact_change[moved])
        added = {"who": moved, "plan": plans, "at": people.contact_change[moved]}
        current = {name: np.concatenate([current[name], added[name]]) for name in current}
    chosen = learned(current, current["at"], after, last)
    who, plan, at = (current[name][chosen] for name in ("who", "plan", "at"))
    bits = Draws(people.key).bits(Stream.NAME)[who]
    given, family = (
        (bits % np.uint64(16)).astype(np.int64),
        ((bits >> np.uint64(8)) % np.uint64(16)).astype(np.int64),
    )
    changed = at >= people.contact_change[who]
    numbers = people.number[who]
    names = [f"{_FIRST[g]} {_LAST[f]}" for g, f in zip(given.tolist(), family.tolist(), strict=True)]
    mails = [
        f"{_FIRST[g]}.{_LAST[f]}{'.new' if c else ''}.{n}@example.org".lower()
        for g, f, c, n in zip(
            given.tolist(), family.tolist(), changed.tolist(), numbers.tolist(), strict=True
        )
    ]
    demographics = tuple(f'{{"company_size": "{s}", "industry": "{i}"}}' for s in SIZES for i in INDUSTRIES)
    table = pa.table(
        {
            "customer_id": ids_of(world, who),
            "account_id": numbered("A", people.account[who], 7),
            "name": pa.array(names, pa.string()),
            "email": pa.array(mails, pa.string()),
            "phone": numbered("+49 555 ", (bits >> np.uint64(16)).astype(np.int64) % 10_000_000, 7),
            "demographic_data": choice(
                demographics, people.size[who] * np.int8(len(INDUSTRIES)) + people.industry[who]
            ),
            "country": choice(COUNTRIES, people.country[who]),
            "account_created_date": times(people.signup[who]),
            "current_tier": choice(PLANS, plan),
            "acquisition_channel": choice(CHANNELS, people.channel[who]),
            "recorded_at": times(at),
        }
    )
    return Batch(table, marks(numbers, at))


def _plan_at(world: World, who: npt.NDArray[Any], at: Ints) -> npt.NDArray[np.int8]:
    """The plan of each customer at a moment, from the versions noted before."""
    facts = world.journal.read("customers")
    order = np.lexsort((facts["at"], facts["who"]))
    keys = facts["who"][order] * (1 << 34) + facts["at"][order]
    found = np.searchsorted(keys, who * (1 << 34) + at, side="right") - 1
    plans: npt.NDArray[np.int8] = facts["plan"][order][found]
    return plans


def _subscriptions(world: World, first: int | None, after: int | None, last: int) -> Batch:
    import pyarrow as pa

    people, never = world.people, np.iinfo(np.int64).max
    facts = world.journal.read("subscriptions", first=first)
    chosen = learned(facts, facts["at"], after, last)
    f = {name: column[chosen] for name, column in facts.items()}
    who = f["who"]
    table = pa.table(
        {
            "subscription_id": numbered("S", people.number[who], 7),
            "customer_id": ids_of(world, who),
            "plan": choice(PLANS, f["plan"]),
            "mrr": pa.array(f["mrr"]),
            "currency": choice(("EUR",), np.zeros(len(who), dtype=np.int8)),
            "started_at": times(people.signup[who]),
            "current_period_end": times(f["period_end"]),
            "cancel_requested_at": times(f["cancel_at"], missing=f["cancel_at"] == never),
            "ended_at": times(f["ended_at"], missing=f["ended_at"] == never),
            "end_reason": choice(_REASONS, f["reason"]),
            "recorded_at": times(f["at"]),
        }
    )
    return Batch(table, marks(people.number[who], f["at"]))


def _transactions(world: World, first: int | None, after: int | None, last: int) -> Batch:
    import pyarrow as pa

    people = world.people
    facts = world.journal.read("transactions", first=first)
    recorded = recording(world, facts["number"], facts["at"], 14)
    chosen = learned(facts, recorded, after, last)
    f = {name: column[chosen] for name, column in facts.items()}
    who = f["who"]
    products = tuple(f"{plan}-{period}" for plan in PLANS for period in ("monthly", "annual"))
    table = pa.table(
        {
            "transaction_id": numbered("T", f["number"], 12),
            "customer_id": ids_of(world, who),
            "amount": pa.array(f["amount"]),
            "currency": choice(("EUR",), np.zeros(len(who), dtype=np.int8)),
            "date": times(f["at"]),
            "product_id": choice(products, f["plan"] * np.int8(2) + people.annual[who]),
            "payment_method": choice(PAYMENT_METHODS, people.method[who]),
            "status": choice(_STATUS, f["status"]),
            "recorded_at": times(recorded[chosen]),
        }
    )
    return Batch(table, marks(f["number"]))


def _tickets(world: World, first: int | None, after: int | None, last: int) -> Batch:
    """A ticket is learned when it is opened, and again when it is resolved."""
    import pyarrow as pa

    facts = world.journal.read("tickets", first=first)
    opened = recording(world, facts["number"], facts["at"], 9)
    resolved = np.maximum(facts["resolved_at"], opened + 1)
    both = {name: np.concatenate([column, column]) for name, column in facts.items()}
    recorded = np.concatenate([opened, resolved])
    chosen = learned(both, recorded, after, last)
    f = {name: column[chosen] for name, column in both.items()}
    known = recorded[chosen]
    is_open = chosen < len(opened)
    words = tuple(text for issue in ISSUES for tone in WORDS[issue] for text in tone)
    table = pa.table(
        {
            "ticket_id": numbered("K", f["number"], 12),
            "customer_id": ids_of(world, f["who"]),
            "issue_type": choice(ISSUES, f["issue"]),
            "opened_at": times(f["at"]),
            "resolved_at": times(f["resolved_at"], missing=is_open),
            "resolution_time": pa.array(f["hours"], mask=is_open),
            "sentiment_score": pa.array(f["sentiment"]),
            "text": choice(words, f["issue"] * np.int8(4) + f["words"]),
            "recorded_at": times(known),
        }
    )
    return Batch(table, marks(f["number"], known))


def _consents(world: World, first: int | None, after: int | None, last: int) -> Batch:
    """E-mail and SMS for marketing, asked on joining; some withdraw the e-mail later."""
    import pyarrow as pa

    people = world.people
    everyone = np.flatnonzero(people.signup < world.calendar.begin(world.weeks_played))
    draws = Draws(people.key[everyone])
    mail = draws.uniform(Stream.CONSENT) < 0.86
    text = draws.uniform(Stream.CONSENT, 1) < 0.38
    withdrawn = people.signup[everyone] + (
        -np.log(draws.uniform(Stream.WITHDRAWAL)) * 9 * 365.25 * 86_400
    ).astype(np.int64)
    signup = people.signup[everyone]
    leaves = mail & (withdrawn < world.calendar.begin(world.weeks_played))
    who = np.concatenate([everyone, everyone, everyone[leaves]])
    kind = np.repeat(np.arange(3), [everyone.size, everyone.size, int(leaves.sum())])
    columns = {
        "who": who,
        "kind": kind,
        "granted": np.concatenate([mail, text, np.zeros(int(leaves.sum()), dtype=np.bool_)]),
        "at": np.concatenate([signup, signup, withdrawn[leaves]]),
    }
    chosen = learned(columns, columns["at"], after, last)
    who, kind = who[chosen], kind[chosen]
    number = people.number[who] * 10 + kind
    table = pa.table(
        {
            "consent_id": numbered("G", number, 8),
            "customer_id": ids_of(world, who),
            "channel": choice(("email", "sms", "email"), kind),
            "purpose": choice(("marketing",), np.zeros(len(who), dtype=np.int8)),
            "granted": pa.array(columns["granted"][chosen]),
            "valid_from": times(columns["at"][chosen]),
            "recorded_at": times(columns["at"][chosen]),
        }
    )
    return Batch(table, marks(number))


_MAKERS = {
    "customers": _customers,
    "subscriptions": _subscriptions,
    "transactions": _transactions,
    "tickets": _tickets,
    "consents": _consents,
    "interventions": pilot_rows.interventions,
    "outcomes": pilot_rows.outcomes,
}
