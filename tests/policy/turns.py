"""Whose turn it is, as the tests ask: one turn, every reason, and the station after a start."""

from dataclasses import replace

from hub.policy.floor import Floor
from hub.policy.gpus import TakenSlot
from hub.policy.queueing import next_turn, verdicts
from hub.policy.tickets import Queued
from tests.policy.floors import nothing


def turn(floor: Floor) -> int | None:
    """Give the ticket whose turn it is."""
    found = next_turn(floor, nothing)
    return found.ticket.id if found else None


def codes(floor: Floor) -> dict[int, list[str]]:
    """List the reasons of every ticket."""
    return {v.ticket.id: [r.code for r in v.reasons] for v in verdicts(floor, nothing)}


def started(floor: Floor) -> Floor | None:
    """Start whose turn it is; None when it is nobody's."""
    found = next_turn(floor, nothing)
    if found is None:
        return None
    slots = tuple(
        TakenSlot(
            part.gpu_uuid,
            slot,
            floor.now + found.grant.duration,
            1000 + found.ticket.id,
            found.ticket.person_id,
            found.grant.account,
            found.grant.loan,
        )
        for part in found.grant.placement.slots
        for slot in part.slots
    )
    left: tuple[Queued, ...] = tuple(q for q in floor.queue if q.ticket.id != found.ticket.id)
    return replace(floor, taken=(*floor.taken, *slots), queue=left)
