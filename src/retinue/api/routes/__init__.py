"""The routes, one module per stage."""

from __future__ import annotations

from retinue.api.routes import (
    analytics,
    audit,
    campaign_steps,
    campaigns,
    cancel,
    channels,
    customers,
    data,
    deliveries,
    events,
    experiments,
    explanations,
    exports,
    feedback,
    incentives,
    model_insights,
    models,
    oauth,
    operations,
    prediction_jobs,
    predictions,
    privacy,
    reviews,
    rules,
    runs,
    sample,
    sign_in,
    stops,
    timeline,
    unsubscribe,
)

__all__ = ["ROUTERS"]

ROUTERS = tuple(
    module.router
    for module in (
        customers,
        feedback,
        events,
        channels,
        cancel,
        unsubscribe,
        operations,
        sign_in,
        oauth,
        timeline,
        predictions,
        prediction_jobs,
        campaigns,
        campaign_steps,
        reviews,
        stops,
        deliveries,
        rules,
        runs,
        sample,
        incentives,
        models,
        analytics,
        model_insights,
        experiments,
        data,
        audit,
        exports,
        explanations,
        privacy,
    )
)
"""The routers of the service; a request is matched against them in this order, so the hot ones come first."""
