"""The rules of the business in a workspace: written, checked, tried, put in force, and kept."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retinue.decisions.canonical import canonical, sha256_of
from retinue.decisions.rules import Thresholds
from retinue.decisions.tables.check import Checked, check_rules
from retinue.decisions.tables.default import default_rules
from retinue.decisions.tables.document import BUILT_IN, RuleSet
from retinue.decisions.tables.examples import (
    Example,
    Tried,
    default_examples,
    examples_of,
    read_examples,
    try_examples,
)
from retinue.errors import RulesError, UsageError
from retinue.store.rules import RulesRecord, State, keep_rules, list_rules, live_rules, rules_of
from retinue.warehouse import utc_naive

if TYPE_CHECKING:
    from retinue.runs.base import Kept
    from retinue.settings import Settings
    from retinue.store import Store

__all__ = ["RuleBook", "Source", "in_force", "unaccepted"]

LIVE, BUILT_IN_NAME = "live", "built-in"

Source = str | Path | Mapping[str, Any] | None
"""What names rules: see `RuleBook`."""


def in_force(store: Store, as_of: datetime) -> RuleSet | None:
    """The accepted rules for a run of that time; None for the built-in ones. Raises ArtefactError."""
    found = live_rules(store, utc_naive(as_of))
    return None if found is None else RuleSet(found.content, found.number)


def unaccepted(settings: Settings, rules: RuleSet | None) -> list[str]:
    """A word where the workspace's file says otherwise than the rules in force."""
    path = settings.root / settings.decisions.rules
    try:
        same = sha256_of(json.loads(path.read_bytes())) == (rules or built_in(settings)).sha256
    except (OSError, ValueError):
        return []
    ruling = f"version {rules.number}" if rules else "the built-in rules"
    told = f"{path.name} is not what is in force ({ruling}): retinue rules try, then retinue rules accept"
    return [] if same else [told]


def built_in(settings: Settings) -> RuleSet:
    """The design document's rules with the thresholds of the settings."""
    return default_rules(Thresholds(**settings.decisions.model_dump()))


