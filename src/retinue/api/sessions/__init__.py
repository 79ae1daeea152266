"""Sessions of browsers: tokens in sealed cookies, turned into the proof that every other caller shows.

In:  the cookies of a request.
Out: a session that counts, its proof, and why it counts no more.

Two cookies hold a session. One has its tokens and is written at the sign-in and at each renewal alone; the
other says when something was last done. An answer that tells of activity can so never bring back tokens that
another answer has just replaced.
"""

from __future__ import annotations

from retinue.api.sessions.holding import Held, Sessions, held_by
from retinue.api.sessions.middleware import ByCookie

__all__ = ["ByCookie", "Held", "Sessions", "held_by"]
