"""One file (or one table of another source) on its way into one table, up to the verdict on each row."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
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

STAGED = "staged"
"""The file of a job's typed rows."""

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

    def rows(self, relation: str | None = None) -> str:
        """SQL of the rows with their numbers, cleaned and looked up; `relation` gives some of the file's."""
        cleaned = f"SELECT {ROW}, {self.clean} FROM ({relation or self.reading.relation})"
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
    """Read, type and check every row into the view `staged`; the rows read and the rows skipped.

    `staged` has `_row`, the table's columns, `source`, `_recorded` (never null), `_verdict` (0: sound) and
    two 64-bit hashes, `_k` of the key and `_c` of the content; `_place` is the row's place in the file
    STAGED, which the warehouse may read itself.
    """
    plan = job.plan
    content = content_columns(plan)
    key = quoted(plan.table.key) if plan.keyed else surrogate_sql(content)
    hashed = ", ".join(quoted(c) for c in content) or "0"
    columns = ", ".join(quoted(c) for c in plan.table.column_names if c != plan.table.key)
    scan = job.scan()
    in_order = scan is not None
    # a file written in one go keeps its rows in order, so their numbers need no counting while they stream
    number = "" if in_order else f"{ROW}, "
    rows = f"({scan or job.rows()})"
    kept = f"{rows} WHERE coalesce({job.where}, false)" if job.where else rows
    bench.run("DROP VIEW IF EXISTS staged")
    path = bench.write(
        STAGED,
        f"SELECT {number}{key} AS {quoted(plan.table.key)}, {columns}, "
        f"{literal(job.source)} AS source, "
        f"coalesce(recorded_at, {recorded_sql(job)}) AS recorded_at, "
        f"hash({key}) AS _k, hash({hashed}) AS _c, "
        f"{plan.verdict()} AS _verdict "
        f"FROM (SELECT *, {plan.typed_select()} FROM (SELECT {number}{plan.raw_select()} FROM {kept}))",
    )
    numbered = f"file_row_number + 1 AS {ROW}, " if in_order else ""
    bench.run(
        f"CREATE VIEW staged AS SELECT {numbered}file_row_number AS _place, "
        f"* EXCLUDE (file_row_number) RENAME (recorded_at AS _recorded) "
        f"FROM read_parquet({literal(str(path))}, file_row_number = true)"
    )
    staged = bench.number("SELECT count(*) FROM staged")
    read = bench.number(f"SELECT count(*) FROM {rows}") if job.where else staged
    return read + len(job.reading.broken), read - staged


ERASED_REASON = "erased"
"""Why a row of somebody who was erased is refused; nothing of it is kept."""


def judge(bench: Bench, job: Job, *, customers: bool, erased: Callable[[str], bool] | None = None) -> None:
    """Fill `bad` (`_row`, `n`) with the rows that fail a check, and make the view `sound` of the others.

    With `customers`, a row whose customer is not in the bench's table `customers` is an orphan.
    erased: whether a customer was erased; None where nobody was.
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
    if erased is not None:
        _refuse_erased(bench, job, erased)
    bench.run(f"CREATE VIEW sound AS SELECT s.* FROM staged s ANTI JOIN bad b ON s.{ROW} = b.{ROW}")


def _refuse_erased(bench: Bench, job: Job, erased: Callable[[str], bool]) -> None:
    """Rows of customers who were erased are bad for that reason alone, whatever else is wrong with them."""
    import pyarrow as pa

    ids = [str(row[0]) for row in bench.rows("SELECT DISTINCT customer_id FROM staged")]
    gone = [name for name in ids if erased(name)]
    if not gone:
        return
    bench.keep("gone_customers", pa.table({"id": gone}))
    words = "of somebody who was erased; nothing of the row is kept"
    n = job.add_check(Check(ERASED_REASON, "customer_id", "false", words))
    theirs = f"SELECT {ROW} FROM staged SEMI JOIN gone_customers ON staged.customer_id = gone_customers.id"
    bench.run(f"DELETE FROM bad WHERE {ROW} IN ({theirs})")
    bench.run(f"INSERT INTO bad SELECT {ROW}, {n} FROM ({theirs})")


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


def spoiled_sql(job: Job) -> str:
    """The rejected rows as they stand in the file."""
    return f"SELECT * FROM ({job.reading.relation}) SEMI JOIN bad USING ({ROW})"


def rejected_sql(job: Job) -> str:
    """The rejected rows with reason, column, raw value, words and the whole raw row, from `spoiled`."""
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
    return (
        f"SELECT r.{ROW}, c.reason, c.column_name, "
        f"CASE WHEN c.reason <> '{ERASED_REASON}' THEN {value_of} END AS value, c.detail, "
        f"CASE WHEN c.reason = '{ERASED_REASON}' THEN '{{}}' ELSE w._raw END AS raw "
        f"FROM (SELECT {ROW}, {job.plan.raw_select()} FROM ({job.rows('SELECT * FROM spoiled')})) r "
        f"JOIN (SELECT {ROW}, {raw} AS _raw FROM spoiled) w "
        f"ON r.{ROW} = w.{ROW} JOIN bad b ON r.{ROW} = b.{ROW} "
        f"JOIN (VALUES {listed}) c(n, reason, column_name, detail) ON b.n = c.n "
        f"UNION ALL SELECT {ROW}, reason, NULL, NULL, detail, raw FROM broken"
    )


def final_select(job: Job, *, changed: bool = False) -> str:
    """The rows to append: sound ones that are not gone, with their final keys and times.

    With `changed` only those whose key or time is not as in `staged`.
    """
    table = job.plan.table
    columns = ", ".join(
        f"CAST({_final_key(table.key) if c == table.key else 's.' + quoted(c)} AS "
        f"{sql_type(table, c)}) AS {quoted(c)}"
        for c in table.column_names
    )
    only = " WHERE o.n IS NOT NULL OR r._recorded IS NOT NULL" if changed else ""
    return (
        f"SELECT {columns}, s.source, coalesce(r._recorded, s._recorded) AS "
        "recorded_at "
        f"FROM staged s ANTI JOIN bad b ON s.{ROW} = b.{ROW} ANTI JOIN gone g ON s.{ROW} = g.{ROW} "
        f"LEFT JOIN ordinals o ON s.{ROW} = o.{ROW} LEFT JOIN revised r ON s.{ROW} = r.{ROW}{only}"
    )


def left_out_select() -> str:
    """The places of the rows of `staged` that are not appended as they stand there."""
    rows = " UNION ALL ".join(f"SELECT {ROW} FROM {t}" for t in ("bad", "gone", "ordinals", "revised"))
    return f"SELECT _place AS place FROM staged SEMI JOIN ({rows}) USING ({ROW})"


def _final_key(key: str) -> str:
    return (
        f"CASE WHEN o.n IS NULL THEN s.{quoted(key)} ELSE s.{quoted(key)} || '_' || CAST(o.n AS VARCHAR) END"
    )
