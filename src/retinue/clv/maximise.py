"""Maximum likelihood for a handful of positive parameters, with a verdict.

In goes an average log-likelihood with its gradient, in the logarithms of the parameters; out comes a `Fit`
that says whether the top was found inside the box, on its edge, or not at all (then `NotEnoughData`).
Working in logarithms keeps parameters positive and makes a change of the unit of time or money a mere shift.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from retinue.errors import NotEnoughData

__all__ = ["Floats", "Maximum", "Objective", "Verdict", "maximise", "one_blas_thread"]

Floats = NDArray[np.float64]
Objective = Callable[[Floats], tuple[float, Floats]]
"""Logarithms of the parameters → (average log-likelihood, its gradient)."""
Verdict = Literal["converged", "boundary"]

_EDGE = 1e-3
"""How near (in logarithms) to the edge of the box a parameter counts as on it."""
_FLAT = 1e-7
"""Curvature of the average log-likelihood below which a direction counts as flat."""
_STEP = 1e-4
_GRADIENT_OK = 1e-5
_LOOSE, _TIGHT = (1e-6, 1e-4), (1e-13, 1e-7)
"""When a climb stops: relative gain in the likelihood, slope. Loose where the data are only a part."""
_LEAST_GAIN = 1e-15
"""A Newton step that promises less is lost in the rounding of the average log-likelihood."""
_LEAST_CURVATURE, _LONGEST_STEP = 1e-9, 2.0
_LONG_STEP = 3e-2
"""After a longer step the curvature is another one."""
_PART_MOVE, _LAST_MOVE = 1e-2, 1e-7
"""Newton steps (in logarithms) after which a part, or the whole, is done: the next is far shorter."""


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Keep BLAS to one thread: on four-by-four matrices a pool of threads costs more than the work."""
    with _blas().limit(limits=1, user_api="blas"):
        yield


@cache
def _blas() -> Any:
    """The BLAS libraries of NumPy and SciPy; finding them takes longer than a small fit, so once only."""
    import scipy.optimize  # noqa: F401  (brings SciPy's own BLAS)
    from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

    return ThreadpoolController()


@dataclass(frozen=True)
class Maximum:
    """Where the likelihood is highest, in logarithms of the parameters.

    `verdict` is ``converged`` (an inner maximum with curvature in every direction) or ``boundary`` (the data
    push a parameter to the edge of the box or leave a direction flat: predictions hold as a limit, the
    parameters themselves mean little). `information` is minus the Hessian of the *average* log-likelihood;
    `free` marks the parameters that are not held by the edge.
    """

    theta: Floats
    value: float
    gradient: Floats
    information: Floats
    free: NDArray[np.bool_]
    verdict: Verdict
    evaluations: int


def maximise(
    objective: Objective,
    starts: Sequence[Floats],
    lower: Floats,
    upper: Floats,
    *,
    rough: Sequence[Objective] = (),
    what: str,
) -> Maximum:
    """The highest point found from several starts.

    Parameters
    ----------
    objective: average log-likelihood and gradient at the logarithms of the parameters.
    starts, lower, upper: in logarithms.
    rough: the same objective over growing parts of the data, for when the whole is large: all starts are
        tried on the first, and each part hands its top to the next.
    what: the model's name, for the error.

    Raises NotEnoughData when no start leads to a finite, stationary point.

    >>> import numpy as np
    >>> def bowl(theta):
    ...     return -float(((theta - 1.0) ** 2).sum()), -2.0 * (theta - 1.0)
    >>> top = maximise(bowl, [np.zeros(2)], np.full(2, -5.0), np.full(2, 5.0), what="bowl")
    >>> top.verdict, [round(float(t), 6) for t in top.theta]
    ('converged', [1.0, 1.0])
    """
    counted = _Counted(objective)
    with one_blas_thread():
        first, stop = (rough[0], _LOOSE) if rough else (counted, _TIGHT)
        candidates = [_climb(first, np.clip(start, lower, upper), lower, upper, stop) for start in starts]
        finite = [c for c in candidates if np.isfinite(c[1])]
        if not finite:
            raise _lost(what)
        # The first of equally high candidates wins, so the order of the starts decides ties.
        theta = max(finite, key=lambda c: c[1])[0]
        if rough:
            theta, _ = _climb(first, theta, lower, upper, _TIGHT)
        for part in rough[1:]:
            theta = _polish(part, theta, lower, upper, _PART_MOVE)[0]
        theta, value, gradient, information = _polish(counted, theta, lower, upper, _LAST_MOVE)
        if _steepness(theta, gradient, lower, upper) > _GRADIENT_OK:
            # Too far away for Newton steps; climb on the whole after all.
            theta, _ = _climb(counted, theta, lower, upper, _TIGHT)
            theta, value, gradient, information = _polish(counted, theta, lower, upper, _LAST_MOVE)
    free = _free(theta, gradient, lower, upper)
    if not (np.isfinite(value) and _steepness(theta, gradient, lower, upper) <= _GRADIENT_OK):
        raise _lost(what)
    on_edge = (theta < lower + _EDGE) | (theta > upper - _EDGE)
    flat = bool(np.linalg.eigvalsh(information).min() < _FLAT)
    verdict: Verdict = "boundary" if on_edge.any() or flat else "converged"
    return Maximum(theta, value, gradient, information, free, verdict, counted.calls)


