"""Every place where something of a person may be kept, and how it leads to them: the map of the house.

A place is a table of the warehouse, a table of the store, or a kind of file. Each either has a link to a
person (by which column, reached how) or is said to have none, with the reason. Whoever adds a table or a kind
of file without saying so here breaks a test, so that no answer to a customer can leave it out unseen.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

__all__ = ["DERIVED", "FILES", "STORE", "WAREHOUSE", "Linked", "Unlinked", "file_kind", "named_rows"]

By = Literal["customer", "decision", "delivery", "address", "row", "set aside", "inside"]
"""What a column holds: the customer's id, a decision or delivery of theirs, the token of an address,
the key of a row of theirs, the id of a row of theirs that was set aside, or a text with their id in it."""


@dataclass(frozen=True, slots=True)
class Linked:
    """A place that leads to a person. erasing: what becomes of it when they are erased."""

    column: str
    by: By
    erasing: str = "deleted"

    @property
    def words(self) -> str:
        """How the place leads to a person, as the answer to a customer says it.

        >>> Linked("delivery_id", "delivery").words
        "by `delivery_id`, a delivery of the customer's"
        """
        return f"by `{self.column}`, {_REACHED[self.by]}"


_REACHED: Mapping[By, str] = {
    "customer": "the customer's id",
    "decision": "a decision on the customer",
    "delivery": "a delivery of the customer's",
    "address": "the token of an address of the customer's",
    "row": "the key of a row of the customer's",
    "set aside": "a row of the customer's that was set aside",
    "inside": "which holds the customer's id in its text",
}


@dataclass(frozen=True, slots=True)
class Unlinked:
    """A place with nothing of a person, and why one can be sure."""

    why: str


Place = Linked | Unlinked

_AGGREGATE = "kept under a random name, for sums"

WAREHOUSE: Mapping[str, Place] = {
    "customers": Linked("customer_id", "customer"),
    "subscriptions": Linked(
        "customer_id", "customer", f"deleted; of customers in a measurement {_AGGREGATE}"
    ),
    "transactions": Linked("customer_id", "customer", f"deleted; of customers in a measurement {_AGGREGATE}"),
    "events": Linked("customer_id", "customer"),
    "tickets": Linked("customer_id", "customer"),
    "interventions": Linked("customer_id", "customer", _AGGREGATE),
    "outcomes": Linked("customer_id", "customer", _AGGREGATE),
    "consents": Linked("customer_id", "customer"),
    "supersessions": Linked("row_key", "row", "as the rows they correct"),
    "quarantine": Linked("raw", "inside"),
    "quarantine_releases": Linked("quarantine_id", "set aside"),
    "loads": Unlinked("names of files, hashes and counts of rows"),
    "daily_partials": Unlinked("names of columns and kinds"),
    "daily_ledger": Unlinked("counts and checksums of days over all customers"),
}
"""Table of the warehouse to how it leads to a person."""

DERIVED = "daily_"
"""How tables begin that are made of others and hold sums of a customer's days; erasing drops them whole."""

STORE: Mapping[str, Place] = {
    "audit": Linked(
        "object_id", "customer", "stays: ids only; it proves what was done, and could not be altered"
    ),
    "budget_entries": Linked("decision_id", "decision", _AGGREGATE),
    "campaigns": Linked("plan", "inside", "the customer's part of the plan is taken out"),
    "cancel_moments": Linked("customer_id", "customer", _AGGREGATE),
    "consent_words": Linked("customer_id", "customer", "deleted; the addresses stay suppressed as tokens"),
    "contacts": Linked("customer_id", "customer"),
    "deliveries": Linked("customer_id", "customer", f"{_AGGREGATE}; the sealed request is deleted"),
    "delivery_steps": Linked("delivery_id", "delivery"),
    "decision_fates": Linked("decision_id", "decision", _AGGREGATE),
    "idempotency_keys": Linked("answer", "inside"),
    "inbox_events": Linked("content", "inside", "the customer's events are taken out"),
    "inbox_outcomes": Linked("body", "inside"),
    "prediction_jobs": Linked("place", "inside", "jobs end whose files hold the customer"),
    "privacy_requests": Linked("customer_id", "customer", "stays under the token of the erasure list"),
    "responses": Linked("delivery_id", "delivery", _AGGREGATE),
    "reviews": Linked("customer_id", "customer"),
    "review_steps": Linked("decision_id", "decision"),
    "subject_keys": Linked("customer_id", "customer", "deleted: what was sealed under it nobody can read"),
    "suppressed": Linked("token", "address", "stays: so that nothing is sent there again"),
    "alert_events": Unlinked("figures over all customers"),
    "alerts": Unlinked("figures over all customers"),
    "api_keys": Unlinked("machines, not customers"),
    "audit_head": Unlinked("one number and one hash"),
    "budget_accounts": Unlinked("sums of money"),
    "budget_grants": Unlinked("sums of money"),
    "campaign_moves": Unlinked("states of campaigns, and who changed them"),
    "job_plans": Unlinked("plans of jobs"),
    "job_runs": Unlinked("what jobs did, as counts and ids of campaigns"),
    "keysets": Unlinked("keys, wrapped"),
    "oauth_clients": Unlinked("applications, not customers"),
    "oauth_codes": Unlinked("people of the business who sign in, not customers"),
    "oauth_grants": Unlinked("people of the business who sign in, not customers"),
    "oauth_refresh_tokens": Unlinked("people of the business who sign in, not customers"),
    "oauth_revoked_tokens": Unlinked("people of the business who sign in, not customers"),
    "policies": Unlinked("settings and figures over all customers"),
    "request_counts": Unlinked("numbers of requests"),
    "rollout_sizes": Unlinked("sizes of phases"),
    "rollout_steps": Unlinked("phases, and who changed them"),
    "rules": Unlinked("rules of the business"),
    "runs": Unlinked("times and figures over all customers"),
    "signing_keys": Unlinked("keys of the service"),
    "switches": Unlinked("stops, and who made them"),
    "users": Unlinked("people of the business, not customers"),
}
"""Table of the store to how it leads to a person."""

