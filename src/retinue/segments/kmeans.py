"""K-means on behaviour, with the number of clusters chosen and their stability reported.

Features are winsorised at the 1st and 99th percentile, counted in log(1 + value), and scaled to mean 0 and
standard deviation 1 of the customers fitted on; a missing value takes the median. Each number of clusters
from 2 to 8 is judged on a seeded sample by its silhouette and by its stability: the mean adjusted Rand index
between the clustering and those fitted to bootstrap resamples. Among the stable ones (index of at least 0.8)
the highest silhouette wins, the smaller number on a tie; if none is stable, the most stable does.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from retinue.errors import ArtefactError
from retinue.segments.behaviour import BEHAVIOUR, Trait, cluster_names

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ALL_CUSTOMERS", "KMeansModel", "fit_kmeans", "load_model"]

Floats = NDArray[np.float64]

ALL_CUSTOMERS = "All customers"
_LEAST_CUSTOMERS = 50
_FIT_ROWS = 20_000
_JUDGED_ROWS = 2_000
_RESAMPLES = 5
_STABLE = 0.8
_FORMAT = "kmeans-1"


@dataclass(frozen=True)
class Scale:
    """How one feature is made comparable."""

    feature: str
    low: float
    high: float
    median: float
    mean: float
    deviation: float

    def apply(self, values: Floats) -> Floats:
        """Standard deviations from the mean; elementwise, a missing value taken as the median."""
        filled = np.where(np.isfinite(values), values, self.median)
        squeezed = np.log1p(np.clip(filled, self.low, self.high) - self.low)
        return (squeezed - self.mean) / self.deviation


@dataclass(frozen=True)
class KMeansModel:
    """Named clusters. Without clusters everybody is in "All customers"."""

    scales: tuple[Scale, ...] = ()
    centres: tuple[tuple[float, ...], ...] = ()
    names: tuple[str, ...] = (ALL_CUSTOMERS,)
    facts: dict[str, Any] = field(default_factory=dict)

    def assign(self, frame: pd.DataFrame) -> pd.Series[str]:
        """The name of each row's cluster, with the index of `frame`.

        Distances are summed feature by feature, so a row alone is assigned as in a batch. A feature the
        frame lacks counts as missing.
        """
        import pandas as pd

        names = np.array(self.names, dtype=object)
        chosen = names[self._nearest(frame)]
        return pd.Series(chosen, index=frame.index, name="segment", dtype=object)

    def _nearest(self, frame: pd.DataFrame) -> NDArray[np.int64]:
        columns = [scale.apply(_column(frame, scale.feature)) for scale in self.scales]
        nearest = np.zeros(len(frame), dtype=np.int64)
        best = np.full(len(frame), np.inf)
        for number, centre in enumerate(self.centres):
            distance = np.zeros(len(frame))
            for values, place in zip(columns, centre, strict=True):
                distance += (values - place) * (values - place)
            closer = distance < best
            nearest[closer], best[closer] = number, distance[closer]
        return nearest

    def summary(self) -> dict[str, Any]:
        """Number of clusters and why, stability, and size and centre of each."""
        return {
            "segments": list(self.names),
            "features": [scale.feature for scale in self.scales],
            "centres": {
                name: {scale.feature: place for scale, place in zip(self.scales, centre, strict=True)}
                for name, centre in zip(self.names, self.centres, strict=False)
            },
            **self.facts,
        }

    def to_bytes(self) -> bytes:
        """Deterministic bytes for `load_model`."""
        body = {
            "format": _FORMAT,
            "scales": [asdict(scale) for scale in self.scales],
            "centres": self.centres,
            "names": self.names,
            "facts": self.facts,
        }
        return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()


def load_model(data: bytes) -> KMeansModel:
    """The model from `KMeansModel.to_bytes`; ArtefactError for other bytes."""
    try:
        body = json.loads(data)
        if body["format"] != _FORMAT:
            raise KeyError("format")
        return KMeansModel(
            tuple(Scale(**scale) for scale in body["scales"]),
            tuple(tuple(centre) for centre in body["centres"]),
            tuple(body["names"]),
            body["facts"],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ArtefactError(
            "These bytes are not a segment model.", where="segments", fix="Train again."
        ) from error


def fit_kmeans(
    frame: pd.DataFrame,
    *,
    seed: int,
    clusters: range = range(2, 9),
    traits: tuple[Trait, ...] = BEHAVIOUR,
) -> KMeansModel:
    """Cluster customers by behaviour.

    Parameters
    ----------
    frame: features as of one date; of `traits` those are used that are there and differ between customers.
    seed: of samples, starts and resamples. The order of rows plays no part when there is a customer_id.

    With fewer than 50 customers, or nothing that differs, one segment "All customers" comes back and the
    summary says why.
    """
    if len(frame) < _LEAST_CUSTOMERS:
        return _single(f"{len(frame)} customers; {_LEAST_CUSTOMERS} are needed to tell segments apart")
    rows = frame.sort_values("customer_id", kind="stable") if "customer_id" in frame.columns else frame
    generator = np.random.default_rng(seed)
    if len(rows) > _FIT_ROWS:
        rows = rows.iloc[np.sort(generator.permutation(len(rows))[:_FIT_ROWS])]
    scales = tuple(s for s in (_scale(rows, trait.feature) for trait in traits) if s is not None)
    if not scales:
        return _single("no behaviour that differs between customers")
    points = np.column_stack([scale.apply(_column(rows, scale.feature)) for scale in scales])
    distinct = len(np.unique(points, axis=0))
    tried = [k for k in clusters if k < distinct]
    if not tried:
        return _single(f"only {distinct} different behaviours")
    judged = [_judge(points, k, generator, seed) for k in tried]
    stable = [j for j in judged if j["stability"] >= _STABLE]
    best = max(stable or judged, key=lambda j: (j["silhouette"] if stable else j["stability"], -j["k"]))
    centres = _centres(points, int(best["k"]), seed)
    used = [trait for trait in traits if any(trait.feature == scale.feature for scale in scales)]
    draft = KMeansModel(scales, centres, tuple(str(i) for i in range(len(centres))))
    nearest = np.bincount(draft._nearest(frame), minlength=len(centres))
    # The largest cluster comes first, so that numbers in names and in lists mean the same in every run.
    order = sorted(range(len(centres)), key=lambda i: (-int(nearest[i]), centres[i]))
    centres = tuple(centres[i] for i in order)
    names = tuple(cluster_names([list(centre) for centre in centres], used))
    facts = {
        "clusters": int(best["k"]),
        "criterion": (
            f"highest silhouette among those with stability of at least {_STABLE}"
            if stable
            else f"highest stability; none reaches {_STABLE}, so the borders between segments are not sharp"
        ),
        "stability": best["stability"],
        "silhouette": best["silhouette"],
        "tried": judged,
        "customers": len(frame),
        "fitted_on": len(rows),
        "sizes": {name: int(nearest[i]) for name, i in zip(names, order, strict=True)},
    }
    return KMeansModel(scales, centres, names, facts)


def _single(reason: str) -> KMeansModel:
    return KMeansModel(facts={"clusters": 1, "criterion": f"one segment: {reason}"})


def _column(frame: pd.DataFrame, name: str) -> Floats:
    if name not in frame.columns:
        return np.full(len(frame), np.nan)
    return np.ascontiguousarray(frame[name].to_numpy(dtype=np.float64, na_value=np.nan))


def _scale(frame: pd.DataFrame, feature: str) -> Scale | None:
    values = _column(frame, feature)
    known = values[np.isfinite(values)]
    if len(known) == 0:
        return None
    low, median, high = (float(v) for v in np.quantile(known, [0.01, 0.5, 0.99]))
    if high <= low:
        # Rarer than one in a hundred: the percentiles see nothing, the extremes may.
        low, high = float(known.min()), float(known.max())
    raw = Scale(feature, low, high, median, 0.0, 1.0).apply(values)
    mean, deviation = float(raw.mean()), float(raw.std())
    if deviation <= 1e-9:
        return None
    return Scale(feature, low, high, median, mean, deviation)


def _cluster(points: Floats, k: int, seed: int, starts: int) -> Any:
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    # One thread: sums over several would differ in their last digits with the number of cores.
    with threadpool_limits(limits=1):
        return KMeans(n_clusters=k, n_init=starts, random_state=seed, algorithm="lloyd").fit(points)


def _centres(points: Floats, k: int, seed: int) -> tuple[tuple[float, ...], ...]:
    found = _cluster(points, k, seed, 10)
    return tuple(tuple(round(float(v), 9) for v in centre) for centre in found.cluster_centers_)


def _judge(points: Floats, k: int, generator: np.random.Generator, seed: int) -> dict[str, float]:
    """Silhouette and stability of k clusters on a sample."""
    from sklearn.metrics import adjusted_rand_score, silhouette_score
    from threadpoolctl import threadpool_limits

    sample = points
    if len(points) > _JUDGED_ROWS:
        sample = points[np.sort(generator.permutation(len(points))[:_JUDGED_ROWS])]
    found = _cluster(sample, k, seed, 4)
    agreements = []
    for number in range(_RESAMPLES):
        drawn = sample[generator.integers(0, len(sample), len(sample))]
        if len(np.unique(drawn, axis=0)) < k:
            continue
        other = _cluster(drawn, k, seed + 1 + number, 4)
        with threadpool_limits(limits=1):
            agreements.append(adjusted_rand_score(found.labels_, other.predict(sample)))
    with threadpool_limits(limits=1):
        silhouette = float(silhouette_score(sample, found.labels_)) if len(set(found.labels_)) > 1 else -1.0
    stability = float(np.mean(agreements)) if agreements else 0.0
    return {"k": k, "silhouette": round(silhouette, 9), "stability": round(stability, 9)}
