"""What was earned, from sums of the experiment's customers.

Over customers i whose windows ended in a period, in a tier or segment, with psi_i the terms of the
measurement in net revenue (`outcomes.aipw`) and T treated among them:

    net          T * mean(psi), with the intervals of `outcomes.confidence`, times T
    kept         the same in retention: customers kept who would have left
    cost         what the offers of the treated cost
    cost_alone   T * mean cost of those left alone: offers that reached them by mistake
    incremental  net + cost - cost_alone
    roi          net / cost
    saved        sum of CLV over the treated who got an offer and stayed (not causal)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from retinue.outcomes.aipw import Estimate
from retinue.outcomes.moments import Moments

__all__ = ["LEAST_EACH", "Money", "money_of", "summed"]

LEAST_EACH = 30
"""With fewer judged customers in an arm no difference is told: the normal interval would not hold."""

_SUMS = (
    "customers",
    "treated",
    "alone",
    "offered",
    "retained",
    "valued",
    "saved",
    "cost",
    "cost_alone",
    "net",
    "net_squares",
    "kept",
    "kept_squares",
)


@dataclass(frozen=True, slots=True)
class Money:
    """Figures of a group, amounts in project currency. customers: judged, of all arms. Of net, kept,
    incremental and roi each may be None; `why` says why."""

    customers: int
    treated: int
    alone: int
    offered: int
    retained: int
    valued: int
    saved: float | None
    cost: float
    cost_alone: float
    kept: Estimate | None
    incremental: Estimate | None
    net: Estimate | None
    roi: Estimate | None
    why: str = ""


def summed(rows: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """The sums of rows of sums, as one row.

    >>> summed([{name: 1.0 for name in _SUMS}] * 2)["cost"]
    2.0
    """
    sums = dict.fromkeys(_SUMS, 0.0)
    for row in rows:
        for name in _SUMS:
            sums[name] += row[name]
    return sums


def money_of(rows: Iterable[Mapping[str, Any]], *, untold: str = "") -> Money:
    """What a group earned, from rows of sums.

    untold: why no difference may be told at all; empty where it may.
    """
    sums = summed(rows)
    treated, alone = int(sums["treated"]), int(sums["alone"])
    retained, valued = int(sums["retained"]), int(sums["valued"])
    mistaken = sums["cost_alone"] / alone * treated if alone else 0.0
    found = Money(
        customers=int(sums["customers"]),
        treated=treated,
        alone=alone,
        offered=int(sums["offered"]),
        retained=retained,
        valued=valued,
        saved=sums["saved"] if valued else None,
        cost=sums["cost"],
        cost_alone=mistaken,
        kept=None,
        incremental=None,
        net=None,
        roi=None,
    )
    if untold:
        return replace(found, why=untold)
    if min(treated, alone) < LEAST_EACH:
        few = (
            f"Not enough data yet: {treated:,} customers treated and {alone:,} left alone are judged;"
            f" it takes {LEAST_EACH} of each."
        )
        return replace(found, why=few)
    net = Moments(int(sums["customers"]), sums["net"], sums["net_squares"]).estimate().scaled(treated)
    return replace(
        found,
        net=net,
        kept=Moments(int(sums["customers"]), sums["kept"], sums["kept_squares"]).estimate().scaled(treated),
        incremental=_shifted(net, found.cost - mistaken),
        roi=net.scaled(1.0 / found.cost) if found.cost > 0 else None,
    )


def _shifted(found: Estimate, by: float) -> Estimate:
    return replace(
        found,
        value=found.value + by,
        low=found.low + by,
        high=found.high + by,
        always_low=found.always_low + by,
        always_high=found.always_high + by,
    )
