"""Two policies over the past runs: each decides them again, and the log says which is better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from retinue.decisions.again import PastRun, decide_again, read_past, when
from retinue.decisions.artefacts import ModelStore
from retinue.decisions.replay import RESPONSE, response_of
from retinue.errors import NotEnoughData
from retinue.incentives.response import Learned
from retinue.learning import judge
from retinue.learning.off_policy.diagnostics import MOST_UNSUPPORTED
from retinue.learning.off_policy.past_log import PastLog, past_log
from retinue.learning.policies import Policy
from retinue.pipeline.stages import MODELS
from retinue.runs.band import untried, why_untried
from retinue.runs.earlier import finished_before
from retinue.runs.redecided import Redecided, outside

if TYPE_CHECKING:
    from retinue.runs.base import Opened

__all__ = ["judged"]

MOST_ROWS = 10_000
"""Decisions that are looked at, those of the newest runs: enough for a verdict within seconds."""


def judged(retinue: Opened, as_of: datetime, champion: Policy, stated: Policy) -> dict[str, Any]:
    """The verdict on a policy from what the finished runs before `as_of` decided and what became of it.

    JSON-ready: `promote`, `state` (promoted, untested, refused), `changed`, `words`, `experiment`, and where
    there is an estimate `difference`, `low` and `high` per decision in money (one-sided 95 % bounds).
    """
    body: dict[str, Any] = {"changed": stated.against(champion), "experiment": None}
    start = f"New settings ({'; '.join(body['changed'])})"
    runs = _due(retinue, as_of)
    try:
        log = past_log(retinue.warehouse, as_of, runs, window_days=retinue.settings.outcome_window_days)
    except NotEnoughData:
        words = [f"{start} were taken: no decision has a known outcome yet, so there is nothing to judge by."]
        return {**body, "promote": True, "state": "untested", "words": words}
    old, then = _policy(retinue, runs, log, champion)
    new, now = _policy(retinue, runs, log, stated)
    assert log.logged.propensities is not None  # noqa: S101 - past_log gives whole vectors
    where = outside(_beside(then, now), log.on_record)
    below = _never_seen(runs, champion, stated)
    body["decisions"] = len(log.logged)
    if where.moved == 0 and not below:
        words = [f"{start} were taken: they decide the same in every case of the past runs."]
        return {**body, "promote": True, "state": "promoted", "words": words}
    refusal = f"{start} were refused."
    if below or where.untried > MOST_UNSUPPORTED:
        why = [below] if below else why_untried(where)
        plan = untried(_beside(then, now), retinue.settings.project.currency)
        words = [refusal, *why, *([f"The experiment that would settle it: {plan.words}"] if plan else [])]
        body["experiment"] = asdict(plan) if plan else None
        return {**body, "promote": False, "state": "refused", "words": words}
    verdict = judge(log.logged, log.counted(old), log.counted(new), outcome=log.outcome)
    numbers = {"difference": verdict.difference, "low": verdict.low, "high": verdict.high}
    checks = [asdict(check) for check in verdict.diagnostics]
    reasons = [
        reason.replace("per decision", f"{retinue.settings.project.currency} per decision", 1)
        for reason in verdict.reasons
    ]
    body |= {**numbers, "diagnostics": checks}
    if verdict.promote:
        return {**body, "promote": True, "state": "promoted", "words": [f"{start} were taken.", *reasons]}
    plan = verdict.experiment
    words = [refusal, *reasons, *([f"The experiment that would settle it: {plan.words}"] if plan else [])]
    body["experiment"] = asdict(plan) if plan else None
    return {**body, "promote": False, "state": "refused", "words": words}


def _due(retinue: Opened, as_of: datetime) -> list[PastRun]:
    """The newest runs whose window has passed, oldest first."""
    latest = as_of - timedelta(days=retinue.settings.outcome_window_days)
    found: list[PastRun] = []
    for path in reversed(finished_before(retinue.store, retinue.settings.state, as_of).values()):
        if when(path) <= latest:
            found.insert(0, read_past(path, most=MOST_ROWS))
        if sum(len(run.done) for run in found) >= MOST_ROWS:
            break
    return found


def _policy(
    retinue: Opened, runs: Sequence[PastRun], log: PastLog, policy: Policy
) -> tuple[np.ndarray, list[Redecided]]:
    """The policy's probabilities on the log (n x A), and the runs decided again by it."""
    matrix, redone = log.blank(), []
    for number, run in enumerate(runs):
        learned = None if policy.objective == "formula" else _response(retinue, run)
        rows, batch = decide_again(run, policy.terms_of(run.terms), learned=learned, limits=run.limits)
        log.fill(matrix, number, rows, batch)
        redone.append(Redecided(run, rows, batch))
    return matrix, redone


def _response(retinue: Opened, run: PastRun) -> Learned | None:
    """The response model of a run; of a run by the formula, what it would have learned then."""
    if RESPONSE in run.models:
        return response_of(run.models, ModelStore(retinue.settings.state / MODELS))
    incentives = retinue.settings.incentives.model_copy(update={"objective": "response"})
    settings = retinue.settings.model_copy(update={"incentives": incentives})
    stages = retinue.stages(datetime.fromisoformat(run.run["as_of"]))
    content = stages.learned_under(settings, run.terms.catalogue)
    return None if content is None else Learned.from_bytes(content)


def _beside(then: Sequence[Redecided], now: Sequence[Redecided]) -> list[Redecided]:
    """The challenger's decisions beside the champion's instead of those that were made."""
    found = []
    for old, new in zip(then, now, strict=True):
        chances = np.zeros_like(old.past.propensities)
        chances[:, 0] = 1.0
        chances[old.rows] = old.batch.propensities
        found.append(Redecided(replace(new.past, propensities=chances), new.rows, new.batch))
    return found


def _never_seen(runs: Sequence[PastRun], champion: Policy, stated: Policy) -> str:
    """In words, whether the new policy may offer to customers about whom the runs did not decide."""
    least = min(run.terms.thresholds.act_above for run in runs)
    wanted, had = (p.terms["decisions.monitor_up_to"] for p in (stated, champion))
    if wanted >= least or wanted >= had:
        return ""
    return (
        f"They would offer to customers with a risk between {wanted:.0%} and {least:.0%}, about whom no past"
        " run decided: the log cannot tell what that brings."
    )
