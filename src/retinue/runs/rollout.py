"""Moving the roll-out from one phase to another, by what was measured."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from retinue.errors import UsageError
from retinue.runs.gates import conditions, harmed, is_open
from retinue.runs.phases import ORDER, in_force
from retinue.store.accounts import naive
from retinue.store.rollout import Phase, Size, Step, add_step, size_of, steps

if TYPE_CHECKING:
    from retinue.runs.base import Opened

__all__ = ["Standing", "advance", "back", "standing", "watch"]


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


def _next(phase: Phase) -> Phase | None:
    place = ORDER.index(phase) + 1
    return ORDER[place] if place < len(ORDER) else None


def _before(phase: Phase) -> Phase | None:
    place = ORDER.index(phase)
    return ORDER[place - 1] if place else None
