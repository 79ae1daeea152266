"""MBG/NBD: BG/NBD in which a customer can also drop out right after the first purchase.

Batislam, Denizel & Filiztekin (2007, IJRM 24); Wagner & Hoppe (2008) derive it from the central variant.
The longer a one-time buyer is silent, the less likely the customer is alive, as common sense has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from retinue.clv.beta_geometric import BetaGeometricNBD

__all__ = ["MBGNBD"]


@dataclass(frozen=True)
class MBGNBD(BetaGeometricNBD):
    """MBG/NBD with parameters r, alpha (rates) and a, b (dropout); see `BetaGeometricNBD` for its methods.

    >>> model = MBGNBD(r=0.525, alpha=6.183, a=0.891, b=1.614)  # CDNOW, weeks
    >>> [round(float(p), 2) for p in model.p_alive([0, 0, 0], [0, 0, 0], [1, 10, 100])]
    [0.63, 0.52, 0.29]
    """

    name: ClassVar[str] = "MBG/NBD"
    first_purchase_counts: ClassVar[float] = 1.0
