"""The routes, one module per stage."""

from __future__ import annotations

from retinue.api.routes import (
    campaign_steps,
    campaigns,
    cancel,
    channels,
    customers,
    deliveries,
    feedback,
    operations,
    predictions,
    reviews,
    stops,
    unsubscribe,
)

__all__ = ["ROUTERS"]

ROUTERS = tuple(
    module.router
    for module in (
        feedback,
        channels,
        cancel,
        unsubscribe,
        operations,
        customers,
        predictions,
        campaigns,
        campaign_steps,
        reviews,
        stops,
        deliveries,
    )
)
"""The routers of the service, in the order of its description."""
