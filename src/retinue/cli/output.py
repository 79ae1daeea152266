"""What every command does the same way: data on stdout, messages on stderr, errors that say the fix."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

__all__ = [
    "AsOf",
    "JsonFlag",
    "Now",
    "Who",
    "Workspace",
    "emit",
    "parse_as_of",
    "parse_clock",
    "reporting_errors",
    "say",
    "table_text",
    "whoever",
    "write_private",
]

Workspace = Annotated[
    Path, typer.Option("--workspace", "-w", help="Folder of the workspace (where retinue.toml stands).")
]
JsonFlag = Annotated[bool, typer.Option("--json", help="Print machine-readable JSON on stdout.")]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        help="The moment to look from, UTC: 2026-02-14 means 2026-02-14T00:00:00Z. Default: today.",
    ),
]
Who = Annotated[str | None, typer.Option("--who", help="Who does it (default: the user of the machine).")]
Now = Annotated[str | None, typer.Option("--now", help="Take this as the present time.")]


def parse_as_of(text: str | None, clock: datetime, option: str = "--as-of") -> datetime:
    """A date or time on the command line as an aware UTC time; the start of the clock's day by default."""
    if text is None:
        return clock.replace(hour=0, minute=0, second=0, microsecond=0)
    return _parse_time(text, option)


def parse_clock(text: str | None) -> datetime:
    """The time to take as now; the machine's clock by default."""
    return datetime.now(UTC) if text is None else _parse_time(text, "--now")


def _parse_time(text: str, option: str) -> datetime:
    from retinue.errors import UsageError

    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"'{text}' is not a date or time.",
            where=option,
            fix="Write 2026-02-14 or 2026-02-14T06:00:00Z.",
        ) from None
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


def emit(data: Any, *, as_json: bool, text: str | None = None) -> None:
    """Print data on stdout: JSON when asked for, else the text (or the data as simple lines)."""
    if as_json:
        print(json.dumps(data, indent=2, default=_jsonable, ensure_ascii=False, allow_nan=False))
    elif text is not None:
        print(text)
    else:
        print(_plain(data))


def say(message: str) -> None:
    """A message for the person, on stderr, so that stdout stays data."""
    print(message, file=sys.stderr)


def table_text(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Rows as aligned columns."""
    shown = [[_cell(row.get(c)) for c in columns] for row in rows]
    widths = [max(len(c), *(len(r[i]) for r in shown)) if shown else len(c) for i, c in enumerate(columns)]
    lines = ["  ".join(c.ljust(w) for c, w in zip(columns, widths, strict=True)).rstrip()]
    lines += ["  ".join(v.ljust(w) for v, w in zip(r, widths, strict=True)).rstrip() for r in shown]
    return "\n".join(lines)


def whoever(given: str | None) -> str:
    """Who acts: whoever was named, else the user of the machine."""
    import getpass

    if given:
        return given
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run as a user without a name
        return "unknown"


def write_private(file: Path, content: bytes) -> None:
    """Write a file that only this user may read; its folder is made. Raises UsageError where it cannot be."""
    from retinue.errors import UsageError

    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            file.chmod(0o600)  # one that was there already
            stream.write(content)
    except OSError as error:
        raise UsageError(
            "The file cannot be written.", where=str(file), fix=f"{error.strerror}: choose another place."
        ) from error


@contextmanager
def reporting_errors(as_json: bool) -> Iterator[None]:
    """Turn an error of ours into what, where and how to mend it, and the right exit code."""
    from retinue.errors import RetinueError
    from retinue.store.acting import acting

    try:
        with acting(whoever(None)):
            yield
    except RetinueError as error:
        if as_json:
            print(json.dumps({"error": error.as_dict()}, ensure_ascii=False), file=sys.stderr)
        else:
            say(f"error {error.code}: {error}")
        raise typer.Exit(error.exit_code) from error
    except KeyboardInterrupt:
        say("Stopped. What was finished is kept; the same command goes on from there.")
        raise typer.Exit(130) from None
    except BrokenPipeError:
        # The reader went away (such as `| head`): nothing is wrong with the command.
        sys.stderr.close()
        raise typer.Exit(0) from None
    except (typer.Exit, typer.Abort):
        raise
    except Exception as error:
        if os.environ.get("RETINUE_LOG", "").lower() == "debug":
            raise
        say(f"error RTN-9000: {type(error).__name__}: {error}")
        say("  This is a defect of Retinue. Please report it with what RETINUE_LOG=debug shows.")
        raise typer.Exit(1) from error


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.4g}"
    return str(value)


def _plain(data: Any) -> str:
    if isinstance(data, Mapping):
        return "\n".join(f"{key}: {_cell(value)}" for key, value in data.items())
    if isinstance(data, Sequence) and not isinstance(data, str):
        return "\n".join(_cell(item) for item in data)
    return _cell(data)


def _jsonable(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"cannot write {type(value).__name__} as JSON")
