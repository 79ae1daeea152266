"""The stage that learns how customers respond: receipts and interventions in, a response model out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from retinue.churn import ChurnModel
    from retinue.incentives.catalogue import Catalogue
    from retinue.settings import Settings
    from retinue.warehouse import Warehouse

__all__ = ["learn_response"]


def learn_response(
    warehouse: Warehouse,
    folder: Path,
    settings: Settings,
    as_of: datetime,
    *,
    receipts: Sequence[Path],
    profiles: Callable[[], pd.DataFrame],
    assessments: Callable[[], pd.DataFrame],
    model: Callable[[], ChurnModel],
    dated: bool,
    past: Callable[[pd.DataFrame], pd.DataFrame],
    catalogue: Catalogue | None = None,
) -> dict[str, Any]:
    """Write `response.model` into the folder, unless the settings ask for the formula.

    dated: whether the business has a history from which past actions' customers can be scored.
    past: interventions that were not decided here, as `learning.past_rows` gives them, to who their customers
    were then.
    catalogue: what is offered; default: as the settings say.
    The facts say what was learned from what.
    """
    import pandas as pd

    from retinue.decisions.assess import monthly_revenue
    from retinue.incentives.catalogue import Catalogue
    from retinue.incentives.response.known import known_of
    from retinue.learning import evidence, interventions_of, learn, own_decisions, past_decisions, past_rows
    from retinue.pipeline.stages import RESPONSE_MODEL

    own = own_decisions(receipts)
    done = interventions_of(warehouse, as_of)
    if settings.incentives.objective != "response":
        return {"learned": False}

    def score(frame: pd.DataFrame) -> np.ndarray:
        return model().predict(frame)["churn_probability"].to_numpy(dtype="float64")

    foreign = done[~done["decision_id"].isin(own["decision_id"])]
    parts = [own]
    if dated and len(foreign):
        parts.append(past_decisions(past(past_rows(foreign)), score=score, revenue=monthly_revenue))
    decisions = pd.concat([part for part in parts if len(part)] or [own], ignore_index=True)
    seen = evidence(decisions, warehouse, as_of, horizon_days=settings.churn.horizon_days)
    offered = catalogue or Catalogue.of(settings.incentives, root=settings.root)
    everybody = profiles()
    revenue = assessments().set_index("customer_id")["mrr"].reindex(everybody["customer_id"])
    update = learn(
        seen,
        offered,
        known_of(everybody, revenue.to_numpy(dtype="float64")),
        as_of=as_of,
        drift=settings.incentives.drift,
    )
    (folder / RESPONSE_MODEL).write_bytes(update.learned.to_bytes())
    return {"learned": True, **update.facts}
