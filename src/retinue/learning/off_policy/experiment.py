"""The experiment that would settle it: how many decisions, whom to give the challenger, and how long.

Where both policies do the same nothing can be learned, so only the share d of decisions on which they differ
takes part. There the challenger is given to a share e at random. With s_t^2 and s_c^2 the variances of the
reward under either policy (estimated from the log), D the design effect of repeated customers and a
difference of delta per decision over all of them, hence delta / d among those that differ,

    decisions taking part = (z(1 - alpha) + z(power))^2 (s_t^2 / e + s_c^2 / (1 - e)) D / (delta / d)^2

for a one-sided test at alpha. The smallest e that is settled within the weeks allowed is proposed, because
each decision of the experiment risks what the challenger may cost; where none is, a half, which is fastest.

Source: Chow, Shao, Wang and Lokhnygina (2017), "Sample size calculations in clinical research", chapter 3.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["SHARES", "Experiment", "plan"]

SHARES = (0.01, 0.02, 0.03, 0.04, 0.05, 0.10, 0.15, 0.20, 0.30, 0.40, 0.50)
LEAST = 30
"""With fewer decisions by the challenger no interval is worth its name."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """What would settle the question.

    Attributes
    ----------
    share: of the decisions taking part, those that get the challenger at random.
    differ: share of all decisions on which the policies differ, and which take part.
    decisions: how many take part in all, both groups together.
    customers: how many customers these are.
    difference: the difference per decision (over all) that is found with probability `power`.
    weeks: how long it takes; None when the decisions per week are not known.
    per_week: decisions per week that take part.
    words: all of it in a sentence.
    """

    share: float
    differ: float
    decisions: int
    customers: int
    difference: float
    power: float
    confidence: float
    weeks: int | None
    per_week: float | None
    words: str


def plan(
    *,
    difference: float,
    differ: float,
    variance_challenger: float,
    variance_champion: float,
    design_effect: float = 1.0,
    rows_per_customer: float = 1.0,
    per_week: float | None = None,
    most_weeks: int = 13,
    confidence: float = 0.95,
    power: float = 0.80,
    amount: str | None = None,
) -> Experiment:
    """The experiment for a difference in reward per decision.

    Parameters
    ----------
    difference: to be found, above 0, averaged over all decisions.
    differ: share of the decisions on which the policies differ, above 0.
    variance_challenger, variance_champion: of the reward of one decision where they differ.
    per_week: logged decisions per week, whether the policies differ or not.
    most_weeks: how long may be waited before a larger share is proposed (a quarter of a year).
    amount: the difference in words; its number when left out.

    >>> print(plan(difference=1.0, differ=0.5, variance_challenger=400.0, variance_champion=400.0,
    ...            per_week=700.0, most_weeks=14).words)
    Where the two differ (50% of the decisions), give 15% of the customers the challenger at random: about \
4,850 decisions settle a difference of 1 per decision in 14 weeks at 350 a week.
    """
    from scipy.special import ndtri

    factor = (
        (float(ndtri(confidence)) + float(ndtri(power))) ** 2 * design_effect / (difference / differ) ** 2
    )
    rate = None if per_week is None else per_week * differ

    def needed(share: float) -> int:
        found = math.ceil(factor * (variance_challenger / share + variance_champion / (1.0 - share)))
        return max(found, math.ceil(LEAST / share))

    share = 0.10
    if rate is not None:
        share = next((e for e in SHARES if needed(e) <= rate * most_weeks), SHARES[-1])
    decisions = needed(share)
    weeks = None if not rate else math.ceil(decisions / rate)
    whom = "Give" if differ > 0.995 else f"Where the two differ ({differ:.0%} of the decisions), give"
    often = "" if weeks is None or rate is None else f" in {weeks:,} weeks at {rate:,.0f} a week"
    words = (
        f"{whom} {share:.0%} of the customers the challenger at random: about {_round(decisions):,}"
        f" decisions settle a difference of {amount or f'{difference:.3g}'} per decision{often}."
    )
    if weeks is not None and weeks > most_weeks:
        words += f" That is more than {most_weeks} weeks: is so small a difference worth the wait?"
    return Experiment(
        share=share,
        differ=differ,
        decisions=decisions,
        customers=math.ceil(decisions / rows_per_customer),
        difference=difference,
        power=power,
        confidence=confidence,
        weeks=weeks,
        per_week=rate,
        words=words,
    )


def _round(number: int) -> int:
    """Two or three leading digits: a plan is no more exact than the variance it was made from."""
    step: int = 10 ** max(0, len(str(number)) - 3)
    return math.ceil(number / step) * step
