"""`Retinue`: the door. It puts the parts together; each method is a few lines to one stage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from retinue.pipeline.artefacts import Artefacts
from retinue.pipeline.observer import Observer, Silent, Timeline
from retinue.settings import Settings, load_settings

if TYPE_CHECKING:
    import pandas as pd

    from retinue.campaigns.fairness import Fairness
    from retinue.decisions.replay import ReplayResult
    from retinue.ingest import LoadReport
    from retinue.ingest.quarantine import ReplayReport
    from retinue.monitoring import SnapshotDrift
    from retinue.outcomes import Measurement
    from retinue.outcomes.costs import CostRow
    from retinue.pipeline.stages import Stages
    from retinue.report import IncentivesReport
    from retinue.runs import RunResult
    from retinue.runs.campaigns import Campaigns
    from retinue.runs.changes import Change
    from retinue.runs.collecting import Collected
    from retinue.runs.reviews import Reviews
    from retinue.runs.rollout import Standing as Rolled
    from retinue.runs.rules import RuleBook
    from retinue.store import Store
    from retinue.store.audit.verify import Verdict
    from retinue.store.policies import PolicyRecord
    from retinue.store.rollout import Step
    from retinue.store.stops import Switch
    from retinue.warehouse import Warehouse

__all__ = ["Retinue"]


class Retinue:
    """A workspace, opened.

    Parameters
    ----------
    workspace: folder with (or without) a `retinue.toml`; what is made goes into its `.retinue`.
    overrides: section → key → value, stronger than file and environment.
    clock: the present (aware UTC) for bookkeeping and for what counts as a future date; default: now.
    observer: whoever wants to see progress.

    >>> import tempfile
    >>> with Retinue(tempfile.mkdtemp()) as retinue:
    ...     retinue.runs()
    []
    """

    def __init__(
        self,
        workspace: Path | str = ".",
        *,
        overrides: Mapping[str, Mapping[str, Any]] | None = None,
        clock: datetime | None = None,
        observer: Observer | None = None,
    ) -> None:
        self.settings = load_settings(Path(workspace), overrides)
        self.clock = clock or datetime.now(UTC)
        self.observer = observer or Silent()
        self._warehouse: Warehouse | None = None
        self._store: Store | None = None

    @property
    def warehouse(self) -> Warehouse:
        """The facts; opened when first asked for."""
        if self._warehouse is None:
            from retinue.warehouse import open_warehouse

            self._warehouse = open_warehouse(self.settings)
        return self._warehouse

    @property
    def store(self) -> Store:
        """Runs and campaigns; opened when first asked for."""
        if self._store is None:
            from retinue.privacy.keys import Kek
            from retinue.store import Store

            kek = Kek.from_settings(self.settings)
            self._store = Store(self.settings.store_place, state=self.settings.state, kek=kek)
            copy = self.settings.audit.checkpoints
            self._store.checkpoints.copy = None if copy is None else self.settings.root / copy
        return self._store

    def load(self, data: Path | str | None = None, *, timeline: Timeline | None = None) -> LoadReport:
        """Load what is new from a folder shaped as our tables, or from the configured sources."""
        from retinue.ingest import load

        folder = Path(data) if data is not None else None
        with (timeline or Timeline(self.observer)).stage("ingest") as reused:
            report = load(
                self.warehouse, self.settings, clock=self.clock, data=folder, progress=self.observer.advance
            )
            reused(all(file.seen_before for file in report.files))
        return report

    def train(self, as_of: datetime) -> dict[str, Any]:
        """Train on what was known at `as_of`; how good the models are on data they never saw."""
        from retinue.runs.daily import training_facts

        return training_facts(self.stages(as_of).train())

    def score(self, as_of: datetime) -> pd.DataFrame:
        """Every active customer's risk, value, tier and segment as of a time, riskiest first."""
        found = self.stages(as_of).scores()
        return found.sort_values(
            ["churn_probability", "customer_id"], ascending=[False, True], ignore_index=True
        )

    def decide(self, as_of: datetime, *, budget: Decimal | None = None) -> dict[str, Any]:
        """The campaign that would be written, without its number and without writing it."""
        from retinue.runs.daily import campaign_draft
        from retinue.runs.money import decide_draft
        from retinue.runs.policy import govern

        stages = self.stages(as_of, settings=govern(self, as_of).settings)
        return campaign_draft(decide_draft(stages, self.store, budget))

    def run(
        self,
        as_of: datetime,
        *,
        data: Path | str | None = None,
        budget: Decimal | None = None,
        dry_run: bool = False,
        profile: bool = False,
    ) -> RunResult:
        """Load, build features, assess, choose offers, decide, write the campaign.

        Run again with the same input it finds the same campaign; killed at any point it goes on to it.
        With `profile`, the result tells which functions took the time of each stage.
        """
        from retinue.runs.daily import dry, full

        folder = Path(data) if data is not None else None
        return (dry if dry_run else full)(self, as_of, data=folder, budget=budget, profile=profile)

    def stages(
        self, as_of: datetime, timeline: Timeline | None = None, settings: Settings | None = None
    ) -> Stages:
        """The stages as of a time, on this workspace; `settings` in place of its own."""
        from retinue.campaigns.profiling import objectors_in_store
        from retinue.pipeline.stages import Stages
        from retinue.runs.earlier import finished_before
        from retinue.runs.phases import learns_until, rollout_at
        from retinue.runs.reviews import rejected_before
        from retinue.runs.rules import in_force

        phases = self.settings.rollout
        until = learns_until(self.store, phases, as_of)
        return Stages(
            settings=settings or self.settings,
            warehouse=self.warehouse,
            artefacts=Artefacts(self.settings.state / "artefacts"),
            as_of=as_of,
            timeline=timeline or Timeline(self.observer),
            earlier=finished_before(self.store, self.settings.state, until or as_of),
            objected=lambda: objectors_in_store(self.store),
            rejected=lambda: rejected_before(self.store, self.settings.review, as_of),
            stop=lambda: None if (stop := self.stopped()) is None else stop.in_words(),
            rollout=lambda active: rollout_at(self.store, phases, as_of, active),
            learns_until=until,
            rules=in_force(self.store, as_of),
        )

    def reopened(self, settings: Settings) -> Retinue:
        """The same workspace under other settings, with connections of its own."""
        other = Retinue.__new__(Retinue)
        other.__dict__.update(self.__dict__, settings=settings, _warehouse=None, _store=None)
        return other

    def last_run(self, as_of: datetime | None = None) -> RunResult:
        """The newest finished run (of that as_of), read from what it wrote."""
        from retinue.runs.daily import reopen

        return reopen(self, as_of)

    def runs(self) -> list[dict[str, Any]]:
        """Runs and their campaigns, newest first."""
        from retinue.runs.daily import run_rows

        return run_rows(self.store)

    def explain(self, subject: str, *, as_of: datetime | None = None) -> str:
        """The story of the newest decision on a customer (or of a decision id), in words."""
        from retinue.runs.check import explain

        return explain(self, subject, as_of=as_of)

    def receipt_json(self, subject: str, *, as_of: datetime | None = None) -> str:
        """All that is needed to recompute one decision, as JSON that stands on its own."""
        from retinue.runs.check import receipt_json

        return receipt_json(self, subject, as_of=as_of)

    def replay(self, subject: str) -> ReplayResult:
        """Recompute a decision from its receipt (a decision id, receipt id or file) and compare every bit."""
        from retinue.runs.check import replay

        return replay(self, subject)

    def outcomes_load(self, given: Path | str | Iterable[Mapping[str, Any]]) -> LoadReport:
        """Take in what became of customers, from a file or rows; the same outcome twice changes nothing."""
        from retinue.outcomes import load

        return load(self.warehouse, self.settings, given, clock=self.clock)

    def outcomes_collect(self) -> Collected:
        """Bring what waits in the store into the warehouse: reports, cancel moments, what the data tell."""
        from retinue.runs.collecting import collect

        return collect(self)

    def outcomes_costs(self) -> list[CostRow]:
        """What offers were planned to cost and what they really cost, by campaign and incentive."""
        from retinue.outcomes.costs import costs

        return costs(self.store, currency=self.settings.project.currency)

    def outcomes_report(self, as_of: datetime) -> Measurement:
        """What our doing was worth, measured against the customers who were left alone."""
        from retinue.outcomes import campaign_facts, measure

        facts = campaign_facts(self.settings.state.glob("runs/*/campaign.json"))
        return measure(self.warehouse, self.settings, as_of, facts=facts)

    def incentives_report(self, as_of: datetime) -> IncentivesReport:
        """What is believed of each offer as of a time, what it earned, and what the last budget was worth."""
        from retinue.runs.earlier import believed

        return believed(self.stages(as_of), self.runs())

    def whatif(self, change: Change, *, as_of: datetime, **occasion: Any) -> dict[str, Any]:
        """A past run, a period or tomorrow decided again under a change, beside what was; nothing is written.

        `change` is made by `retinue.runs.changes.change_of`; the rest is as in `retinue.runs.whatif.what_if`.
        """
        from retinue.runs.whatif import what_if

        return what_if(self, change, as_of=as_of, **occasion)

    def shadow(
        self, as_of: datetime, *, months: int = 12, every: int = 1, budget: Decimal | None = None
    ) -> dict[str, Any]:
        """The last months as if Retinue had been there: what it would have done, and what that proves."""
        from retinue.runs.shadow import shadow

        return shadow(self, as_of, months=months, every=every, budget=budget)

    def policies(self) -> list[dict[str, Any]]:
        """The recorded versions of the policy, newest first: in force, refused, accepted, and why."""
        from retinue.runs.policy import versions

        return versions(self)

    def policy_judge(self, as_of: datetime) -> dict[str, Any]:
        """What the gate says, as of a time, of the policy that the settings describe."""
        from retinue.runs.policy import govern

        return govern(self, as_of).facts

    def policy_accept(self, reason: str, *, as_of: datetime | None = None) -> PolicyRecord:
        """Put the settings' policy in force for the run it was refused for and all later ones."""
        from retinue.runs.policy import accept

        return accept(self, reason, as_of=as_of)

    @property
    def rules(self) -> RuleBook:
        """The rules of the business: their versions, and how one checks and changes them."""
        from retinue.runs.rules import RuleBook

        return RuleBook(self)

    def rules_try(self, source: str | Path | None = None, *, as_of: datetime, top: int = 5) -> dict[str, Any]:
        """The newest finished run decided again by other rules, beside those in force; nothing is written."""
        from retinue.runs.trying import try_rules

        book = self.rules
        return try_rules(self, book.get("live"), book.get(source), as_of=as_of, top=top)

    def fairness(self, as_of: datetime, *, since: datetime | None = None) -> Fairness:
        """Whether groups of customers got offers alike, over the finished runs up to a time."""
        from retinue.runs.fairness import fairness

        return fairness(self, as_of, since=since)

    def stop(self, *, who: str, reason: str = "") -> Switch:
        """Make no offers from now on, in any process, until `resume`; runs still score and report.

        Raises UsageError where there is no workspace: a stop in a mistyped folder would stop nothing.
        """
        from retinue.errors import UsageError
        from retinue.settings import SETTINGS_FILE
        from retinue.store.stops import stop

        if not (self.settings.state.exists() or (self.settings.root / SETTINGS_FILE).exists()):
            raise UsageError(
                "There is no workspace here: nothing was stopped.",
                where=str(self.settings.root.resolve()),
                fix="Name the workspace: retinue stop -w FOLDER",
            )
        return stop(self.store, who=who, reason=reason, clock=self.clock)

    def resume(self, *, who: str, reason: str = "") -> Switch:
        """Make offers again. Raises UsageError when nothing is stopped."""
        from retinue.store.stops import resume

        return resume(self.store, who=who, reason=reason, clock=self.clock)

    def stopped(self) -> Switch | None:
        """The stop in force, or None; asked again before each act."""
        from retinue.store.stops import stopped

        return stopped(self.store)

    def stops(self) -> list[Switch]:
        """Every stop and resumption, newest first."""
        from retinue.store.stops import switches

        return switches(self.store)

    def campaigns(self) -> Campaigns:
        """Plan, approve, start and stop campaigns; a sender over the outbox."""
        from retinue.runs.campaigns import Campaigns

        return Campaigns(self)

    def reviews(self) -> Reviews:
        """The offers that wait for a person, and the answers."""
        from retinue.runs.reviews import Reviews

        return Reviews(self)

    def finish_campaigns(self) -> list[str]:
        """Finish the running campaigns in which nothing waits any more; their ids."""
        from retinue.campaigns.lifecycle import finish_done

        return finish_done(self.store, clock=self.clock)

    def rollout(self, as_of: datetime) -> Rolled:
        """The phase of the roll-out as of a time, the gate of the next one as measured, and the history."""
        from retinue.runs.rollout import standing

        return standing(self, as_of)

    def rollout_advance(self, as_of: datetime, *, who: str, reason: str = "", override: bool = False) -> Step:
        """Go on to the next phase, for runs as of later times. Raises UsageError where the gate is shut."""
        from retinue.runs.rollout import advance

        return advance(self, as_of, who=who, reason=reason, override=override)

    def rollout_back(self, as_of: datetime, *, who: str, reason: str) -> Step:
        """Go back to the phase before, for runs as of that time and later ones."""
        from retinue.runs.rollout import back

        return back(self, as_of, who=who, reason=reason)

    def audit_verify(self, *, checkpoints: Path | None = None, key: str | None = None) -> Verdict:
        """Whether the audit trail is as it was written, and where not.

        checkpoints: a copy of them that counts too. key: the public key that must have signed them.
        """
        from retinue.store.audit.checkpoints import read_checkpoints
        from retinue.store.audit.files import look_at
        from retinue.store.audit.verify import verify

        others = [] if checkpoints is None else [read_checkpoints(checkpoints)]
        return verify(self.store, others=others, key=key, look=look_at(self.store, self.settings.state))

    def audit_export(self, file: Path | str) -> dict[str, Any]:
        """Write the audit trail to a file that can be verified elsewhere; who did so is on record in it."""
        from retinue.store.audit import on_record
        from retinue.store.audit.exporting import export

        with self.store.transaction() as session:
            on_record(session, "audit.exported", "audit", Path(file).name)
        return export(self.store, Path(file))

    def jobs(self) -> list[dict[str, Any]]:
        """Each job: when it is due next, when it was done last, and what came of it."""
        from retinue.runs.schedule import JOBS
        from retinue.runs.schedule.listing import job_rows

        return job_rows(self.store, JOBS, self.settings.schedule, self.clock)

    def drift(self, as_of: datetime, *, against: datetime | None = None) -> SnapshotDrift:
        """How the active customers of a date differ from those learned from, or from another date's."""
        from retinue.monitoring import snapshot_drift

        return snapshot_drift(self.stages(as_of), None if against is None else self.stages(against))

    def quarantine_list(
        self, *, table: str | None = None, reason: str | None = None, limit: int | None = None
    ) -> list[dict[str, Any]]:
        """Rows that were not loaded, and why."""
        from retinue.ingest import quarantine

        rows = quarantine.list_rows(self.warehouse, table=table, reason=reason, limit=limit)
        return [row.as_dict() for row in rows]

    def quarantine_show(self, quarantine_id: str) -> dict[str, Any]:
        """One quarantined row, whole."""
        from retinue.ingest import quarantine

        return quarantine.show(self.warehouse, quarantine_id).as_dict()

    def quarantine_replay(
        self, *, data: Path | str | None = None, table: str | None = None, reason: str | None = None
    ) -> ReplayReport:
        """Try quarantined rows again under the present mapping; `data` as it was given to `load`."""
        from retinue.ingest import quarantine

        return quarantine.replay(
            self.warehouse,
            self.settings,
            clock=self.clock,
            data=Path(data) if data is not None else None,
            table=table,
            reason=reason,
        )

    def close(self) -> None:
        """Release the warehouse and the store, and tell the observer that nothing more will come."""
        self.observer.close()
        if self._warehouse is not None:
            self._warehouse.close()
            self._warehouse = None
        if self._store is not None:
            self._store.close()
            self._store = None

    def __enter__(self) -> Retinue:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
