"""The receipt of one decision: everything it followed from, in a form that shows any later change.

A receipt is JSON in named sections::

    run          what the whole run shares: run id, as-of time, terms (catalogue, thresholds, holdout, seed),
                 versions and content hashes of policy, rules and models, names and types of the features,
                 what the budget left
    customer     decision id and customer id
    features     the value of every feature; null where missing
    assessment   churn probability, risk level, time to churn, CLV and interval, tier, segment, revenue
    reasons      the causes of the score, in words, with their share
    candidates   every offer with cost, lift, net value, confidence, what removed it, and what the rules of
                 the business make of it
    policy       probability of every action; what was recommended, allocated, drawn; holdout and draw
    decision     route, rule and version of the rules, urgency, priority, offer, expected net value

`sections` holds the SHA-256 of each section's canonical JSON (keys sorted, no spaces, shortest floats that
read back exactly), and `receipt_id` is the SHA-256 of the canonical JSON of `sections`. So an altered
section is named, and nobody can alter a section and its hash without changing the receipt's id.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import msgspec

from retinue.decisions.batch import Batch
from retinue.decisions.canonical import canonical, sha256_of
from retinue.decisions.tables.ruled import Ruled
from retinue.decisions.withheld import bit, reasons_of
from retinue.domain import Receipt
from retinue.errors import ArtefactError
from retinue.incentives.catalogue import NONE
from retinue.incentives.weighing import Weighed

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FORMAT", "SECTIONS", "ReceiptParts", "read_receipt", "receipt_of", "run_section", "verify"]

FORMAT = 1
SECTIONS = ("run", "customer", "features", "assessment", "reasons", "candidates", "policy", "decision")

_RAW = dict[str, msgspec.Raw]
_KEYS = ("customer_id", "as_of")


@dataclass(frozen=True, slots=True)
class ReceiptParts:
    """The receipts of a batch, made one by one.

    features and assessments run parallel to the batch's customers; `versions` maps a model's name (`churn`,
    `clv`, `segments`) to the SHA-256 of its bytes.
    """

    batch: Batch
    features: pd.DataFrame
    assessments: pd.DataFrame
    versions: Mapping[str, str]

    def run(self) -> dict[str, Any]:
        """The section that all receipts of the run share."""
        return run_section(self.batch, self.features, self.versions)

    def rows(self, chunk: int = 2_000) -> Iterator[dict[str, Any]]:
        """The other sections, one mapping per customer, in the batch's order."""
        features = self.features.drop(columns=list(_KEYS), errors="ignore")
        facts = self.assessments.drop(columns=list(_KEYS), errors="ignore")
        for start in range(0, len(self.batch.decisions), chunk):
            part = slice(start, start + chunk)
            values = _records(features.iloc[part])
            assessed = _records(facts.iloc[part])
            for offset, (feature_row, fact_row) in enumerate(zip(values, assessed, strict=True)):
                yield {
                    **_case_sections(self.batch, start + offset),
                    "features": feature_row,
                    "assessment": fact_row,
                }


def run_section(batch: Batch, features: pd.DataFrame, versions: Mapping[str, str]) -> dict[str, Any]:
    """What every receipt of a run shares."""
    columns = {
        str(name): str(dtype)
        for name, dtype in zip(features.columns, features.dtypes, strict=True)
        if name not in _KEYS
    }
    ration, day = batch.ration, batch.day
    return {
        "format": FORMAT,
        "retinue": version("retinue"),
        "run_id": day.run_id,
        "as_of": day.as_of,
        "terms": day.terms.as_dict(),
        "versions": {**day.terms.versions(), "models": dict(versions)},
        "features": list(columns.items()),
        "budget": {
            "limited": ration.limited,
            "binding": ration.binding,
            "shadow_price": ration.price,
            "trial_price": ration.trial_price,
            "limit_cents": batch.budget_cents,
            **({} if ration.caps is None else {"caps": ration.caps.as_dict(), "limits": _limits(batch)}),
        },
    }


