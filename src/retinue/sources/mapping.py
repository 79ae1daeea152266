"""What `[sources.NAME]` of a `files` source may say: how a file is read, where each column comes from."""

from __future__ import annotations

import hashlib
import json
import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

__all__ = ["ColumnRule", "FileSettings", "Lookup", "Scalar"]

Scalar = str | bool | int | float
Cast = Literal["text", "integer", "number", "boolean", "timestamp"]


def _zone(value: str) -> str:
    if value not in zoneinfo.available_timezones():
        raise ValueError(f"'{value}' is not a time zone; write one such as 'Europe/Berlin' or 'UTC'")
    return value


Zone = Annotated[str, BeforeValidator(_zone)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Lookup(_Part):
    """Take `value` from the row of another file whose `key` equals the value found."""

    file: str = Field(description="path of the other file; may use ${VARIABLES}")
    key: str
    value: str


class ColumnRule(_Part):
    """Where one target column comes from: exactly one of column, constant, expression or json."""

    column: str | None = Field(None, description="name of a column of the file")
    constant: Scalar | None = Field(None, description="the same value for every row")
    expression: str | None = Field(None, description="a scalar SQL expression over columns of the file")
    object_of: tuple[str, ...] | dict[str, str] | None = Field(
        None, alias="json", description="columns gathered into a JSON object; a table renames them"
    )
    lookup: Lookup | None = Field(None, description="find the value in another file")
    cast: Cast | None = Field(None, description="read the value as this before anything else")
    map: dict[str, Scalar] | None = Field(None, description="replace values; an empty text means null")
    default: Scalar | None = Field(None, description="instead of null")
    time_zone: Zone | None = None
    format: str | None = Field(None, description="of a date, e.g. %d/%m/%Y, or epoch_s, epoch_ms, epoch_us")
    decimal: Literal[".", ","] | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> ColumnRule:
        origins = [self.column, self.constant, self.expression, self.object_of]
        if sum(origin is not None for origin in origins) != 1:
            raise ValueError("give exactly one of column, constant, expression or json")
        return self


def _rule(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


class FileSettings(_Part):
    """One section: some files, read one way, feeding one table."""

    kind: Literal["files"] = "files"
    path: str | tuple[str, ...] = Field(
        description="file or glob, relative to the workspace; may use ${VARIABLES}"
    )
    table: str = Field(description="the table it feeds")
    format: Literal["csv", "parquet", "ndjson"] | None = Field(
        None, description="default: by the file's name"
    )
    delimiter: str | None = Field(None, min_length=1, max_length=1)
    encoding: str | None = None
    header: bool | None = None
    names: tuple[str, ...] | None = Field(None, description="column names, for a file without a header")
    quote: str | None = Field(None, min_length=1, max_length=1)
    time_zone: Zone = Field("UTC", description="of times that name no zone themselves")
    currency: str | None = Field(None, pattern=r"^[A-Z]{3}$", description="of amounts whose row names none")
    decimal: Literal[".", ","] | None = None
    date_format: str | None = None
    nulls: tuple[str, ...] = Field(("", "NULL", "null", "\\N"), description="texts that mean: no value")
    duplicates: Literal["keep", "drop"] = Field(
        "keep", description="identical rows without a key: genuinely repeated lines, or copies"
    )
    orphans: Literal["quarantine", "load"] = Field(
        "quarantine", description="rows of a customer who is not among the customers"
    )
    recorded_at: Literal["happened", "loaded"] = Field(
        "happened", description="when a row without recorded_at was learned"
    )
    where: str | None = Field(None, description="only rows for which this expression is true")
    columns: dict[str, Annotated[ColumnRule, BeforeValidator(_rule)]] = Field(default_factory=dict)

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str | None) -> str | None:
        import codecs

        if value is not None:
            try:
                codecs.lookup(value)
            except LookupError:
                raise ValueError(f"'{value}' is not an encoding; write one such as utf-8 or cp1252") from None
        return value

    @property
    def paths(self) -> tuple[str, ...]:
        return (self.path,) if isinstance(self.path, str) else self.path

    def fingerprint(self) -> str:
        """Changes when anything changes that could change a row."""
        body = self.model_dump(mode="json", exclude={"path"})
        return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class RawColumn:
    """A target column before its value is judged: SQL over the file's columns, and what spoils a row."""

    name: str
    sql: str
    sql_type: str
    sources: tuple[str, ...]
    broken: str | None = None
    rule: ColumnRule | None = None


def quoted(name: str) -> str:
    """An SQL identifier.

    >>> quoted('a"b')
    '"a""b"'
    """
    return '"' + name.replace('"', '""') + '"'


def literal(value: Scalar | None) -> str:
    """An SQL literal of a mapping's value.

    >>> literal("it's"), literal(True), literal(2.5)
    ("'it''s'", "'true'", "'2.5'")
    """
    if value is None:
        return "NULL"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return "'" + text.replace("'", "''") + "'"


Numbers = Callable[[str], str]
Types = Mapping[str, str]
