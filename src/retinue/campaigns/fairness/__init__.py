"""Fairness of offers: whether groups of customers get them alike, with intervals, in words, and as a gate.

In:  decisions (of a batch, or of receipts), groups of customers, `[guards.fairness]`.
Out: a `Fairness`; `in_words` says it, `refusal` says why a run made no offers.
"""

from retinue.campaigns.fairness.compare import Fairness, compare
from retinue.campaigns.fairness.decided import decided_in, decided_of
from retinue.campaigns.fairness.groups import groups_of
from retinue.campaigns.fairness.words import in_words, refusal

__all__ = ["Fairness", "compare", "decided_in", "decided_of", "groups_of", "in_words", "refusal"]