def _limits(batch: Batch) -> dict[str, Any] | None:
    """What was limited beside the money in all; a batch concluded under a given ration does not know."""
    if batch.limits is None:
        return None
    return {
        "tier_cents": dict(batch.limits.tier_cents),
        "reviews": batch.limits.reviews,
        "treated": batch.limits.treated,
    }


def _case_sections(batch: Batch, row: int) -> dict[str, Any]:
    """All sections that follow from the batch alone."""
    decision = batch.decisions[row]
    weighed = batch.weighed
    allocated, made = int(batch.allocated[row]), int(batch.made[row])
    columns = zip(
        weighed.catalogue.offers,
        weighed.cost_cents[row].tolist(),
        weighed.net[row].tolist(),
        weighed.lift[row].tolist(),
        weighed.confidence[row].tolist(),
        weighed.eligible[row].tolist(),
        batch.removed_by(row),
        strict=True,
    )
    nothing = {
        "id": NONE,
        "eligible": True,
        "cost": 0.0,
        "retention_lift": 0.0,
        "net": 0.0,
        "confidence": 0.0,
        "removed_by": "offer_made" if decision.incentive else "",
    }
    return {
        "customer": {"decision_id": decision.decision_id, "customer_id": decision.customer_id},
        "reasons": [
            {"feature": r.feature, "value": _plain(r.value), "contribution": r.contribution, "text": r.text}
            for r in decision.reasons
        ],
        "candidates": [
            nothing,
            *(
                {
                    "id": offer.id,
                    "eligible": eligible,
                    "cost": cents / 100.0,
                    "retention_lift": lift,
                    "net": _plain(net),
                    "confidence": confidence,
                    "removed_by": removed,
                    **_by_rule(weighed, row, column),
                }
                for column, (offer, cents, net, lift, confidence, eligible, removed) in enumerate(columns)
            ),
        ],
        "policy": {
            "propensities": decision.propensities,
            "recommended": batch.offer_id(int(weighed.chosen[row])),
            "allocated": batch.offer_id(allocated),
            "from_remainder": decision.customer_id in batch.ration.filled,
            "draw": float(batch.draw_position[row]),
            "made": batch.offer_id(made),
            "explored": bool(batch.explored[row]),
            "held_out": decision.held_out,
            "under_offer": bool(batch.withheld[row] & bit("under_offer")),
            # receipts from before the guards do not state it
            **({} if batch.day.terms.guards is None else {"withheld": reasons_of(int(batch.withheld[row]))}),
            "holdout_position": float(batch.holdout_position[row]),
        },
        "decision": {
            "action_type": decision.action_type.value,
            "rule": decision.rule,
            **({} if batch.day.terms.rules is None else {"rules": batch.day.terms.rules.number}),
            "urgency": decision.urgency.value,
            "priority_score": decision.priority_score,
            "incentive": None
            if decision.incentive is None
            else {
                "id": decision.incentive.id,
                "type": decision.incentive.type,
                "value": decision.incentive.value,
                "duration_months": decision.incentive.duration_months,
            },
            "expected_roi": decision.expected_roi,
            "cost": decision.cost,
            "retention_lift": decision.retention_lift,
            "confidence": decision.confidence,
        },
    }


def _by_rule(weighed: Weighed, row: int, column: int) -> dict[str, Any]:
    """The rule that speaks of an offer and its route; nothing in receipts from before there were rules."""
    if not isinstance(weighed, Ruled):
        return {}
    ruling = weighed.ruling(row, column)
    return {"rule": ruling.rule, "route": ruling.action.value}


def seal(run_sha256: str, sections: Mapping[str, Any]) -> tuple[str, bytes]:
    """Receipt id and the bytes of everything but the shared section, as they are stored."""
    encoded = {name: canonical(sections[name]) for name in SECTIONS[1:]}
    hashes = {"run": run_sha256, **{k: hashlib.sha256(v).hexdigest() for k, v in encoded.items()}}
    body = {"sections": hashes, **{name: msgspec.Raw(text) for name, text in encoded.items()}}
    return sha256_of(hashes), canonical(body)


