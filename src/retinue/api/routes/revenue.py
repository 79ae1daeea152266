"""Revenue impact: saved, incremental, cost, net, ROI; the budget and what one more would bring."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from retinue.api.access import permit
from retinue.api.answers import NOT_MODIFIED, tagged
from retinue.api.deps import Door, Service
from retinue.api.periods import Asked, period_of
from retinue.api.reading import Reads
from retinue.api.shapes.revenue import (
    BudgetLeft,
    BudgetScope,
    Earned,
    MonthEarned,
    RevenueFigures,
    ShadowPrice,
)
from retinue.api.shares import HIDDEN, sure, unknown
from retinue.privacy.cells import LEAST, OTHERS, told_together
from retinue.runs.figures import Told, Window
from retinue.runs.figures.earning import Money, money_of, summed
from retinue.store.budgets import Standing, of_the_month, of_the_run
from retinue.store.ledger import month_of
from retinue.store.runs import RunRecord, list_runs

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/analytics/revenue", tags=["analytics"])

Rows = Sequence[Mapping[str, Any]]
_TOO_FEW = f"Not enough data yet: fewer than {LEAST} customers."


@router.get(
    "",
    response_model=RevenueFigures,
    dependencies=[Depends(permit("analytics.read"))],
    responses=NOT_MODIFIED,
)
def revenue(request: Request, door: Service, reads: Reads, asked: Annotated[Asked, Depends()]) -> Response:
    """What customers brought whose windows ended in the period, against those left alone, beside the period
    before it; by value tier, by segment and by month; and the money of the current month. Fewer than five
    customers are told together with others, or not at all.

    Nothing is compared while the arms are not as drawn (`hidden`). 404: there is no finished run.
    """
    record = reads.last_run()
    journey = reads.journey(record.campaign_id)
    window, told = asked.window(record.as_of), journey.told
    untold = _untold(told)
    now = journey.earned(window)
    everything = _earned(None, journey.earned(), untold) if told is not None and told.measured else None
    measured = everything is not None
    return tagged(
        request,
        RevenueFigures(
            run=record.campaign_id,
            as_of=record.as_of.replace(tzinfo=UTC),
            currency=reads.settings.project.currency,
            window_days=None if told is None else told.window_days,
            period=period_of(journey, window),
            previous=period_of(journey, window.before),
            definitions=DEFINITIONS,
            hidden=bool(told is not None and told.hidden),
            hidden_why=[] if told is None else list(told.hidden),
            all=_earned(None, now, untold) if measured else None,
            before=_earned(None, journey.earned(window.before), untold) if measured else None,
            overall=everything,
            tiers=_groups(now, "tier", untold),
            segments=_groups(now, "segment", untold),
            months=_months(now, window, untold) if measured else [],
            budget=_budget(door, record),
        ),
    )


DEFINITIONS = {
    "period": "An amount belongs to the day on which its customer's window ended: only then it is known.",
    "treated": "Customers for whom an offer had a chance, drawn to be treated, from the first time they"
    " qualified; everybody of them counts, whether an offer was made or not.",
    "alone": "Customers who would have qualified alike and were left alone by lot.",
    "saved": "The design document's figure: retained customers × CLV over those treated who got an offer, as"
    " far as their CLV at the decision is known (valued). It"
    " is not what the offers earned: it counts everybody who stayed, also who would have stayed anyway.",
    "net": "Net revenue protection: what the treated brought more than as many left alone, after all costs of"
    " the offers. low to high: 95 % for one look at a planned time; always_low to always_high: however often"
    " one looks.",
    "cost": "What the offers of these treated customers cost.",
    "cost_alone": "What offers cost that reached as many customers left alone by mistake.",
    "incremental": "net + cost − cost_alone: what was earned before the offers' cost.",
    "roi": "net ÷ cost.",
    "kept": "Customers of the treated who stayed and would have left, had they been left alone.",
    "months": "Month by month of the period; cumulative: all of the period until the end of that month."
    " A month of fewer than five customers is told with the one after it, the last with the one before.",
}


def _untold(told: Told | None) -> str:
    if told is None:
        return "Not enough data yet: no run left what figures are made of."
    if told.hidden:
        return HIDDEN
    return told.money


def _earned(name: str | None, rows: Iterable[Mapping[str, Any]], untold: str) -> Earned:
    found = money_of(rows, untold=untold)
    if 0 < found.customers < LEAST:
        return _few(name)
    unsaved = _unsaved(found, untold)
    return Earned(
        name=name,
        treated=found.treated,
        alone=found.alone,
        offered=found.offered,
        retained=found.retained,
        valued=found.valued,
        saved=None if unsaved or found.saved is None else round(found.saved, 2),
        saved_reason=unsaved,
        cost=round(found.cost, 2),
        cost_alone=round(found.cost_alone, 2),
        incremental=_sure(found.incremental, found),
        net=_sure(found.net, found),
        roi=_sure(found.roi, found, "Nothing was spent."),
        kept=_sure(found.kept, found),
    )


def _few(name: str | None) -> Earned:
    """Of so few nothing is told: it would be what single customers paid."""
    none = ("treated", "alone", "offered", "retained", "valued", "saved", "cost", "cost_alone")
    unsure = {of: unknown(_TOO_FEW) for of in ("incremental", "net", "roi", "kept")}
    return Earned(name=name, **dict.fromkeys(none), saved_reason=_TOO_FEW, **unsure)


def _unsaved(found: Money, untold: str) -> str | None:
    if untold == HIDDEN:  # alone, the flattering figure would stand for both
        return HIDDEN
    if 0 < found.valued < LEAST:
        return _TOO_FEW
    if found.saved is not None:
        return None
    if not found.retained:
        return "Nobody who got an offer is judged as retained yet."
    return f"The value of the {found.retained:,} customers who stayed after an offer is not known."


def _sure(estimate: Any, found: Money, otherwise: str = "") -> Any:
    many = found.customers
    return unknown(found.why or otherwise, many) if estimate is None else sure(estimate, customers=many)


def _groups(rows: Rows, kind: str, untold: str) -> list[Earned]:
    """By tier or by segment, most customers first; groups of fewer than five customers together."""
    parts: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        parts.setdefault(str(row[kind]), []).append(row)
    sizes = {name: sum(row["customers"] for row in part) for name, part in parts.items()}
    order = sorted((name for name in parts if sizes[name]), key=lambda name: (sizes[name], name))
    small = told_together({name: sizes[name] for name in order})
    found = [_earned(name, parts[name], untold) for name in reversed(order) if name not in small]
    if sum(sizes[name] for name in small) >= LEAST:
        found.append(_earned(OTHERS, [row for name in small for row in parts[name]], untold))
    return found


def _months(rows: Rows, window: Window, untold: str) -> list[MonthEarned]:
    """Month by month; one of too few customers with the one after it, the last with the one before."""
    by_month: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        by_month.setdefault(f"{row['day']:%Y-%m}", []).append(row)
    if _sum(rows, "customers") < LEAST:
        return []
    together: list[tuple[str, list[Mapping[str, Any]]]] = []
    for month, part in sorted(by_month.items()):
        small = bool(together) and _sum(together[-1][1], "customers") < LEAST
        together.append((month, together.pop()[1] + part if small else part))
    if len(together) > 1 and _sum(together[-1][1], "customers") < LEAST:
        (last, part), (_, before) = together.pop(), together.pop()
        together.append((last, before + part))
    found: list[MonthEarned] = []
    so_far = summed(())
    for month, part in together:
        so_far = summed([so_far, *part])
        own, whole = _earned(None, part, untold), _earned(None, [so_far], untold)
        found.append(
            MonthEarned(
                month=month,
                last=min(window.last, _end_of(month)),
                customers=int(_sum(part, "treated") + _sum(part, "alone")),
                cost=round(_sum(part, "cost"), 2),
                saved=own.saved,
                net=own.net,
                cumulative_cost=round(so_far["cost"], 2),
                cumulative_saved=whole.saved,
                cumulative_net=whole.net,
            )
        )
    return found


def _sum(rows: Rows, name: str) -> float:
    return float(sum(row[name] for row in rows))


def _end_of(month: str) -> date:
    year, number = map(int, month.split("-"))
    return date(year + number // 12, number % 12 + 1, 1) - timedelta(days=1)


def _budget(door: Door, record: RunRecord) -> BudgetLeft:
    month = month_of(record.as_of)
    runs = [run.run_id for run in list_runs(door.store, limit=None) if month_of(run.as_of) == month]
    limits = door.settings.budget
    tiers = [*limits.per_tier, *(name for name in door.settings.value.tiers if name not in limits.per_tier)]
    run, by_tier = of_the_run(door.store, record.run_id, tiers)
    scopes = [
        _scope("month", of_the_month(door.store, month, runs), f"Offers of all campaigns of {month}."),
        _scope("campaign", run, "Offers of the newest run.", record.campaign_id),
        *(_scope("tier", one, f"Offers of the newest run to {one.name} customers.") for one in by_tier),
    ]
    found = (record.summary or {}).get("budget")
    return BudgetLeft(month=month, scopes=scopes, shadow_price=_price(found, door.settings.project.currency))


def _scope(kind: Any, found: Standing, words: str, name: str = "") -> BudgetScope:
    limited = "" if found.most is not None else " There is no limit."
    return BudgetScope(
        scope=kind,
        name=name or found.name,
        limit=None if found.most is None else found.most / 100,
        spent=found.spent / 100,
        reserved=found.reserved / 100,
        left=None if found.left is None else found.left / 100,
        words=words + limited,
    )


def _price(budget: Mapping[str, Any] | None, currency: str) -> ShadowPrice:
    price = None if budget is None or budget.get("limit") is None else budget.get("shadow_price")
    if price is None:
        return ShadowPrice(value=None, words="The newest run had no limit of its money: there is no price.")
    if price <= 0:
        return ShadowPrice(
            value=0.0, words="The budget did not bind: more money would have made no more offers."
        )
    return ShadowPrice(
        value=float(price),
        words=f"The last {currency} of the newest run's budget earned {price:,.2f} {currency} net, as"
        " expected when it was decided: about so much one more would bring.",
    )
