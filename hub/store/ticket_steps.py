"""What becomes of an open ticket: offered, put back, passed by, moved, judged.

Every step is an update that must change one row.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, update

from hub import crashes
from hub.policy.forecast import Range
from hub.policy.reasons import TIME, Reason
from hub.policy.tickets import Ticket, TicketState
from hub.store.reason_text import to_text
from hub.store.tickets import follow, following, judge_anew, load_ticket, step
from hub.store.waiting_schema import tickets

TURN = Reason("waiting", "turn", {}, TIME)
"""What somebody with an offer is told."""


def offer_ticket(db: Connection, ticket_id: int, lease_id: int) -> Ticket:
    """Say that a lease is held for a waiting ticket; raises StateChanged.

    Who was moved ahead of it stays ahead of the next.
    """
    follow(db, ticket_id, following(db, load_ticket(db, ticket_id)))
    turn = {"lease_id": lease_id, "reason": to_text(TURN)}
    found = step(db, ticket_id, TicketState.WAITING, TicketState.OFFERED, **turn)
    crashes.here("ticket.offered")
    judge_anew(db)
    return found


def put_back(db: Connection, ticket_id: int, not_before: datetime | None = None) -> Ticket:
    """Give an offered ticket its old place; its owner is not to blame for what came of the offer.

    It is not served again before `not_before`. Raises StateChanged.
    """
    values = {} if not_before is None else {"not_before": not_before}
    offered, waiting = TicketState.OFFERED, TicketState.WAITING
    found = step(db, ticket_id, offered, waiting, lease_id=None, judged_at=None, **values)
    crashes.here("ticket.put-back")
    return found


def pass_by(db: Connection, ticket_id: int) -> Ticket:
    """Count that a ticket's offer was not taken, now that it waits again; raises StateChanged."""
    waiting = TicketState.WAITING
    found = step(db, ticket_id, waiting, waiting, passes=tickets.c.passes + 1, ahead_of=None)
    crashes.here("ticket.passed")
    return found


def place(db: Connection, ticket_id: int, ahead_of: int | None, behind: int | None) -> Ticket:
    """Place a waiting ticket directly before one, or behind one; raises StateChanged."""
    waiting = TicketState.WAITING
    values = {"ahead_of": ahead_of, "behind": behind, "judged_at": None}
    found = step(db, ticket_id, waiting, waiting, **values)
    crashes.here("ticket.moved")
    return found


def set_auto_start(db: Connection, ticket_id: int) -> Ticket:
    """Let an offered ticket's server be started as soon as its name is free."""
    offered = TicketState.OFFERED
    found = step(db, ticket_id, offered, offered, auto_start=True)
    crashes.here("ticket.taken")
    return found


def write_judgements(db: Connection, judged: Iterable[Ticket]) -> None:
    """Write position, reason and hindrance of tickets that still wait."""
    rows = [
        {
            "key": ticket.id,
            "position": ticket.position,
            "hindered": ticket.hindered,
            "reason": to_text(ticket.reason),
            "judged_at": ticket.judged_at,
        }
        for ticket in judged
    ]
    _write(db, rows)
    crashes.here("ticket.judged")


def write_forecasts(db: Connection, foretold: Mapping[int, Range]) -> None:
    """Write the earliest and the latest start of tickets that still wait."""
    rows = [
        {"key": ticket_id, "earliest": earliest, "latest": latest}
        for ticket_id, (earliest, latest) in foretold.items()
    ]
    _write(db, rows)
    crashes.here("ticket.foretold")


def _write(db: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    waiting = (tickets.c.id == bindparam("key")) & (tickets.c.state == TicketState.WAITING)
    values: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name != "key"}
    db.execute(update(tickets).where(waiting).values(values), rows)
