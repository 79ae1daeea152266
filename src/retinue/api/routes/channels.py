"""What channels tell of deliveries: their callbacks (webhooks)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool

from retinue.api.deps import Door, Service
from retinue.api.schemas import Received
from retinue.campaigns.responding import take_news
from retinue.channels import BadCallback
from retinue.channels.opening import open_channel
from retinue.errors import RequestError

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/channels", tags=["channels"])


@router.post("/{name}/callback", response_model=Received)
async def callback(name: str, request: Request, door: Service) -> Received:
    """Keep what a channel tells; the same news twice changes nothing.

    Who calls is proven by the channel's own signature on the raw body. 401: the signature, age or form is
    not right. 404: there is no such channel.
    """
    body = await request.body()
    headers = {key.lower(): value for key, value in request.headers.items()}
    query = f"?{request.url.query}" if request.url.query else ""
    root = door.root or f"{request.url.scheme}://{request.url.netloc}"
    return await run_in_threadpool(_received, door, name, headers, body, f"{root}{request.url.path}{query}")


def _received(door: Door, name: str, headers: dict[str, str], body: bytes, url: str) -> Received:
    if name not in door.settings.channels:
        raise RequestError("There is no such channel.", status=404)
    if name not in door.channels:
        door.channels[name] = open_channel(door.settings, name)
    try:
        fresh, known = take_news(
            door.store, door.settings, door.channels, name, [(headers, body)], url=url, now=door.clock()
        )
    except BadCallback as error:
        raise RequestError(f"The callback is not believed: {error.reason}", status=401) from None
    return Received(received=fresh, known=known)
