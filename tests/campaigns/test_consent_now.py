"""What a sender reads of one customer's words is what a run reads of all customers'."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from retinue.campaigns.consent import may_contact
from retinue.campaigns.consent_now import may_contact_now
from retinue.store.consents import Word
from retinue.warehouse import Warehouse
from retinue.warehouse.engines.duckdb import DuckDBEngine

NOW = datetime(2026, 2, 14, tzinfo=UTC)
CHANNELS = ("email", "E-Mail", "sms", "any", "*", "")
PURPOSES = ("retention", "marketing", "direct marketing", "research", "all")


@st.composite
def said(draw: st.DrawFn) -> list[Word]:
    words = []
    for n in range(draw(st.integers(0, 6))):
        ago = draw(st.integers(-2, 5))
        words.append(
            Word(
                f"k{n}",
                "C1",
                draw(st.sampled_from(CHANNELS)),
                draw(st.sampled_from(PURPOSES)),
                draw(st.booleans()),
                (NOW - timedelta(days=ago)).replace(tzinfo=None),
                (NOW - timedelta(days=draw(st.integers(0, 2)))).replace(tzinfo=None),
            )
        )
    return words


@settings(max_examples=120)
@given(said(), st.sampled_from(["email", "sms", None]), st.booleans())
def test_one_customer_is_judged_as_among_all(words: list[Word], channel: str | None, required: bool) -> None:
    rows = [
        {
            "consent_id": w.consent_id,
            "customer_id": w.customer_id,
            "channel": w.channel,
            "purpose": w.purpose,
            "granted": w.granted,
            "valid_from": w.valid_from,
            "source": "s",
            "recorded_at": w.recorded_at,
        }
        for w in words
    ]
    with Warehouse(DuckDBEngine()) as warehouse:
        if rows:
            warehouse.engine.append("consents", pa.Table.from_pylist(rows))
        (expected,) = may_contact(warehouse, ["C1"], channel, "retention", NOW, required=required).tolist()
    assert may_contact_now(words, channel, "retention", NOW, required=required) is expected


def test_a_later_word_of_the_same_id_corrects_the_earlier() -> None:
    day = NOW.replace(tzinfo=None)
    words = [
        Word("k", "C1", "email", "retention", False, day, day),
        Word("k", "C1", "email", "retention", True, day, day),
    ]
    assert may_contact_now(words, "email", "retention", NOW)