class RuleBook:
    """The rules of one workspace; `Retinue.rules` is one.

    A `source` names rules: a file, the number of a version, `live` for those in force now, `built-in`, or is
    the document itself; None for the file of the settings (`decisions.rules`).
    """

    def __init__(self, retinue: Kept) -> None:
        self._retinue = retinue
        self.settings = retinue.settings

    @property
    def path(self) -> Path:
        """The file in which rules are written."""
        return self.settings.root / self.settings.decisions.rules

    def init(self) -> list[Path]:
        """Write the built-in rules and examples for them, to edit. Raises UsageError where there are some."""
        examples = examples_beside(self.path)
        for path in (self.path, examples):
            if path.exists():
                raise UsageError(
                    "There are rules here already.",
                    where=str(path),
                    fix="Edit them, or move them away first.",
                )
        self.path.parent.mkdir(parents=True, exist_ok=True)
        rules = built_in(self.settings)
        _write(self.path, rules.content)
        _write(examples, default_examples(rules))
        return [self.path, examples]

    def versions(self) -> list[dict[str, Any]]:
        """Every kept version, newest first, JSON-ready; `in_force` marks the one that decides today."""
        live = live_rules(self._retinue.store, utc_naive(self._retinue.clock))
        return [
            {
                "number": record.number,
                "state": record.state,
                "in_force": live is not None and live.number == record.number,
                "since": f"{record.since:%Y-%m-%d}",
                "who": record.who,
                "reason": record.reason,
                "sha256": record.sha256,
                "recorded_at": f"{record.recorded_at.isoformat()}Z",
            }
            for record in list_rules(self._retinue.store)
        ]

    def newest(self) -> int:
        """The number of the version that was put in force last, whenever it counts from; 0 for none."""
        return max((one.number for one in list_rules(self._retinue.store) if one.state == "live"), default=0)

    def get(self, source: Source = None) -> RuleSet:
        """The rules of a name, unchecked; those of a file or a document are checked.

        Raises UsageError where there are none, RulesError where they cannot decide."""
        if source == LIVE:
            return in_force(self._retinue.store, self._retinue.clock) or built_in(self.settings)
        if source in (BUILT_IN_NAME, str(BUILT_IN)):
            return built_in(self.settings)
        if isinstance(source, str) and source.isdigit():
            record = rules_of(self._retinue.store, int(source))
            if record is None:
                raise UsageError(
                    f"There is no version {source}.", fix="See which there are: retinue rules list"
                )
            return RuleSet(record.content, record.number)
        return self._sound(source)

    def check(self, source: Source = None) -> Checked:
        """What is wrong with the rules of a source."""
        if isinstance(source, Mapping):
            text = canonical(source)
        elif _is_name(str(source or "")):
            text = canonical(self.get(source).content)
        else:
            text = self._read(source)
        return check_rules(text, names=self.names(), monitor_up_to=self.settings.decisions.monitor_up_to)

    def test(
        self, source: Source = None, *, examples: Path | Sequence[Mapping[str, Any]] | None = None
    ) -> list[Tried]:
        """The examples put before the rules: those given, else those of the version, else the file beside.

        Raises RulesError, UsageError.
        """
        return try_examples(self._sound(source), self._examples(source, examples))

    def examples(self, source: Source = LIVE) -> list[Example]:
        """The examples that belong to rules: kept with the version, else the file beside the rules, else
        what the built-in rules say on either side of each threshold. Raises RulesError, UsageError."""
        record = self._record(source)
        if record is None and _is_name(str(source)) and self.get(source).number == BUILT_IN:
            return examples_of(default_examples(built_in(self.settings)), "the built-in rules")
        return self._examples(source, None)

    def keep(
        self,
        source: Source = None,
        *,
        who: str,
        reason: str,
        state: State = "live",
        as_of: datetime | None = None,
        examples: Path | Sequence[Mapping[str, Any]] | None = None,
        after: int | None = None,
    ) -> RulesRecord:
        """Keep rules as a new version: in force for runs as of `as_of` and later, or a draft.

        as_of: aware UTC; by default the clock's day. Nothing is kept where the check or an example fails.
        The built-in rules, and a version that was in force before, are not put to the examples of the file,
        which may be those of a successor. examples: as in `test`; they are kept with the version.
        after: `newest` as it was when somebody looked at the rules that these replace.

        Raises RulesError where they may not decide, UsageError without a person or a reason, Overtaken where
        others were put in force after `after`.
        """
        for what, given in (("who", who), ("reason", reason)):
            if not given.strip():
                raise UsageError(
                    f"It is kept with the version: {what} is missing.", where=f"--{what}", fix="Say it."
                )
        rules = self._sound(source)
        known = {record.sha256 for record in list_rules(self._retinue.store) if record.state == "live"}
        known.add(built_in(self.settings).sha256)
        record = self._record(source)
        told = None if record is None or record.examples is None else examples_of(record.examples, "examples")
        if examples is not None or rules.sha256 not in known:
            told = self._examples(source, examples)
            if not told:
                raise RulesError(
                    "There is no example of what must come out.", where="examples", fix="Write one."
                )
            failed = [tried.in_words() for tried in try_examples(rules, told) if not tried.holds]
            if failed:
                raise RulesError(
                    f"{len(failed)} of the examples do not come out: {'; '.join(failed)}.",
                    where=self._where_examples(source, examples),
                    fix="Correct the rules, or the examples if they are to change.",
                )
        since = utc_naive(as_of or self._retinue.clock)
        if as_of is None:
            since = since.replace(hour=0, minute=0, second=0, microsecond=0)
        live = live_rules(self._retinue.store, since)
        if state == "live" and live is not None and live.sha256 == rules.sha256:
            raise UsageError(
                f"These rules are in force already, as version {live.number}.",
                where=self._where(source),
                fix="Change them first.",
            )
        return keep_rules(
            self._retinue.store,
            canonical(rules.content),
            state=state,
            since=since,
            who=who.strip(),
            reason=reason.strip(),
            recorded_at=utc_naive(self._retinue.clock),
            examples=None if told is None else [one.as_dict() for one in told],
            after=after,
        )

    def _sound(self, source: Source) -> RuleSet:
        """The rules of a source, or RulesError with the first of what is wrong."""
        checked = self.check(source)
        if checked.rules is None:
            first, more = checked.errors[0], len(checked.errors) - 1
            also = f" ({more} more: retinue rules check)" if more else ""
            raise RulesError(
                f"These rules cannot decide: {first.what}.{also}",
                where=f"{self._where(source)}, {first.where}",
                fix=f"{first.fix}.",
            )
        named = "" if isinstance(source, Mapping) else str(source or "")
        return RuleSet(checked.rules.content, int(named) if named.isdigit() else BUILT_IN)

    def names(self) -> Mapping[str, Collection[str]]:
        """The values that some facts can have in this workspace."""
        from retinue.incentives.catalogue import Catalogue

        offers = Catalogue.of(self.settings.incentives, root=self.settings.root).offers
        return {
            "offer": {offer.id for offer in offers},
            "offer_type": {offer.type for offer in offers},
            "value_tier": set(self.settings.value.tiers),
        }

    def _record(self, source: Source) -> RulesRecord | None:
        """The kept version that a source names, if it is one."""
        if source == LIVE:
            return live_rules(self._retinue.store, utc_naive(self._retinue.clock))
        if isinstance(source, str) and source.isdigit():
            return rules_of(self._retinue.store, int(source))
        return None

    def _examples(self, source: Source, given: Path | Sequence[Mapping[str, Any]] | None) -> list[Example]:
        if given is not None and not isinstance(given, Path):
            return examples_of(list(given), "examples")
        record = None if given else self._record(source)
        if record is not None and record.examples is not None:
            return examples_of(record.examples, f"the examples of version {record.number}")
        file = given or examples_beside(self._file(source))
        try:
            text = file.read_bytes()
        except OSError as error:
            raise UsageError(
                "There are no examples beside the rules.",
                where=str(file),
                fix="Write some; retinue rules init shows how they look.",
            ) from error
        return read_examples(text, str(file))

    def _where(self, source: Source) -> str:
        return "document" if isinstance(source, Mapping) else str(source or self.path)

    def _where_examples(self, source: Source, given: Path | Sequence[Mapping[str, Any]] | None) -> str:
        if given is not None:
            return str(given) if isinstance(given, Path) else "examples"
        return str(examples_beside(self._file(source)))

    def _file(self, source: Source) -> Path:
        named = source is None or isinstance(source, Mapping) or _is_name(str(source))
        return self.path if named else Path(str(source))

    def _read(self, source: Source) -> bytes:
        path = self._file(source)
        try:
            return path.read_bytes()
        except OSError as error:
            raise UsageError(
                "The rules cannot be read.",
                where=str(path),
                fix="Name their file, a version's number, live or built-in; to begin: retinue rules init",
            ) from error


def examples_beside(rules: Path) -> Path:
    """Where the examples of a file of rules live.

    >>> examples_beside(Path("shop/rules.json")).as_posix()
    'shop/rules.examples.json'
    """
    return rules.with_suffix(".examples.json")


def _is_name(source: str) -> bool:
    return source in (LIVE, BUILT_IN_NAME) or source.isdigit()


def _write(path: Path, body: Any) -> None:
    path.write_text(json.dumps(body, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