def receipt_of(run: Mapping[str, Any], sections: Mapping[str, Any]) -> Receipt:
    """One self-contained receipt; `body` is what is exported as JSON."""
    receipt_id, rest = seal(sha256_of(run), sections)
    return read_receipt(assemble(receipt_id, canonical(run), rest))


def assemble(receipt_id: str, run: bytes, rest: bytes) -> bytes:
    """The self-contained JSON of one receipt from its stored parts."""
    body = {"receipt_id": receipt_id, "run": msgspec.Raw(run), **msgspec.json.decode(rest, type=_RAW)}
    return canonical(body)


def read_receipt(content: bytes | str | Mapping[str, Any]) -> Receipt:
    """A receipt from its JSON or mapping, verified.

    Raises ArtefactError when it is not a receipt, or when something in it was altered; the error names what.
    """
    try:
        body = content if isinstance(content, Mapping) else msgspec.json.decode(content)
        customer, run = body["customer"], body["run"]
        receipt = Receipt(
            receipt_id=body["receipt_id"],
            decision_id=customer["decision_id"],
            as_of=datetime.fromisoformat(run["as_of"]),
            body=body,
        )
    except (msgspec.DecodeError, KeyError, TypeError, ValueError) as error:
        raise ArtefactError(
            f"This is not a receipt: {type(error).__name__}: {error}.", fix="Export it again from the run."
        ) from error
    verify(receipt)
    return receipt


def verify(receipt: Receipt) -> None:
    """Check a receipt against its own hashes. Raises ArtefactError naming the sections that were altered."""
    body = receipt.body
    where = f"receipt {receipt.receipt_id} of decision {receipt.decision_id}"
    hashes = body.get("sections")
    altered = [
        name
        for name in SECTIONS
        if not isinstance(hashes, Mapping) or sha256_of(body.get(name)) != hashes.get(name)
    ]
    if not altered and (sha256_of(hashes) != receipt.receipt_id or body["receipt_id"] != receipt.receipt_id):
        altered = ["receipt_id"]
    strange = sorted(set(body) - {*SECTIONS, "sections", "receipt_id"})
    if altered or strange:
        raise ArtefactError(
            f"The receipt was altered after it was made: {', '.join([*altered, *strange])}.",
            where=where,
            fix="Take the receipt from the run's own file.",
        )


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame as plain mappings: NaN and missing become null, infinities are spelled out."""
    columns = [_values(frame[name]) for name in frame.columns]
    names = [str(name) for name in frame.columns]
    if not columns:
        return [{} for _ in range(len(frame))]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _values(column: pd.Series[Any]) -> list[Any]:
    values: list[Any] = column.tolist()
    if column.dtype.kind == "f" and float("inf") not in values and float("-inf") not in values:
        return values  # JSON has no NaN: it is written as null
    return [_plain(value) for value in values]


def _plain(value: Any) -> Any:
    """A JSON-ready value from which the very same one can be had back."""
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        return None if math.isnan(value) else {"float": "inf" if value > 0 else "-inf"}
    if value is None or isinstance(value, str | bool | int):
        return value
    return None  # pandas.NA and NaT: nothing is known


def frame_of(receipt: Receipt) -> pd.DataFrame:
    """The one-row frame of features from which the models assessed the customer."""
    import pandas as pd

    body = receipt.body
    moment = pd.Timestamp(receipt.as_of).tz_convert("UTC").tz_localize(None)
    data: dict[str, Any] = {
        "customer_id": pd.array([body["customer"]["customer_id"]], dtype="str"),
        "as_of": pd.array([moment], dtype="datetime64[us]"),
    }
    for name, dtype in body["run"]["features"]:
        data[name] = pd.array([_value(body["features"][name])], dtype=dtype)
    return pd.DataFrame(data)


def _value(plain: Any) -> Any:
    return float(plain["float"]) if isinstance(plain, Mapping) else plain


def candidates_of(receipt: Receipt) -> Sequence[Mapping[str, Any]]:
    """The candidates of a receipt, doing nothing first."""
    return receipt.body["candidates"]  # type: ignore[no-any-return]
