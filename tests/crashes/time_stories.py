"""More time for a lease, a request that is decided, and a clock that is set, to be cut short."""

from fractions import Fraction

from hub import asks, clock_steps, extending, leasing
from hub.extending import Asked, Extended
from hub.house import House
from hub.policy.ceilings import Quota
from hub.policy.rights import HOST
from hub.store import ceilings
from tests.boots import boot_at
from tests.crashes.stage import minutes


def ann_extends(house: House) -> None:
    """Her server runs two hours longer."""
    [lease] = leasing.load_open(house)
    assert isinstance(extending.extend(house, lease.id, 2, HOST, minutes(60)), Extended)


def ann_asks_for_more(house: House) -> None:
    """Nobody may run longer than four hours, and she asks for more."""
    with house.database.write() as db:
        ceilings.set_ceiling(db, "site", "lease_hours_total", Quota(Fraction(4)))
    [lease] = leasing.load_open(house)
    assert isinstance(extending.extend(house, lease.id, 2, HOST, minutes(60)), Asked)


def root_grants_it(house: House) -> None:
    """Her request is granted."""
    [request] = asks.load_requests(house, HOST)
    asks.grant(house, request.id, HOST, "", minutes(61))


def the_clock_is_seen(house: House) -> None:
    """The steward looks at the clock."""
    clock_steps.look(house, lambda: (minutes(10), boot_at(minutes(10))))


def the_clock_is_set(house: House) -> None:
    """Somebody sets it two hours forward."""
    clock_steps.look(house, lambda: (minutes(130), boot_at(minutes(10))))
