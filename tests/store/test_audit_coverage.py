"""Complete: what changes the store is on record, and what is on record changed it; every public function."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import itertools
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

import retinue.store
from retinue.channels.base import Response
from retinue.privacy.keys import Kek
from retinue.store import (
    Store,
    api_keys,
    campaigns,
    cancel_moments,
    clients,
    consents,
    contacts,
    deliveries,
    erasing,
    grants,
    inbox,
    inbox_events,
    keysets,
    ledger,
    outbox,
    policies,
    prediction_jobs,
    privacy_requests,
    responses,
    retaining,
    reviews,
    rollout,
    rotating,
    rules,
    runs,
    shredding,
    signing_keys,
    stops,
    subjects,
    suppression,
    users,
)
from retinue.store.audit.coverage import AUDITED, QUIET
from retinue.store.base import Base
from retinue.store.deliveries import Draft

NOW = datetime(2026, 2, 14, 9, tzinfo=UTC)
DAY = NOW.replace(tzinfo=None)
KEY = bytes(32)

READ_OR_BOOKKEEPING = """
accounts.in_words accounts.left accounts.locked accounts.naive accounts.of_day accounts.of_month
accounts.of_run accounts.of_tier silence.listening api_keys.any_api_keys
api_keys.api_key api_keys.list_api_keys clients.client_in clients.list_clients grants.forget_codes
grants.grant_in grants.refresh_in grants.revoked_in grants.use_code grants.use_refresh
signing_keys.private_in signing_keys.sealed_by
signing_keys.signing_key_in signing_keys.signing_keys_in users.any_users users.list_users users.user_in
users.user_named accounts.refusal accounts.scopes acting.acting acting.actor_now
audit.acting audit.actor_now audit.on_record base.declared campaigns.campaign_of campaigns.list_campaigns
campaigns.moves_of campaigns.record_in campaigns.state_of_campaign_in cancel_moments.accepted
cancel_moments.find cancel_moments.find_receipt cancel_moments.occasion_id cancel_moments.of_customer
cancel_moments.settled cancel_moments.summary cancel_moments.was_accepted consents.mark_told
consents.newest_from_warehouse consents.untold consents.words_of consents.words_of_many
consents.words_of_one contacts.contact_of contacts.contacts_of contacts.count_contacts
deliveries.contacted_in deliveries.counted deliveries.counted_each deliveries.delivery_of
deliveries.found_in deliveries.history
deliveries.list_deliveries deliveries.record_of deliveries.siblings_in deliveries.state_in
deliveries.steps_of fates.ended fates.tell idempotency.claim idempotency.drop idempotency.finish
idempotency.forget inbox.collected inbox.counts inbox.waiting inbox_events.collected inbox_events.counts
inbox_events.named inbox_events.waiting job_runs.forget job_runs.job_runs
job_runs.known_since job_runs.newest_result job_runs.read job_runs.results job_runs.standing
jobs.claim jobs.release
jobs.renew jobs.settle ledger.against ledger.cost_of ledger.granted ledger.left_of ledger.month_of
outbox.announce outbox.claim outbox.drafts_known outbox.locked_in outbox.pending_in outbox.release_claims
outbox.stale_in outbox.unknown_in policies.champion_at policies.list_policies responses.complaints_in
responses.counts prediction_jobs.claim prediction_jobs.expire prediction_jobs.fail prediction_jobs.finish
prediction_jobs.give_back prediction_jobs.job_of prediction_jobs.jobs_of prediction_jobs.known
prediction_jobs.proceed prediction_jobs.taken responses.of_delivery responses.redeemed
reviews.answers reviews.customers_of
reviews.held_in reviews.list_reviews reviews.no_case reviews.open_in reviews.rejected_since reviews.review_of
reviews.steps_of reviews.waiting_in reviews.works_on rollout.size_of rollout.step_at rollout.steps
rules.list_rules rules.live_rules rules.rules_of runs.last_of_each_time runs.latest_run runs.list_runs
stops.stopped
stops.stopped_in stops.switches suppression.address_token suppression.list_suppressed suppression.suppressed
suppression.suppressed_count_in timeline.entries timeline.in_order
key_states.key_figures key_states.vault_state keysets.standing_in keysets.wrapped_in
resealing.in_old_form resealing.rows_on resealing.without_key subject_keys.bound_to
subject_keys.data_key_in subject_keys.data_keys_in subject_keys.opened_key subject_keys.rows_by_key_in
vault.once_more vault.stamp budgets.of_the_month budgets.of_the_run came_back.came_back
grants.begin_session grants.session_ended
""".split()  # noqa: SIM905 - one a line would be three pages
"""Functions that read, or that only touch tables of `QUIET` and columns that are bookkeeping."""

OF_PRIVACY = """
consents.customers_on erasing.end_jobs_under_way_in privacy_requests.close_others_in
deliveries.list_deliveries_in erasing.end_jobs_in erasing.scrub privacy_requests.due_within
privacy_requests.expired_answers privacy_requests.list_requests privacy_requests.month_after
privacy_requests.request_of retaining.expired reviews.waiting_of_in subjects.keys_in subjects.rows_in
subjects.subject_in subjects.subject_of subjects.table_named
""".split()  # noqa: SIM905
"""Those of requests of customers about their data."""


def within(act: Callable[[Any], Any]) -> Callable[[Store], Any]:
    def done(store: Store) -> Any:
        with store.transaction() as session:
            return act(session)

    return done


def draft(name: str) -> Draft:
    about = ("CAMP_1", "C1", "email", "message", "retention", 500)
    return Draft(name, "dec_1", *about, planned_at=NOW, due_at=NOW, expires_at=NOW + timedelta(days=3))


def moment(name: str, **more: Any) -> cancel_moments.Moment:
    return cancel_moments.Moment(name, "C1", DAY, "offer", "r", offer={"id": "credit"}, **more)


ASK = reviews.Ask("dec_1", "CAMP_1", "C1", False, 1, 500, {}, {"id": "credit"}, NOW, NOW + timedelta(days=3))
WORD = consents.Word("w1", "C1", "email", "marketing", False, DAY, DAY)
COPIED = consents.Word("w3", "C1", "email", "marketing", True, DAY, DAY)
POLICY = policies.PolicyRecord("ab", DAY, "champion", {}, None, None, DAY)
STEP = rollout.Step("pilot", "begin", DAY, DAY, "ada", "why")
JOB: dict[str, Any] = {"owner": "ada", "run": "CAMP_1", "asked": {"kind": "ids"}, "total": 1}
SIZE = rollout.Size("pilot", 0.1, 10, "salt")
CLAIMS = [ledger.Claim(f"dec_{n}", "Basic", 500) for n in range(1, 7)]

COPY = keysets.Wrapped("tried", "a", "{}", {7: "2026-02-14T09:00:00Z"}, 1, 7)
KEY_MADE: dict[str, Any] = {
    "name": "crm",
    "sha256": "0",
    "role": "service",
    "scopes": ["outcomes.report"],
    "created_by": "ada",
    "now": NOW,
    "expires_at": None,
}
CLIENT: dict[str, Any] = {
    "name": "Board",
    "sha256": None,
    "redirect_uris": [],
    "role": None,
    "scopes": [],
    "now": NOW,
}
COUNT = itertools.count()
CODE = grants.CodeRecord("c1", "app_0", "usr_1", "https://a.example", "c", "openid", None, NOW, NOW)


def _list(store: Store) -> list[Any]:
    return list(api_keys.list_api_keys(store))


def _signing_key(store: Store) -> None:
    with store.transaction() as session:
        number = len(signing_keys.signing_keys_in(session, NOW - timedelta(1)))
        signing_keys.add_signing_key(session, f"kid_{number}", {}, b"", store.vault, now=NOW)


WRITERS: list[tuple[str, Callable[[Store], Any]]] = [
    ("stops.stop", lambda s: stops.stop(s, who="ada", clock=NOW)),
    ("stops.resume", lambda s: _quietly(lambda: stops.resume(s, who="ada", clock=NOW))),
    ("runs.open_run", lambda s: runs.open_run(s, "r", as_of=NOW, clock=NOW)),
    ("runs.finish_run", lambda s: runs.finish_run(s, "r", summary={}, clock=NOW, files={"a": "b"})),
    ("ledger.reserve", lambda s: ledger.reserve(s, "r", CLAIMS, ledger.Grant(), as_of=NOW)),
    ("ledger.approve", lambda s: ledger.approve(s, "dec_2", cents=400)),
    ("ledger.approve_in", within(lambda x: ledger.approve_in(x, "dec_6"))),
    ("ledger.spend", lambda s: ledger.spend(s, ["dec_3"])),
    ("ledger.release", lambda s: ledger.release(s, ["dec_4"], why="rejected")),
    ("ledger.withdraw", lambda s: ledger.withdraw(s, ["dec_5"])),
    ("ledger.give_back_in", within(lambda x: ledger.give_back_in(x, "dec_3"))),
    ("ledger.expire", lambda s: ledger.expire(s, NOW + timedelta(days=9))),
    (
        "campaigns.open_campaign",
        lambda s: campaigns.open_campaign(s, "CAMP_1", run_id="r", as_of=NOW, clock=NOW),
    ),
    (
        "campaigns.move",
        within(lambda x: campaigns.move(x, "CAMP_1", "planned", who="a", clock=NOW, plan=(b"", "0"))),
    ),
    ("outbox.draft_in", within(lambda x: outbox.draft_in(x, [draft("d1"), draft("d2")], clock=NOW))),
    (
        "outbox.settle_in",
        within(lambda x: outbox.settle_in(x, "d1", "sending", clock=NOW, request=b"sealed")),
    ),
    ("inbox_events.keep", within(lambda x: inbox_events.keep(x, [{"event_id": "E1"}], now=NOW))),
    ("prediction_jobs.open_job", lambda s: prediction_jobs.open_job(s, "p1", **JOB, clock=NOW)),
    ("prediction_jobs.cancel", lambda s: prediction_jobs.cancel(s, "p1", who="ada", clock=NOW)),
    ("reviews.ask_in", within(lambda x: reviews.ask_in(x, [ASK], clock=NOW))),
    ("reviews.note_in", within(lambda x: reviews.note_in(x, "dec_1", "assigned", who="a", clock=NOW))),
    (
        "reviews.withdraw_in",
        within(lambda x: reviews.withdraw_in(x, "CAMP_1", who="a", reason="", clock=NOW)),
    ),
    (
        "campaigns.open_in",
        within(lambda x: campaigns.open_in(x, "CAMP_2", run_id="r", as_of=NOW, clock=NOW)),
    ),
    ("ledger.spent_after_all_in", within(lambda x: ledger.spent_after_all_in(x, "dec_4"))),
    ("ledger.give_back_many_in", within(lambda x: ledger.give_back_many_in(x, ["dec_4", "dec_6"]))),
    ("outbox.cancel_queued_in", within(lambda x: outbox.cancel_queued_in(x, "CAMP_1", reason="", clock=NOW))),
    ("reviews.ask_in", within(lambda x: reviews.ask_in(x, [replace(ASK, decision_id="dec_5")], clock=NOW))),
    ("reviews.take_back_in", within(lambda x: reviews.take_back_in(x, "CAMP_1"))),
    ("outbox.draft_in", within(lambda x: outbox.draft_in(x, [draft("d3")], clock=NOW))),
    ("outbox.take_out_in", within(lambda x: outbox.take_out_in(x, "CAMP_1"))),
    ("policies.keep_policy", lambda s: policies.keep_policy(s, POLICY)),
    (
        "rules.keep_rules",
        lambda s: rules.keep_rules(s, b"{}", state="live", since=DAY, who="a", reason="", recorded_at=DAY),
    ),
    ("rollout.add_step", lambda s: rollout.add_step(s, STEP)),
    ("rollout.fix_size", lambda s: rollout.fix_size(s, SIZE, clock=NOW)),
    ("suppression.suppress", lambda s: suppression.suppress(s, "a@b.example", "said so", KEY, clock=NOW)),
    (
        "suppression.suppress_in",
        within(lambda x: suppression.suppress_in(x, "b@b.example", "x", KEY, clock=NOW)),
    ),
    ("suppression.lift", lambda s: suppression.lift(s, "a@b.example", KEY)),
    ("consents.say", lambda s: consents.say(s, [COPIED], from_warehouse=True)),
    ("consents.say_in", within(lambda x: consents.say_in(x, [WORD]))),
    (
        "contacts.keep_contacts",
        lambda s: contacts.keep_contacts(
            s, [contacts.Known(f"C{n}", name="x") for n in (1, 2, 3)], clock=NOW
        ),
    ),
    ("rotating.rewrap", lambda s: rotating.rewrap(s, Kek.of(KEY), now=NOW)),
    ("rotating.forget_keks", lambda s: rotating.forget_keks(s)),
    ("rotating.rotate", lambda s: rotating.rotate(s, now=NOW)),
    ("rotating.reencrypt", lambda s: rotating.reencrypt(s, now=NOW)),
    ("rotating.retire", lambda s: rotating.retire(s, now=NOW)),
    (
        "keysets.keep_keyset_in",
        within(lambda x: keysets.keep_keyset_in(x, COPY, "vault.made", now=NOW, key_id=7)),
    ),
    ("keysets.keep_copy_in", within(lambda x: keysets.keep_copy_in(x, replace(COPY, kek="b"), now=NOW))),
    (
        "keysets.drop_copies_in",
        lambda s: within(lambda x: keysets.drop_copies_in(x, s.vault.kek.id))(s),
    ),
    ("shredding.shred_in", within(lambda x: shredding.shred_in(x, "C2"))),
    ("shredding.shred", lambda s: shredding.shred(s, "C3")),
    ("contacts.forget_contact", lambda s: contacts.forget_contact(s, "C1")),
    ("inbox.keep", within(lambda x: inbox.keep(x, [{"customer_id": "C1"}], now=NOW))),
    ("responses.keep", lambda s: responses.keep(s, "mail", [Response("n1", "opened", NOW)], now=NOW)),
    ("cancel_moments.opened", lambda s: cancel_moments.opened(s, moment("o1", decision_id="dec_9"))),
    ("cancel_moments.choose", lambda s: cancel_moments.choose(s, "o1", "accepted", now=NOW)),
    ("cancel_moments.planned_in", within(lambda x: cancel_moments.planned_in(x, "o1", now=NOW))),
    ("users.add_user", lambda s: _quietly(lambda: users.add_user(s, "ada", "hash", ["csm"], now=NOW))),
    ("users.change_roles", lambda s: users.change_roles(s, "ada", ["approver"])),
    ("users.change_password", lambda s: users.change_password(s, "ada", f"hash {next(COUNT)}", now=NOW)),
    ("users.disable_user", lambda s: users.disable_user(s, "ada", now=NOW)),
    ("users.disable_user", lambda s: users.disable_user(s, "ada", now=NOW + timedelta(1), enable=True)),
    ("api_keys.add_api_key", lambda s: api_keys.add_api_key(s, f"key_{len(_list(s))}", **KEY_MADE)),
    ("api_keys.revoke_api_key", lambda s: api_keys.revoke_api_key(s, "key_0", now=NOW)),
    ("clients.add_client", lambda s: clients.add_client(s, f"app_{len(clients.list_clients(s))}", **CLIENT)),
    ("clients.disable_client", lambda s: clients.disable_client(s, "app_0", now=NOW)),
    ("signing_keys.add_signing_key", _signing_key),
    ("signing_keys.retire_in", within(lambda x: signing_keys.retire_in(x, NOW))),
    (
        "grants.keep_code",
        within(lambda x: x.get(grants._Code, "c1") or grants.keep_code(x, CODE, user="ada")),
    ),
    (
        "grants.begin_grant",
        within(lambda x: grants.grant_in(x, "g1") or grants.begin_grant(x, "g1", CODE, until=NOW)),
    ),
    (
        "grants.keep_refresh",
        within(lambda x: grants.refresh_in(x, "t1") or grants.keep_refresh(x, "t1", "g1", now=NOW)),
    ),
    ("grants.revoke_token", within(lambda x: grants.revoke_token(x, "j1", "app_0", expires_at=NOW))),
    ("grants.end_grant", within(lambda x: grants.end_grant(x, "g1", now=NOW, why="revoked"))),
    ("grants.end_session", within(lambda x: grants.end_session(x, "s1", subject="usr_1", until=NOW))),
    ("cancel_moments.collected", lambda s: cancel_moments.collected(s, [moment("o1", changed=2)])),
    ("privacy_requests.ask", lambda s: privacy_requests.ask(s, "access", "C1", who="a", clock=NOW)),
    (
        "privacy_requests.ask_in",
        within(lambda x: privacy_requests.ask_in(x, "access", "C1", who="a", clock=NOW)),
    ),
    (
        "privacy_requests.note_progress",
        lambda s: privacy_requests.note_progress(s, request(s, 0), who="a", n=1),
    ),
    ("privacy_requests.close", lambda s: privacy_requests.close(s, request(s, 0), who="a", clock=NOW)),
    ("privacy_requests.close_in", lambda s: _closed(s, request(s, 1))),
    ("privacy_requests.renamed_in", within(lambda x: privacy_requests.renamed_in(x, "C1", "gone_1"))),
    ("retaining.let_go", lambda s: retaining.let_go(s, {"responses": NOW + timedelta(days=1)})),
    ("erasing.erase_in", within(lambda x: _erased(x))),
]


def request(store: Store, place: int) -> str:
    """The id of a request that was kept, in the order of ids."""
    return sorted(one.request_id for one in privacy_requests.list_requests(store))[place]


def _closed(store: Store, name: str) -> None:
    with store.transaction() as session:
        privacy_requests.close_in(session, name, who="a", clock=NOW)


def _erased(session: Any) -> None:
    for one in deliveries.list_deliveries_in(session, "C1", states=("queued", "sending")):
        outbox.settle_in(session, one.delivery_id, "cancelled", clock=NOW)
    erasing.erase_in(
        session, subjects.subject_in(session, "C1"), lambda kind, _: f"erased_{kind}", keep=False, clock=NOW
    )


BOOKKEEPING_COLUMNS = {
    "deliveries": {"owner", "lease_until", "fence", "announced_at"},
    "consent_words": {"told"},
    "inbox_outcomes": {"collected_at"},
    "oauth_codes": {"grant_id"},
    "oauth_refresh_tokens": {"used_at"},
}


def _quietly(act: Callable[[], Any]) -> None:
    from retinue.errors import UsageError

    with contextlib.suppress(UsageError):
        act()


def state_of(store: Store) -> tuple[dict[str, list[Any]], int]:
    """Every row of every audited table, and how many records there are."""
    found = {}
    with store.reading() as session:
        for table in AUDITED:
            hidden = BOOKKEEPING_COLUMNS.get(table, set())
            kept = [c for c in Base.metadata.tables[table].columns if c.name not in hidden]
            found[table] = list(session.execute(select(*kept).order_by(kept[0], kept[1])).all())
        return found, int(session.execute(text("SELECT count(*) FROM audit")).scalar_one())


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "store.sqlite")
    yield opened
    opened.close()


def test_every_table_is_audited_or_says_why_not(store: Store) -> None:
    assert AUDITED.keys().isdisjoint(QUIET)
    assert set(Base.metadata.tables) == set(AUDITED) | set(QUIET)


NOT_WALKED = {"alerts", "request_counts"}
"""Modules whose tables are in `QUIET` as a whole."""
OF_THE_DATABASE = {"classified", "copying", "engines", "figures", "history", "migrating", "versions", "words"}
"""Modules that know of databases, not of acts."""


def test_every_public_function_is_a_reader_or_tried_here() -> None:
    found = set()
    for info in pkgutil.iter_modules(retinue.store.__path__):
        if info.name in NOT_WALKED | OF_THE_DATABASE:
            continue
        module = importlib.import_module(f"retinue.store.{info.name}")
        names = getattr(module, "__all__", [])
        found |= {f"{info.name}.{name}" for name in names if inspect.isfunction(getattr(module, name))}
    assert found == {*READ_OR_BOOKKEEPING, *OF_PRIVACY} | {name for name, _ in WRITERS}


def test_a_change_and_its_record_come_together(store: Store) -> None:
    """Each function twice: the second time most of them change nothing, and then nothing is put on record."""
    silent = []
    for name, act in WRITERS:
        for again in (False, True):
            before, records = state_of(store)
            act(store)
            after, more = state_of(store)
            assert (before != after) == (more > records), f"{name}, {'second' if again else 'first'} time"
            if not again:
                assert before != after, f"{name} did nothing: it was not tried"
            elif before == after:
                silent.append(name)
    assert len(silent) >= 20
