"""However many customers are asked for, the number of reads is the same."""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from tests.api.conftest import NOW
from tests.api.graphql.conftest import Graph

from retinue.runs.customers import reading
from retinue.store.campaigns import open_campaign

ASK = """query Many($limit: Int!) { customers(limit: $limit) { customers {
  customerId decision risk { recommendation { action } } profile { currency clvLow }
  timeline(limit: 5) { entries { at kind what } next } } } }"""


@pytest.fixture
def counted(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Any]]:
    """A block → how many statements were sent in it to the files of runs and to the store."""
    counts: Counter[str] = Counter()
    opened: Callable[[Path], sqlite3.Connection] = reading._open

    def traced(path: Path) -> sqlite3.Connection:
        connection = opened(path)
        connection.set_trace_callback(lambda _: counts.update(["run"]))
        return connection

    def sent(*_: Any) -> None:
        if threading.current_thread().name.startswith("AnyIO"):  # not what is chained meanwhile
            counts["store"] += 1

    monkeypatch.setattr(reading, "_open", traced)
    event.listen(graph.store.engine, "before_cursor_execute", sent)

    @contextmanager
    def block() -> Iterator[Counter[str]]:
        graph.app.state.reading.newest._held = None  # its connections are opened anew, and traced
        graph.app.state.reading.newest._looked_at = None
        graph.app.state.door.proven._held.clear()  # whether the store changed since is another story
        counts.clear()
        yield counts

    yield block
    event.remove(graph.store.engine, "before_cursor_execute", sent)


def test_fifty_customers_take_as_many_reads_as_two(graph: Graph, counted: Callable[[], Any]) -> None:
    found: dict[int, Counter[str]] = {}
    graph.data("{ __typename }")  # a key's first use is kept
    for many in (2, 50):
        with counted() as counts:
            rows = graph.data(ASK, limit=many)["customers"]["customers"]
        assert len(rows) == many
        assert all(row["risk"] and row["profile"] for row in rows)
        assert [one["kind"] for one in rows[0]["timeline"]["entries"]] == ["assessed", "decided"]
        found[many] = Counter(counts)
    assert found[50] == found[2]
    # Of the run: what it shares (for the past as well), a page, the decisions, the past.
    assert 3 <= found[50]["run"] <= 6
    assert 1 <= found[50]["store"] <= 20


def test_campaigns_with_their_counts_are_one_read(own: Callable[..., Graph]) -> None:
    made = own()
    for campaign in ("CAMP_A", "CAMP_B", "CAMP_C"):
        open_campaign(made.store, campaign, run_id="r", as_of=NOW, clock=NOW)
    sent: list[str] = []
    event.listen(made.store.engine, "before_cursor_execute", lambda *found: sent.append(found[2]))
    found = made.data("{ campaigns { campaigns { campaignId state deliveries } } }")["campaigns"]["campaigns"]
    assert len(found) == 4
    assert sum("FROM deliveries" in text for text in sent) == 1


def test_the_count_would_see_one_read_for_each(graph: Graph, counted: Callable[[], Any]) -> None:
    with counted() as counts:
        for name in ("C12345", "C12346", "C12347"):
            graph.rest(f"/customers/{name}")
    assert counts["run"] >= 3


def test_the_past_is_that_of_rest_page_by_page(graph: Graph) -> None:
    ask = """query Past($cursor: String) { customer(customerId: "C12345") {
      timeline(limit: 1, cursor: $cursor) { next entries { at kind what decisionId } } } }"""
    cursor, kinds = None, []
    for _ in range(2):
        found = graph.data(ask, cursor=cursor)["customer"]["timeline"]
        rest = graph.rest("/customers/C12345/timeline?limit=1" + (f"&cursor={cursor}" if cursor else ""))
        assert found["next"] == rest["next"]
        (mine,), (theirs,) = found["entries"], rest["entries"]
        assert (mine["at"], mine["kind"], mine["what"]) == (theirs["at"], theirs["kind"], theirs["what"])
        assert mine["decisionId"] == theirs["decision_id"]
        kinds.append(mine["kind"])
        cursor = found["next"]
    assert kinds == ["assessed", "decided"]
    assert cursor is None
