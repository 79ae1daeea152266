"""Who may do what: roles, the one table of permissions, and whoever asks.

In:  a principal (a person or a machine with roles), and the name of a permission.
Out: whether it may; an error that says what is missing.

>>> from retinue.security import Principal, may
>>> may(Principal("ada", frozenset({"viewer"})), "customers.read")
True
>>> may(Principal("ada", frozenset({"viewer"})), "campaigns.approve")
False
"""

from __future__ import annotations

from retinue.security.policy import PERMISSIONS, ROLES, Permission, may
from retinue.security.principal import Principal
from retinue.security.refusal import NotProven

__all__ = ["PERMISSIONS", "ROLES", "NotProven", "Permission", "Principal", "may"]
