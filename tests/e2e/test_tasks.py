"""The five things people come for, done as they do them, and seen in the service afterwards."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect
from tests.e2e.conftest import NEEDED, Looking

pytestmark = NEEDED


@pytest.fixture(scope="module")
def api(business: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{business}/api/v1", timeout=30) as client:
        yield client


def asked(api: httpx.Client, path: str, **query: Any) -> Any:
    answer = api.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def chosen(page: Page) -> str:
    """The decision of the case that is open."""
    return str(page.get_by_role("article", name="The chosen case").get_attribute("data-decision"))


def test_triage_the_queue_by_keyboard(business: str, api: httpx.Client, look: Callable[..., Looking]) -> None:
    window = look(business)
    page = window.go("/")
    waiting = asked(api, "/reviews", limit=200)["reviews"]
    offers = [case["decision_id"] for case in waiting if not case["contest"]]
    assert len(offers) >= 2, "the business has too few cases to try this"
    first = chosen(page)
    while first not in offers:
        page.keyboard.press("j")
        expect(page.get_by_role("article", name="The chosen case")).not_to_have_attribute(
            "data-decision", first
        )
        first = chosen(page)
    page.keyboard.press("e")
    expect(page.get_by_role("region", name="The explanation")).to_be_visible()
    page.keyboard.press("e")
    page.keyboard.press("r")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Reject")).to_be_disabled()  # without a reason
    dialog.get_by_role("radio").first.check()
    window.shot("task-reject")
    dialog.get_by_role("button", name="Reject").press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.get_by_text("gets no offer; its money is free again")).to_be_visible()
    assert asked(api, f"/reviews/{first}")["state"] == "rejected"
    # The next case comes up by itself.
    expect(page.get_by_role("article", name="The chosen case")).not_to_have_attribute("data-decision", first)
    second = chosen(page)
    page.keyboard.press("a")
    dialog.get_by_role("button", name=re.compile("Approve|Uphold")).wait_for()
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.get_by_text(re.compile("goes out|needs a second|is told your words"))).to_be_visible()
    found = asked(api, f"/reviews/{second}")
    assert found["state"] == "approved" or found["first_by"] is not None
    window.shot("task-triaged")


def test_plan_and_approve_a_campaign(business: str, api: httpx.Client, look: Callable[..., Looking]) -> None:
    campaign = asked(api, "/campaigns", limit=1)["campaigns"][0]
    assert campaign["state"] == "planned"
    window = look(business)
    page = window.go("/campaigns")
    page.get_by_role("link", name=campaign["campaign_id"]).click()
    page.get_by_role("button", name="See the dry run").click()
    foreseen = asked(api, f"/campaigns/{campaign['campaign_id']}/preview")
    expect(page.locator("main")).to_contain_text(f"{foreseen['counts'].get('review', 0)}")
    window.shot("task-dry-run")
    approve = page.get_by_role("button", name="Approve this plan")
    approve.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(campaign["plan_sha256"][:8])
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(approve).to_be_focused()  # whoever works by keyboard goes on where they were
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name=re.compile("^Approve")).wait_for()
    dialog.get_by_role("button", name=re.compile("^Approve")).click()
    expect(dialog).to_be_hidden()
    assert asked(api, f"/campaigns/{campaign['campaign_id']}")["state"] == "approved"
    expect(page.get_by_role("button", name="Start")).to_be_visible()


def test_find_out_why_a_customer_is_at_risk(
    business: str, api: httpx.Client, look: Callable[..., Looking]
) -> None:
    one = asked(api, "/customers", limit=1)["customers"][0]
    reasons = asked(api, f"/customers/{one['customer_id']}/explanation")
    window = look(business)
    page = window.go("/customers")
    page.keyboard.press("/")
    page.get_by_role("textbox", name="Customer ID").fill(one["customer_id"])
    page.get_by_role("dialog").get_by_role("link", name=one["customer_id"]).wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"/customers/{one['customer_id']}"))
    expect(page.get_by_role("heading", level=1)).to_contain_text(one["customer_id"])
    causes = [cause for cause in reasons["causes"] if cause["value"] is not None]
    strongest = max(causes, key=lambda cause: abs(cause["contribution"]))
    words = strongest["text"].split(":")[0].split(",")[0]
    expect(page.locator("main")).to_contain_text(re.compile(re.escape(words), re.IGNORECASE))
    page.wait_for_load_state("networkidle")
    window.shot("task-why")


def test_see_what_was_earned(business: str, api: httpx.Client, look: Callable[..., Looking]) -> None:
    window = look(business)
    page = window.go("/revenue?period=custom&from=2020-01-01&to=2029-12-31")
    figures = asked(api, "/analytics/revenue", **{"from": "2020-01-01", "to": "2029-12-31"})
    cost = f"€{round(figures['all']['cost']):,}"
    expect(page.locator("main")).to_contain_text(cost)
    net = figures["all"]["net"]["value"]
    expect(page.locator("main")).to_contain_text("not enough data yet" if net is None else "Net revenue")
    # The same link shows the same to somebody else.
    other = look(business).go(page.url.removeprefix(business))
    expect(other.locator("main")).to_contain_text(cost)
    page.locator("input[aria-label=Period]").click()
    page.get_by_role("option", name="Last whole quarter").click()
    page.wait_for_url(re.compile("period=quarter"))
    page.go_back()
    page.wait_for_url(re.compile("period=custom"))
    expect(page.locator("main")).to_contain_text(cost)


def test_answer_a_privacy_request(business: str, api: httpx.Client, look: Callable[..., Looking]) -> None:
    customer = asked(api, "/customers", limit=5)["customers"][-1]["customer_id"]
    window = look(business)
    page = window.go("/privacy")
    page.get_by_role("button", name=re.compile("request", re.IGNORECASE)).first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("radio", name=re.compile("copy", re.IGNORECASE)).check()
    dialog.get_by_role("textbox", name="Customer").fill(customer)
    dialog.get_by_role("button", name="Save request").click()
    page.wait_for_url(re.compile("request=prv_"))
    request = page.url.split("request=")[1].split("&")[0]
    assert asked(api, f"/privacy/requests/{request}")["customer_id"] == customer
    window.shot("task-privacy")


def test_whoever_may_not_does_not_see_the_button(business: str, look: Callable[..., Looking]) -> None:
    window = look(business)
    page = window.go("/pipeline")
    page.get_by_role("button", name=re.compile("Signed in as")).click()
    page.get_by_role("menuitem", name="Viewer").click()
    expect(page.get_by_role("link", name="Audit log")).to_have_count(0)
    page = window.go("/campaigns")
    expect(
        page.get_by_role("button", name=re.compile("^(Plan|Approve this|Stop everything|Stop permanently)"))
    ).to_have_count(0)
    page = window.go("/audit")
    expect(page.locator("main")).to_contain_text("You may not see this")
    page.get_by_role("button", name=re.compile("Signed in as")).click()
    page.get_by_role("menuitem", name="All roles").click()
    expect(page.get_by_role("link", name="Audit log")).to_be_visible()


def test_every_number_of_the_funnel_opens_its_customers(
    business: str, api: httpx.Client, look: Callable[..., Looking]
) -> None:
    period = {"from": "2020-01-01", "to": "2029-12-31"}
    figures = asked(api, "/analytics/pipeline", **period)
    window = look(business)
    for stage in figures["all"]["stages"]:
        if not stage["customers"]:
            continue
        listed = asked(api, "/analytics/pipeline/customers", stage=stage["stage"], **period)
        assert listed["total"] == stage["customers"]
    page = window.go("/pipeline?period=custom&from=2020-01-01&to=2029-12-31")
    risky = next(one["customers"] for one in figures["all"]["stages"] if one["stage"] == "at_risk")
    page.get_by_role("link", name=f"{risky:,}", exact=True).first.click()
    page.wait_for_url(re.compile("stage=at_risk"))
    expect(page.locator("main")).to_contain_text(f"{risky:,}")


def test_every_number_of_effectiveness_opens_its_decisions(
    business: str, api: httpx.Client, look: Callable[..., Looking]
) -> None:
    period = {"from": "2020-01-01", "to": "2029-12-31"}
    figures = asked(api, "/analytics/campaigns", **period)
    row = max(figures["incentives"], key=lambda one: one["made"] * (one["incentive"] != "none"))
    window = look(business)
    page = window.go("/effectiveness?period=custom&from=2020-01-01&to=2029-12-31")
    page.get_by_role("link", name=f"{figures['offers']['made']:,}", exact=True).first.click()
    page.wait_for_url(re.compile("decisions=made"))
    expect(page.locator("main")).to_contain_text(f"{figures['offers']['made']:,} decisions")
    window.shot("task-decisions")
    page.go_back()
    page.locator(f"a[href*='decisions=made'][href*='incentive={row['incentive']}']").click()
    expect(page.locator("main")).to_contain_text(f"{row['made']:,} decisions")
