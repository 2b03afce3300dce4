"""Builders of what is lent: whole stations under loans, and an owner who wants theirs back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from hub.policy.floor import Floor
from hub.policy.gpus import Gpu, Isolation, SlotRange
from hub.policy.leases import Lease, State
from hub.policy.profiles import Profile
from hub.policy.reclaim import Reclaim, choose_victims
from hub.policy.victims import Lent
from hub.policy.wishes import Wish
from tests.policy.floors import slots_of

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
OWNER = "group:owner"
OTHERS = "group:others"


def gpu(number: int, node: str = "a", isolation: Isolation = "soft", kind: str = "Plain") -> Gpu:
    """Make a GPU of four slots."""
    return Gpu(f"GPU-{number:03}", kind, node, kind, 16384, 4, isolation=isolation)


def lease(number: int, person: int, *places: tuple[int, tuple[int, ...]]) -> Lease:
    """Make a running loan of four hours that was opened an hour ago."""
    slots = tuple(SlotRange(f"GPU-{of:03}", which) for of, which in places)
    parts = 100 * sum(len(part.slots) for part in slots)
    return Lease(
        id=number,
        person_id=person,
        user=f"person-{person}",
        server="",
        account=OTHERS,
        profile="notebook",
        state=State.ACTIVE,
        node="a",
        slots=slots,
        share=Fraction(parts, 400),
        parts=parts,
        cpus=Fraction(2),
        memory_mib=4096,
        duration=4 * HOUR,
        opened_at=NOON - HOUR,
        active_at=NOON - HOUR,
        expires_at=NOON + 3 * HOUR,
        guaranteed_until=NOON - HOUR / 2,
        loan=True,
    )


def floor(gpus: list[Gpu], leases: list[Lease], guarantee: int = 4000, **more: object) -> Floor:
    """Make a floor on which the owner is guaranteed so many parts."""
    made = Floor(
        NOON,
        tuple(gpus),
        slots_of(leases, lambda x: x.guaranteed_until),
        "a",
        guarantees={OWNER: guarantee},
    )
    return replace(made, **more)  # type: ignore[arg-type]


def wish(share: str, *kinds: str) -> Wish:
    """Make a wish of the owner's."""
    return Wish(Profile("notebook", kinds=kinds), Fraction(share), HOUR, OWNER, 1)


def victims(
    station: Floor, leases: list[Lease], wanted: Wish, since: datetime | None = None
) -> Reclaim | None:
    """Choose who is interrupted; seats lent since a bell are theirs at once."""
    return choose_victims(station, Lent(station, leases, since), wanted)


def chosen(found: Reclaim | None) -> list[int]:
    """List who is interrupted."""
    assert found is not None
    return [lease_id for lease_id, _ in found.victims]
