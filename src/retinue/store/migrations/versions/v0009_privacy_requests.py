"""Requests of customers about their data."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from retinue.store.words import words

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_INDEXED = ("kind", "customer_id", "state", "due_at")


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "privacy_requests",
        sa.Column("request_id", words(40), nullable=False),
        sa.Column("kind", words(20), nullable=False),
        sa.Column("customer_id", words(200), nullable=False),
        sa.Column("subject", words(64), nullable=True),
        sa.Column("state", words(10), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("received_by", words(200), nullable=False),
        sa.Column("handled_by", words(200), nullable=True),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.Column("reason", words(2000), nullable=False),
        sa.Column("result_sha256", words(64), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("request_id"),
    )
    for column in _INDEXED:
        op.create_index(f"ix_privacy_requests_{column}", "privacy_requests", [column])


def downgrade() -> None:
    """Back to the version before."""
    for column in _INDEXED:
        op.drop_index(f"ix_privacy_requests_{column}", table_name="privacy_requests")
    op.drop_table("privacy_requests")