FILES: Mapping[str, Place] = {
    "key": Unlinked("a key"),
    "audit_key": Unlinked("a key"),
    "audit/ahead/*": Unlinked("readings that the trail takes in a moment later; they are found there"),
    "audit/checkpoints.jsonl": Unlinked("counts, hashes and signatures"),
    "warehouse.duckdb*": Unlinked("its tables are places of their own"),
    "store.sqlite": Unlinked("its tables are places of their own"),
    "store.sqlite-*": Unlinked("its tables are places of their own"),
    "store.sqlite.*.backup": Linked("customer_id", "inside", "the copy is deleted whole"),
    "runs/*/receipts.parquet": Linked("customer_id", "customer"),
    "runs/*/campaign.json": Linked("customer_id", "customer", _AGGREGATE),
    "runs/*/run.json": Linked("customer_id", "customer", _AGGREGATE),
    "runs/*/report.html": Linked("customer_id", "inside", "written anew without the customer"),
    "runs/*/customers.sqlite": Linked("customer_id", "customer", _AGGREGATE),
    "runs/*/cancel.sqlite": Linked("customer_id", "customer"),
    "runs/*/journey.sqlite": Linked("customer_id", "customer", _AGGREGATE),
    "runs/*/figures.json": Unlinked("figures over all customers, and over groups of them"),
    "runs/*/insights.json": Unlinked("figures over all customers, and over groups of them"),
    "runs/*/quarantine.sqlite": Unlinked("where rows were set aside and why, without their values"),
    "runs/*/profile/*": Unlinked("which functions took the time"),
    "artefacts/*": Linked("customer_id", "inside", "all are deleted; the next run makes them again"),
    "predictions/*": Linked("customer_id", "inside", "deleted, with the lists they are part of"),
    "models/*": Unlinked("coefficients, trees and categories that many customers share; no rows"),
    "privacy/erasures.jsonl": Unlinked(
        "tokens of customers who were erased, which only the key can make again"
    ),
    "privacy/certificates/*": Unlinked("counts and hashes of what was erased"),
    "privacy/answers/*": Linked("customer_id", "inside", "deleted; sealed until then"),
    "running.json": Unlinked("where the run is that is under way"),
    "service/*": Unlinked("number and port of a service that was left running, and its log"),
    "tmp/*": Linked("customer_id", "inside", "emptied at the end of each load"),
    "spill/*": Linked("customer_id", "inside", "emptied when the warehouse closes"),
}
"""Kind of file, below the folder `.retinue`, to how it leads to a person."""


def file_kind(path: str) -> str | None:
    """The kind of a file by its path below `.retinue`; None for one that nobody declared.

    >>> file_kind("runs/CAMP_2026_01_01_001/receipts.parquet"), file_kind("notes.txt")
    ('runs/*/receipts.parquet', None)
    """
    return next((kind for kind in FILES if fnmatch.fnmatchcase(path, kind)), None)


def named_rows(places: Mapping[str, Place]) -> dict[str, Linked]:
    """The places that lead to a person."""
    return {name: place for name, place in places.items() if isinstance(place, Linked)}
