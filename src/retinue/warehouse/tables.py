"""Every table of the warehouse, declared once.

Validation, DDL, personal-data handling, the file mapping and the documentation all follow from here.

* Times are UTC (stored without a zone); amounts are exact decimals with four places.
* `recorded_at` is when we learned a row; `happened` names the column that says when it happened.
  A read as of T sees only rows with both at or before T.
* A column with `known_from` belongs to a later moment of the same row (a ticket is opened, then resolved):
  as of a time before that moment it reads as null.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["BOOKKEEPING", "SYSTEM_TABLES", "TABLES", "Column", "Kind", "Table", "table"]

Kind = Literal["id", "text", "category", "money", "number", "probability", "boolean", "timestamp", "json"]
"""What a column holds, independent of an engine. `id` and `category` are strings; `json` is a JSON text."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its kind, whether a row may lack it, and the bounds a sane value keeps."""

    name: str
    kind: Kind
    description: str
    required: bool = False
    personal: bool = False
    known_from: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its key, the column that says when a row happened, and its columns."""

    name: str
    key: str
    happened: str | None
    columns: tuple[Column, ...]
    description: str
    references_customer: bool = True

    def column(self, name: str) -> Column:
        """The column of that name; KeyError when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.required)

    @property
    def personal(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.personal)


def _id(name: str, description: str, *, required: bool = True) -> Column:
    return Column(name, "id", description, required=required)


CUSTOMER_ID = _id("customer_id", "the customer")

TABLES: tuple[Table, ...] = (
    Table(
        "customers",
        "customer_id",
        "account_created_date",
        (
            CUSTOMER_ID,
            _id("account_id", "the company or household the customer belongs to", required=False),
            Column("name", "text", "name", personal=True),
            Column("email", "text", "e-mail address", personal=True),
            Column("phone", "text", "telephone number", personal=True),
            Column("demographic_data", "json", "further attributes as a JSON object"),
            Column("country", "category", "country"),
            Column("account_created_date", "timestamp", "when the customer joined"),
            Column("current_tier", "category", "tier or plan family"),
            Column("acquisition_channel", "category", "how the customer was won"),
        ),
        "One row per customer and version of what we know about them.",
        references_customer=False,
    ),
    Table(
        "subscriptions",
        "subscription_id",
        "started_at",
        (
            _id("subscription_id", "the contract"),
            CUSTOMER_ID,
            Column("plan", "category", "plan"),
            Column("mrr", "money", "recurring revenue per month", minimum=0),
            Column("currency", "category", "ISO 4217 code"),
            Column("started_at", "timestamp", "start of the contract", required=True),
            Column("current_period_end", "timestamp", "end of the period paid for; may lie in the future"),
            Column(
                "cancel_requested_at",
                "timestamp",
                "when the customer asked to cancel",
                known_from="cancel_requested_at",
            ),
            Column("ended_at", "timestamp", "end of the contract", known_from="ended_at"),
            Column(
                "end_reason",
                "category",
                "why it ended",
                known_from="ended_at",
                allowed=("voluntary", "payment", "other"),
            ),
        ),
        "Contracts. A business without contracts has none.",
    ),
    Table(
        "transactions",
        "transaction_id",
        "date",
        (
            _id("transaction_id", "the payment, invoice or invoice line"),
            CUSTOMER_ID,
            Column("amount", "money", "amount; negative only for a refund", required=True),
            Column("currency", "category", "ISO 4217 code"),
            Column("date", "timestamp", "when it happened", required=True),
            _id("product_id", "what was bought", required=False),
            Column("payment_method", "category", "how it was paid"),
            Column("status", "category", "what became of it", allowed=("succeeded", "failed", "refunded")),
        ),
        "Payments, invoices or baskets.",
    ),
    Table(
        "events",
        "event_id",
        "timestamp",
        (
            _id("event_id", "the event"),
            CUSTOMER_ID,
            Column("event_type", "category", "what was done, e.g. login, export, api_call", required=True),
            Column("timestamp", "timestamp", "when", required=True),
            Column("metadata", "json", "further attributes as a JSON object"),
        ),
        "Usage of the product.",
    ),
    Table(
        "tickets",
        "ticket_id",
        "opened_at",
        (
            _id("ticket_id", "the ticket"),
            CUSTOMER_ID,
            Column("issue_type", "category", "subject class"),
            Column("opened_at", "timestamp", "when it was opened", required=True),
            Column("resolved_at", "timestamp", "when it was resolved", known_from="resolved_at"),
            Column("resolution_time", "number", "hours to resolution", known_from="resolved_at", minimum=0),
            Column("sentiment_score", "number", "tone of the customer", minimum=-1, maximum=1),
            Column("text", "text", "the customer's words", personal=True),
        ),
        "Support interactions.",
    ),
    Table(
        "interventions",
        "decision_id",
        "executed_at",
        (
            _id("decision_id", "the decision"),
            CUSTOMER_ID,
            _id("campaign_id", "the campaign", required=False),
            Column("incentive", "category", "id in the catalogue, or none", required=True),
            Column("cost", "money", "cost of the incentive", minimum=0),
            Column("propensities", "json", "probability of each action, as a JSON object"),
            Column("propensity", "probability", "probability of the action taken", minimum=0, maximum=1),
            Column("policy_version", "category", "the policy that decided"),
            Column("held_out", "boolean", "left alone at random, to measure against"),
            Column("executed_at", "timestamp", "when", required=True),
        ),
        "What was done for whom, with the probability of having done it.",
    ),
    Table(
        "outcomes",
        "outcome_id",
        "observed_at",
        (
            _id("outcome_id", "the outcome"),
            _id("decision_id", "the decision it belongs to", required=False),
            CUSTOMER_ID,
            Column("retained", "boolean", "whether the customer stayed", required=True),
            Column("revenue", "money", "revenue since the decision"),
            Column("observed_at", "timestamp", "when it was observed", required=True),
        ),
        "What became of the customer.",
    ),
    Table(
        "consents",
        "consent_id",
        "valid_from",
        (
            _id("consent_id", "the consent"),
            CUSTOMER_ID,
            Column("channel", "category", "e-mail, sms, …", required=True),
            Column("purpose", "category", "what for", required=True),
            Column("granted", "boolean", "yes or withdrawn", required=True),
            Column("valid_from", "timestamp", "since when", required=True),
        ),
        "What the customer allowed.",
    ),
)

