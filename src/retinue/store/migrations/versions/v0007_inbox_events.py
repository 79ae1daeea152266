"""Usage events that were reported and wait to be loaded."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from retinue.store.words import words

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TABLE, _INDEX = "inbox_events", "ix_inbox_events_collected_at"


def upgrade() -> None:
    """To this version."""
    op.create_table(
        _TABLE,
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("sha256", words(64), nullable=False),
        sa.Column("many", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("collected_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index(_INDEX, _TABLE, ["collected_at"])


def downgrade() -> None:
    """Back to the version before."""
    op.drop_index(_INDEX, table_name=_TABLE)
    op.drop_table(_TABLE)
