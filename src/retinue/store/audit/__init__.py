"""The audit trail: who did what to what and when, only ever added to, each record chained to the one before.

In:  `on_record(session, action, kind, object_id, …)` within the transaction of the act itself.
Out: the act and its record, both or neither; `verify`, `search` and `export` over what is there.

`acting` says who acts where a function is not told. Whatever changes a table named in `coverage.AUDITED`
without a record is rolled back.
"""

from __future__ import annotations

from retinue.store.acting import acting, actor_now
from retinue.store.audit.record import AuditRecord, on_record

__all__ = ["AuditRecord", "acting", "actor_now", "on_record"]
