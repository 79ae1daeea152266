"""`retinue policy`: the versions of how choices are made, the gate's verdict, and overruling it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

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

__all__ = ["register"]

Now = Annotated[
    str | None, typer.Option("--now", help="Take this as the present time (default: the machine's clock).")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    policy = typer.Typer(
        no_args_is_help=True, help="How choices are made: which version is in force, and why."
    )
    app.add_typer(policy, name="policy")

    @policy.command("list", epilog="Example: retinue policy list")
    def list_(workspace: Workspace = Path(), as_json: JsonFlag = False) -> None:
        """Every recorded version, newest first: in force, refused, or accepted by a person, and why."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=as_json) as retinue:
            found = retinue.policies()
            emit(found, as_json=as_json, text=_listed(found))

    @policy.command("judge", epilog="Example: retinue policy judge --as-of 2026-02-14")
    def judge(workspace: Workspace = Path(), as_of: AsOf = None, as_json: JsonFlag = False) -> None:
        """What the next run would do with the settings as they are: take them, or go on with those before."""
        with reporting_errors(as_json):
            clock = parse_clock(None)
            with opened(workspace, clock=clock, quiet=as_json) as retinue:
                found = retinue.policy_judge(parse_as_of(as_of, clock))
            usual = {
                "first": "There is no earlier run: these settings become the policy in force.",
                "same": "The settings are those in force: there is nothing to judge.",
            }
            emit(found, as_json=as_json, text="\n".join(found["words"]) or usual[found["state"]])

    @policy.command("accept", epilog='Example: retinue policy accept --reason "agreed with sales"')
    def accept(
        reason: Annotated[str, typer.Option("--reason", help="Why; it is kept with the version.")],
        workspace: Workspace = Path(),
        as_of: Annotated[
            str | None,
            typer.Option("--as-of", help="From the run of this date on. Default: the run that refused it."),
        ] = None,
        now: Now = None,
        as_json: JsonFlag = False,
    ) -> None:
        """Put the policy of the settings in force, whatever the gate says."""
        with reporting_errors(as_json):
            clock = parse_clock(now)
            with opened(workspace, clock=clock, quiet=as_json) as retinue:
                record = retinue.policy_accept(
                    reason, as_of=None if as_of is None else parse_as_of(as_of, clock)
                )
            body = {"sha256": record.sha256, "since": f"{record.as_of.isoformat()}Z", "reason": record.reason}
            since = f"{record.as_of:%Y-%m-%d}"
            text = (
                f"Policy {record.sha256[:12]} is in force for runs as of {since} and later.\n"
                f"Next: retinue run --as-of {since}"
            )
            emit(body, as_json=as_json, text=text)


def _listed(found: list[dict[str, Any]]) -> str:
    if not found:
        return "There is no version yet; the first run makes one."
    rows = [
        {
            "policy": version["sha256"][:12],
            "since": version["since"][:10],
            "state": ("in force, " if version["in_force"] else "") + version["state"],
            "terms": _terms(version["terms"]),
            "why": version["reason"] or (version["words"][0] if version["words"] else ""),
        }
        for version in found
    ]
    return table_text(rows, list(rows[0]))


def _terms(terms: dict[str, Any]) -> str:
    return ", ".join(f"{name.partition('.')[2]} {value}" for name, value in terms.items())
