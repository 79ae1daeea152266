"""The routes, one module per stage."""

from __future__ import annotations

from retinue.api.routes import cancel, channels, customers, feedback, operations, predictions, unsubscribe

__all__ = ["ROUTERS"]

ROUTERS = tuple(module.router for module in (feedback, channels, cancel, unsubscribe, operations, customers, predictions))
"""The routers of the service, in the order of its description."""
