"""The features by which behaviour is clustered, in groups that each say one thing in words."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["BEHAVIOUR", "Trait", "cluster_names"]

_NOTABLE = 0.4
"""A cluster's centre must lie this many standard deviations from the middle to be named by a trait."""


@dataclass(frozen=True, slots=True)
class Trait:
    """A feature, the subject it speaks of, and the words for much and little of it."""

    feature: str
    subject: str
    high: str
    low: str


BEHAVIOUR: tuple[Trait, ...] = (
    Trait("transaction_count_365d", "frequency", "frequent", "infrequent"),
    Trait("mean_purchase_value", "spend", "high spend", "low spend"),
    Trait("days_since_last_transaction", "recency", "long silent", "recent"),
    Trait("mrr", "contract", "high contract value", "low contract value"),
    Trait("login_count_90d", "logins", "heavy logins", "few logins"),
    Trait("event_count_90d", "usage", "heavy usage", "light usage"),
    Trait("days_since_last_event", "usage recency", "usage stopped", "using now"),
    Trait("ticket_count_180d", "support", "heavy support", "little support"),
    Trait("failed_payment_count_180d", "payments", "payment trouble", "smooth payments"),
    Trait("tenure_days", "tenure", "long-standing", "new"),
)
"""One feature per subject: related features would count the same thing twice."""


def cluster_names(centres: list[list[float]], traits: list[Trait]) -> list[str]:
    """Unique names from what distinguishes each cluster, most distinguishing first.

    Parameters
    ----------
    centres: for each cluster its centre in standard deviations from the mean of all, by trait.

    Up to three traits form a name; clusters that would share one take further traits, then a number.

    >>> cluster_names([[1.5, 0.1], [-0.9, -0.1]], list(BEHAVIOUR[:2]))
    ['Frequent', 'Infrequent']
    """
    ranked = [_words(centre, traits) for centre in centres]
    names = [_join(words[:3]) for words in ranked]
    for length in range(4, len(traits) + 1):
        twice = {name for name in names if names.count(name) > 1}
        names = [
            _join(words[:length]) if name in twice else name
            for name, words in zip(names, ranked, strict=True)
        ]
    unique: list[str] = []
    for name in names:
        number = 1 + sum(other == name or other.startswith(f"{name} (") for other in unique)
        unique.append(name if number == 1 else f"{name} ({number})")
    return unique


def _words(centre: list[float], traits: list[Trait]) -> list[str]:
    order = sorted(range(len(traits)), key=lambda i: (-abs(centre[i]), i))
    return [traits[i].high if centre[i] > 0 else traits[i].low for i in order if abs(centre[i]) >= _NOTABLE]


def _join(words: list[str]) -> str:
    text = ", ".join(words) or "typical"
    return text[0].upper() + text[1:]
