"""Applications, what users granted to them, and the keys that sign tokens."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from retinue.store.words import words

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TABLES = (
    "signing_keys",
    "oauth_revoked_tokens",
    "oauth_refresh_tokens",
    "oauth_grants",
    "oauth_codes",
    "oauth_clients",
)


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "oauth_clients",
        sa.Column("client_id", words(64), nullable=False),
        sa.Column("name", words(100), nullable=False),
        sa.Column("sha256", words(64), nullable=True),
        sa.Column("redirect_uris", sa.JSON(), nullable=False),
        sa.Column("role", words(20), nullable=True),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("disabled_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("client_id"),
    )
    op.create_table(
        "oauth_codes",
        sa.Column("sha256", words(64), nullable=False),
        sa.Column("client_id", words(64), nullable=False),
        sa.Column("user_id", words(40), nullable=False),
        sa.Column("redirect_uri", words(1000), nullable=False),
        sa.Column("challenge", words(64), nullable=False),
        sa.Column("scope", words(2000), nullable=False),
        sa.Column("nonce", words(200), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("grant_id", words(40), nullable=True),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_index("ix_oauth_codes_expires_at", "oauth_codes", ["expires_at"])
    op.create_table(
        "oauth_grants",
        sa.Column("grant_id", words(40), nullable=False),
        sa.Column("client_id", words(64), nullable=False),
        sa.Column("user_id", words(40), nullable=False),
        sa.Column("scope", words(2000), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("grant_id"),
    )
    op.create_index("ix_oauth_grants_client_id", "oauth_grants", ["client_id"])
    op.create_index("ix_oauth_grants_user_id", "oauth_grants", ["user_id"])
    op.create_table(
        "oauth_refresh_tokens",
        sa.Column("sha256", words(64), nullable=False),
        sa.Column("grant_id", words(40), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_index("ix_oauth_refresh_tokens_grant_id", "oauth_refresh_tokens", ["grant_id"])
    op.create_table(
        "oauth_revoked_tokens",
        sa.Column("jti", words(64), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("jti"),
    )
    op.create_index("ix_oauth_revoked_tokens_expires_at", "oauth_revoked_tokens", ["expires_at"])
    op.create_table(
        "signing_keys",
        sa.Column("kid", words(64), nullable=False),
        sa.Column("public", sa.JSON(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("ends_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("kid"),
    )


def downgrade() -> None:
    """Back to the version before: whoever is signed in must sign in again."""
    for table in _TABLES:
        op.drop_table(table)
