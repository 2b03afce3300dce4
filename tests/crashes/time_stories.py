"""More time for a lease, asked for, decided or kept, and a clock that is set, to be cut short."""

from fractions import Fraction

from hub import asks, clock_steps, extending, leasing, samples
from hub.extending import Asked, Extended
from hub.house import House
from hub.policy.ceilings import Quota
from hub.policy.rights import HOST
from hub.policy.work import Sample
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


def root_refuses_it(house: House) -> None:
    """Her request is refused."""
    [request] = asks.load_requests(house, HOST)
    asks.refuse(house, request.id, HOST, "", minutes(61))


def ann_opens_it(house: House) -> None:
    """She looks at her server for the first time."""
    [lease] = leasing.load_open(house)
    assert extending.opened(house, lease.id, minutes(2))


def ann_keeps_it_going(house: House) -> None:
    """Her server is to go on while it works."""
    [lease] = leasing.load_open(house)
    assert extending.set_keep_going(house, lease.id, True, HOST, minutes(3)).keep_going


def it_works(house: House) -> None:
    """Its GPU is seen at work, shortly before its end."""
    [lease] = leasing.load_open(house)
    samples.store_samples(house, [Sample(lease.id, 80, 1000, working=True)], minutes(220))


def it_goes_on(house: House) -> None:
    """It is given another hour."""
    assert extending.keep_going(house, minutes(220))


def the_clock_is_seen(house: House) -> None:
    """The steward looks at the clock."""
    clock_steps.look(house, lambda: (minutes(10), boot_at(minutes(10))))


def the_clock_is_set(house: House) -> None:
    """Somebody sets it two hours forward."""
    clock_steps.look(house, lambda: (minutes(130), boot_at(minutes(10))))
