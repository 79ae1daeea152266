"""The tables as they were when versions began to be numbered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from retinue.store.history import protection, without_protection
from retinue.store.words import long_words, words

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_HISTORIES = {
    "alert_events": "the history of alerts is only ever added to",
    "campaign_moves": "the history of campaigns is only ever added to",
    "review_steps": "the history of reviews is only ever added to",
    "rollout_sizes": "the history of the roll-out is only ever added to",
    "rollout_steps": "the history of the roll-out is only ever added to",
    "rules": "versions of the rules are only ever added",
    "switches": "the history of stops is only ever added to",
}
_TABLES = (
    "users",
    "switches",
    "suppressed",
    "runs",
    "rules",
    "rollout_steps",
    "rollout_sizes",
    "reviews",
    "review_steps",
    "responses",
    "request_counts",
    "policies",
    "job_runs",
    "job_plans",
    "inbox_outcomes",
    "idempotency_keys",
    "delivery_steps",
    "deliveries",
    "decision_fates",
    "contacts",
    "consent_words",
    "cancel_moments",
    "campaigns",
    "campaign_moves",
    "budget_grants",
    "budget_entries",
    "budget_accounts",
    "api_keys",
    "alerts",
    "alert_events",
)


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "alert_events",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("alert", words(50), nullable=False),
        sa.Column("what", words(10), nullable=False),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("words", words(500), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("ix_alert_events_alert", "alert_events", ["alert"])
    op.create_table(
        "alerts",
        sa.Column("alert", words(50), nullable=False),
        sa.Column("state", words(10), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("looked_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("alert"),
    )
    op.create_table(
        "api_keys",
        sa.Column("key_id", words(40), nullable=False),
        sa.Column("name", words(100), nullable=False),
        sa.Column("sha256", words(64), nullable=False),
        sa.Column("role", words(20), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_by", words(200), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("key_id"),
    )
    op.create_table(
        "budget_accounts",
        sa.Column("scope", words(200), nullable=False),
        sa.Column("most", sa.BigInteger(), nullable=True),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope"),
    )
    op.create_table(
        "budget_entries",
        sa.Column("decision_id", words(64), nullable=False),
        sa.Column("run_id", words(64), nullable=False),
        sa.Column("tier", words(100), nullable=False),
        sa.Column("month", words(7), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("state", words(10), nullable=False),
        sa.Column("reserved_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("decision_id"),
    )
    op.create_index("ix_budget_entries_run_id", "budget_entries", ["run_id"])
    op.create_index("ix_budget_entries_state", "budget_entries", ["state"])
    op.create_table(
        "budget_grants",
        sa.Column("request", words(64), nullable=False),
        sa.Column("given", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("request"),
    )
    op.create_table(
        "campaign_moves",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("campaign_id", words(64), nullable=False),
        sa.Column("state", words(10), nullable=False),
        sa.Column("before", words(10), nullable=False),
        sa.Column("plan_sha256", words(64), nullable=True),
        sa.Column("who", words(200), nullable=False),
        sa.Column("reason", words(2000), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("ix_campaign_moves_campaign_id", "campaign_moves", ["campaign_id"])
    op.create_table(
        "campaigns",
        sa.Column("campaign_id", words(64), nullable=False),
        sa.Column("run_id", words(64), nullable=False),
        sa.Column("as_of", sa.DateTime(), nullable=False),
        sa.Column("state", words(10), nullable=False),
        sa.Column("plan", sa.LargeBinary(), nullable=True),
        sa.Column("plan_sha256", words(64), nullable=True),
        sa.Column("approved_sha256", words(64), nullable=True),
        sa.Column("approved_by", words(200), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("campaign_id"),
    )
    op.create_index("ix_campaigns_state", "campaigns", ["state"])
    op.create_table(
        "cancel_moments",
        sa.Column("occasion_id", words(40), nullable=False),
        sa.Column("customer_id", words(200), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.Column("reason", words(40), nullable=True),
        sa.Column("answer", words(10), nullable=False),
        sa.Column("rule", words(40), nullable=False),
        sa.Column("offer", sa.JSON(), nullable=True),
        sa.Column("decision_id", words(64), nullable=True),
        sa.Column("repeats", words(40), nullable=True),
        sa.Column("receipt", sa.LargeBinary(), nullable=True),
        sa.Column("choice", words(10), nullable=True),
        sa.Column("chosen_at", sa.DateTime(), nullable=True),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("collected", sa.Integer(), nullable=False),
        sa.Column("planned_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("occasion_id"),
    )
    op.create_index("ix_cancel_moments_choice", "cancel_moments", ["choice"])
    op.create_index("ix_cancel_moments_customer_id", "cancel_moments", ["customer_id"])
    op.create_index("ix_cancel_moments_decision_id", "cancel_moments", ["decision_id"])
    op.create_index("ix_cancel_moments_opened_at", "cancel_moments", ["opened_at"])
    op.create_table(
        "consent_words",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("consent_id", words(200), nullable=False),
        sa.Column("customer_id", words(200), nullable=False),
        sa.Column("channel", words(100), nullable=False),
        sa.Column("purpose", words(100), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.DateTime(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("copied", sa.Boolean(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("consent_id", "granted", "valid_from"),
    )
    op.create_index("ix_consent_words_consent_id", "consent_words", ["consent_id"])
    op.create_index("ix_consent_words_customer_id", "consent_words", ["customer_id"])
    op.create_index("ix_consent_words_told", "consent_words", ["told"])
    op.create_table(
        "contacts",
        sa.Column("customer_id", words(200), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id"),
    )
    op.create_table(
        "decision_fates",
        sa.Column("decision_id", words(64), nullable=False),
        sa.Column("campaign_id", words(64), nullable=False),
        sa.Column("made", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("decision_id"),
    )
    op.create_table(
        "deliveries",
        sa.Column("delivery_id", words(64), nullable=False),
        sa.Column("decision_id", words(64), nullable=False),
        sa.Column("campaign_id", words(64), nullable=False),
        sa.Column("customer_id", words(200), nullable=False),
        sa.Column("channel", words(100), nullable=False),
        sa.Column("kind", words(10), nullable=False),
        sa.Column("purpose", words(100), nullable=False),
        sa.Column("after", words(64), nullable=True),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("planned_cents", sa.BigInteger(), nullable=False),
        sa.Column("cost_cents", sa.BigInteger(), nullable=True),
        sa.Column("state", words(10), nullable=False),
        sa.Column("reason", words(500), nullable=False),
        sa.Column("planned_at", sa.DateTime(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("owner", words(100), nullable=True),
        sa.Column("lease_until", sa.DateTime(), nullable=True),
        sa.Column("announced_at", sa.DateTime(), nullable=True),
        sa.Column("request", sa.LargeBinary(), nullable=True),
        sa.Column("first_try_at", sa.DateTime(), nullable=True),
        sa.Column("over", sa.Boolean(), nullable=False),
        sa.Column("reference", words(200), nullable=True),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id"),
    )
    op.create_index("ix_deliveries_campaign_id", "deliveries", ["campaign_id"])
    op.create_index("ix_deliveries_customer_id", "deliveries", ["customer_id"])
    op.create_index("ix_deliveries_decision_id", "deliveries", ["decision_id"])
    op.create_index("ix_deliveries_due_at", "deliveries", ["due_at"])
    op.create_index("ix_deliveries_reference", "deliveries", ["reference"])
    op.create_index("ix_deliveries_waiting", "deliveries", ["state", "due_at", "delivery_id"])
    op.create_table(
        "delivery_steps",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("delivery_id", words(64), nullable=False),
        sa.Column("before", words(10), nullable=False),
        sa.Column("state", words(10), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("owner", words(100), nullable=True),
        sa.Column("reason", words(500), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("ix_delivery_steps_delivery_id", "delivery_steps", ["delivery_id"])
    op.create_table(
        "idempotency_keys",
        sa.Column("scope", words(100), nullable=False),
        sa.Column("key", words(200), nullable=False),
        sa.Column("body", words(64), nullable=False),
        sa.Column("claimed_at", sa.DateTime(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", long_words(), nullable=True),
        sa.PrimaryKeyConstraint("scope", "key"),
    )
    op.create_index("ix_idempotency_keys_claimed_at", "idempotency_keys", ["claimed_at"])
    op.create_table(
        "inbox_outcomes",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("outcome_id", words(200), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("content", words(64), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("collected_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("ix_inbox_outcomes_collected_at", "inbox_outcomes", ["collected_at"])
    op.create_index("ix_inbox_outcomes_outcome_id", "inbox_outcomes", ["outcome_id"])
    op.create_table(
        "job_plans",
        sa.Column("job", words(50), nullable=False),
        sa.Column("cron", words(200), nullable=False),
        sa.Column("timezone", words(100), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("job"),
    )
    op.create_table(
        "job_runs",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("job", words(50), nullable=False),
        sa.Column("slot", sa.DateTime(), nullable=False),
        sa.Column("asked_by", words(10), nullable=False),
        sa.Column("state", words(10), nullable=False),
        sa.Column("claimed_by", words(200), nullable=True),
        sa.Column("lease_until", sa.DateTime(), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.DateTime(), nullable=True),
        sa.Column("started_at", sa.DateTime(), nullable=True),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("alert", words(), nullable=True),
        sa.Column("error", words(), nullable=True),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("job", "slot"),
    )
    op.create_index("ix_job_runs_state", "job_runs", ["state"])
    op.create_table(
        "policies",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("sha256", words(64), nullable=False),
        sa.Column("as_of", sa.DateTime(), nullable=False),
        sa.Column("state", words(10), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("verdict", sa.JSON(), nullable=True),
        sa.Column("reason", words(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "request_counts",
        sa.Column("minute", sa.DateTime(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("minute"),
    )
    op.create_table(
        "responses",
        sa.Column("channel", words(100), nullable=False),
        sa.Column("response_id", words(300), nullable=False),
        sa.Column("kind", words(20), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("delivery_id", words(100), nullable=True),
        sa.Column("reference", words(300), nullable=True),
        sa.Column("recipient", words(100), nullable=True),
        sa.Column("cents", sa.BigInteger(), nullable=True),
        sa.Column("currency", words(3), nullable=True),
        sa.PrimaryKeyConstraint("channel", "response_id"),
    )
    op.create_index("ix_responses_delivery_id", "responses", ["delivery_id"])
    op.create_index("ix_responses_kind", "responses", ["kind"])
    op.create_index("ix_responses_reference", "responses", ["reference"])
    op.create_table(
        "review_steps",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("decision_id", words(64), nullable=False),
        sa.Column("what", words(20), nullable=False),
        sa.Column("who", words(200), nullable=False),
        sa.Column("reason", words(2000), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("ix_review_steps_decision_id", "review_steps", ["decision_id"])
    op.create_table(
        "reviews",
        sa.Column("decision_id", words(64), nullable=False),
        sa.Column("campaign_id", words(64), nullable=False),
        sa.Column("customer_id", words(200), nullable=False),
        sa.Column("state", words(10), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("expected_cents", sa.BigInteger(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("case", sa.JSON(), nullable=False),
        sa.Column("offer", sa.JSON(), nullable=False),
        sa.Column("assigned_to", words(200), nullable=True),
        sa.Column("snoozed_until", sa.DateTime(), nullable=True),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("escalated", sa.Boolean(), nullable=False),
        sa.Column("first_by", words(200), nullable=True),
        sa.Column("answered_by", words(200), nullable=True),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        sa.Column("words", words(2000), nullable=False),
        sa.Column("code", words(40), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("decision_id"),
    )
    op.create_index("ix_reviews_assigned_to", "reviews", ["assigned_to"])
    op.create_index("ix_reviews_campaign_id", "reviews", ["campaign_id"])
    op.create_index("ix_reviews_customer_id", "reviews", ["customer_id"])
    op.create_index("ix_reviews_state", "reviews", ["state"])
    op.create_table(
        "rollout_sizes",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("phase", words(10), nullable=False),
        sa.Column("threshold", sa.Float(), nullable=False),
        sa.Column("active", sa.Integer(), nullable=False),
        sa.Column("salt", words(200), nullable=False),
        sa.Column("fixed_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("phase"),
    )
    op.create_table(
        "rollout_steps",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("phase", words(10), nullable=False),
        sa.Column("kind", words(10), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("who", words(200), nullable=False),
        sa.Column("reason", words(2000), nullable=False),
        sa.Column("overridden", sa.Boolean(), nullable=False),
        sa.Column("gate", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "rules",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("sha256", words(64), nullable=False),
        sa.Column("content", long_words(), nullable=False),
        sa.Column("state", words(5), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("who", words(200), nullable=False),
        sa.Column("reason", words(2000), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "runs",
        sa.Column("run_id", words(64), nullable=False),
        sa.Column("as_of", sa.DateTime(), nullable=False),
        sa.Column("campaign_date", words(10), nullable=False),
        sa.Column("campaign_number", sa.Integer(), nullable=False),
        sa.Column("summary", sa.JSON(), nullable=True),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("run_id"),
        sa.UniqueConstraint("campaign_date", "campaign_number"),
    )
    op.create_table(
        "suppressed",
        sa.Column("token", words(40), nullable=False),
        sa.Column("reason", words(200), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("token"),
    )
    op.create_table(
        "switches",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("action", words(6), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("who", words(200), nullable=False),
        sa.Column("reason", words(2000), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "users",
        sa.Column("user_id", words(40), nullable=False),
        sa.Column("name", words(64), nullable=False),
        sa.Column("password", words(200), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("disabled_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("user_id"),
        sa.UniqueConstraint("name"),
    )

    dialect = op.get_bind().dialect.name
    for table, said in _HISTORIES.items():
        for statement in protection(table, said, dialect):
            op.execute(statement)


def downgrade() -> None:
    """To no tables at all."""
    dialect = op.get_bind().dialect.name
    for table in _HISTORIES:
        for statement in without_protection(table, dialect):
            op.execute(statement)
    for table in _TABLES:
        op.drop_table(table)
