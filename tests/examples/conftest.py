"""Every example run once on its data, and looked at by several tests."""

from __future__ import annotations

import os
import shutil
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from retinue import Retinue

if TYPE_CHECKING:
    from retinue.ingest import LoadReport
    from retinue.runs import RunResult

EXAMPLES = Path(__file__).parents[2] / "examples"


@dataclass(frozen=True)
class Ran:
    """An example's workspace, opened, with its first load and its run."""

    retinue: Retinue
    load: LoadReport
    result: RunResult

    def counts(self) -> dict[str, int]:
        """Rows loaded, by table."""
        found: dict[str, int] = {}
        for file in self.load.files:
            found[file.table] = found.get(file.table, 0) + file.loaded
        return found


@pytest.fixture(scope="session")
def examples() -> dict[str, Path]:
    """Name of each example and its mapping."""
    return {path.parent.name: path for path in sorted(EXAMPLES.glob("*/retinue.toml"))}


@pytest.fixture(scope="session")
def dates() -> dict[str, datetime]:
    """The day each example is run as of, as `examples/README.md` tells its readers."""
    found = {}
    for line in (EXAMPLES / "README.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `"):
            found[cells[0].strip("`")] = datetime.fromisoformat(f"{cells[-1]}T00:00:00+00:00")
    return found


@pytest.fixture(scope="session")
def ran(
    real_data: Path, dates: dict[str, datetime], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Ran]]:
    """Run an example on the real data; the second request for a name gets the same run."""
    done: dict[str, Ran] = {}
    before = os.environ.get("RETINUE_DATA")
    os.environ["RETINUE_DATA"] = str(real_data)

    def run(name: str) -> Ran:
        if name not in done:
            root = tmp_path_factory.mktemp(name)
            shutil.copy(EXAMPLES / name / "retinue.toml", root)
            for section in tomllib.loads((root / "retinue.toml").read_text(encoding="utf-8"))[
                "sources"
            ].values():
                first = section["path"].replace("${RETINUE_DATA}", str(real_data))
                if not list(Path("/").glob(first.lstrip("/"))):
                    pytest.skip(f"the data set of example {name} is not in {real_data}")
            retinue = Retinue(root, clock=dates[name])
            done[name] = Ran(retinue, retinue.load(), retinue.run(dates[name]))
        return done[name]

    yield run
    for each in done.values():
        each.retinue.close()
    if before is None:
        del os.environ["RETINUE_DATA"]
    else:
        os.environ["RETINUE_DATA"] = before
