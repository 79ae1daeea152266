"""The one table of permissions. The service, the command line, the dashboard and the tests read it here.

A role is a list of what it may. Nothing is allowed that is not in the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from retinue.security.principal import Principal

__all__ = ["PERMISSIONS", "ROLES", "Permission", "may"]

ROLES: Mapping[str, str] = {
    "viewer": "sees figures and customers, without personal data",
    "analyst": "sees how models and measurements come about, makes exports and predictions",
    "csm": "works the review queue of the own customers",
    "approver": "approves offers and campaigns",
    "admin": "may do everything but read personal data",
    "dpo": "reads the audit trail and personal data, handles requests on privacy",
    "service": "a machine that reports outcomes and events and asks for predictions",
}
"""Role to its words."""


@dataclass(frozen=True, slots=True)
class Permission:
    """What may be done, by whom, in words. personal: reading it is reading personal data."""

    name: str
    roles: frozenset[str]
    words: str
    personal: bool = False


_ALL = ("viewer", "analyst", "csm", "approver", "admin", "dpo")
_ROWS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("customers.read", (*_ALL, "service"), "see customers, their risk, value and recommendation"),
    (
        "customers.explain",
        ("analyst", "csm", "approver", "admin", "dpo"),
        "see why, and what would change it",
    ),
    ("pii.read", ("csm", "dpo"), "read names, addresses and the words of customers"),
    ("predictions.run", ("analyst", "admin", "service"), "have customers scored"),
    ("analytics.read", _ALL, "see the figures of the dashboard"),
    ("campaigns.read", _ALL, "see campaigns and what became of them"),
    ("campaigns.plan", ("approver", "admin"), "plan a campaign"),
    ("campaigns.approve", ("approver", "admin"), "approve a plan"),
    ("campaigns.run", ("approver", "admin"), "start, pause, resume and stop a campaign"),
    ("reviews.read", ("csm", "approver", "admin"), "see the offers that wait for a person"),
    ("reviews.answer", ("csm", "approver", "admin"), "answer them, within the role's limit"),
    ("incentives.read", _ALL, "see offers and what is believed of them"),
    ("rules.read", _ALL, "see the rules"),
    ("rules.change", ("admin",), "put rules in force"),
    ("models.read", ("analyst", "approver", "admin", "dpo"), "see how good the models are"),
    ("experiments.read", ("analyst", "approver", "admin"), "see what was measured against the holdout"),
    ("sources.read", ("analyst", "admin"), "see sources, loads and quarantine"),
    ("outcomes.report", ("service", "admin"), "report what became of customers"),
    ("events.report", ("service", "admin"), "report what customers do"),
    ("stop.use", ("csm", "approver", "admin", "dpo"), "stop everything"),
    ("stop.lift", ("approver", "admin"), "let it go on"),
    ("exports.make", ("analyst", "approver", "admin", "dpo"), "take lists away"),
    ("audit.read", ("dpo", "admin"), "read the audit trail"),
    ("privacy.handle", ("dpo",), "handle access, objection and erasure"),
    ("users.manage", ("admin",), "make users, give roles, make keys"),
    ("agents.use", (*_ALL, "service"), "have an agent ask, within what one may oneself"),
    ("sample.remove", ("admin",), "remove the sample data, to start with one's own"),
    ("settings.read", ("admin",), "see the settings, without secrets"),
    ("metrics.read", ("admin", "service"), "read the metrics"),
)

PERMISSIONS: Mapping[str, Permission] = {
    name: Permission(name, frozenset(roles), words, personal=name == "pii.read")
    for name, roles, words in _ROWS
}
"""Permission to who has it."""


def may(principal: Principal, permission: str) -> bool:
    """Whether somebody may do something. Raises KeyError for a permission that is not in the table.

    >>> may(Principal("key_1", frozenset({"service"}), "machine", frozenset()), "outcomes.report")
    False
    """
    wanted = PERMISSIONS[permission]
    if principal.scopes is not None and permission not in principal.scopes:
        return False
    return bool(principal.roles & wanted.roles)
