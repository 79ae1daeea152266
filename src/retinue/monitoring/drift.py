"""Drift: does today's data look like the data that a model has learned from?

In: two profiles, or two data sets. Out: a verdict per feature, the most drifted first.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from retinue.monitoring.columns import Data, Mask
from retinue.monitoring.divergence import (
    chance,
    expected_psi,
    filled_pooled,
    jensen_shannon,
    kl_divergence,
    noise_level,
    psi,
)
from retinue.monitoring.profile import Histogram, Profile, count_profile, learn_profile
from retinue.monitoring.words import change_words, label_of

__all__ = [
    "DRIFTED",
    "FALSE_ALARMS",
    "MAJOR",
    "MODERATE",
    "Drift",
    "FeatureDrift",
    "compare",
    "compare_profiles",
]

Verdict = Literal["major", "moderate", "vanished", "new", "unclear", "stable", "not comparable"]
ORDER: tuple[Verdict, ...] = ("major", "moderate", "vanished", "new", "unclear", "stable", "not comparable")

DRIFTED: tuple[Verdict, ...] = ("major", "moderate", "vanished")

MODERATE, MAJOR = 0.10, 0.25
"""The customary thresholds of PSI."""

FALSE_ALARMS = 0.01
"""Probability that chance alone makes any feature of a comparison drift."""


@dataclass(frozen=True, slots=True)
class FeatureDrift:
    """One feature then and now.

    verdict: `major` (PSI of 0.25 or more) and `moderate` (0.1 or more) only when it is not chance; `unclear`
        when the rows are too few to tell; `stable`; `new` or `vanished` when only one side has the feature;
        `not comparable` with the reason in `statement`.
    psi, kl, js: see `retinue.monitoring.divergence`; None when they cannot be taken.
    expected, noise: the PSI to be expected when nothing has changed, and the one that chance stays below.
    p_value: probability that chance alone makes two samples differ so much (G-test).
    missing_before, missing_now: shares of the rows without a value (infinities are none).
    """

    feature: str
    label: str
    verdict: Verdict
    statement: str
    psi: float | None = None
    kl: float | None = None
    js: float | None = None
    expected: float | None = None
    noise: float | None = None
    p_value: float | None = None
    missing_before: float | None = None
    missing_now: float | None = None


@dataclass(frozen=True, slots=True)
class Drift:
    """The features of a comparison, the most drifted first.

    rows_before, rows_now: how many rows stand on either side.
    """

    features: tuple[FeatureDrift, ...]
    rows_before: int
    rows_now: int

    @property
    def drifted(self) -> tuple[FeatureDrift, ...]:
        """The features with the verdict major, moderate or vanished."""
        return tuple(one for one in self.features if one.verdict in DRIFTED)

    @property
    def verdicts(self) -> dict[str, int]:
        """How many features have which verdict; those that none has are left out."""
        counted = Counter(one.verdict for one in self.features)
        return {verdict: counted[verdict] for verdict in ORDER if counted[verdict]}

    @property
    def statement(self) -> str:
        """The upshot in a sentence."""
        if not self.features:
            return "There is no feature to compare."
        told = ", ".join(f"{count} {verdict}" for verdict, count in self.verdicts.items())
        return f"{len(self.drifted)} of {len(self.features)} features drifted ({told})."

    def as_dict(self) -> dict[str, Any]:
        return {
            "statement": self.statement,
            "rows_before": self.rows_before,
            "rows_now": self.rows_now,
            "verdicts": self.verdicts,
            "features": [asdict(one) for one in self.features],
        }


def compare(
    reference: Data,
    current: Data,
    *,
    where_reference: Mask | None = None,
    where_current: Mask | None = None,
    threads: int | None = None,
) -> Drift:
    """The drift from one data set to another; `learn_profile` says of what they may be.

    >>> rng = np.random.default_rng(7)
    >>> then = {"visits": rng.poisson(5, 5000), "spend": rng.lognormal(size=5000)}
    >>> now = {"visits": rng.poisson(3, 5000), "spend": rng.lognormal(size=5000)}
    >>> [(one.feature, one.verdict) for one in compare(then, now).features]
    [('visits', 'major'), ('spend', 'stable')]
    """
    profile = learn_profile(reference, where=where_reference, threads=threads)
    return compare_profiles(profile, count_profile(profile, current, where=where_current, threads=threads))


def compare_profiles(reference: Profile, current: Profile, *, false_alarms: float = FALSE_ALARMS) -> Drift:
    """The drift between two profiles with the same bins (`count_profile` makes the second).

    Missing values are a bin of their own; bins that are empty on both sides are none. `false_alarms` is the
    probability that chance alone makes any of the features drift (Bonferroni).
    """
    both = [name for name in reference.histograms if name in current.histograms]
    alone = false_alarms / max(len(both), 1)
    rows = (reference.independent, current.independent)
    found = [_judged(n, reference.histograms[n], current.histograms[n], rows, alone) for n in both]
    seen = {*reference.histograms, *reference.left_out}
    found += [_unpaired(name, why, name in seen) for name, why in current.left_out.items()]
    for name in seen - {*current.histograms, *current.left_out}:
        statement = f"{label_of(name)}: it is not in the data any more."
        found.append(FeatureDrift(name, label_of(name), "vanished", statement))
    found.sort(key=lambda one: (ORDER.index(one.verdict), -(one.psi or 0.0), one.feature))
    return Drift(tuple(found), reference.rows, current.rows)


def _unpaired(name: str, why: str, seen: bool) -> FeatureDrift:
    label = label_of(name)
    if seen:
        return FeatureDrift(name, label, "not comparable", f"{label}: {why}.")
    return FeatureDrift(name, label, "new", f"{label}: it was not in the data before.")


def _judged(
    name: str, before: Histogram, now: Histogram, rows: tuple[int, int], alone: float
) -> FeatureDrift:
    label = label_of(name)
    if not before.rows or not now.rows:
        side = "before" if not before.rows else "now"
        return FeatureDrift(name, label, "not comparable", f"{label}: there are no rows {side}.")
    counts = np.append(before.counts, before.missing), np.append(now.counts, now.missing)
    used = (counts[0] + counts[1]) > 0
    shares = counts[0][used] / before.rows, counts[1][used] / now.rows
    r, c = filled_pooled(counts[0][used], counts[1][used])
    bins, value = int(used.sum()), psi(r, c)
    noise, probability = noise_level(alone, bins, *rows), chance(*shares, *rows)
    verdict = _verdict(value, noise, significant=probability < alone)
    return FeatureDrift(
        name,
        label,
        verdict,
        change_words(name, before, now, verdict),
        psi=value,
        kl=kl_divergence(r, c),
        js=jensen_shannon(*shares),
        expected=expected_psi(bins, *rows),
        noise=noise,
        p_value=probability,
        missing_before=before.missing / before.rows,
        missing_now=now.missing / now.rows,
    )


def _verdict(value: float, noise: float, *, significant: bool) -> Verdict:
    """What a PSI says, given how high chance alone would lift it and whether this may be chance.

    >>> [_verdict(0.3, 0.1, significant=True), _verdict(0.3, 0.4, significant=False)]
    ['major', 'unclear']
    >>> [_verdict(0.02, noise, significant=False) for noise in (0.1, 0.4)]
    ['stable', 'unclear']
    """
    if value >= MODERATE:
        return "unclear" if not significant else "major" if value >= MAJOR else "moderate"
    # Where chance alone can look like a major drift, none can be ruled out either.
    return "unclear" if noise > MAJOR else "stable"
