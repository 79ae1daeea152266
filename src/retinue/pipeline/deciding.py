"""The stage that decides: assessments, response model and guards in, receipts and the campaign out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retinue.pipeline.artefacts import Artefact
from retinue.pipeline.stages import (
    ASSESSMENTS,
    CAMPAIGN,
    RECEIPTS,
    RESPONSE_MODEL,
    RFM,
    STATES,
    Stages,
    read_table,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Deciding", "decide_inputs"]

_SECTIONS = ("incentives", "decisions", "holdout", "guards", "features", "project", "value")


def decide_inputs(
    stages: Stages,
    budget: Decimal | None,
    reviews: int | None,
    stop: str | None,
    also: pd.DataFrame | None = None,
) -> dict[str, Any]:
    """What the decisions follow from, beside the data and the time: the key of the artefact."""
    inputs: dict[str, Any] = {
        "assess": stages.assess().key,
        "learn": stages.learn().key,
        "budget": None if budget is None else str(budget.normalize()),
        "stop": stop,
        **{name: stages.section(name) for name in _SECTIONS},
    }
    if also is not None and len(also):
        inputs["also"] = [
            [str(customer), moment.isoformat(), float(cost)]
            for customer, moment, cost in zip(
                also["customer_id"], also["executed_at"], also["cost"], strict=True
            )
        ]
    rejected = stages.rejected()
    if rejected:
        inputs["rejected"] = sorted(rejected)
    rollout = stages.entered()
    if rollout is not None:
        inputs["rollout"] = rollout.as_dict()
    if stages.rules is not None:
        inputs["rules"] = [stages.rules.number, stages.rules.sha256]
    # Named only where there is one, so that a run without limits is the run it always was.
    limits = {"reviews": reviews, **stages.section("budget")}
    for shared in ("per_month", "hold_days"):
        limits.pop(shared)
    return {**inputs, **({"limits": limits} if any(v not in (None, {}) for v in limits.values()) else {})}


@dataclass(frozen=True, slots=True)
class Deciding:
    """One call of the stage: what it is given is described at `Stages.decide`."""

    stages: Stages
    run_id: str
    budget: Decimal | None
    reviews: int | None
    stop: str | None
    also: pd.DataFrame | None

    def build(self, folder: Path) -> dict[str, Any]:
        """Write campaign and receipts into the folder; the facts of the run."""
        import pandas as pd

        from retinue.campaigns import decide_all, targeted
        from retinue.campaigns.campaign import campaign_bytes
        from retinue.campaigns.fairness import groups_of
        from retinue.campaigns.withheld import withheld
        from retinue.decisions.replay import RESPONSE
        from retinue.decisions.tables.facts import ATTRIBUTES
        from retinue.decisions.withheld import bit
        from retinue.incentives.response import Learned
        from retinue.pipeline.summary import summarise

        stages, settings = self.stages, self.stages.settings
        profiles, trained, assessed = stages.profiles(), stages.train(), stages.assess()
        hashes = stages.keep_models(trained)
        learned = None
        content = _taught(stages.learn())
        if content is not None:
            learned = Learned.from_bytes(content)
            hashes[RESPONSE] = stages.model_store().put(content)
        assessments = read_table(assessed.path(ASSESSMENTS))
        above = targeted(assessments, settings.decisions.act_above)
        chosen = list(stages.frames(profiles, set(assessments.loc[above, "customer_id"])))
        model = stages.churn_model()
        told = [reasons for part in chosen for reasons in model.explain(part, top=5)]
        wanted = pd.concat(chosen, ignore_index=True)
        asked = frozenset() if stages.rules is None else stages.rules.facts
        if learned is not None or asked & set(ATTRIBUTES):
            wanted = stages.with_attributes(wanted)
        ids = wanted["customer_id"].tolist()
        held = withheld(stages.warehouse, settings, ids, stages.as_of, self.also)
        rejected = stages.rejected()
        if rejected:
            import numpy as np

            held = held | np.array([bit("rejected") * (one in rejected) for one in ids], dtype=np.int64)
        compared = settings.guards.fairness.attributes
        decided = decide_all(
            assessments,
            wanted,
            dict(zip(wanted["customer_id"], told, strict=True)),
            settings=settings,
            as_of=stages.as_of,
            run_id=self.run_id,
            budget=self.budget,
            reviews=self.reviews,
            versions=hashes,
            receipts_file=folder / RECEIPTS,
            learned=learned,
            withheld=pd.Series(held, index=ids),
            stop=self.stop,
            groups=groups_of(stages.warehouse, compared, ids, stages.as_of) if compared else None,
            rollout=stages.entered(),
            rules=stages.rules,
        )
        (folder / CAMPAIGN).write_bytes(campaign_bytes(decided.campaign))
        return summarise(
            assessments,
            read_table(profiles.path(STATES)),
            decided.summary,
            trained.facts,
            read_table(assessed.path(RFM)),
            settings=settings,
            definition=stages.definition,
        )


def _taught(taught: Artefact) -> bytes | None:
    """The response model that was learned, if one was."""
    facts: Mapping[str, Any] = taught.facts
    return taught.path(RESPONSE_MODEL).read_bytes() if facts["learned"] else None
