"""The workspace: a folder with `retinue.toml`, and a check of everything in it that can be checked."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from retinue.errors import RetinueError, UsageError
from retinue.settings import SETTINGS_FILE, Settings, expand_variables, load_settings

__all__ = ["Check", "diagnose", "init_workspace", "source_found"]

LEAST_FREE_GB = 1.0


def init_workspace(directory: Path) -> list[Path]:
    """Create a folder with a commented `retinue.toml`; the paths that were created.

    Raises UsageError when there is one already.
    """
    target = directory / SETTINGS_FILE
    if target.exists():
        raise UsageError(
            "There is a workspace here already.", where=str(target), fix="Edit it, or choose another folder."
        )
    try:
        directory.mkdir(parents=True, exist_ok=True)
        template = files("retinue").joinpath("retinue.toml.template").read_text(encoding="utf-8")
        target.write_text(template.replace('"{name}"', _quoted(directory.resolve().name)), encoding="utf-8")
        ignore = directory / ".gitignore"
        created = [target]
        if not ignore.exists():
            ignore.write_text(".retinue/\n", encoding="utf-8")
            created.append(ignore)
    except OSError as error:
        raise UsageError(
            "The workspace cannot be written.",
            where=str(directory),
            fix=f"{error.strerror}: choose another folder.",
        ) from error
    return created


def _quoted(name: str) -> str:
    """A folder's name as a string of TOML; what TOML cannot hold is left out.

    >>> _quoted('my "shop"')
    '"my \\\\"shop\\\\""'
    """
    kept = "".join(c for c in name if c.isprintable())
    return '"' + kept.replace("\\", "\\\\").replace('"', '\\"') + '"'


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked; `fix` says what to do when it failed."""

    name: str
    ok: bool
    detail: str
    fix: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def diagnose(root: Path) -> list[Check]:
    """Check Python, folder, disk, settings, keys, sources, warehouse, store, cancel offers, kept results."""
    checks = [_python(), _writable(root), _disk(root)]
    try:
        settings = load_settings(root)
    except RetinueError as error:
        checks.append(Check("settings", False, f"{error.what} ({error.where})", error.fix))
        return checks
    found = (root / SETTINGS_FILE).exists()
    checks.append(
        Check("settings", True, str(root / SETTINGS_FILE) if found else "no retinue.toml: defaults are used")
    )
    checks.append(_key(settings))
    checks.extend(_sources(settings))
    checks.extend(_static(settings))
    checks.append(_warehouse(settings))
    checks.append(_store(settings))
    checks.extend(_keys(settings))
    checks.extend(_delivery(settings))
    checks.extend(_promised(settings))
    checks.append(_artefacts(settings))
    return checks


def _python() -> Check:
    ok = sys.version_info >= (3, 11)
    return Check("python", ok, sys.version.split()[0], "" if ok else "Install Python 3.11 or newer.")


def _writable(root: Path) -> Check:
    ok = root.is_dir() and os.access(root, os.W_OK)
    fix = "" if ok else f"Create it (retinue init {root}) or mend its permissions (chmod u+w)."
    return Check("workspace", ok, str(root.resolve()), fix)


def _disk(root: Path) -> Check:
    if not root.exists():
        return Check("disk", False, "the folder is not there", f"retinue init {root}")
    free = shutil.disk_usage(root).free / 1e9
    ok = free >= LEAST_FREE_GB
    return Check("disk", ok, f"{free:.1f} GB free", "" if ok else "Free some space, or move the workspace.")


def _key(settings: Settings) -> Check:
    path = settings.state / "key"
    if not path.exists():
        return Check("key", True, "none yet; the first load creates it")
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        return Check("key", False, f"mode {mode:o}: others can read it", f"chmod 600 {path}")
    from retinue.privacy import workspace_key

    try:
        workspace_key(settings.state)
    except (RetinueError, OSError) as error:
        fix = getattr(error, "fix", "") or "Restore it from a backup."
        return Check("key", False, f"{getattr(error, 'what', error)} ({path})", fix)
    return Check("key", True, f"mode {mode:o}")


def _static(settings: Settings) -> list[Check]:
    if settings.churn.definition != "static":
        return []
    try:
        path = settings.root / expand_variables(str(settings.require_static().path))
    except RetinueError as error:
        return [Check("static", False, f"{error.what} ({error.where})", error.fix)]
    if path.is_file():
        return [Check("static", True, str(path))]
    return [Check("static", False, f"there is no file {path}", "Correct static.path.")]


def source_found(settings: Settings, name: str) -> str:
    """What one configured source would load: its tables, and how many files where it is made of files.

    Raises SettingsError, PluginError, DataError or MappingError when it cannot be read as described.
    """
    from retinue import plugins
    from retinue.sources import FileBacked

    raw = settings.sources[name]
    factory = plugins.load("retinue.sources", str(raw.get("kind", "files")))
    source = factory.from_settings(name, raw, settings.root)
    tables = ", ".join(source.tables)
    if isinstance(source, FileBacked):
        files = [part.label for part in source.parts()]
        return f"{tables} from {', '.join(files[:3])}{' …' if len(files) > 3 else ''}"
    return tables


