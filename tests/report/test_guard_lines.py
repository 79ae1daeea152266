"""What the guards did is said where nobody can miss it, and a reason from a person is only ever text."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from retinue.report import RunReport, print_report, render_html


def with_summary(report: RunReport, **facts: Any) -> RunReport:
    return replace(report, summary={**report.summary, **facts})


def printed(report: RunReport) -> str:
    stream = io.StringIO()
    print_report(report, [], reused=False, dry_run=False, console=Console(file=stream, width=200))
    return stream.getvalue()


def test_a_run_without_guards_says_nothing_of_them(report: RunReport) -> None:
    assert "STOPPED" not in printed(report)
    assert 'role="alert"' not in render_html(report)


def test_a_stop_stands_at_the_top(report: RunReport) -> None:
    stopped = with_summary(report, stopped="stopped by ada at 2026-02-14 09:00 UTC: [bold]<b>wrong</b>")
    lines = printed(stopped).splitlines()
    assert "STOPPED, no offers were made: stopped by ada" in " ".join(lines[1:5])
    assert "[bold]<b>wrong</b>" in " ".join(lines)
    page = render_html(stopped)
    assert page.index("STOPPED, no offers were made") < page.index("revenue at risk")
    assert "<b>wrong</b>" not in page


@pytest.mark.parametrize("render", [printed, render_html])
def test_who_was_withheld_and_whether_it_was_fair(report: RunReport, render: Any) -> None:
    told = with_summary(
        report,
        withheld={"objected": 3, "cancel_clicks": 1_200},
        fairness={"verdicts": {"country": "no two groups are large enough to compare."}, "refused": "FR"},
    )
    text = render(told)
    assert "objected 3, ask to cancel in order to be paid 1,200" in text
    assert "Fairness by country: no two groups are large enough to compare." in text
    assert "REFUSED: FR" in text
