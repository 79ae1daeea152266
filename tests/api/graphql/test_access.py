"""Every field that reads or does something has a permission, and every role gets what the table says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import strawberry
from graphql import GraphQLObjectType, GraphQLSchema, is_required_argument
from tests.api.conftest import NOW
from tests.api.graphql.conftest import URL, Graph, codes

from retinue.api.graphql.fields import PERMISSION
from retinue.api.graphql.schema import schema
from retinue.security import PERMISSIONS, ROLES
from retinue.store import Store
from retinue.store.reviews import Ask, ask_in, note_in


@strawberry.type
class Part:
    plain: int

    @strawberry.field
    def reading(self) -> int:
        return 1


@strawberry.type
class Unguarded:
    part: Part


WHOLE: GraphQLSchema = schema()._schema


def declared(whole: GraphQLSchema) -> Iterator[tuple[str, str | None, bool]]:
    """Each field with its permission, and whether it is a root's or reads something of its own."""
    roots = {whole.query_type, whole.mutation_type, whole.subscription_type}
    for kind in whole.type_map.values():
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
            for name, field in kind.fields.items():
                ours = field.extensions["strawberry-definition"]
                reads = kind in roots or ours.base_resolver is not None
                yield f"{kind.name}.{name}", ours.metadata.get(PERMISSION), reads


def unguarded(whole: GraphQLSchema) -> list[str]:
    return [name for name, permission, reads in declared(whole) if reads and permission not in PERMISSIONS]


def test_each_field_that_reads_has_a_permission() -> None:
    assert unguarded(WHOLE) == []
    assert sum(reads for _, _, reads in declared(WHOLE)) >= 20


def test_the_check_sees_a_field_without_one() -> None:
    assert sorted(unguarded(strawberry.Schema(Unguarded)._schema)) == ["Part.reading", "Unguarded.part"]


VALUES = {
    "customerId": '"C12345"',
    "campaignId": '"CAMP_2026_02_14_001"',
    "decisionId": '"dec_1"',
    "planSha256": '"0123456789"',
    "code": "not_now",
}


def least(kind: str, root: GraphQLObjectType, name: str) -> str:
    """The shortest question for a field at the top."""
    field = root.fields[name]
    needed = [f"{arg}: {VALUES[arg]}" for arg, one in field.args.items() if is_required_argument(one)]
    given = f"({', '.join(needed)})" if needed else ""
    return f"{kind} {{ {name}{given} {{ __typename }} }}"


ROOTS = [
    (kind, name)
    for kind, root in (
        ("query", WHOLE.query_type),
        ("mutation", WHOLE.mutation_type),
        ("subscription", WHOLE.subscription_type),
    )
    for name in root.fields  # type: ignore[union-attr]
]


@pytest.mark.parametrize("role", sorted(ROLES))
def test_each_role_gets_what_the_table_says_of_each_field(graph: Graph, role: str) -> None:
    refused = 0
    for kind, name in ROOTS:
        root: Any = getattr(WHOLE, f"{kind}_type")
        wanted = root.fields[name].extensions["strawberry-definition"].metadata[PERMISSION]
        allowed = role in PERMISSIONS[wanted].roles
        if allowed and kind != "query":
            continue  # what is done, and what goes on, has tests of its own
        headers = {"X-API-Key": graph.keys[role], "Accept": "text/event-stream, application/json"}
        answer = graph.client.post(URL, json={"query": least(kind, root, name)}, headers=headers)
        assert answer.status_code == 200
        assert ('"status":403' in answer.text) != allowed, (role, name, answer.text)
        refused += not allowed
        if not allowed and kind != "subscription":
            (error,) = answer.json()["errors"]
            assert error["extensions"]["where"] == wanted
            assert answer.json()["data"] in (None, {name: None})
    assert (refused == 0) == (role in ("admin", "approver"))


