"""The page of what each feature earns, as Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from benchmarks.worth.judging import ALIKE, REPLICATES, Worth
from benchmarks.worth.sets import ELSEWHERE, WorthSet
from benchmarks.worth.shuffle import MOST_ROWS, Loss
from benchmarks.worth.verdicts import ALONE, ERRORS, Verdict, counts
from retinue.features.base import FAMILIES, Feature

__all__ = ["page"]

SAYS = {
    "earns": "earn a place by themselves",
    "shares": "share one with features like them",
    "repeats": "tell churners from others when asked alone, and repeat what other features tell as well",
    "quiet": "are there, and tell nothing beyond noise",
    "absent": "are in no data set here",
}
UNEARNED = ("repeats", "quiet", "absent")


def page(
    sets: Sequence[WorthSet],
    worths: Mapping[str, Worth],
    verdicts: Sequence[Verdict],
    features: Sequence[Feature],
    *,
    command: str,
    seeds: int,
    customers: int,
) -> str:
    """The whole page; `worths` by the short name of the set, without those where no model could be judged."""
    parts = [
        _top(command, seeds, customers),
        _summary(verdicts, features),
        _sets(sets, worths),
        _families(worths),
        _matrix(worths, verdicts, features),
        _kept(verdicts),
    ]
    return "\n\n".join(parts) + "\n"


def _top(command: str, seeds: int, customers: int) -> str:
    return f"""<!-- Written by `{command}`; do not edit. -->
# What each feature earns

For every data set the product's own churn model is trained as `retinue run` does it, on the training
snapshots it would make, and asked on the later part that judges it:

- **Shuffled**: the AUC that is lost when one column is shuffled among the customers of each date (permutation
  importance), the mean of {seeds} shuffles, ± one standard error (of drawing other customers and of other
  shuffles). At most {MOST_ROWS:,} rows of a stable sample of customers are shuffled.
- **Left out**: the AUC that is lost when a whole family is left out and the model trained again, with the
  95 % interval of the difference on the same {REPLICATES} draws of customers.

