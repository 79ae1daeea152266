"""The data sets a feature can earn its place on, as training data that `retinue run` makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.business import END
from benchmarks.datasets import DATASETS
from benchmarks.results import workspace_for

if TYPE_CHECKING:
    import pandas as pd

    from retinue.settings import ChurnSettings

__all__ = ["ELSEWHERE", "SETS", "Learned", "WorthSet", "learned_from"]

SEED = 20_260_101
YEARS = 3.0
"""History of the simulated business: a window can be put beside the same one a year before."""
EVENTS_A_YEAR = 60.0

APPAREL = """
[project]
name = "apparel"

[churn]
definition = "inactivity"
horizon_days = 180           # five purchases in six years is usual

[sources.purchases]
kind = "files"
path = "${RETINUE_DATA}/apparel_clvtools/transactions.csv.gz"
table = "transactions"

[sources.purchases.columns]
customer_id = "Id"
amount = "Price"
date = "Date"
"""

RAVENSTACK = """
# Accounts hold ten subscriptions each and none ever loses them all, so here a subscription is the customer.
[project]
name = "ravenstack"

[churn]
definition = "contractual"
horizon_days = 90

[sources.people]
kind = "files"
path = "${RETINUE_DATA}/ravenstack_saas/subscriptions.csv.gz"
table = "customers"

[sources.people.columns]
customer_id = "subscription_id"
account_id = "account_id"
account_created_date = "start_date"

[sources.contracts]
kind = "files"
path = "${RETINUE_DATA}/ravenstack_saas/subscriptions.csv.gz"
table = "subscriptions"

[sources.contracts.columns]
subscription_id = "subscription_id"
customer_id = "subscription_id"
plan = "plan_tier"
mrr = "mrr_amount"
started_at = "start_date"
ended_at = "end_date"

[sources.usage]
kind = "files"
path = "${RETINUE_DATA}/ravenstack_saas/feature_usage.csv.gz"
table = "events"

[sources.usage.columns]
customer_id = "subscription_id"
event_type = "feature_name"
timestamp = "usage_date"
"""
MAPPINGS = {"apparel": APPAREL, "ravenstack": RAVENSTACK}
"""Sets whose mapping here is not the one under `examples/`."""


@dataclass(frozen=True, slots=True)
class WorthSet:
    """One data set.

    short: its column in the tables.
    as_of: the day of the run.
    overrides: settings that differ from the example's.
    note: what is simulated or cut down.
    """

    name: str
    short: str
    title: str
    as_of: datetime
    note: str
    overrides: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Learned:
    """Training snapshots with their labels, and the settings to train with."""

    frame: pd.DataFrame
    labels: pd.DataFrame
    settings: ChurnSettings
    definition: str
    seed: int


_AS_OF = {dataset.name: dataset.as_of for dataset in DATASETS}

SETS: tuple[WorthSet, ...] = (
    WorthSet(
        "simulated",
        "sim",
        "Simulated subscription business",
        END,
        "three years with contracts, payments, use and tickets, simulated; 24,000 rows of a stable sample "
        "of customers are learned from",
        {"churn": {"training_rows": 24_000}},
    ),
    WorthSet(
        "online_retail",
        "retail",
        "Online Retail II, 2009–2010",
        _AS_OF["online_retail"],
        "real; invoice lines of one year, purchases and cancellations only",
    ),
    WorthSet(
        "complete_journey",
        "journey",
        "The Complete Journey, first half of 2017",
        _AS_OF["complete_journey"],
        "real; half a year of baskets, coupons as events",
    ),
    WorthSet("cdnow", "cdnow", "CDNOW, 1/10 sample", _AS_OF["cdnow"], "real; purchases only"),
    WorthSet(
        "apparel",
        "apparel",
        "Apparel of CLVTools",
        datetime(2008, 1, 1, tzinfo=UTC),
        "simulated by its authors; 600 customers who joined in 2005, purchases only, to the end of 2007",
    ),
    WorthSet(
        "ravenstack",
        "raven",
        "RavenStack",
        _AS_OF["ravenstack"],
        "synthetic, each subscription taken for a customer of its account; its churn is close to random",
    ),
)

ELSEWHERE = {
    "telco_ibm": "one row per customer and no dates: its model reads the file's own columns, none of ours",
    "saas_survival_pysurvival": "one row per customer and no dates",
    "bank_marketing_uci": "calls to people, no history of a customer",
    "hillstrom_email": "one row per customer; for the effect of offers",
    "open_bandit_small": "logged choices of a shop window, no customers",
}
"""Folders of the data that nothing can be learned from here, and why."""


def learned_from(one: WorthSet, folder: Path, *, customers: int) -> Learned:
    """Load the set in an empty workspace and let the stages of a run make its training data.

    The environment's `RETINUE_DATA` names the data folder; `customers` is the size of the simulated business.
    """
    import pandas as pd

    from retinue import Retinue
    from retinue.features import read_frame
    from retinue.pipeline.stages import LABELS, TRAINING

    root, raw = folder / one.name, None
    root.mkdir(parents=True, exist_ok=True)
    if one.name == "simulated":
        from retinue.simulation import Parameters, write_world

        raw = folder / "raw"
        laws = Parameters(events_per_customer_year=EVENTS_A_YEAR)
        write_world(raw, customers=customers, years=YEARS, seed=SEED, end=END, laws=laws, truth_paths=0)
    elif one.name in MAPPINGS:
        (root / "retinue.toml").write_text(MAPPINGS[one.name], encoding="utf-8")
    else:
        workspace_for(next(d for d in DATASETS if d.name == one.name), root)
    with Retinue(root, clock=one.as_of, overrides=one.overrides) as retinue:
        retinue.load(raw)
        stages = retinue.stages(one.as_of)
        training = stages.training()
        frame, labels = read_frame(training.path(TRAINING)), pd.read_parquet(training.path(LABELS))
        return Learned(
            frame, labels, retinue.settings.churn, stages.definition, retinue.settings.project.seed
        )
