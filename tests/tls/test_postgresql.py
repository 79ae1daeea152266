"""The store on a PostgreSQL that speaks TLS: the right authority and name, or nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from tests.tls.conftest import Trust

from retinue.errors import StoreUnavailable
from retinue.privacy.keys import Kek
from retinue.store import Store
from retinue.store.contacts import Known, contact_of, keep_contacts
from retinue.store.versions import status


def url(port: int, host: str = "localhost", **options: object) -> str:
    given = "&".join(f"{name}={value}" for name, value in options.items())
    return f"postgresql://postgres@{host}:{port}/postgres?hostaddr=127.0.0.1&{given}"


def test_a_store_is_used_through_tls(postgresql_port: int, trust: Trust) -> None:
    place = url(postgresql_port, sslmode="verify-full", sslrootcert=trust.ca)
    store = Store(place, kek=Kek.of(bytes(32)))
    with store.engine.connect() as connection:
        said = connection.execute(
            text("SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
        ).one()
    assert said.ssl is True
    assert said.version in ("TLSv1.2", "TLSv1.3")
    known = Known("C1", email="ada@example.org")
    keep_contacts(store, [known], clock=datetime(2026, 2, 14, tzinfo=UTC))
    assert contact_of(store, "C1") == known
    store.close()
    assert status(place).tls is True


@pytest.mark.parametrize(
    ("host", "mode", "authority", "said"),
    [
        ("localhost", "verify-full", "other", "certificate verify failed"),
        ("localhost", "verify-ca", "other", "certificate verify failed"),
        ("db.example.com", "verify-full", "ca", "does not match host name"),
        ("localhost", "disable", "ca", "no encryption"),
    ],
)
def test_another_authority_or_name_and_no_tls_are_refused(
    postgresql_port: int, trust: Trust, host: str, mode: str, authority: str, said: str
) -> None:
    place = url(postgresql_port, host, sslmode=mode, sslrootcert=getattr(trust, authority))
    with pytest.raises(StoreUnavailable) as caught:
        Store(place)
    assert said in caught.value.fix


def test_a_server_without_tls_is_not_spoken_to_in_the_clear(trust: Trust) -> None:
    from tests.databases import SERVER, _or_skip

    _or_skip()
    assert status(SERVER).tls is False
    with pytest.raises(StoreUnavailable, match="does not answer"):
        Store(f"{SERVER}?sslmode=verify-full&sslrootcert={trust.other}")
