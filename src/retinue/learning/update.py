"""The nightly update: the response of customers, learned anew from everything known by a time.

The posterior is computed from the prior and the whole log each time. So an outcome told twice, late or
corrected gives what telling it once in time would have given, and a run that was killed leaves nothing half
learned behind.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from retinue.incentives.catalogue import NONE, Catalogue
from retinue.incentives.response import Context, Learned, Observations, follow, monotone, prior
from retinue.learning.log import COLUMNS
from retinue.warehouse.base import utc_naive

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Update", "learn"]

_OWN = (*COLUMNS, "exposure", "left")


@dataclass(frozen=True, slots=True)
class Update:
    """What was learned: the model, and in plain values from what."""

    learned: Learned
    facts: dict[str, Any]


def learn(
    seen: pd.DataFrame,
    catalogue: Catalogue,
    customers: pd.DataFrame,
    *,
    as_of: datetime,
    drift: float,
) -> Update:
    """Learn from observations.

    Parameters
    ----------
    seen: the frame that `observed.evidence` gives.
    customers: what is known of today's customers (`known_of`): it says which levels and centres are usual.
    drift: standard deviation, in logits, by which what an offer keeps may move within a year.

    Actions that are no longer in the catalogue are left out; new ones start from the catalogue's prior, which
    moves with what was learned of its relatives.
    """
    import pandas as pd

    context = Context.of(customers)
    start = prior(catalogue, context.names)
    known = seen[seen["incentive"].isin(catalogue.actions)]
    columns = {action: number for number, action in enumerate(catalogue.actions)}
    age = (pd.Timestamp(utc_naive(as_of)) - known["decided_at"]).dt.total_seconds().to_numpy() / 86_400
    observations = Observations(
        action=known["incentive"].map(columns).to_numpy(dtype="int64").astype(np.intp),
        risk=known["risk"].to_numpy(dtype="float64"),
        exposure=known["exposure"].to_numpy(dtype="float64"),
        left=known["left"].to_numpy(dtype=bool),
        context=context.encode(known.drop(columns=[c for c in _OWN if c in known.columns])),
        weight=np.ones(len(known)),
    )
    types = tuple(offer.type for offer in catalogue.offers)
    followed = follow(start, observations, np.maximum(age, 0.0), types, drift=drift)
    response = monotone(followed, catalogue)
    return Update(Learned(context, response), _facts(known, response, start, catalogue, len(seen)))


def _facts(known: Any, response: Any, start: Any, catalogue: Catalogue, told: int) -> dict[str, Any]:
    """Counts, and for the usual customer what each offer is believed to keep: before, and now."""
    by_action = known["incentive"].value_counts()
    spread = np.sqrt(np.diag(response.covariance))

    def share(logit: float) -> float:
        return float(1 / (1 + np.exp(-logit)))

    offers = []
    for number, offer in enumerate(catalogue.offers):
        place = response.offer.start + number
        middle, sd = float(response.mean[place]), float(spread[place])
        offers.append(
            {
                "id": offer.id,
                "tried": int(by_action.get(offer.id, 0)),
                "believed_before": share(float(start.mean[place])),
                "kept": share(middle),
                "low": share(middle - 1.645 * sd),
                "high": share(middle + 1.645 * sd),
            }
        )
    contact = float(response.mean[response.contact])
    sd = float(spread[response.contact])
    return {
        "observations": len(known),
        "left_out": told - len(known),
        "without_offer": int(by_action.get(NONE, 0)),
        "watched_to_the_end": int((known["exposure"] >= 1).sum()),
        "offers": offers,
        "disturbed": {
            "share": share(contact),
            "low": share(contact - 1.645 * sd),
            "high": share(contact + 1.645 * sd),
        },
    }
