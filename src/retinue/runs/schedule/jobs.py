"""The jobs there are.

| job | does |
| --- | --- |
| `expire` | frees the money of offers that nobody approved in time, and forgets old slots |
| `reviews` | escalates reviews that are overdue, closes what nobody answered |
| `deliveries` | plans offers taken at the cancel button, looks up the unknown, finishes campaigns |
| `run` | loads what is new and writes the campaign, as of the slot |
| `outcomes` | collects what the service was told, loads what is new, measures what offers brought |
| `drift` | compares the customers of the last run with those the churn model learned from |
| `rollout` | reads the gate of the roll-out, and goes back a phase where that is set and harm is sure |
| `retrain` | puts the quality of the last run's models on record, and says where it is worse than before |
| `privacy` | answers customers' requests about their data: copies, letters, erasures |
| `retention` | deletes what `[retention]` lets stay no longer, erases again who came back with a backup |
| `alerts` | tells the channels of `delivery.notices` when a figure is bad, and when it is good again |

A run trains on what is known at its time whenever that changed, so no job has to renew a model for it:
`retrain` trains only where no run of the last day did.

While Retinue is stopped, jobs go on: none makes an offer by itself, and a run asks before it makes any.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from retinue.errors import UsageError
from retinue.runs.base import Opened
from retinue.runs.schedule.base import Done, Job
from retinue.store.accounts import naive

__all__ = ["JOBS", "chosen"]


_LATELY = timedelta(days=1)


def _of_a_run(opened: Opened, slot: datetime) -> datetime:
    """When the newest run of the day before a slot looked, since its models are there; else the slot."""
    from retinue.store.runs import list_runs

    latest, since = naive(slot), naive(slot - _LATELY)
    done = (run.as_of for run in list_runs(opened.store) if run.finished_at is not None)
    found = max((as_of for as_of in done if since < as_of <= latest), default=None)
    return slot if found is None else found.replace(tzinfo=UTC)


def _run(opened: Opened, slot: datetime) -> Done:
    from retinue.runs.daily import full

    result = full(opened, slot, data=None, budget=None)
    summary = result.summary
    kept = ("active", "at_risk", "offers", "actions", "expected_net", "planned_cost", "stopped", "rollout")
    facts: dict[str, Any] = {
        "campaign_id": result.campaign["campaign_id"],
        "reused": result.reused,
        **{name: summary.get(name) for name in kept},
    }
    halted = summary.get("stopped")
    return Done(facts, None if halted is None else f"No offers were made: {halted}")


def _outcomes(opened: Opened, slot: datetime) -> Done:
    from retinue.outcomes import as_dict, campaign_facts, measure
    from retinue.runs.collecting import collect

    loaded = 0
    if opened.settings.sources:
        loaded = sum(file.loaded for file in opened.load().files if file.table == "outcomes")
    collected = collect(opened).as_dict()
    facts = campaign_facts(opened.settings.state.glob("runs/*/campaign.json"))
    found = measure(opened.warehouse, opened.settings, slot, facts=facts)
    told = as_dict(found)
    kept = {name: told[name] for name in ("arms", "contrasts", "hidden", "sample_ratio", "notes")}
    broken = [c.statement for c in (found.ratio, found.attrition) if c is not None and c.broken]
    harmful = [c.statement for c in found.contrasts if c.claim == "worse"]
    return Done({"loaded": loaded, "collected": collected, **kept}, " ".join([*broken, *harmful]) or None)


def _drift(opened: Opened, slot: datetime) -> Done:
    from retinue.monitoring import snapshot_drift

    found = snapshot_drift(opened.stages(_of_a_run(opened, slot)), None)
    told = found.as_dict()
    told["features"] = told["features"][:20]
    return Done(told, found.statement if found.drifted else None)


def _retrain(opened: Opened, slot: datetime) -> Done:
    from retinue.runs.daily import training_facts
    from retinue.store.job_runs import newest_result

    as_of = _of_a_run(opened, slot)
    found = training_facts(opened.stages(as_of).train())
    before = newest_result(opened.store, "retrain")
    measures = found["evaluation"].get("measures") or {}
    worse = _worse(measures, (before or {}).get("measures") or {})
    facts = {
        "as_of": as_of.isoformat().replace("+00:00", "Z"),
        "reused": found["reused"],
        "statement": found["statement"],
        "measures": measures,
        "models": found["models"],
        "notes": found["notes"],
    }
    return Done(facts, worse)


def _worse(now: dict[str, Any], before: dict[str, Any]) -> str | None:
    """A sentence where the model ranks surely worse than the one before: the intervals do not meet."""
    name = "auc"
    new, old = now.get(name) or {}, before.get(name) or {}
    if not all(isinstance(v, float) for v in (new.get("high"), old.get("low"))):
        return None
    if new["high"] >= old["low"]:
        return None
    return f"The churn model ranks worse than before: {name} {new['value']:.3f} after {old['value']:.3f}."


def _expire(opened: Opened, slot: datetime) -> Done:
    from retinue.store.job_runs import forget
    from retinue.store.ledger import expire

    held = timedelta(days=opened.settings.budget.hold_days)
    kept = timedelta(days=opened.settings.schedule.keep_days)
    freed = expire(opened.store, slot - held)
    return Done({"freed": freed, "forgotten": forget(opened.store, slot - kept)})


def _reviews(opened: Opened, slot: datetime) -> Done:
    from retinue.runs.reviews import Reviews

    found = Reviews(opened).look_after()
    return Done({name: len(decisions) for name, decisions in found.items()})


def _deliveries(opened: Opened, slot: datetime) -> Done:
    from retinue.campaigns.accepted import waiting_in_words
    from retinue.campaigns.lifecycle import finish_done
    from retinue.runs.campaigns import Campaigns
    from retinue.store.deliveries import counted

    mode = opened.settings.delivery.mode
    if mode == "off":
        waiting = counted(opened.store).get("queued", 0)
        held = f"{waiting:,} deliveries wait, their money is held, and delivery is off: stop their campaigns."
        return Done({"mode": mode, "queued": waiting}, held if waiting else None)
    campaigns = Campaigns(opened)
    try:
        accepted = campaigns.plan_accepted(now=opened.clock)
        looked_up = campaigns.sender(f"look-up of {slot.isoformat()}").reconcile()
    finally:
        campaigns.close()
    finished = finish_done(opened.store, clock=opened.clock)
    counts = counted(opened.store)
    unknown = counts.get("unknown", 0)
    alerts = [waiting_in_words(accepted.waiting)]
    if unknown:
        alerts.append(
            f"Of {unknown:,} deliveries nobody knows what became: retinue deliveries list --state unknown"
        )
    facts = {
        "mode": mode,
        "accepted": len(accepted.planned),
        "waiting": [asdict(one) for one in accepted.waiting],
        "looked_up": looked_up,
        "finished": finished,
        "deliveries": counts,
    }
    return Done(facts, " ".join(filter(None, alerts)) or None)


def _rollout(opened: Opened, slot: datetime) -> Done:
    from retinue.runs.rollout import watch

    found = watch(opened, slot)
    return Done(found, found.get("alert"))


def _privacy(opened: Opened, slot: datetime) -> Done:
    from retinue.runs.privacy import Privacy
    from retinue.runs.privacy.desk import work_on

    answered = work_on(opened, who="retinue")
    failed = [name for name, what in answered.items() if what != "done"]
    near = [one.request_id for one in Privacy(opened, who="retinue").near_due()]
    words = []
    if failed:
        words.append(
            f"{len(failed)} requests of customers could not be answered: retinue privacy list --open"
        )
    if near:
        words.append(f"{len(near)} requests of customers are due soon: retinue privacy list --open")
    return Done({"answered": answered, "near_due": near}, " ".join(words) or None)


def _retention(opened: Opened, slot: datetime) -> Done:
    from retinue.runs.privacy.replaying import replay
    from retinue.runs.privacy.retention import retain

    again = replay(opened, who="retinue")["erased_again"]
    return Done({"deleted": retain(opened, who="retinue"), "erased_again": again})


def _alerts(opened: Opened, slot: datetime) -> Done:
    from retinue.runs.alerting import look

    return Done(look(opened, opened.clock))


JOBS: tuple[Job, ...] = (
    Job("expire", _expire, "frees the money of offers that nobody approved in time"),
    Job("reviews", _reviews, "escalates overdue reviews, closes what nobody answered"),
    Job(
        "deliveries",
        _deliveries,
        "plans offers taken at the cancel button, looks up deliveries, finishes campaigns",
    ),
    Job("run", _run, "loads what is new and writes the campaign"),
    Job("outcomes", _outcomes, "collects and loads what is new, measures what offers brought"),
    Job("drift", _drift, "compares customers with those the churn model learned from"),
    Job("rollout", _rollout, "reads the gate of the roll-out"),
    Job("retrain", _retrain, "trains, and puts the quality on record"),
    Job("privacy", _privacy, "answers customers' requests about their data"),
    Job("retention", _retention, "deletes what may stay no longer"),
    Job("alerts", _alerts, "tells what went wrong, and when it is over"),
)
"""Every job, in the order in which those of one moment are done."""


def chosen(names: Iterable[str] | None = None) -> tuple[Job, ...]:
    """The jobs of those names, in the order above; all of them by default. Raises UsageError for others."""
    if names is None:
        return JOBS
    wanted = set(names)
    unknown = sorted(wanted - {job.name for job in JOBS})
    if unknown:
        raise UsageError(
            f"There is no job '{unknown[0]}'.",
            where="jobs",
            fix=f"Choose among {', '.join(job.name for job in JOBS)}.",
        )
    return tuple(job for job in JOBS if job.name in wanted)
