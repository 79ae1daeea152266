"""Sample data: whether a workspace holds a simulated business, and how it is taken away again.

`retinue demo` marks its workspace with `[project] sample = true`. What is removed is only what the demo
makes, by name, where the demo puts it, and only while the mark stands; the mark goes last, so that a removal
that was cut short can be repeated.
"""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

from retinue.errors import StateError, UsageError
from retinue.settings import SETTINGS_FILE, Settings, load_settings
from retinue.workspace import init_workspace

__all__ = ["MADE", "SERVICE", "check_removable", "remove_demo", "remove_sample"]

MADE = ("data", "data_truth", "mailbox", "report.html", "campaign.json")
"""What the demo makes beside the settings and the folder of Retinue's own."""

SERVICE = "service"
"""In that folder: what is known of a service that was left running."""


def remove_sample(settings: Settings) -> None:
    """Remove the sample's data, runs and settings; an empty workspace with settings of its own stays.

    Nobody may have the workspace open. What is known of a service that runs there stays. Raises as
    `check_removable` does.
    """
    check_removable(settings)
    _clear(settings, keep=SERVICE)
    # The fresh settings take the place of the marked ones in one step: there is no moment without any.
    draft = settings.root / ".retinue.toml.draft"
    shutil.rmtree(draft, ignore_errors=True)
    init_workspace(draft)
    text = (draft / SETTINGS_FILE).read_text("utf-8").replace(f'"{draft.name}"', f'"{_name(settings.root)}"')
    (draft / SETTINGS_FILE).write_text(text, "utf-8")
    (draft / SETTINGS_FILE).replace(settings.root / SETTINGS_FILE)
    (draft / ".gitignore").replace(settings.root / ".gitignore")
    draft.rmdir()


def remove_demo(folder: Path) -> list[Path]:
    """Remove a demo, its folder too where nothing else is in it; what stays.

    Raises as `check_removable` does.
    """
    settings = load_settings(folder)
    check_removable(settings)
    _clear(settings)
    for name in (".gitignore", SETTINGS_FILE):
        (folder / name).unlink(missing_ok=True)
    left = sorted(folder.iterdir())
    if not left:
        folder.rmdir()
    return left


def check_removable(settings: Settings) -> None:
    """Raises UsageError where the workspace is not marked.

    Raises StateError where its data are kept in another place than the demo's, which may hold more than them,
    and while a run is under way.
    """
    from retinue.runs.current import current_run

    if not settings.project.sample:
        raise UsageError(
            "This is no sample: nothing was removed.",
            where=str(settings.root / SETTINGS_FILE),
            fix="Only what `retinue demo` made is removed by this; other folders are yours to delete.",
        )
    own = settings.store.url is None and settings.state_path is None and settings.warehouse.path is None
    if not own or not settings.state.resolve().is_relative_to(settings.root.resolve()):
        raise StateError(
            "The sample's data are kept elsewhere than where the demo puts them: nothing was removed.",
            where=str(settings.root / SETTINGS_FILE),
            fix="Take store.url, warehouse.path and state_path out of the settings, or delete it yourself.",
        )
    if current_run(settings.state, datetime.now(UTC)) is not None:
        raise StateError(
            "A run of the sample is under way: nothing was removed.",
            where=str(settings.state),
            fix="Wait for its end, or end it.",
        )


def _clear(settings: Settings, *, keep: str | None = None) -> None:
    for name in MADE:
        _remove(settings.root / name)
    _remove(settings.warehouse_path)
    if settings.state.is_dir():
        for path in settings.state.iterdir():
            if path.name != keep:
                _remove(path)
        if keep is None:
            settings.state.rmdir()


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _name(root: Path) -> str:
    """The folder's name, as far as it can stand in a line of TOML as it is."""
    return "".join(c for c in root.resolve().name if c.isprintable() and c not in '"\\')
