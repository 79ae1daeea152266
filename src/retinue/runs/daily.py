"""The daily run: load, then the stages, then the campaign under its number."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import asdict, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retinue import faults
from retinue.campaigns.cancel_moment.facts import FACTS
from retinue.errors import ArtefactError, NotEnoughData, UsageError
from retinue.pipeline.artefacts import Artefact
from retinue.pipeline.observer import Timeline
from retinue.pipeline.profile import Hot, Profiler
from retinue.pipeline.stages import CAMPAIGN, RECEIPTS, Stages
from retinue.pipeline.summary import evaluation_view, load_view
from retinue.privacy.keys import key_path
from retinue.report.facts import RunReport
from retinue.runs.at_cancel import leave_facts
from retinue.runs.campaigns import Campaigns
from retinue.runs.current import told_while
from retinue.runs.customers import CUSTOMERS
from retinue.runs.customers.leaving import leave_customers
from retinue.runs.customers.online import publish_run
from retinue.runs.events_in import bring_events
from retinue.runs.figures import FIGURES
from retinue.runs.figures.leaving import leave_figures
from retinue.runs.insights import INSIGHTS, leave_insights
from retinue.runs.money import Funded, decide_within
from retinue.runs.phases import keep as keep_rollout
from retinue.runs.phases import note
from retinue.runs.policy import Governed, govern
from retinue.runs.recording import record_decisions
from retinue.runs.result import RunResult, write_file
from retinue.runs.rules import unaccepted
from retinue.runs.seen import earned, learned, measured, newest_row, notes
from retinue.runs.trail import notice_settings
from retinue.runs.words import exchange_words
from retinue.settings import AuditSettings
from retinue.store.audit.files import hashes_of
from retinue.store.copying import copy as copy_store
from retinue.store.rollout import steps
from retinue.store.runs import RunRecord, finish_run, latest_run, list_runs, open_run
from retinue.store.stops import stopped
from retinue.store.versions import status
from retinue.telemetry import bound, peak_memory_mb, span
from retinue.warehouse import utc_naive

if TYPE_CHECKING:
    from retinue.runs.base import Opened
    from retinue.settings import Settings
    from retinue.settings.store import StoreSettings
    from retinue.store import Store

__all__ = ["campaign_draft", "dry", "full", "reopen", "run_rows", "training_facts"]

CAMPAIGN_FILE, REPORT_FILE, FACTS_FILE = "campaign.json", "report.html", "run.json"


def full(
    retinue: Opened, as_of: datetime, *, data: Path | None, budget: Decimal | None, profile: bool = False
) -> RunResult:
    """Load what is new, decide, write the campaign under its number; the same input finds the same one.

    A stop is looked for when deciding and again last before the offers are put on record; a run that was
    stopped in between leaves none of them, and ends as a stopped one.
    """
    moment = as_of.isoformat()
    before = retinue.observer
    with told_while(before, retinue.settings.state, as_of) as observer:
        retinue.observer = observer
        try:
            with bound(as_of=moment), span("run", retinue_as_of=moment):
                return _full(retinue, as_of, data, budget, Profiler() if profile else None)
        finally:
            retinue.observer = before


def _full(
    retinue: Opened, as_of: datetime, data: Path | None, budget: Decimal | None, profiler: Profiler | None
) -> RunResult:
    timeline = Timeline(retinue.observer, profiler=profiler)
    notice_settings(retinue.store, retinue.settings)
    bring_events(retinue)
    heed_erasures(retinue)
    load = _load(retinue, data, timeline)
    exchange_words(retinue.warehouse, retinue.store)
    with timeline.stage("gate"):
        governed = govern(retinue, as_of)
    stages = retinue.stages(as_of, timeline, governed.settings)
    result = None
    while result is None:
        # Stopped in between, it is decided again, now as stopped.
        result = _finished(retinue, stages, decide_within(stages, retinue.store, budget), load, governed)
    hot: tuple[Hot, ...] = ()
    if timeline.profiler is not None and result.folder is not None:
        timeline.profiler.write(result.folder / "profile")
        hot = tuple(timeline.profiler.hot)
    return replace(result, timings=tuple(timeline.timings), hot=hot, peak_memory_mb=peak_memory_mb())


def heed_erasures(retinue: Opened) -> None:
    """Whoever was erased and came back with a backup is erased again before anything is decided."""
    from retinue.privacy.erased import erasure_list
    from retinue.runs.privacy.replaying import replay

    if erasure_list(retinue.settings).tokens():
        replay(retinue, who="retinue")


class _Stopped(Exception):
    """Somebody stopped Retinue after the decisions were made and before they were on record."""


def _finished(
    retinue: Opened, stages: Stages, funded: Funded, load: dict[str, Any] | None, governed: Governed
) -> RunResult | None:
    """Write the campaign and put its offers on record; None when Retinue was stopped since it was decided."""
    decided = funded.decided
    made_stopped = decided.facts["summary"]["stopped"] is not None

    def allowed() -> None:
        if not made_stopped and stopped(retinue.store) is not None:
            raise _Stopped

    with stages.timeline.stage("write") as reused:
        run_id = decided.key[:20]
        record = open_run(
            retinue.store,
            run_id,
            as_of=utc_naive(stages.as_of),
            clock=utc_naive(retinue.clock),
        )
        faults.point("run.opened")
        done = record.finished_at is not None
        reused(done)
        campaign_bytes = _numbered(decided, record.campaign_id)
        told = _of_rollout(retinue, decided.facts["summary"])
        report = _report(stages, funded, json.loads(campaign_bytes), load, governed.facts, told)
        folder = retinue.settings.state / "runs" / record.campaign_id
        result = RunResult(
            report=report,
            campaign_bytes=campaign_bytes,
            timings=(),
            folder=folder,
            reused=done,
            peak_memory_mb=peak_memory_mb(),
        )
        if not done or not (folder / FACTS_FILE).exists():
            write_file(folder / RECEIPTS, decided.path(RECEIPTS).read_bytes())
            result.write_campaign(folder / CAMPAIGN_FILE)
            faults.point("run.campaign_written")
            result.write_report(folder / REPORT_FILE)
            write_file(folder / FACTS_FILE, _json(asdict(report)))
            faults.point("run.facts_written")
        try:
            allowed()
            record_decisions(
                retinue.warehouse,
                folder / RECEIPTS,
                record.campaign_id,
                allowed=allowed,
                waiting=retinue.settings.delivery.mode != "off",
            )
        except _Stopped:
            if not done:
                funded.withdraw(retinue.store)
                shutil.rmtree(folder)
            return None
        delivered = retinue.settings.delivery.mode != "off"
        if not delivered:
            # Others carry it out; else the sender spends the money of each delivery as it begins.
            funded.spend(retinue.store)
        faults.point("run.recorded")
        if retinue.settings.api.cancel_moment and not (done and (folder / FACTS).exists()):
            leave_facts(retinue, stages, run_id, folder)
        if retinue.settings.api.read_model and not (done and (folder / CUSTOMERS).exists()):
            leave_customers(retinue, stages, run_id, json.loads(campaign_bytes), folder)
        if retinue.settings.api.read_model:
            publish_run(retinue.settings, folder / CUSTOMERS)
        if retinue.settings.api.read_model and not (done and (folder / INSIGHTS).exists()):
            leave_insights(retinue, stages, folder)
        if retinue.settings.api.read_model and not (done and (folder / FIGURES).exists()):
            leave_figures(retinue, stages, report, folder)
        governed.keep(retinue)
        keep_rollout(retinue, stages)
        finish_run(
            retinue.store,
            run_id,
            summary=dict(report.summary),
            clock=utc_naive(retinue.clock),
            files=hashes_of(folder, (CAMPAIGN_FILE, RECEIPTS)),
        )
        faults.point("run.finished")
    if delivered and not made_stopped:
        with stages.timeline.stage("plan"):
            Campaigns(retinue).follow_up(record.campaign_id)
    retinue.store.checkpoints.try_to_write(retinue.store)
    return result


def dry(
    retinue: Opened, as_of: datetime, *, data: Path | None, budget: Decimal | None, profile: bool = False
) -> RunResult:
    """The same run on a copy of the state that is thrown away: nothing in the workspace changes."""
    with tempfile.TemporaryDirectory(prefix="retinue-dry-") as scratch:
        state = Path(scratch) / "state"
        if retinue.settings.state.exists():
            retinue.close()
            shutil.copytree(retinue.settings.state, state, ignore=shutil.ignore_patterns("spill"))
        own_path = retinue.settings.warehouse.path
        warehouse = retinue.settings.warehouse
        if own_path is not None:
            target = state / "warehouse.duckdb"
            source = retinue.settings.warehouse_path
            for kept, copied in ((source, target), (key_path(source), key_path(target))):
                if kept.exists():
                    copied.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(kept, copied)
            warehouse = warehouse.model_copy(update={"path": target})
        changed = {"state_path": state, "warehouse": warehouse, "store": _store_copy(retinue.settings, state)}
        changed["audit"] = AuditSettings()  # what is thrown away leaves no checkpoint elsewhere
        copy = retinue.reopened(retinue.settings.model_copy(update=changed))
        try:
            result = full(copy, as_of, data=data, budget=budget, profile=profile)
        finally:
            copy.close()
    return replace(result, folder=None)


def _store_copy(settings: Settings, state: Path) -> StoreSettings:
    """A store that stands elsewhere, as a file in the copied state; the settings that name it."""
    if settings.store.url is None:
        return settings.store
    for old in state.glob("store.sqlite*"):  # from before the store was moved elsewhere
        old.unlink()
    if status(settings.store_place).state != "none":
        copy_store(settings.store_place, state / "store.sqlite")
    return settings.store.model_copy(update={"url": None})


def reopen(retinue: Opened, as_of: datetime | None) -> RunResult:
    """A finished run from the files it wrote. Raises UsageError when there is none."""
    record = latest_run(retinue.store, as_of=None if as_of is None else utc_naive(as_of))
    if record is None:
        raise UsageError(
            "There is no finished run" + (f" as of {as_of:%Y-%m-%d}." if as_of else " in this workspace."),
            where=str(retinue.settings.root),
            fix="Start one: retinue run --as-of DATE",
        )
    folder = retinue.settings.state / "runs" / record.campaign_id
    try:
        facts = json.loads((folder / FACTS_FILE).read_bytes())
        campaign_bytes = (folder / CAMPAIGN_FILE).read_bytes()
    except (OSError, ValueError) as error:
        raise ArtefactError(
            "The files of a finished run cannot be read.",
            where=str(folder),
            fix="Run again with the same --as-of; the result is the same.",
        ) from error
    return RunResult(RunReport(**facts), campaign_bytes, (), folder, reused=True, peak_memory_mb=0.0)


def run_rows(store: Store) -> list[dict[str, Any]]:
    """Runs as JSON-ready rows, newest first."""
    return [_row(record) for record in list_runs(store)]


def training_facts(trained: Artefact) -> dict[str, Any]:
    """What a training found: statement, measures with intervals, notes."""
    facts = trained.facts
    evaluation = evaluation_view(facts["evaluation"])
    return {
        "statement": evaluation["statement"],
        "evaluation": evaluation,
        "churn": facts["churn"],
        "value": facts["value"],
        "segments": facts["segments"],
        "models": dict(trained.files),
        "notes": evaluation["notes"],
        "reused": trained.reused,
    }


def campaign_draft(decided: Artefact) -> dict[str, Any]:
    """The campaign of a decide stage, not yet numbered."""
    return json.loads(decided.path(CAMPAIGN).read_bytes())  # type: ignore[no-any-return]


def _load(retinue: Opened, data: Path | None, timeline: Timeline) -> dict[str, Any] | None:
    if data is None and not retinue.settings.sources:
        if not retinue.warehouse.present():
            raise NotEnoughData(
                "There is nothing to run on.",
                where=str(retinue.settings.root.resolve()),
                fix="Give --data FOLDER, or describe your files under [sources.*] in retinue.toml.",
            )
        return None
    found = load_view(retinue.load(data, timeline=timeline).as_dict())
    faults.point("run.loaded")
    return found


def _numbered(decided: Artefact, campaign_id: str) -> bytes:
    campaign = campaign_draft(decided)
    return _json({**campaign, "campaign_id": campaign_id})


def _report(
    stages: Stages,
    funded: Funded,
    campaign: dict[str, Any],
    load: dict[str, Any] | None,
    policy: dict[str, Any],
    told: list[str],
) -> RunReport:
    facts = funded.decided.facts
    newest = newest_row(stages.warehouse, stages.as_of)
    summary = {
        **facts["summary"],
        **({} if funded.month is None else {"month": funded.month}),
        "policy": {**policy, "response": stages.learn().facts.get("kept_former")},
        "measured": measured(newest, load, facts["evaluation"]),
        "notes": [*told, *notes(stages, newest), *unaccepted(stages.settings, stages.rules)],
    }
    return RunReport(
        project=stages.settings.project.name,
        currency=stages.settings.project.currency,
        as_of=f"{utc_naive(stages.as_of).isoformat()}Z",
        summary=summary,
        campaign=campaign,
        evaluation=facts["evaluation"],
        tiers=facts["tiers"],
        segments=facts["segments"],
        rfm=facts["rfm"],
        models=facts["models"],
        load=load,
        learned=learned(stages),
        earned=earned(stages),
    )


def _of_rollout(retinue: Opened, summary: dict[str, Any]) -> list[str]:
    """What the run says of the roll-out."""
    known = steps(retinue.store)
    first = known[-1].phase if known else None
    return note(summary["rollout"], summary["active"], retinue.settings.rollout, first)


def _row(record: RunRecord) -> dict[str, Any]:
    return {
        "campaign_id": record.campaign_id,
        "as_of": f"{record.as_of.isoformat()}Z",
        "run_id": record.run_id,
        "finished_at": f"{record.finished_at.isoformat()}Z" if record.finished_at else None,
        "summary": record.summary,
    }


def _json(body: Any) -> bytes:
    return (json.dumps(body, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()
