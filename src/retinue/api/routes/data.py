"""The data: what was loaded when, how good it is, and what was set aside."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from retinue.api.access import permit
from retinue.api.answers import NOT_MODIFIED, tagged
from retinue.api.cursors import Cursor, Limit, made_cursor, read_cursor
from retinue.api.deps import Service
from retinue.api.reading import Reading, Reads
from retinue.api.shapes.common import PLAIN
from retinue.api.shapes.insights import (
    Counts,
    Quality,
    QualityCheck,
    QuarantinePage,
    SetAsideCount,
    SetAsideRow,
    Sources,
    SourceTable,
    TableState,
)
from retinue.errors import RequestError
from retinue.runs.insights import INSIGHTS, QUARANTINE, SetAside
from retinue.runs.seen import DATED
from retinue.settings import Settings
from retinue.settings.alerts import AlertLimits
from retinue.store import inbox, inbox_events

__all__ = ["router"]

router = APIRouter(prefix="/api/v1", tags=["data"], dependencies=[Depends(permit("sources.read"))])

Named = Annotated[str | None, Query(max_length=200, pattern=PLAIN)]


@router.get("/sources", response_model=Sources, responses=NOT_MODIFIED)
def sources(request: Request, door: Service, reads: Reads) -> Response:
    """What was loaded from which source into which table, when, and what became of its rows.

    As of the newest run, which loads before it decides. 404: no run left it yet.
    """
    name, as_of, found = _newest(reads)
    return tagged(
        request,
        Sources(
            run=name,
            as_of=as_of,
            sources=[_source(one) for one in found["sources"]],
            waiting={
                "outcomes": inbox.counts(door.store)["waiting"],
                "events": inbox_events.counts(door.store)["waiting"],
            },
        ),
    )


@router.get("/quality", response_model=Quality, responses=NOT_MODIFIED)
def quality(request: Request, door: Service, reads: Reads) -> Response:
    """How good the data were at the newest run: checks in words, how new each table is, what was set aside.

    404: no run left it yet.
    """
    name, as_of, found = _newest(reads)
    limits = door.settings.alerts.limits("data_age")
    tables = [_table(one, as_of, limits) for one in found["tables"]]
    return tagged(
        request,
        Quality(
            run=name,
            as_of=as_of,
            checks=_checks(tables, found, door.settings),
            tables=tables,
            set_aside=[SetAsideCount(**one) for one in found["set_aside"]],
        ),
    )


@router.get("/quality/quarantine", response_model=QuarantinePage, responses=NOT_MODIFIED)
def quarantine(
    request: Request,
    reads: Reads,
    table: Named = None,
    reason: Named = None,
    source: Named = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Rows that were set aside, with the reason, as the newest run found them; at most the first 50,000.

    Their values stay in the warehouse. A cursor stays with the run it began in. 404: no run left it yet.
    """
    asked = {"quarantine": [table, reason, source]}
    place = read_cursor(reads.key, asked, cursor)
    name = _newest(reads)[0] if place is None else str(place[0])
    path = reads.folder(name) / QUARANTINE
    if not path.is_file():
        raise RequestError("The rows set aside by that run are not kept any more.", status=404)
    wanted = {"table": table, "reason": reason, "source": source}
    rows = SetAside(path).page(wanted, 0 if place is None else place[1], limit + 1)
    shown, more = rows[:limit], len(rows) > limit
    return tagged(
        request,
        QuarantinePage(
            run=name,
            total=SetAside(path).count(wanted),
            rows=[_set_aside(row) for row in shown],
            next=made_cursor(reads.key, asked, [name, shown[-1]["place"]]) if more else None,
        ),
    )


def _newest(reads: Reading) -> tuple[str, datetime, Any]:
    record, _ = reads.newest_run()
    as_of = record.as_of.replace(tzinfo=UTC)
    return record.campaign_id, as_of, reads.facts(record.campaign_id, INSIGHTS)


def _source(one: dict[str, Any]) -> SourceTable:
    def counts(of: dict[str, int]) -> Counts:
        kept = sum(many for name, many in of.items() if name != "read")
        return Counts(**of, left_out=of["read"] - kept)

    return SourceTable(**{**one, "rows": counts(one["rows"]), "last": counts(one["last"])})


def _table(one: dict[str, Any], as_of: datetime, limits: AlertLimits | None) -> TableState:
    newest = None if one["newest"] is None else datetime.fromisoformat(one["newest"])
    hours = None if newest is None else (as_of - newest).total_seconds() / 3_600
    dated = hours is not None and limits is not None and one["table"] in DATED
    return TableState(**one, age_hours=hours, judged=_age(hours, limits) if dated else None)  # type: ignore[arg-type]


def _age(hours: float, limits: AlertLimits) -> Literal["new", "ageing", "old"]:
    """Between the two limits nobody is told, and it is not good either."""
    if limits.bad(hours):
        return "old"
    return "new" if limits.good(hours) else "ageing"


def _checks(tables: list[TableState], found: Any, settings: Settings) -> list[QualityCheck]:
    """What somebody looks at first, by the limits of `[alerts]`; without a limit nothing passes or fails."""
    ages = [one.age_hours for one in tables if one.age_hours is not None and one.table in DATED]
    last = [one["last"] for one in found["sources"]]
    read, wrong = sum(one["read"] for one in last), sum(one["quarantined"] for one in last)
    age, share = settings.alerts.limits("data_age"), settings.alerts.limits("quarantine")
    return [_fresh(min(ages, default=None), age), _accepted(read, wrong, share), _known(found["set_aside"])]


def _fresh(hours: float | None, limits: AlertLimits | None) -> QualityCheck:
    if hours is None:
        return QualityCheck(check="freshness", passed=None, words="No row says when it happened.")
    words = f"The newest row happened {hours:,.0f} hours before the run."
    passed = None if limits is None else not limits.bad(hours)
    return QualityCheck(check="freshness", passed=passed, words=words)


def _accepted(read: int, wrong: int, limits: AlertLimits | None) -> QualityCheck:
    if not read:
        return QualityCheck(check="accepted", passed=None, words="The last loads read no row.")
    words = f"Of {read:,} rows of the last loads {wrong:,} were set aside."
    passed = None if limits is None else not limits.bad(wrong / read)
    return QualityCheck(check="accepted", passed=passed, words=words)


def _known(set_aside: list[dict[str, Any]]) -> QualityCheck:
    orphans = sum(one["rows"] for one in set_aside if one["reason"] == "orphan")
    words = f"{orphans:,} rows belong to customers whom nobody knows yet."
    return QualityCheck(check="customers_known", passed=orphans == 0, words=words)


def _set_aside(row: dict[str, Any]) -> SetAsideRow:
    return SetAsideRow(
        quarantine_id=row["quarantine_id"],
        source=row["source"],
        table=row["table_name"],
        file=row["file"] or "",
        row=row["row_number"],
        column=row["column_name"],
        reason=row["reason"],
        detail=row["detail"] or "",
        quarantined_at=row["quarantined_at"],
    )
