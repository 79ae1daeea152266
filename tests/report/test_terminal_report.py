"""The closing report on a terminal: the same numbers, nothing from data taken for markup."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from retinue.pipeline.observer import StageTiming
from retinue.report import RunReport, print_report, render_html

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


LIMITS = [
    {
        "name": "budget",
        "kind": "money",
        "most": 9.5,
        "planned": 9.0,
        "left": 0.5,
        "binding": True,
        "price": 3.2,
    },
    {
        "name": "Gold",
        "kind": "money",
        "most": 5.0,
        "planned": 4.0,
        "left": 1.0,
        "binding": False,
        "price": 0.0,
    },
    {
        "name": "reviews",
        "kind": "reviews",
        "most": 4,
        "planned": 4,
        "left": 0,
        "binding": True,
        "price": 240.0,
    },
    {
        "name": "treated",
        "kind": "customers",
        "most": 7,
        "planned": 6,
        "left": 1,
        "binding": False,
        "price": 0.0,
    },
]


def limited(report: RunReport) -> RunReport:
    month = {"month": "2026-02", "limit": 100.0, "left_before": 50.0, "left": 41.0}
    summary = {**report.summary, "budget": {"limits": LIMITS, "relative_gap": 0.0004}, "month": month}
    return replace(report, summary=summary)


def test_each_limit_is_told_with_what_one_more_would_earn(report: RunReport) -> None:
    text = printed(limited(report))
    unit = report.currency
    for words in (
        f"one more {unit} would earn 3.20 {unit}",
        f"one more {unit} for Gold would earn nothing",
        f"one more review would earn 240.00 {unit}",
        "one more treated customer would earn nothing",
        f"Of 100.00 {unit} for 2026-02, 41.00 are left after this run.",
    ):
        assert words in text
        assert words.replace("100.00", "100").replace("41.00", "41") in render_html(limited(report))
    assert "Limits" not in printed(report)
    assert "<h2>Limits</h2>" not in render_html(report)
