"""The drift of a workspace: the snapshot of a date beside what the churn model learned from, or another date.

Only active customers are compared, on both sides: those who have left look different, and nobody scores them.
The reference is kept beside the stages under the hash of what it was made from, so it is learned once.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retinue.errors import DataError, NotEnoughData, UsageError
from retinue.monitoring.columns import Mask
from retinue.monitoring.drift import DRIFTED, Drift, FeatureDrift, compare_profiles
from retinue.monitoring.profile import KEYS, Profile, count_profile, learn_profile
from retinue.monitoring.words import SCORE, label_of
from retinue.pipeline.stages import ASSESSMENTS, CHURN_MODEL, LABELS, PROFILES, STATES, TRAINING

if TYPE_CHECKING:
    import pandas as pd

    from retinue.churn.model import ChurnModel
    from retinue.pipeline.artefacts import Artefact
    from retinue.pipeline.stages import Stages

__all__ = ["SnapshotDrift", "snapshot_drift"]

REFERENCE = "reference.json"


@dataclass(frozen=True, slots=True)
class SnapshotDrift:
    """What became of the features and of the churn probability.

    as_of: aware UTC; against: the other date, None for the training snapshots; before: in words, what the
    snapshot is compared with; score: the churn probability, by one and the same model on both sides.
    """

    as_of: datetime
    against: datetime | None
    before: str
    drift: Drift
    score: FeatureDrift

    @property
    def drifted(self) -> bool:
        """Whether the score or any feature has drifted, or a feature is not there any more."""
        return bool(self.drift.drifted) or self.score.verdict in DRIFTED

    @property
    def statement(self) -> str:
        """The upshot in words."""
        psi = "" if self.score.psi is None else f", PSI {self.score.psi:.2f}"
        return (
            f"{self.drift.rows_now:,} active customers as of {self.as_of:%Y-%m-%d} against {self.before}: "
            f"{self.drift.statement} Churn probability: {self.score.verdict}{psi}."
        )

    def as_dict(self) -> dict[str, Any]:
        return {
            "as_of": self.as_of,
            "against": self.against,
            "drifted": self.drifted,
            **self.drift.as_dict(),
            "statement": self.statement,
            "score": asdict(self.score),
        }


@dataclass(frozen=True, slots=True)
class _Reference:
    features: Profile
    scores: Profile
    words: str


def snapshot_drift(stages: Stages, against: Stages | None = None) -> SnapshotDrift:
    """Compare the snapshot of `stages.as_of` with the training snapshots, or with another date's.

    The scores are those of the model of the reference: before, on rows that it was not trained on.

    Raises UsageError for data without dates, NotEnoughData when a side has no customers.
    """
    if stages.static is not None:
        raise UsageError(
            "These data have no dates, so nothing in them can drift.",
            where="churn.definition",
            fix="Compare two files from Python: retinue.monitoring.compare(before, now).",
        )
    profiles = stages.profiles()
    active = _active(profiles, stages.as_of)
    reference = _of_training(stages) if against is None else _of_date(against)
    now = count_profile(reference.features, profiles.path(PROFILES), where=active)
    try:
        if against is None:
            scored = _assessed(stages)
        else:
            scored = _predicted(_model(against), _rows(profiles.path(PROFILES), active))
    except DataError as error:
        # A feature that the model needs is not there any more; the features' verdicts say which.
        score = FeatureDrift(SCORE, label_of(SCORE), "not comparable", f"{label_of(SCORE)}: {error.what}")
    else:
        (score,) = compare_profiles(reference.scores, count_profile(reference.scores, scored)).features
    return SnapshotDrift(
        stages.as_of,
        None if against is None else against.as_of,
        reference.words,
        compare_profiles(reference.features, now),
        score,
    )


def _of_training(stages: Stages) -> _Reference:
    """The rows that the churn model was trained on or judged by, and its scores of those it never saw."""
    training = stages.training()
    if not training.facts["rows"]:
        raise NotEnoughData(
            f"There are no training snapshots as of {stages.as_of:%Y-%m-%d}.",
            where="training",
            fix="Compare with another date: --against DATE.",
        )
    trained = stages.train()

    def learn() -> _Reference:
        keys, customers = _judged(training)
        unseen = _unseen(keys, trained, stages.settings.project.seed)
        rows = keys["judged"].to_numpy(dtype=bool)
        features = learn_profile(training.path(TRAINING), where=rows, independent=customers)
        scores = _predicted(_model(stages), _rows(training.path(TRAINING), unseen))
        independent = int(keys["customer_id"][unseen].nunique())
        dates = training.facts["dates"]
        return _Reference(
            features,
            learn_profile(scores, independent=independent),
            f"the training snapshots of {dates[0]} to {dates[-1]}",
        )

    return _kept(stages, {"training": training.key, "train": trained.key}, learn)


def _of_date(stages: Stages) -> _Reference:
    """The active customers of a date, and the scores that the model of that date gave them."""
    profiles, assessed = stages.profiles(), stages.assess()
    active = _active(profiles, stages.as_of)

    def learn() -> _Reference:
        features = learn_profile(profiles.path(PROFILES), where=active)
        return _Reference(
            features, learn_profile(_assessed(stages)), f"the snapshot of {stages.as_of:%Y-%m-%d}"
        )

    return _kept(stages, {"profiles": profiles.key, "assess": assessed.key}, learn)


def _kept(stages: Stages, inputs: dict[str, Any], learn: Callable[[], _Reference]) -> _Reference:
    def build(folder: Path) -> dict[str, Any]:
        found = learn()
        body = {"features": found.features.as_dict(), "scores": found.scores.as_dict(), "words": found.words}
        (folder / REFERENCE).write_text(json.dumps(body), encoding="utf-8")
        return {"rows": found.features.rows}

    with stages.timeline.stage("reference") as reused:
        artefact = stages.artefacts.get_or_build("reference", inputs, build)
        reused(artefact.reused)
    body = json.loads(artefact.path(REFERENCE).read_bytes())
    return _Reference(Profile.from_dict(body["features"]), Profile.from_dict(body["scores"]), body["words"])


def _active(profiles: Artefact, as_of: datetime) -> Mask:
    """Which rows of a snapshot are of active customers. Raises NotEnoughData when none is."""
    import pandas as pd

    states = pd.read_parquet(profiles.path(STATES))
    active = states.loc[states["state"] == "active", "customer_id"]
    ids = pd.read_parquet(profiles.path(PROFILES), columns=["customer_id"])["customer_id"]
    found: Mask = ids.isin(active).to_numpy(dtype=bool)
    if not found.any():
        raise NotEnoughData(
            f"No customer is active as of {as_of.astimezone(UTC):%Y-%m-%d}.",
            where="profiles",
            fix="Choose another date, or see churn.active_within_days.",
        )
    return found


def _judged(training: Artefact) -> tuple[pd.DataFrame, int]:
    """The keys of the training snapshots with `judged` (it has a label), and how many customers those are."""
    import pandas as pd

    names = list(KEYS)
    labels = pd.read_parquet(training.path(LABELS), columns=names).assign(judged=True)
    keys = pd.read_parquet(training.path(TRAINING), columns=names).merge(labels, on=names, how="left")
    keys["judged"] = keys["judged"].notna()
    return keys, int(keys["customer_id"][keys["judged"]].nunique())


def _unseen(keys: pd.DataFrame, trained: Artefact, seed: int) -> Mask:
    """The judged rows that the model was not trained on: its scores of the others flatter it."""
    import pandas as pd

    from retinue.churn.split import split_by_customer

    evaluation = trained.facts["evaluation"]
    judged: Mask = keys["judged"].to_numpy(dtype=bool)
    if evaluation["split_by"] == "time":
        late = keys["as_of"] >= pd.Timestamp(evaluation["parts"]["test"]["first"])
        return judged & late.to_numpy(dtype=bool)
    if evaluation["split_by"] == "customer":
        return judged & split_by_customer(keys["customer_id"], seed=seed, why="").test
    return judged


def _rows(path: Path, where: Mask) -> pd.DataFrame:
    from retinue.features import read_frame

    return read_frame(path)[where].reset_index(drop=True)


def _model(stages: Stages) -> ChurnModel:
    from retinue.churn import load_model

    return load_model(stages.train().path(CHURN_MODEL).read_bytes())


def _predicted(model: ChurnModel, frame: pd.DataFrame) -> pd.DataFrame:
    return model.predict(frame)[[SCORE]]


def _assessed(stages: Stages) -> pd.DataFrame:
    import pandas as pd

    return pd.read_parquet(stages.assess().path(ASSESSMENTS), columns=[SCORE])
