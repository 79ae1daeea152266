"""When will we know? The date at which the interval is as narrow as the effect, and what brings it nearer.

With d the effect found, s the standard deviation of a customer's term, W(n, s) the half width of the
sequence (`confidence.valid_margin`) and r customers a day

    n* = smallest n with W(n, s) <= |d|
    date = when the n*-th customer has entered, plus the window

At that date the chance that the interval excludes zero is about one half, if d is the true effect. The range
uses d ± 1.28 standard errors (80 %) in place of d; `never` where that range holds zero.

**Another holdout share** h' for customers yet to come. A customer's term has the variance

    s^2(h) = v1 / (1 - h - u) + v0 / h         (v1, v0: variance of the outcome when treated, when left alone)

so each of them tells s^2(h) / s^2(h') as much. Fastest is h = sqrt(v0) / (sqrt(v0) + sqrt(v1)). But waiting
and holding out both cost: until the answer is in, a held-out customer forgoes the gain g if the offers work,
and a treated one wastes its spend c if they do not. The sum over all customers until then,
n*(h) (h g + (1 - h) c), is least at

    h = sqrt(v0 c) / (sqrt(v0 c) + sqrt(v1 g))

(u = 0; set the derivative of (v1 / (1 - h) + v0 / h) (h g + (1 - h) c) to zero.) It is the fastest share when
g = c, and a smaller one the more an offer earns over what it costs.

Assumptions: customers go on entering at the rate of the past year, alike those so far.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from retinue.outcomes.aipw import Estimate
from retinue.outcomes.confidence import units_needed, valid_margin

__all__ = ["Forecast", "Outlook", "Pace", "best_share", "fastest_share", "forecast"]

NEVER_YEARS = 30.0
_Z80 = 1.2815515655446004
SHARES = (0.2, 0.3, 0.5)


@dataclass(frozen=True, slots=True)
class Pace:
    """How customers enter. starts: days from `as_of` at which those so far entered (at most 0), ascending;
    per_day: how many a day from now on; holdout, usual: shares of the arms so far."""

    starts: Sequence[float]
    per_day: float
    holdout: float
    usual: float = 0.0


@dataclass(frozen=True, slots=True)
class Outlook:
    """When one question is settled: the date, and the range of dates (None: not within thirty years)."""

    window_days: float
    holdout: float
    effect: float
    margin_a_year: float
    date: datetime | None
    earliest: datetime | None
    latest: datetime | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """The outlook as things are, the alternatives, the shares that are fastest and cheapest, in words."""

    now: Outlook
    alternatives: tuple[Outlook, ...]
    fastest_share: float
    cheapest_share: float
    statement: str
    proposal: str
    known: bool = field(default=False)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready but for dates."""
        return asdict(self)


def fastest_share(v0: float, v1: float) -> float:
    """The holdout share that settles the question first (Neyman's allocation), at most one half.

    >>> fastest_share(0.16, 0.16)
    0.5
    """
    total = np.sqrt(v0) + np.sqrt(v1)
    return float(min(0.5, np.sqrt(v0) / total)) if total > 0 else 0.5


def best_share(v0: float, v1: float, *, gain: float, cost: float) -> float:
    """The holdout share with the least forgone and wasted money until the question is settled.

    gain: what a treated customer brings net if the offers work; cost: what is spent on one. Both positive;
    where either is not known, the fastest share is returned. Between 0.05 and 0.5.

    >>> round(best_share(0.16, 0.16, gain=40.0, cost=10.0), 3)
    0.333
    """
    if not (gain > 0 and cost > 0):
        return fastest_share(v0, v1)
    up = np.sqrt(v0 * cost)
    return float(np.clip(up / (up + np.sqrt(v1 * gain)), 0.05, 0.5))


