"""The stage that trains: features and labels in, the churn, value and segment models out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from retinue.pipeline.artefacts import Artefact
from retinue.pipeline.stages import (
    CHURN_MODEL,
    LABELS,
    PROFILES,
    SEGMENT_MODEL,
    TRAINING,
    VALUE_MODEL,
    Stages,
    read_table,
)
from retinue.progress import Share

__all__ = ["train_models"]

EFFORT = {"churn": 84, "value": 5, "segments": 6, "keep": 5}
"""What the models cost beside one another."""


def train_models(
    stages: Stages, folder: Path, profiles: Artefact, training: Artefact | None
) -> dict[str, Any]:
    """Write the models into the folder; what they are and how good they are on data they never saw.

    training: None for a business without dates, which is learned from as it stands.
    """
    import pandas as pd

    from retinue import churn, clv, segments
    from retinue.features import read_frame, read_parts

    settings, seed = stages.settings, stages.settings.project.seed
    stages.warehouse.engine.rest()
    share = Share(stages.timeline.observer.advance, sum(EFFORT.values()))
    with share.part(EFFORT["churn"]) as within:
        if training is None:
            static = stages.require_static()
            willing = ~static.frame["customer_id"].isin(stages.left_out)
            frame = static.frame[willing].reset_index(drop=True)
            labels = static.labels[willing].reset_index(drop=True)
            model = churn.train_static(
                frame,
                frame[["customer_id"]].assign(churned=labels),
                settings=settings.churn,
                seed=seed,
                categories=static.categories,
                act_above=settings.decisions.act_above,
                progress=within,
            )
        else:
            model = churn.train(
                read_frame(training.path(TRAINING)),
                read_table(training.path(LABELS)),
                settings=settings.churn,
                definition=stages.definition,
                seed=seed,
                act_above=settings.decisions.act_above,
                progress=within,
            )
    file = profiles.path(PROFILES)
    with share.part(EFFORT["value"]):
        value = clv.fit(
            stages.warehouse,
            read_frame(file, features=clv.VALUE_FEATURES),
            settings=settings.value,
            contractual=stages.contractual,
            as_of=stages.as_of,
            seed=seed,
        )
    with share.part(EFFORT["segments"]):
        traits = [trait.feature for trait in segments.BEHAVIOUR]
        active = read_parts(file, stages.active(profiles), features=traits)
        nobody = read_frame(file, features=traits).iloc[:0]
        behaviour = segments.fit_kmeans(pd.concat([nobody, *active], ignore_index=True), seed=seed)
    with share.part(EFFORT["keep"]):
        (folder / CHURN_MODEL).write_bytes(model.to_bytes())
        (folder / VALUE_MODEL).write_bytes(value.to_bytes())
        (folder / SEGMENT_MODEL).write_bytes(behaviour.to_bytes())
        return {
            "evaluation": model.evaluation.as_dict(),
            "churn": {"kind": model.kind, "scored_by": model.scored_by},
            "value": value.summary(),
            "segments": behaviour.summary(),
        }
