"""How customers respond to offers: a Bayesian model that starts from the catalogue and learns from the log.

```
catalogue ──prior──▶ Response ──fit(observations)──▶ Response ──moments──▶ shares kept and disturbed
                                                               ──outlook──▶ net value, chance that it pays
```

In: what was done to whom, their risk without an offer, how long they have been watched, whether they left.
Out: for every customer and offer the share of would-be leavers it keeps, the share of would-be stayers that
a contact disturbs, what that is worth, and how unsure all of it is.
"""

from retinue.incentives.response.base import Observations, Response
from retinue.incentives.response.context import Context
from retinue.incentives.response.doses import monotone
from retinue.incentives.response.file import Learned
from retinue.incentives.response.fit import fit
from retinue.incentives.response.follow import follow
from retinue.incentives.response.moments import Moments, moments
from retinue.incentives.response.outlook import Outlook, outlook
from retinue.incentives.response.prior import prior

__all__ = [
    "Context",
    "Learned",
    "Moments",
    "Observations",
    "Outlook",
    "Response",
    "fit",
    "follow",
    "moments",
    "monotone",
    "outlook",
    "prior",
]
