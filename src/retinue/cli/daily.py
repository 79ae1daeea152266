"""`retinue run` and its parts: load, train, score, decide, report."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

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

__all__ = ["opened", "register"]

Data = Annotated[
    Path | None,
    typer.Option(
        "--data", help="Folder of files named as the tables: customers.csv, transactions.parquet, …"
    ),
]
Budget = Annotated[
    str | None,
    typer.Option("--budget", help="Most that the offers may cost in all, in the project's currency."),
]
Seed = Annotated[int | None, typer.Option("--seed", help="Overrides project.seed.")]
Now = Annotated[
    str | None, typer.Option("--now", help="Take this as the present time (default: the machine's clock).")
]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="Also write the result to this file.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""

    @app.command(
        epilog="Example: retinue run --data exports --as-of 2026-02-14 --budget 10000 --out campaign.json"
    )
    def run(
        workspace: Workspace = Path(),
        as_of: AsOf = None,
        data: Data = None,
        budget: Budget = None,
        dry_run: Annotated[
            bool, typer.Option("--dry-run", help="Show what would be decided; write nothing.")
        ] = False,
        out: Out = None,
        report: Annotated[
            Path | None, typer.Option("--report", help="Also write the HTML report to this file.")
        ] = None,
        profile: Annotated[
            bool, typer.Option("--profile", help="Show what took the time and the memory of each stage.")
        ] = False,
        seed: Seed = None,
        now: Now = None,
        as_json: JsonFlag = False,
    ) -> None:
        """Ingest, build features, assess, choose offers, decide, write the campaign. Safe to run again."""
        with reporting_errors(as_json):
            clock = parse_clock(now)
            limit = parse_budget(budget)
            with opened(workspace, clock=clock, seed=seed, quiet=as_json) as retinue:
                day = parse_as_of(as_of, clock)
                result = retinue.run(day, data=data, budget=limit, dry_run=dry_run, profile=profile)
                if out is not None and not dry_run:
                    result.write_campaign(out)
                if report is not None and not dry_run:
                    result.write_report(report)
            if as_json:
                emit(result.as_dict(), as_json=True)
            else:
                from retinue.report import print_profile, print_report

                print_report(result.report, result.timings, reused=result.reused, dry_run=dry_run)
                if profile:
                    print_profile(result.timings, result.hot)
                if result.folder is not None:
                    say(f"Campaign: {out or result.folder / 'campaign.json'}")
                    say(f"Report:   {report or result.folder / 'report.html'}")
                    if profile:
                        say(f"Profile:  {result.folder / 'profile'}")

    @app.command(epilog="Example: retinue load --data exports")
    def load(
        workspace: Workspace = Path(), data: Data = None, now: Now = None, as_json: JsonFlag = False
    ) -> None:
        """Load what is new from the sources; bad rows go to quarantine. Loading twice changes nothing."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(now), quiet=as_json) as retinue:
            from retinue.pipeline.summary import load_view

            found = load_view(retinue.load(data).as_dict())
            shown = ["table", "read", "loaded", "unchanged", "corrected", "duplicates", "quarantined"]
            lines = [table_text(found["tables"], shown)]
            lines += [f"quarantined {count:,}: {reason}" for reason, count in found["quarantined"].items()]
            lines += [f"- {line}" for line in found["assumptions"]]
            emit(found, as_json=as_json, text="\n".join(lines))

    @app.command(epilog="Example: retinue train --as-of 2026-02-14")
    def train(
        workspace: Workspace = Path(),
        as_of: AsOf = None,
        seed: Seed = None,
        now: Now = None,
        as_json: JsonFlag = False,
    ) -> None:
        """Train the churn, value and segment models on the past and print how good they are."""
        with reporting_errors(as_json):
            clock = parse_clock(now)
            with opened(workspace, clock=clock, seed=seed, quiet=as_json) as retinue:
                found = retinue.train(parse_as_of(as_of, clock))
            emit(found, as_json=as_json, text=training_text(found))

    @app.command(epilog="Example: retinue score --as-of 2026-02-14 --out scores.csv")
    def score(
        workspace: Workspace = Path(),
        as_of: AsOf = None,
        out: Out = None,
        limit: Annotated[int, typer.Option("--limit", help="Rows to print.")] = 20,
        seed: Seed = None,
        now: Now = None,
        as_json: JsonFlag = False,
    ) -> None:
        """Risk and value of every active customer, riskiest first; --out takes .csv, .parquet or .json."""
        with reporting_errors(as_json):
            clock = parse_clock(now)
            with opened(workspace, clock=clock, seed=seed, quiet=as_json) as retinue:
                scores = retinue.score(parse_as_of(as_of, clock))
            if out is not None:
                write_frame(scores, out)
            rows = rows_of(scores.head(limit))
            shown = [
                "customer_id",
                "churn_probability",
                "risk_level",
                "time_to_churn_days",
                "clv",
                "value_tier",
                "segment",
            ]
            emit(rows, as_json=as_json, text=table_text(rows, shown))

    @app.command(epilog="Example: retinue decide --as-of 2026-02-14 --budget 5000 --json")
    def decide(
        workspace: Workspace = Path(),
        as_of: AsOf = None,
        budget: Budget = None,
        seed: Seed = None,
        now: Now = None,
        as_json: JsonFlag = False,
    ) -> None:
        """Decide on what is loaded, without loading anything and without writing a campaign."""
        with reporting_errors(as_json):
            clock = parse_clock(now)
            with opened(workspace, clock=clock, seed=seed, quiet=as_json) as retinue:
                campaign = retinue.decide(parse_as_of(as_of, clock), budget=parse_budget(budget))
                stop = retinue.stopped()
            if stop is not None:
                say(f"STOPPED, no offers are made: {stop.in_words()}. To go on: retinue resume")
            rows = campaign["actions"]
            shown = [
                "customer_id",
                "action_type",
                "urgency",
                "priority_score",
                "expected_roi",
                "cost",
                "rule",
            ]
            emit(campaign, as_json=as_json, text=table_text(rows, shown))

    @app.command(epilog="Example: retinue report --out report.html")
    def report(
        workspace: Workspace = Path(), as_of: AsOf = None, out: Out = None, as_json: JsonFlag = False
    ) -> None:
        """Print the report of the newest finished run again, or write its page with --out."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None)) as retinue:
            wanted = None if as_of is None else parse_as_of(as_of, parse_clock(None))
            result = retinue.last_run(wanted)
            if out is not None:
                result.write_report(out)
                say(f"Report: {out}")
            elif as_json:
                emit(result.as_dict(), as_json=True)
            else:
                from retinue.report import print_report

                print_report(result.report, result.timings, reused=True, dry_run=False)


def opened(workspace: Path, *, clock: datetime, seed: int | None = None, quiet: bool = False) -> Retinue:
    """The workspace as an object, with progress on stderr when that is a terminal."""
    from retinue.app import Retinue
    from retinue.cli.progress import terminal_observer

    overrides = None if seed is None else {"project": {"seed": seed}}
    return Retinue(workspace, overrides=overrides, clock=clock, observer=terminal_observer(quiet=quiet))


def parse_budget(text: str | None) -> Decimal | None:
    """An amount on the command line as an exact decimal."""
    from retinue.errors import UsageError

    if text is None:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise UsageError(
            f"'{text}' is not an amount.", where="--budget", fix="Write 10000 or 10000.50."
        ) from None
    if not amount.is_finite() or amount < 0:
        raise UsageError(f"A budget of {text} is not possible.", where="--budget", fix="Give 0 or more.")
    return amount


def rows_of(frame: Any) -> list[dict[str, Any]]:
    """A pandas frame as JSON-ready rows; missing values become null."""
    return [
        {str(k): (None if v is None or v != v else v) for k, v in row.items()}
        for row in frame.to_dict(orient="records")
    ]


def write_frame(frame: Any, path: Path) -> None:
    """Write rows as CSV, Parquet or JSON, by the file's ending."""
    from retinue.errors import UsageError

    if path.suffix == ".csv":
        from retinue.runs.spreadsheets import csv_lines

        with path.open("w", encoding="utf-8", newline="") as file:
            file.write(csv_lines([list(frame.columns)]))
            for start in range(0, len(frame), 10_000):
                part = frame.iloc[start : start + 10_000]
                rows = part.astype(object).where(part.notna(), None).itertuples(index=False)
                file.write(csv_lines(rows))
    elif path.suffix == ".parquet":
        frame.to_parquet(path, index=False)
    elif path.suffix == ".json":
        import json

        from retinue.cli.output import _jsonable

        path.write_text(json.dumps(rows_of(frame), default=_jsonable, indent=1), encoding="utf-8")
    else:
        raise UsageError(
            f"'{path.suffix}' is not a format for scores.", where="--out", fix="Use .csv, .parquet or .json."
        )


def training_text(found: dict[str, Any]) -> str:
    """The measurements of a training in words and lines."""
    lines = [found["statement"]]
    for name, measured in (found["evaluation"].get("measures") or {}).items():
        if measured is None or measured.get("value") is None:
            continue
        lines.append(
            f"  {name:<20} {measured['value']:.3f}  ({measured['low']:.3f} – {measured['high']:.3f})"
        )
    lines += [f"  {line}" for line in found["notes"]]
    return "\n".join(lines)
