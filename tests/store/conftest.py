"""Every test of the store runs on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.databases import DATABASES, a_place, an_empty_place

from retinue.privacy.keys import Kek
from retinue.store import Store


@pytest.fixture(params=DATABASES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path | str]:
    """Where a store without rows is, or may be made; also what a process of its own is told."""
    with a_place(request.param, tmp_path) as found:
        yield found


@pytest.fixture(params=DATABASES)
def empty_place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path | str]:
    """Where nobody has made a store yet."""
    with an_empty_place(request.param, tmp_path) as found:
        yield found


@pytest.fixture
def store(place: Path | str) -> Iterator[Store]:
    opened = Store(place, kek=Kek.of(bytes(range(32))))
    yield opened
    opened.close()
