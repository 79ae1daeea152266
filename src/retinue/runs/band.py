"""What a change would have brought over past decisions, as far as the log can tell; in words where it cannot.

The estimate is that of the gate (DR with its interval, `retinue.learning.off_policy`), in money: the value of
customers who stayed less the cost of offers. It speaks of the decisions on record whose window has passed.
Where the change lies, and whether it was ever tried, is looked at first: of what was never tried there is no
estimate, however it is computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from retinue.errors import NotEnoughData
from retinue.learning import Experiment, judge, plan
from retinue.learning.off_policy.diagnostics import MOST_UNSUPPORTED
from retinue.learning.off_policy.gate import SMALL_EFFECT
from retinue.learning.off_policy.past_log import PastLog, past_log
from retinue.runs.redecided import Outside, Redecided, outside

if TYPE_CHECKING:
    from retinue.settings import Settings
    from retinue.warehouse import Warehouse

__all__ = ["CONFIDENCE", "band", "untried", "why_untried"]

CONFIDENCE = 0.95
"""Of the two-sided band."""
Floats = NDArray[np.float64]


def band(
    warehouse: Warehouse, as_of: datetime, redone: Sequence[Redecided], settings: Settings
) -> dict[str, Any]:
    """V(new) - V(was) per decision and in total with a 95 % interval, or why not; JSON-ready.

    redone: the runs as they were and as they would be. `refused` with `words` where the log cannot carry it,
    and the `experiment` that would settle it.
    """
    window = settings.outcome_window_days
    currency = settings.project.currency
    try:
        log = past_log(warehouse, as_of, [r.past for r in redone], window_days=window)
    except NotEnoughData as error:
        where = outside(redone, _recorded(redone))
        return _refused(
            [f"{error.what} There is nothing to estimate from."], where, untried(redone, currency)
        )
    where = outside(redone, log.on_record)
    body: dict[str, Any] = {
        "decisions": len(log.logged),
        "on_record": len(log.on_record),
        "window_days": window,
    }
    if where.moved == 0:
        return {
            **_refused(
                ["The same would have been done in every case: there is nothing to estimate."], where, None
            ),
            **body,
        }
    if where.untried > MOST_UNSUPPORTED:
        return {**_refused(why_untried(where), where, untried(redone, currency)), **body}
    new = log.blank()
    dearer = sum(log.fill(new, number, found.rows, found.batch) for number, found in enumerate(redone))
    assert log.logged.propensities is not None  # noqa: S101 - past_log gives whole vectors
    verdict = judge(
        log.logged,
        log.counted(log.logged.propensities),
        log.counted(new),
        outcome=log.outcome,
        confidence=(1.0 + CONFIDENCE) / 2.0,
    )
    bad = [check.words for check in verdict.diagnostics if check.level == "bad"]
    checks = [
        {"name": c.name, "value": c.value, "level": c.level, "words": c.words} for c in verdict.diagnostics
    ]
    body["diagnostics"] = checks
    if bad or verdict.low is None or verdict.high is None:
        return {**_refused(bad or list(verdict.reasons), where, verdict.experiment), **body}
    shift = dearer / len(log.logged)
    found = {"value": verdict.difference - shift, "low": verdict.low - shift, "high": verdict.high - shift}
    return {
        "refused": False,
        "per_decision": found,
        "total": {name: value * len(log.logged) for name, value in found.items()},
        "interval": verdict.interval,
        "outside": _shares(where),
        "words": _in_words(found, log, where, currency, window),
        "experiment": None if verdict.experiment is None else asdict(verdict.experiment),
        **body,
    }


def _in_words(found: dict[str, float], log: PastLog, where: Outside, currency: str, window: int) -> list[str]:
    many = len(log.logged)
    side = (
        "better"
        if found["low"] > 0
        else "worse"
        if found["high"] < 0
        else "neither better nor worse for sure"
    )
    total = {name: f"{value * many:+,.0f}" for name, value in found.items()}
    words = [
        f"Over {many:,} decisions on record with a known outcome after {window} days, the change would have"
        f" brought {found['value']:+,.2f} {currency} per decision ({found['low']:+,.2f} to"
        f" {found['high']:+,.2f}), in all {total['value']} ({total['low']} to {total['high']}): {side}."
    ]
    if len(log.on_record) > many:
        words.append(f"{len(log.on_record) - many:,} more decisions on record have no outcome yet.")
    if where.person > 0:
        words.append(
            f"{where.person:.0%} of the change is about offers that wait for a person: not in the estimate."
        )
    return words


def why_untried(where: Outside) -> list[str]:
    """Which part of a change no lottery ever touched, in words."""
    words = [
        f"{where.untried:.0%} of the change lies outside the log, where what it would do was never tried by"
        " lot: there is no honest estimate of it."
    ]
    if where.below > 0:
        words.append(
            f"{where.below:.0%} is about customers below the threshold of then: nobody decided about them."
        )
    if where.impossible > 0:
        words.append(f"{where.impossible:.0%} is about decisions in which doing nothing was certain.")
    return words


def _refused(words: list[str], where: Outside, experiment: Experiment | None) -> dict[str, Any]:
    return {
        "refused": True,
        "words": words,
        "outside": _shares(where),
        "experiment": None if experiment is None else asdict(experiment),
    }


def untried(redone: Sequence[Redecided], currency: str) -> Experiment | None:
    """The experiment for what could not happen before, sized by what the change itself expects of it.

    Variance of a decision's worth: CLV squared x risk x (1 - risk), averaged over those decided otherwise.
    """
    gains, spreads, changed, decided, moments = [], [], 0, 0, []
    for found in redone:
        then, now = found.chances()
        moved = (np.abs(now - then).sum(axis=1) > 1e-9) & (then[:, 0] >= 1.0)
        at = np.flatnonzero(moved[found.rows])
        weighed, chances = found.batch.weighed, found.batch.propensities
        gains += (weighed.net[at] * chances[at, 1:]).sum(axis=1).tolist()
        facts = found.past.assessment.loc[found.rows[at], ["clv", "churn_probability"]].to_numpy(
            dtype="float64"
        )
        spreads += (facts[:, 0] ** 2 * facts[:, 1] * (1.0 - facts[:, 1])).tolist()
        changed, decided = changed + int(moved.sum()), decided + len(then)
        moments.append(datetime.fromisoformat(found.past.run["as_of"]))
    if not changed or not np.mean(spreads) > 0:
        return None
    # a gain that is hardly expected would take for ever to find: then a tenth of a standard deviation
    gain = max(float(np.mean(gains)), SMALL_EFFECT * float(np.sqrt(np.mean(spreads))))
    days = (max(moments) - min(moments)).days
    spread, share = float(np.mean(spreads)), changed / decided
    return plan(
        difference=gain * share,
        differ=share,
        variance_challenger=spread,
        variance_champion=spread,
        per_week=None if days < 7 else 7.0 * decided / (days * len(moments) / max(1, len(moments) - 1)),
        amount=f"{gain * share:+,.2f} {currency}",
    )


def _recorded(redone: Sequence[Redecided]) -> frozenset[str]:
    """Without a log: decisions that had a lottery count as if on record."""
    ids = [r.past.done["decision_id"][r.past.propensities[:, 0] < 1.0] for r in redone]
    return frozenset(name for part in ids for name in part if name)


def _shares(where: Outside) -> dict[str, float]:
    return {
        "untried": where.untried,
        "below_threshold": where.below,
        "certain_before": where.impossible,
        "waits_for_a_person": where.person,
    }
