"""The roll-out of a workspace: the phase in force, its gate, and the steps from one phase to another.

Where the settings name a phase, the first run begins it; from then on the history in the store says which one
is in force, and only `advance`, `back` and the job `rollout` move it. Whom a phase takes in is fixed by its
first run: the threshold below which as many of the customers stand who are active then as the settings say,
and never fewer than are in already.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from retinue.decisions.rollout import Rollout, threshold_for
from retinue.errors import UsageError
from retinue.runs.gates import conditions, harmed, is_open
from retinue.settings import RolloutSettings
from retinue.store import Store
from retinue.store.accounts import naive
from retinue.store.rollout import Phase, Size, Step, add_step, fix_size, size_of, step_at, steps

if TYPE_CHECKING:
    from retinue.pipeline.stages import Stages
    from retinue.runs.base import Opened

__all__ = [
    "ORDER",
    "Standing",
    "advance",
    "back",
    "in_force",
    "keep",
    "learns_until",
    "note",
    "rollout_at",
    "standing",
    "watch",
]

ORDER: tuple[Phase, ...] = ("pilot", "expand", "full")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the roll-out stands as of a time.

    step: what is in force; None where there is no roll-out. size: whom it takes in; None until a run fixed
    it. gate: the conditions of the next phase, JSON-ready; empty in the last.
    """

    as_of: datetime
    step: Step | None
    size: Size | None
    next: Phase | None
    gate: tuple[dict[str, Any], ...]
    history: tuple[Step, ...]

    @property
    def open(self) -> bool:
        """Whether every condition of the gate is met."""
        return self.next is not None and is_open(self.gate)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "as_of": self.as_of.isoformat().replace("+00:00", "Z"),
            "phase": "off" if self.step is None else self.step.phase,
            "since": None if self.step is None else f"{self.step.since.isoformat()}Z",
            "threshold": None if self.size is None else self.size.threshold,
            "active_at_start": None if self.size is None else self.size.active,
            "next": self.next,
            "open": self.open,
            "gate": list(self.gate),
            "history": [step.as_dict() for step in self.history],
        }


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


def standing(opened: Opened, as_of: datetime) -> Standing:
    """The phase in force, and the gate of the next as measured by a time."""
    settings, store = opened.settings.rollout, opened.store
    step = in_force(store, settings, as_of)
    if step is None:
        return Standing(as_of, None, None, None, (), tuple(steps(store)))
    following = _next(step.phase)
    gate = () if following is None else conditions(opened, as_of, step, following)
    return Standing(as_of, step, size_of(store, step.phase), following, gate, tuple(steps(store)))


def advance(opened: Opened, as_of: datetime, *, who: str, reason: str = "", override: bool = False) -> Step:
    """Go on to the next phase, for runs as of later times.

    override: although the gate is shut; needs a reason, which is kept with the conditions as they stood.

    Raises UsageError where there is no roll-out or no further phase, and where the gate is shut.
    """
    found = standing(opened, as_of)
    if found.step is None or found.next is None:
        raise UsageError(
            "There is no further phase." if found.step else "There is no roll-out.",
            where="[rollout] in retinue.toml",
            fix="Everybody is in already." if found.step else 'Begin one: phase = "pilot", then retinue run',
        )
    if not steps(opened.store):
        raise UsageError(
            f"The phase {found.step.phase} has not begun: no run was made in it.",
            where="retinue rollout advance",
            fix="Run first: retinue run",
        )
    shut = [one["words"] for one in found.gate if one["met"] is False]
    if shut and not override:
        raise UsageError(
            f"The gate to {found.next} is shut: {' '.join(shut)}",
            where="retinue rollout advance",
            fix='Wait until it opens, or go on all the same: --override --reason "why"',
        )
    if override and not reason.strip():
        raise UsageError(
            "A reason is missing.", where="--reason", fix='Say why: --reason "agreed with legal"'
        )
    step = Step(
        found.next,
        "advance",
        naive(as_of),
        naive(opened.clock),
        who,
        reason.strip(),
        bool(shut),
        found.gate,
    )
    add_step(opened.store, step)
    return step


def back(
    opened: Opened,
    as_of: datetime,
    *,
    who: str,
    reason: str,
    kind: Literal["back", "fallback"] = "back",
    gate: tuple[dict[str, Any], ...] = (),
) -> Step:
    """Go back to the phase before, for runs as of that time and later ones.

    Raises UsageError without a reason, and where there is no phase before.
    """
    step = in_force(opened.store, opened.settings.rollout, as_of)
    before = None if step is None else _before(step.phase)
    if before is None:
        raise UsageError(
            "There is no phase before the pilot." if step else "There is no roll-out.",
            where="retinue rollout back",
            fix='To make no offers at all: retinue stop --reason "why"',
        )
    if not reason.strip():
        raise UsageError("A reason is missing.", where="--reason", fix='Say why: --reason "complaints"')
    found = Step(before, kind, naive(as_of), naive(opened.clock), who, reason.strip(), False, gate)
    add_step(opened.store, found)
    return found


def watch(opened: Opened, as_of: datetime) -> dict[str, Any]:
    """What the job does: read the gate; go back a phase where that is set and harm is sure. JSON-ready."""
    found = standing(opened, as_of)
    if found.step is None:
        return {"phase": "off"}
    told: dict[str, Any] = {"phase": found.step.phase, "next": found.next, "open": found.open}
    told["gate"] = list(found.gate)
    harm = harmed(opened, as_of)
    if harm is None:
        return told
    told["harm"] = harm
    if not opened.settings.rollout.fallback:
        return {**told, "alert": f"{harm} To go back a phase: retinue rollout back"}
    if _before(found.step.phase) is None:
        return {**told, "alert": f"{harm} There is no phase before the pilot; to stop: retinue stop"}
    if found.step.kind == "fallback":
        # The same evidence would send it back day after day, whatever became of those who left.
        return {**told, "alert": f"{harm} It went back for that on {found.step.since:%Y-%m-%d} already."}
    step = back(opened, as_of, who="job rollout", reason=harm, kind="fallback", gate=found.gate)
    return {**told, "phase": step.phase, "alert": f"Went back to {step.phase}: {harm}"}


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


def _next(phase: Phase) -> Phase | None:
    place = ORDER.index(phase) + 1
    return ORDER[place] if place < len(ORDER) else None


def _before(phase: Phase) -> Phase | None:
    place = ORDER.index(phase)
    return ORDER[place - 1] if place else None
