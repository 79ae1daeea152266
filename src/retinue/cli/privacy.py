"""`retinue privacy`: requests of customers about their data, and how long data stays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from retinue.cli.daily import opened
from retinue.cli.output import (
    JsonFlag,
    Now,
    Who,
    Workspace,
    emit,
    parse_as_of,
    parse_clock,
    reporting_errors,
    say,
    table_text,
    whoever,
    write_private,
)
from retinue.cli.privacy_acts import Customer, add_acts

__all__ = ["register"]

Kind = Literal["access", "explanation", "objection", "review", "erasure"]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    privacy = typer.Typer(no_args_is_help=True, help="What customers may ask about their data, answered.")
    app.add_typer(privacy, name="privacy")
    _answers(privacy)
    _requests(privacy)
    _upkeep(privacy)
    add_acts(privacy)


def _answers(privacy: typer.Typer) -> None:
    @privacy.command("access", epilog="Example: retinue privacy access C00042 --out copy")
    def access(
        customer: Customer,
        workspace: Workspace = Path(),
        out: Annotated[
            Path | None, typer.Option("--out", help="Folder for the ZIP: JSON, tables, letters.")
        ] = None,
        who: Who = None,
        now: Now = None,
        as_json: JsonFlag = False,
    ) -> None:
        """Everything that is kept about a customer, place by place; that it was read is on record."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(now), quiet=True) as retinue:
            from retinue.runs.privacy.access import archive, collect
            from retinue.runs.privacy.opening import told

            told(retinue, whoever(who), "copy of everything", customer)
            found = collect(retinue, customer, personal=True)
            if out is not None:
                file = out / f"copy_{_safe(customer)}.zip"
                write_private(file, archive(retinue, customer, found))
                emit({"file": str(file)}, as_json=as_json, text=str(file))
                return
            rows = [row for row in found["places"] if row["rows"]]
            text = table_text(rows, ["place", "rows", "found"]) if rows else "Nothing is kept."
            emit(found, as_json=as_json, text=text)
            if found["unknown_files"] and not as_json:
                say(f"Not looked into, since nobody declared them: {', '.join(found['unknown_files'])}")

    @privacy.command("letter", epilog="Example: retinue privacy letter C00042 --html > letter.html")
    def letter(
        subject: Annotated[str, typer.Argument(help="A decision's id, or a customer's for the newest.")],
        workspace: Workspace = Path(),
        html: Annotated[bool, typer.Option("--html", help="As a page.")] = False,
        pdf: Annotated[bool, typer.Option("--pdf", help="As a PDF; needs --out.")] = False,
        out: Annotated[Path | None, typer.Option("--out", help="Write it to this file.")] = None,
        who: Who = None,
        as_json: JsonFlag = False,
    ) -> None:
        """How a decision came about, told to the customer, and what would have changed it."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
            from retinue.errors import UsageError
            from retinue.privacy.letters import as_html, as_pdf, as_text
            from retinue.runs.privacy import Privacy

            if pdf and out is None:
                raise UsageError("A PDF is not for the screen.", where="--pdf", fix="Add --out FILE.")
            made = Privacy(retinue, who=whoever(who)).letter(subject)
            content = as_pdf(made) if pdf else (as_html(made) if html else as_text(made)).encode()
            if out is not None:
                write_private(out, content)
                emit({"file": str(out)}, as_json=as_json, text=str(out))
            elif as_json:
                emit({"title": made.title, "text": as_text(made)}, as_json=True)
            else:
                print(content.decode(), end="")


def _requests(privacy: typer.Typer) -> None:
    @privacy.command("ask", epilog="Example: retinue privacy ask access C00042 --received 2026-02-10")
    def ask(
        kind: Annotated[Kind, typer.Argument(help="What the customer asks for.")],
        customer: Customer,
        workspace: Workspace = Path(),
        decision: Annotated[str | None, typer.Option("--decision", help="About this decision.")] = None,
        received: Annotated[
            str | None, typer.Option("--received", help="When it was received (default: now).")
        ] = None,
        reason: Annotated[str, typer.Option("--reason", help="What the customer says.")] = "",
        who: Who = None,
        now: Now = None,
        as_json: JsonFlag = False,
    ) -> None:
        """Take a request in; it is due one month after it was received, and the job privacy answers it."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(now), quiet=True) as retinue:
            from retinue.runs.privacy import Privacy

            at = None if received is None else parse_as_of(received, retinue.clock, "--received")
            made = Privacy(retinue, who=whoever(who)).take_in(
                kind, customer, subject=decision, reason=reason, received_at=at
            )
            emit(
                made.as_dict(),
                as_json=as_json,
                text=f"{made.request_id} is {made.state}, due {made.due_at:%Y-%m-%d}.",
            )

    @privacy.command("list", epilog="Example: retinue privacy list --open")
    def list_(
        workspace: Workspace = Path(),
        only_open: Annotated[bool, typer.Option("--open", help="Only those that nobody answered.")] = False,
        customer: Annotated[str | None, typer.Option("--customer", help="Only of this customer.")] = None,
        as_json: JsonFlag = False,
    ) -> None:
        """Requests, those that are due first."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
            from retinue.runs.privacy import Privacy

            desk = Privacy(retinue, who=whoever(None))
            found = desk.requests(states=("open", "working") if only_open else (), customer_id=customer)
            rows = [{**one.as_dict(), "near_due": desk.is_near_due(one)} for one in found]
            columns = ["request_id", "kind", "customer_id", "state", "due_at", "near_due", "handled_by"]
            emit(rows, as_json=as_json, text=table_text(rows, columns) if rows else "None.")

    @privacy.command("show", epilog="Example: retinue privacy show prv_0123456789abcdef")
    def show(
        request: Annotated[str, typer.Argument(help="The request's id.")],
        workspace: Workspace = Path(),
        as_json: JsonFlag = False,
    ) -> None:
        """One request, and what became of it."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
            from retinue.runs.privacy import Privacy

            emit(Privacy(retinue, who=whoever(None)).show(request).as_dict(), as_json=as_json)

    @privacy.command("refuse", epilog="Example: retinue privacy refuse prv_01 --reason 'identity not proven'")
    def refuse(
        request: Annotated[str, typer.Argument(help="The request's id.")],
        reason: Annotated[str, typer.Option("--reason", help="Why, as the customer was told.")],
        workspace: Workspace = Path(),
        who: Who = None,
        as_json: JsonFlag = False,
    ) -> None:
        """Close a request without an answer."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
            from retinue.runs.privacy import Privacy

            emit(Privacy(retinue, who=whoever(who)).refuse(request, reason).as_dict(), as_json=as_json)

    @privacy.command("answer", epilog="Example: retinue privacy answer")
    def answer(
        workspace: Workspace = Path(), who: Who = None, now: Now = None, as_json: JsonFlag = False
    ) -> None:
        """Answer every open request that a program can answer; `retinue worker` does it each minute."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(now), quiet=True) as retinue:
            from retinue.runs.privacy.desk import work_on

            found = work_on(retinue, who=whoever(who))
            lines = [f"{name}: {what}" for name, what in found.items()] or ["Nothing was open."]
            emit(found, as_json=as_json, text="\n".join(lines))

    @privacy.command("fetch", epilog="Example: retinue privacy fetch prv_01 --out copy.zip")
    def fetch(
        request: Annotated[str, typer.Argument(help="The request's id.")],
        out: Annotated[Path, typer.Option("--out", help="Write it to this file.")],
        workspace: Workspace = Path(),
        who: Who = None,
        as_json: JsonFlag = False,
    ) -> None:
        """What a request came to: the copy, the letter, or the certificate."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
            from retinue.runs.privacy import Privacy

            content, kind = Privacy(retinue, who=whoever(who)).answer(request)
            write_private(out, content)
            emit({"file": str(out), "media_type": kind}, as_json=as_json, text=str(out))


def _upkeep(privacy: typer.Typer) -> None:
    @privacy.command("replay", epilog="Example: retinue privacy replay --list /mnt/safe/erasures.jsonl")
    def replay(
        workspace: Workspace = Path(),
        other: Annotated[
            Path | None, typer.Option("--list", help="A copy of the erasure list whose lines count too.")
        ] = None,
        who: Who = None,
        now: Now = None,
        as_json: JsonFlag = False,
    ) -> None:
        """Erase again whoever is on the erasure list and came back, with a backup say."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(now), quiet=True) as retinue:
            from retinue.runs.privacy.replaying import replay as again

            found = again(retinue, who=whoever(who), other=other)
            text = (
                f"{found['on_the_list']} on the list, {found['new']} of them new here; "
                f"{len(found['erased_again'])} erased again."
            )
            emit(found, as_json=as_json, text=text)

    @privacy.command("retention", epilog="Example: retinue privacy retention --dry-run")
    def retention(
        workspace: Workspace = Path(),
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
        who: Who = None,
        now: Now = None,
        as_json: JsonFlag = False,
    ) -> None:
        """Delete what [retention] says may not stay longer."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(now), quiet=True) as retinue:
            from retinue.runs.privacy.retention import retain

            found = retain(retinue, who=whoever(who), dry_run=dry_run)
            lines = [f"{kind}: {many:,}" for kind, many in found.items()]
            emit(found, as_json=as_json, text="\n".join(lines) or "[retention] sets no limit.")

    @privacy.command("verify", epilog="Example: retinue privacy verify certificate.json")
    def verify(
        file: Annotated[Path, typer.Argument(help="A certificate of erasure.")],
        key: Annotated[
            str | None, typer.Option("--key", help="The public key you noted, in hexadecimal digits.")
        ] = None,
        as_json: JsonFlag = False,
    ) -> None:
        """Whether a certificate of erasure is as it was signed, and what it says."""
        with reporting_errors(as_json):
            from retinue.errors import UsageError
            from retinue.runs.privacy.certificates import in_words, verify_certificate

            try:
                found: dict[str, Any] = json.loads(file.read_bytes())
            except (OSError, ValueError) as error:
                raise UsageError("This is no certificate.", where=str(file)) from error
            verify_certificate(found, key=key)
            whose = (
                "by the key you noted" if key else "by the key that it names: --key KEY says if it is yours"
            )
            emit(found, as_json=as_json, text=f"{in_words(found)}The signature holds, {whose}.")


def _safe(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-_." else "_" for c in name)
