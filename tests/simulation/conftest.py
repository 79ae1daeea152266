"""Worlds that many tests look at; nothing may change them (a test that steps takes a copy)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from retinue.simulation import World
from retinue.simulation.write import FILES


@pytest.fixture(scope="session")
def clean_world() -> World:
    return World(2_000, years=2, seed=7, dirt=0)


@pytest.fixture(scope="session")
def dirty_world() -> World:
    return World(2_000, years=2, seed=7, dirt=0.01)


@pytest.fixture(scope="session")
def large_world() -> World:
    return World(8_000, years=2, seed=11, dirt=0)


@pytest.fixture(scope="session")
def clean_folder(clean_world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clean")
    clean_world.write(folder)
    return folder


@pytest.fixture(scope="session")
def dirty(dirty_world: World, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    folder = tmp_path_factory.mktemp("dirty")
    return folder, dirty_world.write(folder)["dirt"]


@pytest.fixture(scope="session")
def read():
    """Read one table of a folder as it stands, every column of a CSV as text."""

    def read_table(folder: Path, name: str) -> pd.DataFrame:
        path = folder / FILES[name]
        if path.suffix == ".parquet":
            return pd.read_parquet(path)
        return pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""])

    return read_table


@pytest.fixture(scope="session")
def later() -> datetime:
    """A boundary of weeks, 13 weeks after the end of the histories."""
    return datetime(2026, 4, 2, tzinfo=UTC)
