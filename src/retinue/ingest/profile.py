"""What the values of a file's columns look like, from its first rows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from retinue.ingest.bench import Bench
from retinue.ingest.casts import cleaned, timestamp_sql
from retinue.ingest.plan import FAMILIES
from retinue.sources.mapping import FileSettings, literal, quoted
from retinue.sources.numbers import number_sql
from retinue.sources.reading import open_file

__all__ = ["Profile", "profile_file"]

SAMPLE = 20_000


@dataclass(frozen=True, slots=True)
class Profile:
    """One column: the shares of its values that could be read as this or that, and a few of them."""

    name: str
    sql_type: str
    filled: float
    distinct: int
    rows: int
    numeric: float
    dated: float
    boolean: float
    decimal_comma: bool
    minimum: float | None
    maximum: float | None
    examples: tuple[str, ...]

    @property
    def unique(self) -> bool:
        """Every value is there once."""
        return self.rows > 0 and self.filled == 1.0 and self.distinct == self.rows


def profile_file(bench: Bench, path: Path, settings: FileSettings) -> list[Profile]:
    """Profiles of all columns of a file, over its first 20,000 rows."""
    reading = open_file(bench.connection, path, settings, expected=frozenset(), scratch=bench.folder)
    if not reading.types:
        return []
    bench.run(f"CREATE OR REPLACE TABLE sample AS SELECT * FROM ({reading.relation}) LIMIT {SAMPLE}")
    for copy in reading.temporary:
        copy.unlink(missing_ok=True)
    rows = bench.number("SELECT count(*) FROM sample")
    return [_profile(bench, name, kind, rows) for name, kind in reading.types.items()]


def _profile(bench: Bench, name: str, kind: str, rows: int) -> Profile:
    text = cleaned(f"CAST({quoted(name)} AS VARCHAR)")
    formats = ", ".join(literal(f) for family in FAMILIES for f in family)
    point, comma = number_sql("v", "."), number_sql("v", ",")
    iso = timestamp_sql("v", "VARCHAR", "UTC", ())
    dated = f"CASE WHEN length(v) BETWEEN 6 AND 40 THEN coalesce({iso}, try_strptime(v, [{formats}])) END"
    # a few hundred values tell as much as all, and trying every date format is slow
    bench.run(f"CREATE OR REPLACE TABLE v AS SELECT {text} AS v FROM sample")
    filled, distinct, low, high = bench.rows(
        f"SELECT count(v), count(DISTINCT v), min({point}), max({point}) FROM v"
    )[0]
    p, c, d, b, n = bench.rows(
        f"SELECT count({point}), count({comma}), count({dated}), "
        "count(*) FILTER (WHERE lower(v) IN ('true', 'false', 't', 'f', 'yes', 'no', 'y', 'n', "
        "'0', '1')), count(*) "
        f"FROM (SELECT v FROM v WHERE v IS NOT NULL LIMIT 500)"
    )[0]
    examples = bench.rows("SELECT v FROM v WHERE v IS NOT NULL GROUP BY v ORDER BY count(*) DESC, v LIMIT 8")
    share = 1.0 / n if n else 0.0
    is_date = kind == "DATE" or kind.startswith("TIMESTAMP")
    return Profile(
        name=name,
        sql_type=kind,
        filled=filled / rows if rows else 0.0,
        distinct=int(distinct),
        rows=rows,
        numeric=max(p, c) * share,
        dated=1.0 if is_date and n else (0.0 if kind not in ("VARCHAR",) else d * share),
        boolean=b * share,
        decimal_comma=bool(c > p),
        minimum=low,
        maximum=high,
        examples=tuple(str(e[0])[:40] for e in examples),
    )
