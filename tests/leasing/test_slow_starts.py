"""A lease's time counts from its first answer, but never into what was promised meanwhile."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

from hub import leasing, notices, reservations
from hub.house import House
from hub.leasing import Ask
from hub.policy.leases import Lease
from hub.policy.requests import SpawnRequest
from hub.policy.reservations import Series
from hub.reservations import Claim, Made
from hub.store import ledger, people
from hub.store.gpus import replace_node
from hub.units import PARTS
from tests.boots import boot_at
from tests.leasing.conftest import GPU, NOON

HOUR, TEN_MINUTES = timedelta(hours=1), timedelta(minutes=10)
BELL = NOON + HOUR


def asked(house: House, share: Fraction = Fraction(1), length: timedelta = HOUR) -> Lease:
    """Ask for a GPU at noon."""
    request = SpawnRequest(gpus=share, duration=length)
    lease = leasing.request(house, Ask("ann", "", request), NOON)
    assert isinstance(lease, Lease)
    return lease


def answers(house: House, lease: Lease) -> Lease:
    """Let its server answer ten minutes later."""
    now = NOON + TEN_MINUTES
    return leasing.activate(house, lease.id, now, boot_at(now))


def reserve(house: House, parts: int = PARTS) -> None:
    """Reserve the GPU for a group, just after what was asked for at noon ends."""
    with house.database.write() as db:
        people.add_group(db, "lab", NOON)
    wall = BELL.replace(tzinfo=None)
    claim = Claim("group:lab", parts, Series(wall, wall + HOUR, "UTC"))
    assert isinstance(reservations.add(house, [claim], False, "root", NOON), Made)


def test_a_start_that_took_ten_minutes_does_not_shorten_a_lease(house: House) -> None:
    lease = answers(house, asked(house))
    assert (lease.expires_at, lease.duration) == (BELL + TEN_MINUTES, HOUR)
    assert notices.load_about_lease(house, lease.id) == []


def test_a_start_that_took_ten_minutes_runs_into_no_reservation_made_meanwhile(
    house: House,
) -> None:
    lease = asked(house)
    reserve(house)
    lease = answers(house, lease)
    assert (lease.expires_at, lease.guaranteed_until) == (BELL, BELL)
    assert lease.duration == HOUR - TEN_MINUTES
    (told,) = notices.load_about_lease(house, lease.id)
    assert (told.kind, told.until) == ("shortened", BELL)


def test_a_slow_start_beside_a_reservation_that_leaves_room_costs_nothing(house: House) -> None:
    lease = asked(house, Fraction(1, 2))
    reserve(house, PARTS // 2)
    assert answers(house, lease).expires_at == BELL + TEN_MINUTES


def test_what_a_shortened_lease_can_not_cost_any_more_is_not_held(house: House) -> None:
    lease = asked(house)
    reserve(house)
    answers(house, lease)
    with house.database.read() as db:
        [found] = ledger.load_sums(db, ["user:ann"], NOON.date(), NOON.date()).values()
    assert found.held_ms == 50 * 60_000


def test_a_lease_that_started_for_longer_than_it_was_to_run_ends_for_a_reservation(
    house: House,
) -> None:
    lease = asked(house, length=timedelta(minutes=5))
    with house.database.write() as db:
        people.add_group(db, "lab", NOON)
    wall = (NOON + timedelta(minutes=12)).replace(tzinfo=None)
    claim = Claim("group:lab", PARTS, Series(wall, wall + HOUR, "UTC"))
    assert isinstance(reservations.add(house, [claim], False, "root", NOON), Made)
    assert answers(house, lease).expires_at == NOON + timedelta(minutes=12)


def test_a_gpu_lost_while_it_starts_costs_nobody_their_time(house: House) -> None:
    second = replace(GPU, uuid="GPU-2")
    with house.database.write() as db:
        replace_node(db, "local", [GPU, second], NOON)
    held = leasing.request(
        house, Ask("bob", "", SpawnRequest(gpus=Fraction(1), duration=8 * HOUR)), NOON
    )
    assert isinstance(held, Lease)
    lease = asked(house)
    broken = {part.gpu_uuid for part in held.slots}
    now = [replace(g, health="fault") if g.uuid in broken else g for g in (GPU, second)]
    with house.database.write() as db:
        replace_node(db, "local", now, NOON)
    assert answers(house, lease).expires_at == BELL + TEN_MINUTES