class _Counted:
    def __init__(self, objective: Objective) -> None:
        self.objective = objective
        self.calls = 0

    def __call__(self, theta: Floats) -> tuple[float, Floats]:
        self.calls += 1
        return self.objective(theta)


def _lost(what: str) -> NotEnoughData:
    return NotEnoughData(
        f"The {what} likelihood has no maximum that could be found in these data.",
        where=what,
        fix="More customers with repeat purchases are needed; until then a stated fallback is used.",
    )


def _climb(
    objective: Objective, start: Floats, lower: Floats, upper: Floats, stop: tuple[float, float]
) -> tuple[Floats, float]:
    from scipy.optimize import minimize

    def down(theta: Floats) -> tuple[float, Floats]:
        value, gradient = objective(theta)
        if not (np.isfinite(value) and np.isfinite(gradient).all()):
            return 1e30, np.zeros_like(theta)
        return -value, -gradient

    found: Any = minimize(
        down,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=list(zip(lower, upper, strict=True)),
        options={"maxiter": 500, "maxcor": 8, "ftol": stop[0], "gtol": stop[1]},
    )
    value = -float(found.fun)
    return np.asarray(found.x, dtype=np.float64), value if value > -1e29 else -np.inf


def _free(theta: Floats, gradient: Floats, lower: Floats, upper: Floats) -> NDArray[np.bool_]:
    """Parameters the edge does not hold back."""
    held = ((theta <= lower + 1e-9) & (gradient <= 0)) | ((theta >= upper - 1e-9) & (gradient >= 0))
    return ~held


def _steepness(theta: Floats, gradient: Floats, lower: Floats, upper: Floats) -> float:
    """The largest slope in a direction that is free."""
    return float(np.abs(gradient[_free(theta, gradient, lower, upper)]).max(initial=0.0))


def _information(objective: Objective, theta: Floats, gradient: Floats) -> Floats:
    """Minus the Hessian by differences of the analytic gradient, right to about four digits.

    That is plenty: Newton steps correct themselves, and standard errors need two digits.
    """
    size = len(theta)
    rows = np.empty((size, size))
    for i in range(size):
        step = np.zeros(size)
        step[i] = _STEP
        rows[i] = (gradient - objective(theta + step)[1]) / _STEP
    return (rows + rows.T) / 2


def _polish(
    objective: Objective, theta: Floats, lower: Floats, upper: Floats, enough: float
) -> tuple[Floats, float, Floats, Floats]:
    """Damped Newton steps from a good point until one is shorter than `enough`.

    They find the digits a quasi-Newton method leaves. The curvature is renewed only when a step was long:
    near the top it barely changes.
    """
    value, gradient = objective(theta)
    information = _information(objective, theta, gradient)
    for _ in range(12):
        free = _free(theta, gradient, lower, upper)
        if not free.any():
            break
        step = np.zeros_like(theta)
        values, vectors = np.linalg.eigh(information[np.ix_(free, free)])
        # Where the surface is not concave, the size of its curvature still tells how far to go uphill.
        step[free] = vectors @ ((vectors.T @ gradient[free]) / np.maximum(np.abs(values), _LEAST_CURVATURE))
        gain, longest = float((step * gradient).sum()), float(np.abs(step).max(initial=0.0))
        # A long step for next to nothing walks along a flat ridge that has no end.
        if gain < (_FLAT * _LONG_STEP**2 if longest > _LONG_STEP else _LEAST_GAIN):
            break
        if longest > _LONGEST_STEP:
            step *= _LONGEST_STEP / longest
        improved = False
        for _ in range(8):
            trial = np.clip(theta + step, lower, upper)
            trial_value, trial_gradient = objective(trial)
            if np.isfinite(trial_value) and trial_value >= value - 1e-14 * abs(value):
                improved = True
                break
            step /= 4
        if not improved:
            break
        moved = float(np.abs(trial - theta).max())
        theta, value, gradient = trial, trial_value, trial_gradient
        if moved < enough:
            break
        if moved > _LONG_STEP:
            information = _information(objective, theta, gradient)
    return theta, value, gradient, information
