"""Outcomes that were reported are found by their customer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from retinue.store.words import words

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TABLE, _INDEX = "inbox_outcomes", "ix_inbox_outcomes_customer_id"


def upgrade() -> None:
    """To this version."""
    op.add_column(_TABLE, sa.Column("customer_id", words(200), nullable=True))
    named = "body ->> 'customer_id'" if _on_server() else "json_extract(body, '$.customer_id')"
    op.execute(f"UPDATE {_TABLE} SET customer_id = {named}")
    op.create_index(_INDEX, _TABLE, ["customer_id"])


def downgrade() -> None:
    """Back to the version before."""
    op.drop_index(_INDEX, table_name=_TABLE)
    op.drop_column(_TABLE, "customer_id")


def _on_server() -> bool:
    return op.get_bind().dialect.name == "postgresql"
