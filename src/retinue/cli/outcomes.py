"""`retinue outcomes`: take in what became of customers, and measure what of it was our doing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from retinue.cli.daily import opened
from retinue.cli.output import (
    AsOf,
    JsonFlag,
    Workspace,
    emit,
    parse_as_of,
    parse_clock,
    reporting_errors,
    say,
    table_text,
)

if TYPE_CHECKING:
    from retinue.app import Retinue

__all__ = ["register"]


def channel_facts(retinue: Retinue) -> dict[str, Any]:
    """What channels and the service told: costs, responses, cancel moments, and what waits; JSON-ready."""
    from retinue.store import cancel_moments, inbox, responses

    return {
        "costs": [row.as_dict() for row in retinue.outcomes_costs()],
        "currency": retinue.settings.project.currency,
        "responses": responses.counts(retinue.store),
        "cancel_moments": cancel_moments.summary(retinue.store),
        "inbox": inbox.counts(retinue.store),
    }


def told(seen: dict[str, Any]) -> list[str]:
    """The same as lines; none for what there is nothing of."""
    from retinue.outcomes.costs import CostRow, in_words

    lines = in_words([CostRow(**row) for row in seen["costs"]], seen["currency"])
    for channel, kinds in seen["responses"].items():
        lines.append(f"{channel}: " + ", ".join(f"{count:,} {kind}" for kind, count in kinds.items()))
    for name, counts in seen["cancel_moments"].items():
        if counts:
            each = ", ".join(f"{key} {count:,}" for key, count in counts.items())
            lines.append(f"Cancel button, {name}: {each}")
    if seen["inbox"]["waiting"]:
        lines.append(f"{seen['inbox']['waiting']:,} reported outcomes wait: retinue outcomes collect")
    return ["", *lines] if lines else []


def register(app: typer.Typer) -> None:
    """Add the commands."""
    outcomes = typer.Typer(no_args_is_help=True, help="What became of customers, and what was our doing.")
    app.add_typer(outcomes, name="outcomes")

    @outcomes.command("load", epilog="Example: retinue outcomes load outcomes.csv")
    def load(
        file: Annotated[
            Path,
            typer.Argument(help="CSV, Parquet or NDJSON with customer_id, retained, observed_at, revenue, …"),
        ],
        workspace: Workspace = Path(),
        now: Annotated[str | None, typer.Option("--now", help="Take this as the present time.")] = None,
        as_json: JsonFlag = False,
    ) -> None:
        """Load outcomes; the same twice changes nothing, another content of an id corrects it."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(now), quiet=as_json) as retinue:
            from retinue.pipeline.summary import load_view

            found = load_view(retinue.outcomes_load(file).as_dict())
            shown = ["table", "read", "loaded", "unchanged", "corrected", "duplicates", "quarantined"]
            lines = [table_text(found["tables"], shown)]
            lines += [f"quarantined {count:,}: {reason}" for reason, count in found["quarantined"].items()]
            lines += [f"- {line}" for line in found["assumptions"]]
            emit(found, as_json=as_json, text="\n".join(lines))

    @outcomes.command("collect", epilog="Example: retinue outcomes collect")
    def collect(
        workspace: Workspace = Path(),
        now: Annotated[str | None, typer.Option("--now", help="Take this as the present time.")] = None,
        as_json: JsonFlag = False,
    ) -> None:
        """Bring into the warehouse what the service was told, and derive outcomes where nobody reported."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(now), quiet=as_json) as retinue:
            found = retinue.outcomes_collect().as_dict()
            lines = [
                f"{what}: " + ", ".join(f"{count:,} {name}" for name, count in found[what].items())
                for what in ("reported", "events", "derived")
            ]
            lines.append(f"moments at the cancel button: {found['moments']:,}")
            lines += [f"quarantined {count:,}: {reason}" for reason, count in found["quarantined"].items()]
            emit(found, as_json=as_json, text="\n".join(lines))

    @outcomes.command(
        "report", epilog="Example: retinue outcomes report --as-of 2026-02-14 --out outcomes.html"
    )
    def report(
        workspace: Workspace = Path(),
        as_of: AsOf = None,
        out: Annotated[
            Path | None,
            typer.Option("--out", "-o", help="Also write the report as an HTML page to this file."),
        ] = None,
        as_json: JsonFlag = False,
    ) -> None:
        """What treatment, and each incentive, brought against those left alone, and when we will know."""
        with reporting_errors(as_json):
            clock = parse_clock(None)
            with opened(workspace, clock=clock, quiet=as_json) as retinue:
                found = retinue.outcomes_report(parse_as_of(as_of, clock))
                project = retinue.settings.project.name
                seen = channel_facts(retinue)
            from retinue.outcomes import as_dict, in_words

            emit({**as_dict(found), **seen}, as_json=as_json, text="\n".join([in_words(found), *told(seen)]))
            if out is not None:
                from retinue.report import render_outcomes
                from retinue.runs.result import write_file

                write_file(out, render_outcomes(found, project).encode())
                say(f"Report: {out}")
