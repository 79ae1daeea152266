"""Segments: groups of customers a person can name.

In comes a frame of features as of one date; out come RFM scores with a segment, clusters of behaviour with
names, and value tiers from customer lifetime value. See docs/concepts/segments.md.

>>> from retinue.segments import value_tier
>>> value_tier([10.0, 700.0, 9000.0], {"Basic": 0.0, "Standard": 500.0, "Premium": 2000.0}).tolist()
['Basic', 'Standard', 'Premium']
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retinue.segments.behaviour import BEHAVIOUR
    from retinue.segments.kmeans import KMeansModel, fit_kmeans, load_model
    from retinue.segments.rfm_model import RFM_FEATURES, RFM_NAMES, RfmModel, fit_rfm, rfm
    from retinue.segments.tiers import value_tier

__all__ = [
    "BEHAVIOUR",
    "RFM_FEATURES",
    "RFM_NAMES",
    "KMeansModel",
    "RfmModel",
    "fit_kmeans",
    "fit_rfm",
    "load_model",
    "rfm",
    "value_tier",
]

_HOMES = {
    "BEHAVIOUR": "behaviour",
    "RFM_FEATURES": "rfm_model",
    "RFM_NAMES": "rfm_model",
    "RfmModel": "rfm_model",
    "fit_rfm": "rfm_model",
    "rfm": "rfm_model",
    "KMeansModel": "kmeans",
    "fit_kmeans": "kmeans",
    "load_model": "kmeans",
    "value_tier": "tiers",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"retinue.segments.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'retinue.segments' has no attribute {name!r}")
