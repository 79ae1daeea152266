"""`retinue drift` on a business that ran: beside its training, beside another date, and without either."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from retinue.monitoring.divergence import filled_pooled, psi

pytestmark = pytest.mark.slow

AS_OF = "2026-01-01"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, undisturbed: tuple[Path, dict[str, Any]]) -> Path:
    """A copy of the workspace in which the run went through, so that nothing else sees what is added."""
    return Path(shutil.copytree(undisturbed[0], tmp_path_factory.mktemp("drift") / "shop"))


def artefact(shop: Path, stage: str, **inputs: str) -> Path:
    """The folder of the stage with these inputs."""
    for manifest in (shop / ".retinue" / "artefacts" / stage).glob("*/manifest.json"):
        found = json.loads(manifest.read_text())
        if inputs.items() <= found["inputs"].items():
            return manifest.parent
    raise AssertionError(f"no {stage} with {inputs}")


@pytest.fixture(scope="module")
def beside_training(shop: Path, retinue_command) -> dict[str, Any]:
    done = retinue_command("drift", "--as-of", AS_OF, "--json", cwd=shop)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_active_customers_stand_beside_the_judged_training_rows(
    shop: Path, beside_training: dict[str, Any]
) -> None:
    states = pd.read_parquet(artefact(shop, "profiles") / "states.parquet")
    labels = pd.read_parquet(artefact(shop, "training") / "labels.parquet")
    assert beside_training["rows_now"] == (states["state"] == "active").sum()
    assert beside_training["rows_before"] == labels["churned"].notna().sum()
    assert "training snapshots" in beside_training["statement"]
    assert beside_training["score"]["feature"] == "churn_probability"
    assert beside_training["score"]["verdict"] in ("stable", "moderate", "unclear")


def test_a_feature_that_grows_with_the_business_is_found_and_its_psi_is_right(
    shop: Path, beside_training: dict[str, Any]
) -> None:
    name = "purchase_age_days"
    told = {one["feature"]: one for one in beside_training["features"]}[name]
    assert told["verdict"] == "major"
    assert beside_training["drifted"]
    kept = json.loads((artefact(shop, "reference") / "reference.json").read_text())
    edges = [-np.inf, *kept["features"]["histograms"][name]["marks"], np.inf]

    keys = ["customer_id", "as_of"]
    before = pd.read_parquet(artefact(shop, "training") / "training.parquet", columns=[*keys, name])
    before = before.merge(pd.read_parquet(artefact(shop, "training") / "labels.parquet")[keys], on=keys)
    states = pd.read_parquet(artefact(shop, "profiles") / "states.parquet")
    now = pd.read_parquet(artefact(shop, "profiles") / "profiles.parquet", columns=["customer_id", name])
    now = now[now["customer_id"].isin(states.loc[states["state"] == "active", "customer_id"])]
    counts = [
        np.append(np.histogram(side.dropna(), edges)[0], side.isna().sum())
        for side in (before[name], now[name])
    ]
    used = (counts[0] + counts[1]) > 0
    assert told["psi"] == pytest.approx(psi(*filled_pooled(counts[0][used], counts[1][used])), rel=1e-12)


def test_asked_again_nothing_is_made_again(
    shop: Path, beside_training: dict[str, Any], retinue_command
) -> None:
    kept = {path: path.stat().st_mtime_ns for path in (shop / ".retinue").rglob("manifest.json")}
    done = retinue_command("drift", "--as-of", AS_OF, "--json", cwd=shop)
    assert json.loads(done.stdout) == beside_training
    assert {path: path.stat().st_mtime_ns for path in (shop / ".retinue").rglob("manifest.json")} == kept


def test_a_date_beside_itself_has_not_changed(shop: Path, retinue_command) -> None:
    done = retinue_command("drift", "--as-of", AS_OF, "--against", AS_OF, "--json", "--fail", cwd=shop)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["rows_before"] == found["rows_now"]
    assert {one["psi"] for one in (found["score"], *found["features"])} == {0.0}
    assert not found["drifted"]


def test_another_date_in_words_and_as_an_exit_code(shop: Path, retinue_command) -> None:
    # On its second day the business had contracts and nothing else: what the model needs is not there.
    wanted = ("--as-of", "2024-01-02", "--against", AS_OF, "--limit", "200", "--fail")
    done = retinue_command("drift", *wanted, cwd=shop)
    assert done.returncode == 1, done.stderr
    assert "error" not in done.stderr
    lines = done.stdout.splitlines()
    assert "as of 2024-01-02 against the snapshot of 2026-01-01" in lines[0]
    assert lines[2].split()[:3] == ["feature", "verdict", "PSI"]
    verdicts = dict(line.split()[:2] for line in lines[3:])
    assert verdicts["purchase_age_days"] == "vanished"
    assert verdicts["days_to_period_end"] == "major"
    assert verdicts["churn_probability"] == "not"  # comparable


def test_without_a_training_or_a_date_it_says_what_to_do(shop: Path, retinue_command) -> None:
    early = retinue_command("drift", "--as-of", "2024-03-01", cwd=shop)
    assert early.returncode == 1
    assert "--against DATE" in early.stderr
    wrong = retinue_command("drift", "--as-of", AS_OF, "--against", "yesterday", cwd=shop)
    assert wrong.returncode == 2
    assert "--against" in wrong.stderr
    nothing = retinue_command("drift", "--as-of", AS_OF, "-w", shop / "empty", cwd=shop)
    assert nothing.returncode == 1
    assert nothing.stderr.startswith("error RTN-")
