"""The tools over stdin and stdout, for an agent on this machine, in the name of somebody who works here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio

from retinue.api.access import LOCAL
from retinue.api.agents.server import agent_server
from retinue.api.main import create_app
from retinue.errors import UsageError
from retinue.runs.trail import notice_settings
from retinue.security import Principal, api_keys

if TYPE_CHECKING:
    from retinue.api.deps import Door
    from retinue.settings import Settings

__all__ = ["serve_stdio", "whom"]


def serve_stdio(settings: Settings, *, user: str | None, key: str | None, here: str, acts: bool) -> None:
    """Answer an agent until it ends.

    Parameters
    ----------
    user: the user of the service in whose name it asks. key: a key of a machine instead. here: the name of
        whoever sits at this machine, where there are no users yet. acts: whether it may do anything.

    Raises UsageError where it is not clear in whose name.
    """
    app = create_app(settings)
    door: Door = app.state.door
    try:
        whom(door, user, key, here)  # told now, and not at the first call
        notice_settings(door.store, settings)
        door.readings.ahead.start()
        server = agent_server(app, lambda _: whom(door, user, key, here), acts=acts)
        anyio.run(_serve, server)
    finally:
        door.counted.close()
        door.readings.ahead.close()
        door.store.close()


def whom(door: Door, user: str | None, key: str | None, here: str) -> Principal:
    """In whose name an agent on this machine asks, with the roles they have now. Raises UsageError."""
    if key is not None:
        found = api_keys.holder(door.store, key, door.clock())
        if isinstance(found, str):
            door.refused("proof.refused", "stdio", found)
            raise UsageError("The key does not count.", where="RETINUE_API_KEY", fix="retinue keys create …")
        return found
    if user is not None:
        from retinue.store.users import user_named

        known = user_named(door.store, user)
        if known is None or not known.active:
            raise UsageError(f"{user} is no user who may sign in.", where="--as", fix="retinue users list")
        return Principal(known.name, frozenset(known.roles), "person")
    if not door.proof.open_here:
        raise UsageError(
            "In whose name the agent asks is not said.",
            where="retinue mcp",
            fix="Say --as USER, or set RETINUE_API_KEY to a key of a machine.",
        )
    return Principal(here, LOCAL.roles, "local")


async def _serve(server: Any) -> None:
    from mcp.server.stdio import stdio_server

    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())
