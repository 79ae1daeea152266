"""`retinue rules`: write, check, test, try, compare and put in force the rules of the business."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from retinue.cli.daily import opened
from retinue.cli.guards import Who
from retinue.cli.output import (
    AsOf,
    JsonFlag,
    Workspace,
    emit,
    parse_as_of,
    parse_clock,
    reporting_errors,
    table_text,
    whoever,
)

if TYPE_CHECKING:
    from retinue.decisions.tables.document import RuleSet
    from retinue.store.rules import RulesRecord

__all__ = ["register"]

_NAMES = "A file, the number of a version, live or built-in."
Source = Annotated[
    str | None, typer.Argument(metavar="[FILE]", help=f"{_NAMES} Default: the file of decisions.rules.")
]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept with the version.")]
Now = Annotated[
    str | None, typer.Option("--now", help="Take this as the present time (default: the machine's clock).")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    rules = typer.Typer(
        no_args_is_help=True, help="The rules of the business: who decides, and who is left alone."
    )
    app.add_typer(rules, name="rules")

    @rules.command("init", epilog="Example: retinue rules init")
    def init(workspace: Workspace = Path(), as_json: JsonFlag = False) -> None:
        """Write the built-in rules and examples for them into the workspace, to edit."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
            made = [str(path) for path in retinue.rules.init()]
            emit({"written": made}, as_json=as_json, text="\n".join(f"written: {path}" for path in made))

    @rules.command("list", epilog="Example: retinue rules list")
    def list_(workspace: Workspace = Path(), as_json: JsonFlag = False) -> None:
        """Every kept version, newest first: in force, in force earlier, or a draft; by whom and why."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
            found = retinue.rules.versions()
            emit(found, as_json=as_json, text=_listed(found))

    @rules.command("show", epilog="Example: retinue rules show 3")
    def show(
        version: Annotated[
            str, typer.Argument(metavar="[VERSION]", help=f"{_NAMES} Default: those in force.")
        ] = "live",
        workspace: Workspace = Path(),
        as_json: JsonFlag = False,
    ) -> None:
        """The rules as a readable table; as JSON the document itself, for an editor."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
            found = retinue.rules.get(version)
            emit(dict(found.content), as_json=as_json, text=_shown(found, version))

    @rules.command("check", epilog="Example: retinue rules check rules.json")
    def check(source: Source = None, workspace: Workspace = Path(), as_json: JsonFlag = False) -> None:
        """What is wrong with rules: row, column, why, and how to mend it; exit code 1 if anything is."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
            found = retinue.rules.check(source)
            told = [mistake.in_words() for mistake in found.mistakes]
            end = f"{len(found.errors)} errors." if found.errors else "These rules can decide."
            body = {"sound": not found.errors, "mistakes": [mistake.as_dict() for mistake in found.mistakes]}
            emit(body, as_json=as_json, text="\n".join([*told, end]))
            if found.errors:
                raise typer.Exit(1)

    @rules.command("test", epilog="Example: retinue rules test")
    def test(
        source: Source = None,
        examples: Annotated[
            Path | None, typer.Option("--examples", help="Default: rules.examples.json beside rules.json.")
        ] = None,
        workspace: Workspace = Path(),
        as_json: JsonFlag = False,
    ) -> None:
        """Put the examples beside the rules before them; exit code 1 if one does not come out."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
            found = retinue.rules.test(source, examples=examples)
            failed = sum(not tried.holds for tried in found)
            end = f"{len(found)} examples, {failed} fail."
            emit(
                [tried.as_dict() for tried in found],
                as_json=as_json,
                text="\n".join([*(tried.in_words() for tried in found), end]),
            )
            if failed:
                raise typer.Exit(1)

    @rules.command("diff", epilog="Example: retinue rules diff 2 rules.json")
    def diff(
        old: Annotated[str, typer.Argument(help=_NAMES)],
        new: Source = None,
        workspace: Workspace = Path(),
        as_json: JsonFlag = False,
    ) -> None:
        """What the second rules say otherwise than the first, row by row in words."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
            from retinue.decisions.tables.words import differences

            found = differences(retinue.rules.get(old), retinue.rules.get(new))
            emit(found, as_json=as_json, text="\n".join(found) or "They say the same.")

    @rules.command("try", epilog="Example: retinue rules try rules.json --as-of 2026-02-14")
    def try_(
        source: Source = None,
        workspace: Workspace = Path(),
        as_of: AsOf = None,
        top: Annotated[int, typer.Option("--top", min=0, help="How many moved customers to show.")] = 5,
        as_json: JsonFlag = False,
    ) -> None:
        """Decide the newest run again by these rules: who would go another way, and what that moves.

        Compared with the rules in force. Nothing is written.
        """
        with reporting_errors(as_json):
            clock = parse_clock(None)
            with opened(workspace, clock=clock, quiet=True) as retinue:
                found = retinue.rules_try(source, as_of=parse_as_of(as_of, clock), top=top)
            emit(found, as_json=as_json, text=_tried(found))

    @rules.command("draft", epilog='Example: retinue rules draft --reason "for the partners meeting"')
    def draft(
        reason: Reason,
        source: Source = None,
        who: Who = None,
        workspace: Workspace = Path(),
        now: Now = None,
        as_json: JsonFlag = False,
    ) -> None:
        """Keep rules as a numbered draft that others can show, compare, try and accept."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(now), quiet=True) as retinue:
            kept = retinue.rules.keep(source, who=whoever(who), reason=reason, state="draft")
            text = f"Kept as draft {kept.number}.\nNext: retinue rules try {kept.number}"
            emit(_kept(kept), as_json=as_json, text=text)

    @rules.command("accept", epilog='Example: retinue rules accept --who ada --reason "agreed with sales"')
    def accept(
        reason: Reason,
        source: Source = None,
        who: Who = None,
        as_of: Annotated[
            str | None, typer.Option("--as-of", help="From the run of this date on. Default: today's.")
        ] = None,
        workspace: Workspace = Path(),
        now: Now = None,
        as_json: JsonFlag = False,
    ) -> None:
        """Put rules in force as a new version; refused where the check or an example fails."""
        with reporting_errors(as_json):
            clock = parse_clock(now)
            with opened(workspace, clock=clock, quiet=True) as retinue:
                since = None if as_of is None else parse_as_of(as_of, clock)
                kept = retinue.rules.keep(source, who=whoever(who), reason=reason, as_of=since)
            text = (
                f"Version {kept.number} of the rules is in force for runs as of {kept.since:%Y-%m-%d} and"
                " later.\n"
                f"Next: retinue run --as-of {kept.since:%Y-%m-%d}"
            )
            emit(_kept(kept), as_json=as_json, text=text)