SYSTEM_TABLES: tuple[Table, ...] = (
    Table(
        "supersessions",
        "row_key",
        "superseded_at",
        (
            Column("table_name", "category", "the table of the corrected row", required=True),
            _id("row_key", "key of the corrected row"),
            Column("row_recorded_at", "timestamp", "which version of it", required=True),
            Column("superseded_at", "timestamp", "when a newer version was learned", required=True),
        ),
        "Which version of a row was replaced when; facts themselves are never changed.",
        references_customer=False,
    ),
    Table(
        "loads",
        "load_id",
        "loaded_at",
        (
            _id("load_id", "one load of one file into one table"),
            Column("source", "category", "the source's name", required=True),
            Column("table_name", "category", "the table loaded", required=True),
            Column("file", "text", "path of the file", required=True),
            Column("fingerprint", "category", "content hash of file and mapping", required=True),
            Column("rows_read", "number", "rows read"),
            Column("rows_loaded", "number", "rows added"),
            Column("rows_unchanged", "number", "rows already known"),
            Column("rows_corrected", "number", "newer versions of known rows"),
            Column("rows_quarantined", "number", "rows set aside"),
            Column("report", "json", "counts by reason, and what was assumed"),
            Column("loaded_at", "timestamp", "when", required=True),
        ),
        "What was loaded from where.",
        references_customer=False,
    ),
    Table(
        "quarantine",
        "quarantine_id",
        "quarantined_at",
        (
            _id("quarantine_id", "one row set aside"),
            Column("source", "category", "the source's name", required=True),
            Column("table_name", "category", "the table it was meant for", required=True),
            Column("file", "text", "path of the file"),
            Column("row_number", "number", "row in the file, the first row of data being 1"),
            Column("column_name", "category", "the offending column"),
            Column("value", "text", "the raw value"),
            Column("reason", "category", "a stable code for why", required=True),
            Column("detail", "text", "why, in words"),
            Column("raw", "json", "the whole raw row"),
            Column("load_id", "id", "the load that set it aside"),
            Column("quarantined_at", "timestamp", "when", required=True),
        ),
        "Rows that were not loaded, whole, with the reason.",
        references_customer=False,
    ),
    Table(
        "quarantine_releases",
        "quarantine_id",
        "released_at",
        (
            _id("quarantine_id", "the row that was set aside"),
            Column("outcome", "category", "replayed or dismissed", required=True),
            Column("released_at", "timestamp", "when", required=True),
        ),
        "Quarantined rows that were loaded after all.",
        references_customer=False,
    ),
    Table(
        "daily_partials",
        "table_name",
        None,
        (
            _id("table_name", "the table whose rows were added up"),
            Column(
                "state", "json", "columns, numbered kinds, and which corrections were seen", required=True
            ),
        ),
        "What the partials per customer and day (`daily_events`, …) hold; absent while they change.",
        references_customer=False,
    ),
    Table(
        "daily_ledger",
        "known",
        "known",
        (
            Column("table_name", "category", "the table whose rows were added up", required=True),
            Column("known", "timestamp", "the midnight from which the rows were known", required=True),
            Column("rows", "number", "how many", required=True),
            Column(
                "checksum", "number", "sum of their seconds since 1970, each modulo 1,000,003", required=True
            ),
        ),
        "Which rows the partials hold, by the day on which they became known.",
        references_customer=False,
    ),
)
"""Retinue's own bookkeeping in the warehouse; these tables have no `source`/`recorded_at` added."""

BOOKKEEPING: tuple[Column, ...] = (
    Column("source", "category", "the source the row came from", required=True),
    Column("recorded_at", "timestamp", "when we learned the row", required=True),
)
"""Columns that every table has beside its own."""

_BY_NAME = {t.name: t for t in TABLES}


def table(name: str) -> Table:
    """The table of that name.

    >>> table("tickets").key
    'ticket_id'
    """
    return _BY_NAME[name]
