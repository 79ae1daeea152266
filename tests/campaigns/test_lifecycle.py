"""What an approver saw is what runs; a dry run writes nothing and equals the real one."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from tests.campaigns.witness import KEY, Business, Witness, action

from retinue.campaigns.lifecycle import approve_campaign, finish_done, start_campaign, stop_campaign
from retinue.campaigns.planning import plan_of
from retinue.campaigns.preview import message_for, preview
from retinue.errors import ArtefactError, DataError, RetinueError, UsageError
from retinue.settings import DeliverySettings
from retinue.store.accounts import naive
from retinue.store.campaigns import campaign_of, moves_of
from retinue.store.consents import Word, say
from retinue.store.contacts import Known
from retinue.store.deliveries import list_deliveries
from retinue.store.suppression import suppress

ID = "CAMP_2026_02_14_001"


@pytest.fixture
def b(tmp_path: Path) -> Iterator[Business]:
    made = Business(tmp_path, [Witness(), Witness("stripe", kind="grant", needs="ids.stripe")])
    yield made
    made.store.close()


def addressed(b: Business, *customers: str) -> None:
    b.know(*(Known(c, name="Ada", email=f"{c}@example.org") for c in customers))


def test_the_same_decisions_make_the_same_plan(b: Business) -> None:
    addressed(b, "C1", "C2")
    first = b.plan([action(1), action(2)])
    b.pass_time(hours=3)
    assert b.plan([action(1), action(2)]) == first
    assert b.plan([action(1), action(2, cost=6.0)]) != first
    assert [m.state for m in moves_of(b.store, ID)] == ["planned", "planned"]


def test_who_cannot_be_reached_is_named_with_the_reason(b: Business) -> None:
    addressed(b, "C1", "C2")
    moment = naive(b.now)
    say(b.store, [Word("k", "C2", "e-mail", "marketing", False, moment, moment)])
    b.plan([action(1), action(2), action(3)])
    plan = plan_of(campaign_of(b.store, ID))
    assert {a["customer_id"]: a["excluded"] for a in plan["actions"]} == {
        "C1": None,
        "C2": "The customer does not want it through any channel that reaches them.",
        "C3": "No e-mail address is known, which email needs.",
    }
    assert (plan["totals"]["automatic"], plan["totals"]["excluded"], plan["totals"]["cents"]) == (1, 2, 500)


def test_the_preferred_channel_goes_first(tmp_path: Path) -> None:
    b = Business(tmp_path, [Witness(), Witness("texts", needs="phone")])
    b.know(
        Known("C1", email="a@b.example", phone="+49151", preferred="sms"),
        Known("C2", email="a@b.example", phone="+49151"),
        Known("C3", email="a@b.example", preferred="SMS"),
    )
    b.plan([action(1), action(2), action(3)])
    plan = plan_of(campaign_of(b.store, ID))
    assert [a["deliveries"][0]["channel"] for a in plan["actions"]] == ["texts", "email", "email"]
    b.store.close()


def test_another_plan_than_the_approved_is_refused(b: Business) -> None:
    addressed(b, "C1", "C2")
    seen = b.plan([action(1)])
    with pytest.raises(UsageError, match="was not approved"):
        start_campaign(b.store, ID, b.settings, who="bob", clock=b.now)
    b.plan([action(1), action(2)])
    with pytest.raises(UsageError, match="The plan of"):
        approve_campaign(b.store, ID, seen, who="bob", clock=b.now)
    with pytest.raises(UsageError):
        approve_campaign(b.store, ID, "", who="bob", clock=b.now)
    newer = campaign_of(b.store, ID).plan_sha256 or ""
    approve_campaign(b.store, ID, newer[:8], who="bob", clock=b.now)
    b.plan([action(1)])
    with pytest.raises(UsageError, match="was not approved"):
        start_campaign(b.store, ID, b.settings, who="bob", clock=b.now)
    assert list_deliveries(b.store) == []


def test_no_altered_plan_is_carried_out(b: Business) -> None:
    """Whatever byte of an approved plan is changed, whoever changes it: nothing goes out."""
    addressed(b, "C1", "C2")
    sha = b.plan([action(1), action(2)])
    approve_campaign(b.store, ID, sha, who="bob", clock=b.now)
    plan = bytearray(campaign_of(b.store, ID).plan or b"")
    file = sqlite3.connect(b.folder / "store.sqlite")
    chance = random.Random(5)
    for _ in range(500):
        altered = bytearray(plan)
        altered[chance.randrange(len(plan))] ^= 1 << chance.randrange(8)
        file.execute("UPDATE campaigns SET plan = ?", (bytes(altered),))
        file.commit()
        with pytest.raises(ArtefactError, match="was altered"):
            start_campaign(b.store, ID, b.settings, who="bob", clock=b.now)
    richer = msgspec.json.decode(bytes(plan))
    richer["actions"][0]["cents"] = 99_999
    body = msgspec.json.encode(richer)
    import hashlib

    file.execute("UPDATE campaigns SET plan = ?, plan_sha256 = ?", (body, hashlib.sha256(body).hexdigest()))
    file.commit()
    file.close()
    with pytest.raises(UsageError, match="was not approved"):
        start_campaign(b.store, ID, b.settings, who="bob", clock=b.now)
    assert list_deliveries(b.store) == []


def test_a_template_changed_after_the_approval_is_not_what_is_sent(b: Business) -> None:
    templates = b.folder / "templates"
    templates.mkdir()
    (templates / "offer.txt").write_text("Subject: Hello\n\nApproved: {{ offer }}")
    b.start(action(1))
    (templates / "offer.txt").write_text("Subject: Hello\n\nSomething else")
    b.pump()
    email = b.channels["email"]
    assert email.calls[0][2]["text"] == "Approved: 10% off for 3 months\n"


def test_starting_twice_sends_once(b: Business) -> None:
    b.start(action(1))
    start_campaign(b.store, ID, b.settings, who="bob", clock=b.now)
    b.pump(2)
    assert list(b.channels["email"].effects.values()) == [1]


def test_planned_anew_after_a_stop_it_is_another_campaign(b: Business) -> None:
    b.start(action(1))
    stop_campaign(b.store, ID, who="ada", clock=b.now)
    with pytest.raises(UsageError, match="is stopped and cannot become planned"):
        b.plan([action(1), action(2)])


def test_mode_off_starts_nothing(b: Business) -> None:
    addressed(b, "C1")
    sha = b.plan([action(1)])
    approve_campaign(b.store, ID, sha, who="bob", clock=b.now)
    off = b.settings.model_copy(update={"delivery": DeliverySettings(messages=("email",))})
    with pytest.raises(UsageError, match="Delivery is off"):
        start_campaign(b.store, ID, off, who="bob", clock=b.now)


def test_a_dry_run_writes_nothing_and_equals_the_real_run(b: Business) -> None:
    actions = [action(n) for n in range(1, 9)] + [action(9, route="manual_review")]
    addressed(b, *(f"C{n}" for n in range(1, 10) if n != 2))
    b.know(Known("C3", email="c3@example.org", timezone="Asia/Tokyo"))  # 18:00 there
    b.know(Known("C4", email="c4@example.org", timezone="America/Los_Angeles"))  # 01:00 there
    b.plan(actions)
    b.reserve([one for one in actions if one["customer_id"] != "C8"])
    moment = naive(b.now)
    say(b.store, [Word("k5", "C5", "any", "any", False, moment, moment)])
    suppress(b.store, "C6@example.org", "bounced", KEY, clock=b.now)
    before = [p.read_bytes() for p in sorted(b.folder.glob("store.sqlite*")) if not p.name.endswith("shm")]
    foreseen = preview(b.store, campaign_of(b.store, ID), b.settings, b.channels, KEY, now=b.now)
    after = [p.read_bytes() for p in sorted(b.folder.glob("store.sqlite*")) if not p.name.endswith("shm")]
    assert before == after
    assert b.channels["email"].calls == []
    found = {f.customer_id: f.what for f in foreseen}
    assert found == {
        "C1": "send",
        "C2": "not",
        "C3": "send",
        "C4": "wait",
        "C5": "not",
        "C6": "not",
        "C7": "send",
        "C8": "not",
        "C9": "review",
    }
    b.go()
    b.pump()
    sent = {d.customer_id for d in list_deliveries(b.store, states=("sent",))}
    assert sent == {customer for customer, what in found.items() if what == "send"}
    b.pass_time(hours=8)
    b.pump()
    later = {d.customer_id for d in list_deliveries(b.store, states=("sent",))} - sent
    assert later == {customer for customer, what in found.items() if what == "wait"}


def test_the_words_of_one_customer_can_be_read_before(b: Business) -> None:
    addressed(b, "C1")
    b.plan([action(1)])
    record = campaign_of(b.store, ID)
    words = message_for(b.store, record, "C1", b.settings, b.channels, KEY, now=b.now)
    assert words.subject == "For you: 10% off for 3 months"
    with pytest.raises(UsageError):
        message_for(b.store, record, "C2", b.settings, b.channels, KEY, now=b.now)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Hello", "begins with its subject"),
        ("Subject: x\n\n{{ offer", "not valid"),
        ("Subject: x\n\n{% for %}", "not valid"),
    ],
)
def test_a_template_that_cannot_be_used_is_found_when_planning(b: Business, text: str, says: str) -> None:
    (b.folder / "templates").mkdir()
    (b.folder / "templates" / "offer.txt").write_text(text)
    addressed(b, "C1")
    with pytest.raises(DataError, match=says):
        b.plan([action(1)])


@pytest.mark.parametrize(
    "attack",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ incentive.__init__.__globals__ }}",
        "{{ facts.clear() }}",
        "{{ secret }}",
        "{% include '/etc/passwd' %}",
        "{{ 10 ** 10 ** 10 if False else lipsum.__globals__ }}",
    ],
)
def test_a_template_reaches_nothing_outside(b: Business, attack: str) -> None:
    from retinue.campaigns.templates import Template, fill, variables_for
    from retinue.channels import Contact

    variables = variables_for(Contact("C1", name="<b>"), None, project="p", currency="EUR", facts={"a": 1})
    with pytest.raises(RetinueError):
        fill(Template("t", f"Subject: x\n\n{attack}"), variables)


def test_names_are_escaped_in_html_and_a_subject_is_one_line(b: Business) -> None:
    from retinue.campaigns.templates import Template, fill, variables_for
    from retinue.channels import Contact

    variables = variables_for(
        Contact("C1", name="<script>\nBcc: x@y"), None, project="p", currency="EUR", facts={}
    )
    message = fill(Template("t", "Subject: {{ name }}\n\n{{ name }}", "<p>{{ name }}</p>"), variables)
    assert "\n" not in message.subject
    assert message.html == "<p>&lt;script&gt;\nBcc: x@y</p>"


def test_a_campaign_with_nothing_to_do_finishes(b: Business) -> None:
    b.plan([action(1)])
    b.go()
    assert finish_done(b.store, clock=b.now + timedelta(hours=1)) == [ID]


def test_other_systems_hear_of_each_offer_that_is_made(tmp_path: Path) -> None:
    email, crm = Witness(), Witness("crm", kind="task", needs="ids.stripe")
    b = Business(tmp_path, [email, crm], records=["crm"])
    b.start(action(1), action(2))
    b.know(Known("C2", email="c2@example.org"))  # the CRM does not know this one: told, and no task
    b.pump(2)
    states = b.states()
    b.store.close()
    assert states["dec_1/crm"] == "sent"
    assert "may leave with a probability of 72 %" in crm.calls[0][2]["text"]
    assert "Logins fell 62 % in 30 days." in crm.calls[0][2]["text"]
    assert len(email.effects) == 2


def test_a_colleagues_task_heeds_consent_but_no_quiet_hours(tmp_path: Path) -> None:
    crm = Witness("crm", kind="task", needs="ids.stripe")
    b = Business(tmp_path, [Witness(), crm], records=["crm"])
    b.start(action(1), action(2))
    b.know(Known("C2", email="c@d.example", ids={"stripe": "c"}, timezone="America/Los_Angeles"))
    moment = naive(b.now)
    say(b.store, [Word("k", "C1", "email", "marketing", False, moment, moment)])
    b.pump()
    states = b.states()
    b.store.close()
    assert states == {
        "dec_1/crm": "withheld",
        "dec_1/email": "withheld",
        "dec_2/crm": "sent",
        "dec_2/email": "queued",
    }


def test_colleagues_hear_that_offers_wait_for_them(tmp_path: Path) -> None:
    slack = Witness("slack", kind="notice", needs="")
    b = Business(tmp_path, [Witness(), slack], notices=["slack"])
    b.start(action(1), action(2, route="manual_review"), action(3, route="manual_review"))
    b.pump()
    b.start(action(4), campaign="CAMP_2026_02_14_002")
    b.pump()
    b.store.close()
    ((_, _, body),) = slack.calls
    assert "2 offers of campaign CAMP_2026_02_14_001 wait for a person" in body["text"]
    assert "- C3 (Basic): 53.00 EUR" in body["text"]


def test_a_start_cut_short_leaves_nothing_of_another_plan(
    b: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    addressed(b, "C1", "C2")
    actions = [action(1), action(2, route="manual_review")]
    b.reserve(actions)
    b.plan(actions)
    monkeypatch.setenv("RETINUE_FAULT", "campaign.outbox_filled:1:raise")
    from retinue import faults

    monkeypatch.setattr(faults, "_reached", type(faults._reached)())
    with pytest.raises(RuntimeError, match="fault injected"):
        b.go()
    monkeypatch.delenv("RETINUE_FAULT")
    assert campaign_of(b.store, ID).state == "approved"
    assert len(list_deliveries(b.store)) == 1
    assert b.pump() == 0, "nothing is sent before it runs"
    b.plan([action(2, route="manual_review")])
    assert list_deliveries(b.store) == []
    b.go()
    assert b.pump() == 0
    assert campaign_of(b.store, ID).state == "running"
