"""Which tables are audited. A transaction that changes one of them without a record is not kept.

Every table of the store stands here, in one of two lists; a test says so, and so a new table cannot be
forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from retinue.errors import AuditError

__all__ = ["AUDITED", "QUIET", "must_be_recorded", "watch", "written"]

_ALL = frozenset({"INSERT", "UPDATE", "DELETE"})
_ADDED = frozenset({"INSERT", "DELETE"})
_NEW = frozenset({"INSERT"})

AUDITED: Mapping[str, frozenset[str]] = {
    "api_keys": _ALL,
    "budget_entries": _ALL,
    "campaigns": _ALL,
    "campaign_moves": _ALL,
    "cancel_moments": _ALL,
    "consent_words": _ADDED,  # changed only to note that the warehouse was told
    "contacts": _ALL,
    "deliveries": _ADDED,  # each change of state is a row of delivery_steps; the rest are leases
    "delivery_steps": _ALL,
    "inbox_events": _ADDED,  # changed only to note that it was collected, and to let go of what it held
    "inbox_outcomes": _ADDED,  # changed only to note that it was collected
    "keysets": _ALL,
    "oauth_clients": _ALL,
    "oauth_codes": _NEW,  # what became of one is the grant's record; what is over is forgotten
    "oauth_grants": _ALL,
    "oauth_refresh_tokens": _NEW,  # a second use ends the grant
    "oauth_revoked_tokens": _NEW,
    "policies": _ALL,
    "prediction_jobs": _ADDED,  # changed to say how far it is; taking it back is put on record
    "privacy_requests": _ALL,
    "responses": _ALL,
    "review_steps": _ALL,
    "reviews": _ALL,
    "rollout_sizes": _ALL,
    "rollout_steps": _ALL,
    "rules": _ALL,
    "runs": _ALL,
    "subject_keys": frozenset({"DELETE"}),  # made with what is sealed, which is on record; wrapped anew
    "signing_keys": _ALL,
    "suppressed": _ALL,
    "switches": _ALL,
    "users": _ALL,
}
"""Table to the statements that need a record."""

QUIET: Mapping[str, str] = {
    "alerts": "which alerts stand; each change is a row of alert_events",
    "alert_events": "a history of its own, of what the machine noticed",
    "request_counts": "how often somebody called",
    "audit": "the trail itself",
    "audit_head": "the end of the trail",
    "budget_accounts": "sums of budget_entries, which are audited",
    "budget_grants": "what a run was given, repeated from its reservation, which is audited",
    "decision_fates": "what the warehouse was told already of audited deliveries",
    "idempotency_keys": "answers kept for requests sent twice; the act itself is audited",
    "job_plans": "since when a job has its plan; the settings are audited",
    "job_runs": "claims and leases of jobs; what a job does is audited",
}
"""Table to the reason why its changes need no record."""

_WRITTEN = "audited tables written"
_STATEMENT = re.compile(
    r'\s*(?:(INSERT)(?:\s+OR\s+\w+)?\s+INTO|(REPLACE)\s+INTO|(UPDATE)(?:\s+OR\s+\w+)?|(DELETE)\s+FROM)\s+"?(\w+)',
    re.IGNORECASE,
)


def watch(engine: Engine) -> None:
    """Note which audited tables a transaction over this engine changes."""
    event.listen(engine, "after_cursor_execute", _note)


def written(session: Session) -> set[str]:
    """The audited tables that the session's transaction changed; forgotten once they were asked for."""
    found: set[str] = session.connection().info.pop(_WRITTEN, set())
    return found


def must_be_recorded(tables: set[str]) -> AuditError:
    """The error of a transaction that changed these tables and put nothing on record."""
    return AuditError(
        "A change that nobody put on record was not made.",
        where=f"store, {', '.join(sorted(tables))}",
        fix="This is a defect of Retinue: call store.audit.on_record in the transaction of the change.",
    )


def _note(connection: Any, cursor: Any, statement: str, _parameters: Any, _context: Any, _many: bool) -> None:
    table = _audited(statement[:120])
    if table is not None and cursor.rowcount != 0:
        connection.info.setdefault(_WRITTEN, set()).add(table)


@lru_cache(maxsize=1024)
def _audited(statement: str) -> str | None:
    found = _STATEMENT.match(statement)
    if found is None:
        return None
    verb = next(word for word in found.groups()[:4] if word).upper().replace("REPLACE", "INSERT")
    table = found[5]
    return table if verb in AUDITED.get(table, ()) else None
