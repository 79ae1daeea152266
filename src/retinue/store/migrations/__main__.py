"""Writes the next migration: what the tables declared in `retinue.store` have more than the last version.

python -m retinue.store.migrations "what is new"

Read what it writes: it knows nothing of the rows that are there, nor of the triggers that protect a history
(`retinue.store.history`). Then raise STORE_VERSION.
"""

from __future__ import annotations

import sys

from sqlalchemy import create_engine

from retinue.store.migrating import bring, configured

if __name__ == "__main__":
    from alembic import command
    from alembic.script import ScriptDirectory

    with create_engine("sqlite://").connect() as scratch:
        config = configured(scratch)
        newest = ScriptDirectory.from_config(config).get_current_head() or "0000"
        if newest != "0000":
            bring(scratch, newest)
        command.revision(config, sys.argv[1], autogenerate=True, rev_id=f"{int(newest) + 1:04}")
