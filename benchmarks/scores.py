"""Scores and reasons beside LightGBM's own, on the model of the performance targets and on a default one.

One process, contenders in turns, one thread each; CPU seconds of the process, and for one score the wall time
of each call. LightGBM is what predicts and explains without the conversion; its answers are compared first.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.harness import Unequal
from benchmarks.plan import Plan

__all__ = ["measure", "section"]

Matrix = npt.NDArray[np.float64]
Say = Callable[[str], None]

NEAR = 1e-6
EXPLAINED_ALONE = 20
TARGETS = {"batch": 1.6, "shap": 10.0, "one_us": 40.0, "reasons_seconds": 60.0}


@dataclass(frozen=True, slots=True)
class Size:
    """The trees of the targets' model, and how much is asked of it."""

    trees: int = 400
    leaves: int = 63
    features: int = 60
    train: int = 20_000
    batch: int = 100_000
    single: int = 3_000
    explained_theirs: int = 100
    explained: int = 20_000
    default_rows: int = 200_000
    default_trees: int = 300


QUICK = Size(40, 31, 20, 4_000, 10_000, 300, 100, 2_000, default_trees=60)


def measure(plan: Plan, say: Say) -> dict[str, Any]:
    """Batch prediction, one score, TreeSHAP and reasons in words; JSON-ready."""
    size = QUICK if plan.quick else Size()
    found: dict[str, Any] = {"size": {name: getattr(size, name) for name in Size.__slots__}}
    models = {"targets": _of_targets(plan.work, size), "default": _default(plan.work, size)}
    for name, model in models.items():
        say(f"scores: {name} model: {model.score.words(len(model.encoding.names))}")
        found[name] = _measured(model, size, plan.repeats, say)
    return found


def _measured(model: Any, size: Size, repeats: int, say: Say) -> dict[str, Any]:
    booster = model.score.booster
    import lightgbm

    theirs = lightgbm.Booster(model_str=booster.text)
    converted = booster.converted
    if converted is None:
        raise Unequal(f"the trees were not converted: {booster.scored_by}")
    matrix = _matrix(size.batch, len(model.encoding.names), seed=3)
    few = matrix[: size.explained_theirs]
    _equal("scores", converted.log_odds(matrix), theirs.predict(matrix, raw_score=True))
    # As many rows of ours as are explained at once, so that the tables serve all of them as they do in a run.
    many = matrix[: size.explained]
    _equal("contributions", converted.contributions(many)[: len(few)], theirs.predict(few, pred_contrib=True))
    scorer = model.scorer()
    _equal("one score", np.array([scorer.score(row) for row in few]), scorer.scores(few))

    batch = _turns(
        [lambda: theirs.predict(matrix, num_threads=1), lambda: converted.log_odds(matrix)], repeats
    )
    shap = _turns(
        [
            lambda: theirs.predict(few, pred_contrib=True, num_threads=1),
            lambda: converted.contributions(many),
        ],
        repeats,
    )
    rows = list(np.ascontiguousarray(matrix[: size.single]))
    one = _each(
        {
            "lightgbm": lambda row: theirs.predict(row[None, :], num_threads=1),
            "trees": converted.one,
            "whole": scorer.score,
        },
        rows,
        repeats,
    )
    why = _each(
        {
            "lightgbm": lambda row: theirs.predict(row[None, :], pred_contrib=True, num_threads=1),
            "trees": lambda row: converted.contributions(row[None, :]),
        },
        rows[:EXPLAINED_ALONE],
        repeats,
    )
    frame = _frame(many, model.encoding.names)
    reasons = _turns([lambda: model.explain(frame, top=5)], 1)
    out = {
        "words": model.score.words(len(model.encoding.names)),
        "batch": _rates(batch, [size.batch, size.batch]),
        "shap": _rates(shap, [len(few), len(many)]),
        "one": one,
        "why": why,
        "reasons": {"rows": len(many), "cpu": reasons[0][0][0], "wall": reasons[0][0][1]},
    }
    say(f"  batch × {out['batch']['ratio']:.1f}, TreeSHAP × {out['shap']['ratio']:.1f}, one score {one}")
    return out


