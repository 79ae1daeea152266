"""Qini and uplift curves as a picture: for a page, or shown by itself in a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from retinue.incentives.uplift import Band
from retinue.report.charts import curves
from retinue.report.pages import environment

__all__ = ["CurvePlot", "plot_curves"]


@dataclass(frozen=True, slots=True)
class CurvePlot:
    """A drawn plot. svg: the picture alone, styled by the page it stands in. html: a complete page with the
    same numbers in a table."""

    svg: str
    html: str

    def _repr_html_(self) -> str:
        """For a notebook: the page in a frame of its own."""
        from html import escape

        return (
            f'<iframe srcdoc="{escape(self.html)}" title="uplift curves"'
            ' style="width:100%;height:560px;border:0"></iframe>'
        )


def plot_curves(bands: Mapping[str, Band], *, what: str = "Gain per treated customer") -> CurvePlot:
    """Draw curves over the share of customers targeted, each with its interval, and targeting at random.

    Parameters
    ----------
    bands: name -> the curve, as `incentives.uplift.band` gives it; at most four, of one kind.
    what: what the height means, with its unit.

    Raises UsageError for no curve or more than four: they could not be told apart.

    >>> import numpy as np
    >>> line = np.array([0.0, 0.5, 1.0])
    >>> plot = plot_curves({"uplift": Band(line, line / 10, line / 20, line / 5)})
    >>> plot.svg.startswith("<svg") and "uplift" in plot.html
    True
    """
    from retinue.errors import UsageError

    if not 1 <= len(bands) <= 4:
        raise UsageError(f"{len(bands)} curves cannot be drawn.", where="plot_curves", fix="Give 1 to 4.")
    lines = {
        name: list(zip(*(c.tolist() for c in (b.share, b.value, b.low, b.high)), strict=True))
        for name, b in bands.items()
    }
    svg = curves(lines, what=what)
    some = {name: points[:: max(1, (len(points) - 1) // 10)] for name, points in lines.items()}
    html = environment().get_template("curves.html.j2").render(svg=svg, what=what, lines=some)
    return CurvePlot(svg, html)
