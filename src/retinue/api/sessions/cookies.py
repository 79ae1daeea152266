"""Cookies that the service alone can read or make: AES-256-GCM, bound to their name, split where long."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Literal

from starlette.responses import Response

from retinue.errors import ArtefactError, RequestError
from retinue.privacy import Place, seal, unseal

__all__ = ["PART", "Jar", "TooLong"]

PART = 3_800
"""Characters of one cookie at most: browsers keep about 4,096 with its name and attributes."""

_MOST = 5
_FORM = re.compile(r"[1-5]\.[A-Za-z0-9_-]+")


class TooLong(RequestError):
    """Tokens that no browser keeps."""

    def __init__(self) -> None:
        super().__init__(
            "What the sign-in provider gave is too long to be kept in a browser.",
            status=500,
            fix="Let it put fewer claims into its tokens.",
        )


class Jar:
    """Writes and reads them. key: 32 bytes. secure: whether the service is reached by https.

    With https the names begin with `__Host-`: a browser then takes such a cookie from this very host alone,
    and sends it nowhere else.
    """

    def __init__(self, key: bytes, *, secure: bool) -> None:
        self._key, self.secure = key, secure

    def name(self, short: str) -> str:
        """What the browser calls it."""
        return f"__Host-retinue-{short}" if self.secure else f"retinue-{short}"

    def put(
        self,
        answer: Response,
        short: str,
        value: bytes,
        *,
        given: Mapping[str, str],
        lasting: int | None = None,
        same_site: Literal["lax", "strict"] = "strict",
    ) -> None:
        """Set a cookie on an answer.

        given: the cookies of the request, so that parts of a longer one before are taken away. lasting:
        seconds; None until the browser is closed. Raises TooLong.
        """
        sealed = base64.urlsafe_b64encode(seal(value, self._key, self._place(short))).decode().rstrip("=")
        parts = [sealed[at : at + PART] for at in range(0, len(sealed), PART)]
        if len(parts) > _MOST:
            raise TooLong
        parts[0] = f"{len(parts)}.{parts[0]}"
        for number, part in enumerate(parts):
            self._set(answer, self._part(short, number), part, lasting, same_site)
        for number in range(len(parts), _MOST):
            if self._part(short, number) in given:
                self._set(answer, self._part(short, number), "", 0, same_site)

    def read(self, short: str, given: Mapping[str, str]) -> bytes | None:
        """What was put; None where it is not there, not whole, or not ours."""
        first = given.get(self.name(short), "")
        if _FORM.fullmatch(first) is None:
            return None
        count, _, begun = first.partition(".")
        rest = [given.get(self._part(short, number), "") for number in range(1, int(count))]
        if not all(rest):
            return None
        text = "".join([begun, *rest])
        try:
            return unseal(
                base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), self._key, self._place(short)
            )
        except (ArtefactError, ValueError):
            return None

    def drop(self, answer: Response, short: str, given: Mapping[str, str]) -> None:
        """Take a cookie away, with all its parts."""
        for number in range(_MOST):
            if number == 0 or self._part(short, number) in given:
                self._set(answer, self._part(short, number), "", 0, "strict")

    def _set(
        self,
        answer: Response,
        name: str,
        value: str,
        lasting: int | None,
        same_site: Literal["lax", "strict"],
    ) -> None:
        answer.set_cookie(
            name,
            value,
            max_age=lasting,
            path="/",
            secure=self.secure,
            httponly=True,
            samesite=same_site,
        )

    def _part(self, short: str, number: int) -> str:
        return self.name(short) if number == 0 else f"{self.name(short)}.{number}"

    def _place(self, short: str) -> Place:
        return Place("browser", "cookie", short)
