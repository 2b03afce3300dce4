"""Who calls, and how far the log-in or token they came with reaches."""

from dataclasses import replace
from enum import Enum, auto
from typing import Any

from tornado import web

from hub.policy.leases import Lease
from hub.policy.rights import Actor, may_see

FULL = "inherit"
"""The scope of a token that was not cut down to less than its owner may do."""


class Reach(Enum):
    """What a log-in or token may be used for here."""

    WHOLE = auto()
    """Everything its person may do: a browser's log-in, or a token with all their rights."""
    OWN = auto()
    """What is their own: a token with rights on its person's servers."""
    SERVER = auto()
    """The lease of a server it may enter, such as that server's own token."""


def find_caller(handler: Any) -> tuple[str, Reach]:
    """Name who calls; raises HTTP 403 for nobody, and for what is no person."""
    user = handler.current_user
    if user is None or getattr(user, "kind", "") == "service":
        raise web.HTTPError(403, "log in, or send a person's token")
    return user.name, _reach(handler, user.name)


def _reach(handler: Any, name: str) -> Reach:
    token = handler.get_token()
    if token is None or FULL in token.scopes:
        return Reach.WHOLE
    reading = handler.request.method in ("GET", "HEAD")
    scope = "read:servers" if reading else "servers"
    return Reach.OWN if handler.has_scope(f"{scope}!user={name}") else Reach.SERVER


def cut_down(actor: Actor, reach: Reach) -> Actor:
    """Take from somebody what their token does not carry: whatever is not their own."""
    if reach is Reach.WHOLE:
        return actor
    return replace(actor, admin=False, manages=frozenset(), member_of=frozenset())


def reaches_lease(handler: Any, reach: Reach, actor: Actor, lease: Lease) -> bool:
    """Say whether the caller may see a lease; a server's own token sees that server's only."""
    if not may_see(actor, lease.person_id, lease.account):
        return False
    entry = f"access:servers!server={lease.user}/{lease.server}"
    return reach is not Reach.SERVER or bool(handler.has_scope(entry))