def forecast(
    found: Estimate,
    pace: Pace,
    *,
    as_of: datetime,
    window_days: float,
    variances: tuple[float, float],
    shorter: Sequence[tuple[float, Estimate]] = (),
    gain: float = 0.0,
    cost: float = 0.0,
) -> Forecast:
    """The date at which the effect on retention is settled, and what would bring it nearer.

    Parameters
    ----------
    found: the effect as it stands (share of customers).
    variances: of the outcome when left alone, and when treated.
    shorter: other windows (days) with the effect found at them.
    gain, cost: per treated customer, in one currency (`best_share`); 0 unknown.
    """
    v0, v1 = variances

    def outlook(estimate: Estimate, window: float, share: float) -> Outlook:
        ratio = _variance(pace.holdout, pace.usual, v0, v1) / _variance(share, pace.usual, v0, v1)
        year = max(pace.per_day * 365.25, 2.0)
        sd = estimate.sd / np.sqrt(ratio)

        def when(effect: float) -> datetime | None:
            return _date(units_needed(estimate.sd, abs(effect)), pace, ratio, window, as_of)

        low = abs(estimate.value) - _Z80 * estimate.standard_error
        return Outlook(
            window_days=window,
            holdout=share,
            effect=estimate.value,
            margin_a_year=float(valid_margin(year, sd)),
            date=when(estimate.value),
            earliest=when(abs(estimate.value) + _Z80 * estimate.standard_error),
            latest=when(low) if low > 0 else None,
        )

    now = outlook(found, window_days, pace.holdout)
    fastest, cheapest = fastest_share(v0, v1), best_share(v0, v1, gain=gain, cost=cost)
    shares = sorted({*SHARES, round(fastest, 2), round(cheapest, 2)} - {round(pace.holdout, 2)})
    others = [outlook(found, window_days, share) for share in shares if share > pace.holdout]
    others += [outlook(estimate, window, pace.holdout) for window, estimate in shorter]
    known = found.always_low > 0 or found.always_high < 0
    return Forecast(
        now=now,
        alternatives=tuple(others),
        fastest_share=fastest,
        cheapest_share=cheapest,
        statement=_statement(found, now, others, pace, known),
        proposal=_proposal(now, others, cheapest, gain, cost, known),
        known=known,
    )


def _variance(h: float, u: float, v0: float, v1: float) -> float:
    return v1 / max(1.0 - h - u, 1e-9) + v0 / max(h, 1e-9)


def _date(needed: float, pace: Pace, ratio: float, window: float, as_of: datetime) -> datetime | None:
    entered = len(pace.starts)
    if needed <= entered:
        days = float(pace.starts[max(int(np.ceil(needed)) - 1, 0)]) + window
        return as_of + timedelta(days=max(days, 0.0))
    if not pace.per_day > 0:
        return None
    days = (needed - entered) / ratio / pace.per_day + window
    return as_of + timedelta(days=days) if days < NEVER_YEARS * 365.25 else None


def _month(moment: datetime | None) -> str:
    return "not for thirty years" if moment is None else f"in {moment:%B %Y}"


def _points(share: float) -> str:
    return f"{100 * share:.1f}".removesuffix(".0")


def _statement(found: Estimate, now: Outlook, others: Sequence[Outlook], pace: Pace, known: bool) -> str:
    treated = pace.per_day * 365.25 * (1.0 - pace.holdout - pace.usual)
    effect = f"an effect of {_points(found.value)} points"
    if known:
        return f"We know: the interval around {effect} excludes zero, however often one looks."
    wide = (
        f"A holdout of {pace.holdout:.0%} and {treated:,.0f} treated customers a year leave an interval of "
        f"±{_points(now.margin_a_year)} points around {effect} after a year"
    )
    if now.margin_a_year > abs(found.value):
        wide += f", {now.margin_a_year / max(abs(found.value), 1e-9):.1f} times as wide as the effect"
    span = f"between {_bare(now.earliest)} and {_bare(now.latest)}"
    parts = [f"{wide}; at this rate we know {_month(now.date)} ({span})"]
    wider = [o for o in others if o.window_days == now.window_days]
    if wider:
        best = min(wider, key=lambda o: abs(o.holdout - 0.3))
        parts.append(f"with a holdout of {best.holdout:.0%} {_month(best.date)}")
    for other in others:
        if other.window_days != now.window_days:
            parts.append(
                f"with {other.window_days:.0f}-day retention instead of {now.window_days:.0f}-day "
                f"{_month(other.date)}"
            )
    return "; ".join(parts) + "."


def _bare(moment: datetime | None) -> str:
    return "never" if moment is None else f"{moment:%B %Y}"


def _proposal(
    now: Outlook, others: Sequence[Outlook], cheapest: float, gain: float, cost: float, known: bool
) -> str:
    if known:
        return "The holdout may stay as it is; it goes on showing whether the effect lasts."
    same = [o for o in others if o.window_days == now.window_days]
    chosen = min(same, key=lambda o: abs(o.holdout - cheapest), default=None)
    if chosen is None or cheapest <= now.holdout:
        return f"The holdout of {now.holdout:.0%} is as large as it pays to have."
    why = (
        f"a gain of {gain:,.2f} if the offers work against a spend of {cost:,.2f} if they do not"
        if gain > 0 and cost > 0
        else "nothing is known of gain and spend, so the fastest"
    )
    return (
        f"Proposed: holdout.share = {cheapest:.2f} ({why}, per treated customer); with it we know "
        f"{_month(chosen.date)}. A larger share only adds customers: nobody who is held out is let go."
    )
