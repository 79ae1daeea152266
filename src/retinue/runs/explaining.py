"""Why a customer's score is what it is and what would change it, from the files that a run left.

The features of a customer are in the receipt of a decision, and, where there is a cancel moment, in the facts
for it. Of others a run leaves only the scores.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retinue.errors import ArtefactError
from retinue.pipeline.stages import MODELS, RECEIPTS

if TYPE_CHECKING:
    import pandas as pd

    from retinue.churn import ChurnModel
    from retinue.churn.counterfactual import Changed
    from retinue.domain import Reason, Receipt

__all__ = ["Explained", "explain_customer", "model_named"]


@dataclass(frozen=True)
class Explained:
    """What a run knows of one customer. receipt: of the decision, where there was one."""

    features: pd.DataFrame
    model: ChurnModel
    receipt: Receipt | None

    def reasons(self, top: int = 8) -> tuple[Reason, ...]:
        """The causes of the score; with `(others)` and `(base)` they sum to it, in log-odds."""
        return self.model.explain(self.features, top=top, complete=True)[0]

    def changes(self, top: int = 5) -> tuple[Changed, ...]:
        """What raises the risk most, made typical."""
        from retinue.churn.counterfactual import what_would_change

        return what_would_change(self.model, self.features, top=top)

    def story(self) -> str | None:
        """The decision told to a person; None where nothing was decided."""
        from retinue.decisions.explain import explain

        return None if self.receipt is None else explain(self.receipt)


def explain_customer(state: Path, campaign_id: str, customer_id: str) -> Explained | None:
    """One customer of a run; None where the run left no features of them.

    Raises ArtefactError when a file was altered or a model is missing.
    """
    folder = state / "runs" / campaign_id
    receipt = _receipt(folder / RECEIPTS, customer_id)
    if receipt is not None:
        from retinue.decisions.receipt import frame_of

        models = receipt.body["run"]["versions"]["models"]
        return Explained(frame_of(receipt), _model(state / MODELS, models["churn"]), receipt)
    found = _at_cancel(folder, customer_id)
    if found is None:
        return None
    features, sha256 = found
    return Explained(features, _model(state / MODELS, sha256), None)


def model_named(state: Path, sha256: str) -> ChurnModel:
    """The churn model of that hash. Raises ArtefactError when it is not there any more, or was altered."""
    return _model(state / MODELS, sha256)


def _receipt(path: Path, customer_id: str) -> Receipt | None:
    from retinue.decisions import find_receipt

    try:
        return find_receipt(path, customer_id, by="customer_id")
    except ArtefactError as error:
        if error.what.startswith("There is no receipt"):
            return None
        raise


def _at_cancel(folder: Path, customer_id: str) -> tuple[pd.DataFrame, str] | None:
    from retinue.campaigns.cancel_moment.facts import FACTS, Facts
    from retinue.decisions.receipt import frame_from

    facts = Facts.read(folder / FACTS)
    known = None if facts is None else facts.of(customer_id)
    if facts is None or known is None:
        return None
    as_of: datetime = facts.shared.as_of
    frame: Any = frame_from(facts.shared.columns, known.features, customer_id, as_of)
    return frame, facts.shared.models["churn"]


@lru_cache(maxsize=2)
def _model(folder: Path, sha256: str) -> ChurnModel:
    from retinue.churn import load_model
    from retinue.decisions.artefacts import ModelStore
    from retinue.decisions.assess import TREES

    store = ModelStore(folder)
    return load_model(store.get(sha256), store.beside(sha256, TREES))
