"""Every error Retinue raises on purpose.

```
RetinueError                 what went wrong, where, why, and how to mend it
├── UsageError               the command or call was wrong (exit code 2)
│   ├── SettingsError        a key of retinue.toml or RETINUE_… is unknown or ill-typed
│   ├── RulesError           a table of rules cannot be used as it is written
│   ├── NotFoundError        nothing has the name that was given
│   ├── StateError           it is there, and in another state than what was asked needs
│   └── LimitError           whoever asks may not approve so much
├── DataError                the data cannot be used as they are
│   ├── MappingError         a mapping names a column or cast that does not fit the file
│   ├── NotEnoughData        too few rows or outcomes for what was asked
│   └── WarehouseBusy        another process holds the warehouse
├── ArtefactError            a stored model, receipt or run is missing or was altered
├── AuditError               an act cannot be put on record, and so did not happen
├── BudgetError              an action would spend more than was granted
├── StoreUnavailable         the store does not answer, or others write to it; ask again later
├── PluginError              a source, channel or engine cannot be loaded
└── RequestError             a request to the service cannot be answered; carries the HTTP status
```

Each carries a stable `code` (`RTN-…`) that the documentation explains.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

__all__ = [
    "ArtefactError",
    "AuditError",
    "BudgetError",
    "DataError",
    "LimitError",
    "MappingError",
    "NotEnoughData",
    "NotFoundError",
    "PluginError",
    "RequestError",
    "RetinueError",
    "RulesError",
    "SettingsError",
    "StateError",
    "StoreUnavailable",
    "UsageError",
    "WarehouseBusy",
]


class RetinueError(Exception):
    """The root of the tree.

    Parameters
    ----------
    what: one sentence that says what went wrong.
    where: file, line, table, column or command; empty when there is no place to point at.
    fix: what the reader can do about it.

    >>> print(RetinueError("No data found.", where="folder x", fix="Point --data at a folder of tables."))
    No data found.
      where: folder x
      fix:   Point --data at a folder of tables.
    """

    code = "RTN-0000"
    exit_code = 1

    def __init__(self, what: str, *, where: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.fix = fix

    def __str__(self) -> str:
        lines = [self.what]
        if self.where:
            lines.append(f"  where: {self.where}")
        if self.fix:
            lines.append(f"  fix:   {self.fix}")
        return "\n".join(lines)

    def as_dict(self) -> dict[str, str]:
        """The same facts for `--json` and for the API."""
        return {"code": self.code, "what": self.what, "where": self.where, "fix": self.fix}


class UsageError(RetinueError):
    """The command or call was wrong."""

    code = "RTN-0100"
    exit_code = 2


class SettingsError(UsageError):
    """A setting is unknown or of the wrong type."""

    code = "RTN-0110"


class RulesError(UsageError):
    """A table of rules cannot be used as it is written."""

    code = "RTN-0120"


class NotFoundError(UsageError):
    """Nothing has the name that was given."""

    code = "RTN-0130"


class StateError(UsageError):
    """What was named is in another state than what was asked needs."""

    code = "RTN-0140"


class LimitError(UsageError):
    """Whoever asks may not approve so much."""

    code = "RTN-0150"


class DataError(RetinueError):
    """The data cannot be used as they are."""

    code = "RTN-0200"


class MappingError(DataError):
    """A mapping does not fit the file it is for."""

    code = "RTN-0210"


class NotEnoughData(DataError):
    """Too few rows or outcomes for what was asked."""

    code = "RTN-0220"


class WarehouseBusy(DataError):
    """Another process holds the warehouse; what was asked can be asked again later."""

    code = "RTN-0230"


class ArtefactError(RetinueError):
    """A stored model, receipt or run is missing or was altered."""

    code = "RTN-0300"


class AuditError(RetinueError):
    """The audit trail cannot be written, so that what was to be recorded did not happen."""

    code = "RTN-0320"


class StoreUnavailable(RetinueError):
    """The store does not answer, or others write to it for too long; what was asked can be asked again.

    Of what was to be written nothing is, unless the connection was lost in the very moment of keeping it.
    """

    code = "RTN-0310"


class BudgetError(RetinueError):
    """An action would spend more than was granted."""

    code = "RTN-0400"


class PluginError(RetinueError):
    """A source, channel or engine cannot be loaded."""

    code = "RTN-0500"


class RequestError(RetinueError):
    """A request to the service cannot be answered.

    status: the HTTP status. after: seconds to wait before another try, where that helps. problems: what is
    wrong with which part of the body, as `{"pointer": "/0/retained", "detail": "…"}`.
    """

    code = "RTN-0600"

    def __init__(
        self,
        what: str,
        *,
        status: int = 400,
        where: str = "",
        fix: str = "",
        after: float | None = None,
        problems: Sequence[Mapping[str, str]] = (),
    ) -> None:
        super().__init__(what, where=where, fix=fix)
        self.status = status
        self.after = after
        self.problems = tuple(problems)
