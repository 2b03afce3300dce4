"""An offer to somebody whose CPU server runs: nothing is touched until they say so."""

from datetime import timedelta

import pytest

from hub import leasing, waiting
from hub.house import House
from hub.hubapi import HubServer
from hub.policy.leases import Lease, State
from hub.policy.tickets import Ticket, TicketState
from hub.steward.closings import end_closing
from hub.steward.reconcile import reconcile
from tests.leasing.conftest import LATER, NOON
from tests.leasing.line import (
    CPU,
    actor,
    end,
    load,
    offer_of,
    open_leases,
    run,
)
from tests.steward.hubs import (
    HubThatIsSilent,
    HubThatStarts,
    office_with,
)
from tests.steward.turns import do, told

TEN = timedelta(minutes=10)


class TestBesideACpuServer:
    """Bob's turn has come while a server without a GPU runs under the same name."""

    @pytest.fixture
    def cpu(self, house: House, ticket: Ticket) -> Lease:
        """Bob's CPU server."""
        return run(house, "bob", CPU)

    def test_nothing_is_touched_and_its_owner_is_told_once(
        self, house: House, ticket: Ticket, cpu: Lease
    ) -> None:
        hub = HubThatStarts(house)
        do(hub)
        do(hub, 9)
        assert (hub.asked, hub.stopped) == ([], [])
        assert leasing.load_lease(house, cpu.id).state is State.ACTIVE
        assert told(house, ticket) == ["offer"]

    def test_the_owners_click_stops_the_one_and_starts_the_other(
        self, house: House, ticket: Ticket, cpu: Lease
    ) -> None:
        hub = HubThatStarts(house)
        do(hub)
        offer = offer_of(house, ticket)
        waiting.take(house, actor(house, "bob"), ticket.id, NOON + timedelta(minutes=9))
        do(hub, 11)
        assert hub.asked == []
        end(house, cpu)
        do(hub, 12)
        assert hub.asked == [("bob", "")]
        claimed = leasing.find_open(house, "bob", "")
        assert claimed is not None
        assert claimed.id == offer.id

    def test_untaken_it_goes_one_place_back_once_and_then_closes(
        self, house: House, ticket: Ticket, cpu: Lease
    ) -> None:
        hub = HubThatStarts(house)
        do(hub)
        do(hub, 10)
        back = load(house, ticket)
        assert (back.state, back.passes) == (TicketState.WAITING, 1)
        _, charlies = open_leases(house)
        assert charlies.user == "charlie"
        waiting.cancel(house, actor(house, "charlie"), ticket.id + 1, NOON + TEN)
        end(house, charlies, NOON + TEN)
        do(hub, 11)
        do(hub, 12)
        assert load(house, ticket).state is TicketState.OFFERED
        do(hub, 21)
        assert load(house, ticket).state is TicketState.LAPSED
        assert told(house, ticket) == ["offer-lapsed", "offer", "offer-passed", "offer"]

    def test_an_offer_its_owner_was_never_told_of_costs_no_place(
        self, house: House, ticket: Ticket, cpu: Lease
    ) -> None:
        do(HubThatStarts(house), 10)
        again = load(house, ticket)
        assert (again.state, again.passes) == (TicketState.OFFERED, 0)

    def test_untaken_while_the_hub_was_silent_it_costs_no_place(
        self, house: House, ticket: Ticket, cpu: Lease
    ) -> None:
        do(HubThatIsSilent(house))
        end(house, cpu)
        do(HubThatIsSilent(house), 10)
        assert told(house, ticket) == ["offer"]
        again = load(house, ticket)
        assert (again.state, again.passes) == (TicketState.OFFERED, 0)

    def test_no_other_duty_takes_the_offer_for_the_server_that_runs(
        self, house: House, ticket: Ticket, cpu: Lease
    ) -> None:
        hub = HubThatStarts(house, servers=[HubServer("bob", "", ready=True, pending=None)])
        reconcile(office_with(hub, cpu.id), LATER)
        assert offer_of(house, ticket).state is State.HELD
        assert leasing.load_lease(house, cpu.id).state is State.ACTIVE

    def test_a_revoked_offer_does_not_stop_it(
        self, house: House, ticket: Ticket, cpu: Lease
    ) -> None:
        hub = HubThatStarts(house, servers=[HubServer("bob", "", ready=True, pending=None)])
        leasing.revoke(house, offer_of(house, ticket).id, "root", NOON)
        end_closing(office_with(hub), NOON)
        assert hub.stopped == []
        assert leasing.load_lease(house, cpu.id).state is State.ACTIVE

    def test_once_it_ends_by_itself_the_offer_is_started(
        self, house: House, ticket: Ticket, cpu: Lease
    ) -> None:
        hub = HubThatStarts(house)
        do(hub)
        end(house, cpu)
        do(hub, 5)
        assert hub.asked == [("bob", "")]
