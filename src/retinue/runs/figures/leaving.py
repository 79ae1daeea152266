"""How a finished run leaves what the figures are made of."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from retinue.pipeline.plain import plain
from retinue.privacy.erased import ERASED
from retinue.report.facts import RunReport
from retinue.runs.customers import CUSTOMERS, CustomerFile
from retinue.runs.figures.cohorts import cohorts
from retinue.runs.figures.columns import prepare
from retinue.runs.figures.decided import keep_decisions, keep_earned
from retinue.runs.figures.file import FIGURES, JOURNEY, Told, write_journey
from retinue.runs.figures.months import judge_months, months_of, note_month
from retinue.runs.figures.reading import Journey
from retinue.runs.figures.spells import add_run, without_profiles
from retinue.runs.figures.traits import traits
from retinue.runs.result import write_file
from retinue.store.came_back import came_back
from retinue.store.runs import RunRecord, list_runs

if TYPE_CHECKING:
    import pandas as pd

    from retinue.pipeline.stages import Stages
    from retinue.runs.base import Opened

__all__ = ["leave_figures", "objectors_of"]

_KEPT = 3
"""Files of so many runs stay: a service reads the last one until this run is finished, and another run as of
the same day begins from the one before it."""

_COLUMNS = ("customer_id", "churn_probability", "value_tier", "segment", "rfm_segment", "clv")


def leave_figures(retinue: Opened, stages: Stages, report: RunReport, folder: Path) -> None:
    """Write the figures of a run beside its receipts, from what the run before it left; older ones go.

    Runs since then that left none are taken from their customers, as far as these are kept.
    """
    import pandas as pd

    record = next(run for run in list_runs(retinue.store, limit=None) if run.campaign_id == folder.name)
    base, between = _earlier(retinue, record)
    found: dict[str, Any] = {}

    def fill(connection: sqlite3.Connection) -> None:
        for run, file in between:
            then = pd.DataFrame(file.columns(_COLUMNS), columns=list(_COLUMNS))
            add_run(connection, run.campaign_id, file.shared.as_of, then, file.shared.act_above)
            note_month(connection, run.campaign_id, file.shared.as_of, file.risks())
        act_above = stages.settings.decisions.act_above
        add_run(connection, folder.name, stages.as_of, stages.scores()[list(_COLUMNS)], act_above)
        own = CustomerFile.read(folder / CUSTOMERS)
        note_month(connection, folder.name, stages.as_of, [] if own is None else own.risks())
        without_profiles(connection, objectors_of(stages))
        judge_months(connection, stages)
        found["realised"], found["deciles"] = months_of(connection)
        _fill_decided(connection, stages, report, folder.name)
        _fill_responses(connection, retinue)
        prepare(connection)

    write_journey(folder / JOURNEY, base, fill)
    found |= {
        name: getattr(report, name)
        for name in RunReport.__dataclass_fields__
        if name not in ("campaign", "load")  # as large as the customers are many, and shown elsewhere
    }
    found |= {
        "survival": cohorts(stages),
        "traits": traits(stages),
    }
    write_file(folder / FIGURES, json.dumps(plain(found), sort_keys=True, allow_nan=False).encode())
    for name in (JOURNEY, FIGURES):
        for older in sorted(folder.parent.glob(f"*/{name}"))[:-_KEPT]:
            if older.parent != folder:
                older.unlink()


def objectors_of(stages: Stages) -> set[str]:
    """Whoever objected to having a profile, whichever way their word came, and also since the run began.

    Those who were erased are not among them: what stays of them is under random names, for the sums.
    """
    return {name for name in stages.left_out | stages.objected() if not name.startswith(ERASED)}


def _earlier(retinue: Opened, record: RunRecord) -> tuple[Path | None, list[tuple[RunRecord, CustomerFile]]]:
    """The file of the newest earlier run that left one; and the runs since, oldest first, the last of each
    time, as far as their customers are kept."""
    runs = retinue.settings.state / "runs"
    between: dict[Any, tuple[RunRecord, CustomerFile]] = {}
    for run in list_runs(retinue.store, limit=None):
        if run.finished_at is None or run.as_of >= record.as_of or run.as_of in between:
            continue
        path = runs / run.campaign_id / JOURNEY
        if Journey.read(path).told is not None:
            return path, list(between.values())[::-1]
        file = CustomerFile.read(runs / run.campaign_id / CUSTOMERS)
        if file is not None:
            between[run.as_of] = run, file
    return None, list(between.values())[::-1]


def _fill_decided(
    connection: sqlite3.Connection, stages: Stages, report: RunReport, campaign_id: str
) -> None:
    from retinue.outcomes.logged import logged_decisions
    from retinue.runs.recording import AFTER

    known = stages.gathered
    own = logged_decisions(stages.warehouse, stages.as_of + AFTER, campaign_id=campaign_id)
    window = float(stages.settings.outcome_window_days)
    keep_decisions(connection, known, own, _facts(known, report.campaign))
    why = keep_earned(connection, known)
    checks = () if known is None else (known.ratio, known.attrition)
    told = Told(
        campaign_id=campaign_id,
        as_of=stages.as_of,
        currency=stages.settings.project.currency,
        window_days=window if known is None else known.window_days,
        money=why,
        hidden=tuple(check.statement for check in checks if check is not None and check.broken),
        measured=known is not None,
    )
    connection.execute("DELETE FROM told")
    connection.execute("INSERT INTO told VALUES (?)", (msgspec.json.encode(told),))


def _facts(known: Any, campaign: Mapping[str, Any]) -> pd.DataFrame:
    """Tier and segment by decision id, those of the run itself included."""
    import pandas as pd

    actions = campaign["actions"]
    columns = ["value_tier", "segment"]
    own = pd.DataFrame(
        [[action.get(name) for name in columns] for action in actions],
        index=pd.Index([action["decision_id"] for action in actions], dtype=object),
        columns=columns,
    )
    if known is None or known.facts is None or not len(known.facts):
        return own
    before: pd.DataFrame = known.facts[columns]
    return pd.concat([before[~before.index.isin(own.index)], own])


def _fill_responses(connection: sqlite3.Connection, retinue: Opened) -> None:
    from retinue.runs.figures.file import day_of

    connection.execute("DELETE FROM responses")
    connection.executemany(
        "INSERT INTO responses VALUES (?, ?, ?, ?, ?)",
        (
            (day_of(one.day), one.incentive, one.channel, one.kind, one.messages)
            for one in came_back(retinue.store)
        ),
    )
