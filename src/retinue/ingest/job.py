"""One file (or one table of another source) on its way into one table, up to the verdict on each row."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from retinue.ingest.bench import sql_type
from retinue.ingest.casts import Check, raw_name
from retinue.ingest.plan import Plan
from retinue.privacy import personal_of, tokenise
from retinue.sources.mapping import FileSettings, literal, quoted
from retinue.sources.reading import ROW, Reading
from retinue.warehouse.base import utc_naive

if TYPE_CHECKING:
    from retinue.ingest.bench import Bench

__all__ = ["STRUCTURAL", "Job", "judge", "stage"]

STRUCTURAL = ("ragged_row", "unterminated_quote", "bad_quote", "line_too_long", "bad_encoding", "bad_json")
"""Reasons for rows that could not be split into columns; they cannot be replayed, only the file mended."""

NEVER = "1970-01-01"
"""When a customer without `account_created_date` is taken to have been known."""


@dataclass(slots=True)
class Job:
    """What is to be loaded, and from where.

    `clean` lists the columns of `reading` with blanks and null texts taken out; `joins` are its lookups.
    """

    source: str
    file: str
    plan: Plan
    settings: FileSettings
    reading: Reading
    clean: str
    joins: str
    where: str | None
    clock: datetime
    extra: list[Check] = field(default_factory=list)
    """Checks that need other rows; they are numbered after the plan's."""

    def rows(self, only: str = "") -> str:
        """SQL of the rows with their numbers, cleaned and looked up; `only` narrows them before that work."""
        cleaned = f"SELECT {ROW}, {self.clean} FROM (SELECT * FROM ({self.reading.relation}){only})"
        return f"SELECT * FROM ({cleaned}){self.joins}" if self.joins else cleaned

    def scan(self) -> str | None:
        """SQL of the rows in the order of the file, without numbers; None where that cannot be had."""
        if self.reading.scan is None or self.joins or self.where is not None:
            return None
        return f"SELECT {self.clean} FROM ({self.reading.scan})"

    @property
    def checks(self) -> list[Check]:
        return [*self.plan.checks, *self.extra]

    def add_check(self, check: Check) -> int:
        """Its number."""
        self.extra.append(check)
        return len(self.checks)

    @property
    def hidden(self) -> frozenset[str]:
        """Columns of the file that are tokenised in what is kept of a rejected row."""
        personal = set(self.plan.table.personal)
        declared = {s for c in self.plan.raw if c.name in personal for s in c.sources}
        return frozenset(personal_of(list(self.reading.types), declared))


def content_columns(plan: Plan) -> list[str]:
    """The columns that make one version of a row differ from another."""
    return [c for c in plan.table.column_names if c != plan.table.key]


def surrogate_sql(columns: Sequence[str]) -> str:
    """A key made from the content of a row: the same content gives the same key on every machine."""
    parts = ", ".join(f"coalesce(CAST({quoted(c)} AS VARCHAR), chr(30))" for c in columns)
    return f"'r_' || md5(concat_ws(chr(31), {parts}))"


def recorded_sql(job: Job) -> str:
    """When a row without `recorded_at` counts as learned: when it happened, or now."""
    table = job.plan.table
    if job.settings.recorded_at == "loaded":
        return f"TIMESTAMP '{utc_naive(job.clock)}'"
    happened = f"{quoted(table.happened)}, " if table.happened else ""
    return f"coalesce({happened}TIMESTAMP '{NEVER}')"


def stage(bench: Bench, job: Job) -> tuple[int, int]:
    """Read, type and check every row into the table `staged`; the rows read and the rows skipped.

    `staged` has `_row`, the table's columns, `_recorded` (never null), `_verdict` (0: sound) and two
    64-bit hashes, `_k` of the key and `_c` of the content.
    """
    plan = job.plan
    content = content_columns(plan)
    key = quoted(plan.table.key) if plan.keyed else surrogate_sql(content)
    hashed = ", ".join(quoted(c) for c in content) or "0"
    columns = ", ".join(quoted(c) for c in plan.table.column_names if c != plan.table.key)
    scan = job.scan()
    in_order = scan is not None
    number = "" if in_order else f"{ROW}, "
    rows = f"({scan or job.rows()})"
    kept = f"{rows} WHERE coalesce({job.where}, false)" if job.where else rows
    bench.run("DROP VIEW IF EXISTS staged")
    bench.drop("staged_rows")
    bench.run(
        f"CREATE TABLE staged_rows AS SELECT {number}{key} AS {quoted(plan.table.key)}, {columns}, "
        f"coalesce(recorded_at, {recorded_sql(job)}) AS _recorded, hash({key}) AS _k, hash({hashed}) AS _c, "
        f"{plan.verdict()} AS _verdict "
        f"FROM (SELECT *, {plan.typed_select()} FROM (SELECT {number}{plan.raw_select()} FROM {kept}))"
    )
    # a table written in one go keeps its rows in order, so their place needs no counting while they stream
    place = f"rowid + 1 AS {ROW}, " if in_order else ""
    bench.run(f"CREATE VIEW staged AS SELECT {place}* FROM staged_rows")
    staged = bench.number("SELECT count(*) FROM staged_rows")
    read = bench.number(f"SELECT count(*) FROM {rows}") if job.where else staged
    return read + len(job.reading.broken), read - staged


