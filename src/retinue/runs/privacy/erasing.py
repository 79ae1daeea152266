"""Erasing a customer (Art. 17 GDPR): everywhere, provably, and so that being killed half way does no harm.

1. The request gets a random salt, and what is there is counted.
2. The customer's token goes on the erasure list: from then on no load takes them in again.
3. Store, warehouse and files, each whole or not at all, let go of them; databases are written anew.
4. The walk over every place is done again and must find nothing.
5. The salt is forgotten, and a signed certificate says what was erased where.

A second call goes on wherever the first ended. What is done is found to be done.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from retinue import faults
from retinue.campaigns.objecting import stop_all_in
from retinue.errors import ArtefactError, NotFoundError
from retinue.pipeline.stages import RECEIPTS
from retinue.privacy.erased import Line, RandomNames, erasure_list, erasure_token
from retinue.privacy.places import STORE, WAREHOUSE, Linked
from retinue.runs.customers.online import forget_online
from retinue.runs.daily import CAMPAIGN_FILE
from retinue.runs.delivered import record_fates
from retinue.runs.privacy import opening
from retinue.runs.privacy.access import counts_of, subject_in_all
from retinue.runs.privacy.certificates import keep_certificate, made_certificate
from retinue.runs.privacy.files import jobs_with, models_that_saw, rows_in_files, take_out
from retinue.store.audit.files import REWRITTEN, hashes_of
from retinue.store.audit.record import on_record
from retinue.store.erasing import KEPT, end_jobs_in, end_jobs_under_way_in, erase_in, scrub
from retinue.store.ledger import give_back_in
from retinue.store.privacy_requests import (
    PrivacyRequest,
    ask,
    close_in,
    close_others_in,
    list_requests,
    note_progress,
    renamed_in,
)
from retinue.store.reviews import waiting_of_in
from retinue.store.runs import list_runs
from retinue.store.subjects import subject_in
from retinue.store.suppression import suppress_in
from retinue.warehouse.subjects import erase as erase_facts

if TYPE_CHECKING:
    from retinue.runs.base import Opened

__all__ = ["AGREED", "erase", "preview"]

AGREED = (CAMPAIGN_FILE, RECEIPTS)
"""Files of a run whose hashes the audit trail holds."""


def preview(opened: Opened, customer_id: str) -> dict[str, Any]:
    """What an erasure would do where, without doing it; JSON-ready."""
    counts = counts_of(opened, customer_id)
    rows = [{"place": name, "rows": many, "becomes": _becomes(name)} for name, many in sorted(counts.items())]
    return {
        "customer_id": customer_id,
        "places": rows,
        "models": models_that_saw(opened.settings.state, customer_id),
        "aggregates": opened.settings.privacy.aggregates,
    }


def erase(opened: Opened, customer_id: str, *, who: str, reason: str = "") -> dict[str, Any]:
    """Erase a customer; the certificate. Called again after being cut short, it goes on.

    Raises NotFoundError where nothing is kept of them, UsageError while something is being sent to them.
    """
    key = opening.key_of(opened)
    token = erasure_token(customer_id, key)
    request = _begun(opened, customer_id, who, reason)
    detail = request.detail
    names = RandomNames(bytes.fromhex(detail["_salt"]))
    keep = opened.settings.privacy.aggregates == "keep"
    at = f"{request.received_at.isoformat()}Z"
    erasure_list(opened.settings).add(Line(token, at, request.request_id))
    faults.point("privacy.listed")

    _store(opened, customer_id, detail, names, token, keep=keep, who=who)
    faults.point("privacy.store_erased")
    window = float(opened.settings.outcome_window_days) * 2 + 60.0
    erase_facts(opened.warehouse, customer_id, names, keep_days=window if keep else None)
    faults.point("privacy.warehouse_erased")
    opened.warehouse.engine.rewrite()
    _files(opened, customer_id, detail, names, keep=keep, who=who)
    faults.point("privacy.files_erased")
    scrub(opened.store)

    left = {name: many for name, many in counts_of(opened, customer_id).items() if not _stays(name)}
    if left:
        raise ArtefactError(
            f"Of the customer something is left in {', '.join(sorted(left))}.",
            where=request.request_id,
            fix="Erase them again; if it stays, this is a defect of Retinue.",
        )
    certificate = made_certificate(opened, request, token, _becomes)
    name, sha256 = keep_certificate(opened, certificate)
    with opened.store.transaction() as session:
        close_in(
            session, request.request_id, who=who, clock=opened.clock, result_sha256=sha256, certificate=name
        )
        close_others_in(session, customer_id, who=who, clock=opened.clock)
        renamed_in(session, customer_id, token)
    scrub(opened.store)  # the salt and the customer's id in the request itself
    return certificate


def _begun(opened: Opened, customer_id: str, who: str, reason: str) -> PrivacyRequest:
    """The request that is being worked on, with its salt and what there was before."""
    open_ = list_requests(
        opened.store, kinds=("erasure",), states=("open", "working"), customer_id=customer_id
    )
    request = open_[0] if open_ else None
    if request is not None and "_salt" in request.detail:
        return request
    if not {name for name in counts_of(opened, customer_id) if not _stays(name)}:
        raise NotFoundError(f"Nothing is kept of '{customer_id}'.", fix="Check the id.")
    _stopped(opened, customer_id)
    record_fates(opened)  # what became of their offers is told while it is known whose they were
    before = counts_of(opened, customer_id)
    if request is None:
        request = ask(opened.store, "erasure", customer_id, who=who, clock=opened.clock, reason=reason)
    subject = subject_in_all(opened, customer_id)
    runs = sorted(
        {
            name.split("/")[1]
            for name, _ in rows_in_files(opened.settings.state, customer_id)
            if name.startswith("runs/")
        }
    )
    return note_progress(
        opened.store,
        request.request_id,
        who=who,
        _salt=secrets.token_hex(32),
        _decisions=sorted(subject.decisions),
        _addresses=sorted(subject.addresses),
        _runs=runs,
        _jobs=jobs_with(opened.settings.state, customer_id),
        before=before,
        models=models_that_saw(opened.settings.state, customer_id),
    )


def _stopped(opened: Opened, customer_id: str) -> None:
    """What waits to be sent is cancelled, its money free."""
    with opened.store.transaction() as session:
        stop_all_in(session, customer_id, "The customer was erased.", clock=opened.clock, promised=True)
        for decision_id in waiting_of_in(session, customer_id):
            give_back_in(session, decision_id)


def _store(
    opened: Opened,
    customer_id: str,
    detail: dict[str, Any],
    names: RandomNames,
    token: str,
    *,
    keep: bool,
    who: str,
) -> None:
    key = opening.key_of(opened)

    def renamed(kind: str, name: str) -> str:
        return token if kind == "token" else names(kind, name)

    with opened.store.transaction() as session:
        subject = subject_in(
            session, customer_id, decisions=detail["_decisions"], addresses=detail["_addresses"]
        )
        for address in detail["_addresses"]:
            suppress_in(session, address, "erased", key, clock=opened.clock)
        end_jobs_in(session, detail["_jobs"])
        erase_in(session, subject, renamed, keep=keep, clock=opened.clock)


def _files(
    opened: Opened, customer_id: str, detail: dict[str, Any], names: RandomNames, *, keep: bool, who: str
) -> None:
    state = opened.settings.state
    take_out(state, customer_id, names, keep=keep)
    forget_online(
        opened.settings, [run.campaign_id for run in list_runs(opened.store, limit=None)], customer_id
    )
    with opened.store.transaction() as session:
        end_jobs_under_way_in(session)
        for campaign_id in detail["_runs"]:
            folder = state / "runs" / campaign_id
            there = [name for name in AGREED if (folder / name).is_file()]
            files = hashes_of(folder, there)
            on_record(session, REWRITTEN, "run", campaign_id, actor=who, files=files)
    for request in list_requests(opened.store, customer_id=customer_id):
        opening.forget_answer(opened, request.request_id)


def _becomes(place: str) -> str:
    """What becomes of the rows of a place, as `counts_of` names it."""
    from retinue.privacy.places import FILES, file_kind

    group, _, name = place.partition(" ")
    if group == "file":
        found = FILES.get(file_kind(name) or "")
    else:
        found = (WAREHOUSE if group == "warehouse" else STORE).get(name)
    return found.erasing if isinstance(found, Linked) else "deleted; made again from what is left"


def _stays(place: str) -> bool:
    return place.removeprefix("store ") in KEPT and place.startswith("store ")
