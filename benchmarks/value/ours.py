"""Our side: `retinue.clv`, grouping included."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from side import Fit, run

from retinue.clv import BGNBD, MBGNBD, GammaGamma, ShiftedBetaGeometric
from retinue.clv.bootstrap import resample_parameters
from retinue.clv.groups import group_purchases

Arrays = Mapping[str, np.ndarray]


def with_intervals(data: Arrays) -> Mapping[str, float]:
    """MBG/NBD with its 400 resamples: what a run of Retinue computes."""
    groups = group_purchases(data["x"], data["t_x"], data["T"])
    top = MBGNBD.maximum(groups)
    resample_parameters(top, MBGNBD.scores(top.theta, groups), groups.weight, seed=1)
    return MBGNBD.from_maximum(top, groups).parameters


FITS: dict[str, Fit] = {
    "BG/NBD": lambda data: BGNBD.fit(data["x"], data["t_x"], data["T"]).parameters,
    "MBG/NBD": lambda data: MBGNBD.fit(data["x"], data["t_x"], data["T"]).parameters,
    "MBG/NBD, intervals": with_intervals,
    "Gamma-Gamma": lambda data: GammaGamma.fit(data["repeat_x"], data["repeat_m"]).parameters,
    "contracts": lambda data: ShiftedBetaGeometric.fit(data["ended"], data["running"]).parameters,
}

if __name__ == "__main__":
    run(FITS)
