"""Whether deliveries could go out: the channels open, what the settings name is there, contacts are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from retinue.campaigns.steps import MEDIUM
from retinue.channels.opening import open_channel
from retinue.errors import RetinueError

if TYPE_CHECKING:
    from retinue.channels.base import Channel
    from retinue.settings import Settings

__all__ = ["Ready", "delivery_ready"]


@dataclass(frozen=True, slots=True)
class Ready:
    """One thing that was looked at."""

    name: str
    ok: bool
    detail: str
    fix: str = ""


def delivery_ready(settings: Settings, *, contacts: int) -> list[Ready]:
    """What stands between a plan and its deliveries; empty where delivery is off and no channel is described.

    contacts: of how many customers a contact is known. Nobody is called.
    """
    plan = settings.delivery
    if plan.mode == "off" and not settings.channels:
        return []
    found: list[Ready] = []
    channels: dict[str, Channel] = {}
    for name in settings.channels:
        try:
            channels[name] = open_channel(settings, name)
        except RetinueError as error:
            found.append(Ready(f"channel {name}", False, f"{error.what} ({error.where})", error.fix))
        else:
            found.append(Ready(f"channel {name}", True, _words(channels[name])))
    named = [*plan.messages, *plan.grants.values(), *plan.records, *plan.notices]
    missing = sorted({name for name in named if name not in settings.channels})
    if missing:
        found.append(
            Ready(
                "delivery",
                False,
                f"[delivery] names {', '.join(missing)}, which is no channel",
                f"Add [channels.{missing[0]}], or name one of {', '.join(settings.channels) or 'none yet'}.",
            )
        )
    elif plan.mode == "off":
        found.append(Ready("delivery", True, "off: campaigns are lists, others carry them out"))
    else:
        found.append(Ready("delivery", True, f"mode {plan.mode}"))
    if any(channel.capabilities.needs for channel in channels.values()):
        fix = "" if contacts else "retinue contacts load FILE, then plan anew: retinue campaign plan ID"
        found.append(Ready("contacts", contacts > 0, f"of {contacts:,} customers", fix))
    for channel in channels.values():
        channel.close()
    return found


def _words(channel: Channel) -> str:
    facts = channel.capabilities
    reached = MEDIUM.get(facts.needs, facts.needs.replace("ids.", "id in ")) or "nobody in particular"
    promise = "once" if facts.honours_keys else "at most once"
    return f"{facts.kind} by {reached}, {promise}"
