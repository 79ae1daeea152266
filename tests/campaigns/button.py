"""A workspace with the facts that a run leaves for the cancel button, and the desk that answers from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from retinue.campaigns.cancel_moment import CustomerToken, Desk
from retinue.campaigns.cancel_moment.facts import FACTS, Shared, known_rows, write_facts
from retinue.campaigns.holdout import is_held_out
from retinue.decisions import Terms
from retinue.decisions.receipt import column_types, plain_rows
from retinue.decisions.tables.document import RuleSet
from retinue.settings import Settings
from retinue.store import Store
from retinue.store.cancel_moments import Moment
from retinue.store.runs import finish_run, open_run

SECRET = "0123456789abcdef-secret"  # noqa: S105
AS_OF = datetime(2026, 2, 14, tzinfo=UTC)
NOW = datetime(2026, 2, 14, 9, tzinfo=UTC)
RISK = 0.75
RATION = {"limited": False, "binding": False, "shadow_price": 0.0, "trial_price": 0.0}


def settings_of(root: Path, **sections: Any) -> Settings:
    """Settings under which nearly everybody would get an offer, on facts that are there."""
    return Settings(
        root=root,
        **{
            "api": {"cancel_secret": SECRET, **sections.pop("api", {})},
            "holdout": {"share": 0.1, **sections.pop("holdout", {})},
            "cancel": {"customer_per_minute": 1000, "address_per_minute": 1000, **sections.pop("cancel", {})},
            **sections,
        },
    )


class Button:
    """Customers C00000 to C00059, worth an offer; `withheld` and `requests` by customer.

    ration: what the run's budget left. Other keywords are sections of the settings.
    """

    def __init__(
        self,
        root: Path,
        *,
        withheld: Mapping[str, int] | None = None,
        requests: Mapping[str, list[tuple[float, float, bool, bool]]] | None = None,
        ration: Mapping[str, Any] = RATION,
        clv: float = 900.0,
        rules: RuleSet | None = None,
        risk: float = RISK,
        **sections: Any,
    ) -> None:
        self.settings = settings_of(root, **sections)
        self.store = Store(self.settings.state / "store.sqlite")
        self.now = NOW
        self.nonces = 0
        record = open_run(self.store, "run-1", as_of=AS_OF, clock=AS_OF)
        folder = self.settings.state / "runs" / record.campaign_id
        folder.mkdir(parents=True)
        n = 60
        features = pd.DataFrame(
            {
                "tenure_days": np.linspace(40, 900, n),
                "transaction_amount_365d": np.full(n, 480.0),
                "mrr": np.full(n, 40.0),
            }
        )
        assessed = pd.DataFrame(
            {
                "churn_probability": np.full(n, 0.05),
                "raw_score": np.full(n, -3.0),
                "risk_level": "LOW",
                "time_to_churn_days": np.full(n, np.nan),
                "clv": np.full(n, clv),
                "clv_low": np.full(n, clv * 0.8),
                "clv_high": np.full(n, clv * 1.2),
                "p_alive": np.full(n, 0.9),
                "value_tier": "Standard",
                "segment": "steady",
                "mrr": np.full(n, 40.0),
            }
        )
        names = [f"C{i:05d}" for i in range(n)]
        terms = Terms.of(self.settings, rules)
        terms = terms.under(replace(terms.thresholds, monitor_up_to=terms.thresholds.act_above))
        shared = Shared(
            run_id="run-1",
            as_of=AS_OF,
            made_at=AS_OF + timedelta(hours=1),
            columns=column_types(features),
            models={"churn": "a" * 64, "clv": "b" * 64},
            terms=terms.as_dict(),
            budget=dict(ration),
            carried={"churn_probability": risk, "basis": "observed", "requests": 80, "carried_out": 60},
        )
        masks = [(withheld or {}).get(name, 0) for name in names]
        rows = known_rows(names, plain_rows(features), plain_rows(assessed), masks, requests or {})
        self.facts = folder / FACTS
        write_facts(self.facts, shared, rows)
        finish_run(self.store, "run-1", summary={}, clock=AS_OF)
        self.desk = Desk(self.settings, self.store)

    def token(self, customer: str, nonce: str | None = None) -> CustomerToken:
        """A new occasion of a customer, or that of a nonce."""
        self.nonces += 1
        return CustomerToken(customer, 0, nonce or f"nonce-{self.nonces:05d}")

    def ask(self, customer: str, nonce: str | None = None, *, days: float = 0.0) -> Moment:
        """The answer to a customer after so many days."""
        return self.desk.answer(self.token(customer, nonce), reason=None, now=self.now + timedelta(days=days))

    def treated(self) -> list[str]:
        """Customers who are not held out."""
        names = [f"C{i:05d}" for i in range(60)]
        return [n for n, out in zip(names, is_held_out(names, self.settings.holdout), strict=True) if not out]

    def held_out(self) -> list[str]:
        """Customers who are held out."""
        treated = set(self.treated())
        return [name for name in (f"C{i:05d}" for i in range(60)) if name not in treated]
