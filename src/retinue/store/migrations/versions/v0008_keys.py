"""The keysets of the store, and one data key for each customer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from retinue.errors import ArtefactError
from retinue.store.words import long_words, words

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "keysets",
        sa.Column("purpose", words(20), nullable=False),
        sa.Column("kek", words(300), nullable=False),
        sa.Column("wrapped", long_words(), nullable=False),
        sa.Column("made", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("primary_id", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("purpose", "kek"),
    )
    op.create_table(
        "subject_keys",
        sa.Column("customer_id", words(200), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id"),
    )
    op.create_index("ix_subject_keys_key_id", "subject_keys", ["key_id"])


def downgrade() -> None:
    """Back to the version before; refused once something is sealed, which could not be opened then."""
    bind = op.get_bind()
    for table in ("subject_keys", "keysets"):
        if bind.scalar(sa.text(f"SELECT count(*) FROM {table}")):
            raise ArtefactError(
                "Sealed values would be lost: the version before knows no keysets.",
                where=f"store, table {table}",
                fix="Restore the copy that was made before the migration.",
            )
    op.drop_index("ix_subject_keys_key_id", table_name="subject_keys")
    op.drop_table("subject_keys")
    op.drop_table("keysets")
