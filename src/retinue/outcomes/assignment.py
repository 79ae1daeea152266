"""Who is in which of the three arms, also when two customers turn out to be one.

A customer's place in [0, 1) is a salted hash of the id (`campaigns.holdout`); there is no date in it, so the
arm is drawn once, never again, and never runs out. When ids are merged, the customer has the places of all of
them, and

* is in the **holdout** if any of the ids was,
* else is left to **business as usual** if any of the ids was,
* else is **treated**.

So a holdout outlives every merge, at a price that is known: with k ids, holdout share h and usual share u

    P(holdout) = 1 - (1 - h)^k,   P(treatment) = (1 - h - u)^k,   P(usual) = the rest

and these probabilities, not h, weigh the customer in every comparison. Assumption: which ids are merged does
not depend on the arms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from retinue.campaigns.holdout import check_salt
from retinue.decisions.arms import ARMS, HOLDOUT, TREATMENT, USUAL, arms_at
from retinue.settings import HoldoutSettings

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["ARMS", "HOLDOUT", "TREATMENT", "USUAL", "arm_probabilities", "assign"]


def assign(
    customer_ids: Sequence[str],
    settings: HoldoutSettings,
    *,
    merged: Mapping[str, Sequence[str]] | None = None,
) -> pd.DataFrame:
    """The arm of each customer, and the probability with which each arm would have come out.

    Parameters
    ----------
    customer_ids: the customers, in any order.
    merged: surviving id -> the other ids that were merged into it; the surviving id's own place counts too.

    Returns a frame with `customer_id`, `arm` (treatment, usual, holdout) and one probability per arm, row for
    row. Raises SettingsError for a salt that knows the calendar.

    >>> shares = HoldoutSettings(share=0.10, usual_share=0.20)
    >>> assign(["C1", "C5", "C29"], shares).arm.tolist()
    ['treatment', 'usual', 'holdout']
    >>> both = assign(["C1"], shares, merged={"C1": ["C5"]})
    >>> both.arm[0], both[["holdout", "treatment"]].round(2).values.tolist()
    ('usual', [[0.19, 0.49]])
    """
    import numpy as np
    import pandas as pd

    from retinue.incentives.draws import uniforms

    check_salt(settings.salt)
    joined = merged or {}
    own = [(customer, *(i for i in joined.get(customer, ()) if i != customer)) for customer in customer_ids]
    many = np.array([len(ids) for ids in own], dtype=np.intp)
    place = uniforms(settings.salt, [one for ids in own for one in ids])
    starts = np.concatenate([[0], np.cumsum(many)[:-1]]).astype(np.intp) if len(own) else many
    lowest = np.minimum.reduceat(place, starts) if len(own) else place
    highest = np.maximum.reduceat(place, starts) if len(own) else place
    arm = arms_at(lowest, highest, holdout_share=settings.share, usual_share=settings.usual_share)
    chances = arm_probabilities(many, settings)
    return pd.DataFrame({"customer_id": list(customer_ids), "arm": arm, **chances})


def arm_probabilities(ids: NDArray[np.intp], settings: HoldoutSettings) -> dict[str, NDArray[np.float64]]:
    """Probability of each arm for customers made of so many ids (formula above)."""
    import numpy as np

    h, u = settings.share, settings.usual_share
    holdout = 1.0 - (1.0 - h) ** ids
    treatment = (1.0 - h - u) ** ids
    usual = np.clip(1.0 - holdout - treatment, 0.0, 1.0)
    return {TREATMENT: np.asarray(treatment), USUAL: usual, HOLDOUT: np.asarray(holdout)}
