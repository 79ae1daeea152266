"""The gate before a run: which policy decides, the settings' own or the champion.

The first run's policy is the champion. Where the settings describe another one, the log says whether it is
better (`retinue.learning.judge`); if it is, or there is nothing yet to judge by, it is taken. Otherwise the
champion goes on deciding, until the log or a person says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from retinue.errors import UsageError
from retinue.learning.policies import Policy
from retinue.runs.judging import judged
from retinue.store.policies import PolicyRecord, State, champion_at, keep_policy, list_policies
from retinue.store.runs import latest_run
from retinue.warehouse import utc_naive

if TYPE_CHECKING:
    from retinue.runs.base import Opened
    from retinue.settings import Settings

__all__ = ["Governed", "accept", "govern", "versions"]

_FAR = datetime(9999, 1, 1)  # noqa: DTZ001 - the store holds times without a zone
OVERRULE = 'To overrule it: retinue policy accept --reason "why"'


@dataclass(frozen=True, slots=True)
class Governed:
    """The settings that a run decides with, and how it came to them.

    facts: JSON-ready; `state` is first, same, promoted, untested, refused or reported, `words` say what a
    person should know (none when nothing changed). record: what is kept once the run is written.
    """

    settings: Settings
    facts: dict[str, Any]
    record: PolicyRecord | None

    def keep(self, retinue: Opened) -> None:
        """Put the verdict into the store."""
        if self.record is not None:
            keep_policy(retinue.store, self.record)


def govern(retinue: Opened, as_of: datetime) -> Governed:
    """Which policy decides as of a time (aware UTC); the same history gives the same answer."""
    stated = Policy.of(retinue.settings)
    found = champion_at(retinue.store, utc_naive(as_of))
    if found is None:
        return _governed(retinue, as_of, stated, "champion", {"state": "first", "words": []})
    champion = Policy.stored(found.terms, retinue.settings)
    if champion.sha256 == stated.sha256:
        return Governed(retinue.settings, _facts(stated, {"state": "same", "words": []}), None)
    verdict = judged(retinue, as_of, champion, stated)
    if verdict["promote"]:
        return _governed(retinue, as_of, stated, "champion", verdict)
    if retinue.settings.learning.gate == "report":
        told = ["The gate only reports (learning.gate): the new settings decide all the same."]
        verdict = {**verdict, "state": "reported", "words": [*verdict["words"], *told]}
        return _governed(retinue, as_of, stated, "reported", verdict)
    told = [f"The settings before go on deciding. {OVERRULE}"]
    verdict = {**verdict, "words": [*verdict["words"], *told]}
    refused = _governed(retinue, as_of, stated, "refused", verdict)
    facts = {
        **refused.facts,
        "sha256": champion.sha256,
        "terms": dict(champion.terms),
        "refused": stated.sha256,
    }
    return replace(refused, settings=champion.applied(retinue.settings), facts=facts)


def accept(retinue: Opened, reason: str, *, as_of: datetime | None = None) -> PolicyRecord:
    """A person puts the settings' policy in force, with the reason, from the run of `as_of` on.

    Default: from the newest run for which it was refused, or else the clock's day.
    Raises UsageError without a reason, or where it is in force already.
    """
    stated = Policy.of(retinue.settings)
    if not reason.strip():
        raise UsageError(
            "A reason is missing.", where="--reason", fix='Say why: --reason "agreed with sales".'
        )
    refused = [
        r
        for r in list_policies(retinue.store)
        if r.sha256 == stated.sha256 and r.state in ("refused", "reported")
    ]
    since = utc_naive(as_of) if as_of else refused[0].as_of if refused else _day(retinue.clock)
    found = champion_at(retinue.store, since)
    if found is not None and Policy.stored(found.terms, retinue.settings).sha256 == stated.sha256:
        raise UsageError(
            "The policy of the settings is in force already.",
            where="retinue.toml",
            fix="Change the settings first.",
        )
    verdict = refused[0].verdict if refused else None
    record = PolicyRecord(
        stated.sha256,
        since,
        "accepted",
        dict(stated.terms),
        verdict,
        reason.strip(),
        utc_naive(retinue.clock),
    )
    keep_policy(retinue.store, record)
    return record


def versions(retinue: Opened) -> list[dict[str, Any]]:
    """Every recorded version, newest first, JSON-ready; `in_force` marks the one that decides next."""
    records = list_policies(retinue.store)
    found = champion_at(retinue.store, _FAR)
    return [
        {
            "sha256": record.sha256,
            "since": f"{record.as_of.isoformat()}Z",
            "state": record.state,
            "in_force": found == record,
            "terms": record.terms,
            "reason": record.reason,
            "words": (record.verdict or {}).get("words", []),
            "recorded_at": f"{record.recorded_at.isoformat()}Z",
        }
        for record in records
    ]


def _governed(
    retinue: Opened, as_of: datetime, policy: Policy, state: State, verdict: Mapping[str, Any]
) -> Governed:
    newest = latest_run(retinue.store)
    if state == "champion" and newest is not None and newest.as_of > utc_naive(as_of):
        # A day of the past decided again says nothing of what is in force today.
        return Governed(retinue.settings, _facts(policy, verdict), None)
    record = PolicyRecord(
        policy.sha256,
        utc_naive(as_of),
        state,
        dict(policy.terms),
        dict(verdict),
        None,
        utc_naive(retinue.clock),
    )
    return Governed(retinue.settings, _facts(policy, verdict), record)


def _facts(policy: Policy, verdict: Mapping[str, Any]) -> dict[str, Any]:
    return {"sha256": policy.sha256, "terms": dict(policy.terms), **verdict}


def _day(clock: datetime) -> datetime:
    return utc_naive(clock).replace(hour=0, minute=0, second=0, microsecond=0)
