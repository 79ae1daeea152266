"""Contacts from a file into the store: where customers can be reached.

Columns by name: `customer_id`, and any of `name`, `email`, `phone`, `push_id`, `language`, `timezone`,
`preferred`; a column `SYSTEM_id` is the customer's id in that system, such as `stripe_id`. Others are left
alone. A row that cannot be used is named with its reason, and stays where it is: in the file.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from retinue.errors import DataError, UsageError
from retinue.store.contacts import Known, keep_contacts

if TYPE_CHECKING:
    from retinue.store import Store

__all__ = ["ContactsReport", "load_contacts"]

_FIELDS = ("name", "email", "phone", "push_id", "language", "timezone", "preferred")
_READERS = {
    ".csv": "read_csv(?, all_varchar = true, header = true)",
    ".gz": "read_csv(?, all_varchar = true, header = true)",
    ".parquet": "read_parquet(?)",
    ".ndjson": "read_json(?, format = 'newline_delimited')",
    ".jsonl": "read_json(?, format = 'newline_delimited')",
}
_EMAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\".]{2,}")
_PHONE = re.compile(r"\+?[\d\s().-]{5,20}")


@dataclass
class ContactsReport:
    """How a load went. rejected: row (counted from 1) and reason, without the value."""

    read: int = 0
    kept: int = 0
    ignored: tuple[str, ...] = ()
    rejected: list[tuple[int, str]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "read": self.read,
            "kept": self.kept,
            "ignored_columns": list(self.ignored),
            "rejected": [{"row": row, "reason": reason} for row, reason in self.rejected],
        }


def load_contacts(
    store: Store,
    path: Path,
    *,
    clock: datetime,
    erased: Callable[[str], bool] = lambda _: False,
) -> ContactsReport:
    """Keep the contacts of a file, each in place of what was known of the customer before.

    erased: whether a customer was erased; such rows are refused.

    Raises DataError when the file cannot be read or has no `customer_id`, UsageError for another format.
    """
    if path.suffix.lower() not in _READERS:
        raise UsageError(
            f"'{path.name}' is of no format that can be loaded.",
            where=str(path),
            fix="Give a .csv, .csv.gz, .parquet or .ndjson file.",
        )
    if not path.is_file():
        raise DataError(f"There is no file '{path}'.", where=str(path), fix="Correct the path.")
    report = ContactsReport()
    with path.open("rb") as file:
        source = hashlib.file_digest(file, "sha256").hexdigest()
    report.kept = keep_contacts(store, _contacts(path, report, erased), clock=clock, source=source)
    return report


def _contacts(path: Path, report: ContactsReport, erased: Callable[[str], bool]) -> Iterator[Known]:
    import duckdb

    with duckdb.connect() as connection:
        try:
            found = connection.execute(f"SELECT * FROM {_READERS[path.suffix.lower()]}", [str(path)])
            names = [str(column[0]).strip().lower() for column in found.description or ()]
            if "customer_id" not in names:
                raise DataError(
                    "There is no column customer_id.",
                    where=str(path),
                    fix=f"Name it so; the file has {', '.join(names)}.",
                )
            report.ignored = tuple(n for n in names if n not in ("customer_id", *_FIELDS) and not _system(n))
            while rows := found.fetchmany(10_000):
                for row in rows:
                    report.read += 1
                    values = dict(zip(names, map(_text, row), strict=True))
                    reason = _wrong(values)
                    if not reason and erased(str(values["customer_id"])):
                        reason = "the customer was erased"
                    if reason:
                        report.rejected.append((report.read, reason))
                    else:
                        yield _known(values)
        except duckdb.Error as error:
            raise DataError(
                "The contacts cannot be read.",
                where=str(path),
                fix=f"{str(error).splitlines()[0]}: mend the file.",
            ) from error


def _known(values: dict[str, str | None]) -> Known:
    ids = {_system(name): value for name, value in values.items() if value and _system(name)}
    return Known(
        str(values["customer_id"]),
        ids={system: value for system, value in ids.items() if system},
        **{name: values.get(name) for name in _FIELDS},
    )


def _wrong(values: dict[str, str | None]) -> str:
    """Why a row cannot be used; empty when it can. Never shows the value."""
    if not values["customer_id"]:
        return "customer_id is empty"
    email, phone, zone = values.get("email"), values.get("phone"), values.get("timezone")
    if email and not _EMAIL.fullmatch(email):
        return "email is no address"
    if phone and not _PHONE.fullmatch(phone):
        return "phone is no number"
    if zone:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            return "timezone is not a name like Europe/Berlin"
    return ""


def _system(column: str) -> str:
    """The system whose ids a column holds; empty for another column."""
    plain = column not in ("customer_id", "account_id", "push_id") and column.endswith("_id")
    return column.removesuffix("_id") if plain else ""


def _text(value: object) -> str | None:
    text = "" if value is None else str(value).strip()
    return text or None
