"""The figures of the dashboard, runs, and offers with what is believed of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from retinue.api.cursors import Cursor, Limit
from retinue.api.graphql.asking import Asking
from retinue.api.graphql.fields import answers
from retinue.api.routes.analytics import dashboard_of
from retinue.api.routes.incentives import offers_of
from retinue.api.routes.models import runs_of
from retinue.api.shapes.learned import Dashboard, IncentivePage, RunPage

__all__ = ["QUERIES"]


@answers("analytics.read", weight=50)
def dashboard(asking: Asking, days: Annotated[int, Query(ge=1, le=366)] = 30) -> Dashboard:
    """The four views as of the newest run. What was earned is measured against customers left alone."""
    return dashboard_of(asking.door, asking.reads, days)


@answers("analytics.read")
def runs(asking: Asking, limit: Limit = 50, cursor: Cursor = None) -> RunPage:
    """Finished runs with their counts and sums, newest first."""
    return runs_of(asking.door, asking.reads, limit, cursor)


@answers("incentives.read")
def incentives(asking: Asking) -> IncentivePage:
    """Every offer of the catalogue, with the share of leavers it is believed to keep, before and now."""
    return offers_of(asking.door, asking.reads)


QUERIES = (dashboard, runs, incentives)
