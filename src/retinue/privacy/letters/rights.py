"""What a customer can do about a decision, the same in every letter."""

from __future__ import annotations

from retinue.privacy.letters.document import Section

__all__ = ["rights"]


def rights(contact: str, reference: str) -> Section:
    """The section on objecting, asking for a person, copies, erasure and complaints.

    contact: where the customer turns to; empty: as they always reach the business.
    """
    where = f"Write to or call: {contact}." if contact else "Reach us as you always do."
    return Section(
        "What you can do",
        (f"{where} Name the reference {reference}. It costs nothing.",),
        (
            "Object: then we make you no offers and no longer estimate anything about you for them. You "
            "need give no reason, and we have to heed it.",
            "Ask for a person: somebody who can change the decision looks at it, hears what you say about "
            "it, and answers you.",
            "Ask for a copy of everything we keep about you, or have what is wrong corrected.",
            "Ask for erasure of what we keep about you.",
            "Complain to a supervisory authority for data protection, such as the one where you live.",
        ),
    )
