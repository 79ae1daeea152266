"""Fitting the transactional model: which model is used, and what happens when there is too little data.

MBG/NBD is the default, because under BG/NBD everyone who bought once is alive for ever; BG/NBD is fitted
beside it and both likelihoods are reported. BG/NBD is used only when MBG/NBD cannot be fitted. With too few
repeat buyers, or histories that do not differ, a stated fallback stands in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from retinue.clv.beta_geometric import BetaGeometricNBD
from retinue.clv.bg_nbd import BGNBD
from retinue.clv.bootstrap import KEPT, Draws, parameter_intervals, resample_parameters
from retinue.clv.gamma_gamma import GammaGamma, spend_data
from retinue.clv.groups import PurchaseGroups, group_purchases
from retinue.clv.independence import independence
from retinue.clv.maximise import Floats, Maximum
from retinue.clv.mbg_nbd import MBGNBD
from retinue.clv.transactional import PurchaseColumns, TransactionalModel, purchase_columns
from retinue.errors import NotEnoughData

if TYPE_CHECKING:
    import pandas as pd

    from retinue.settings import ValueSettings

__all__ = ["fit_transactional"]

_LEAST_CUSTOMERS = 50
_LEAST_REPEAT_BUYERS = 20
_LEAST_FOR_BOUNDARY = 100
"""On the boundary the limit model is kept only when this many repeat buyers support it."""
_LEAST_FOR_SPEND_BOUNDARY = 1000
"""More for amounts: there the limit would trust a single purchase blindly."""


def fit_transactional(frame: pd.DataFrame, *, settings: ValueSettings, seed: int) -> TransactionalModel:
    """Fit on the purchase histories of one date.

    Parameters
    ----------
    frame: one row per customer; columns as in `retinue.clv`, times in days, amounts in one currency.
    settings: horizon, margin, discount rate and coverage of the interval.
    seed: of the bootstrap draws.
    """
    data = purchase_columns(frame)
    used = data.bought & ~data.impossible
    groups = group_purchases(data.x[used], data.t_x[used], data.T[used])
    facts: dict[str, Any] = {
        "customers": float(len(frame)),
        "buyers": float(used.sum()),
        "repeat_buyers": float((data.x[used] > 0).sum()),
    }
    if data.impossible.any():
        facts["impossible_histories"] = {
            "rows": int(data.impossible.sum()),
            "first_row": int(np.flatnonzero(data.impossible)[0]),
        }
    purchases, purchase_draws, purchase_kind = _fit_purchases(groups, facts, seed)
    spend, spend_draws, spend_kind = _fit_spend(data, facts, seed + 1)
    facts["parameter_intervals"] = {
        **parameter_intervals(purchase_draws, list(purchases.parameters), settings.interval),
        **parameter_intervals(spend_draws, list(spend.parameters), settings.interval),
    }
    if purchase_kind.startswith("fallback"):
        kind = purchase_kind
    else:
        kind = f"{purchase_kind}+{spend_kind}"
    return TransactionalModel(
        kind,
        purchases,
        spend,
        purchase_draws[:KEPT],
        spend_draws[:KEPT],
        settings.horizon_months,
        settings.margin,
        settings.annual_discount_rate,
        settings.interval,
        facts,
    )


def _fit_purchases(
    groups: PurchaseGroups, facts: dict[str, Any], seed: int
) -> tuple[BetaGeometricNBD, Draws, str]:
    reason = _too_little(groups)
    likelihoods: dict[str, float] = {}
    chosen: tuple[type[BetaGeometricNBD], Maximum] | None = None
    if not reason:
        repeat_buyers = float(groups.weight[groups.x > 0].sum())
        families: tuple[type[BetaGeometricNBD], ...] = (MBGNBD, BGNBD)
        for family in families:
            try:
                top = family.maximum(groups)
            except NotEnoughData as error:
                reason = reason or error.what
                continue
            likelihoods[family.name] = top.value * groups.customers
            if top.verdict == "boundary" and repeat_buyers < _LEAST_FOR_BOUNDARY:
                reason = (
                    reason or f"{family.name} ends on the boundary with {repeat_buyers:.0f} repeat buyers."
                )
            elif chosen is None:
                chosen = (family, top)
    facts["log_likelihoods"] = likelihoods
    if chosen is None:
        facts["purchase_model"] = f"fallback: {reason}"
        return _pooled_rates(groups), (), "fallback_pooled_rates" if len(groups) else "fallback_no_purchases"
    family, top = chosen
    model = family.from_maximum(top, groups)
    facts["purchase_model"] = (
        f"{family.name}, {model.verdict}"
        + ("" if family is MBGNBD else "; one-time buyers count as alive for certain")
        + ("; parameters mean little, forecasts hold as a limit" if model.verdict == "boundary" else "")
    )
    scores = family.scores(top.theta, groups)
    draws = resample_parameters(top, scores, groups.weight, seed=seed)
    return model, draws, "mbg_nbd" if family is MBGNBD else "bg_nbd"


def _too_little(groups: PurchaseGroups) -> str:
    x = groups.x
    repeat_buyers = float(groups.weight[x > 0].sum())
    if groups.customers < _LEAST_CUSTOMERS or repeat_buyers < _LEAST_REPEAT_BUYERS:
        return (
            f"{groups.customers:.0f} buyers, {repeat_buyers:.0f} of them repeatedly; "
            f"{_LEAST_CUSTOMERS} and {_LEAST_REPEAT_BUYERS} are needed."
        )
    if len(groups.x_values) < 2:
        return "All customers bought equally often: their differences cannot be estimated."
    return ""


def _pooled_rates(groups: PurchaseGroups) -> MBGNBD:
    """Stated assumptions in place of estimates: the pooled purchase rate, everything else wide.

    Rates spread exponentially (r = 1) around the pooled rate, to which half a purchase in half a year is
    added so that it is never zero; dropout after a purchase is Beta(1, 4), one in five on average.
    """
    repeats = float((groups.weight * groups.x).sum())
    days = float((groups.weight * groups.T).sum())
    rate = (repeats + 0.5) / (days + 182.625)
    return MBGNBD(1.0, 1.0 / rate, 1.0, 4.0, customers=groups.customers, verdict="boundary")


def _fit_spend(data: PurchaseColumns, facts: dict[str, Any], seed: int) -> tuple[GammaGamma, Draws, str]:
    # Gamma-Gamma is fitted on repeat purchases, as in the paper; a single purchase only shifts its own mean.
    repeat = (
        data.bought & ~data.impossible & (data.x > 0) & (data.spend_count == data.x) & (data.spend_mean > 0)
    )
    spend = spend_data(data.x[repeat], data.spend_mean[repeat])
    x, m = spend.x, spend.m
    facts["independence"] = independence(x, m)
    facts["first_to_repeat_value"] = _first_to_repeat(data, m)
    reason = f"{int(repeat.sum())} repeat buyers with amounts; {_LEAST_REPEAT_BUYERS} are needed."
    if repeat.sum() >= _LEAST_REPEAT_BUYERS:
        try:
            top = GammaGamma.maximum(spend)
            if top.verdict == "converged" or repeat.sum() >= _LEAST_FOR_SPEND_BOUNDARY:
                scores = GammaGamma.scores(top.theta, spend)
                model = GammaGamma.from_maximum(top, spend)
                facts["spend_model"] = f"{GammaGamma.name}, {model.verdict}"
                return model, resample_parameters(top, scores, spend.weight, seed=seed), "gamma_gamma"
            reason = f"{GammaGamma.name} ends on the boundary with {int(repeat.sum())} repeat buyers."
        except NotEnoughData as error:
            reason = error.what
    facts["spend_model"] = f"pooled mean: {reason}"
    return _pooled_spend(data), (), "pooled_spend"


def _pooled_spend(data: PurchaseColumns) -> GammaGamma:
    """The pooled mean as Gamma-Gamma(2, 3): a customer's x purchases weigh x against one of the pool's."""
    count, mean = data.spend_count, data.spend_mean
    total = float(count.sum())
    pooled = float((count * mean).sum()) / total if total > 0 else 0.0
    return GammaGamma(2.0, 3.0, pooled, customers=float((count > 0).sum()), verdict="boundary")


def _first_to_repeat(data: PurchaseColumns, again: Floats) -> float | None:
    """Mean amount of one-time buyers over that of repeat purchases; 1 when a first one is typical."""
    once = np.sort(data.spend_mean[data.bought & (data.x == 0) & (data.spend_count == 1)])
    if len(once) == 0 or len(again) == 0:
        return None
    return float(np.mean(once) / np.mean(again))
