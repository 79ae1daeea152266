"""Customer lifetime value: what a customer is worth, with an interval.

In comes a frame of features as of one date (and the contracts in the warehouse); out come, per customer, the
discounted margin over the horizon given that the customer is alive, its interval, the probability of being
alive, and the expected number of purchases. Columns used: ``repeat_purchase_days`` (x),
``purchase_span_days`` (t_x), ``purchase_age_days`` (T), ``mean_repeat_value``, ``mean_purchase_value``; with
contracts ``mrr``, ``subscription_age_days``. See docs/concepts/value.md.

>>> from retinue.clv import MBGNBD
>>> model = MBGNBD(r=0.525, alpha=6.183, a=0.891, b=1.614)  # CDNOW, weeks
>>> round(float(model.expected_purchases(39.0, [2], [30.43], [38.86])[0]), 2)
1.26
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retinue.clv.base import VALUE_FEATURES, ClvModel, load_model
    from retinue.clv.bg_nbd import BGNBD
    from retinue.clv.contractual import ContractualModel
    from retinue.clv.evaluate import HoldoutReport, holdout, holdout_from_warehouse
    from retinue.clv.fitting import fit
    from retinue.clv.gamma_gamma import GammaGamma
    from retinue.clv.mbg_nbd import MBGNBD
    from retinue.clv.purchases import purchase_histories
    from retinue.clv.shifted_beta_geometric import ShiftedBetaGeometric
    from retinue.clv.transactional import TransactionalModel

__all__ = [
    "BGNBD",
    "MBGNBD",
    "VALUE_FEATURES",
    "ClvModel",
    "ContractualModel",
    "GammaGamma",
    "HoldoutReport",
    "ShiftedBetaGeometric",
    "TransactionalModel",
    "fit",
    "holdout",
    "holdout_from_warehouse",
    "load_model",
    "purchase_histories",
]

_HOMES = {
    "BGNBD": "bg_nbd",
    "MBGNBD": "mbg_nbd",
    "VALUE_FEATURES": "base",
    "ClvModel": "base",
    "ContractualModel": "contractual",
    "GammaGamma": "gamma_gamma",
    "HoldoutReport": "evaluate",
    "ShiftedBetaGeometric": "shifted_beta_geometric",
    "TransactionalModel": "transactional",
    "fit": "fitting",
    "holdout": "evaluate",
    "holdout_from_warehouse": "evaluate",
    "load_model": "base",
    "purchase_histories": "purchases",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"retinue.clv.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'retinue.clv' has no attribute {name!r}")
