"""A step of a delivery is never rewritten; those of a campaign that never ran may still be taken out."""

from __future__ import annotations

from alembic import op

from retinue.store.history import protection, without_protection

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TABLE, _SAID, _CHANGES = "delivery_steps", "the history of deliveries is only ever added to", ("UPDATE",)


def upgrade() -> None:
    """To this version."""
    for statement in protection(_TABLE, _SAID, op.get_bind().dialect.name, _CHANGES):
        op.execute(statement)


def downgrade() -> None:
    """Back to the version before."""
    for statement in without_protection(_TABLE, op.get_bind().dialect.name, _CHANGES):
        op.execute(statement)