def _equal(what: str, ours: Matrix, theirs: Matrix) -> None:
    apart = float(np.abs(ours - theirs).max())
    if not apart <= NEAR:
        raise Unequal(f"{what}: differ by {apart:.1e}")


def _turns(calls: Sequence[Callable[[], Any]], repeats: int) -> list[list[tuple[float, float]]]:
    """(CPU, wall) seconds of every call, in turns."""
    found: list[list[tuple[float, float]]] = [[] for _ in calls]
    for _ in range(repeats):
        for call, times in zip(calls, found, strict=True):
            cpu, wall = time.process_time(), time.perf_counter()
            call()
            times.append((time.process_time() - cpu, time.perf_counter() - wall))
    return found


def _rates(times: Sequence[Sequence[tuple[float, float]]], rows: Sequence[int]) -> dict[str, Any]:
    """Rows per CPU second of LightGBM and of ours (median, least, most), and the ratio of medians."""
    rates = [sorted(count / cpu for cpu, _ in each) for each, count in zip(times, rows, strict=True)]
    theirs, ours = ([statistics.median(each), each[0], each[-1]] for each in rates)
    return {"lightgbm": theirs, "ours": ours, "ratio": ours[0] / theirs[0]}


def _each(
    calls: Mapping[str, Callable[[Any], Any]], rows: Sequence[Any], repeats: int
) -> dict[str, dict[str, float]]:
    """Median and 99th percentile of single calls, in microseconds of wall time; contenders in turns."""
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        call(rows[0])
    for _ in range(repeats):
        for name, call in calls.items():
            for row in rows:
                start = time.perf_counter()
                call(row)
                taken[name].append(time.perf_counter() - start)
    return {
        name: {"p50": 1e6 * float(np.quantile(each, 0.5)), "p99": 1e6 * float(np.quantile(each, 0.99))}
        for name, each in taken.items()
    }


