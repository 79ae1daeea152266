"""`retinue review`: the offers that wait for a person, and the answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retinue.cli.daily import opened
from retinue.cli.output import (
    JsonFlag,
    Now,
    Workspace,
    emit,
    parse_as_of,
    parse_clock,
    reporting_errors,
    say,
    whoever,
)

if TYPE_CHECKING:
    from retinue.runs.reviews import Reviews

__all__ = ["register"]

Cases = Annotated[list[str], typer.Argument(help="Decision ids, as `retinue review list` shows them.")]
Case = Annotated[str, typer.Argument(help="A decision id, as `retinue review list` shows it.")]
Who = Annotated[str | None, typer.Option("--who", help="Who answers (default: the user of the machine).")]
Reason = Annotated[str, typer.Option("--reason", help="Why, in words.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    review = typer.Typer(no_args_is_help=True, help="Offers that wait for a person.")
    app.add_typer(review, name="review")
    _looking(review)
    _answering(review)


def _looking(review: typer.Typer) -> None:
    @review.command("list", epilog="Example: retinue review list --mine")
    def list_(
        workspace: Workspace = Path(),
        campaign: Annotated[str | None, typer.Option("--campaign", help="Only of this campaign.")] = None,
        mine: Annotated[
            bool, typer.Option("--mine", help="Only those assigned to me (or to --who).")
        ] = False,
        snoozed: Annotated[bool, typer.Option("--snoozed", help="Also those that are put off.")] = False,
        who: Who = None,
        now: Now = None,
        as_json: JsonFlag = False,
    ) -> None:
        """What waits, urgent cases first, then those that are expected to earn most."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(now), quiet=True) as retinue:
            found = retinue.reviews().waiting(
                campaign_id=campaign, assigned_to=whoever(who) if mine else None, snoozed=snoozed
            )
            lines = [
                f"{case['decision_id']}  {'URGENT ' if case['urgent'] else ''}{case['headline']}\n"
                f"    {case['words'][-1]}"
                for case in found
            ]
            emit(found, as_json=as_json, text="\n".join(lines) if lines else "Nothing waits.")
            if lines and not as_json:
                say("Why: retinue review show ID. Answer: retinue review approve, change, reject, …")

    @review.command("show", epilog="Example: retinue review show dec_0123456789abcdef01234567")
    def show(case: Case, workspace: Workspace = Path(), now: Now = None, as_json: JsonFlag = False) -> None:
        """One case in words: why the customer may leave, what is proposed, and why a person decides."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(now), quiet=True) as retinue:
            found = retinue.reviews().show(case)
            steps = [
                f"- {s['at']} {s['what']} by {s['who']}" + (f": {s['reason']}" if s["reason"] else "")
                for s in found["steps"]
            ]
            emit(found, as_json=as_json, text="\n".join([*found["words"], *steps]))


def _answering(review: typer.Typer) -> None:
    @review.command("approve", epilog="Example: retinue review approve dec_0123456789abcdef01234567")
    def approve(
        cases: Cases,
        workspace: Workspace = Path(),
        who: Who = None,
        reason: Reason = "",
        now: Now = None,
        as_json: JsonFlag = False,
    ) -> None:
        """Make the offers; a large amount needs a second person."""
        _answer(workspace, now, as_json, lambda r: r.approve_all(cases, who=whoever(who), reason=reason))

    @review.command(
        "reject", epilog="Example: retinue review reject dec_0123456789abcdef01234567 --code in_talks"
    )
    def reject(
        cases: Cases,
        code: Annotated[
            str,
            typer.Option(
                "--code",
                help="not_now, wrong_offer, too_dear, in_talks, wrong_facts, no_contact, other.",
            ),
        ],
        workspace: Workspace = Path(),
        who: Who = None,
        reason: Reason = "",
        now: Now = None,
        as_json: JsonFlag = False,
    ) -> None:
        """Make no offers, and say why."""
        _answer(workspace, now, as_json, lambda r: r.reject_all(cases, code, who=whoever(who), reason=reason))

    @review.command(
        "change", epilog="Example: retinue review change dec_0123456789abcdef01234567 fixed_credit"
    )
    def change(
        case: Case,
        offer: Annotated[str, typer.Argument(help="Another offer that was weighed for this customer.")],
        workspace: Workspace = Path(),
        who: Who = None,
        reason: Reason = "",
        now: Now = None,
        as_json: JsonFlag = False,
    ) -> None:
        """Propose another offer; it still needs an approval."""
        _answer(
            workspace,
            now,
            as_json,
            lambda r: {
                case: {
                    "state": f"{r.change(case, offer, who=whoever(who), reason=reason).state} with {offer}"
                }
            },
        )

    @review.command(
        "snooze", epilog="Example: retinue review snooze dec_0123456789abcdef01234567 --until 2026-02-16"
    )
    def snooze(
        case: Case,
        until: Annotated[str, typer.Option("--until", help="Date or time (UTC) from which to look again.")],
        workspace: Workspace = Path(),
        who: Who = None,
        now: Now = None,
        as_json: JsonFlag = False,
    ) -> None:
        """Put a case off."""
        with reporting_errors(as_json):
            moment = parse_as_of(until, parse_clock(now), "--until")
        _answer(
            workspace,
            now,
            as_json,
            lambda r: {
                case: {"state": f"put off until {r.snooze(case, moment, who=whoever(who)).snoozed_until}"}
            },
        )

    @review.command("assign", epilog="Example: retinue review assign dec_0123456789abcdef01234567 --to bob")
    def assign(
        case: Case,
        to: Annotated[str, typer.Option("--to", help="Who shall answer.")],
        workspace: Workspace = Path(),
        who: Who = None,
        now: Now = None,
        as_json: JsonFlag = False,
    ) -> None:
        """Give a case to somebody."""
        _answer(
            workspace,
            now,
            as_json,
            lambda r: {case: {"state": f"with {r.assign(case, to, who=whoever(who)).assigned_to}"}},
        )


def _answer(
    workspace: Path, now: str | None, as_json: bool, answer: Callable[[Reviews], dict[str, dict[str, str]]]
) -> None:
    with reporting_errors(as_json), opened(workspace, clock=parse_clock(now), quiet=True) as retinue:
        done = answer(retinue.reviews())
        lines = [f"{case}: {said.get('state') or said['refused']}" for case, said in done.items()]
        emit(done, as_json=as_json, text="\n".join(lines))
        if any("refused" in said for said in done.values()):
            raise typer.Exit(1)
