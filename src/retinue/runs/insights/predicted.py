"""Past predictions beside what became of the customers."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

from retinue.runs.customers import CUSTOMERS, CustomerFile
from retinue.store.runs import RunRecord, list_runs
from retinue.warehouse import utc_naive

if TYPE_CHECKING:
    import pandas as pd

    from retinue.pipeline.stages import Stages
    from retinue.runs.base import Opened

__all__ = ["predicted"]

MONTHS = 24


def predicted(retinue: Opened, stages: Stages) -> list[dict[str, Any]]:
    """What runs predicted, and how many had left when the time was over: one run a month, oldest first.

    The last run of each month whose customers are kept and whose horizon and days of grace have passed. Each
    row has all customers (`all`) and those who were left alone (`alone`): an offer is made so that somebody
    stays, so only of the others the share that left says how well calibrated the model was. Static data have
    no dates and give no rows.
    """
    if stages.static is not None:
        return []
    from retinue.churn import churn_labels, resolve_definition

    churn = stages.settings.churn
    latest = utc_naive(stages.as_of) - timedelta(days=churn.horizon_days + churn.grace_days)
    kept = _kept(retinue, latest)
    if not kept:
        return []
    labels = churn_labels(
        stages.warehouse,
        [record.as_of for record, _ in kept],
        settings=churn,
        definition=resolve_definition(stages.warehouse, churn),
        as_of=stages.as_of,
    )
    return [row for record, file in kept if (row := _row(record, file, labels)) is not None]


def _kept(retinue: Opened, latest: Any) -> list[tuple[RunRecord, CustomerFile]]:
    """The last run of each month by then whose customers are kept, oldest first."""
    found: dict[str, tuple[RunRecord, CustomerFile]] = {}
    for record in list_runs(retinue.store, limit=None):
        month = f"{record.as_of:%Y-%m}"
        if record.finished_at is None or record.as_of > latest or month in found:
            continue
        file = CustomerFile.read(retinue.settings.state / "runs" / record.campaign_id / CUSTOMERS)
        if file is not None:
            found[month] = record, file
        if len(found) == MONTHS:
            break
    return list(reversed(found.values()))


def _row(record: RunRecord, file: CustomerFile, labels: pd.DataFrame) -> dict[str, Any] | None:
    import pandas as pd

    said = pd.DataFrame(file.risks(), columns=["customer_id", "probability", "alone"])
    then = labels[(labels["as_of"] == pd.Timestamp(record.as_of)) & labels["churned"].notna()]
    both = said.merge(then[["customer_id", "churned"]], on="customer_id")
    if both.empty:
        return None
    return {
        "month": f"{record.as_of:%Y-%m}",
        "run": record.campaign_id,
        "as_of": record.as_of.replace(tzinfo=UTC).isoformat().replace("+00:00", "Z"),
        "all": _figures(both),
        "alone": _figures(both[both["alone"] == 1]),
    }


def _figures(rows: pd.DataFrame) -> dict[str, Any]:
    """Customers, the share that was predicted to leave, and the share that left."""
    many = len(rows)
    return {
        "customers": many,
        "predicted": float(rows["probability"].mean()) if many else None,
        "left": float(rows["churned"].mean()) if many else None,
    }
