"""The steward's duties on a real database, beside a hub and an engine that fail in every way."""

from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction

import pytest

from hub import leasing
from hub.engine.facts import Listed
from hub.errors import HubUnreachable
from hub.house import House
from hub.hubapi import HubServer
from hub.leasing import Ask
from hub.policy.leases import EndReason, Lease, State
from hub.policy.requests import SpawnRequest
from hub.steward.closings import end_closing
from hub.steward.expiry import close_expired
from hub.steward.office import Office
from hub.steward.reconcile import reconcile
from tests.boots import boot_at
from tests.leasing.conftest import (
    LATER,
    NOON,
    AgentThatSees,
    EngineOfOneContainer,
    EngineThatIsSilent,
    make_closer,
)

HALF = SpawnRequest(gpus=Fraction(1, 2))


@dataclass
class HubThatKnows:
    """A hub that knows these servers, and stops what it is told to."""

    servers: list[HubServer] = field(default_factory=list)
    stopped: list[tuple[str, str]] = field(default_factory=list)

    def load_servers(self) -> list[HubServer]:
        """List them."""
        return self.servers

    def find_server(self, user: str, server: str) -> HubServer | None:
        """Find one."""
        return next((s for s in self.servers if (s.user, s.name) == (user, server)), None)

    def stop_server(self, user: str, server: str) -> bool:
        """Stop one."""
        self.stopped.append((user, server))
        return True


class HubThatIsSilent(HubThatKnows):
    """A hub that does not answer."""

    def load_servers(self) -> list[HubServer]:
        """Answer nothing."""
        raise HubUnreachable

    def find_server(self, user: str, server: str) -> HubServer | None:
        """Answer nothing."""
        raise HubUnreachable


class HubWhosePagesShift(HubThatKnows):
    """A hub whose list leaves out a server that moved between two of its pages."""

    def load_servers(self) -> list[HubServer]:
        """List nobody."""
        return []


class Engine(EngineOfOneContainer):
    """An engine that also lists its container."""

    def list_labelled(self, labels: dict[str, str]) -> list[Listed]:
        """List it while it is there."""
        status = "running" if self.running else "exited"
        labels = {"allotment.lease": str(self.lease_id)}
        return [Listed("c0", "name", status, labels)] if self.there else []


READY = HubServer("ann", "", ready=True, pending=None)
STOPPING = HubServer("ann", "", ready=False, pending="stop")


@pytest.fixture
def lease(house: House) -> Lease:
    """A running lease of ann's."""
    opened = leasing.request(house, Ask("ann", "", HALF), NOON)
    assert isinstance(opened, Lease)
    return leasing.activate(house, opened.id, NOON, boot_at(NOON))


def office(house: House, hub: HubThatKnows, engine: EngineOfOneContainer) -> Office:
    """Put an office together."""
    closer = make_closer(house, engine)
    return Office(house, engine, AgentThatSees(), hub, closer)  # type: ignore[arg-type]


def state(house: House, lease: Lease) -> State:
    """Read a lease's state."""
    return leasing.load_lease(house, lease.id).state


def test_a_lease_ends_when_its_time_is_over(house: House, lease: Lease) -> None:
    close_expired(office(house, HubThatKnows(), Engine(lease.id)), NOON + timedelta(hours=5))
    ended = leasing.load_lease(house, lease.id)
    assert (ended.state, ended.end_reason) == (State.CLOSING, EndReason.EXPIRE)


def test_a_closing_server_is_ended_through_the_hub_that_knows_it(
    house: House,
    lease: Lease,
) -> None:
    leasing.begin_closing(house, lease.id, EndReason.EXPIRE, NOON)
    hub = HubThatKnows([READY])
    end_closing(office(house, hub, Engine(lease.id)), NOON)
    assert hub.stopped == [("ann", "")]
    assert state(house, lease) is State.CLOSING


@pytest.mark.parametrize("hub", [HubThatKnows(), HubThatIsSilent()])
def test_a_closing_server_the_hub_does_not_know_is_ended_at_the_engine(
    house: House,
    lease: Lease,
    hub: HubThatKnows,
) -> None:
    leasing.begin_closing(house, lease.id, EndReason.EXPIRE, NOON)
    end_closing(office(house, hub, Engine(lease.id)), NOON)
    assert state(house, lease) is State.CLOSED


def test_a_stop_that_takes_the_hub_too_long_is_taken_over(
    house: House,
    lease: Lease,
) -> None:
    leasing.begin_closing(house, lease.id, EndReason.RELEASE, NOON)
    at_work = office(house, HubThatKnows([STOPPING]), Engine(lease.id))
    end_closing(at_work, NOON + timedelta(seconds=10))
    assert state(house, lease) is State.CLOSING
    end_closing(at_work, NOON + timedelta(minutes=1))
    assert state(house, lease) is State.CLOSED


def test_a_lease_the_hub_knows_no_server_for_is_closed(
    house: House,
    lease: Lease,
) -> None:
    reconcile(office(house, HubThatKnows(), Engine(lease.id)), LATER)
    assert leasing.load_lease(house, lease.id).end_reason is EndReason.FAULT


@pytest.mark.parametrize("hub", [HubThatIsSilent([READY]), HubWhosePagesShift([READY])])
def test_a_server_is_not_ended_because_a_list_left_it_out(
    house: House,
    lease: Lease,
    hub: HubThatKnows,
) -> None:
    reconcile(office(house, hub, Engine(lease.id)), LATER)
    assert state(house, lease) is State.ACTIVE


def test_a_young_lease_is_left_alone(house: House, lease: Lease) -> None:
    reconcile(office(house, HubThatKnows(), Engine(lease.id)), NOON + timedelta(seconds=5))
    assert state(house, lease) is State.ACTIVE


def test_a_server_whose_container_is_gone_is_closed_though_the_hub_believes_in_it(
    house: House,
    lease: Lease,
) -> None:
    reconcile(office(house, HubThatKnows([READY]), Engine(lease.id, there=False)), LATER)
    assert state(house, lease) is State.CLOSING


def test_a_server_that_answers_becomes_active_though_the_hub_was_killed_before_saying_so(
    house: House,
) -> None:
    opened = leasing.request(house, Ask("ann", "", HALF), NOON)
    assert isinstance(opened, Lease)
    reconcile(office(house, HubThatKnows([READY]), Engine(opened.id)), LATER)
    assert state(house, opened) is State.ACTIVE


def test_a_container_without_a_lease_is_ended(house: House) -> None:
    stray = Engine(4711)
    reconcile(office(house, HubThatKnows(), stray), LATER)
    assert (stray.stopped, stray.there) == (["c0"], False)


def test_nothing_is_closed_while_the_engine_is_silent(
    house: House,
    lease: Lease,
) -> None:
    leasing.begin_closing(house, lease.id, EndReason.RELEASE, NOON)
    at_work = office(house, HubThatKnows(), EngineThatIsSilent(lease.id))
    end_closing(at_work, LATER)
    assert state(house, lease) is State.CLOSING
