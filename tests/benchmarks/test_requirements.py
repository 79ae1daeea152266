"""The peers' environment is pinned, names no address, and shares its versions with ours where it matters."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PEERS = (
    *("pandas", "polars", "duckdb", "featuretools", "lifetimes", "mabwiser", "evidently", "lightgbm"),
    *("econml", "scikit-uplift", "vowpalwabbit"),
)


def pins(file: Path) -> dict[str, str]:
    found = re.findall(r"^([\w.-]+)==([\w.]+)", file.read_text(encoding="utf-8"), flags=re.M)
    return {name.lower(): number for name, number in found}


def test_everything_is_pinned_without_addresses() -> None:
    file = ROOT / "benchmarks" / "requirements.txt"
    for line in file.read_text(encoding="utf-8").splitlines():
        assert not line or line.startswith("#") or re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*", line)
    assert "://" not in file.read_text(encoding="utf-8")
    assert set(PEERS) <= set(pins(file))


def test_engines_are_compared_at_one_version() -> None:
    theirs = pins(ROOT / "benchmarks" / "requirements.txt")
    ours = pins(ROOT / "constraints.txt")
    for name in ("duckdb", "lightgbm", "numpy", "pyarrow"):
        assert theirs[name] == ours[name]


def test_the_causal_forest_is_pinned_and_measured_at_one_version() -> None:
    ours, theirs = pins(ROOT / "constraints.txt"), pins(ROOT / "benchmarks" / "requirements.txt")
    for name in ("econml", "numba", "statsmodels", "scikit-learn"):
        assert theirs[name] == ours[name]


def test_peers_do_not_reach_the_product() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [one for wanted in project["optional-dependencies"].values() for one in wanted]
    names = {re.split(r"[\[<>=!~ ]", one)[0].lower() for one in (*project["dependencies"], *extras)}
    assert not names & {
        "polars",
        "featuretools",
        "lifetimes",
        "mabwiser",
        "evidently",
        "scikit-uplift",
        "vowpalwabbit",
    }
