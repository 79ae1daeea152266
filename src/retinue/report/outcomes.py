"""The measured outcomes as one self-contained HTML page."""

from __future__ import annotations

from retinue.outcomes import Measurement
from retinue.report.charts import effect_over_time
from retinue.report.pages import environment

__all__ = ["render_outcomes"]


def render_outcomes(found: Measurement, project: str) -> str:
    """A complete page: the verdict, the arms, the effect over time, each incentive, the forecast.

    Names come from data, so everything is escaped; the page forbids itself scripts and any outside address.
    """
    points = [
        (f"{look.at:%Y-%m-%d}", look.estimate.value, look.estimate.always_low, look.estimate.always_high)
        for look in found.looks
    ]
    return (
        environment()
        .get_template("outcomes.html.j2")
        .render(found=found, project=project, points=points, chart=effect_over_time(points))
    )
