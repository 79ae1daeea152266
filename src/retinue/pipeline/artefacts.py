"""What a stage makes is kept under the hash of all that went into it.

So a stage that was finished before the process died is found again, the same input gives the same bytes,
and a changed setting rebuilds just what depends on it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from retinue import faults
from retinue.errors import ArtefactError
from retinue.pipeline.plain import plain

__all__ = [
    "Artefact",
    "Artefacts",
    "code_version",
    "content_hash",
    "file_hash",
    "left_drafts",
    "write_atomically",
]

MANIFEST = "manifest.json"
COMPUTING_LIBRARIES = ("duckdb", "ibis-framework", "lightgbm", "numpy", "pandas", "scikit-learn", "scipy")
DRAFT = ".draft"
REMEDY = "Delete its folder; the next run makes it again."


@dataclass(frozen=True, slots=True)
class Artefact:
    """A finished stage: its folder, the hash of its inputs, and small facts about it."""

    stage: str
    key: str
    folder: Path
    facts: Mapping[str, Any]
    files: Mapping[str, str]
    reused: bool

    def path(self, name: str) -> Path:
        """A file of the artefact."""
        return self.folder / name


class Artefacts:
    """A folder of finished stages."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get_or_build(
        self, stage: str, inputs: Mapping[str, Any], build: Callable[[Path], Mapping[str, Any]]
    ) -> Artefact:
        """The artefact of a stage for these inputs, built when it is not there or was altered.

        `build` writes its files into the folder it is given and returns facts (`retinue.pipeline.plain`
        says of what). The folder appears under its final name only when everything in it is on disk.
        """
        key = self.key(stage, inputs)
        final = self.folder / stage / key[:20]
        if final.exists():
            try:
                return _read(stage, key, final)
            except ArtefactError:
                # A damaged artefact can be made again from its inputs; nothing is lost by removing it.
                shutil.rmtree(final)
        draft = self._draft(final)
        facts = plain(build(draft))
        faults.point(f"stage.{stage}.built")
        files = {name: file_hash(draft / name) for name in _names(draft)}
        body = {"stage": stage, "key": key, "inputs": plain(inputs), "facts": facts, "files": files}
        manifest = {**body, "hash": content_hash(body)}
        write_atomically(draft / MANIFEST, json.dumps(manifest, indent=1, sort_keys=True).encode())
        for path in sorted(draft.rglob("*")):
            _sync(path)
        _sync(draft)
        try:
            draft.rename(final)
        except OSError:
            # Another process finished the same stage first; the same inputs gave it the same content.
            if not final.exists():
                raise
            shutil.rmtree(draft)
            return _read(stage, key, final)
        _sync(final.parent)
        faults.point(f"stage.{stage}.kept")
        return Artefact(stage, key, final, facts, files, reused=False)

    def key(self, stage: str, inputs: Mapping[str, Any]) -> str:
        """The hash under which a stage with these inputs is kept."""
        return content_hash({"stage": stage, "inputs": inputs, "code": code_version()})

    def damaged(self) -> list[Path]:
        """Folders of finished stages that are not what they were."""
        found = []
        for folder in sorted(self.folder.glob("*/*")):
            if not folder.is_dir() or folder.name.endswith(DRAFT):
                continue
            try:
                _read(folder.parent.name, "", folder)
            except ArtefactError:
                found.append(folder)
        return found

    def _draft(self, final: Path) -> Path:
        """A fresh folder of this process beside the final one; those of dead processes are removed."""
        final.parent.mkdir(parents=True, exist_ok=True)
        for left in final.parent.glob(f"*{DRAFT}"):
            owner = left.name.removesuffix(DRAFT).rpartition(".")[2]
            if owner == str(os.getpid()) or not _alive(owner):
                shutil.rmtree(left, ignore_errors=True)
        draft = final.with_name(f"{final.name}.{os.getpid()}{DRAFT}")
        draft.mkdir()
        return draft


def _read(stage: str, key: str, folder: Path) -> Artefact:
    """What a finished folder says, compared with what is in it. An empty `key` is not compared."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        told = manifest.pop("hash")
        facts, files = manifest["facts"], manifest["files"]
        whole = content_hash(manifest) == told and key in ("", manifest["key"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ArtefactError("An artefact has no readable manifest.", where=str(folder), fix=REMEDY) from error
    changed = [] if whole else [MANIFEST]
    changed += [n for n, expected in files.items() if not _is(folder / n, expected)]
    if changed:
        raise ArtefactError(
            "An artefact was altered after it was made.", where=str(folder / changed[0]), fix=REMEDY
        )
    return Artefact(stage, key or manifest["key"], folder, facts, files, reused=True)


def _names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _is(path: Path, expected: str) -> bool:
    try:
        return file_hash(path) == expected
    except OSError:
        return False


def _alive(process: str) -> bool:
    if not process.isdigit():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def content_hash(body: Any) -> str:
    """SHA-256 of a value (`retinue.pipeline.plain` says of what), independent of the order of keys.

    >>> content_hash({"a": 1, "b": 2}) == content_hash({"b": 2, "a": 1})
    True
    """
    return hashlib.sha256(json.dumps(plain(body, missing=False), sort_keys=True).encode()).hexdigest()


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_atomically(path: Path, content: bytes) -> None:
    """The file holds either its old content or all of the new one, whenever the process dies."""
    draft = path.with_name(f".{path.name}.{os.getpid()}{DRAFT}")
    try:
        with draft.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    _sync(path.parent)


def left_drafts(folder: Path) -> list[Path]:
    """Files below a folder that `write_atomically`, or one that names its drafts alike, left when it died."""
    found = (path for path in folder.rglob(f".*{DRAFT}") if path.is_file())
    mine = str(os.getpid())
    owned = ((path, path.name.removesuffix(DRAFT).rpartition(".")[2]) for path in found)
    return sorted(path for path, owner in owned if owner != mine and not _alive(owner))


@cache
def code_version() -> str:
    """Hash of the package's own sources and of the libraries that compute.

    A new version of either never reuses what an old one made.
    """
    from importlib.metadata import version

    root = Path(__file__).parent.parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(str(path.relative_to(root)).encode())
        digest.update(path.read_bytes())
    for library in COMPUTING_LIBRARIES:
        digest.update(f"{library}={version(library)}".encode())
    return digest.hexdigest()[:16]


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
