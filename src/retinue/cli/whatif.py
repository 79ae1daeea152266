"""`retinue whatif`: what would have been decided under other terms, beside what was."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from retinue.cli.daily import Budget, opened, parse_budget
from retinue.cli.output import (
    AsOf,
    JsonFlag,
    Workspace,
    emit,
    parse_as_of,
    parse_clock,
    reporting_errors,
    table_text,
)

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        epilog="Example: retinue whatif --from 2026-01-01 --to 2026-03-31 --set incentives.caution=1"
    )
    def whatif(
        workspace: Workspace = Path(),
        assignments: Annotated[
            list[str] | None,
            typer.Option(
                "--set",
                help="SECTION.KEY=VALUE of incentives, decisions, holdout, guards, budget; may be repeated.",
            ),
        ] = None,
        budget: Budget = None,
        catalogue: Annotated[
            Path | None, typer.Option("--catalogue", help="TOML file with a table for each incentive.")
        ] = None,
        run: Annotated[
            str | None, typer.Option("--run", help="The finished run with this campaign id.")
        ] = None,
        start: Annotated[
            str | None, typer.Option("--from", help="Finished runs from this date on, UTC.")
        ] = None,
        end: Annotated[str | None, typer.Option("--to", help="Finished runs up to this date, UTC.")] = None,
        as_of: AsOf = None,
        top: Annotated[int, typer.Option("--top", min=0, help="How many changed customers to name.")] = 10,
        as_json: JsonFlag = False,
    ) -> None:
        """Decide a past run, a period or tomorrow again under other terms. No run or campaign is written.

        Without --run, --from or --to it is about the next run, as of --as-of. For the past, what became of
        customers as known at --as-of gives an off-policy estimate of the difference, or the reason why none
        can be given.
        """
        with reporting_errors(as_json):
            from retinue.runs.changes import change_of

            clock = parse_clock(None)
            with opened(workspace, clock=clock, quiet=as_json) as retinue:
                change = change_of(
                    retinue.settings, assignments or (), catalogue=catalogue, budget=parse_budget(budget)
                )
                found = retinue.whatif(
                    change,
                    as_of=parse_as_of(as_of, clock),
                    start=None if start is None else parse_as_of(start, clock, "--from"),
                    end=None if end is None else parse_as_of(end, clock, "--to"),
                    run=run,
                    top=top,
                )
            emit(found, as_json=as_json, text=_in_words(found))


def _in_words(found: dict[str, Any]) -> str:
    stated = ", ".join(f"{key} = {value}" for key, value in found["change"].items())
    runs = found["runs"]
    which = (
        runs[0]["name"] if len(runs) == 1 else f"{len(runs)} runs, {runs[0]['name']} to {runs[-1]['name']}"
    )
    changed = found["changed"]
    lines = [
        f"What if {stated}? {which}.",
        table_text(_sides(found), ["", "was" if not found["ahead"] else "now", "what if"]),
        "",
        f"{changed['decisions']:,} decisions about {changed['customers']:,} customers would differ:"
        f" {changed['gain_an_offer']:,} gain an offer, {changed['lose_an_offer']:,} lose one.",
    ]
    if changed["top"]:
        rows = [
            {
                "customer": row["customer_id"],
                "risk": f"{row['churn_probability']:.0%}",
                "value": f"{row['clv']:,.0f}",
                "was": _offer(row["was"], row["was_rule"]),
                "what if": _offer(row["new"], row["new_rule"]),
                "cost": f"{row['cost']:+,.2f}",
                "expected net": f"{row['expected_net']:+,.2f}",
            }
            for row in changed["top"]
        ]
        lines.append(table_text(rows, list(rows[0])))
    lines += [f"- {note}" for note in found["notes"]]
    if found["band"] is None:
        lines.append(
            "What it would bring cannot be read from a log of tomorrow; --from and --to ask the past."
        )
    else:
        lines += ["", *_band(found["band"])]
    return "\n".join(lines)


def _band(band: dict[str, Any]) -> list[str]:
    lines = ["No estimate of what it would have brought:"] if band["refused"] else []
    lines += [f"{'  ' if band['refused'] else ''}{words}" for words in band["words"]]
    if band["experiment"] is not None:
        lines.append(f"The experiment that would settle it: {band['experiment']['words']}")
    return lines


def _offer(incentive: str, rule: str) -> str:
    return incentive if incentive != "none" else f"none ({rule})"


def _sides(found: dict[str, Any]) -> list[dict[str, str]]:
    """The two sides line by line."""
    was, new = found["was"], found["new"]
    name = "now" if found["ahead"] else "was"

    def row(label: str, key: str, form: str) -> dict[str, str]:
        cells = ["no limit" if side[key] is None else format(side[key], form) for side in (was, new)]
        return {"": label, name: cells[0], "what if": cells[1]}

    lines = [
        row(f"budget ({found['currency']})", "budget", ",.2f"),
        row("decided about", "decided", ","),
        row("customers offered", "offered", ","),
        row("planned cost", "planned_cost", ",.2f"),
        row("expected net", "expected_net", ",.2f"),
    ]
    for title, key in (("offer", "by_incentive"), ("rule", "by_rule")):
        for label in sorted({*was[key], *new[key]}):
            counts = [f"{side[key].get(label, 0):,}" for side in (was, new)]
            lines.append({"": f"  {title} {label}", name: counts[0], "what if": counts[1]})
    return lines
