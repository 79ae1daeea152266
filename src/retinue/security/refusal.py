"""The one answer to whoever cannot prove who they are."""

from __future__ import annotations

from retinue.errors import RequestError

__all__ = ["NotProven"]


class NotProven(RequestError):
    """A token, key or password is missing or wrong. What is answered is always the same.

    reason: what was wrong, for our own log; never answered, and never holds what was given.

    >>> NotProven("expired").what == NotProven("wrong signature").what
    True
    """

    def __init__(self, reason: str) -> None:
        super().__init__(
            "The token is missing or wrong.",
            status=401,
            where="Authorization",
            fix="Send Authorization: Bearer TOKEN.",
        )
        self.reason = reason
