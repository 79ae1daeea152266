"""A churn model: what it predicts, why, how good it is, and itself as bytes.

Two forms stand behind one interface: a trained score with a calibration and a time curve (`blend`, or only
one side of it: `lightgbm`, `logistic`), and the stated fallbacks (`fallback_recency`, `fallback_base_rate`).
A model is one self-contained JSON document (the trees are LightGBM's own text in it) with the SHA-256 of its
body; nothing in it runs when it is read.
"""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt
from scipy.special import logit

from retinue.churn.blend import Blend
from retinue.churn.calibration import Calibration
from retinue.churn.encoding import Encoding
from retinue.churn.evaluate import Evaluation
from retinue.churn.explain import BASE, Words, reasons, words_of
from retinue.churn.fallback import BaseRate, base_log_odds
from retinue.churn.forest import Kept
from retinue.churn.scorer import BaseRateScorer, ModelScorer, Scorer
from retinue.churn.timing import Timing
from retinue.domain import Reason
from retinue.errors import ArtefactError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ChurnModel", "FallbackModel", "TrainedModel", "load_model"]

Vector = npt.NDArray[np.float64]
FORMAT = "retinue-churn-1"


class ChurnModel(ABC):
    """What every churn model offers. Rows of the answers stand in the order of the frame's rows."""

    form: ClassVar[str]
    evaluation: Evaluation

    @property
    @abstractmethod
    def kind(self) -> str:
        """`blend`, `lightgbm`, `logistic`, `fallback_recency` or `fallback_base_rate`."""

    @abstractmethod
    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        """`raw_score` (log-odds), `churn_probability` (calibrated), `time_to_churn_days`, one row per row.

        The time is the median of the fitted curve (`retinue.churn.timing`); it is NaN from a fallback and
        from a model of a snapshot without dates. A row's values are the same bits whether it is scored alone
        or among others. Raises DataError when the frame lacks a feature.
        """

    @abstractmethod
    def contributions(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The share of every feature in each raw score, and `(base)`; a row sums to its raw score."""

    @abstractmethod
    def explain(
        self, frame: pd.DataFrame, top: int = 5, *, complete: bool = False
    ) -> list[tuple[Reason, ...]]:
        """The strongest reasons of each row in words, strongest first.

        With `complete`, the reasons `(others)` and `(base)` follow, and each tuple sums to the raw score.
        """

    @abstractmethod
    def scorer(self) -> Scorer:
        """Scores of rows that are numbers already, one at a time in microseconds."""

    @property
    def scored_by(self) -> str:
        """What computes the scores and the reasons, in words."""
        return "the model's own terms"

    @abstractmethod
    def _body(self) -> dict[str, Any]:
        """The parts of the model, JSON-ready."""

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the model's body, in hexadecimal."""
        return hashlib.sha256(self._canonical()).hexdigest()

    def to_bytes(self) -> bytes:
        """The model as UTF-8 JSON: the same fit gives the same bytes."""
        body = self._canonical()
        head = f'{{"format":"{FORMAT}","sha256":"{hashlib.sha256(body).hexdigest()}","body":'
        return head.encode() + body + b"}"

    def _canonical(self) -> bytes:
        whole = {"form": self.form, "evaluation": self.evaluation.as_dict(), **self._body()}
        text = json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        return text.encode()


class TrainedModel(ChurnModel):
    """Boosted trees and logistic regression in one score, calibrated, with a curve of time."""

    form = "boosted"

    def __init__(
        self,
        encoding: Encoding,
        score: Blend,
        calibration: Calibration,
        timing: Timing | None,
        evaluation: Evaluation,
    ) -> None:
        self.encoding = encoding
        self.score = score
        self.calibration = calibration
        self.timing = timing
        self.evaluation = evaluation

    @property
    def kind(self) -> str:
        return self.score.kind

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        import pandas as pd

        raw = self.score.log_odds(self.encoding.matrix(frame))
        probability = self.calibration.probability(raw)
        return pd.DataFrame(
            {
                "raw_score": raw,
                "churn_probability": probability,
                "time_to_churn_days": np.nan if self.timing is None else self.timing.days(probability),
            },
            index=frame.index,
        )

    def contributions(self, frame: pd.DataFrame) -> pd.DataFrame:
        import pandas as pd

        values = self.score.contributions(self.encoding.matrix(frame))
        return pd.DataFrame(values, columns=[*self.encoding.names, BASE], index=frame.index)

    def explain(
        self, frame: pd.DataFrame, top: int = 5, *, complete: bool = False
    ) -> list[tuple[Reason, ...]]:
        matrix = self.encoding.matrix(frame)
        words: dict[str, Words] = {name: words_of(name) for name in self.encoding.names}
        return reasons(
            self.encoding, words, matrix, self.score.contributions(matrix), top=top, complete=complete
        )

    def scorer(self) -> Scorer:
        return ModelScorer(self.encoding.names, self.score, self.calibration)

    @property
    def scored_by(self) -> str:
        return self.score.booster.scored_by if self.score.booster else super().scored_by

    def _body(self) -> dict[str, Any]:
        return {
            "encoding": self.encoding.as_dict(),
            "calibration": self.calibration.as_dict(),
            "timing": self.timing.as_dict() if self.timing else None,
            **self.score.as_dict(),
        }


class FallbackModel(ChurnModel):
    """A base rate, by recency where possible; the evaluation says why it stands in."""

    form = "fallback"

    def __init__(self, base: BaseRate, evaluation: Evaluation) -> None:
        self.base = base
        self.evaluation = evaluation

    @property
    def kind(self) -> str:
        return self.base.kind

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        import pandas as pd

        probability = self.base.probability(frame)
        return pd.DataFrame(
            {
                "raw_score": logit(probability),
                "churn_probability": probability,
                "time_to_churn_days": np.full(len(frame), np.nan),
            },
            index=frame.index,
        )

    def contributions(self, frame: pd.DataFrame) -> pd.DataFrame:
        import pandas as pd

        start = base_log_odds(self.base)
        columns: dict[str, Vector] = {}
        if self.base.column:
            columns[self.base.column] = logit(self.base.probability(frame)) - start
        columns[BASE] = np.full(len(frame), start)
        return pd.DataFrame(columns, index=frame.index)

    def explain(
        self, frame: pd.DataFrame, top: int = 5, *, complete: bool = False
    ) -> list[tuple[Reason, ...]]:
        shares = self.contributions(frame)
        base = Reason(BASE, None, base_log_odds(self.base), f"no model: {self.evaluation.verdict}")
        column = self.base.column
        if column is None:
            return [(base,)] * len(frame)
        words = words_of(column)
        given = column in frame.columns
        out: list[tuple[Reason, ...]] = []
        for row, share in enumerate(shares[column]):
            value = float(frame[column].iloc[row]) if given else np.nan
            known = None if np.isnan(value) else value
            shown = "none on record" if known is None else f"{known:,.0f}"
            effect = "raises" if share > 0 else "lowers" if share < 0 else "leaves"
            text = f"{words.label}: {shown}, {effect} the risk in a base rate by silence"
            out.append((Reason(column, known, float(share), text), base))
        return out

    def scorer(self) -> Scorer:
        return BaseRateScorer(self.base)

    def _body(self) -> dict[str, Any]:
        return {"base": self.base.as_dict()}


def load_model(content: bytes, kept: Kept | None = None) -> ChurnModel:
    """A model from its bytes. Raises ArtefactError when they are not a model, or were altered.

    kept: where the converted trees of this model are kept between processes; without it they are converted
    from the bytes when they are needed.
    """
    document = _checked(content)
    body: Mapping[str, Any] = document["body"]
    evaluation = Evaluation.from_dict(body["evaluation"])
    if body["form"] == FallbackModel.form:
        return FallbackModel(BaseRate.from_dict(body["base"]), evaluation)
    return TrainedModel(
        Encoding.from_dict(body["encoding"]),
        Blend.from_dict(body, kept),
        Calibration.from_dict(body["calibration"]),
        Timing.from_dict(body["timing"]) if body["timing"] else None,
        evaluation,
    )


def _checked(content: bytes) -> dict[str, Any]:
    try:
        document = json.loads(content)
        form, stated = document["format"], document["sha256"]
    except (ValueError, KeyError, TypeError) as error:
        raise ArtefactError(
            "This is not a churn model.", fix="Give the bytes of ChurnModel.to_bytes."
        ) from error
    if form != FORMAT:
        raise ArtefactError(
            f"The churn model has the format '{form}', not '{FORMAT}'.", fix="Train again with this version."
        )
    body = content[content.index(b',"body":') + len(b',"body":') : -1]
    if hashlib.sha256(body).hexdigest() != stated:
        raise ArtefactError(
            "The churn model was altered or cut short: its content does not match its hash.",
            fix="Restore the file, or train again.",
        )
    found: dict[str, Any] = document
    return found