def _sources(settings: Settings) -> list[Check]:
    checks = []
    for name in settings.sources:
        try:
            checks.append(Check(f"source {name}", True, source_found(settings, name)))
        except RetinueError as error:
            checks.append(Check(f"source {name}", False, f"{error.what} ({error.where})", error.fix))
    return checks


def _warehouse(settings: Settings) -> Check:
    if not settings.warehouse_path.exists():
        return Check("warehouse", True, "none yet; the first load creates it")
    from retinue.warehouse import open_warehouse

    try:
        with open_warehouse(settings) as warehouse:
            counts = warehouse.check()
    except RetinueError as error:
        return Check("warehouse", False, f"{error.what} ({error.where})", error.fix)
    held = ", ".join(f"{name} {count:,}" for name, count in counts.items()) or "empty"
    return Check("warehouse", True, held)


def _store(settings: Settings) -> Check:
    from retinue.store.versions import status

    try:
        place = settings.store_place
        broken = _damage(place) if isinstance(place, Path) and place.exists() else ""
        if broken:
            remedy = (
                "Restore it from a backup, or delete it: campaigns are numbered anew, a stop is forgotten."
            )
            return Check("store", False, f"{broken} ({place})", remedy)
        found = status(place)
    except RetinueError as error:
        return Check("store", False, f"{error.what} ({error.where})", error.fix)
    way = {None: "", True: ", TLS", False: ", without TLS"}[found.tls]
    what = f"{found.database}, version {found.version}{way}"
    sound = "whole" if isinstance(place, Path) else "answers"
    if found.state == "none":
        return Check("store", True, f"none yet in {found.place}; the first run creates it")
    if found.state == "newer":
        return Check("store", False, f"{what}: written by a newer Retinue", "Upgrade Retinue.")
    if found.state == "current":
        return Check("store", True, f"{sound}, {what}{_halted(place)}")
    if isinstance(place, Path):
        return Check("store", True, f"{what}; the next command brings it to version {found.needed}")
    said = f"{what}; this Retinue needs {found.needed}"
    return Check("store", False, said, "Back it up, then: retinue store migrate")


def _keys(settings: Settings) -> list[Check]:
    from retinue.privacy.keys import Kek
    from retinue.store import Store
    from retinue.store.key_states import vault_state
    from retinue.store.versions import status

    try:
        if status(settings.store_place).state != "current":
            return []  # the check of the store says so
        store = Store(settings.store_place, state=settings.state, kek=Kek.from_settings(settings))
    except RetinueError:
        return []
    try:
        found = vault_state(store)
    except RetinueError as error:
        return [Check("keys", False, f"{error.what} ({error.where})", error.fix)]
    finally:
        store.close()
    held = [f"{k.purpose} of {k.made[:10]} with {k.rows:,} rows" for k in found.keys if k.primary]
    words = "; ".join([*held, *([found.to_do] if found.to_do else [])]) or "nothing is sealed yet"
    if found.without_key:
        said = f"{found.without_key:,} contacts whose customers' keys are gone; {words}"
        fix = "Forget them, or restore the table subject_keys from the backup of the table contacts."
        return [Check("keys", False, said, fix)]
    return [Check("keys", True, words)]


def _damage(path: Path) -> str:
    """What is wrong with a file of SQLite; empty for nothing."""
    from sqlite3 import DatabaseError, connect

    try:
        connection = connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        try:
            verdict = str(connection.execute("PRAGMA integrity_check").fetchone()[0])
        finally:
            connection.close()
    except DatabaseError as error:
        return str(error)
    return "" if verdict == "ok" else verdict.splitlines()[0]


def _delivery(settings: Settings) -> list[Check]:
    from retinue.runs.delivery_ready import delivery_ready
    from retinue.store import Store
    from retinue.store.contacts import count_contacts
    from retinue.store.versions import status

    contacts = 0
    try:
        if settings.channels and status(settings.store_place).state != "none":
            store = Store(settings.store_place)
            contacts = count_contacts(store)
            store.close()
    except RetinueError:
        return []  # the check of the store has said so
    return [Check(r.name, r.ok, r.detail, r.fix) for r in delivery_ready(settings, contacts=contacts)]


def _promised(settings: Settings) -> list[Check]:
    from retinue.runs.promised import promised

    try:
        found = promised(settings)
    except RetinueError as error:
        return [Check("cancel offers", False, f"{error.what} ({error.where})", error.fix)]
    if found is None:
        return []
    fix = "Name a channel in [delivery] grants, or disable the offer in [incentives.catalogue]."
    return [Check("cancel offers", found.whole, found.words, "" if found.whole else fix)]


def _halted(place: Path | str) -> str:
    from retinue.store import Store
    from retinue.store.stops import stopped

    store = Store(place)
    try:
        found = stopped(store)
    finally:
        store.close()
    return "" if found is None else f"; STOPPED by {found.who}, no offers are made (retinue resume)"


def _artefacts(settings: Settings) -> Check:
    from retinue.pipeline.artefacts import Artefacts

    damaged = Artefacts(settings.state / "artefacts").damaged()
    if damaged:
        return Check(
            "artefacts",
            False,
            f"{len(damaged)} altered, first {damaged[0]}",
            "Delete these folders; the next run makes them again.",
        )
    return Check("artefacts", True, "all as they were made")
