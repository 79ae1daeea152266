"""Predictions of many customers as jobs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from retinue.store.words import words

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TABLE = "prediction_jobs"
_INDEXED = ("created_at", "owner", "state")


def upgrade() -> None:
    """To this version."""
    op.create_table(
        _TABLE,
        sa.Column("job_id", words(40), nullable=False),
        sa.Column("owner", words(200), nullable=False),
        sa.Column("state", words(10), nullable=False),
        sa.Column("run", words(64), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("place", sa.JSON(), nullable=False),
        sa.Column("claimed_by", words(200), nullable=True),
        sa.Column("lease_until", sa.DateTime(), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("error", words(500), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=True),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.Column("expires_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("job_id"),
    )
    for column in _INDEXED:
        op.create_index(f"ix_{_TABLE}_{column}", _TABLE, [column])


def downgrade() -> None:
    """Back to the version before."""
    for column in _INDEXED:
        op.drop_index(f"ix_{_TABLE}_{column}", table_name=_TABLE)
    op.drop_table(_TABLE)
