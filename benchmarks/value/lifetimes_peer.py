"""The side of `lifetimes`: its fitters with their defaults, which also give standard errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from lifetimes import BetaGeoFitter, GammaGammaFitter, ModifiedBetaGeoFitter
from side import Fit, run

Arrays = Mapping[str, np.ndarray]


def purchases(fitter: type[Any]) -> Fit:
    return lambda data: dict(fitter().fit(data["x"], data["t_x"], data["T"]).params_)


FITS: dict[str, Fit] = {
    "BG/NBD": purchases(BetaGeoFitter),
    "MBG/NBD": purchases(ModifiedBetaGeoFitter),
    "Gamma-Gamma": lambda data: dict(GammaGammaFitter().fit(data["repeat_x"], data["repeat_m"]).params_),
}

if __name__ == "__main__":
    run(FITS)
