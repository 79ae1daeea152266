"""Monitoring: do today's customers look like those the models learned from?

In: a profile of the training data (bins and counts, a few kilobytes, kept with the trained run) and today's
snapshot. Out: PSI, KL divergence and a verdict per feature, and for the churn probability itself.

>>> from retinue.monitoring import compare
>>> drift = compare({"visits": [0, 1, 2, 3] * 500}, {"visits": [0, 0, 0, 1] * 500})
>>> drift.features[0].verdict, drift.features[0].statement
('major', 'visits: 75 % are 0, were 25 %.')
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retinue.monitoring.drift import Drift, FeatureDrift, compare, compare_profiles
    from retinue.monitoring.evidently import compare_as_evidently
    from retinue.monitoring.profile import Profile, count_profile, learn_profile
    from retinue.monitoring.snapshots import SnapshotDrift, snapshot_drift

__all__ = [
    "Drift",
    "FeatureDrift",
    "Profile",
    "SnapshotDrift",
    "compare",
    "compare_as_evidently",
    "compare_profiles",
    "count_profile",
    "learn_profile",
    "snapshot_drift",
]

_HOME = {
    "Drift": "drift",
    "FeatureDrift": "drift",
    "Profile": "profile",
    "SnapshotDrift": "snapshots",
    "compare": "drift",
    "compare_as_evidently": "evidently",
    "compare_profiles": "drift",
    "count_profile": "profile",
    "learn_profile": "profile",
    "snapshot_drift": "snapshots",
}


def __getattr__(name: str) -> Any:
    # The command line names the stage before it needs numpy.
    if name in _HOME:
        return getattr(import_module(f"retinue.monitoring.{_HOME[name]}"), name)
    raise AttributeError(f"module 'retinue.monitoring' has no attribute {name!r}")
