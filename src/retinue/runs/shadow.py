"""Shadow: the last months of a newcomer's own data, as if Retinue had been there; nobody got an offer.

At each date the stages run on what was known then: churn model, assessment, decisions under the settings and
the budget. What truly happened afterwards, without any offer, says how well the risk was known. Whether an
offer would have kept anybody, such data cannot say; the report does, and sizes the experiment that would.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from retinue.decisions.again import PastRun, read_past
from retinue.decisions.artefacts import ModelStore
from retinue.decisions.replay import response_of
from retinue.errors import NotEnoughData, UsageError
from retinue.incentives.catalogue import NONE
from retinue.incentives.response import moments
from retinue.incentives.response.outlook import kept_in_all
from retinue.learning import Experiment, plan
from retinue.learning.off_policy.intervals import standard_error
from retinue.pipeline.stages import MODELS, RECEIPTS, Stages
from retinue.runs.shadow_words import concluded
from retinue.warehouse import utc_naive

if TYPE_CHECKING:
    import pandas as pd

    from retinue.runs.base import Opened

__all__ = ["shadow"]

Floats = NDArray[np.float64]
Z90 = 1.645


@dataclass(frozen=True, slots=True)
class _Date:
    """One date: every active customer with risk and what became of them, and what would have been done."""

    as_of: datetime
    scored: pd.DataFrame
    past: PastRun
    kept: tuple[float, float, float]


def shadow(
    retinue: Opened, as_of: datetime, *, months: int = 12, every: int = 1, budget: Decimal | None = None
) -> dict[str, Any]:
    """What Retinue would have done over the last months, and what can and cannot be concluded; JSON-ready.

    Parameters
    ----------
    as_of: the present (aware UTC); what happened until then is known.
    months, every: how far back, and how many months apart the dates are.
    budget: of each date, in project currency; None for no limit.

    Each date is a run of the usual stages, kept as artefacts: begun again, it goes on where it was. A
    offer that would have been made counts at the later dates as one on record does: for
    `incentives.offer_gap_days` and the caps of `guards`. Limits of the settings hold for each date, but not
    `budget.per_month`, since nothing is spent. A stop in force is not looked at: this is the past.

    Raises UsageError for data without dates, NotEnoughData when no date has enough history.
    """
    if retinue.settings.churn.definition == "static":
        raise UsageError(
            "A table without dates has no past to run on.",
            where="churn.definition",
            fix="Load dated tables (transactions, subscriptions, events) and set another definition.",
        )
    found, skipped = [], []
    offered: list[pd.DataFrame] = []
    for moment in _dates(as_of, months, every):
        try:
            date = _at(retinue, moment, as_of, budget, offered)
        except NotEnoughData as error:
            skipped.append({"as_of": f"{moment:%Y-%m-%d}", "why": error.what})
            continue
        found.append(date)
        offered.append(_offers(date))
    if not found:
        raise NotEnoughData(
            f"None of the dates of the last {months} months has enough history to run on.",
            where="warehouse",
            fix="Load older data, or choose a later --as-of.",
        )
    body = _body(retinue, found, every)
    return {**body, "skipped": skipped, "words": concluded(body, retinue.settings)}


def _dates(as_of: datetime, months: int, every: int) -> list[datetime]:
    import pandas as pd

    back = range(months, 0, -every)
    return [(pd.Timestamp(as_of) - pd.DateOffset(months=m)).to_pydatetime().astimezone(UTC) for m in back]


def _offers(date: _Date) -> pd.DataFrame:
    """The offers of a date as the guards count them."""
    import pandas as pd

    given = (date.past.done["incentive"] != NONE).to_numpy(dtype=bool)
    return pd.DataFrame(
        {
            "customer_id": date.past.assessment["customer_id"][given],
            "executed_at": utc_naive(date.as_of),
            "cost": date.past.done["cost"][given],
        }
    )


def _at(
    retinue: Opened, moment: datetime, now: datetime, budget: Decimal | None, offered: list[pd.DataFrame]
) -> _Date:
    import pandas as pd

    from retinue.churn import churn_labels, resolve_definition

    given = retinue.stages(moment)
    # no run came before: nothing was learned from offers, since nobody had one
    stages = Stages(given.settings, given.warehouse, given.artefacts, moment, given.timeline)
    also = pd.concat(offered, ignore_index=True) if offered else None
    past = read_past(stages.decide(budget, also=also).path(RECEIPTS))
    churn = retinue.settings.churn
    labels = churn_labels(
        retinue.warehouse,
        [moment],
        settings=churn,
        definition=resolve_definition(retinue.warehouse, churn),
        as_of=now,
    )
    scored = stages.scores()[["customer_id", "churn_probability", "clv"]]
    scored = scored.merge(labels[["customer_id", "churned"]], on="customer_id", how="left")
    return _Date(moment, scored, past, _kept(retinue, past))


def _kept(retinue: Opened, past: PastRun) -> tuple[float, float, float]:
    """What the offers are expected to keep in all (money): mean and 90 % interval of what is believed."""
    given = np.flatnonzero((past.done["incentive"] != NONE).to_numpy(dtype=bool))
    if not len(given):
        return 0.0, 0.0, 0.0
    place = {offer.id: column for column, offer in enumerate(past.terms.catalogue.offers)}
    names = past.done["incentive"].iloc[given]
    column = np.array([place[name] for name in names], dtype=np.intp)
    learned = response_of(past.models, ModelStore(retinue.settings.state / MODELS))
    customers = past.customers(learned).take(given)
    if learned is None:
        offers = past.terms.catalogue.offers
        stake = customers.clv * customers.churn_probability
        mean = float(stake @ np.array([offers[c].lift_mean for c in column]))
        spread = float(stake @ np.array([offers[c].lift_sd for c in column]))
        return mean, mean - Z90 * spread, mean + Z90 * spread
    assert customers.context is not None  # noqa: S101 - encoded for the response model
    said = moments(learned.response, customers.churn_probability, customers.context)
    totals = kept_in_all(said, customers.clv, column, saved_worth=past.terms.saved_worth)
    low, high = np.quantile(totals, [0.05, 0.95])
    return float(totals.mean()), float(low), float(high)


def _body(retinue: Opened, found: list[_Date], every: int) -> dict[str, Any]:
    import pandas as pd

    settings = retinue.settings
    act_above = settings.decisions.act_above
    dates = [_row(date, act_above) for date in found]
    pooled = pd.concat([date.scored for date in found], ignore_index=True)
    known = pooled[pooled["churned"].notna()]
    done = pd.concat([date.past.done.assign(**_facts(date)) for date in found], ignore_index=True)
    offers = done[done["incentive"] != NONE]
    kept = np.array([date.kept for date in found])
    cost = sum((Decimal(str(value)) for value in offers["cost"]), Decimal(0))
    left = offers["churned"].dropna()
    return {
        "currency": settings.project.currency,
        "horizon_days": settings.churn.horizon_days,
        "act_above": act_above,
        "dates": dates,
        "risk": _risk(known, act_above, settings.project.seed),
        "offers": {
            "offered": len(offers),
            "customers": int(offers["customer_id"].nunique()),
            "by_incentive": dict(sorted(Counter(offers["incentive"].tolist()).items())),
            "cost": float(cost),
            "known": len(left),
            "left": int(left.sum()),
            "cost_on_leavers": float(offers.loc[offers["churned"] == 1.0, "cost"].sum()),
            "expected_kept": dict(zip(("value", "low", "high"), kept.sum(axis=0).tolist(), strict=True)),
        },
        "experiment": _experiment(found, left, every),
        "interventions": retinue.warehouse.count("interventions"),
    }


def _facts(date: _Date) -> dict[str, Any]:
    names = date.past.assessment["customer_id"]
    outcome = date.scored.set_index("customer_id")["churned"]
    return {"customer_id": names.to_numpy(), "churned": outcome.reindex(names).to_numpy()}


def _row(date: _Date, act_above: float) -> dict[str, Any]:
    """One date in numbers; what became of the flagged is null while the window is open."""
    known = date.scored[date.scored["churned"].notna()]
    flagged = known["churn_probability"] > act_above
    offers = date.past.done[date.past.done["incentive"] != NONE]
    judged = len(known) > 0
    return {
        "as_of": f"{date.as_of:%Y-%m-%d}",
        "active": len(date.scored),
        "flagged": int((date.scored["churn_probability"] > act_above).sum()),
        "left": int(known["churned"].sum()) if judged else None,
        "flagged_left": int(known["churned"][flagged].sum()) if judged else None,
        "expected_left": float(known["churn_probability"].sum()) if judged else None,
        "offered": len(offers),
        "cost": round(float(offers["cost"].sum()), 2),
    }


def _risk(known: pd.DataFrame, act_above: float, seed: int) -> dict[str, Any]:
    """How well the score told leavers from stayers, over all dates whose window has passed."""
    from retinue.churn.evaluate import compare

    risk = known["churn_probability"].to_numpy(dtype="float64")
    left = known["churned"].to_numpy(dtype="float64")
    if not len(known):
        return {"rows": 0, "left": 0, "measures": {}, "predicted": None, "observed": None}
    groups = np.unique(known["customer_id"].to_numpy(dtype=object), return_inverse=True)[1].astype(np.int64)
    models, _ = compare({"model": risk}, left, groups, {"flagged": act_above}, seed=seed)
    gap = standard_error((risk - left) - float((risk - left).mean()), groups)
    return {
        "rows": len(known),
        "left": int(left.sum()),
        "flagged": int((risk > act_above).sum()),
        "measures": {name: asdict(found) for name, found in models.get("model", {}).items()},
        "predicted": float(risk.mean()),
        "observed": float(left.mean()),
        "gap": float((risk - left).mean()),
        "gap_error": None if np.isnan(gap) else gap,
    }


def _experiment(found: list[_Date], left: pd.Series[float], every: int) -> dict[str, Any] | None:
    """The experiment that would tell whether the offers keep anybody, at the size that is expected."""
    worth = [_saved(date) for date in found]
    saved = np.concatenate(worth) if worth else np.zeros(0)
    if not len(saved) or not float(saved.mean()) > 0:
        return None
    rate = float(left.mean()) if len(left) else float("nan")
    if not 0 < rate < 1:
        rate = float(np.mean([p for date in found for p in _risks(date)]))
    spread = rate * (1.0 - rate)
    experiment: Experiment = plan(
        difference=float(saved.mean()),
        differ=1.0,
        variance_challenger=spread,
        variance_champion=spread,
        per_week=len(saved) / (len(found) * every * 365.25 / 12 / 7),
        most_weeks=26,
    )
    return {**asdict(experiment), "effect": float(saved.mean()), "leave": rate}


def _risks(date: _Date) -> Iterator[float]:
    given = date.past.done["incentive"] != NONE
    yield from date.past.assessment["churn_probability"][given].tolist()


def _saved(date: _Date) -> Floats:
    """By how much each offer is believed to lower the probability of leaving: its lift times the risk."""
    given = (date.past.done["incentive"] != NONE).to_numpy(dtype=bool)
    risk = date.past.assessment["churn_probability"][given].to_numpy(dtype="float64")
    return np.asarray(date.past.done["lift"][given].to_numpy(dtype="float64") * risk, dtype=np.float64)
