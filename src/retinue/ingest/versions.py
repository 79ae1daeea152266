"""Which of the sound rows are new, which are copies, and which correct what is known.

A row's key says what it is about; its content says what is claimed. Without `recorded_at` a file states one
version per key, learned now if it differs from what is known. With `recorded_at` it may state several, and
each finds its place among those known, however late it comes.

The outcome is small even for a large file: the tables `gone` (rows not to append), `ordinals` (identical
rows without a key, numbered), `revised` (corrections and when they were learned) and `superseded` (versions
that are no longer the last word). Every other sound row is appended as it stands in `staged`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from retinue.ingest.casts import Check
from retinue.sources.mapping import quoted
from retinue.sources.reading import ROW
from retinue.warehouse.base import utc_naive

if TYPE_CHECKING:
    from retinue.ingest.bench import Bench
    from retinue.ingest.job import Job

__all__ = ["Outcome", "name_candidates", "resolve"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many sound rows went which way; what is not listed is in quarantine as a conflict."""

    loaded: int
    corrected: int
    unchanged: int
    duplicates: int


def resolve(bench: Bench, job: Job, *, known: bool) -> Outcome:
    """Sort out the view `sound`; `known` says that the table `known` holds versions of its keys.

    `known` has `_key`, `_recorded`, `_c` (content hash); conflicts are added to the table `bad`.
    """
    if not known:
        bench.run("CREATE OR REPLACE TABLE known (_key VARCHAR, _recorded TIMESTAMP, _c UBIGINT)")
    bench.drop("gone", "revised", "superseded")
    repeated = bench.number("SELECT count(*) FROM repeated") > 0
    bench.run(f"CREATE TABLE gone ({ROW} BIGINT, why VARCHAR)")
    bench.run(f"CREATE TABLE revised ({ROW} BIGINT, _key VARCHAR, _recorded TIMESTAMP, _replaces TIMESTAMP)")
    bench.run("CREATE TABLE superseded (row_key VARCHAR, row_recorded_at TIMESTAMP, superseded_at TIMESTAMP)")
    if job.plan.keyed and job.plan.versioned:
        corrected = _versioned(bench, job)
    else:
        numbered = not job.plan.keyed and job.settings.duplicates == "keep"
        corrected = _single(bench, job, repeated=repeated and not numbered)
    gone = {why: int(n) for why, n in bench.rows("SELECT why, count(*) FROM gone GROUP BY why")}
    unchanged, duplicates = gone.get("unchanged", 0), gone.get("duplicate", 0)
    sound = bench.number("SELECT count(*) FROM staged") - bench.number("SELECT count(*) FROM bad")
    return Outcome(sound - unchanged - duplicates - corrected, corrected, unchanged, duplicates)


def name_candidates(bench: Bench, job: Job) -> None:
    """Make the view `candidates`, narrow sound rows with their final key, and the table `repeated`.

    Identical rows without a key of their own are told apart by their ordinal among their likes, so that a
    line that truly occurs twice stays twice, and loading the file again finds the same keys.
    """
    key = quoted(job.plan.table.key)
    bench.run("CREATE OR REPLACE TABLE repeated AS SELECT _k FROM sound GROUP BY _k HAVING count(*) > 1")
    numbered = not job.plan.keyed and job.settings.duplicates == "keep"
    bench.run("DROP VIEW IF EXISTS candidates")
    bench.run(f"CREATE OR REPLACE TABLE ordinals ({ROW} BIGINT, n BIGINT)")
    narrow = f"SELECT {ROW}, {key} AS _key, _recorded, _k, _c FROM sound"
    if not numbered or not bench.number("SELECT count(*) FROM repeated"):
        bench.run(f"CREATE VIEW candidates AS {narrow}")
        return
    bench.run(
        f"INSERT INTO ordinals SELECT {ROW}, n FROM (SELECT {ROW}, row_number() OVER "
        f"(PARTITION BY {key} ORDER BY {ROW}) - 1 AS n FROM sound SEMI JOIN repeated USING (_k)) WHERE n > 0"
    )
    bench.run(
        f"CREATE VIEW candidates AS SELECT c.{ROW}, CASE WHEN o.n IS NULL THEN c._key "
        f"ELSE c._key || '_' || CAST(o.n AS VARCHAR) END AS _key, c._recorded, c._k, c._c "
        f"FROM ({narrow}) c LEFT JOIN ordinals o ON c.{ROW} = o.{ROW}"
    )


def _conflict(job: Job, words: str) -> int:
    return job.add_check(Check("conflict", job.plan.table.key, "false", words))


