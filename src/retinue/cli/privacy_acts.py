"""`retinue privacy object`, `review` and `erase`: what changes something for a customer at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from retinue.cli.daily import opened
from retinue.cli.output import (
    JsonFlag,
    Now,
    Who,
    Workspace,
    emit,
    parse_clock,
    reporting_errors,
    table_text,
    whoever,
    write_private,
)

__all__ = ["Customer", "add_acts"]

Customer = Annotated[str, typer.Argument(help="The customer's id.")]


def add_acts(privacy: typer.Typer) -> None:
    """Add the commands."""

    @privacy.command("object", epilog="Example: retinue privacy object C00042")
    def object_(
        customer: Customer,
        workspace: Workspace = Path(),
        reason: Annotated[str, typer.Option("--reason", help="What the customer says; needs none.")] = "",
        who: Who = None,
        now: Now = None,
        as_json: JsonFlag = False,
    ) -> None:
        """The customer objects to offers and to being profiled for them: heeded at once."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(now), quiet=True) as retinue:
            from retinue.runs.privacy import Privacy

            request, done = Privacy(retinue, who=whoever(who)).object(customer, reason=reason)
            text = (
                f"{request.request_id}: {len(done.cancelled)} deliveries cancelled, {len(done.closed)} "
                "cases closed. No profile is made from now on."
            )
            if done.under_way:
                text += f" {len(done.under_way)} calls were under way and could not be stopped."
            emit(request.as_dict(), as_json=as_json, text=text)

    @privacy.command("review", epilog="Example: retinue privacy review dec_0123 --says 'I moved abroad'")
    def review(
        subject: Annotated[str, typer.Argument(help="A decision's id, or a customer's for the newest.")],
        workspace: Workspace = Path(),
        says: Annotated[str, typer.Option("--says", help="The customer's own view.")] = "",
        who: Who = None,
        now: Now = None,
        as_json: JsonFlag = False,
    ) -> None:
        """The customer asks that a person looks at a decision: a case in the review queue."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(now), quiet=True) as retinue:
            from retinue.runs.privacy import Privacy

            made = Privacy(retinue, who=whoever(who)).review(subject, says=says)
            text = (
                f"Case {made.request_id} waits for a person, due {made.due_at:%Y-%m-%d}: "
                f"retinue review show {made.request_id}"
            )
            emit(made.as_dict(), as_json=as_json, text=text)

    @privacy.command("erase", epilog="Example: retinue privacy erase C00042 --reason 'letter of 10 February'")
    def erase(
        customer: Customer,
        workspace: Workspace = Path(),
        reason: Annotated[str, typer.Option("--reason", help="Why, for the record of the request.")] = "",
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go where.")] = False,
        certificate: Annotated[
            Path | None, typer.Option("--certificate", help="Write the signed certificate to this file too.")
        ] = None,
        who: Who = None,
        now: Now = None,
        as_json: JsonFlag = False,
    ) -> None:
        """Erase a customer everywhere, with a signed certificate. It cannot be undone."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(now), quiet=True) as retinue:
            import json

            from retinue.errors import UsageError
            from retinue.runs.privacy.certificates import in_words
            from retinue.runs.privacy.erasing import erase as out
            from retinue.runs.privacy.erasing import preview

            if dry_run:
                found = preview(retinue, customer)
                rows = found["places"]
                text = table_text(rows, ["place", "rows", "becomes"]) if rows else "Nothing is kept."
                emit(found, as_json=as_json, text=text)
                return
            if not reason.strip():
                raise UsageError("An erasure needs its reason.", where="--reason", fix="Add --reason TEXT.")
            if certificate is not None:
                write_private(certificate, b"")  # what cannot be undone is not begun without a place for it
            made = out(retinue, customer, who=whoever(who), reason=reason)
            if certificate is not None:
                content = json.dumps(made, indent=1, ensure_ascii=False) + "\n"
                write_private(certificate, content.encode())
            emit(made, as_json=as_json, text=in_words(made))
