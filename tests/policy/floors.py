"""Builders of floors: GPUs, leases on them, and people who wait."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from fractions import Fraction

from hub.policy.floor import Floor
from hub.policy.gpus import Gpu, TakenSlot
from hub.policy.leases import Lease
from hub.policy.profiles import Profile
from hub.policy.reasons import Reason
from hub.policy.tickets import Queued, Standing, Ticket
from tests.policy.conftest import NOON, gpu

QUARTER, HALF, WHOLE = Fraction(1, 4), Fraction(1, 2), Fraction(1)


def at(hours: float) -> datetime:
    """Give the moment so many hours after noon."""
    return NOON + timedelta(hours=hours)


def floor_of(count: int = 1, *taken: Iterable[TakenSlot], **more: object) -> Floor:
    """Lay out so many GPUs of four slots on one node, numbered from 1."""
    gpus: tuple[Gpu, ...] = tuple(gpu(n) for n in range(1, count + 1))
    slots = tuple(slot for lease in taken for slot in lease)
    profiles = {"notebook": Profile("notebook")}
    return Floor(NOON, gpus, slots, "local", profiles, **more)  # type: ignore[arg-type]


def held(
    number: int,
    *slots: int,
    hours: float = 2,
    account: str = "site",
    loan: bool = False,
    person: int = 9,
) -> list[TakenSlot]:
    """Take slots of the GPU of that number until so many hours after noon."""
    uuid = f"GPU-{number}"
    lease = number * 10 + min(slots)
    return [TakenSlot(uuid, slot, at(hours), lease, person, account, loan) for slot in slots]


def told_end(lease: Lease) -> datetime | None:
    """Give the end a lease's holder was told of."""
    return lease.reclaim_at or lease.expires_at


def slots_of(
    leases: Iterable[Lease], until: Callable[[Lease], datetime | None] = told_end
) -> tuple[TakenSlot, ...]:
    """Give the slots of leases as the floor has them, until the end they were told of."""
    return tuple(
        TakenSlot(part.gpu_uuid, slot, until(x), x.id, x.person_id, x.account, x.loan)
        for x in leases
        for part in x.slots
        for slot in part.slots
    )


def waits(number: int, gpus: Fraction = HALF, hours: float = 1, **more: object) -> Queued:
    """Let the person of that number wait since noon, or since `asked` hours from then."""
    asked = at(float(more.pop("asked", 0.0)))  # type: ignore[arg-type]
    standing = Standing(int(more.pop("priority", 5)), float(more.pop("usage", 0.0)))  # type: ignore[call-overload, arg-type]
    ticket = Ticket(
        id=number,
        person_id=number,
        user=f"person{number}",
        server="",
        account=str(more.pop("account", "site")),
        gpus=gpus,
        duration=timedelta(hours=hours),
        asked_at=asked,
        **more,  # type: ignore[arg-type]
    )
    return Queued(ticket, standing)


def nothing(_ticket: Ticket) -> tuple[Reason, ...]:
    """Judge that nothing of anybody's own stands in their way."""
    return ()
