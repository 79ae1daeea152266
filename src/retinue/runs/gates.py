"""The gate between two phases of a roll-out: conditions, each with what was measured.

What offers do to retention is measured by intention to treat over all that is on record (`outcomes.measure`),
by the interval that may be looked at daily, so that looking at the gate every morning does not open it by
chance.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from retinue.decisions.arms import HOLDOUT, TREATMENT
from retinue.incentives.catalogue import NONE
from retinue.store.accounts import naive
from retinue.store.stops import stopped

if TYPE_CHECKING:
    from retinue.outcomes import Measurement
    from retinue.runs.base import Opened
    from retinue.settings import GateSettings
    from retinue.store.rollout import Phase, Step

__all__ = ["Condition", "conditions", "harmed", "is_open", "objections"]


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: `met` is None where it cannot be known, which does not shut the gate."""

    name: str
    met: bool | None
    measured: float | None
    bound: float | None
    words: str

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "condition": self.name,
            "met": self.met,
            "measured": self.measured,
            "bound": self.bound,
            "words": self.words,
        }


def is_open(gate: Iterable[Mapping[str, Any]]) -> bool:
    """Whether no condition is known to fail."""
    return all(one["met"] is not False for one in gate)


def conditions(opened: Opened, as_of: datetime, step: Step, following: Phase) -> tuple[dict[str, Any], ...]:
    """The conditions of the next phase as they stand by a time, JSON-ready."""
    settings = opened.settings.rollout
    bounds = settings.to_expand if following == "expand" else settings.to_full
    found = _measured(opened, as_of)
    return tuple(
        one.as_dict()
        for one in (
            _days(as_of, step, bounds),
            _outcomes(found, bounds),
            _arms(found),
            _effect(found, bounds),
            _objections(opened, as_of, step, bounds),
            _running(opened),
        )
    )


def harmed(opened: Opened, as_of: datetime) -> str | None:
    """A sentence where offers surely lower retention by more than `rollout.harm`; None where none is sure."""
    found = _measured(opened, as_of).contrast("retention", HOLDOUT)
    bound = -opened.settings.rollout.harm
    if found is None or found.estimate is None or found.estimate.always_high >= bound:
        return None
    return f"Harm is sure. {found.statement}"


def objections(opened: Opened, as_of: datetime, since: datetime) -> tuple[int, int] | None:
    """Customers who got an offer of ours since a time, and how many of them objected after it.

    None where no objection was ever recorded: a business without the table `consents` is not known to have
    none. since: naive UTC.
    """
    warehouse = opened.warehouse
    words = warehouse.history("consents", as_of)
    if not int(words.count().execute()):
        return None
    done = warehouse.history("interventions", as_of)
    done = done.filter(done.incentive != NONE, ~done.held_out.fill_null(False), done.executed_at >= since)
    offered = done.group_by("customer_id").agg(at=done.executed_at.min())
    against = words.filter(~words.granted).select("customer_id", "valid_from")
    after = offered.join(against, "customer_id").filter(lambda t: t.valid_from >= t.at)
    return int(offered.count().execute()), int(after.customer_id.nunique().execute())


def _measured(opened: Opened, as_of: datetime) -> Measurement:
    from retinue.outcomes import campaign_facts, measure

    facts = campaign_facts(opened.settings.state.glob("runs/*/campaign.json"))
    return measure(opened.warehouse, opened.settings, as_of, facts=facts)


def _days(as_of: datetime, step: Step, bounds: GateSettings) -> Condition:
    days = (naive(as_of) - step.since) / timedelta(days=1)
    return Condition(
        "days",
        days >= bounds.days,
        days,
        bounds.days,
        f"{days:,.0f} days have passed; {bounds.days:,.0f} are asked for.",
    )


def _outcomes(found: Measurement, bounds: GateSettings) -> Condition:
    judged = sum(arm.judged for arm in found.arms if arm.arm in (TREATMENT, HOLDOUT))
    words = f"{judged:,} customers have a known result; {bounds.outcomes:,} are asked for."
    return Condition("outcomes", judged >= bounds.outcomes, float(judged), float(bounds.outcomes), words)


def _arms(found: Measurement) -> Condition:
    checks = [check for check in (found.ratio, found.attrition) if check is not None]
    if not checks:
        return Condition("arms", False, None, None, "Nobody is in the arms yet.")
    worst = min(checks, key=lambda check: check.p_value)
    return Condition("arms", not found.hidden, worst.p_value, None, worst.statement)


def _effect(found: Measurement, bounds: GateSettings) -> Condition:
    contrast = found.contrast("retention", HOLDOUT)
    if contrast is None or contrast.estimate is None:
        words = "Retention against doing nothing: not measured." if contrast is None else contrast.statement
        return Condition("effect", False, None, bounds.least_effect, words)
    low = contrast.estimate.always_low
    words = f"The effect on retention is at least {low:+.1%}; {bounds.least_effect:+.1%} is asked for."
    return Condition("effect", low >= bounds.least_effect, low, bounds.least_effect, words)


def _objections(opened: Opened, as_of: datetime, step: Step, bounds: GateSettings) -> Condition:
    found = objections(opened, as_of, step.since)
    name, most = "objections", bounds.most_objections
    if found is None or not found[0]:
        why = "no objection was ever recorded" if found is None else "nobody had an offer in this phase"
        return Condition(name, None, None, most, f"Objections are not known: {why}.")
    offered, objected = found
    share = objected / offered
    words = f"{objected:,} of {offered:,} who had an offer objected since: {share:.2%}, at most {most:.2%}."
    return Condition(name, share <= most, share, most, words)


def _running(opened: Opened) -> Condition:
    stop = stopped(opened.store)
    words = "Nothing is stopped." if stop is None else f"Retinue is {stop.in_words()}."
    return Condition("running", stop is None, None, None, words)
