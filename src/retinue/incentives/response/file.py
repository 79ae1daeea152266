"""A learned model as bytes: what a receipt names by hash."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import numpy as np

from retinue.errors import ArtefactError
from retinue.incentives.response.base import Response
from retinue.incentives.response.context import Context

__all__ = ["Learned"]

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Learned:
    """The response of customers as learned by a time, and how a customer becomes its context."""

    context: Context
    response: Response

    def to_bytes(self) -> bytes:
        """The same model gives the same bytes."""
        model = self.response
        return msgspec.json.encode(
            {
                "format": FORMAT,
                "context": self.context.as_dict(),
                "offers": model.offers,
                "names": model.context,
                "mean": model.mean.tolist(),
                "covariance": model.covariance.tolist(),
                "learned_from": model.learned_from,
            },
            order="deterministic",
        )

    @classmethod
    def from_bytes(cls, content: bytes) -> Learned:
        """The model of those bytes. Raises ArtefactError when they are not one."""
        try:
            body = msgspec.json.decode(content)
            if body["format"] != FORMAT:
                raise ValueError(f"format {body['format']}")
            return cls(
                Context.from_dict(body["context"]),
                Response(
                    tuple(body["offers"]),
                    tuple(body["names"]),
                    np.array(body["mean"]),
                    np.array(body["covariance"]),
                    int(body["learned_from"]),
                ),
            )
        except (msgspec.DecodeError, KeyError, TypeError, ValueError) as error:
            raise ArtefactError(
                f"This is not a response model: {error}.", fix="Learn it again: retinue run."
            ) from error
