"""BG/NBD: counting your customers the easy way (Fader, Hardie & Lee 2005, Marketing Science 24).

A customer can drop out after each repeat purchase, never right after the first: someone who bought once is
therefore alive for certain. `retinue.clv.mbg_nbd` repairs that and is what values are computed with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from retinue.clv.beta_geometric import BetaGeometricNBD

__all__ = ["BGNBD"]


@dataclass(frozen=True)
class BGNBD(BetaGeometricNBD):
    """BG/NBD with parameters r, alpha (rates) and a, b (dropout); see `BetaGeometricNBD` for its methods.

    >>> model = BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)  # CDNOW, weeks
    >>> round(float(model.expected_purchases(39, [2], [30.43], [38.86])[0]), 3)
    1.226
    >>> [round(float(p), 3) for p in model.p_alive([0, 2], [0, 30.43], [38.86, 38.86])]
    [1.0, 0.727]
    """

    name: ClassVar[str] = "BG/NBD"
    first_purchase_counts: ClassVar[float] = 0.0
