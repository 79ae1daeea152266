"""The closing report of a run: on the terminal, and as one HTML page that needs nothing else.

In comes a `RunReport` (JSON-ready facts of a finished run), out goes text or HTML with the same numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retinue.report.facts import RunReport
    from retinue.report.html import render_html
    from retinue.report.outcomes import render_outcomes
    from retinue.report.terminal import print_profile, print_report

__all__ = ["RunReport", "print_profile", "print_report", "render_html", "render_outcomes"]


def __getattr__(name: str) -> Any:
    if name == "RunReport":
        from retinue.report.facts import RunReport

        return RunReport
    if name == "render_html":
        from retinue.report.html import render_html

        return render_html
    if name == "render_outcomes":
        from retinue.report.outcomes import render_outcomes

        return render_outcomes
    if name in ("print_profile", "print_report"):
        from retinue.report import terminal

        return getattr(terminal, name)
    raise AttributeError(name)
