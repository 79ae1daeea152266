"""The service as an ASGI application."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from retinue.api import errors
from retinue.api.access import AccessLimits
from retinue.api.agents import http as agents
from retinue.api.background import Background
from retinue.api.built import Built, ViewsOf
from retinue.api.deps import Door, Service
from retinue.api.documented import describe, operation_name
from retinue.api.ending import Ending
from retinue.api.graphql.answering import Graph
from retinue.api.graphql.route import router as graphql_router
from retinue.api.limits import BodyLimit, Buckets
from retinue.api.observing import observe_all
from retinue.api.proven import Proven
from retinue.api.reading import Reading
from retinue.api.renewing import Renewing
from retinue.api.routes import ROUTERS, dashboard, events, prediction_jobs
from retinue.api.schemas import Health
from retinue.api.sessions import ByCookie, Sessions
from retinue.api.shared_limits import SharedBuckets, open_counter
from retinue.api.sign_in import SignIn
from retinue.api.tls import OnlyByTls
from retinue.api.watching import Watched
from retinue.campaigns.cancel_moment import Desk
from retinue.errors import StoreUnavailable
from retinue.privacy import workspace_key
from retinue.privacy.keys import Kek
from retinue.runs.predictions import Workshop
from retinue.runs.trail import notice_settings
from retinue.sample import remove_sample
from retinue.security.proof import Proof
from retinue.settings import Settings, load_settings
from retinue.store import Store
from retinue.store.audit.ahead import Ahead
from retinue.store.audit.counted import Counted
from retinue.store.audit.readings import Readings
from retinue.store.stops import stopped

__all__ = ["create_app", "served"]

UPLOADS = ("/api/v1/feedback/outcomes/bulk", events.UPLOAD, prediction_jobs.UPLOAD)
_OPEN_TO_PAGES = "/api/v1/cancel/"


def served() -> ASGIApp:
    """The application of the workspace in the current folder, for an ASGI server."""
    settings = load_settings(Path())
    if settings.project.sample:
        # Both read the settings anew: whoever took the mark out since keeps what is there.
        return Renewing(
            lambda: create_app(load_settings(Path())), lambda: remove_sample(load_settings(Path()))
        )
    return create_app(settings)


def create_app(settings: Settings, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> FastAPI:
    """The application of a workspace. It holds the store open and never the warehouse.

    clock: the present, aware UTC. Raises SettingsError when a secret cannot be read or is too short.
    """
    store = Store(settings.store_place, state=settings.state, kek=Kek.from_settings(settings))
    counter = open_counter(settings)
    copy = settings.audit.checkpoints
    store.checkpoints.copy = None if copy is None else settings.root / copy

    def buckets(name: str, per_minute: int) -> Buckets:
        return (
            Buckets(per_minute) if counter is None else SharedBuckets(per_minute, name=name, counter=counter)
        )

    ahead = Ahead(store, settings.state / "audit" / "ahead")
    sign_in = SignIn.of(settings, store, buckets)
    own = None if sign_in is None else sign_in.server.tokens
    proof = Proof(settings, store, settings.api.bearer(settings.root), own)
    sessions = Sessions.of(settings, store, sign_in, proof)
    door = Door(
        settings=settings,
        store=store,
        clock=clock,
        proof=proof,
        access=AccessLimits.of(settings.auth, buckets),
        sign_in=sign_in,
        sessions=sessions,
        secret=settings.api.secret(settings.root),
        desk=Desk(settings, store),
        channels={},
        customers=buckets("customers", settings.cancel.customer_per_minute),
        addresses=buckets("addresses", settings.cancel.address_per_minute),
        readings=Readings(ahead, workspace_key(settings.state)),
        counted=Counted(ahead, clock),
        proven=Proven(store),
    )

    watched = Watched(settings, store, clock)
    keep = timedelta(hours=settings.api.prediction_hours)
    who = f"{socket.gethostname()} {os.getpid()}"
    background = Background(Workshop(store, settings.state, clock, keep=keep, who=who))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if door.secret is not None:
            await run_in_threadpool(door.desk.warm, clock())
        await run_in_threadpool(notice_settings, store, settings)
        ahead.start()
        with app.state.ending.heard():
            async with watched.running(), background.running(), held.running():
                yield
        await run_in_threadpool(door.counted.close)
        await run_in_threadpool(ahead.close)
        for channel in door.channels.values():
            channel.close()
        if counter is not None:
            counter.close()
        if app.state.reading.online is not None:
            app.state.reading.online.close()
        door.proven.close()
        store.close()

    app = FastAPI(
        title="Retinue",
        version=version("retinue"),
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # its pages come from elsewhere
        redoc_url=None,
        lifespan=lifespan,
        generate_unique_id_function=operation_name,
    )
    app.state.agents = held = agents.Agents(app, acts=settings.api.agents_act)
    app.state.door, app.state.watched, app.state.background = door, watched, background
    app.state.reading, app.state.graph, app.state.ending = (
        Reading.of(settings, store),
        Graph.of(settings),
        Ending(),
    )
    errors.install(app)
    describe(app)
    for router in (*ROUTERS, graphql_router, agents.router):
        if router is not dashboard.router or settings.api.dashboard:
            app.include_router(router)
    if settings.api.dashboard:
        app.state.built = built = Built()
        app.router.default = ViewsOf(built, app.router.default)

    @app.get("/healthz", response_model=Health, tags=["service"])
    def health(door: Service) -> Health:
        """Whether the service answers, and whether Retinue was stopped; null while the store does not say.

        It is no fault of the service that the store is gone: to start it again would mend nothing.
        """
        try:
            return Health(status="ok", stopped=stopped(door.store) is not None)
        except StoreUnavailable:
            return Health(status="ok", stopped=None)

    def longest(path: str) -> int:
        api = settings.api
        return api.upload_limit_mb << 20 if path in UPLOADS else api.body_limit_kb << 10

    app.add_middleware(BodyLimit, limit=longest)
    if sessions is not None:
        app.add_middleware(ByCookie, sessions=sessions, clock=clock)
    if settings.api.cors_origins:
        app.add_middleware(_ForPages, origins=settings.api.cors_origins)
    if settings.api.tls_cert is not None:
        app.add_middleware(OnlyByTls)
    observe_all(app, watched.meter, watched.tally)
    return app


class _ForPages:
    """Lets pages of the stated origins call the cancel moment, and nothing else."""

    def __init__(self, app: ASGIApp, origins: tuple[str, ...]) -> None:
        self.app = app
        self.shared = CORSMiddleware(
            app, allow_origins=list(origins), allow_methods=["POST"], allow_headers=["content-type"]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        ours = scope["type"] == "http" and scope["path"].startswith(_OPEN_TO_PAGES)
        await (self.shared if ours else self.app)(scope, receive, send)
