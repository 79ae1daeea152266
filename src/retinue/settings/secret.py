"""Secrets of the settings: given as text, as `${VARIABLE}`, or in a file."""

from __future__ import annotations

from pathlib import Path

from retinue.errors import SettingsError

__all__ = ["LEAST_SECRET", "read_secret"]

LEAST_SECRET = 16
"""Characters of the shortest secret of ours that is taken."""


def read_secret(
    given: str | None, file: Path | None, name: str, root: Path, *, least: int = LEAST_SECRET
) -> str | None:
    """A secret with its variables replaced; None where none is set.

    name: the setting, for errors. least: characters it must have, as somebody else chose some of them.
    Raises SettingsError when it cannot be read or is too short.
    """
    from retinue.settings.load import expand_variables  # it builds on the sections

    if given is None and file is None:
        return None
    if given is not None:
        text = expand_variables(given)
    else:
        path = root / expand_variables(str(file))
        try:
            text = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(
                "The file of a secret cannot be read.", where=f"{name}_file", fix="Correct the path."
            ) from error
    if len(text) < least or not text.isascii() or not text.isprintable():
        raise SettingsError(
            f"A secret needs at least {least} printable ASCII characters.",
            where=name,
            fix='Make one: python -c "import secrets; print(secrets.token_urlsafe(32))"',
        )
    return text