def test_nobody_gets_anything_without_proof(graph: Graph) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"X-API-Key": "rtn_x"}):
        for query in ("{ runs { next } }", "{ __schema { types { name } } }", "{ nonsense", "{ __typename }"):
            answer = graph.client.post(URL, json={"query": query}, headers=headers)
            assert answer.status_code == 401
            assert answer.headers["content-type"] == "application/problem+json"
        assert (
            graph.client.get(URL, params={"query": "{ runs { next } }"}, headers=headers).status_code == 401
        )


def test_inner_fields_have_permissions_of_their_own(graph: Graph) -> None:
    ask = '{ customer(customerId: "C12345") { clv explanation { story } counterfactual { enough } } }'
    body = graph.post(ask, "viewer").json()
    assert codes(body) == [403, 403]
    assert body["data"]["customer"] == {"clv": 5420.5, "explanation": None, "counterfactual": None}
    # The run of the tests left no features: who may ask is told so.
    assert 403 not in codes(graph.post(ask, "analyst").json())


@pytest.fixture
def cases(own: Callable[..., Graph]) -> Graph:
    """Cases of three customers; that of C12346 is with the csm's key."""
    made = own()
    with made.store.transaction() as session:
        asks = [
            Ask(f"dec_{n}", "cmp_1", f"C{n}", False, 0, 0, {}, {}, NOW + timedelta(1), NOW + timedelta(9))
            for n in (12345, 12346, 12347)
        ]
        ask_in(session, asks, clock=NOW)
        note_in(session, "dec_12346", "assigned", who="bob", clock=NOW, assigned_to=subject(made))
    return made


def subject(made: Graph) -> str:
    return made.app.state.door.proof.principal(made.keys["csm"], NOW).subject


def test_a_csm_sees_the_customers_of_the_own_cases(cases: Graph) -> None:
    listed = "{ customers { customers { customerId decision profile { clv } risk { timestamp } } next } }"
    found = cases.data(listed, "csm")["customers"]["customers"]
    assert [one["customerId"] for one in found] == ["C12346"]
    ask = """{ mine: customer(customerId: "C12346") { customerId }
               other: customer(customerId: "C12345") { customerId explanation { story } }
               none: customer(customerId: "nobody") { customerId } }"""
    body = cases.post(ask, "csm").json()
    assert body["data"] == {"mine": {"customerId": "C12346"}, "other": None, "none": None}
    other, none = body["errors"]
    assert other["extensions"] == none["extensions"]
    assert other["message"] == none["message"]
    assert other["extensions"]["status"] == 404


def test_a_cursor_of_somebody_else_shows_nobody_more(cases: Graph) -> None:
    cursor = cases.data("{ customers(limit: 1) { next } }", "viewer")["customers"]["next"]
    found = cases.data(
        "query A($c: String) { customers(limit: 1, cursor: $c) { customers { customerId } } }",
        "csm",
        c=cursor,
    )
    assert [one["customerId"] for one in found["customers"]["customers"]] in ([], ["C12346"])


def test_each_field_at_the_top_counts_as_a_request(own: Callable[..., Graph]) -> None:
    made = own(auth={"per_minute": 10})
    three = "{ a: runs { next } b: runs { next } c: runs { next } }"
    answers = [made.post(three, "viewer") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert codes(answers[3].json()) == [429]
    assert int(answers[3].headers["retry-after"]) > 0
    assert made.post(three, "analyst").status_code == 200


def test_the_schema_tells_of_itself_unless_that_is_off(graph: Graph, own: Callable[..., Graph]) -> None:
    ask = '{ __type(name: "Offer") { name } }'
    assert graph.data(ask, "service") == {"__type": {"name": "Offer"}}
    closed = own(api={"graphql_introspection": False})
    for query in (ask, "{ __schema { types { name } } }"):
        assert set(codes(closed.post(query).json())) == {400}
    (error,) = closed.post("{ custome { run } }").json()["errors"]
    assert "customer" not in error["message"].replace("custome'", "")


def test_this_machine_needs_no_proof_until_there_is_a_user(service: Any, store: Store) -> None:
    assert service().post(URL, json={"query": "{ reviews { next } }"}).json() == {
        "data": {"reviews": {"next": None}}
    }
    assert service(peer="203.0.113.5").post(URL, json={"query": "{ runs { next } }"}).status_code == 403
