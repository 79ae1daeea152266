"""The audit trail, and the note of its end."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from retinue.store.history import protection, without_protection
from retinue.store.words import long_words, words

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_SAID = "the audit trail is only ever added to"


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "audit",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            autoincrement=False,
        ),
        sa.Column("at", words(27), nullable=False),
        sa.Column("actor", words(200), nullable=False),
        sa.Column("action", words(60), nullable=False),
        sa.Column("kind", words(40), nullable=False),
        sa.Column("object_id", words(300), nullable=False),
        sa.Column("detail", long_words(), nullable=False),
        sa.Column("previous", words(64), nullable=False),
        sa.Column("hash", words(64), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("ix_audit_object_id", "audit", ["object_id"])
    op.create_table(
        "audit_head",
        sa.Column("place", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("hash", words(64), nullable=False),
        sa.PrimaryKeyConstraint("place"),
    )
    for statement in protection("audit", _SAID, op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    """Back to the version before."""
    for statement in without_protection("audit", op.get_bind().dialect.name):
        op.execute(statement)
    op.drop_table("audit_head")
    op.drop_index("ix_audit_object_id", table_name="audit")
    op.drop_table("audit")
