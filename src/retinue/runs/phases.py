"""Which phase of the roll-out a run is in, and whom it takes in.

Where the settings name a phase, the first run begins it; from then on the history in the store says which one
is in force. Whom a phase takes in is fixed by its first run: the threshold below which as many of the
customers stand who are active then as the settings say, and never fewer than are in already.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from retinue.decisions.rollout import Rollout, threshold_for
from retinue.settings import RolloutSettings
from retinue.store import Store
from retinue.store.accounts import naive
from retinue.store.rollout import Phase, Size, Step, add_step, fix_size, size_of, step_at, steps

if TYPE_CHECKING:
    from retinue.pipeline.stages import Stages
    from retinue.runs.base import Opened

__all__ = ["ORDER", "in_force", "keep", "learns_until", "note", "rollout_at"]

ORDER: tuple[Phase, ...] = ("pilot", "expand", "full")


def in_force(store: Store, settings: RolloutSettings, as_of: datetime) -> Step | None:
    """The step in force for a run as of a time; None where there is no roll-out.

    Before the first step on record it is the one that the first run will begin. A time before the roll-out
    began is of its first phase.
    """
    if settings.phase == "off":
        return None
    found = step_at(store, as_of)
    if found is not None:
        return found
    known = steps(store)
    if known:
        return known[-1]
    moment = naive(as_of)
    return Step(settings.phase, "begin", moment, moment, "retinue.toml", "the first run")


def rollout_at(
    store: Store, settings: RolloutSettings, as_of: datetime, active: Callable[[], Collection[str]]
) -> Rollout | None:
    """What a run as of a time decides under; nothing is written. None where there is no roll-out."""
    step = in_force(store, settings, as_of)
    if step is None:
        return None
    size = size_of(store, step.phase) or _size(store, settings, step.phase, active)
    return Rollout(step.phase, size.threshold, size.salt)


def learns_until(store: Store, settings: RolloutSettings, as_of: datetime) -> datetime | None:
    """Until when evidence counts for the response that decides: the beginning of a phase before the last.

    What offers do is learned from one phase to the next, where the gate and a person look at it; every night
    only once everybody is in.
    """
    step = in_force(store, settings, as_of)
    if step is None or step.phase == "full":
        return None
    return min(as_of.astimezone(UTC), step.since.replace(tzinfo=UTC))


def keep(opened: Opened, stages: Stages) -> None:
    """Put on record what a run began: the first phase, and whom a phase takes in. Again changes nothing."""
    settings, store = opened.settings.rollout, opened.store
    step = in_force(store, settings, stages.as_of)
    if step is None:
        return
    if size_of(store, step.phase) is None:
        active = stages.active(stages.profiles())
        fix_size(store, _size(store, settings, step.phase, lambda: active), clock=opened.clock)
    if not steps(store):
        begun = Step(step.phase, step.kind, step.since, naive(opened.clock), step.who, step.reason)
        add_step(store, begun)


def note(
    rollout: dict[str, Any] | None, active: int, settings: RolloutSettings, first: str | None
) -> list[str]:
    """What somebody should know of the roll-out before acting on a run.

    rollout: the phase as the summary of the run states it. first: the phase the roll-out began with.
    """
    if rollout is None:
        return []
    words = {
        "pilot": "a person reviews every offer",
        "expand": "low-risk offers go out by themselves",
        "full": "low-risk offers go out by themselves",
    }[rollout["phase"]]
    lines = [
        f"Roll-out, phase {rollout['phase']}: {rollout['customers']:,} of {active:,} active customers are in;"
        f" {words}."
    ]
    if first is not None and settings.phase != first:
        lines.append(
            f'The roll-out has begun, so rollout.phase = "{settings.phase}" in retinue.toml does nothing.'
            " To move it: retinue rollout advance, or back."
        )
    return lines


def _size(
    store: Store, settings: RolloutSettings, phase: Phase, active: Callable[[], Collection[str]]
) -> Size:
    """Whom a phase would take in if it were fixed now; never fewer than are in by a smaller one."""
    known = [size for one in ORDER[: ORDER.index(phase)] if (size := size_of(store, one)) is not None]
    salt = known[-1].salt if known else settings.salt
    ids = sorted(active())
    if phase == "full":
        return Size(phase, 1.0, len(ids), salt)
    most = settings.pilot_customers if phase == "pilot" else settings.expand_customers
    threshold = max([threshold_for(ids, salt, most), *(size.threshold for size in known)])
    return Size(phase, threshold, len(ids), salt)