def judge(bench: Bench, job: Job, *, customers: bool) -> None:
    """Fill `bad` (`_row`, `n`) with the rows that fail a check, and make the view `sound` of the others.

    With `customers`, a row whose customer is not in the bench's table `customers` is an orphan.
    """
    bench.run("DROP VIEW IF EXISTS sound")
    bench.drop("bad")
    bench.run(
        f"CREATE TABLE bad AS SELECT {ROW}, CAST(_verdict AS INTEGER) AS n FROM staged WHERE _verdict > 0"
    )
    if customers and job.settings.orphans == "quarantine" and job.plan.table.references_customer:
        words = "no such customer among the customers; it is loaded when the customer arrives"
        n = job.add_check(Check("orphan", "customer_id", "false", words))
        bench.run(
            f"INSERT INTO bad SELECT {ROW}, {n} FROM staged ANTI JOIN customers "
            f"ON staged.customer_id = customers.id WHERE _verdict = 0"
        )
    bench.run(f"CREATE VIEW sound AS SELECT s.* FROM staged s ANTI JOIN bad b ON s.{ROW} = b.{ROW}")


def keep_broken(bench: Bench, job: Job, key: bytes) -> None:
    """Put rows that could not be split into the table `broken`, personal data hidden."""
    import pyarrow as pa

    # which value stands in which column is unknown, so all are hidden when any column is personal
    hide = bool(job.hidden) or bool(job.plan.table.personal)
    rows = [
        (
            b.row,
            b.reason,
            b.detail,
            json.dumps({"_fields": [tokenise(f, key) if hide else f for f in b.fields]}, ensure_ascii=False),
        )
        for b in job.reading.broken
    ]
    names = (ROW, "reason", "detail", "raw")
    columns = list(zip(*rows, strict=True)) if rows else [(), (), (), ()]
    kinds = (pa.int64(), pa.string(), pa.string(), pa.string())
    bench.keep(
        "broken",
        pa.table({n: pa.array(c, k) for n, c, k in zip(names, columns, kinds, strict=True)}),
    )


def rejected_sql(job: Job) -> str:
    """The rejected rows with reason, column, raw value, words and the whole raw row."""
    personal = set(job.plan.table.personal)
    cases = []
    for column in job.plan.raw:
        value = f"CAST({raw_name(column.name)} AS VARCHAR)"
        shown = f"tokenise({value})" if column.name in personal else value
        cases.append(f"WHEN {literal(column.name)} THEN left({shown}, 2000)")
    value_of = f"CASE c.column_name {' '.join(cases)} END" if cases else "NULL"
    listed = ", ".join(
        f"({i}, {literal(c.reason)}, {literal(c.column)}, {literal(c.detail)})"
        for i, c in enumerate(job.checks, 1)
    )
    raw = job.reading.raw_object(job.hidden)
    rejected = f" SEMI JOIN bad USING ({ROW})"
    return (
        f"SELECT r.{ROW}, c.reason, c.column_name, {value_of} AS value, c.detail, w._raw AS raw "
        f"FROM (SELECT {ROW}, {job.plan.raw_select()} FROM ({job.rows(rejected)})) r "
        f"JOIN (SELECT {ROW}, {raw} AS _raw FROM ({job.reading.relation}) SEMI JOIN bad USING ({ROW})) w "
        f"ON r.{ROW} = w.{ROW} JOIN bad b ON r.{ROW} = b.{ROW} "
        f"JOIN (VALUES {listed}) c(n, reason, column_name, detail) ON b.n = c.n "
        f"UNION ALL SELECT {ROW}, reason, NULL, NULL, detail, raw FROM broken"
    )


def final_select(job: Job) -> str:
    """The rows to append: sound ones that are not gone, with their final keys and times."""
    table = job.plan.table
    columns = ", ".join(
        f"CAST({_final_key(table.key) if c == table.key else 's.' + quoted(c)} AS "
        f"{sql_type(table, c)}) AS {quoted(c)}"
        for c in table.column_names
    )
    return (
        f"SELECT {columns}, {literal(job.source)} AS source, coalesce(r._recorded, s._recorded) AS "
        "recorded_at "
        f"FROM staged s ANTI JOIN bad b ON s.{ROW} = b.{ROW} ANTI JOIN gone g ON s.{ROW} = g.{ROW} "
        f"LEFT JOIN ordinals o ON s.{ROW} = o.{ROW} LEFT JOIN revised r ON s.{ROW} = r.{ROW}"
    )


def _final_key(key: str) -> str:
    return (
        f"CASE WHEN o.n IS NULL THEN s.{quoted(key)} ELSE s.{quoted(key)} || '_' || CAST(o.n AS VARCHAR) END"
    )
