"""Acts over GraphQL: those of REST, once for a key, by whoever is proven, within the limit of the role."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.api.conftest import TestClient
from tests.api.graphql.conftest import URL, codes, key_of
from tests.api.rest.conftest import CAMPAIGN
from tests.campaigns.witness import Business, Witness, action

PLAN = """mutation Plan($key: String, $campaign: String) {
  planCampaign(campaignId: $campaign, idempotencyKey: $key) { campaignId state planSha256 approvedBy } }"""
APPROVE = """mutation Approve($sha: String!, $key: String, $reason: String! = "") {
  approveCampaign(campaignId: "CAMP_2026_02_14_001", planSha256: $sha, reason: $reason, idempotencyKey: $key)
  { state approvedBy } }"""


def ask(client: TestClient, query: str, headers: dict[str, str] | None = None, **variables: Any) -> Any:
    answer = client.post(URL, json={"query": query, "variables": variables}, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_plan_is_made_once_for_a_key_and_approved_by_its_hash(own: Callable[..., Any]) -> None:
    made = own(delivery={"mode": "live", "messages": ["email"]}, channels={"email": {}})
    made.app.state.door.channels["email"] = Witness()
    assert codes(ask(made.client, PLAN, {"X-API-Key": made.keys["csm"]})) == [403]
    assert made.rest("/campaigns")["campaigns"][0]["state"] == "listed"
    headers = {"X-API-Key": made.keys["approver"]}
    for key in ("", "k" * 201, "ключ"):
        assert codes(ask(made.client, PLAN, headers, key=key)) == [422]
    planned = ask(made.client, PLAN, headers, key="k-1")["data"]["planCampaign"]
    assert (planned["campaignId"], planned["state"], planned["approvedBy"]) == (CAMPAIGN, "planned", None)
    assert ask(made.client, PLAN, headers, key="k-1")["data"]["planCampaign"] == planned
    assert codes(ask(made.client, PLAN, headers, key="k-1", campaign=CAMPAIGN)) == [422]
    moves = f"""{{ campaign(campaignId: "{CAMPAIGN}") {{
      planSha256 moves {{ state who }} plan {{ planSha256 actions {{ channels }} }} }} }}"""
    shown = made.data(moves)["campaign"]
    assert shown["plan"]["planSha256"] == shown["planSha256"] == planned["planSha256"]
    assert len(shown["moves"]) == 1, "planned once"

    assert codes(ask(made.client, APPROVE, headers, sha="0" * 64)) == [409]
    assert codes(ask(made.client, APPROVE, headers, sha="no hash")) == [422]
    sent = {"sha": planned["planSha256"], "key": "k-2", "reason": "seen"}
    done = ask(made.client, APPROVE, headers, **sent)["data"]["approveCampaign"]
    who = made.app.state.door.proof.principal(made.keys["approver"], made.app.state.door.clock()).subject
    assert done == {"state": "approved", "approvedBy": who}
    assert ask(made.client, APPROVE, headers, **sent)["data"]["approveCampaign"] == done
    assert [(one["state"], one["who"]) for one in made.data(moves)["campaign"]["moves"]] == [
        ("planned", who),
        ("approved", who),
    ]
    assert made.rest(f"/campaigns/{CAMPAIGN}")["moves"][1]["reason"] == "seen"


# --- Cases ----------------------------------------------------------------------------------------------


@pytest.fixture
def business(tmp_path: Path) -> Iterator[Business]:
    made = Business(tmp_path / ".retinue", [Witness()])
    made.settings = made.settings.model_copy(update={"root": tmp_path})
    made.start(*(action(n, route="manual_review", cost=cost) for n, cost in ((1, 5.0), (2, 300.0), (3, 9.0))))
    yield made
    made.store.close()


def test_cases_are_answered_within_the_limit_of_the_role(business: Business, service: Any) -> None:
    all_seen = business.settings.auth.model_copy(update={"csm_sees_all": True})
    client = service(business.settings.model_copy(update={"auth": all_seen}))
    csm = {"X-API-Key": key_of(business.store, "csm")}
    approve = """mutation A($id: String!, $key: String) {
      approveReview(decisionId: $id, idempotencyKey: $key) { decisionId state cents } }"""
    reject = """mutation R($id: String!, $code: RejectionCode!) {
      rejectReview(decisionId: $id, code: $code, reason: "asked") { state } }"""
    done = ask(client, approve, csm, id="dec_1", key="a")["data"]["approveReview"]
    assert (done["decisionId"], done["state"]) == ("dec_1", "approved")
    assert ask(client, approve, csm, id="dec_1", key="a")["data"]["approveReview"] == done
    assert codes(ask(client, approve, csm, id="dec_1")) == [409]
    refused = ask(client, approve, csm, id="dec_2")["errors"][0]
    assert (refused["extensions"]["status"], refused["extensions"]["code"]) == (403, "RTN-0150")
    assert ask(client, reject, csm, id="dec_2", code="too_dear")["data"]["rejectReview"] == {
        "state": "rejected"
    }
    assert codes(ask(client, approve, csm, id="dec_none")) == [404]
    viewer = {"X-API-Key": key_of(business.store, "viewer")}
    assert codes(ask(client, reject, viewer, id="dec_3", code="too_dear")) == [403]
    case = ask(client, '{ review(decisionId: "dec_2") { state code steps { what reason } } }', csm)["data"]
    assert case["review"]["steps"][-1] == {"what": "rejected", "reason": "asked"}
    assert case["review"]["code"] == "too_dear"


def test_two_acts_of_one_question_are_done_in_their_order(business: Business, service: Any) -> None:
    both = """mutation { first: approveReview(decisionId: "dec_1") { state }
                         again: rejectReview(decisionId: "dec_1", code: not_now) { state } }"""
    body = ask(service(business.settings), both)
    assert body["data"] == {"first": {"state": "approved"}, "again": None}
    assert codes(body) == [409]


def test_the_case_of_somebody_elses_customer_is_not_there(business: Business, service: Any) -> None:
    client = service(business.settings)
    csm = {"X-API-Key": key_of(business.store, "csm")}
    for ask_one in (
        '{ review(decisionId: "dec_1") { state } }',
        'mutation { approveReview(decisionId: "dec_1") { state } }',
    ):
        body = ask(client, ask_one, csm)
        assert codes(body) == codes(ask(client, ask_one.replace("dec_1", "dec_none"), csm)) == [404]
    assert ask(client, "{ reviews { reviews { decisionId } } }", csm)["data"] == {"reviews": {"reviews": []}}
    approver = {"X-API-Key": key_of(business.store, "approver")}
    assert ask(client, '{ review(decisionId: "dec_1") { state } }', approver)["data"]["review"] == {
        "state": "waiting"
    }
