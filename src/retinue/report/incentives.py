"""What is believed of each offer and what it earned, as an object: text, JSON, data frame and page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from retinue.outcomes.reporting import aligned
from retinue.report.learned import belief_lines, earned_view, label_lines, learned_view, offer_rows
from retinue.report.words import limit_words, policy_lines

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["IncentivesReport"]


@dataclass(frozen=True)
class IncentivesReport:
    """The offers as of a time; every form shows the same numbers, and a notebook shows the page.

    learned: facts of what was learned. earned: the measured outcomes (`outcomes.as_dict`), None before any
    decision. campaign, run: name and summary of the newest finished run, None before the first.
    Amounts in `currency`.

    >>> report = IncentivesReport("shop", "EUR", "2026-02-14", {"learned": False}, None, None, None)
    >>> report.text().splitlines()[0]
    "The design document's formula decides (incentives.objective): nothing is learned."
    """

    project: str
    currency: str
    as_of: str
    learned: Mapping[str, Any]
    earned: Mapping[str, Any] | None
    campaign: str | None
    run: Mapping[str, Any] | None

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One row per offer, with the columns that `learned.offer_rows` names."""
        return offer_rows(self.learned, self.earned, self.run or {})

    def frame(self) -> pd.DataFrame:
        """The rows as a data frame: one row per offer, shares from 0 to 1, missing where nothing is known."""
        import pandas as pd

        return pd.DataFrame(self.rows)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready: beliefs, offers, labels, the budget of the newest run, and the measured outcomes."""
        run = self.run or {}
        return {
            **self.learned,
            "as_of": self.as_of,
            "currency": self.currency,
            "offers": self.rows,
            "campaign_id": self.campaign,
            "response_labels": run.get("response_labels"),
            "budget": run.get("budget"),
            "policy": run.get("policy"),
            "outcomes": self.earned,
        }

    def html(self) -> str:
        """A complete page that needs nothing else: no script, no address outside of it."""
        from retinue.report.pages import environment

        run = self.run
        return (
            environment()
            .get_template("incentives.html.j2")
            .render(
                project=self.project,
                currency=self.currency,
                as_of=self.as_of,
                campaign=self.campaign,
                summary=run,
                believes=learned_view(self.learned, self.earned, run or {}),
                earns=earned_view(self.earned),
                limits=[limit_words(row, self.currency) for row in _limits(run)],
                gate=policy_lines(run or {}),
            )
        )

    def _repr_html_(self) -> str:
        """For a notebook: the page in a frame of its own, so that neither styles the other."""
        return (
            f'<iframe srcdoc="{escape(self.html())}" title="{escape(self.project)}: incentives"'
            ' style="width:100%;height:720px;border:0"></iframe>'
        )

    def text(self) -> str:
        """The report as plain text."""
        rows, run = self.rows, self.run or {}
        lines = belief_lines(self.learned, rows)
        if rows:
            lines += ["", *_beliefs(rows), *_measured(rows)]
        lines += ["", *label_lines(run)] if label_lines(run) else []
        earns = earned_view(self.earned)
        lines += ["", "What the offers earned:", *earns["lines"]]
        if earns["state"] == "measured":
            lines += [*earns["causal_words"], earns["saved_words"], ""]
            lines += [f"When will we know? {earns['when'][0]}", *earns["when"][1:]]
        limits = [limit_words(row, self.currency) for row in _limits(self.run)]
        lines += [""] if limits else []
        lines += [
            f"Last run: {name.lower()} {most}, planned {planned}, left {left}; {more}."
            for name, most, planned, left, more in limits
        ]
        if limits:
            gap = run["budget"]["relative_gap"]
            lines.append(f"Last run: at most {gap:.2%} below the best possible within these limits.")
        return "\n".join(lines)


def _limits(run: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    return list(((run or {}).get("budget") or {}).get("limits") or [])


def _beliefs(rows: list[dict[str, Any]]) -> list[str]:
    """Share of would-be leavers kept, as believed, and how the offer is tried."""
    head = ("offer", "tried", "before", "keeps", "90 % interval", "best", "explored", "exploited")
    cells = [
        (
            str(row["id"]) + (" (starving)" if row["starving"] else ""),
            f"{row['tried']:,}",
            _share(row["believed_before"]),
            _share(row["kept"]),
            f"{row['low']:.0%} to {row['high']:.0%}" if row["low"] is not None else "–",
            _share(row["best"]),
            _share(row["explored"]),
            _share(row["exploited"]),
        )
        for row in rows
    ]
    return [
        "Believed: share of would-be leavers that it keeps, of customers of whom nothing is known.",
        *aligned([head, *cells]),
    ]


def _measured(rows: list[dict[str, Any]]) -> list[str]:
    judged = [row for row in rows if row["judged"]]
    if not judged:
        return []
    head = ("offer", "judged", "retained", "95 % interval", "against none", "most", "spend", "per retained")
    cells = [
        (
            str(row["id"]),
            f"{row['judged']:,}",
            _share(row["reward"]),
            f"{row['reward_low']:.0%} to {row['reward_high']:.0%}" if row["reward_low"] is not None else "–",
            f"{row['effect']:+.1%} ({row['effect_low']:+.1%} to {row['effect_high']:+.1%})"
            if row["effect"] is not None
            else "too few",
            _share(row["probability_best"]),
            _money(row["spend"]),
            _money(row["cost_per_retained"]),
        )
        for row in judged
    ]
    return [
        "",
        "Measured: share retained of those who got it; only “against none” is its doing.",
        *aligned([head, *cells]),
    ]


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"


def _money(value: float | None) -> str:
    return "–" if value is None else f"{value:,.2f}"
