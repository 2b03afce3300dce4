"""Of two stewards one acts; a dead one is replaced, and one that stood still knows it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.clock import BootTime
from hub.house import House
from hub.steward.acting import TERM, Acting
from tests.leasing.conftest import NOON

SECOND = timedelta(seconds=1)


@dataclass
class Machine:
    """The clocks of a machine, in the test's hand."""

    wall: datetime = NOON
    seconds: float = 1000.0

    def clocks(self) -> tuple[datetime, BootTime]:
        """Tell both times."""
        return self.wall, BootTime("boot-a", self.seconds)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.wall += seconds * SECOND
        self.seconds += seconds


def test_of_two_one_acts(house: House) -> None:
    machine = Machine()
    first, second = Acting(house, "a", machine.clocks), Acting(house, "b", machine.clocks)
    assert (first.renew(), second.renew()) == (True, False)
    assert (first.acts(), second.acts()) == (True, False)


def test_nobody_acts_before_asking(house: House) -> None:
    assert not Acting(house, "a", Machine().clocks).acts()


def test_who_renews_keeps_acting(house: House) -> None:
    machine = Machine()
    first, second = Acting(house, "a", machine.clocks), Acting(house, "b", machine.clocks)
    for _ in range(20):
        assert first.renew()
        assert not second.renew()
        machine.wait(2)
        assert first.acts()


def test_a_killed_one_is_replaced_within_twenty_seconds(house: House) -> None:
    machine = Machine()
    Acting(house, "a", machine.clocks).renew()
    second = Acting(house, "b", machine.clocks)
    for _ in range(10):
        machine.wait(2)
        if second.renew():
            break
    assert second.acts()
    assert machine.seconds <= 1020


def test_one_that_stood_still_stops_before_another_may_begin(house: House) -> None:
    machine = Machine()
    first, second = Acting(house, "a", machine.clocks), Acting(house, "b", machine.clocks)
    first.renew()
    for _ in range(int(TERM.total_seconds()) + 2):
        machine.wait(1)
        second.renew()
        assert not (first.acts() and second.acts())
    assert second.acts()


def test_who_is_told_to_stop_is_replaced_at_once(house: House) -> None:
    machine = Machine()
    first, second = Acting(house, "a", machine.clocks), Acting(house, "b", machine.clocks)
    first.renew()
    first.let_go()
    assert not first.acts()
    assert second.renew()


def test_setting_the_clock_forward_takes_the_duty_from_nobody(house: House) -> None:
    machine = Machine()
    first, second = Acting(house, "a", machine.clocks), Acting(house, "b", machine.clocks)
    first.renew()
    machine.wall += timedelta(hours=2)
    assert not second.renew()
    assert first.renew()


def test_setting_the_clock_back_leaves_the_duty_to_nobody_for_hours(house: House) -> None:
    machine = Machine()
    Acting(house, "a", machine.clocks).renew()
    machine.wall -= timedelta(hours=2)
    machine.wait(TERM.total_seconds())
    assert Acting(house, "b", machine.clocks).renew()
