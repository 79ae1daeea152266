"""How a finished run leaves its customers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retinue.pipeline.stages import STATES, read_table
from retinue.runs.customers.file import COLUMNS, CUSTOMERS, DECIDED, Curve, Shared, packed, write_customers
from retinue.store.runs import list_runs

if TYPE_CHECKING:
    import pandas as pd

    from retinue.pipeline.stages import Stages
    from retinue.runs.base import Opened

__all__ = ["leave_customers", "rows_of"]

_KEPT = (
    "rule",
    "rule_words",
    "rules_version",
    "explored",
    "recommended_incentive",
    "retention_lift",
    "confidence",
    "response_label",
    "reasons",
    "receipt_id",
)


def leave_customers(
    retinue: Opened, stages: Stages, run_id: str, campaign: Mapping[str, Any], folder: Path
) -> int:
    """Write every active customer of a run beside its receipts; how many they are.

    campaign: as the run wrote it. Files of runs beyond `api.read_models` are removed, the oldest first.
    """
    states = read_table(stages.profiles().path(STATES))
    others = states[states["state"] != "active"]
    shared = Shared(
        run_id=run_id,
        campaign_id=str(campaign["campaign_id"]),
        as_of=stages.as_of,
        currency=stages.settings.project.currency,
        act_above=stages.settings.decisions.act_above,
        models=stages.keep_models(stages.train()),
        timing=curve_of(stages.train().facts["evaluation"].get("timing")),
    )
    written = write_customers(
        folder / CUSTOMERS,
        shared,
        rows_of(stages.scores(), campaign["actions"]),
        zip(others["customer_id"].tolist(), others["state"].tolist(), strict=True),
    )
    _forget(retinue, folder)
    return written


def curve_of(timing: Mapping[str, Any] | None) -> Curve | None:
    """How risk becomes time, as the training found it; None where it did not."""
    if not timing or "shape" not in timing:
        return None
    return Curve(float(timing["window"]), float(timing["shape"]), str(timing["why"]))


def rows_of(scores: pd.DataFrame, actions: list[dict[str, Any]]) -> Iterator[tuple[Any, ...]]:
    """The rows of the file from scores and the campaign's actions; a missing value is None."""
    decided = {action["customer_id"]: action for action in actions}
    frame = scores.assign(revenue_at_risk=scores["clv"] * scores["churn_probability"])
    names = [name for name in COLUMNS if name not in DECIDED and name != "decision"]
    columns = [_plain(frame[name]) for name in names]
    for values in zip(*columns, strict=True):
        action = decided.get(values[0])
        if action is None:
            yield (*values, *(None for _ in DECIDED), None)
        else:
            rest = {name: action[name] for name in _KEPT if name in action}
            yield (*values, *(action[name] for name in DECIDED), packed(rest))


def _plain(column: pd.Series[Any]) -> list[Any]:
    present = column.notna().tolist()
    return [value if there else None for value, there in zip(column.tolist(), present, strict=True)]


def _forget(retinue: Opened, folder: Path) -> None:
    """Remove the oldest files; that of the newest finished run stays, which a service reads until then."""
    done = [run.campaign_id for run in list_runs(retinue.store, limit=None) if run.finished_at is not None]
    for name in done[max(1, retinue.settings.api.read_models) :]:
        if name != folder.name:
            (folder.parent / name / CUSTOMERS).unlink(missing_ok=True)
