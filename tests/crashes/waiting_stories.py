"""Stories of the waiting list: a place, a turn, an offer claimed, served, failed, or not taken."""

from fractions import Fraction

from hub import dispatching, leasing, offers
from hub.house import House
from hub.leasing import Ask
from hub.policy.leases import EndReason, Lease
from hub.policy.outcomes import Wait
from hub.policy.requests import SpawnRequest
from tests.boots import boot_at
from tests.crashes.stage import NOON, minutes

BOTH = SpawnRequest(gpus=Fraction(2), if_busy="wait")
CPU = SpawnRequest()


def ann_has_everything(house: House) -> None:
    """No slot is free."""
    assert isinstance(leasing.request(house, Ask("ann", "", BOTH), NOON), Lease)


def bob_waits(house: House) -> None:
    """Bob has a ticket."""
    assert isinstance(leasing.request(house, Ask("bob", "", BOTH), minutes(1)), Wait)


def charlie_waits(house: House) -> None:
    """Charlie has the next."""
    assert isinstance(leasing.request(house, Ask("charlie", "", BOTH), minutes(2)), Wait)


def bob_has_a_cpu_server(house: House) -> None:
    """A server without a GPU runs under the name of bob's ticket."""
    lease = leasing.request(house, Ask("bob", "", CPU), minutes(2))
    assert isinstance(lease, Lease)
    leasing.activate(house, lease.id, minutes(2), boot_at(minutes(2)))


def everybody_is_told(house: House) -> None:
    """All who wait are judged."""
    assert dispatching.judge_all(house, minutes(3)) > 0


def ann_leaves(house: House) -> None:
    """Everything is free."""
    held = leasing.find_open(house, "ann", "")
    assert held is not None
    leasing.begin_closing(house, held.id, EndReason.RELEASE, minutes(4))
    leasing.finish_closing(house, held.id, minutes(4), boot_at(minutes(4)))


def bobs_turn_comes(house: House) -> None:
    """Bob has an offer, and is told of it if only he can take it."""
    assert dispatching.offer_next(house, minutes(5)) is not None
    offers.settle(house, minutes(5))


def bobs_server_starts(house: House) -> None:
    """A start claims the offer."""
    assert isinstance(leasing.request(house, Ask("bob", "", BOTH), minutes(6)), Lease)


def bobs_server_answers(house: House) -> None:
    """The ticket is served."""
    leasing.activate(house, _bobs(house), minutes(7), boot_at(minutes(7)))


def bobs_server_fails(house: House) -> None:
    """It is gone before it answered."""
    leasing.begin_closing(house, _bobs(house), EndReason.FAULT, minutes(7))
    leasing.finish_closing(house, _bobs(house), minutes(7), boot_at(minutes(7)))


def bob_does_not_come(house: House) -> None:
    """The offer is over."""
    offers.settle(house, minutes(15))


def _bobs(house: House) -> int:
    found = leasing.find_open(house, "bob", "")
    assert found is not None
    return found.id


FULL = (ann_has_everything,)
WAITING = (ann_has_everything, bob_waits, charlie_waits)
FREE = (ann_has_everything, bob_waits, ann_leaves)
STARTING = (*FREE, bobs_turn_comes, bobs_server_starts)
OFFERED_BESIDE = (
    ann_has_everything,
    bob_waits,
    charlie_waits,
    bob_has_a_cpu_server,
    ann_leaves,
    bobs_turn_comes,
)
