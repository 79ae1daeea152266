"""A Redis that speaks TLS: the right authority and name, or each process counts alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.tls.conftest import Trust

from retinue.api.shared_limits import open_counter
from retinue.settings import CacheSettings, Settings

pytest.importorskip("redis", reason="the extra redis is not installed")


def missing(folder: Path, url: str) -> float | None:
    """What the counter says of a full bucket: 0 from Redis, None when it is not spoken to."""
    counter = open_counter(Settings(root=folder, cache=CacheSettings(url=url, wait_seconds=2)))
    assert counter is not None
    try:
        return counter.missing("tries", "ada", 10, 1_000.0, take=True)
    finally:
        counter.close()


def test_requests_are_counted_through_tls(redis_port: int, trust: Trust, tmp_path: Path) -> None:
    assert missing(tmp_path, f"rediss://localhost:{redis_port}/0?ssl_ca_certs={trust.ca}") == 0.0


@pytest.mark.parametrize(
    "url",
    [
        "rediss://localhost:{port}/0?ssl_ca_certs={other}",  # another authority
        "rediss://localhost:{port}/0",  # the machine's own authorities
        "rediss://127.0.0.1:{port}/0?ssl_ca_certs={ca}",  # not the name in the certificate
        "redis://localhost:{port}/0",  # no TLS
    ],
)
def test_another_authority_or_name_and_no_tls_are_refused(
    redis_port: int, trust: Trust, tmp_path: Path, url: str
) -> None:
    assert missing(tmp_path, url.format(port=redis_port, ca=trust.ca, other=trust.other)) is None
