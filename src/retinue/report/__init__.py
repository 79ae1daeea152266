"""The closing report of a run: on the terminal, and as one HTML page that needs nothing else.

In comes a `RunReport` (JSON-ready facts of a finished run), out goes text or HTML with the same numbers.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retinue.report.facts import RunReport
    from retinue.report.html import render_html
    from retinue.report.incentives import IncentivesReport
    from retinue.report.outcomes import render_outcomes
    from retinue.report.terminal import print_profile, print_report
    from retinue.report.uplift import CurvePlot, plot_curves

_HOME = {
    "CurvePlot": "uplift",
    "IncentivesReport": "incentives",
    "RunReport": "facts",
    "plot_curves": "uplift",
    "print_profile": "terminal",
    "print_report": "terminal",
    "render_html": "html",
    "render_outcomes": "outcomes",
}

__all__ = [
    "CurvePlot",
    "IncentivesReport",
    "RunReport",
    "plot_curves",
    "print_profile",
    "print_report",
    "render_html",
    "render_outcomes",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
