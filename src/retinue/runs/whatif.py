"""What if: a past run, a period or tomorrow decided again under other terms, beside what was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from retinue.decisions.again import PastRun, decide_again, read_past
from retinue.decisions.artefacts import ModelStore
from retinue.decisions.replay import RESPONSE, response_of
from retinue.decisions.rollout import NOT_IN_ROLLOUT
from retinue.decisions.withheld import WITHHELD, bit, mask_of
from retinue.errors import UsageError
from retinue.incentives.response import Learned
from retinue.pipeline.stages import MODELS, RECEIPTS
from retinue.runs.band import band
from retinue.runs.changes import Change
from retinue.runs.earlier import finished_between, newest_budget
from retinue.runs.money import decide_draft
from retinue.runs.policy import govern
from retinue.runs.redecided import Redecided
from retinue.runs.sides import changed, moved, tally
from retinue.store.runs import list_runs

if TYPE_CHECKING:
    from retinue.decisions.terms import Terms
    from retinue.pipeline.stages import Stages
    from retinue.runs.base import Opened

__all__ = ["Occasion", "what_if"]

WHOLE_RUN = ("stopped", "unfair")
"""Reasons for withholding that hold for all customers of a run."""


@dataclass
class Occasion:
    """One run as it was (or would be tomorrow), from its receipts: what is needed to decide it again.

    active: how many customers it scored.
    """

    retinue: Opened
    name: str
    receipts: Path
    active: int
    given: Stages | None = None

    @cached_property
    def past(self) -> PastRun:
        return read_past(self.receipts)

    @cached_property
    def as_of(self) -> datetime:
        return datetime.fromisoformat(self.past.run["as_of"]).astimezone(UTC)

    @cached_property
    def stages(self) -> Stages:
        """The stages of that time; asked for only where the receipts do not hold what is needed."""
        return self.given or self.retinue.stages(self.as_of)

    def again(self, change: Change) -> Redecided:
        """The run under the change, with the same luck, the same customers and what was known then."""
        terms = change.terms(self.past.terms)
        past = self._population(change, terms)
        tiers = [name for name, _ in terms.tiers]
        limits = change.limits(self.past.limits, tiers=tiers, customers=self.active)
        rows, batch = decide_again(past, terms, learned=self.learned(change, terms), limits=limits)
        return Redecided(past, rows, batch)

    def learned(self, change: Change, terms: Terms) -> Learned | None:
        """The response model of the run; learned anew as of then where the change asks for another."""
        objective = change.settings.incentives.objective
        if "incentives.objective" not in change.keys:
            objective = "response" if RESPONSE in self.past.models else "formula"
        if objective == "formula":
            return None
        same = terms.catalogue == self.past.terms.catalogue and "incentives.drift" not in change.keys
        if same and RESPONSE in self.past.models:
            return response_of(self.past.models, ModelStore(self.retinue.settings.state / MODELS))
        wanted = change.settings.incentives.model_copy(update={"objective": objective})
        stated = change.settings.model_copy(update={"incentives": wanted})
        content = self.stages.learned_under(stated, terms.catalogue)
        return None if content is None else Learned.from_bytes(content)

    def _population(self, change: Change, terms: Terms) -> PastRun:
        past = self.past
        anew = change.withholds
        if anew:
            told = self._withheld(change, past.assessment["customer_id"].tolist())
            past = replace(past, withheld=(past.withheld & ~np.int64(anew)) | (told & np.int64(anew)))
        if terms.thresholds.act_above >= past.terms.thresholds.act_above:
            return past
        assessed, features = self.stages.assess_with(past.models, past.terms)
        known = set(past.assessment["customer_id"])
        more = (assessed["churn_probability"] > terms.thresholds.act_above) & ~assessed["customer_id"].isin(
            known
        )
        extra = assessed[more].reset_index(drop=True)
        told = self._withheld(change, extra["customer_id"].tolist()) | np.int64(_of_all(past))
        return past.joined_by(extra, features[more.to_numpy()].reset_index(drop=True), told)

    def _withheld(self, change: Change, customers: Sequence[str]) -> NDArray[np.int64]:
        """Why nothing may be offered, by the run's guards with the change, as known then."""
        from retinue.campaigns.withheld import withheld

        settings = change.guarding(self.past.terms)
        found = withheld(self.retinue.warehouse, settings, customers, self.as_of)
        rollout = self.past.terms.rollout
        return (
            found if rollout is None else found | rollout.outside(customers) * np.int64(bit(NOT_IN_ROLLOUT))
        )


