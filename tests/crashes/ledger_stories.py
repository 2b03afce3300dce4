"""What the books write while a server runs and runs over, told so that it can be cut short."""

from hub import books, leasing
from hub.house import House
from hub.policy.leases import EndReason
from tests.boots import boot_at
from tests.crashes.stage import minutes

EXPIRED, GONE = minutes(242), minutes(250)


def time_is_charged(house: House) -> None:
    """Half an hour of everything that runs is charged."""
    books.tick_all(house, minutes(30), boot_at(minutes(30)))


def ann_expires(house: House) -> None:
    """Her time is over, and her server does not stop."""
    [lease] = leasing.load_open(house)
    leasing.begin_closing(house, lease.id, EndReason.EXPIRE, EXPIRED)


def ann_is_gone_late(house: House) -> None:
    """Her container is gone at last: what ran over is written."""
    [lease] = leasing.load_open(house)
    leasing.finish_closing(house, lease.id, GONE, boot_at(GONE))
