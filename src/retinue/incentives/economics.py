"""The design document's decision logic, for n customers and k offers at once.

For CLV v, churn probability p, retention lift l and cost c:

    ev_no_action = v * (1 - p)
    new_churn    = p * (1 - l)
    ev_with      = v * (1 - new_churn) - c
    roi          = ev_with - ev_no_action        (= v * p * l - c in exact arithmetic)

`roi` is money, not a ratio: the net value of making the offer. The order of operations above is kept, so the
result is bit for bit that of the document's loop. Assumes that a customer who stays brings the whole CLV,
one who leaves nothing, and that v is the same with and without the offer.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["net_values", "probability_it_pays"]

Floats = NDArray[np.float64]


def net_values(clv: Floats, churn_probability: Floats, lift: Floats, cost: Floats) -> Floats:
    """Net value ("roi") of every offer for every customer.

    Parameters
    ----------
    clv, churn_probability: shape (n,); money and probability.
    lift: shape (k,) or (n, k); share of would-be leavers kept.
    cost: shape (n, k); money.

    Returns shape (n, k), money.

    >>> import numpy as np
    >>> net_values(np.array([1000.0]), np.array([0.5]), np.array([0.1]), np.array([[20.0]])).tolist()
    [[30.0]]
    """
    value = clv[:, None]
    risk = churn_probability[:, None]
    without = value * (1 - risk)
    new_risk = risk * (1 - lift)
    with_action = value * (1 - new_risk) - cost
    return np.asarray(with_action - without, dtype=np.float64)


def probability_it_pays(clv: Floats, churn_probability: Floats, prior: Floats, cost: Floats) -> Floats:
    """Probability that the net value is above 0, given how unsure the lift is (n x k), in closed form.

    The offer pays when its lift exceeds cost / (clv x churn_probability), so with a Beta(a, b) lift the
    answer is the survival function I_{1-t}(b, a) at that threshold t (I is the regularised incomplete beta
    function).

    Parameters
    ----------
    prior: shape (k, 4): mean, standard deviation, a and b of each offer; with standard deviation 0 the lift
        is known and the answer 0 or 1.

    >>> import numpy as np
    >>> known = np.array([[0.10, 0.0, 0.0, 0.0]])
    >>> probability_it_pays(np.array([1000.0]), np.array([0.5]), known, np.array([[20.0]])).tolist()
    [[1.0]]
    """
    from scipy.special import betainc

    stake = (clv * churn_probability)[:, None]
    possible = stake > 0
    threshold = np.divide(cost, stake, out=np.full(cost.shape, np.inf), where=possible)
    mean, spread, a, b = prior.T
    sure = (mean > threshold).astype(np.float64)
    known = spread == 0
    inner = np.clip(1.0 - threshold, 0.0, 1.0)
    unsure = betainc(np.where(known, 1.0, b), np.where(known, 1.0, a), inner)
    return np.asarray(np.where(possible, np.where(known, sure, unsure), 0.0), dtype=np.float64)
