"""The loop closed by commands: files in, actions taken, outcomes back, and the effect as it truly was."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from retinue.outcomes import assign, measure
from retinue.outcomes.aipw import contrast
from retinue.settings import HoldoutSettings, Settings
from retinue.simulation import Parameters, World
from retinue.warehouse import Warehouse
from retinue.warehouse.engines.duckdb import DuckDBEngine

OFFER = "percentage_discount_20"
WINDOW = timedelta(days=90)
SHARE = 0.3


class Fates:
    """One world lived three times: everybody treated, nobody, and as a holdout of some salt would have it."""

    def __init__(self, laws: Parameters | None = None) -> None:
        self.world = World(4000, years=1, seed=11, dirt=0.0, laws=laws, newcomers=False)
        self.start = self.world.now
        self.ids = self.world.active()
        treated = self.world.copy().step(dict.fromkeys(self.ids, OFFER), self.start + WINDOW).outcomes
        nobody = self.world.copy().step({}, self.start + WINDOW).outcomes
        self.treated = treated.set_index("customer_id").loc[self.ids]
        self.nobody = nobody.set_index("customer_id").loc[self.ids]

    def truth(self, column: str) -> float:
        """The mean effect on these very customers."""
        return float((self.treated[column].astype(float) - self.nobody[column].astype(float)).mean())

    def lived(self, salt: str) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """Arms, decisions and outcomes of a world in which one in three is left alone."""
        arms = assign(self.ids, HoldoutSettings(share=SHARE, salt=salt))
        held = (arms.arm == "holdout").to_numpy()
        actions = {i: OFFER for i, out in zip(self.ids, held, strict=True) if not out}
        seen = self.world.copy().step(actions, self.start + WINDOW).outcomes.set_index("customer_id")
        seen = seen.loc[self.ids].reset_index()
        decisions = pd.DataFrame(
            {
                "decision_id": [f"d-{i}" for i in self.ids],
                "customer_id": self.ids,
                "incentive": np.where(held, "none", OFFER),
                "cost": np.where(held, 0.0, 20.0),
                "propensities": json.dumps({"none": SHARE, OFFER: 1 - SHARE}),
                "held_out": held,
                "executed_at": self.start.isoformat(),
            }
        )
        outcomes = seen[["customer_id", "retained", "revenue"]].assign(
            outcome_id=[f"o-{i}" for i in self.ids],
            decision_id=[f"d-{i}" for i in self.ids],
            observed_at=(self.start + WINDOW).isoformat(),
        )
        return arms, decisions, outcomes


@pytest.fixture(scope="module")
def fates() -> Fates:
    return Fates(Parameters(voluntary=-3.4, sleeping_dog=1.0))


@pytest.mark.parametrize("column", ["retained", "revenue"])
def test_over_many_draws_of_the_holdout_the_interval_covers_what_is_true(fates: Fates, column: str) -> None:
    covered = []
    for number in range(120):
        held = (
            assign(fates.ids, HoldoutSettings(share=SHARE, salt=f"salt-{number}x")).arm == "holdout"
        ).to_numpy()
        y = np.where(held, fates.nobody[column].astype(float), fates.treated[column].astype(float))
        many = len(y)
        found = contrast(y, ~held, held, np.full(many, 1 - SHARE), np.full(many, SHARE))
        covered.append(found.low <= fates.truth(column) <= found.high)
    assert np.mean(covered) >= 0.93


@pytest.mark.slow
def test_from_files_to_a_verdict(fates: Fates, tmp_path: Path, retinue_command: Any) -> None:
    _, decisions, outcomes = fates.lived("retinue-holdout")
    fates.world.write(tmp_path / "data")
    for old in ("interventions", "outcomes", "events"):
        for path in (tmp_path / "data").glob(f"{old}*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    decisions.to_csv(tmp_path / "data" / "interventions.csv", index=False)
    outcomes.to_csv(tmp_path / "outcomes.csv", index=False)
    later = (fates.start + WINDOW + timedelta(days=1)).strftime("%Y-%m-%d")

    def command(*arguments: str) -> Any:
        done = retinue_command(*arguments, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        return done.stdout

    command("load", "--data", "data", "--now", later)
    first = json.loads(command("outcomes", "load", "outcomes.csv", "--now", later, "--json"))
    assert first["tables"][0]["loaded"] == len(outcomes)
    asked = ("outcomes", "report", "--as-of", later)
    found = json.loads(command(*asked, "--json"))
    again = json.loads(command("outcomes", "load", "outcomes.csv", "--now", later, "--json"))
    assert again["tables"][0]["loaded"] == again["tables"][0]["corrected"] == 0
    assert json.loads(command(*asked, "--json")) == found

    kept, earned = found["contrasts"]
    assert kept["estimate"]["low"] <= fates.truth("retained") <= kept["estimate"]["high"]
    assert earned["estimate"]["low"] <= fates.truth("revenue") <= earned["estimate"]["high"]
    assert earned["estimate"]["variance_ratio"] < 1.0  # what they paid before tells of what they pay
    assert kept["claim"] == "better"
    assert not found["hidden"]
    assert found["adjusted_by"] == ["revenue_before"]
    said = command(*asked, "--out", "outcomes.html")
    assert "Retention: better than doing nothing" in said
    assert "percentage discount 20: keeps more customers than doing nothing" in said
    page = (tmp_path / "outcomes.html").read_text(encoding="utf-8")
    assert kept["statement"] in page
    assert "<script" not in page


def test_a_world_in_which_nothing_works_gives_no_claim() -> None:
    nothing = Fates(Parameters(effect=0.0, sleeping_dog=1.0, voluntary=-4.5))
    assert nothing.truth("retained") == 0.0
    _, decisions, outcomes = nothing.lived("retinue-holdout")
    with Warehouse(DuckDBEngine()) as warehouse:
        for name, rows in (("interventions", decisions), ("outcomes", outcomes)):
            append(warehouse, name, rows)
        found = measure(warehouse, Settings(), nothing.start + WINDOW + timedelta(days=1))
    assert found.contrast("retention").claim == "none"
    assert {row.effect.always_low > 0 for row in found.incentives if row.effect} == {False}


def append(warehouse: Warehouse, name: str, rows: pd.DataFrame) -> None:
    import pyarrow as pa

    times = {c: pd.to_datetime(rows[c]).dt.tz_localize(None) for c in rows if c.endswith("_at")}
    known = rows.assign(**times, recorded_at=next(iter(times.values())))
    warehouse.engine.append(name, pa.Table.from_pandas(known, preserve_index=False))
