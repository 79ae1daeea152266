"""Offers taken at the cancel button are made real once, and none is lost without a word."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.campaigns.button import Button
from tests.campaigns.promises import plan, take
from tests.campaigns.witness import Business, Witness, action

from retinue.campaigns import accepted as module
from retinue.campaigns.accepted import waiting_in_words
from retinue.campaigns.lifecycle import finish_done, pause_campaign, resume_campaign, stop_campaign
from retinue.campaigns.steps import delivery_id
from retinue.channels import Refused
from retinue.errors import RetinueError
from retinue.settings import BudgetSettings, DeliverySettings
from retinue.store.campaigns import list_campaigns
from retinue.store.cancel_moments import accepted, choose, find
from retinue.store.consents import Word, say
from retinue.store.deliveries import list_deliveries
from retinue.store.stops import resume, stop

GRANTS = {"fixed_credit": "stripe"}


@pytest.fixture
def b(tmp_path: Path) -> Iterator[Business]:
    made = business(tmp_path)
    yield made
    made.store.close()


def business(folder: Path, **delivery: Any) -> Business:
    channels = [
        Witness(),
        Witness("stripe", kind="grant", needs="ids.stripe"),
        Witness("crm", kind="task", needs="ids.stripe"),
    ]
    return Business(folder, channels, **{"grants": GRANTS, "records": ["crm"], **delivery})


def test_an_accepted_offer_is_granted_and_recorded_and_nobody_is_written_to(b: Business) -> None:
    take(b, 1)
    assert plan(b).planned == ["dec_cancel_1"]
    assert accepted(b.store) == []
    b.pump(2)
    assert b.states() == {"dec_cancel_1/stripe": "sent", "dec_cancel_1/crm": "sent"}
    assert b.channels["stripe"].calls[0][::2] == (
        delivery_id("dec_cancel_1", "grant"),
        {"offer": "fixed_credit_25", "text": ""},
    )
    assert "too expensive" in b.channels["crm"].calls[0][2]["text"]
    assert b.channels["email"].calls == []
    assert b.taken() == 2500, "it was paid once, when it was accepted"
    assert (plan(b).planned, b.pump()) == ([], 0)


def test_it_stands_in_a_running_campaign_of_the_day_which_ends_when_the_day_is_over(b: Business) -> None:
    take(b, 1)
    plan(b)
    (campaign,) = list_campaigns(b.store)
    assert campaign.campaign_id.startswith("CANCEL_2026_02_14_")
    assert (campaign.run_id, campaign.state) == ("standing", "running")
    b.pump(2)
    assert finish_done(b.store, clock=b.now) == []
    b.pass_time(days=1)
    assert finish_done(b.store, clock=b.now) == [campaign.campaign_id]


def test_an_offer_that_no_channel_makes_real_waits_with_its_reason(tmp_path: Path) -> None:
    b = business(tmp_path)
    name = take(b, 1, kind="free_upgrade")
    found = plan(b)
    assert found.planned == []
    assert [(w.occasion_id, w.customer_id, w.offer) for w in found.waiting] == [
        (name, "C1", "free_upgrade_25")
    ]
    assert "No channel makes a free_upgrade real" in waiting_in_words(found.waiting)
    assert b.taken() == 2500, "its money is kept for it"
    b.settings = b.settings.model_copy(
        update={"delivery": DeliverySettings(mode="live", grants={"free_upgrade": "stripe"})}
    )
    assert plan(b).planned == ["dec_cancel_1"]
    b.store.close()


def test_a_customer_the_channel_does_not_know_waits_and_holds_up_nobody(
    b: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_AT_ONCE", 2)
    for n in range(5):
        take(b, n, known=n == 4)
    found = plan(b)
    assert found.planned == ["dec_cancel_4"]
    assert [w.customer_id for w in found.waiting] == ["C0", "C1", "C2", "C3"]
    assert found.waiting[0].why == "No id in stripe is known, which stripe needs."


def test_without_money_it_stays_accepted_and_is_named(b: Business) -> None:
    take(b, 1, paid=False)
    b.settings = b.settings.model_copy(update={"budget": BudgetSettings(per_month=Decimal("24.99"))})
    (waiting,) = plan(b).waiting
    assert "24.99" in waiting.why
    assert (b.taken(), list_deliveries(b.store)) == (0, [])
    b.settings = b.settings.model_copy(update={"budget": BudgetSettings(per_month=Decimal("25"))})
    assert plan(b).planned == ["dec_cancel_1"]
    assert b.taken() == 2500


def test_what_was_promised_is_made_whatever_the_customer_says_on_contact_later(b: Business) -> None:
    take(b, 1)
    say(b.store, [Word("w", "C1", "any", "any", False, b.now, b.now)])
    plan(b)
    b.pass_time(days=30)
    b.pump(2)
    assert set(b.states().values()) == {"sent"}


def test_a_grant_that_is_refused_gives_the_money_back(b: Business) -> None:
    take(b, 1)
    plan(b)
    b.channels["stripe"].plan = [("before", Refused("no such customer"))]
    b.pump(2)
    assert b.states() == {"dec_cancel_1/stripe": "failed", "dec_cancel_1/crm": "withheld"}
    assert b.taken() == 0


def test_who_cancels_after_all_gets_nothing_that_had_not_begun(tmp_path: Path) -> None:
    made = Button(tmp_path)
    before, after = made.treated()[:2]
    tokens = {customer: made.token(customer) for customer in (before, after)}
    for token in tokens.values():
        made.desk.answer(token, reason=None, now=made.now)
        made.desk.choose(token, "accepted", reason=None, now=made.now)
    grants = dict.fromkeys(("fixed_credit", "percentage_discount", "free_upgrade"), "stripe")
    b = business(tmp_path / "b", grants=grants, records=[])
    b.store.close()
    b.store = made.store
    from retinue.store.contacts import Known

    b.know(*(Known(customer, ids={"stripe": f"cus_{customer}"}) for customer in tokens))
    paid = b.taken()
    made.desk.choose(tokens[before], "cancelled", reason=None, now=made.now)
    assert len(plan(b).planned) == 1
    assert 0 < b.taken() < paid
    made.desk.choose(tokens[after], "cancelled", reason=None, now=made.now)
    assert b.taken() == 0
    b.pump()
    assert [d.state for d in list_deliveries(b.store)] == ["cancelled"]
    assert b.channels["stripe"].calls == []
    b.store.close()


def test_taken_in_one_window_and_cancelled_in_another_it_is_not_made(b: Business) -> None:
    name = take(b, 1)
    shown = find(b.store, name)
    assert shown is not None
    from dataclasses import replace

    from retinue.store.cancel_moments import opened

    opened(b.store, replace(shown, occasion_id="occ_other", choice=None, chosen_at=None))
    choose(b.store, "occ_other", "cancelled", now=b.now)
    assert plan(b).planned == []
    assert list_deliveries(b.store) == []


def test_stopped_nothing_is_planned_and_after_the_resumption_everything(b: Business) -> None:
    take(b, 1)
    stop(b.store, who="ada", clock=b.now)
    assert plan(b).planned == []
    resume(b.store, who="ada", clock=b.now)
    assert plan(b).planned == ["dec_cancel_1"]


def test_a_paused_campaign_holds_it_and_a_stopped_one_lets_it_wait_for_the_next_day(b: Business) -> None:
    take(b, 1)
    plan(b)
    (campaign,) = list_campaigns(b.store)
    pause_campaign(b.store, campaign.campaign_id, who="ada", clock=b.now)
    take(b, 2)
    assert plan(b).planned == ["dec_cancel_2"]
    assert b.pump() == 0
    resume_campaign(b.store, campaign.campaign_id, who="ada", clock=b.now)
    stop_campaign(b.store, campaign.campaign_id, who="ada", clock=b.now)
    take(b, 3)
    (waiting,) = plan(b).waiting
    assert "was stopped" in waiting.why
    b.pass_time(days=1)
    assert plan(b).planned == ["dec_cancel_3"]


@pytest.mark.parametrize(("mode", "named"), [("off", 0), ("test", 1)])
def test_where_nothing_is_granted_it_waits(tmp_path: Path, mode: str, named: int) -> None:
    b = business(tmp_path, mode=mode, test_recipients=["cus_1"])
    take(b, 1)
    found = plan(b)
    assert (found.planned, len(found.waiting)) == ([], named)
    assert len(accepted(b.store)) == 1
    b.store.close()


def test_many_at_once_plan_each_offer_once(b: Business) -> None:
    for n in range(12):
        take(b, n)
    done: list[str] = []
    failed: list[BaseException] = []
    ready = threading.Barrier(4)

    def work() -> None:
        ready.wait()
        try:
            done.extend(module.plan_accepted(b.store, b.channels, b.settings, now=b.now).planned)
        except RetinueError as error:
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert sorted(done) == sorted(f"dec_cancel_{n}" for n in range(12))
    assert len(list_deliveries(b.store)) == 24
    assert len(list_campaigns(b.store)) == 1


def test_colleagues_never_read_the_words_of_an_offer(b: Business) -> None:
    (b.folder / "templates").mkdir()
    (b.folder / "templates" / "offer.txt").write_text("Subject: For you\n\nDear customer\n")
    take(b, 1)
    plan(b)
    b.start(action(2))
    b.pump(2)
    assert [call[2]["text"].split()[0] for call in b.channels["crm"].calls] == ["Customer", "Customer"]
    assert b.channels["email"].calls[0][2]["text"] == "Dear customer\n"
