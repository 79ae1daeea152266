"""What every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# In CI the drawn examples are the same every time: a failure there can be repeated. Elsewhere they are new
# ones each time, and so keep looking.
# How long an example takes says nothing on a busy machine: none of them has a deadline.
settings.register_profile("anywhere", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("anywhere")

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    # Tests run side by side; one thread each keeps them from fighting for the cores.
    os.environ.setdefault(variable, "1")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of the real data sets, or a skip that says how to give one."""
    given = os.environ.get("RETINUE_DATA")
    folder = Path(given) if given else Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"real data sets not found at {folder}: set RETINUE_DATA to their folder")
    return folder
