"""The measurement of the value models: it works without peers, and its judge notices what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmarks.harness import Unequal
from benchmarks.plan import Plan
from benchmarks.value import measure, section
from benchmarks.value.data import SHAPES, simulate
from benchmarks.value.likelihood import average, compare_parameters

from retinue.clv import BGNBD, MBGNBD, GammaGamma, ShiftedBetaGeometric


def test_it_works_without_peers(tmp_path: Path) -> None:
    lines: list[str] = []
    found = measure(Plan(work=tmp_path, repeats=1, quick=True), lines.append)
    (entry,) = found["entries"]
    assert set(entry["sides"]) == {"ours", "ours, one thread", "literal"}
    assert entry["agreed"]["contracts"]["largest_difference"] < 1e-3
    text = section(found)
    assert text.startswith("## Value models\n")
    assert "not measured, the peers' environment is not there" in text
    assert "| 10,000 | contracts |" in text
    assert "have the same bits" in text
    assert len(lines) == 4


def _times(seconds: float) -> dict[str, Any]:
    spread = {"median": seconds, "low": seconds, "high": seconds}
    return {"cpu_seconds": spread, "wall_seconds": spread}


def _found(peer: float, large: float) -> dict[str, Any]:
    def entry(customers: int, ours: float, theirs: float) -> dict[str, Any]:
        sides = {"ours": ours, "ours, one thread": ours, "lifetimes": theirs, "lifetimes, one thread": theirs}
        return {
            "shape": "days",
            "customers": customers,
            "agreed": {"BG/NBD": {"largest_difference": 1e-6, "gain": 1e-15}},
            "sides": {
                name: {"models": {"BG/NBD": _times(seconds)}, "process_cpu_seconds": 2 * seconds}
                for name, seconds in sides.items()
            },
        }

    entries = [entry(100_000, 0.1, peer), entry(1_000_000, large, 20.0)]
    return {"peers": True, "repeats": 3, "entries": entries}


def test_targets_are_met_or_missed() -> None:
    met, missed = section(_found(2.0, 0.5)), section(_found(1.0, 1.5))
    assert met.count("**met**") == 2
    assert missed.count("**missed**") == 2
    assert "the least is 10.0 × (BG/NBD, whole days)" in missed
    assert "took 1.50 s (1.50–1.50) with 1.50 CPU seconds (BG/NBD, whole days)" in missed
    assert "| 100,000 | BG/NBD | 0.100 (0.100–0.100) |" in met
    assert "0.2 against 4.0 (100,000 customers, whole days)" in met


@pytest.mark.parametrize("shape", SHAPES)
def test_the_judge_agrees_with_our_likelihoods(shape: str) -> None:
    data = simulate(shape, 3_000, 5)
    repeat = data["x"] > 0
    fits: dict[str, Any] = {
        "BG/NBD": BGNBD.fit(data["x"], data["t_x"], data["T"]),
        "MBG/NBD": MBGNBD.fit(data["x"], data["t_x"], data["T"]),
        "Gamma-Gamma": GammaGamma.fit(data["x"][repeat], data["m"][repeat]),
        "contracts": ShiftedBetaGeometric.fit(data["ended"], data["running"]),
    }
    for model, fitted in fits.items():
        size = {"Gamma-Gamma": repeat.sum(), "contracts": len(data["ended"]) + len(data["running"])}
        likelihood = average(model, fitted.parameters, data)
        assert likelihood * size.get(model, 3_000) == pytest.approx(fitted.log_likelihood, rel=1e-9)
        apart = {name: value * 1.01 for name, value in fitted.parameters.items()}
        with pytest.raises(Unequal, match=model):
            compare_parameters(model, fitted.parameters, apart, data)


def test_less_likely_parameters_are_not_called_equal() -> None:
    data = simulate("days", 3_000, 5)
    best = BGNBD.fit(data["x"], data["t_x"], data["T"]).parameters
    near = {name: value * (1 + 9e-4) for name, value in best.items()}
    assert compare_parameters("BG/NBD", best, near, data)["gain"] > 0
    with pytest.raises(Unequal):
        compare_parameters("BG/NBD", near, best, data)


def test_shapes_are_what_they_are_called() -> None:
    worlds = {shape: simulate(shape, 5_000, 1) for shape in SHAPES}
    histories = {
        shape: len(np.unique(np.column_stack([d["x"], d["t_x"], d["T"]]), axis=0)) / 5_000
        for shape, d in worlds.items()
    }
    assert histories["fractions"] == 1.0
    assert histories["days"] < 1.0
    assert worlds["many"]["x"].max() > 1_000
    for data in worlds.values():
        assert (data["t_x"] <= data["T"]).all()
        assert ((data["x"] > 0) | (data["t_x"] == 0)).all()
