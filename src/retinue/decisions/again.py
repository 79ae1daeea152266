"""A finished run read back from its receipts, and decided again under other terms.

Everything that a decision looks at stands in its receipt, so no model of churn or value is asked again. Under
the run's own terms, limits and response model the same decisions come out, to the bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from retinue.decisions.batch import Batch, Day, conclude, decide_batch, weigh_under
from retinue.decisions.receipt_file import read_rows, read_run
from retinue.decisions.replay import customers_of, ration_of
from retinue.decisions.terms import Terms
from retinue.decisions.withheld import told
from retinue.incentives.catalogue import NONE
from retinue.incentives.draws import uniforms
from retinue.incentives.limits import Limits
from retinue.incentives.response import Learned

if TYPE_CHECKING:
    import pandas as pd

    from retinue.incentives.costs import Customers

__all__ = ["PastRun", "decide_again", "decide_at_price", "read_past", "when"]

_ATTRIBUTE = "attribute_"
_FACTS = ("customer_id", "churn_probability", "clv", "mrr", "time_to_churn_days", "segment")


class _Assessment(msgspec.Struct):
    churn_probability: float
    clv: float
    mrr: float | None = None
    time_to_churn_days: float | None = None
    segment: str | None = None


class _Offer(msgspec.Struct):
    id: str


class _Decision(msgspec.Struct):
    rule: str
    action_type: str
    cost: float
    expected_roi: float
    retention_lift: float
    incentive: _Offer | None = None


class _Rest(msgspec.Struct):
    features: dict[str, Any]
    assessment: _Assessment
    policy: dict[str, Any]
    decision: _Decision


@dataclass(frozen=True, slots=True)
class PastRun:
    """What a run knew of its customers and did with them; frames and arrays run parallel.

    run: the section that its receipts share. assessment: `customer_id`, `churn_probability`, `clv` (money),
    `mrr` (money a month), `time_to_churn_days`, `segment`. features: what the economics and the response look
    at. done: `decision_id`, `incentive` (its id or `none`), `rule`, `route`, `cost`, `expected_net` (money),
    `lift`. propensities: probability of each action of `terms.catalogue.actions` (n x (k + 1)). withheld: why
    nothing could be offered, as bits of `decisions.withheld`. share: how much of the run was read.
    """

    run: Mapping[str, Any]
    terms: Terms
    assessment: pd.DataFrame
    features: pd.DataFrame
    withheld: NDArray[np.int64]
    done: pd.DataFrame
    propensities: NDArray[np.float64]
    share: float = 1.0

    @property
    def models(self) -> Mapping[str, str]:
        """Model name to the SHA-256 of its bytes."""
        return self.run["versions"]["models"]  # type: ignore[no-any-return]

    @property
    def limits(self) -> Limits:
        """What limited the run; of a sample its share of each limit, rounded down."""
        budget = self.run["budget"]
        beside = budget.get("limits") or {"tier_cents": {}, "reviews": None, "treated": None}

        def part(most: int | None) -> int | None:
            return None if most is None else int(most * self.share)

        return Limits(
            part(budget["limit_cents"]),
            {name: int(most * self.share) for name, most in beside["tier_cents"].items()},
            part(beside["reviews"]),
            part(beside["treated"]),
        )

    def customers(self, learned: Learned | None) -> Customers:
        """The customers as the economics need them, encoded for a response model."""
        return customers_of(self.assessment, self.features, learned=learned, withheld=self.withheld)

    def only(self, rows: NDArray[np.bool_]) -> PastRun:
        """The same run with those customers alone."""
        return replace(
            self,
            assessment=self.assessment[rows].reset_index(drop=True),
            features=self.features[rows].reset_index(drop=True),
            withheld=self.withheld[rows],
            done=self.done[rows].reset_index(drop=True),
            propensities=self.propensities[rows],
        )

    def joined_by(
        self, assessment: pd.DataFrame, features: pd.DataFrame, withheld: NDArray[np.int64]
    ) -> PastRun:
        """The same run with customers about whom it did not decide: nothing was done to them, for certain.

        assessment, features: row for row, with at least the columns this run has.
        """
        import pandas as pd

        n = len(assessment)
        nothing = pd.DataFrame(
            {
                "decision_id": "",
                "incentive": NONE,
                "rule": "not_targeted",
                "route": "no_action",
                "cost": 0.0,
                "expected_net": 0.0,
                "lift": 0.0,
            },
            index=range(n),
        )
        certain = np.zeros((n, self.propensities.shape[1]))
        certain[:, 0] = 1.0
        facts = assessment[list(_FACTS)]
        wide = features.reindex(columns=self.features.columns)
        return replace(
            self,
            assessment=pd.concat([self.assessment, facts], ignore_index=True),
            features=pd.concat([self.features, wide], ignore_index=True),
            withheld=np.concatenate([self.withheld, withheld]),
            done=pd.concat([self.done, nothing], ignore_index=True),
            propensities=np.concatenate([self.propensities, certain]),
        )


def read_past(path: Path, *, most: int | None = None) -> PastRun:
    """A run from its file of receipts. Raises ArtefactError when the file cannot be read.

    most: of a larger run only about so many customers, chosen by a hash of their ids, with that share of its
    limits. The receipts are trusted as they are; `retinue replay` checks them.
    """
    import pandas as pd

    from retinue.incentives.response.known import NUMBERS

    run, columns = read_rows(path)
    share = 1.0 if most is None else min(1.0, most / max(1, len(columns["customer_id"])))
    if share < 1.0:
        kept = np.flatnonzero(uniforms("retinue-sample", columns["customer_id"]) < share)
        columns = {name: [values[row] for row in kept] for name, values in columns.items()}
    decoder = msgspec.json.Decoder(_Rest)
    rest = [decoder.decode(text) for text in columns["rest"]]
    terms = Terms.from_dict(run["terms"])
    customers = columns["customer_id"]
    facts = {
        "customer_id": customers,
        "churn_probability": [row.assessment.churn_probability for row in rest],
        "clv": [row.assessment.clv for row in rest],
        "mrr": np.array([row.assessment.mrr for row in rest], dtype="float64"),
        "time_to_churn_days": np.array([row.assessment.time_to_churn_days for row in rest], dtype="float64"),
        "segment": [row.assessment.segment for row in rest],
    }
    wanted = [
        (name, dtype)
        for name, dtype in run["features"]
        if name in NUMBERS or name == "mrr" or name.startswith(_ATTRIBUTE)
    ]
    features = pd.DataFrame(
        {name: pd.array([_value(row.features[name]) for row in rest], dtype=dtype) for name, dtype in wanted},
        index=range(len(rest)),
    )
    done = pd.DataFrame(
        {
            "decision_id": columns["decision_id"],
            "incentive": [row.decision.incentive.id if row.decision.incentive else NONE for row in rest],
            "rule": [row.decision.rule for row in rest],
            "route": [row.decision.action_type for row in rest],
            "cost": np.array([row.decision.cost for row in rest], dtype="float64"),
            "expected_net": np.array([row.decision.expected_roi for row in rest], dtype="float64"),
            "lift": np.array([row.decision.retention_lift for row in rest], dtype="float64"),
        }
    )
    actions = terms.catalogue.actions
    chances = np.array([[row.policy["propensities"][name] for name in actions] for row in rest])
    return PastRun(
        run=run,
        terms=terms,
        assessment=pd.DataFrame(facts),
        features=features,
        withheld=np.array([told(row.policy) for row in rest], dtype=np.int64),
        done=done,
        propensities=chances.reshape(len(rest), len(actions)),
        share=share,
    )


def decide_again(
    past: PastRun, terms: Terms, *, learned: Learned | None, limits: Limits
) -> tuple[NDArray[np.intp], Batch]:
    """Decide for the run's customers under other terms, with the same luck.

    learned: how customers respond, to the offers of the terms. None: the design document's formula.

    Returns the rows of `past` above the terms' threshold of action, and what is decided about them.
    """
    risk = past.assessment["churn_probability"].to_numpy(dtype="float64")
    rows = np.flatnonzero(risk > terms.thresholds.act_above)
    day = Day(past.run["run_id"], past.run["as_of"], terms)
    customers = past.customers(learned).take(rows)
    return rows, decide_batch(customers, day, limits=limits, learned=learned)


def decide_at_price(
    past: PastRun, rows: NDArray[np.intp], *, learned: Learned | None
) -> tuple[NDArray[np.intp], Batch]:
    """Decide for some customers by another response model, every limit being worth what it was in the run.

    Nobody is filled up from what remained of the budget, which follows from all customers together.
    """
    customers, terms = past.customers(learned).take(rows), past.terms
    weighed = weigh_under(terms, customers, learned)
    day = Day(past.run["run_id"], past.run["as_of"], terms)
    return rows, conclude(customers, weighed, day, ration_of(past.run["budget"], {}))


def when(path: Path) -> datetime:
    """The time that the run with these receipts saw (aware UTC). Raises ArtefactError."""
    return datetime.fromisoformat(read_run(path)["as_of"]).astimezone(UTC)


def _value(plain: Any) -> Any:
    return float(plain["float"]) if isinstance(plain, Mapping) else plain
