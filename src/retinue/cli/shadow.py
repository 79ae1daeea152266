"""`retinue shadow`: the last months as if Retinue had been there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from retinue.cli.daily import Budget, Data, opened, parse_budget
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

    @app.command(epilog="Example: retinue shadow --data exports --as-of 2026-02-14 --budget 1000")
    def shadow(
        workspace: Workspace = Path(),
        as_of: AsOf = None,
        data: Data = None,
        months: Annotated[int, typer.Option("--months", min=1, max=60, help="How far back to go.")] = 12,
        every: Annotated[int, typer.Option("--every", min=1, help="Months between the dates.")] = 1,
        budget: Budget = None,
        as_json: JsonFlag = False,
    ) -> None:
        """Run the last months as if Retinue had been there: what it would have done, and what that proves.

        Each date sees what was known then. Stopped and started again, it goes on where it was. --budget is
        that of each date.
        """
        with reporting_errors(as_json):
            clock = parse_clock(None)
            limit = parse_budget(budget)
            with opened(workspace, clock=clock, quiet=as_json) as retinue:
                moment = parse_as_of(as_of, clock)
                if data is not None:
                    retinue.load(data)
                found = retinue.shadow(moment, months=months, every=every, budget=limit)
            emit(found, as_json=as_json, text=_in_words(found))


def _in_words(found: dict[str, Any]) -> str:
    rows = [
        {
            "date": row["as_of"],
            "active": f"{row['active']:,}",
            "flagged": f"{row['flagged']:,}",
            "of them left": _known(row["flagged_left"]),
            "left in all": _known(row["left"]),
            "expected": "not over yet" if row["expected_left"] is None else f"{row['expected_left']:,.0f}",
            "offers": f"{row['offered']:,}",
            f"cost ({found['currency']})": f"{row['cost']:,.2f}",
        }
        for row in found["dates"]
    ]
    lines = ["As if Retinue had been there; none of these offers was made.", table_text(rows, list(rows[0]))]
    lines += [f"{row['as_of']} left out: {row['why']}" for row in found["skipped"]]
    for title, key in (
        ("What can be concluded", "can"),
        ("What cannot", "cannot"),
        ("What would tell", "next"),
    ):
        lines += ["", title, *(f"- {words}" for words in found["words"][key])]
    return "\n".join(lines)


def _known(count: int | None) -> str:
    return "not over yet" if count is None else f"{count:,}"
