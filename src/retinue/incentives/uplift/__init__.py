"""Uplift: the effect of each treatment on each customer, from logged interventions.

```
logged treatments ──t_learner | x_learner | dr_learner | causal_forest──▶ Uplift ──predict──▶ Effects
                                             order ──judge_targeting──▶       Qini, AUUC, uplift@k, a sentence
                                             Effects + risk ──label──▶ persuadable, …, sleeping dog, unknown
```

In: features as of the action, the treatment (0 for none), the outcome, the probabilities of the treatments.
Out: conditional average treatment effects (CATE) with errors; whether targeting by them beats random and
beats targeting by risk; labels where they are sure enough.

It stands beside `incentives.response`: that model starts from the catalogue and shares strength between
offers, so it serves from the first day; these learners assume no form of response and need many outcomes.

>>> import numpy as np
>>> from retinue.incentives.uplift import dr_learner, judge_targeting
>>> rng = np.random.default_rng(1)
>>> X, t = rng.normal(size=(2_000, 2)), rng.integers(0, 2, 2_000)
>>> stays = (rng.random(2_000) < 0.5 + 0.3 * t * (X[:, 0] > 0)).astype(float)
>>> found = dr_learner(X, t, stays, propensity=[0.5, 0.5], pairs=4)
>>> judge_targeting(found.order[:, 0], t, stays, replicates=200).beats_random
'better'
"""

from retinue.incentives.uplift.causal_forest import causal_forest
from retinue.incentives.uplift.curves import (
    Ranked,
    auuc,
    qini_coefficient,
    qini_curve,
    uplift_at,
    uplift_curve,
)
from retinue.incentives.uplift.doses import monotone_effects
from retinue.incentives.uplift.dr_learner import dr_learner
from retinue.incentives.uplift.effects import Effects
from retinue.incentives.uplift.ensemble import Uplift
from retinue.incentives.uplift.labels import Labels, label
from retinue.incentives.uplift.t_learner import t_learner
from retinue.incentives.uplift.targeting import Band, Estimate, Targeting, band, judge_targeting
from retinue.incentives.uplift.x_learner import x_learner

__all__ = [
    "Band",
    "Effects",
    "Estimate",
    "Labels",
    "Ranked",
    "Targeting",
    "Uplift",
    "auuc",
    "band",
    "causal_forest",
    "dr_learner",
    "judge_targeting",
    "label",
    "monotone_effects",
    "qini_coefficient",
    "qini_curve",
    "t_learner",
    "uplift_at",
    "uplift_curve",
    "x_learner",
]
