"""Who leaves within the horizon, how likely, when, and why.

```
warehouse ──churn_labels──▶ labels ┐
                                   ├──train──▶ ChurnModel ──predict──▶ probability, time to churn
warehouse ──(features)────▶ frame ─┘                    └──explain──▶ reasons in words
```

In: a warehouse (for the labels) and a feature frame (`customer_id`, `as_of`, float columns).
Out: a `ChurnModel` with `predict`, `explain`, `evaluation`, `kind` and `to_bytes`. Too little data gives a
stated fallback behind the same interface.

>>> import numpy as np, pandas as pd
>>> from retinue.churn import load_model, train_static
>>> from retinue.settings import ChurnSettings
>>> rng = np.random.default_rng(0)
>>> visits = rng.poisson(4.0, 900).astype(float)
>>> left = (rng.random(900) < 1 / (1 + np.exp(visits - 3))).astype(float)
>>> frame = pd.DataFrame({"customer_id": [f"c{i}" for i in range(900)], "visits": visits})
>>> labels = pd.DataFrame({"customer_id": frame.customer_id, "churned": left})
>>> model = train_static(frame, labels, settings=ChurnSettings(), seed=7)
>>> model.kind in ('blend', 'lightgbm', 'logistic')
True
>>> scored = load_model(model.to_bytes()).predict(frame)
>>> bool(scored.churn_probability[visits == 0].min() > scored.churn_probability[visits == 8].max())
True
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retinue.churn.cross_validate import cross_validated_auc
    from retinue.churn.dates import training_dates
    from retinue.churn.evaluate import Evaluation
    from retinue.churn.labels import churn_labels, resolve_definition
    from retinue.churn.model import ChurnModel, load_model
    from retinue.churn.training import train, train_static

__all__ = [
    "ChurnModel",
    "Evaluation",
    "churn_labels",
    "cross_validated_auc",
    "load_model",
    "resolve_definition",
    "train",
    "train_static",
    "training_dates",
]

_HOME = {
    "ChurnModel": "model",
    "Evaluation": "evaluate",
    "churn_labels": "labels",
    "cross_validated_auc": "cross_validate",
    "load_model": "model",
    "resolve_definition": "labels",
    "train": "training",
    "train_static": "training",
    "training_dates": "dates",
}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(f"retinue.churn.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
