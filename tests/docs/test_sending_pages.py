"""What the pages on sending show is what there is: their settings open, their words are the queue's own."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from retinue.campaigns.review_words import case_in_words
from retinue.channels.opening import open_channels
from retinue.settings import load_settings
from retinue.store.reviews import ReviewRecord

DOCS = Path(__file__).parents[2] / "docs"


def test_the_settings_of_the_how_to_open_their_channels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (DOCS / "how-to" / "send-a-campaign.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```toml\n(.*?)```", page, re.S)
    (tmp_path / "retinue.toml").write_text(text)
    monkeypatch.setenv("SMTP_PASSWORD", "x")
    monkeypatch.setenv("STRIPE_KEY", "sk_test_x")
    monkeypatch.setenv("SLACK_URL", "slack://AAAAAAAAA/BBBBBBBBB/cccccccccccccccccccccccc")
    settings = load_settings(tmp_path)
    channels = open_channels(settings)
    plan = settings.delivery
    assert {*plan.messages, *plan.grants.values(), *plan.notices} == set(channels)
    assert channels["mail"].capabilities.kind == "message"
    assert channels["stripe"].capabilities.kind == "grant"
    for channel in channels.values():
        channel.close()


def test_the_case_on_the_page_is_told_as_the_queue_tells_it() -> None:
    page = (DOCS / "concepts" / "reviews.md").read_text(encoding="utf-8")
    shown = [line.removeprefix("> ") for line in page.splitlines() if line.startswith("> ")]
    now = datetime(2026, 2, 14, tzinfo=UTC)
    day = now.replace(tzinfo=None)
    case = ReviewRecord(
        decision_id="dec_0123",
        campaign_id="CAMP_2026_02_14_001",
        customer_id="C000432",
        state="waiting",
        urgent=True,
        expected_cents=54_000,
        cents=12_000,
        case={
            "tier": "Enterprise",
            "segment": "Loyal",
            "churn_probability": 0.82,
            "time_to_churn_days": 41.0,
            "clv": 6_200.0,
            "clv_low": 5_000.0,
            "clv_high": 8_000.0,
            "reasons": ["Logins fell 62 % in 30 days.", "Two payments failed."],
            "rule": "high_value",
            "alternatives": [
                {"id": "fixed_credit", "cents": 2_500, "expected_cents": 31_000, "excluded": None}
            ],
        },
        offer={
            "id": "percentage_discount_15",
            "type": "percentage_discount",
            "value": 15,
            "duration_months": 3,
        },
        assigned_to=None,
        snoozed_until=None,
        due_at=day.replace(hour=8),
        expires_at=day.replace(day=28),
        escalated=False,
        first_by=None,
        answered_by=None,
        answered_at=None,
        words="",
        code="",
        asked_at=day,
    )
    assert case_in_words(case, "EUR", now=now) == shown
