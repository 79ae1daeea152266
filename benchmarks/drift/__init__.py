"""PSI and KL divergence of every feature: Retinue beside Evidently, on identical work.

60 features × a million rows, then and now, as two Parquet files. Both sides bin alike (Evidently's way), and
their numbers must agree to 1e-9 before any time is compared. Evidently is measured twice: as its
documentation uses it (a report), and as kindly as possible (its two functions alone). It imports much, so
ratios are given for whole processes, without imports, and without imports and reading.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.drift.data import write_sides
from benchmarks.harness import Contender, Unequal, compare, render, row_of
from benchmarks.plan import Plan

__all__ = ["measure", "peer_python", "section"]

HERE = Path(__file__).parent
FEATURES = 60
ROWS, QUICK_ROWS = 1_000_000, 50_000
SEED = 7
TOLERANCE = 1e-9
TARGET = 10.0

OURS, MEMORY, KEPT = "Retinue", "Retinue, from memory", "Retinue, kept profile"
REPORT, FUNCTIONS = "Evidently, report", "Evidently, functions"
IDENTICAL = (OURS, MEMORY, FUNCTIONS, REPORT)


def measure(plan: Plan, say: Callable[[str], None]) -> dict[str, Any]:
    """Times of all contenders and the seconds of their parts; only ours when Evidently is not there.

    Raises Unequal when a number differs by more than 1e-9.
    """
    folder = plan.work / "drift"
    folder.mkdir(parents=True, exist_ok=True)
    rows = QUICK_ROWS if plan.quick else ROWS
    say(f"Drift: {FEATURES} features × {rows:,} rows, twice")
    before, now = write_sides(folder, features=FEATURES, rows=rows, seed=SEED)
    profile = folder / f"profile-{rows}.json"
    _learn(before, profile)
    peer = peer_python(plan)
    outs = {
        name: folder / f"{name.lower().replace(', ', '-').replace(' ', '-')}.json" for name in _names(peer)
    }
    spent: dict[str, list[dict[str, float]]] = {name: [] for name in outs}

    def kept_seconds(name: str) -> Callable[[], None]:
        def prepare() -> None:
            # What the run before wrote, before it is written over.
            if outs[name].exists():
                spent[name].append(json.loads(outs[name].read_text(encoding="utf-8"))["seconds"])

        return prepare

    def check() -> None:
        _check(outs, rows)

    for out in outs.values():
        out.unlink(missing_ok=True)
    repeats = 1 if plan.quick else plan.repeats
    contenders = [
        Contender(
            name, _command(name, peer, before, now, profile, out), kept_seconds(name), _environment(name)
        )
        for name, out in outs.items()
    ]
    results = compare(
        contenders,
        repeats=repeats,
        check=check,
        warm=plan.quick,
        say=say,
    )
    for name in outs:
        kept_seconds(name)()
    reference = next(r for r in results if r.name == OURS)
    return {
        "rows": rows,
        "features": FEATURES,
        "peer": None if peer is None else _versions(peer),
        "table": [row_of(result, reference) for result in results],
        "seconds": {name: _medians(found[-repeats:]) for name, found in spent.items()},
        "difference": _check(outs, rows),
    }


def peer_python(plan: Plan) -> Path | None:
    """The peers' Python, when it can import Evidently."""
    if plan.peers is None:
        return None
    probe = [str(plan.peers), "-c", "import evidently.metrics, pyarrow"]
    done = subprocess.run(probe, capture_output=True, check=False, env=_clean())
    return plan.peers if done.returncode == 0 else None


def section(found: Mapping[str, Any]) -> str:
    """The findings as Markdown."""
    seconds = found["seconds"]
    lines = [
        "## Drift",
        "",
        f"PSI and KL divergence of {found['features']} features, {found['rows']:,} rows before and as many "
        "now, from two Parquet files. Identical work: Evidently's bins (equal widths by Sturges' rule over "
        "both files together, or a bin per value), its replacement of zeros, missing values left out.",
        "",
    ]
    if found["peer"] is None:
        lines += [
            "Evidently: not measured: peers' environment is not there (`benchmarks/drift/requirements.txt`).",
            "",
        ]
    else:
        lines += [
            f"{found['peer']}. All numbers agree: the largest difference is {found['difference']:.0e}.",
            "*report* is Evidently as documented, a `ValueDrift` per feature and method; *functions* calls "
            "only its two functions, without a report and its drawings. *From memory* reads both files "
            "first, as Evidently does. *Kept profile* is not the same work but Retinue's daily use: its own "
            "bins, learned before, and only today's file.",
            "",
        ]
    lines += [render(found["table"], OURS), ""]
    lines += ["| CPU seconds of the parts | imports | reading | PSI and KL |", "| --- | --- | --- | --- |"]
    for name, part in seconds.items():
        reading = "(while counting)" if part["read"] is None else f"{part['read']:.2f}"
        lines.append(f"| {name} | {part['import']:.2f} | {reading} | {part['work']:.2f} |")
    if found["peer"] is not None:
        lines += ["", *_ratios(found)]
    return "\n".join(lines) + "\n"


