"""A measurement as text, as JSON and as data frames; every form shows the same numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from retinue.outcomes.measuring import Measurement

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["aligned", "as_dict", "frame", "in_words"]

_PARTS: dict[str, Callable[[Measurement], list[dict[str, Any]]]] = {
    "arms": lambda m: [asdict(row) for row in m.arms],
    "incentives": lambda m: [_flat(row.as_dict()) for row in m.incentives],
    "contrasts": lambda m: [_flat(row.as_dict()) for row in m.contrasts],
    "looks": lambda m: [_flat({"at": look.at, "estimate": look.estimate.as_dict()}) for look in m.looks],
}


def as_dict(found: Measurement) -> dict[str, Any]:
    """JSON-ready: arms, contrasts, checks, incentives, forecast, saved revenue, notes; times in ISO 8601."""
    return {
        "as_of": found.as_of.isoformat(),
        "window_days": found.window_days,
        "currency": found.currency,
        "hidden": found.hidden,
        "arms": [asdict(row) for row in found.arms],
        "contrasts": [row.as_dict() for row in found.contrasts],
        "sample_ratio": None if found.ratio is None else found.ratio.as_dict(),
        "attrition": None if found.attrition is None else found.attrition.as_dict(),
        "incentives": [row.as_dict() for row in found.incentives],
        "forecast": None if found.forecast is None else _plain(found.forecast.as_dict()),
        "saved_revenue": {**found.saved.as_dict(), "causal": False},
        "looks": [{"at": look.at.isoformat(), **look.estimate.as_dict()} for look in found.looks],
        "adjusted_by": list(found.adjusted_by),
        "notes": list(found.notes),
    }


def frame(found: Measurement, part: str) -> pd.DataFrame:
    """One part as a data frame: arms, incentives, contrasts or looks (the effect over time)."""
    import pandas as pd

    return pd.DataFrame(_PARTS[part](found))


def in_words(found: Measurement) -> str:
    """The report as plain text."""
    lines = [
        f"Outcomes as of {found.as_of:%Y-%m-%d}, judged {found.window_days:.0f} days after a customer first "
        "qualified for an offer.",
        "",
    ]
    lines += _arms(found)
    for check in (found.ratio, found.attrition):
        if check is not None and (check.p_value < 0.01 or check is found.ratio):
            lines.append(check.statement)
    lines += ["", *(row.statement for row in found.contrasts)]
    if found.adjusted_by and found.contrasts and found.contrasts[0].estimate is not None:
        ratio = found.contrasts[0].estimate.variance_ratio
        names = " and ".join(name.replace("_", " ") for name in found.adjusted_by)
        lines.append(f"Adjusted for {names}: variance {ratio:.2f} of what it was.")
    lines += [found.saved.statement]
    if found.forecast is not None:
        lines += ["", "When will we know? " + found.forecast.statement, found.forecast.proposal]
    if found.incentives:
        lines += ["", *_incentives(found)]
    if found.notes:
        lines += ["", *(f"- {note}" for note in found.notes)]
    return "\n".join(lines)


def _arms(found: Measurement) -> list[str]:
    rows = [("arm", "customers", "judged", "retained", "net revenue each", "spend")]
    rows += [
        (
            row.arm,
            f"{row.customers:,}",
            f"{row.judged:,}",
            _share(row.retained),
            _money(row.net_revenue),
            _money(row.spend),
        )
        for row in found.arms
        if not found.hidden
    ]
    return aligned(rows) if len(rows) > 1 else []


def _incentives(found: Measurement) -> list[str]:
    head = ("incentive", "tried", "judged", "reward", "interval", "best", "explored", "spend", "per retained")
    rows = [head]
    for row in found.incentives:
        known = row.reward is not None and row.low is not None and row.high is not None
        rows.append(
            (
                row.incentive + (" (starving)" if row.starving else ""),
                f"{row.tried:,}",
                f"{row.judged:,}",
                _share(row.reward),
                f"{row.low:.1%} to {row.high:.1%}" if known else "–",
                _share(row.probability_best),
                _share(row.explored),
                _money(row.spend),
                _money(row.cost_per_retained),
            )
        )
    return [*aligned(rows), "", *(row.statement for row in found.incentives if row.incentive != "none")]


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """The rows as lines of a table, the first column to the left, the others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def _money(value: float | None) -> str:
    return "–" if value is None else f"{value:,.2f}"


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """Nested estimates as columns: estimate_value, estimate_low, …"""
    out: dict[str, Any] = {}
    for key, value in row.items():
        if isinstance(value, dict):
            out |= {f"{key}_{inner}": given for inner, given in value.items()}
        else:
            out[key] = value
    return out


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, datetime) else value