def _of_all(past: PastRun) -> int:
    """The reasons that held for the whole run: it was stopped, or made no offers for fairness."""
    if not len(past.withheld):
        return 0
    return int(np.bitwise_and.reduce(past.withheld)) & mask_of(WHOLE_RUN)


def what_if(
    retinue: Opened,
    change: Change,
    *,
    as_of: datetime,
    start: datetime | None = None,
    end: datetime | None = None,
    run: str | None = None,
    top: int = 10,
) -> dict[str, Any]:
    """What was decided and what would have been, side by side; JSON-ready.

    Parameters
    ----------
    as_of: what is known then (aware UTC) says how past decisions ended; without a run or a period, the day
        that is decided, from what is known then.
    start, end: the finished runs of that period (both ends included). run: one campaign or run id.
    top: how many of the changed customers are named, those of most money first.

    `was` and `new` count customers offered, by incentive and by rule, planned cost and expected net; `band`
    holds the off-policy estimate of the difference or says why there is none (`retinue.runs.band`). Each run
    is decided again by itself: what its other offers would have changed later is not followed.

    Raises UsageError when there is no such run.
    """
    ahead = start is None and end is None and run is None
    occasions = [_tomorrow(retinue, as_of)] if ahead else list(_past(retinue, start, end, run))
    redone = [occasion.again(change) for occasion in occasions]
    both = moved([occasion.name for occasion in occasions], redone)
    return {
        "currency": retinue.settings.project.currency,
        "change": change.as_dict(),
        "ahead": ahead,
        "runs": [{"name": o.name, "as_of": o.past.run["as_of"]} for o in occasions],
        "was": tally(both, "was", [occasion.past.limits.total_cents for occasion in occasions]),
        "new": tally(both, "new", [again.batch.budget_cents for again in redone]),
        "changed": changed(both, top),
        "band": None if ahead else band(retinue.warehouse, as_of, redone, retinue.settings),
        "notes": _notes(change, occasions, ahead=ahead),
    }


def _tomorrow(retinue: Opened, as_of: datetime) -> Occasion:
    stages = retinue.stages(as_of, settings=govern(retinue, as_of).settings)
    # a draft: of the month's money and the day's reviews nothing is taken
    artefact = decide_draft(stages, retinue.store, newest_budget(retinue.store))
    active = artefact.facts["summary"]["active"]
    return Occasion(retinue, f"a run as of {as_of:%Y-%m-%d}", artefact.path(RECEIPTS), active, stages)


def _past(
    retinue: Opened, start: datetime | None, end: datetime | None, run: str | None
) -> Iterator[Occasion]:
    found = finished_between(retinue.store, retinue.settings.state, start, end, run)
    if not found:
        raise UsageError(
            f"There is no finished run {run}." if run else "There is no finished run in that period.",
            where="--run" if run else "--from, --to",
            fix="Look at the runs there are: retinue runs",
        )
    active = {
        record.campaign_id: (record.summary or {}).get("active", 0)
        for record in list_runs(retinue.store, limit=10_000)
    }
    for name, path in found.items():
        yield Occasion(retinue, name, path, active[name])


def _notes(change: Change, occasions: Sequence[Occasion], *, ahead: bool) -> list[str]:
    notes = []
    idle = [reason for reason in WHOLE_RUN if any(_of_all(o.past) & bit(reason) for o in occasions)]
    notes += [f"{WITHHELD[reason]} That stays so here." for reason in idle]
    if change.relearns:
        notes.append(
            "Expected net is by each side's own beliefs of what offers do; these differ here, so compare cost"
            " and customers, and the off-policy estimate, rather than expected net."
        )
    if not ahead and len(occasions) > 1:
        notes.append(
            "Each run is decided again by itself; what its other offers would have changed later is not."
        )
    return notes