def _matrix(rows: int, features: int, seed: int) -> Matrix:
    """Amounts, counts, shares with many zeros, and numbers that are often missing."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(rows, features))
    matrix[:, 1::4] = np.round(np.exp(matrix[:, 1::4]) * 10)
    matrix[:, 2::4][rng.random(matrix[:, 2::4].shape) < 0.3] = np.nan
    matrix[:, 3::4] *= rng.random(matrix[:, 3::4].shape) < 0.5
    return matrix


def _outcome(matrix: Matrix, seed: int) -> npt.NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    known = np.nan_to_num(matrix)
    score = known @ rng.normal(scale=0.1, size=matrix.shape[1])
    score += np.sin(known[:, 0] * known[:, 4]) + (known[:, 2] > 0) * known[:, 5]
    return (rng.random(len(matrix)) < 1 / (1 + np.exp(1.0 - score))).astype(np.float64)


def _frame(matrix: Matrix, names: Sequence[str]) -> Any:
    import pandas as pd

    return pd.DataFrame(matrix, columns=list(names))


def _of_targets(work: Path, size: Size) -> Any:
    """Trees alone, of exactly the size that the targets name."""
    settings = {"num_leaves": size.leaves, "learning_rate": 0.05, "min_data_in_leaf": 5}
    return _trained(work, "targets", size.train, size.features, size.trees, settings, share=1.0)


def _default(work: Path, size: Size) -> Any:
    """Half trees, half line, with the settings of a training on so many rows."""
    from retinue.churn.boosting import parameters

    settings = parameters(size.default_rows, seed=1)
    return _trained(work, "default", size.train, 2 * size.features, size.default_trees, settings, share=0.5)


def _trained(
    work: Path,
    name: str,
    rows: int,
    features: int,
    rounds: int,
    settings: Mapping[str, Any],
    *,
    share: float,
) -> Any:
    import lightgbm

    from retinue.churn.blend import Blend
    from retinue.churn.boosting import Booster
    from retinue.churn.calibration import fit_calibration
    from retinue.churn.encoding import Encoding
    from retinue.churn.evaluate import Evaluation
    from retinue.churn.linear import fit_path
    from retinue.churn.model import TrainedModel

    matrix = _matrix(rows, features, seed=1)
    outcome = _outcome(matrix, seed=2)
    fixed = {"objective": "binary", "seed": 1, "deterministic": True, "num_threads": 1, "verbosity": -1}
    place = work / f"scores-{name}-{rows}-{features}-{rounds}.txt"
    if not place.exists():
        data = lightgbm.Dataset(matrix, outcome)
        text = lightgbm.train({**settings, **fixed}, data, rounds).model_to_string()
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    booster = Booster(place.read_text(encoding="utf-8"))
    encoding = Encoding.learn(_frame(matrix, [f"feature_{i}" for i in range(features)]))
    score = Blend.of(share, booster, fit_path(encoding, matrix, outcome)[1])
    calibration = fit_calibration(score.log_odds(matrix), outcome)
    facts = Evaluation("static", None, None, "made for a measurement", reason="a measurement")
    return TrainedModel(encoding, score, calibration, None, facts)


def section(found: Mapping[str, Any]) -> str:
    """The findings as Markdown."""
    size, targets, default = found["size"], found["targets"], found["default"]
    lines = [
        "## Scores and reasons",
        "",
        "The same trees scored and explained by LightGBM and by the converted form, in one process, in "
        "turns, one thread each. Scores are equal to the bit, contributions and probabilities within 1e-6: "
        "compared before anything was timed. Rates are rows per CPU second (least–most), times of one score "
        f"the wall time of single calls. The model of the targets has {size['trees']} trees × "
        f"{size['leaves']} leaves × {size['features']} features; the default one is what a large "
        f"training gives: {default['words']}",
        "",
        "| measure | model | LightGBM | converted | ratio | target | met |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, part in (("of the targets", targets), ("default", default)):
        for key, title in (("batch", "batch of scores, rows/s"), ("shap", "exact TreeSHAP, rows/s")):
            theirs, ours, ratio = (part[key][side] for side in ("lightgbm", "ours", "ratio"))
            lines.append(
                f"| {title} | {name} | {_rate(theirs)} | {_rate(ours)} | {ratio:.1f} × "
                f"| ≥ {TARGETS[key]:g} × | {_met(ratio >= TARGETS[key])} |"
            )
        one = part["one"]
        for key, title in (("trees", "one raw score of the trees"), ("whole", "one probability, all of it")):
            lines.append(
                f"| {title}, µs p50 (p99) | {name} | {_micro(one['lightgbm'])} | {_micro(one[key])} "
                f"| {one['lightgbm']['p50'] / one[key]['p50']:.1f} × | ≤ {TARGETS['one_us']:g} µs "
                f"| {_met(one[key]['p50'] <= TARGETS['one_us'])} |"
            )
        theirs, ours = (part["why"][side]["p50"] / 1e3 for side in ("lightgbm", "trees"))
        lines.append(
            f"| one customer's contributions, ms p50 | {name} | {theirs:.1f} | {ours:.1f} "
            f"| {theirs / ours:.1f} × | | |"
        )
        reasons = part["reasons"]
        lines.append(
            f"| reasons in words for {reasons['rows']:,} customers, s | {name} | | {reasons['wall']:.1f} "
            f"(CPU {reasons['cpu']:.1f}) | | ≤ {TARGETS['reasons_seconds']:g} s at 20,000 "
            f"| {_met(reasons['wall'] <= TARGETS['reasons_seconds'])} |"
        )
    lines += [
        "",
        f"TreeSHAP is measured over {size['explained']:,} rows at once for the converted form, whose tables "
        f"are made anew for every block of 32,768 rows, and over {size['explained_theirs']} for LightGBM, "
        "whose cost does not depend on their number. Fewer than 500 rows are explained without tables.",
    ]
    return "\n".join(lines)


def _rate(found: Sequence[float]) -> str:
    return f"{found[0]:,.0f} ({found[1]:,.0f}–{found[2]:,.0f})"


def _micro(found: Mapping[str, float]) -> str:
    return f"{found['p50']:.0f} ({found['p99']:.0f})"


def _met(reached: bool) -> str:
    return "yes" if reached else "no"
