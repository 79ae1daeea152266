"""Readings on record: predictions that were shown, and personal data that somebody opened.

When a method returns it is on record, and what is shown may be answered. A reading of one customer is a
record about that customer; a page or a batch is one record that names its customers, an export one that says
how many they were and what was asked.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from retinue.store.audit.record import entry_of, on_record

if TYPE_CHECKING:
    from retinue.store.audit.ahead import Ahead
    from retinue.store.base import Store

__all__ = ["Readings", "personal_read", "told"]

_CHOICES = frozenset(
    {
        "action_type",
        "answer",
        "campaign_id",
        "code",
        "customer_id",
        "decision_id",
        "format",
        "order",
        "risk_level",
        "sort",
        "state",
    }
)
"""Parts of a question that are ids, or one of some words of ours."""

SERVED, PERSONAL = "prediction.served", "personal.read"


class Readings:
    """Puts readings on record; one for a process.

    key: hides free text of a question, which somebody may have typed a name into.
    """

    def __init__(self, ahead: Ahead, key: bytes) -> None:
        self.ahead, self._key = ahead, key

    def one(
        self, actor: str, what: str, customer_id: str, *, run: str, at: datetime, personal: bool = False
    ) -> None:
        """Something about a customer is about to be shown.

        Parameters
        ----------
        actor: the subject of whoever asks. what: what is shown, such as `risk`. run: of which run or
            campaign.
        at: when it was asked for (aware UTC). personal: whether names, addresses or words are shown.

        Raises AuditError when it cannot be put on record: show nothing then.
        """
        detail = {"asked_at": _text(at), "run": run, "what": what}
        self.ahead.put(entry_of(actor, PERSONAL if personal else SERVED, "customer", customer_id, detail))

    def many(
        self,
        actor: str,
        what: str,
        *,
        run: str,
        at: datetime,
        customers: Sequence[str] | None = None,
        count: int | None = None,
        asked: Mapping[str, Any] | None = None,
        personal: bool = False,
    ) -> None:
        """The same of several: `customers` by name, or where they are too many their `count`.

        asked: the question; its free texts are kept as keyed hashes.
        """
        detail: dict[str, Any] = {"asked_at": _text(at), "what": what}
        if customers is not None:
            detail |= {"customers": list(customers), "count": len(customers)}
        elif count is not None:
            detail["count"] = count
        if asked:
            detail["asked"] = self._hidden(asked)
        action = PERSONAL if personal else SERVED
        self.ahead.put(entry_of(actor, action, "customers", run, detail))

    def called(self, actor: str, tool: str, arguments: Mapping[str, Any], *, at: datetime) -> None:
        """An agent calls a tool in somebody's name; what it shows or does is on record beside that."""
        detail = {"asked": self._hidden(arguments), "asked_at": _text(at)}
        self.ahead.put(entry_of(actor, "tool.called", "tool", tool, detail))

    def _hidden(self, value: Any) -> Any:
        """The value without what somebody may have typed."""
        if isinstance(value, Mapping):
            said = {name: inner for name, inner in value.items() if inner not in (None, "", {}, [])}
            return {name: inner if name in _CHOICES else self._hidden(inner) for name, inner in said.items()}
        if isinstance(value, list | tuple):
            return [self._hidden(inner) for inner in value]
        if isinstance(value, str):
            return hmac.digest(self._key, b"asked\0" + value.encode("utf-8", "replace"), "sha256").hex()[:16]
        return value


def personal_read(store: Store, actor: str | None, what: str, customer_id: str) -> None:
    """Put on record, at once, that somebody opens names, addresses or words of a customer.

    actor: None for whoever is acting. Raises AuditError when it cannot be: show nothing then.
    """
    with store.transaction() as session:
        on_record(session, PERSONAL, "customer", customer_id, actor=actor, what=what)


def told(store: Store, what: str, subject: str) -> None:
    """Put on record, at once, that a command tells something of a customer, or of a decision by its id.

    It is whoever is acting who is told. Raises AuditError when it cannot be: tell nothing then.
    """
    kind = "decision" if subject.startswith("dec_") else "customer"
    with store.transaction() as session:
        on_record(session, SERVED, kind, subject, what=what)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
