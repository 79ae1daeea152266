"""The design document's "saved revenue", shown beside the causal figure and labelled for what it is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SavedRevenue", "saved_revenue"]


@dataclass(frozen=True, slots=True)
class SavedRevenue:
    """saved = sum of CLV over customers who got an offer and were retained; net: less what the offers cost.

    `amount` is None where no value is known. Not causal: it counts everybody who stayed after an offer, most
    of whom would have stayed without one.
    """

    retained: int
    valued: int
    amount: float | None
    cost: float
    statement: str

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


def saved_revenue(units: pd.DataFrame, clv: pd.Series[float] | None, currency: str) -> SavedRevenue:
    """Retained customers x CLV over the treated who got an offer and whose window has ended.

    Parameters
    ----------
    units: rows of an `intention.Cohort` that was followed.
    clv: value by decision id, as it was when the customer entered; None or missing: not known.

    >>> import pandas as pd
    >>> units = pd.DataFrame({"arm": ["treatment"] * 3, "offers": [1, 1, 0], "matured": True,
    ...     "retained": [1.0, 0.0, 1.0], "decision_id": ["D1", "D2", "D3"], "cost": [10.0, 10.0, 0.0]})
    >>> saved_revenue(units, pd.Series({"D1": 500.0, "D2": 80.0}), "EUR").amount
    500.0
    """
    offered = units[(units["arm"] == "treatment") & (units["offers"] > 0) & units["matured"]]
    kept = offered[offered["retained"] == 1.0]
    values = kept["decision_id"].map(clv).dropna() if clv is not None else kept["retained"].iloc[:0]
    cost = float(offered["cost"].sum())
    if not len(values):
        none = f"{len(kept):,} customers stayed after an offer, but their value is not known."
        return SavedRevenue(len(kept), 0, None, cost, none)
    amount = float(values.sum())
    unvalued = len(kept) - len(values)
    left = f"; {unvalued:,} more without a known value" if unvalued else ""
    return SavedRevenue(
        len(kept),
        len(values),
        amount,
        cost,
        f"Saved revenue as in the design document (retained customers × CLV): {len(values):,} × "
        f"{amount / len(values):,.2f} = {amount:,.2f} {currency}{left}. This is not what the offers earned: "
        "it counts everybody who stayed after an offer, also those who would have stayed without one.",
    )
