"""Every column of the store has one word for what it holds of people, and the words are true."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary, select
from tests.campaigns.witness import KEY, Business, Witness, action

from retinue.campaigns.sender import Sender
from retinue.privacy.sealing import OLD_VERSION
from retinue.security.signing import SigningKeys
from retinue.store.base import declared
from retinue.store.classified import CLASSES, COLUMNS, class_of
from retinue.store.suppression import suppress

NOW = datetime(2026, 2, 14, 9, tzinfo=UTC)
TABLES = declared().metadata.tables


def test_every_column_has_one_word() -> None:
    given = Counter(
        (table, column)
        for table, words in COLUMNS.items()
        for names in words.values()
        for column in names.split()
    )
    there = {(table.name, column.name) for table in TABLES.values() for column in table.columns}
    assert set(given) == there, "a column needs a word in retinue.store.classified"
    assert [column for column, times in given.items() if times > 1] == []
    assert {word for words in COLUMNS.values() for word in words} <= set(CLASSES)
    with pytest.raises(KeyError):
        class_of("contacts", "email")


def test_names_and_addresses_stand_nowhere_else_after_a_campaign(tmp_path: Path) -> None:
    witness = Witness()
    business = Business(tmp_path, [witness])
    business.start(*[action(n, kind="fixed_credit") for n in range(3)])
    sender = Sender(
        business.store, business.channels, business.settings, KEY, owner="w", clock=lambda: business.now
    )
    assert sender.pump() == 3
    assert len(witness.calls) == 3
    suppress(business.store, "c1@example.org", "bounced", KEY, clock=NOW)
    SigningKeys(business.store, days=90).sign({"sub": "ada"}, "JWT", NOW)
    seen = Counter[str]()
    with business.store.reading() as session:
        for table in TABLES.values():
            for row in session.execute(select(table)).mappings():
                for column, value in row.items():
                    if value is None:
                        continue
                    word = class_of(table.name, column)
                    seen[word] += 1
                    text = value if isinstance(value, bytes) else json.dumps(value, default=str).encode()
                    assert b"@example.org" not in text.lower(), f"{table.name}.{column}"
                    if word == "sealed":
                        assert isinstance(table.c[column].type, LargeBinary)
                        assert text[:1] != OLD_VERSION
    assert seen["sealed"] >= 7  # three contacts, three requests, a signing key
    assert seen["wrapped"] >= 5
    business.store.close()
