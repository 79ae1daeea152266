"""The coupons of The Complete Journey: who gets a campaign and who redeems, and no more than that.

A row is a household and a campaign. Everything is as of the morning of the campaign's first day. Campaigns
that began before the first four weeks of purchases were over are left out: there is nothing to go by.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import logit

from retinue.incentives.uplift.propensity import estimate

__all__ = ["Coupons", "measure", "read"]

LEAST_HISTORY = pd.Timedelta(days=28)
EXTREME = 0.02


@dataclass(frozen=True)
class Coupons:
    """n pairs of household and campaign: features (n x p), names, who got it, who redeemed, whose it is."""

    X: np.ndarray
    names: tuple[str, ...]
    got: np.ndarray
    redeemed: np.ndarray
    household: np.ndarray
    campaigns: int


def read(folder: Path) -> Coupons:
    """The pairs of every household that had bought by then and every campaign with four weeks before it."""
    bought = pd.read_parquet(folder / "transactions_2017h1.parquet")
    campaigns = pd.read_parquet(folder / "campaign_descriptions.parquet").sort_values("start_date")
    mailed = pd.read_parquet(folder / "campaigns.parquet")
    used = pd.read_parquet(folder / "coupon_redemptions.parquet")
    starts = campaigns.set_index("campaign_id")["start_date"]
    campaigns = campaigns[
        campaigns["start_date"] >= bought["transaction_timestamp"].min().normalize() + LEAST_HISTORY
    ]
    parts = []
    for campaign, kind, start in campaigns[["campaign_id", "campaign_type", "start_date"]].itertuples(
        index=False
    ):
        known = _known(bought[bought["transaction_timestamp"] < start], start)
        earlier = mailed[mailed["campaign_id"].map(starts) < start]
        known["campaigns before"] = known.index.map(earlier["household_id"].value_counts()).to_numpy()
        redeemed = used[used["redemption_date"] < start]["household_id"].value_counts()
        known["redemptions before"] = known.index.map(redeemed).to_numpy()
        known = known.fillna(0.0)
        for letter in "AB":
            known[f"type {letter}"] = float(kind == f"Type {letter}")
        known["day"] = float((start - pd.Timestamp(2017, 1, 1)).days)
        own = mailed.loc[mailed["campaign_id"] == campaign, "household_id"]
        spent = used.loc[used["campaign_id"] == campaign, "household_id"]
        parts.append((known, known.index.isin(own), known.index.isin(spent)))
    frame = pd.concat([known for known, _, _ in parts])
    return Coupons(
        frame.to_numpy(np.float64),
        tuple(frame.columns),
        np.concatenate([got for _, got, _ in parts]),
        np.concatenate([redeemed for _, _, redeemed in parts]),
        frame.index.to_numpy(),
        len(parts),
    )


def _known(before: pd.DataFrame, start: pd.Timestamp) -> pd.DataFrame:
    """What a household's purchases say of it; amounts and counts by logarithm."""
    household = before.groupby("household_id")
    recent = before[before["transaction_timestamp"] >= start - LEAST_HISTORY].groupby("household_id")
    found = pd.DataFrame(
        {
            "log spend": np.log1p(household["sales_value"].sum()),
            "log baskets": np.log1p(household["basket_id"].nunique()),
            "days since": (start - household["transaction_timestamp"].max()).dt.total_seconds() / 86_400,
            "log products": np.log1p(household["product_id"].nunique()),
            "discount share": household["retail_disc"].sum() / household["sales_value"].sum().clip(lower=1.0),
            "log coupons": np.log1p(household["coupon_disc"].sum().abs()),
        }
    )
    found["log spend, 4 weeks"] = np.log1p(recent["sales_value"].sum()).reindex(found.index)
    found["log baskets, 4 weeks"] = np.log1p(recent["basket_id"].nunique()).reindex(found.index)
    return found


def measure(data: Coupons, *, seed: int = 0) -> dict[str, Any]:
    """Chances out of fold, by household: how well they rank, are calibrated, and how the groups overlap."""
    got = data.got
    chance = estimate(data.X, got.astype(np.intp), cluster=data.household, seed=seed)[:, 1]
    mailed = np.flatnonzero(got)
    redeem = estimate(
        data.X[mailed], data.redeemed[mailed].astype(np.intp), cluster=data.household[mailed], seed=seed
    )[:, 1]
    weight = np.where(got, 1 / chance, 1 / (1 - chance))
    raw, weighted = _gap(data.X, got, np.ones(len(got))), _gap(data.X, got, weight)
    worst = np.argsort(-raw)[:4]
    return {
        "pairs": len(got),
        "campaigns": data.campaigns,
        "households": len(np.unique(data.household)),
        "gets": _judged(chance, got, data.household, seed),
        "redeems": _judged(redeem, data.redeemed[mailed], data.household[mailed], seed),
        "extreme": {
            "below": float((chance < EXTREME).mean()),
            "got below": int(got[chance < EXTREME].sum()),
            "above": float((chance > 1 - EXTREME).mean()),
            "beyond": float((chance[~got] < chance[got].min()).mean()),
        },
        "effective": {
            name: float(weight[one].sum() ** 2 / np.square(weight[one]).sum() / one.sum())
            for name, one in (("got", got), ("not", ~got))
        },
        "gaps": [(data.names[i], float(raw[i]), float(weighted[i])) for i in worst],
        "left": float(weighted.max()),
    }


def _gap(X: np.ndarray, got: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Standardised mean differences between who got it and who did not, as weighted (p)."""
    ends = [np.average(X[one], axis=0, weights=weight[one]) for one in (got, ~got)]
    spread = np.sqrt((X[got].var(axis=0) + X[~got].var(axis=0)) / 2)
    return np.abs(ends[0] - ends[1]) / np.where(spread > 0, spread, 1.0)


def _judged(chance: np.ndarray, happened: np.ndarray, household: np.ndarray, seed: int) -> dict[str, Any]:
    """AUC with a bootstrap interval by household, slope and intercept of calibration, and by tenth."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    score = logit(np.clip(chance, 1e-6, 1 - 1e-6))
    line = LogisticRegression(C=1e6).fit(score[:, None], happened)
    _, whose = np.unique(household, return_inverse=True)
    rng = np.random.default_rng(seed)
    many = whose.max() + 1
    drawn = []
    for _ in range(200):
        weight = np.bincount(rng.integers(many, size=many), minlength=many)[whose]
        drawn.append(roc_auc_score(happened, chance, sample_weight=weight))
    tenth = np.argsort(np.argsort(chance, kind="stable"), kind="stable") * 10 // len(chance)
    return {
        "cases": int(happened.sum()),
        "of": len(happened),
        "auc": (float(roc_auc_score(happened, chance)), *map(float, np.quantile(drawn, [0.025, 0.975]))),
        "slope": float(line.coef_[0, 0]),
        "intercept": float(line.intercept_[0]),
        "tenths": [(float(chance[tenth == t].mean()), float(happened[tenth == t].mean())) for t in range(10)],
    }
