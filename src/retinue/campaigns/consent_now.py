"""Whether one customer may be contacted now, from the words a sender can see; the rule is `consent`'s."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from retinue.campaigns.consent import ANY, COVERED_BY, plain
from retinue.store.accounts import naive

if TYPE_CHECKING:
    from retinue.store.consents import Word

__all__ = ["may_contact_now"]


def may_contact_now(
    words: Iterable[Word], channel: str | None, purpose: str, at: datetime, *, required: bool = False
) -> bool:
    """Whether what a customer said allows a contact.

    Parameters
    ----------
    words: what the customer said, oldest first; a later word of the same consent id corrects the earlier.
    channel: how; None: some channel must be open among those the customer spoke of.
    at: the moment (UTC); words that were kept or begin after it are not seen.

    >>> from retinue.store.consents import Word
    >>> day = datetime(2026, 2, 1)
    >>> no = Word("k", "C1", "email", "marketing", False, day, day)
    >>> [may_contact_now([no], channel, "retention", datetime(2026, 2, 14)) for channel in ("email", "sms")]
    [False, True]
    """
    moment = naive(at)
    newest = {word.consent_id: word for word in words if word.recorded_at <= moment}
    wanted = plain(purpose)
    wider = COVERED_BY.get(wanted, ())
    said: list[tuple[str, int, bool, datetime]] = []
    for word in newest.values():
        about = plain(word.purpose)
        if word.valid_from > moment or about not in (wanted, *wider, *ANY):
            continue
        rank = 2 if about == wanted else 0 if about in ANY else 1
        through = plain(word.channel)
        said.append((ANY[0] if through in ANY else through, rank, word.granted, word.valid_from))
    if channel is not None:
        return _through(said, plain(channel), required=required)
    named = {through for through, *_ in said}
    if any(_through(said, through, required=required) for through in named):
        return True
    return not said and not required


def _through(said: list[tuple[str, int, bool, datetime]], channel: str, *, required: bool) -> bool:
    covering = [
        (0 if c == ANY[0] else 1, rank, yes, at) for c, rank, yes, at in said if c in (channel, ANY[0])
    ]
    for as_channel, as_purpose, yes, at in covering:
        lifted = any(
            other and c >= as_channel and p >= as_purpose and since > at for c, p, other, since in covering
        )
        if not yes and not lifted:
            return False
    return not required or any(yes for *_, yes, _ in covering)
