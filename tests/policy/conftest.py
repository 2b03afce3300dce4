"""Builders of small stations for policy's tests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest

from hub.policy.ceilings import Quota
from hub.policy.floor import Floor
from hub.policy.gpus import Gpu, SlotRange, TakenSlot
from hub.policy.leases import Lease, State
from hub.policy.people import Person
from hub.policy.profiles import Profile
from hub.policy.snapshot import Snapshot

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ANN = Person(id=1, name="ann", uid=201001, groups=("field-lab",), primary_group="field-lab")
SITE_QUOTAS = {
    ("site", "gpus"): Quota(Fraction(1)),
    ("site", "servers"): Quota(Fraction(1)),
    ("site", "lease_hours"): Quota(Fraction(8)),
}


def gpu(number: int, **changes: object) -> Gpu:
    """Make the GPU of that number."""
    plain = Gpu(f"GPU-{number}", "Test GPU", "local", "Test GPU", 16384, 4)
    return replace(plain, **changes)  # type: ignore[arg-type]


def taken(number: int, *slots: int, hours: float = 2) -> list[TakenSlot]:
    """Take slots of the GPU of that number."""
    until = NOON + timedelta(hours=hours)
    return [TakenSlot(f"GPU-{number}", slot, until) for slot in slots]


def lease(number: int = 1, **changes: object) -> Lease:
    """Make a lease of ann's of half a GPU, running since noon for four hours."""
    plain = Lease(
        id=number,
        person_id=1,
        user="ann",
        server="other",
        account="group:field-lab",
        profile="notebook",
        state=State.ACTIVE,
        node="local",
        slots=(SlotRange("GPU-1", (0, 1)),),
        share=Fraction(1, 2),
        parts=200,
        cpus=Fraction(2),
        memory_mib=4096,
        duration=timedelta(hours=4),
        opened_at=NOON,
        active_at=NOON,
        expires_at=NOON + timedelta(hours=4),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


@pytest.fixture
def snapshot() -> Snapshot:
    """A station of two free GPUs where ann may hold one GPU and one server for eight hours."""
    floor = Floor(
        now=NOON,
        gpus=(gpu(1), gpu(2)),
        taken=(),
        node="local",
        profiles={"notebook": Profile("notebook")},
    )
    return Snapshot(floor=floor, person=ANN, server="", ceilings=SITE_QUOTAS, own=())


def on_floor(snapshot: Snapshot, **changes: object) -> Snapshot:
    """Change the floor of a snapshot."""
    return replace(snapshot, floor=replace(snapshot.floor, **changes))  # type: ignore[arg-type]