def _ratios(found: Mapping[str, Any]) -> list[str]:
    seconds = found["seconds"]
    whole = {row["name"]: row["cpu_seconds"]["median"] for row in found["table"]}
    peak = {row["name"]: row["peak_bytes"]["median"] for row in found["table"]}
    lines = [
        "| how many times the CPU of Retinue | whole process | without imports | without imports and reading "
        "| peak memory |",
        "| --- | --- | --- | --- | --- |",
    ]
    reached: dict[str, tuple[float, float]] = {}
    for name in (REPORT, FUNCTIONS):
        part = seconds[name]
        net = (part["read"] + part["work"]) / seconds[OURS]["work"]
        pure = part["work"] / seconds[MEMORY]["work"]
        ratios = (whole[name] / whole[OURS], net, pure, peak[name] / peak[OURS])
        lines.append(f"| {name} | " + " | ".join(f"{ratio:.1f}" for ratio in ratios) + " |")
        reached[name] = (net, pure)
    told = [
        f"{'met' if ratio >= TARGET else 'missed'} beside {words} ({ratio:.1f} ×)"
        for ratio, words in (
            (reached[REPORT][0], "its report"),
            (reached[FUNCTIONS][1], "its bare functions, data in memory"),
            (reached[FUNCTIONS][0], "its bare functions, reading included"),
        )
    ]
    lines += [
        "",
        f"Target: at least {TARGET:g} × faster than Evidently on identical work, imports left out: "
        f"{'; '.join(told)}. What is left for Retinue is mostly decompressing Parquet, which both sides pay "
        "alike.",
    ]
    return lines


def _names(peer: Path | None) -> tuple[str, ...]:
    return (OURS, MEMORY, KEPT) if peer is None else (OURS, MEMORY, KEPT, FUNCTIONS, REPORT)


def _command(name: str, peer: Path | None, before: Path, now: Path, profile: Path, out: Path) -> list[str]:
    files = [str(before), str(now), str(out)]
    if name in (FUNCTIONS, REPORT):
        way = "report" if name == REPORT else "functions"
        return [str(peer), str(HERE / "evidently_peer.py"), way, *files]
    ours = [sys.executable, str(HERE / "ours.py")]
    if name == KEPT:
        return [*ours, "--kept", str(profile), str(now), str(out)]
    return [*ours, "--memory", *files] if name == MEMORY else [*ours, "--stream", *files]


def _environment(name: str) -> dict[str, str] | None:
    return _clean() if name in (FUNCTIONS, REPORT) else None


def _clean() -> dict[str, str]:
    """The environment without our own packages on the path: the peer must not import them."""
    return {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}


def _learn(before: Path, profile: Path) -> None:
    from retinue.monitoring import learn_profile

    profile.write_text(json.dumps(learn_profile(before).as_dict()), encoding="utf-8")


def _check(outs: Mapping[str, Path], rows: int) -> float:
    """The largest difference between contenders of identical work; what was counted must be all there is."""
    found = {name: json.loads(out.read_text(encoding="utf-8")) for name, out in outs.items()}
    ours = found[OURS]["numbers"]
    if len(ours) != FEATURES:
        raise Unequal(f"{len(ours)} features instead of {FEATURES}")
    if found[KEPT]["rows"] != rows or found[KEPT]["numbers"].keys() != ours.keys():
        raise Unequal("the kept profile did not count every row of every feature")
    largest = 0.0
    for name in IDENTICAL:
        if name not in found:
            continue
        for feature, numbers in found[name]["numbers"].items():
            for measure_name, value in numbers.items():
                difference = abs(value - ours[feature][measure_name])
                if not difference <= TOLERANCE:
                    raise Unequal(f"{name}: {measure_name} of {feature} is {value}, not {ours[feature]}")
                largest = max(largest, difference)
        if found[name]["numbers"].keys() != ours.keys():
            raise Unequal(f"{name} has other features")
    return largest


def _medians(runs: list[dict[str, float]]) -> dict[str, float | None]:
    parts = ("import", "read", "work")
    return {
        part: None if part not in runs[0] else statistics.median(run[part] for run in runs) for part in parts
    }


def _versions(peer: Path) -> str:
    words = "from importlib.metadata import version as v; print(v('evidently'), v('pandas'))"
    done = subprocess.run([str(peer), "-c", words], capture_output=True, text=True, check=True, env=_clean())
    evidently, pandas = done.stdout.split()
    return f"Evidently {evidently}, pandas {pandas}"
