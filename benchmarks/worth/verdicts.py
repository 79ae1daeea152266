"""What follows for each feature: it earns its place, shares one, or nothing here speaks for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.worth.judging import Worth
from benchmarks.worth.kept import reason_to_keep

__all__ = ["ERRORS", "Verdict", "counts", "read_by_the_product", "verdict"]

ERRORS = 2.5
"""Standard errors a loss must exceed: of 1,000 shuffled columns of noise, about six would in one set."""

ALONE = 3.0
"""Standard errors by which a column's own AUC must differ from one half."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The upshot for one feature.

    says: `earns` by itself; `shares` what is lost when it is shuffled with those that order the customers
        alike; `repeats`: it tells churners from others alone, and the model loses nothing without it, since
        others tell the same; `quiet`: neither; `absent`: no set has it.
    sets: where it earns or shares.
    partner: of those like it, the one that loses the most alone, else the one most like it (in the first of
        the sets).
    alike: rank correlation with the partner.
    kept: why it stays although it earns nothing by itself; None where nothing is said for it.
    """

    name: str
    says: Literal["earns", "shares", "repeats", "quiet", "absent"]
    sets: tuple[str, ...] = ()
    partner: str | None = None
    alike: float | None = None
    kept: str | None = None


def counts(worth: Worth) -> bool:
    """A set counts when its model tells churners from others: the AUC's interval lies above one half."""
    return worth.auc.low > 0.5


def verdict(name: str, worths: Mapping[str, Worth], read: Iterable[str] = ()) -> Verdict:
    """The verdict on a feature from the sets by their short names; `read`: names that other stages read."""
    kept = reason_to_keep(name, read)
    counted = {short: w for short, w in worths.items() if counts(w)}
    there = {short: w for short, w in counted.items() if name in w.features}
    if not there:
        return Verdict(name, "absent", kept=kept)
    earned = tuple(s for s, w in there.items() if w.features[name].value > ERRORS * w.features[name].error)
    if earned:
        return Verdict(name, "earns", earned, *there[earned[0]].partner[name])
    shared = tuple(
        s
        for s, w in there.items()
        if name in w.together and w.together[name].value > ERRORS * w.together[name].error
    )
    if shared:
        worth = there[shared[0]]
        others = worth.alike[name]
        best = max(others, key=lambda other: worth.features[other].value)
        return Verdict(name, "shares", shared, best, others[best], kept)
    alone = tuple(s for s, w in there.items() if abs(w.alone[name].value) > ALONE * w.alone[name].error)
    if alone:
        return Verdict(name, "repeats", alone, *there[alone[0]].partner[name], kept)
    return Verdict(name, "quiet", (), *next(iter(there.values())).partner[name], kept)


def read_by_the_product(names: Iterable[str], package: Path) -> set[str]:
    """The features that a stage other than `features` reads by name, found in its source."""
    text = "\n".join(
        file.read_text(encoding="utf-8")
        for file in sorted(package.rglob("*.py"))
        if "features" not in file.relative_to(package).parts
    )
    return set(names) & set(re.findall(r"[\"']([a-z][a-z0-9_]*)[\"']", text))
