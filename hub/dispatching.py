"""Whose turn it is: give the first that may start its offer, and tell everybody else why not."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from hub.house import House
from hub.policy.floor import Floor
from hub.policy.forecast import forecast
from hub.policy.queueing import Turn, Verdict, next_turn, verdicts
from hub.policy.reasons import TIME, YOU, Reason
from hub.policy.tickets import Ticket
from hub.store import leases, queue, ticket_steps
from hub.store.floor import load_floor
from hub.store.history import load_experience
from hub.store.leases import NewLease
from hub.store.people import load_person
from hub.store.snapshot import make_judge
from hub.store.ticket_ends import count_failed_starts
from hub.store.usage import clock_is_behind

JUDGE_EVERY = timedelta(seconds=20)
"""How old what somebody is told may become before all are judged anew."""


def offer_next(house: House, now: datetime) -> Ticket | None:
    """Give the first ticket whose turn has come its offer; None when nobody's has.

    It is looked for in a read first, so that nobody who writes waits for it.
    """
    with house.database.read() as db:
        if not queue.anybody_waits(db) or _find_turn(db, house, now) is None:
            return None
    with house.database.write() as db:
        turn = _find_turn(db, house, now)
        return None if turn is None else _offer(db, house, turn, now)


def judge_all(house: House, now: datetime) -> int:
    """Tell every waiting ticket its position and reason, if that is due; gives how many."""
    with house.database.read() as db:
        if not queue.judgement_is_due(db, now - JUDGE_EVERY, now):
            return 0
        floor = load_floor(db, house.terms, now)
        found = verdicts(floor, make_judge(db, floor, house.terms))
        failed = count_failed_starts(db, [v.ticket.id for v in found])
    judged = [*_told(found, failed, now), *_untold(floor, found, now)]
    with house.database.write() as db:
        ticket_steps.write_judgements(db, judged)
    return len(judged)


def foretell_all(house: House, now: datetime) -> int:
    """Tell every waiting ticket between when and when it may start; gives how many.

    It may take seconds where hundreds wait, and holds up nobody meanwhile.
    """
    with house.database.read() as db:
        if not queue.anybody_waits(db):
            return 0
        floor = load_floor(db, house.terms, now)
        experience = load_experience(db, floor)
        foretold = forecast(floor, make_judge(db, floor, house.terms), experience)
    with house.database.write() as db:
        ticket_steps.write_forecasts(db, foretold)
    return len(foretold)


def _find_turn(db: Connection, house: House, now: datetime) -> Turn | None:
    if clock_is_behind(db, now):
        return None
    floor = load_floor(db, house.terms, now)
    return next_turn(floor, make_judge(db, floor, house.terms))


def _offer(db: Connection, house: House, turn: Turn, now: datetime) -> Ticket:
    ticket = turn.ticket
    new = NewLease(
        person=load_person(db, ticket.user),
        server=ticket.server,
        request=ticket.request(),
        profile=house.terms.profiles[ticket.profile],
        grant=turn.grant,
        ticket_id=ticket.id,
        offer_until=now + house.terms.rules.offer,
    )
    lease = leases.open_lease(db, new, now, house.zone)
    return ticket_steps.offer_ticket(db, ticket.id, lease.id)


def _told(found: Iterable[Verdict], failed: dict[int, int], now: datetime) -> Iterable[Ticket]:
    for verdict in found:
        reason = verdict.reasons[0] if verdict.reasons else ticket_steps.TURN
        ticket = verdict.ticket
        if ticket.not_before is not None and ticket.not_before > now and ticket.id in failed:
            numbers = {"times": failed[ticket.id]}
            reason = Reason("start-failed", "again", numbers, TIME, ticket.not_before)
        yield replace(
            ticket,
            position=verdict.position,
            hindered=verdict.hindered,
            reason=reason,
            judged_at=now,
        )


def _untold(floor: Floor, found: Iterable[Verdict], now: datetime) -> Iterable[Ticket]:
    """Judge those whose profile is gone; they stand in nobody's way."""
    told = {verdict.ticket.id for verdict in found}
    known = ", ".join(sorted(floor.profiles))
    for position, queued in enumerate(floor.line, 1):
        ticket = queued.ticket
        if ticket.id not in told:
            numbers = {"asked": ticket.profile, "known": known}
            reason = Reason("profile", "unknown", numbers, YOU)
            yield replace(ticket, position=position, hindered=True, reason=reason, judged_at=now)
