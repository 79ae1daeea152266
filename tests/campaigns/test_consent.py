"""Consent, case by case: which word counts, for whom, and as of when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from retinue.campaigns.consent import may_contact
from retinue.campaigns.withheld import objecting
from retinue.settings import Settings
from retinue.warehouse import Warehouse
from retinue.warehouse.engines.duckdb import DuckDBEngine

NOW = datetime(2026, 2, 14, tzinfo=UTC)


@pytest.fixture
def warehouse():
    with Warehouse(DuckDBEngine()) as opened:
        yield opened


def say(warehouse, *words, customer="C1"):
    """Words as (yes or no, channel, purpose, days ago) on record since they were said."""
    rows = []
    for granted, channel, purpose, ago in words:
        moment = (NOW - timedelta(days=ago)).replace(tzinfo=None)
        rows.append(
            {
                "consent_id": f"{customer}-{channel}-{purpose}-{ago}-{granted}",
                "customer_id": customer,
                "channel": channel,
                "purpose": purpose,
                "granted": granted,
                "valid_from": moment,
                "source": "s",
                "recorded_at": moment,
            }
        )
    warehouse.engine.append("consents", pa.Table.from_pylist(rows))


YES, NO = True, False


@pytest.mark.parametrize(
    ("words", "email", "sms", "somehow"),
    [
        ([], True, True, True),
        ([(NO, "email", "retention", 5)], False, True, False),
        ([(NO, "E-Mail", "Retention", 5)], False, True, False),
        ([(NO, "any", "retention", 5)], False, False, False),
        ([(NO, "*", "all", 5)], False, False, False),
        ([(NO, "email", "marketing", 5)], False, True, False),
        ([(NO, "email", "research", 5)], True, True, True),
        ([(YES, "email", "retention", 9), (NO, "email", "retention", 5)], False, True, False),
        ([(NO, "email", "retention", 9), (YES, "email", "retention", 5)], True, True, True),
        ([(NO, "email", "retention", 5), (YES, "email", "retention", 5)], False, True, False),
        # A narrower yes lifts a wider no, only for what it names.
        ([(NO, "any", "marketing", 9), (YES, "email", "retention", 5)], True, False, True),
        # A wider yes lifts no narrower no.
        ([(NO, "email", "retention", 9), (YES, "email", "marketing", 5)], False, True, False),
        ([(NO, "email", "retention", 9), (YES, "any", "any", 5)], False, True, True),
        ([(NO, "email", "marketing", 9), (YES, "any", "retention", 5)], False, True, True),
        ([(NO, "email", "marketing", 9), (YES, "sms", "marketing", 9)], False, True, True),
        ([(NO, "any", "any", 9), (YES, "any", "any", 5)], True, True, True),
    ],
)
def test_which_word_counts(warehouse, words, email, sms, somehow):
    if words:
        say(warehouse, *words)
    ways = ("email", "sms", None)
    found = [bool(may_contact(warehouse, ["C1"], way, "retention", NOW)[0]) for way in ways]
    assert found == [email, sms, somehow]


def test_only_what_was_known_and_in_force_counts(warehouse):
    say(warehouse, (NO, "email", "retention", 3))
    before, then = NOW - timedelta(days=4), NOW - timedelta(days=3)
    assert may_contact(warehouse, ["C1"], "email", "retention", before).tolist() == [True]
    assert may_contact(warehouse, ["C1"], "email", "retention", then).tolist() == [False]
    later = {
        "consent_id": "late",
        "customer_id": "C2",
        "channel": "email",
        "purpose": "retention",
        "granted": False,
        "valid_from": datetime(2026, 1, 1),
        "source": "s",
        "recorded_at": datetime(2026, 2, 20),
    }
    warehouse.engine.append("consents", pa.Table.from_pylist([later]))
    assert may_contact(warehouse, ["C2"], "email", "retention", NOW).tolist() == [True]
    assert may_contact(warehouse, ["C2"], "email", "retention", NOW + timedelta(days=9)).tolist() == [False]


def test_everybody_is_answered_in_their_place(warehouse):
    say(warehouse, (NO, "email", "retention", 3), customer="C2")
    say(warehouse, (YES, "email", "retention", 3), customer="C3")
    asked = ["C3", "C1", "C2", "C1", "C2"]
    assert may_contact(warehouse, asked, "email", "retention", NOW).tolist() == [
        True,
        True,
        False,
        True,
        False,
    ]
    needed = may_contact(warehouse, asked, "email", "retention", NOW, required=True)
    assert needed.tolist() == [True, False, False, False, False]
    assert may_contact(warehouse, asked, None, "retention", NOW, required=True).tolist() == needed.tolist()
    assert may_contact(warehouse, [], "email", "retention", NOW).tolist() == []
    many = [f"N{i}" for i in range(12_000)]
    found = may_contact(warehouse, [*many, "C2"], "email", "retention", NOW)
    assert found[:-1].all()
    assert not found[-1]


def test_a_silence_that_forbids_is_ended_by_a_wider_yes(warehouse):
    say(warehouse, (YES, "any", "marketing", 3))
    assert may_contact(warehouse, ["C1", "C2"], "sms", "retention", NOW, required=True).tolist() == [
        True,
        False,
    ]


def test_a_customer_is_withheld_when_no_way_is_open(warehouse):
    say(warehouse, (NO, "email", "retention", 3))

    def objects(**consent):
        return objecting(warehouse, Settings(guards={"consent": consent}), ["C1", "C2"], NOW).tolist()

    assert objects() == [True, False]
    assert objects(channels=["email"]) == [True, False]
    assert objects(channels=["email", "sms"]) == [False, False]
    assert objects(channels=["sms"]) == [False, False]
    assert objects(purpose="research") == [False, False]
    assert objects(required=True) == [True, True]
