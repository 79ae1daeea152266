"""What GraphQL answers is what REST answers, of the same shapes."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.api.graphql.conftest import URL, Graph, codes

from retinue.api.graphql.schema import schema


def camel(value: Any) -> Any:
    """A shape of REST with the names of GraphQL; open objects keep theirs."""
    return re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), value)


def fields_of(kind: str) -> str:
    """Every plain field of a type, as a question."""
    found = schema()._schema.type_map[kind].fields  # type: ignore[union-attr]
    return " ".join(
        name for name, field in found.items() if not field.args and not hasattr(named(field.type), "fields")
    )


def named(kind: Any) -> Any:
    while hasattr(kind, "of_type"):
        kind = kind.of_type
    return kind


def same(found: dict[str, Any], rest: dict[str, Any]) -> None:
    """All plain fields are as REST has them."""
    plain = {camel(name): value for name, value in rest.items()}
    shared = found.keys() & plain.keys()
    assert len(shared) >= 3
    assert {name: found[name] for name in shared} == {name: plain[name] for name in shared}


def test_customers_are_those_of_rest_with_its_filters_sorts_and_cursors(graph: Graph) -> None:
    ask = f"""query Page($cursor: String) {{
      customers(riskLevel: [LOW], valueTier: ["Basic"], clvMin: 100, sort: clv, order: asc, limit: 7,
                cursor: $cursor) {{ run asOf next customers {{ {fields_of("Customer")} }} }} }}"""
    path = "/customers?risk_level=LOW&value_tier=Basic&clv_min=100&sort=clv&order=asc&limit=7"
    cursor = None
    for _ in range(3):
        found = graph.data(ask, cursor=cursor)["customers"]
        rest = graph.rest(path + (f"&cursor={cursor}" if cursor else ""))
        assert found["run"] == rest["run"]
        assert (found["asOf"], found["next"]) == (rest["as_of"], rest["next"])
        assert len(found["customers"]) == len(rest["customers"]) > 0
        for one, other in zip(found["customers"], rest["customers"], strict=True):
            same(one, other)
        cursor = found["next"]


def test_one_customer_has_the_profile_the_risk_and_the_decision_in_words(graph: Graph) -> None:
    found = graph.data(
        f"""{{ customer(customerId: "C12345") {{ {fields_of("Profile")}
            risk {{ timestamp riskAssessment {{ churnProbability riskLevel timeToChurnDays }}
                    customerValue {{ clv segment }}
                    recommendation {{ action incentive {{ type value }} expectedRoi }} }} }} }}"""
    )["customer"]
    same(found, graph.rest("/customers/C12345"))
    assert found["decision"]["reasons"][0].startswith("active days in the last 30 days")
    rest = graph.rest("/customers/C12345/risk")
    assert found["risk"]["timestamp"] == rest["timestamp"]
    assert found["risk"]["recommendation"] == {
        camel(name): value for name, value in rest["recommendation"].items()
    }
    same(found["risk"]["riskAssessment"], rest["risk_assessment"])


def test_a_list_has_what_one_customer_has(graph: Graph) -> None:
    (first,) = graph.data(
        "{ customers(limit: 1) { customers { decision risk { customerId } profile { currency } } } }"
    )["customers"]["customers"]
    assert first["decision"] == graph.rest("/customers/C12345")["decision"]
    assert first["risk"] == {"customerId": "C12345"}
    assert first["profile"] == {"currency": "EUR"}


@pytest.mark.parametrize(
    ("field", "kind", "path", "inner"),
    [
        ("campaigns", "CampaignRow", "/campaigns", "campaigns"),
        ("runs", "RunRow", "/runs", "runs"),
        ("incentives", "Offer", "/incentives", "incentives"),
        ("deliveries", "Delivery", "/deliveries", "deliveries"),
        ("reviews", "Case", "/reviews", "reviews"),
    ],
)
def test_lists_are_those_of_rest(graph: Graph, field: str, kind: str, path: str, inner: str) -> None:
    found = graph.data(f"{{ {field} {{ {inner} {{ {fields_of(kind)} }} }} }}")[field][inner]
    rest = graph.rest(path)[inner]
    assert len(found) == len(rest)
    for one, other in zip(found, rest, strict=True):
        same(one, other)


def test_the_figures_of_the_dashboard(graph: Graph) -> None:
    found = graph.data(
        f"""{{ dashboard(days: 3) {{ {fields_of("Dashboard")}
            atRiskPipeline {{ segments funnel {{ {fields_of("Funnel")} }} tiers {{ {fields_of("Tier")} }}
                              trend {{ {fields_of("TrendPoint")} }} }} }} }}"""
    )["dashboard"]
    rest = graph.rest("/analytics/dashboard?days=3")
    same(found, {name: value for name, value in rest.items() if name != "at_risk_pipeline"})
    pipeline = found["atRiskPipeline"]
    same(pipeline["funnel"], rest["at_risk_pipeline"]["funnel"])
    same(pipeline["tiers"][0], rest["at_risk_pipeline"]["tiers"][0])
    same(pipeline["trend"][0], rest["at_risk_pipeline"]["trend"][0])


def test_what_is_not_there_is_an_error_beside_what_is(graph: Graph) -> None:
    answer = graph.post('{ customer(customerId: "nobody") { clv } incentives { currency } }')
    body = answer.json()
    assert answer.status_code == 200
    assert body["data"] == {"customer": None, "incentives": {"currency": "EUR"}}
    (error,) = body["errors"]
    assert error["path"] == ["customer"]
    problem = graph.rest("/customers/nobody")
    assert error["message"] == problem.pop("detail")
    assert error["extensions"] == problem


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ('{ customer(customerId: "") { clv } }', 422),
        ('{ customer(customerId: " C1") { clv } }', 422),
        ('{ campaign(campaignId: "../x") { state } }', 422),
        ('{ campaign(campaignId: "CAMP_1999_01_01_001") { state } }', 404),
        ("{ customers(limit: 0) { run } }", 422),
        ("{ customers(limit: 201) { run } }", 422),
        ("{ customers(churnProbabilityMin: 1.5) { run } }", 422),
        ('{ customers(cursor: "bm9uZQ") { run } }', 422),
        ('{ customers(starts: "\\u0000") { run } }', 422),
        ('{ customers(run: "CAMP_1999_01_01_001") { run } }', 404),
        ("{ dashboard(days: 367) { run } }", 422),
        ('{ campaign(campaignId: "CAMP_2026_02_14_001") { plan { mode } } }', 404),
    ],
)
def test_bounds_and_errors_are_those_of_rest(graph: Graph, query: str, status: int) -> None:
    answer = graph.post(query)
    assert answer.status_code == 200
    assert codes(answer.json()) == [status]


def test_a_cursor_of_other_filters_is_refused(graph: Graph) -> None:
    cursor = graph.data("{ customers(limit: 1) { next } }")["customers"]["next"]
    answer = graph.post(f'{{ customers(limit: 1, sort: clv, cursor: "{cursor}") {{ run }} }}')
    assert codes(answer.json()) == [422]


def test_an_unforeseen_error_says_nothing_of_the_code(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError("/home/ada/secret.py")

    monkeypatch.setattr("retinue.api.routes.models.list_runs", broken)
    tally = graph.app.state.watched.tally
    tally.taken()
    answer = graph.post("{ runs { next } incentives { currency } }")
    assert answer.json()["data"] == {"runs": None, "incentives": {"currency": "EUR"}}
    assert tally.taken()["errors"] == 1, "the request counts as failed"
    assert answer.json()["errors"] == [
        {
            "message": "The service could not answer.",
            "extensions": {"code": "RTN-0000", "status": 500},
            "locations": [{"line": 1, "column": 3}],
            "path": ["runs"],
        }
    ]
    assert "secret" not in answer.text


def test_get_asks_queries(graph: Graph) -> None:
    headers = {"X-API-Key": graph.keys["viewer"]}
    given = {"query": "query A($n: Int!) { customers(limit: $n) { run } }", "variables": '{"n": 1}'}
    answer = graph.client.get(URL, params=given, headers=headers)
    assert answer.json() == {"data": {"customers": {"run": "CAMP_2026_02_14_001"}}}
    assert answer.headers["cache-control"] == "private, no-store"
    for wrong in ("[1]", "{", "[" * 5_000):
        answer = graph.client.get(URL, params={**given, "variables": wrong}, headers=headers)
        assert answer.status_code == 400
        assert codes(answer.json()) == [400]


def test_the_answer_has_the_kind_that_was_asked_for(graph: Graph) -> None:
    kind = "application/graphql-response+json"
    for accept, given in ((kind, kind), ("*/*", "application/json")):
        answer = graph.client.post(
            URL,
            json={"query": "{ runs { next } }"},
            headers={"X-API-Key": graph.keys["viewer"], "Accept": accept},
        )
        assert answer.headers["content-type"] == given
