"""What a field is given: who asks, what the service holds, and what was read for this question already."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from fastapi import Request
from graphql import DocumentNode

from retinue.api.deps import Door
from retinue.api.graphql.loading import Past, Rows
from retinue.api.reading import Reading
from retinue.api.showing import Showing
from retinue.security import Principal

__all__ = ["Asking"]


@dataclass
class Asking:
    """One question, asked by somebody who is proven. document: what they ask, once it is found in order."""

    request: Request
    door: Door
    reads: Reading
    who: Principal
    document: DocumentNode | None = None

    @cached_property
    def seen(self) -> Showing:
        """What puts on record what is shown."""
        return Showing(self.request, self.door)

    @cached_property
    def rows(self) -> Rows:
        """The customers that the question comes upon."""
        return Rows(self.door, self.reads, self.seen)

    @cached_property
    def past(self) -> Past:
        """What happened to them."""
        return Past(self.door, self.reads, self.seen)
