"""The report on a terminal: plain lines when piped, colour when a person watches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from retinue.report.facts import RunReport
from retinue.report.learned import label_lines
from retinue.report.words import (
    ROUTE_WORDS,
    alarms,
    guard_lines,
    incentive_words,
    limit_words,
    one_line,
    policy_lines,
)

if TYPE_CHECKING:
    from rich.console import Console

    from retinue.pipeline.observer import StageTiming
    from retinue.pipeline.profile import Hot

__all__ = ["print_profile", "print_report"]


def print_report(
    report: RunReport, timings: Sequence[StageTiming], *, reused: bool, dry_run: bool, console: Any = None
) -> None:
    """Print counts, money at risk, the best offers, data quality and time per stage to stdout.

    Names and reasons come from data: they are printed as they are, never read as markup or as codes.
    """
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    out = console or _console(Console)
    summary, currency = report.summary, escape(one_line(report.currency))

    def line(text: str = "") -> None:
        out.print(text, markup=False, highlight=False)

    title = "Dry run: nothing was written" if dry_run else str(report.campaign["campaign_id"])
    already = "  (already done)" if reused else ""
    out.print(
        f"[bold]{escape(title)}[/bold]  {escape(one_line(report.project))}, as of {report.as_of}{already}"
    )
    line(one_line(summary["churn_statement"]))
    for alarm in alarms(summary):
        out.print(f"[bold red]{escape(one_line(alarm))}[/bold red]")
    for number, words in enumerate(policy_lines(summary)):
        out.print(escape(one_line(words)), style="bold yellow" if number == 0 else "yellow", highlight=False)
    for told in summary.get("notes") or []:
        out.print(f"[bold yellow]Warning:[/bold yellow] {escape(one_line(told))}")
    line()

    facts = Table.grid(padding=(0, 2))
    facts.add_row("Customers", f"{summary['customers']:,}", f"{summary['active']:,} active")
    facts.add_row("At risk", f"{summary['at_risk']:,}", f"churn probability above {summary['act_above']:.0%}")
    facts.add_row(
        "Revenue at risk", f"{summary['revenue_at_risk']:,.0f} {currency}", "value × churn probability"
    )
    facts.add_row(
        "Offers", f"{summary['offers']:,}", f"planned cost {summary['planned_cost']:,.2f} {currency}"
    )
    facts.add_row(
        "Expected net", f"{summary['expected_net']:,.0f} {currency}", "of the offers, after their cost"
    )
    facts.add_row("Held out", f"{summary['held_out']:,}", "left alone at random, to measure against")
    out.print(facts)
    routes = ", ".join(f"{ROUTE_WORDS.get(k, k)} {v:,}" for k, v in summary["actions"].items())
    line(f"Routes: {routes}; urgent {summary['urgent']:,}")
    for told in guard_lines(summary):
        line(one_line(told))
    for told in label_lines(summary):
        line(one_line(told))
    _limits(out, summary, currency)
    line()
    if report.evaluation.get("statement"):
        line(one_line(report.evaluation["statement"]))
        line()

    actions = report.top_actions(10)
    if actions:
        table = Table(title="Best offers", title_justify="left")
        for heading in ("Customer", "Route", "Offer", "Churn", "Value", "Net", "Why"):
            table.add_column(heading, justify="right" if heading in ("Churn", "Value", "Net") else "left")
        for action in actions:
            urgent = " !" if action["urgency"] == "HIGH" else ""
            table.add_row(
                escape(one_line(action["customer_id"])),
                ROUTE_WORDS.get(action["action_type"], action["action_type"]) + urgent,
                escape(incentive_words(action["recommended_incentive"])),
                f"{action['churn_probability']:.0%}",
                f"{action['clv']:,.0f}",
                f"{action['expected_roi']:,.0f}",
                escape(one_line(action["reasons"][0])) if action["reasons"] else "",
            )
        out.print(table)
    if report.load:
        quarantined = report.load["quarantined"]
        read = sum(row["read"] for row in report.load["tables"])
        line(f"Rows read {read:,}; quarantined {sum(quarantined.values()):,}" + _reasons(quarantined))
    if timings:
        spent = ", ".join(f"{t.stage} {'reused' if t.reused else f'{t.wall:.1f} s'}" for t in timings)
        line(f"Time: {spent}; total {sum(t.wall for t in timings):.1f} s")


def _limits(out: Console, summary: Mapping[str, Any], currency: str) -> None:
    """What limited the offers, and what one more of each limit would earn."""
    from rich.markup import escape
    from rich.table import Table

    rows = (summary.get("budget") or {}).get("limits") or []
    if rows:
        table = Table(title="Limits", title_justify="left")
        for heading in ("Limit", "Most", "Planned", "Left", "One more"):
            table.add_column(heading, justify="right" if heading in ("Most", "Planned", "Left") else "left")
        for row in rows:
            table.add_row(*(escape(one_line(word)) for word in limit_words(row, currency)))
        out.print(table)
    month = summary.get("month")
    if month:
        out.print(
            f"Of {month['limit']:,.2f} {currency} for {month['month']},"
            f" {month['left']:,.2f} are left after this run.",
            markup=False,
        )


def print_profile(timings: Sequence[StageTiming], hot: Sequence[Hot], *, console: Any = None) -> None:
    """Print what took the time and the memory of each stage, and the functions that took most of it."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, padding=(0, 2), pad_edge=False)
    for column in ("stage", "wall s", "CPU s", "cores", "peak MB so far"):
        table.add_column(column, justify="left" if column == "stage" else "right")
    for t in timings:
        cores = t.cpu / t.wall if t.wall > 0 else 0.0
        table.add_row(t.stage, f"{t.wall:.2f}", f"{t.cpu:.2f}", f"{cores:.1f}", f"{t.peak_mb:,.0f}")
        for h in hot:
            if h.stage == t.stage:
                table.add_row(f"  [dim]{h.function} × {h.calls:,}[/dim]", f"[dim]{h.seconds:.2f}[/dim]")
    out = console or _console(Console)
    out.print()
    out.print(table)


def _console(kind: type[Console]) -> Console:
    """Wide when piped: a table squeezed into 80 columns would cut names apart."""
    found = kind(highlight=False, soft_wrap=True)
    return found if found.is_terminal else kind(highlight=False, soft_wrap=True, width=200)


def _reasons(quarantined: Any) -> str:
    if not quarantined:
        return ""
    worst = sorted(quarantined.items(), key=lambda item: (-item[1], item[0]))
    return (
        " (" + ", ".join(f"{reason} {count:,}" for reason, count in worst[:6]) + "): retinue quarantine list"
    )
