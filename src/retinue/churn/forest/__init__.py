"""LightGBM's trees as arrays: the same scores bit for bit, and exact reasons, several times as fast.

```
model text ──model_text──▶ Forest ─┬─ evaluate        many rows: masks of bytes over all rows
             intervals             ├─ bit_vectors     one row: a word for each tree
                                   └─ contributions   TreeSHAP from tables of patterns   paths, shapley
```

In: the text of a model and a matrix of doubles (NaN: missing). Out: log-odds, contributions in log-odds.
`Converted` compares both with LightGBM's before they are used; what has no such form stays with LightGBM.
"""

from retinue.churn.forest.base import NotConvertible
from retinue.churn.forest.converted import Converted, Kept

__all__ = ["Converted", "Kept", "NotConvertible"]
