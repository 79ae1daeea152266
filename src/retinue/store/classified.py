"""Every column of the store by what it holds of people. A new column needs a word here; a test says so.

| word | means |
| --- | --- |
| sealed | personal, encrypted: opens with a key only |
| wrapped | a key, encrypted by another key |
| hashed | a token (keyed HMAC), a hash of random bits, or a password's Argon2id |
| pseudonymous | a customer's id, or what is known of the customer with that id |
| staff | who of the business did something: a name they signed in with |
| written | what people write, or another program sent, as it is: nothing personal belongs there |
| none | nothing of a person |
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["CLASSES", "COLUMNS", "class_of"]

CLASSES = ("sealed", "wrapped", "hashed", "pseudonymous", "staff", "written", "none")

COLUMNS: Mapping[str, Mapping[str, str]] = {
    "alert_events": {"none": "number alert what value words at"},
    "alerts": {"none": "alert state since value looked_at"},
    "api_keys": {
        "hashed": "sha256",
        "staff": "created_by",
        "written": "name",
        "none": "key_id role scopes created_at expires_at revoked_at",
    },
    "audit": {
        "pseudonymous": "object_id detail",
        "staff": "actor",
        "none": "number at action kind previous hash",
    },
    "audit_head": {"none": "place count hash"},
    "budget_accounts": {"none": "scope most taken"},
    "budget_entries": {"pseudonymous": "decision_id", "none": "run_id tier month cents state reserved_at"},
    "budget_grants": {"pseudonymous": "given", "none": "request"},
    "campaign_moves": {
        "staff": "who",
        "written": "reason",
        "none": "number campaign_id state before plan_sha256 at",
    },
    "campaigns": {
        "pseudonymous": "plan",
        "staff": "approved_by",
        "none": "campaign_id run_id as_of state plan_sha256 approved_sha256 created_at changed_at",
    },
    "cancel_moments": {
        "pseudonymous": "occasion_id customer_id answer rule offer decision_id repeats receipt choice",
        "written": "reason",
        "none": "opened_at chosen_at changed collected planned_at",
    },
    "consent_words": {
        "pseudonymous": "consent_id customer_id channel purpose granted",
        "none": "number valid_from recorded_at copied told",
    },
    "contacts": {"sealed": "sealed", "pseudonymous": "customer_id", "none": "changed_at"},
    "decision_fates": {"pseudonymous": "decision_id made", "none": "campaign_id"},
    "deliveries": {
        "sealed": "request",
        "pseudonymous": "delivery_id decision_id customer_id channel after content reference reason",
        "none": "campaign_id kind purpose planned_cents cost_cents state planned_at due_at expires_at tries "
        "fence owner lease_until announced_at first_try_at over changed_at",
    },
    "delivery_steps": {
        "pseudonymous": "delivery_id reason",
        "none": "number before state fence owner at",
    },
    "idempotency_keys": {
        "hashed": "body",
        "pseudonymous": "answer",
        "staff": "scope",
        "none": "key claimed_at status",
    },
    "inbox_events": {
        "written": "content",
        "none": "number sha256 many received_at collected_at",
    },
    "inbox_outcomes": {
        "pseudonymous": "outcome_id customer_id body content",
        "none": "number received_at collected_at",
    },
    "job_plans": {"none": "job cron timezone since"},
    "job_runs": {
        "staff": "asked_by",
        "none": "number job slot state claimed_by lease_until fence tries not_before started_at finished_at "
        "result alert error",
    },
    "keysets": {"wrapped": "wrapped", "none": "purpose kek made version primary_id changed_at"},
    "oauth_clients": {
        "hashed": "sha256",
        "written": "name",
        "none": "client_id redirect_uris role scopes created_at disabled_at",
    },
    "oauth_codes": {
        "hashed": "sha256",
        "staff": "user_id",
        "none": "client_id redirect_uri challenge scope nonce made_at expires_at grant_id",
    },
    "oauth_grants": {"staff": "user_id", "none": "grant_id client_id scope created_at expires_at ended_at"},
    "oauth_refresh_tokens": {"hashed": "sha256", "none": "grant_id made_at used_at"},
    "oauth_revoked_tokens": {"none": "jti expires_at"},
    "policies": {"written": "reason", "none": "number sha256 as_of state terms verdict recorded_at"},
    "prediction_jobs": {
        "pseudonymous": "asked missing",
        "staff": "owner",
        "none": "job_id state run total done parts place claimed_by lease_until fence error created_at "
        "started_at finished_at expires_at",
    },
    "privacy_requests": {
        "pseudonymous": "customer_id subject detail",
        "staff": "received_by handled_by",
        "written": "reason",
        "none": "request_id kind state received_at due_at closed_at result_sha256",
    },
    "request_counts": {"none": "minute counts"},
    "responses": {
        "hashed": "recipient",
        "pseudonymous": "response_id delivery_id reference",
        "none": "channel kind at received_at cents currency",
    },
    "review_steps": {
        "pseudonymous": "decision_id detail",
        "staff": "who",
        "written": "reason",
        "none": "number what at",
    },
    "reviews": {
        "pseudonymous": "decision_id customer_id case offer",
        "staff": "assigned_to first_by answered_by",
        "written": "words",
        "none": "campaign_id state urgent expected_cents cents snoozed_until due_at expires_at escalated "
        "answered_at code asked_at",
    },
    "rollout_sizes": {"none": "number phase threshold active salt fixed_at"},
    "rollout_steps": {
        "staff": "who",
        "written": "reason",
        "none": "number phase kind since recorded_at overridden gate",
    },
    "rules": {
        "staff": "who",
        "written": "reason",
        "none": "number sha256 content examples state since recorded_at",
    },
    "runs": {"none": "run_id as_of campaign_date campaign_number summary started_at finished_at"},
    "signing_keys": {"sealed": "sealed", "none": "kid public created_at ends_at"},
    "subject_keys": {"wrapped": "wrapped", "pseudonymous": "customer_id", "none": "key_id made_at"},
    "suppressed": {"hashed": "token", "none": "reason at"},
    "switches": {"staff": "who", "written": "reason", "none": "number action at"},
    "users": {"hashed": "password", "staff": "user_id name roles", "none": "created_at since disabled_at"},
}
"""Table → word → its columns."""


def class_of(table: str, column: str) -> str:
    """The word for a column. Raises KeyError when it was given none.

    >>> class_of("contacts", "sealed")
    'sealed'
    """
    for word, columns in COLUMNS[table].items():
        if column in columns.split():
            return word
    raise KeyError(f"{table}.{column}")
