"""Read by Alembic: migrations run on the connection, and in the transaction, of whoever asked."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import String, Text

from retinue.store.base import declared
from retinue.store.versions import VERSION_TABLE


def rendered(kind: str, found: Any, written: AutogenContext) -> str | Literal[False]:
    """A column of text as migrations write it."""
    if kind != "type" or not isinstance(found, String):
        return False
    name = "long_words" if isinstance(found, Text) else "words"
    written.imports.add(f"from retinue.store.words import {name}")
    return f"{name}({found.length or ''})"


def run_migrations() -> None:
    """Run what was asked for."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=declared().metadata,
        version_table=VERSION_TABLE,
        render_as_batch=True,
        compare_type=True,
        render_item=rendered,
    )
    with context.begin_transaction():
        context.run_migrations()


if __name__ == "env_py":  # the name under which Alembic reads it
    run_migrations()