def _single(bench: Bench, job: Job, *, repeated: bool) -> int:
    """One version per key: the first of a file stands, and replaces what is known if it differs.

    The number of corrections.
    """
    if repeated:
        n = _conflict(job, "another row of the file has the same key and other content, and came first")
        bench.run(
            f"CREATE OR REPLACE TABLE likes AS SELECT {ROW}, _c = first_value(_c) OVER w AS same, "
            f"row_number() OVER w AS place FROM candidates SEMI JOIN repeated USING (_k) "
            f"WINDOW w AS (PARTITION BY _key ORDER BY {ROW})"
        )
        bench.run(f"INSERT INTO gone SELECT {ROW}, 'duplicate' FROM likes WHERE place > 1 AND same")
        bench.run(f"CREATE OR REPLACE TABLE clashes AS SELECT {ROW} FROM likes WHERE place > 1 AND NOT same")
        bench.run(f"INSERT INTO bad SELECT {ROW}, {n} FROM clashes")
        bench.run(f"INSERT INTO gone SELECT {ROW}, 'clash' FROM clashes")
    bench.run(
        "CREATE OR REPLACE TABLE latest AS SELECT _key, max(_recorded) AS _recorded, "
        "arg_max(_c, _recorded) AS _c FROM known GROUP BY _key"
    )
    left = f"SELECT c.* FROM candidates c ANTI JOIN gone g ON c.{ROW} = g.{ROW}"
    bench.run(
        f"INSERT INTO gone SELECT c.{ROW}, 'unchanged' FROM ({left}) c JOIN latest l USING (_key) "
        "WHERE c._c = l._c"
    )
    now = f"TIMESTAMP '{utc_naive(job.clock)}'"
    bench.run(
        f"INSERT INTO revised SELECT c.{ROW}, c._key, "
        f"greatest({now}, l._recorded + INTERVAL 1 MICROSECOND), l._recorded "
        f"FROM ({left}) c JOIN latest l USING (_key)"
    )
    bench.run("INSERT INTO superseded SELECT _key, _replaces, _recorded FROM revised")
    return bench.number("SELECT count(*) FROM revised")


def _versioned(bench: Bench, job: Job) -> int:
    """Several versions per key: each takes its place in the order of `recorded_at`.

    A version with the content of the one before it is kept too: another one may yet arrive between the two.

    The number of rows that are not the first ever version of their key.
    """
    n = _conflict(job, "another version of the row has the same recorded_at and other content")
    bench.run(
        f"CREATE OR REPLACE TABLE versions AS "
        f"SELECT {ROW}, _key, _recorded, _c, false AS old FROM candidates c "
        f"WHERE _k IN (SELECT _k FROM repeated) OR _key IN (SELECT _key FROM known) "
        f"UNION ALL SELECT NULL, _key, _recorded, _c, true FROM known"
    )
    bench.run(
        f"CREATE OR REPLACE TABLE ties AS SELECT {ROW}, old, _c = first_value(_c) OVER w AS same, "
        f"first_value(old) OVER w AS against_old, row_number() OVER w AS place FROM versions "
        f"WINDOW w AS (PARTITION BY _key, _recorded ORDER BY old DESC, {ROW})"
    )
    bench.run(
        f"INSERT INTO gone SELECT {ROW}, CASE WHEN against_old THEN 'unchanged' ELSE 'duplicate' END "
        f"FROM ties WHERE place > 1 AND NOT old AND same"
    )
    bench.run(
        f"CREATE OR REPLACE TABLE clashes AS SELECT {ROW} FROM ties WHERE place > 1 AND NOT old AND NOT same"
    )
    bench.run(f"INSERT INTO bad SELECT {ROW}, {n} FROM clashes")
    bench.run(f"INSERT INTO gone SELECT {ROW}, 'clash' FROM clashes")
    left = f"SELECT v.* FROM versions v LEFT JOIN gone g ON v.{ROW} = g.{ROW} WHERE g.{ROW} IS NULL"
    bench.run(
        f"INSERT INTO superseded SELECT _key, _recorded, following FROM ("
        "SELECT _key, _recorded, old, lead(_recorded) OVER w AS following, lead(old) OVER w AS "
        "following_old "
        f"FROM ({left}) WINDOW w AS (PARTITION BY _key ORDER BY _recorded)) "
        f"WHERE following IS NOT NULL AND NOT (old AND following_old)"
    )
    return bench.number(
        "SELECT sum(kept - CASE WHEN seen THEN 0 ELSE 1 END) FROM (SELECT count(*) FILTER (WHERE "
        "NOT old) AS kept, "
        f"bool_or(old) AS seen FROM ({left}) GROUP BY _key) WHERE kept > 0"
    )