Losses are in **thousandths of AUC**. A feature *earns* its place where its loss is more than {ERRORS:g}
standard errors; it *shares* one where that holds only when it is shuffled together with those that order the
customers almost as it does (|rank correlation| ≥ {ALIKE:g}), for a model can lean on either of two such
columns. Of a hundred columns of noise about three would pass somewhere. A feature that does neither *repeats*
others where it tells churners from the rest when asked **alone**: the AUC of the column by itself (turned so
that it is above one half) differs from one half by more than {ALONE:g} standard errors. A set counts only
where the model tells churners from others at all (the interval of its AUC lies above one half). The simulated
business has {customers:,} customers."""


def _summary(verdicts: Sequence[Verdict], features: Sequence[Feature]) -> str:
    number = Counter(v.says for v in verdicts)
    lines = ["## In short", "", f"{len(features)} features:", ""]
    lines += [f"- {number[says]} {words}" for says, words in SAYS.items()]
    unkept = [v.name for v in verdicts if v.says in UNEARNED and v.kept is None]
    lines += ["", f"Every feature that earns nothing is kept for a reason given below{_but(unkept)}."]
    return "\n".join(lines)


def _but(names: Sequence[str]) -> str:
    return f", except {', '.join(names)}" if names else ""


def _sets(sets: Sequence[WorthSet], worths: Mapping[str, Worth]) -> str:
    lines = [
        "## The data sets",
        "",
        "| column | data set | model | judged on | AUC | counts | note |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for one in sets:
        worth = worths.get(one.short)
        if worth is None:
            lines.append(f"| {one.short} | {one.title} | | | | no | no model could be judged; {one.note} |")
            continue
        judged = f"{worth.rows:,} rows, {worth.churned:,} churned, split by {worth.split}"
        auc = f"{worth.auc.value:.3f} ({worth.auc.low:.3f} to {worth.auc.high:.3f})"
        model = f"{worth.kind}, {len(worth.features)} features"
        lines.append(
            f"| {one.short} | {one.title} | {model} | {judged} | {auc} | {'yes' if counts(worth) else 'no'} "
            f"| {one.note} |"
        )
    lines += ["", "Not used: " + "; ".join(f"`{name}` ({why})" for name, why in ELSEWHERE.items()) + "."]
    return "\n".join(lines)


def _families(worths: Mapping[str, Worth]) -> str:
    lines = [
        "## Families left out",
        "",
        "Bold where the interval lies above 0. A family whose numbers others can stand in for loses little.",
        "",
        "| family | " + " | ".join(worths) + " |",
        "| --- |" + " --- |" * len(worths),
    ]
    for family in FAMILIES:
        cells = [_interval(worth.families.get(family)) for worth in worths.values()]
        lines.append(f"| {family} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _interval(loss: Loss | None) -> str:
    if loss is None:
        return "·"
    text = f"{1000 * loss.value:+.1f} ({1000 * loss.low:+.1f} to {1000 * loss.high:+.1f})"
    return f"**{text}**" if loss.low > 0 else text


def _matrix(worths: Mapping[str, Worth], verdicts: Sequence[Verdict], features: Sequence[Feature]) -> str:
    family = {f.name: f.family for f in features}
    lines = [
        "## Features shuffled",
        "",
        "Sorted by verdict and by the strongest loss in units of its error. Bold: more than "
        f"{ERRORS:g} errors. A dot: not there, or the same for everybody. The last column names the feature "
        "that orders the customers most alike and their rank correlation; with *shares*, of those like it "
        "the one that loses the most alone.",
        "",
        "| feature | family | " + " | ".join(worths) + " | alone | verdict | most like |",
        "| --- | --- |" + " --- |" * len(worths) + " --- | --- | --- |",
    ]
    order = {says: place for place, says in enumerate(SAYS)}
    for v in sorted(verdicts, key=lambda v: (order[v.says], -_strength(v.name, worths), v.name)):
        cells = [_error(worth.features.get(v.name)) for worth in worths.values()]
        where = f" ({', '.join(v.sets)})" if v.sets else ""
        like = f"{v.partner} {v.alike:+.2f}" if v.partner and v.alike is not None else "·"
        lines.append(
            f"| {v.name} | {family[v.name]} | "
            + " | ".join(cells)
            + f" | {_best_alone(v.name, worths)} | {v.says}{where} | {like} |"
        )
    return "\n".join(lines)


def _strength(name: str, worths: Mapping[str, Worth]) -> float:
    found = [w.features[name] for w in worths.values() if counts(w) and name in w.features]
    return max((loss.value / loss.error for loss in found if loss.error > 0), default=0.0)


def _best_alone(name: str, worths: Mapping[str, Worth]) -> str:
    """The AUC of the column alone where it is surest of telling anything."""
    found = [(s, w.alone[name]) for s, w in worths.items() if counts(w) and name in w.alone]
    if not found:
        return "·"
    short, best = max(found, key=lambda pair: abs(pair[1].value) / max(pair[1].error, 1e-9))
    return f"{0.5 + abs(best.value):.2f} ± {best.error:.2f} {short}"


def _error(loss: Loss | None) -> str:
    if loss is None:
        return "·"
    if loss.value == 0.0 and loss.error == 0.0:
        return "0"
    text = f"{1000 * loss.value:+.1f} ± {1000 * loss.error:.1f}"
    return f"**{text}**" if loss.value > ERRORS * loss.error else text


def _kept(verdicts: Sequence[Verdict]) -> str:
    reasons: dict[str, list[str]] = {}
    for v in verdicts:
        if v.says in UNEARNED:
            reasons.setdefault(v.kept or "no reason", []).append(f"`{v.name}`")
    lines = [
        "## Kept without earning it here",
        "",
        "| reason | features |",
        "| --- | --- |",
        *(f"| {reason} | {', '.join(names)} |" for reason, names in sorted(reasons.items())),
    ]
    return "\n".join(lines)
