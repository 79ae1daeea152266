"""Tickets: who asks, how they sound, how long it takes, in which words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from retinue.simulation.parameters import WEEK
from retinue.simulation.streams import Draws, Ints, Stream

if TYPE_CHECKING:
    from retinue.simulation.dynamics import Stage, State

__all__ = ["ISSUES", "WORDS", "note_tickets"]

ISSUES = ("billing", "bug", "how_to", "performance", "account", "feature_request")
_SHARE_CALM = (0.14, 0.16, 0.34, 0.08, 0.13, 0.15)
_SHARE_BAD = (0.26, 0.30, 0.08, 0.24, 0.07, 0.05)
_TONE = np.array([-0.10, -0.12, 0.15, -0.15, 0.05, 0.20])

WORDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "billing": (
        (
            "Could you send last month's invoice again, please?",
            "Please add our VAT number to the next invoice.",
        ),
        (
            "We were charged twice, and nobody answers.",
            "The price went up again; this is not what we agreed on.",
        ),
    ),
    "bug": (
        ("The export misses the last column, could you have a look?", "A chart shows yesterday's figures."),
        ("The export is broken AGAIN, we lose hours every week.", "Errors all day long, this is unusable."),
    ),
    "how_to": (
        ("How do I share a dashboard with a colleague?", "Where can I set the time zone of a report?"),
        ("The manual is wrong, and I have asked this before.", "Why is this so complicated?"),
    ),
    "performance": (
        ("Reports take a little longer than usual today.", "The dashboard is slow in the morning."),
        ("Reports time out, we cannot work like this.", "Far too slow, we are looking at alternatives."),
    ),
    "account": (
        ("Please change my e-mail address.", "A colleague has left; can I take over the reports?"),
        ("I am locked out and have a meeting in ten minutes!", "How do I cancel? I cannot find the button."),
    ),
    "feature_request": (
        (
            'It would be lovely to schedule exports, say "every Monday".',
            "Do you plan a connector for our CRM?",
        ),
        ("Every competitor has scheduled exports; you still do not.", "We were promised this a year ago."),
    ),
}
"""Per issue, what calm and what annoyed customers write."""


def note_tickets(stage: Stage, state: State, chosen: Ints, week: int, draws: Draws) -> None:
    """One ticket of each chosen customer in this week, unless they left before writing it.

    sentiment = tanh(0.45 x + tone of the issue - 0.55 [bad experience] + 0.3 e), and the words go with it;
    hours to resolution are log-normal around 14, twice that after a bad experience. A ticket of a customer
    who leaves meanwhile is still resolved.
    """
    if stage.journal is None or not chosen.size:
        return
    moment = draws.uniform(Stream.TICKET_DETAIL, week)
    at = stage.calendar.begin(week) + 3_601 + (moment * (WEEK - 3_602)).astype(np.int64)
    bad = draws.uniform(Stream.TICKET_MOOD, week) < 0.45
    luck = draws.uniform(Stream.TICKET_ISSUE, week)
    issue = np.where(
        bad,
        np.searchsorted(np.cumsum(_SHARE_BAD)[:-1], luck),
        np.searchsorted(np.cumsum(_SHARE_CALM)[:-1], luck),
    )
    noise = draws.normal(Stream.TICKET_WORDS, week)
    health = state.health[chosen].astype(np.float64)
    sentiment = np.round(np.tanh(0.1 + 0.45 * health + _TONE[issue] - 0.55 * bad + 0.3 * noise), 2)
    hours = 14 * np.exp(0.9 * draws.normal(Stream.TICKET_HOURS, week)) * np.where(bad, 2.0, 1.0)
    hours = np.round(np.clip(hours, 0.25, 24.0 * 20), 2)
    variant = (draws.bits(Stream.TICKET_WORDS, week) >> np.uint64(20)).astype(np.int64) % 2
    stays = at < state.ended_at[chosen]
    stage.journal.add(
        "tickets",
        week,
        number=(stage.people.number[chosen] * 100_000 + week)[stays],
        who=chosen[stays],
        issue=issue[stays].astype(np.int8),
        at=at[stays],
        resolved_at=(at + (hours * 3_600).astype(np.int64))[stays],
        hours=hours[stays],
        sentiment=sentiment[stays],
        words=(2 * (sentiment < -0.05) + variant)[stays].astype(np.int8),
    )
