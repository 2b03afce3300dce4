"""What becomes of offers that nobody took over: started, given back, passed by, or lapsed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from hub.errors import StateChanged
from hub.house import House
from hub.policy.leases import EndReason, Lease, State
from hub.policy.tickets import Ticket, TicketState
from hub.store import leases, notices, offers, ticket_steps, tickets
from hub.store.floor import load_floor
from hub.store.notices import NewNotice
from hub.units import hours_of, share_number

MOST_PASSES = 1
"""How often an offer may go by untaken before the next one that does closes the ticket."""


@dataclass(frozen=True)
class OfferedTicket:
    """A ticket with its offer, and the lease that holds its server's name, if one does."""

    ticket: Ticket
    lease: Lease
    holder: Lease | None

    @property
    def waits_for_owner(self) -> bool:
        """Say whether only its owner can take it: a server of that name runs, or they chose so."""
        runs = self.holder is not None and self.holder.state is not State.CLOSING
        return runs or not self.ticket.auto_start

    @property
    def may_start(self) -> bool:
        """Say whether its server can be started now."""
        unclaimed = offers.is_unclaimed(self.lease)
        return unclaimed and self.holder is None and self.ticket.auto_start


def load_offered(house: House) -> list[OfferedTicket]:
    """Load every ticket that has an offer."""
    with house.database.read() as db:
        return [_see(db, ticket) for ticket in tickets.load_offered(db)]


def settle(house: House, now: datetime) -> None:
    """Tell the owners of offers that only they can take, and end the offers whose time is over."""
    with house.database.read() as db:
        found = [_see(db, ticket) for ticket in tickets.load_offered(db)]
        due = [offered.ticket.id for offered in found if _is_due(db, offered, now)]
    for ticket_id in due:
        with house.database.write() as db:
            ticket = tickets.load_ticket(db, ticket_id)
            if ticket.state is TicketState.OFFERED:
                _settle(db, house, _see(db, ticket), now)


def give_back(house: House, lease_id: int, now: datetime) -> None:
    """End an offer whose server could not be started; its ticket has its old place again."""
    with house.database.write() as db:
        if offers.is_unclaimed(leases.load_lease(db, lease_id)):
            offers.withdraw(db, lease_id, EndReason.FAULT, now, house.zone)


def start_options(ticket: Ticket) -> Mapping[str, object]:
    """Give a ticket's wish as the options of a start."""
    request = ticket.request()
    options: dict[str, object] = {
        "profile": request.profile,
        "gpus": share_number(request.gpus),
        "hours": max(int(hours_of(ticket.duration) * 1000) / 1000, 0.017),
        "preemptible": request.preemptible,
        "if_busy": request.if_busy,
    }
    return options if request.group is None else {**options, "group": request.group}


def _see(db: Connection, ticket: Ticket) -> OfferedTicket:
    if ticket.lease_id is None:
        raise StateChanged(f"ticket {ticket.id} has no offer any more")
    lease = leases.load_lease(db, ticket.lease_id)
    return OfferedTicket(ticket, lease, offers.find_holder(db, ticket.person_id, ticket.server))


def _is_due(db: Connection, offered: OfferedTicket, now: datetime) -> bool:
    if not offers.is_unclaimed(offered.lease):
        return False
    if _is_over(offered.lease, now):
        return True
    return offered.waits_for_owner and not _was_told(db, offered)


def _settle(db: Connection, house: House, offered: OfferedTicket, now: datetime) -> None:
    if not offers.is_unclaimed(offered.lease):
        return
    if _is_over(offered.lease, now):
        _expire(db, house, offered, now)
    elif offered.waits_for_owner:
        notices.add_notice(db, _notice(offered, "offer"), now)


def _expire(db: Connection, house: House, offered: OfferedTicket, now: datetime) -> None:
    """End an offer nobody took; it costs no place if its owner could not, or was never told."""
    ticket = offered.ticket
    offers.withdraw(db, offered.lease.id, EndReason.UNCLAIMED, now, house.zone)
    if not offered.waits_for_owner or not _was_told(db, offered):
        return
    if ticket.passes < MOST_PASSES:
        ticket_steps.pass_by(db, ticket.id)
        line = [queued.ticket.id for queued in load_floor(db, house.terms, now).line]
        after = line[line.index(ticket.id) + 1 :]
        if after:
            ticket_steps.place(db, ticket.id, None, after[0])
        notices.add_notice(db, _notice(offered, "offer-passed"), now)
    else:
        tickets.close_ticket(db, ticket.id, TicketState.LAPSED, now)
        notices.add_notice(db, _notice(offered, "offer-lapsed"), now)


def _is_over(lease: Lease, now: datetime) -> bool:
    return lease.offer_until is not None and lease.offer_until <= now


def _was_told(db: Connection, offered: OfferedTicket) -> bool:
    notice = _notice(offered, "offer")
    return notices.was_given(db, notice.subject, notice.kind, notice.until)


def _notice(offered: OfferedTicket, kind: str) -> NewNotice:
    ticket, lease = offered.ticket, offered.lease
    detail = {"ticket": ticket.id, "server": ticket.server, "gpus": share_number(ticket.gpus)}
    subject = f"ticket:{ticket.id}"
    return NewNotice(ticket.person_id, subject, kind, lease.offer_until, detail)
