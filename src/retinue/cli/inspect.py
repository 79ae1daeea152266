"""`retinue explain`, `replay`, `receipt`, `runs`: check a decision without trusting it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

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

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the commands."""

    @app.command(epilog="Example: retinue explain C000123")
    def explain(
        customer: Annotated[str, typer.Argument(help="A customer id or a decision id.")],
        workspace: Workspace = Path(),
        as_of: AsOf = None,
        as_json: JsonFlag = False,
    ) -> None:
        """The story of a decision in words: worth, risk, why, the offers weighed, who must approve."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None)) as retinue:
            wanted = None if as_of is None else parse_as_of(as_of, parse_clock(None))
            from retinue.store.audit.readings import told

            text = retinue.explain(customer, as_of=wanted)
            told(retinue.store, "explanation", customer)
            emit({"customer": customer, "explanation": text}, as_json=as_json, text=text)

    @app.command(epilog="Example: retinue replay receipt.json")
    def replay(
        receipt: Annotated[str, typer.Argument(help="A decision id, a receipt id, or a receipt's file.")],
        workspace: Workspace = Path(),
        as_json: JsonFlag = False,
    ) -> None:
        """Recompute a decision from its receipt and compare every bit; exit code 1 if anything differs."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None)) as retinue:
            result = retinue.replay(receipt)
            decision = result.receipt.decision_id
            words = [f"{decision}: the same to the last bit."] if result.same else [f"{decision} differs:"]
            words += [f"  {difference}" for difference in result.differences]
            found = {
                "decision_id": decision,
                "same": result.same,
                "differences": [{"path": d.path, "was": d.was, "now": d.now} for d in result.differences],
            }
            emit(found, as_json=as_json, text="\n".join(words))
            if not result.same:
                raise typer.Exit(1)

    @app.command(epilog="Example: retinue receipt C000123 --out receipt.json")
    def receipt(
        decision: Annotated[str, typer.Argument(help="A customer id, a decision id or a receipt id.")],
        workspace: Workspace = Path(),
        as_of: AsOf = None,
        out: Annotated[Path | None, typer.Option("--out", "-o", help="Write it to this file.")] = None,
        as_json: JsonFlag = False,
    ) -> None:
        """All that is needed to recompute one decision, as JSON that stands on its own."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None)) as retinue:
            wanted = None if as_of is None else parse_as_of(as_of, parse_clock(None))
            from retinue.store.audit.readings import told

            text = retinue.receipt_json(decision, as_of=wanted)
            told(retinue.store, "receipt", decision)
            if out is None:
                print(text)
            else:
                out.write_text(text + "\n", encoding="utf-8")
                say(f"Receipt: {out}")

    @app.command(epilog="Example: retinue runs --json")
    def runs(workspace: Workspace = Path(), as_json: JsonFlag = False) -> None:
        """The runs of this workspace and their campaigns, newest first."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None)) as retinue:
            rows = retinue.runs()
            emit(
                rows,
                as_json=as_json,
                text=table_text(rows, ["campaign_id", "as_of", "run_id", "finished_at"])
                if rows
                else "No run yet.",
            )
