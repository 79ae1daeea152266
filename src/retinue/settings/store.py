"""The section `[store]`: where runs, campaigns, money, reviews and deliveries are kept."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from retinue.settings.base import Section

__all__ = ["StoreSettings"]


class StoreSettings(Section):
    """The store is a file in the workspace, or a PostgreSQL database that several machines share."""

    url: str | None = Field(
        None,
        min_length=1,
        repr=False,
        description="where the store is: a database such as `postgresql://user:password@host:5432/retinue` "
        "(best given as `${DATABASE_URL}`; `?sslmode=verify-full&sslrootcert=CA` for TLS), or a file; "
        "default .retinue/store.sqlite",
    )

    def place(self, root: Path, state: Path) -> Path | str:
        """A file, or a database's URL. root: the workspace; state: its folder for what Retinue makes.

        Raises SettingsError when a variable is not set.
        """
        from retinue.settings.load import expand_variables  # it builds on this module

        if self.url is None:
            return state / "store.sqlite"
        given = expand_variables(self.url)
        return given if "://" in given else root / given