def _kept(record: RulesRecord) -> dict[str, Any]:
    return {
        "number": record.number,
        "state": record.state,
        "since": f"{record.since.isoformat()}Z",
        "sha256": record.sha256,
        "who": record.who,
        "reason": record.reason,
    }


def _listed(found: list[dict[str, Any]]) -> str:
    if not found:
        return "The built-in rules are in force; no others were kept. To write some: retinue rules init"
    rows = [
        {
            "version": version["number"],
            "state": "in force" if version["in_force"] else version["state"],
            "since": version["since"],
            "who": version["who"],
            "why": version["reason"],
            "sha256": version["sha256"][:12],
        }
        for version in found
    ]
    return table_text(rows, list(rows[0]))


def _shown(rules: RuleSet, asked: str) -> str:
    from retinue.decisions.tables.words import in_rows

    which = asked if not rules.number and asked not in ("live", "built-in", "0") else rules.title
    lines = [f"{which[0].upper()}{which[1:]}. In each table the first row that holds decides."]
    for table in rules.tables:
        rows = in_rows(table)
        lines += ["", table.name, table_text(rows, list(rows[0]))]
    return "\n".join(lines)


def _way(move: dict[str, Any]) -> str:
    if move["from"] == move["to"]:
        return f"to another offer within {move['to']}"
    return f"from {move['from']} to {move['to']}"


def _tried(found: dict[str, Any]) -> str:
    money = (
        f"expected net {found['expected_net']:+,.2f}, planned cost {found['cost']:+,.2f} {found['currency']}"
    )
    lines = [
        f"Tried on {found['decided']:,} customers of {found['run']} ({found['as_of'][:10]}),"
        f" against {found['now']}:",
        *([f"- {words}" for words in found["differences"]] or ["- they say the same"]),
        "",
    ]
    moves = [f"{m['customers']:,} customers {_way(m)}" for m in found["moves"]]
    lines.append(f"This moves {', '.join(moves)}: {money}." if moves else f"This moves nobody: {money}.")
    for what in ("urgency", "priority"):
        if found[what]:
            lines.append(f"{found[what]:,} customers get another {what}.")
    if found["customers"]:
        rows = [
            {
                "customer": row["customer_id"],
                "risk": f"{row['churn_probability']:.0%}",
                "value": f"{row['clv']:,.0f}",
                "was": f"{row['was_route']} ({row['was_rule']}) {row['was_incentive']}",
                "would be": f"{row['new_route']} ({row['new_rule']}) {row['new_incentive']}",
                "net": f"{row['expected_net']:+,.2f}",
                "why": row["why"],
            }
            for row in found["customers"]
        ]
        lines += ["", table_text(rows, list(rows[0]))]
    return "\n".join(lines)
