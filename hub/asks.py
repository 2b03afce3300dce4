"""Requests for more time: who waits for a decision, and deciding each of them once."""

from datetime import datetime

from sqlalchemy import Connection

from hub.errors import Refused, StateChanged
from hub.extending import apply
from hub.house import House
from hub.policy.extension import Extension, beyond_manager, decide_extension, left_for
from hub.policy.leases import Lease
from hub.policy.outcomes import Denial
from hub.policy.rights import Actor, Decider, may_decide, may_see
from hub.store import asks as rows
from hub.store import extensions, leases
from hub.store.asks import Request
from hub.store.audit import write
from hub.store.notices import NewNotice, add_notice

LONGEST_NOTE = 2000


def load_requests(house: House, actor: Actor, everything: bool = False) -> list[Request]:
    """Load the requests an actor may see, oldest first; decided ones too where asked for."""
    with house.database.read() as db:
        found = rows.load_all(db) if everything else rows.load_open(db)
    return [ask for ask in found if may_see(actor, ask.person_id, ask.account)]


def grant(house: House, ask_id: int, actor: Actor, note: str, now: datetime) -> Request | Denial:
    """Grant a request and extend its lease; a denial where this actor can't pass over a reason.

    The request then stays open, for somebody who can. Raises NotFound, Refused for who may not
    decide it, and StateChanged when it was decided before.
    """
    with house.database.write() as db:
        ask, decider = _load_for(db, ask_id, actor)
        lease = leases.load_lease(db, ask.lease_id)
        ground = extensions.load_ground(db, lease, house.terms, now)
        outcome = decide_extension(lease, ask.more, ground)
        if isinstance(outcome, Denial):
            left = left_for(outcome.reasons, decider)
            if decider == "manager":
                beyond = beyond_manager(lease, ask.more, ground, outcome.reasons)
                left += tuple(reason for reason in beyond if reason not in left)
            if left or lease.expires_at is None:
                return Denial(left, outcome.would_fit)
            outcome = Extension(lease.expires_at + ask.more)
        extended = apply(db, house, lease, outcome, actor.name, now)
        return _close(db, ask, rows.GRANTED, extended, actor, note, now)


def refuse(house: House, ask_id: int, actor: Actor, note: str, now: datetime) -> Request:
    """Refuse a request; raises NotFound, Refused or StateChanged as `grant` does."""
    with house.database.write() as db:
        ask, _ = _load_for(db, ask_id, actor)
        lease = leases.load_lease(db, ask.lease_id)
        return _close(db, ask, rows.REFUSED, lease, actor, note, now)


def _load_for(db: Connection, ask_id: int, actor: Actor) -> tuple[Request, Decider]:
    """Load an open request for whoever may decide it; what is not theirs to see is not there."""
    ask = rows.load(db, ask_id)
    decider = may_decide(actor, ask.account)
    if decider is None:
        raise Refused(f"request {ask_id} is not yours to decide")
    if decider == "manager" and actor.person_id == ask.person_id:
        raise Refused("nobody but an administrator decides a request of their own")
    if ask.state != rows.OPEN:
        raise StateChanged(f"request {ask_id} was decided before: {ask.state}")
    return ask, decider


def _close(  # noqa: PLR0913 - one decision: what of, how, for which lease, by whom, why and when
    db: Connection,
    ask: Request,
    state: str,
    lease: Lease,
    actor: Actor,
    note: str,
    now: datetime,
) -> Request:
    note = note.strip()[:LONGEST_NOTE]
    closed = rows.decide(db, ask.id, state, actor.name, note, now)
    action = "request grant" if state == rows.GRANTED else "request refuse"
    detail = {"request": ask.id, "lease": ask.lease_id, "user": ask.user, "note": note}
    write(db, actor.name, action, detail, now)
    told = {"lease": ask.lease_id, "server": lease.server, "by": actor.name, "note": note}
    kind = f"request-{state}"
    new = NewNotice(ask.person_id, f"lease:{ask.lease_id}", kind, lease.expires_at, told)
    add_notice(db, new, now)
    return closed
