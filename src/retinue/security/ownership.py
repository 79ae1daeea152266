"""Whose customers somebody sees: all, or only their own."""

from __future__ import annotations

from retinue.security.policy import PERMISSIONS
from retinue.security.principal import Principal

__all__ = ["own_only"]


def own_only(principal: Principal, permission: str) -> bool:
    """Whether somebody has a permission as csm alone, and so for their own customers only.

    Another role that has it too has it for all. Raises KeyError for a permission that is not in the table.

    >>> own_only(Principal("ada", frozenset({"csm"})), "customers.read")
    True
    >>> own_only(Principal("ada", frozenset({"csm", "viewer"})), "customers.read")
    False
    """
    return not (principal.roles & PERMISSIONS[permission].roles) - {"csm"}
