"""Readings on record: predictions that were served, and personal data that somebody opened.

A reading is answered only once it is on record. So that many readers at once do not each wait for the disk,
whoever comes while one record is being written waits with the others, and one of them writes all of theirs in
one transaction.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

from retinue.store.audit.record import on_record

if TYPE_CHECKING:
    from retinue.store.base import Store

__all__ = ["Readings"]


class _Waiting:
    """One reading that waits to be on record; `error` where it could not be."""

    def __init__(self, actor: str, action: str, what: str, customers: tuple[str, ...]) -> None:
        self.actor, self.action, self.what, self.customers = actor, action, what, customers
        self.done = False
        self.error: Exception | None = None


class Readings:
    """Puts readings on record; one for a process, whatever its threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: list[_Waiting] = []
        self._state = threading.Condition()
        self._busy = False

    def served(self, actor: str, what: str, customers: Iterable[str]) -> None:
        """A prediction, or another thing about customers, is about to be shown.

        Parameters
        ----------
        actor: the subject of whoever asks. what: what is shown, such as `risk`. customers: their ids; each is
            a record of its own, so that one can ask who saw what of a customer.

        Returns when it is on record. Raises AuditError when it cannot be: answer nothing then.
        """
        self._put(_Waiting(actor, "prediction.served", what, tuple(customers)))

    def personal(self, actor: str, what: str, customers: Iterable[str]) -> None:
        """Names, addresses or words of customers are about to be shown to somebody; as `served`."""
        self._put(_Waiting(actor, "personal.read", what, tuple(customers)))

    def _put(self, mine: _Waiting) -> None:
        with self._state:
            self._waiting.append(mine)
            while self._busy and not mine.done:
                self._state.wait()
            if not mine.done:
                self._busy = True
                batch, self._waiting = self._waiting, []
        if not mine.done:
            self._write(batch)
        if mine.error is not None:
            raise mine.error

    def _write(self, batch: list[_Waiting]) -> None:
        error: Exception | None = None
        try:
            with self._store.transaction() as session:
                for one in batch:
                    for customer in one.customers:
                        on_record(session, one.action, "customer", customer, actor=one.actor, what=one.what)
        except Exception as failed:  # each of them is told, by the error it raises
            error = failed
        finally:
            with self._state:
                for one in batch:
                    one.done, one.error = True, error
                self._busy = False
                self._state.notify_all()
