"""The closing report on a terminal: the same numbers, nothing from data taken for markup."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from retinue.pipeline.observer import StageTiming
from retinue.report import RunReport, print_report

TIMINGS = [StageTiming("train", 2.04, 3.0, False), StageTiming("assess", 0.5, 0.4, True)]


def printed(report: RunReport, *, terminal: bool = False, **options: bool) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=200, highlight=False, force_terminal=terminal)
    print_report(
        report,
        TIMINGS,
        reused=options.get("reused", False),
        dry_run=options.get("dry_run", False),
        console=console,
    )
    return stream.getvalue()


def test_the_summary_is_there(report: RunReport) -> None:
    text = printed(report)
    for shown in (
        "CAMP_2026_02_14_001  northwind-cloud, as of 2026-02-14T00:00:00Z",
        "17,830 active",
        "1,843,211 EUR",
        "planned cost 40,210.50 EUR",
        "Automatic 612",
        "urgent 210",
        "15 % discount for 3 months",
        "quarantined 778 (negative_amount 512, future_date 201, orphan 65)",
        "Time: train 2.0 s, assess reused; total 2.5 s",
    ):
        assert shown in text, shown


def test_dry_and_repeated_runs_say_so(report: RunReport) -> None:
    assert "Dry run: nothing was written" in printed(report, dry_run=True)
    assert "(already done)" in printed(report, reused=True)


def test_an_empty_run_prints(empty_report: RunReport) -> None:
    text = printed(empty_report)
    assert "Best offers" not in text
    assert "Rows read" not in text


@pytest.mark.parametrize("hostile", ["[bold]x[/bold]", "[/]", "[red", "a\x1b[2Jb", "a\nb\rc", "\\[x]"])
def test_names_are_neither_markup_nor_codes(report: RunReport, hostile: str) -> None:
    actions = [{**a, "customer_id": hostile, "reasons": [hostile]} for a in report.campaign["actions"]]
    text = printed(
        replace(
            report,
            project=hostile,
            campaign={**report.campaign, "actions": actions},
            evaluation={"statement": hostile},
        )
    )
    assert "\x1b" not in text
    assert "\r" not in text
    expected = hostile.replace("\x1b", "\\x1b").replace("\n", "\\n").replace("\r", "\\r")
    assert text.count(expected) >= 12


def test_piped_output_has_no_codes(report: RunReport, capsys: pytest.CaptureFixture[str]) -> None:
    print_report(report, TIMINGS, reused=False, dry_run=False)
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "Quiet" not in out
    assert "Logins fell 62 % against the 90 days before" in out
