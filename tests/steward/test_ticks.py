"""The steward's tick: every running lease is read by this machine's own clocks."""

from datetime import timedelta
from fractions import Fraction

from hub import clock, leasing
from hub.house import House
from hub.leasing import Ask
from hub.policy.leases import Lease
from hub.policy.requests import SpawnRequest
from hub.steward.__main__ import DUTIES
from hub.steward.ticks import tick_meters
from hub.store import ledger
from tests.steward.test_duties import Engine, HubThatKnows, office


def test_a_tick_reads_the_meter_of_what_runs(house: House) -> None:
    now, boot = clock.now(), clock.boot()
    opened = leasing.request(house, Ask("ann", "", SpawnRequest(gpus=Fraction(1))), now)
    assert isinstance(opened, Lease)
    leasing.activate(house, opened.id, now, boot)
    tick_meters(office(house, HubThatKnows(), Engine(opened.id)), clock.now())
    with house.database.read() as db:
        meter = ledger.load_meter(db, opened.id)
    assert meter is not None
    assert meter.boot_id == boot.boot_id
    assert meter.charged_ms == meter.run_ms == meter.boot_ms - int(boot.seconds * 1000)


def test_what_runs_is_charged_at_least_each_minute() -> None:
    assert dict(DUTIES)[tick_meters] <= timedelta(minutes=1)
