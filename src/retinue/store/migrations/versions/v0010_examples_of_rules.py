"""A version of the rules keeps the examples that it was put to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from retinue.store.words import long_words

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.add_column("rules", sa.Column("examples", long_words(), nullable=True))


def downgrade() -> None:
    """Back to the version before."""
    op.drop_column("rules", "examples")
