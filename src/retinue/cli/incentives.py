"""`retinue incentives`: what is believed of each offer, and what taught it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
    table_text,
)
from retinue.report.words import limit_words

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    incentives = typer.Typer(no_args_is_help=True, help="What each offer is believed to do, and why.")
    app.add_typer(incentives, name="incentives")

    @incentives.command("report", epilog="Example: retinue incentives report --as-of 2026-02-14")
    def report(workspace: Workspace = Path(), as_of: AsOf = None, as_json: JsonFlag = False) -> None:
        """The share of would-be leavers each offer keeps, as learned, and what the last budget was worth."""
        with reporting_errors(as_json):
            clock = parse_clock(None)
            with opened(workspace, clock=clock, quiet=as_json) as retinue:
                found = retinue.incentives_report(parse_as_of(as_of, clock))
            emit(found, as_json=as_json, text=_in_words(found))


def _in_words(found: dict[str, Any]) -> str:
    if not found["learned"]:
        return "The design document's formula decides (incentives.objective): nothing is learned."
    rows = [
        {
            "offer": offer["id"],
            "tried": offer["tried"],
            "believed before": f"{offer['believed_before']:.0%}",
            "keeps": f"{offer['kept']:.0%}",
            "90 % interval": f"{offer['low']:.0%} to {offer['high']:.0%}",
        }
        for offer in found["offers"]
    ]
    disturbed = found["disturbed"]
    lines = [
        f"Learned from {found['observations']:,} decisions, {found['without_offer']:,} of them without offer;"
        f" {found['watched_to_the_end']:,} were watched to the end.",
        "Share of would-be leavers that an offer keeps (a customer of whom nothing is known):",
        table_text(rows, list(rows[0]) if rows else []),
        f"A contact drives away {disturbed['share']:.1%} of those who would have stayed"
        f" ({disturbed['low']:.1%} to {disturbed['high']:.1%}).",
    ]
    if found.get("kept_former"):
        lines.append(found["kept_former"])
    starving = [offer["id"] for offer in found["offers"] if offer["tried"] < found["starving_below"]]
    if starving and found["observations"]:
        lines.append(f"Hardly tried (fewer than {found['starving_below']} times): {', '.join(starving)}.")
    budget = found["budget"]
    if budget is not None:
        for row in budget.get("limits") or []:
            label, most, planned, _, more = limit_words(row, found["currency"])
            lines.append(f"Last run: {label.lower()} {most}, planned {planned}; {more}.")
    return "\n".join(lines)
