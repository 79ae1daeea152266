"""What a finished run leaves of all runs so far, for the dashboard's figures and the customers behind them.

In:  the assessments of the run, the log of offers and outcomes as known by then, what the run before left.
Out: `journey.sqlite` (when each customer was there and at risk, offers and what they came to, what was
     earned, what came back of messages; figures by time) and `figures.json` (what the run's report shows,
     survival curves, predictions by decile), beside the run's receipts.
"""

from __future__ import annotations

from retinue.runs.figures.file import FIGURES, JOURNEY, Told
from retinue.runs.figures.reading import Cut, Journey
from retinue.runs.figures.window import Window

__all__ = ["FIGURES", "JOURNEY", "Cut", "Journey", "Told", "Window"]
