"""Long uploads: line by line, good beside bad, without holding them in memory."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pytest
from tests.api.conftest import NOW, TestClient

from retinue.api.uploads import outcomes_in, take_upload
from retinue.store import Store, inbox

Service = Callable[..., TestClient]
URL = "/api/v1/feedback/outcomes/bulk"
NDJSON, CSV = {"Content-Type": "application/x-ndjson"}, {"Content-Type": "text/csv; charset=utf-8"}


def line(n: int, **more: Any) -> dict[str, Any]:
    return {
        "outcome_id": f"O{n}",
        "customer_id": f"C{n}",
        "retained": True,
        "observed_at": "2026-02-13",
        **more,
    }


def told(text: str) -> list[dict[str, Any]]:
    return [json.loads(row) for row in text.splitlines()]


def test_ndjson_is_judged_line_by_line(service: Service, store: Store) -> None:
    rows = [
        json.dumps(line(1)),
        "",
        "{not json",
        "[1]",
        json.dumps(line(2, retained="perhaps")),
        json.dumps(line(3, observed_at="2030-01-01")),
        json.dumps(line(1)),
        "x" * 70_000,
        json.dumps(line(4, revenue="12.50")),
    ]
    answer = service().post(URL, content="\n".join(rows).encode(), headers=NDJSON)
    assert answer.status_code == 200
    *lines, last = told(answer.text)
    assert [(row["line"], row["status"]) for row in lines] == [
        (1, "accepted"),
        (3, "rejected"),
        (4, "rejected"),
        (5, "rejected"),
        (6, "rejected"),
        (7, "unchanged"),
        (8, "rejected"),
        (9, "accepted"),
    ]
    assert lines[1]["reason"] == "is not JSON"
    assert lines[3]["reason"].startswith("retained:")
    assert "future" in lines[4]["reason"]
    assert lines[6]["reason"] == "longer than 64 kB"
    assert last == {"total": {"accepted": 2, "unchanged": 1, "rejected": 5}}
    assert [row.body["customer_id"] for row in inbox.waiting(store)] == ["C1", "C4"]


def test_csv_is_read_by_the_names_of_its_first_line(service: Service, store: Store) -> None:
    text = (
        "\ufeffcustomer_id,retained,observed_at,revenue,outcome_id\r\n"
        "C1,yes,2026-02-01,10.5,\r\n"
        '"C,2",0,2026-02-02T10:00:00Z,,O2\r\n'
        "C3,perhaps,2026-02-02,,\r\n"
        "C4,true\r\n"
        "\r\n"
        "C5,false,2026-02-03,,\r\n"
    )
    answer = service().post(URL, content=text.encode(), headers=CSV)
    *lines, last = told(answer.text)
    assert [(row["line"], row["status"]) for row in lines] == [
        (2, "accepted"),
        (3, "accepted"),
        (4, "rejected"),
        (5, "rejected"),
        (7, "accepted"),
    ]
    assert "2 fields" in lines[3]["reason"]
    assert last["total"]["accepted"] == 3
    assert [(r.body["customer_id"], r.body["retained"]) for r in inbox.waiting(store)] == [
        ("C1", True),
        ("C,2", False),
        ("C5", False),
    ]


def test_a_column_that_is_none_of_ours_is_named(service: Service) -> None:
    text = "customer_id,retained,observed_at,plan\nC1,yes,2026-02-01,gold\n"
    *lines, _ = told(service().post(URL, content=text.encode(), headers=CSV).text)
    assert lines[0]["status"] == "rejected"
    assert lines[0]["reason"].startswith("plan:")


@pytest.mark.parametrize("kind", ["application/json", "text/plain", ""])
def test_another_form_is_refused(service: Service, kind: str) -> None:
    answer = service().post(URL, content=b"{}", headers={"Content-Type": kind})
    assert answer.status_code == 415


def test_an_upload_with_a_key_is_taken_once(service: Service, store: Store) -> None:
    client = service()
    body = "\n".join(json.dumps(line(n)) for n in range(20)).encode()
    headers = {**NDJSON, "Idempotency-Key": "u1"}
    first = client.post(URL, content=body, headers=headers)
    again = client.post(URL, content=body, headers=headers)
    assert again.headers["idempotency-replayed"] == "true"
    assert told(again.text) == told(first.text)[-1:]
    assert client.post(URL, content=body + b"\n{}", headers=headers).status_code == 422
    assert inbox.counts(store)["received"] == 20


def test_memory_does_not_grow_with_the_length(store: Store) -> None:
    def peak(lines: int) -> int:
        upload = BytesIO(
            b"".join(json.dumps(line(n, outcome_id=f"{lines}-{n}")).encode() + b"\n" for n in range(lines))
        )
        tracemalloc.start()
        answer = take_upload(store, upload, csv=False, intake=outcomes_in(lambda: NOW))
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        answer.file.close()
        return used

    peak(600)  # what is loaded at first use is of no length
    short, long = peak(1_000), peak(6_000)
    assert long < 1.5 * short + 1_500_000


def test_an_upload_has_a_longest_length_too(service: Service, store: Store) -> None:
    client = service(api={"upload_limit_mb": 1})

    def pieces() -> Iterator[bytes]:
        for _ in range(40):
            yield b" " * 50_000

    answer = client.post(URL, content=pieces(), headers=NDJSON)
    assert answer.status_code == 413
    assert inbox.counts(store)["received"] == 0
