"""What becomes of offers: started by themselves, left to their owner, and no place ever lost."""

from datetime import timedelta

import pytest

from hub import leasing, waiting
from hub.house import House
from hub.leasing import Ask
from hub.policy.leases import EndReason, Lease, State
from hub.policy.outcomes import Wait
from hub.policy.tickets import Ticket, TicketState
from hub.steward.closings import end_closing
from hub.steward.dispatch import dispatch
from hub.steward.offers import start_offered
from hub.steward.reconcile import reconcile
from hub.waiting import TicketAsk
from tests.boots import boot_at
from tests.leasing.conftest import LATER, NOON
from tests.leasing.line import (
    WHOLE,
    actor,
    end,
    line,
    load,
    offer_of,
    open_leases,
    taken,
)
from tests.steward.hubs import (
    HubThatDiesInTheMiddle,
    HubThatIsBusy,
    HubThatIsSilent,
    HubThatRefuses,
    HubThatStarts,
    office_with,
)
from tests.steward.turns import do, told


def test_when_a_turn_comes_the_server_is_started(house: House, ticket: Ticket) -> None:
    offer = offer_of(house, ticket)
    hub = HubThatStarts(house)
    start_offered(office_with(hub), NOON)
    assert hub.asked == [("bob", "")]
    claimed = leasing.find_open(house, "bob", "")
    assert claimed is not None
    assert (claimed.id, claimed.offer_until) == (offer.id, None)


def test_a_server_that_starts_is_not_started_again(house: House, ticket: Ticket) -> None:
    hub = HubThatStarts(house)
    for _ in range(3):
        do(hub)
    assert hub.asked == [("bob", "")]


def test_a_ticket_is_served_once_its_server_answers(house: House, ticket: Ticket) -> None:
    do(HubThatStarts(house))
    lease = offer_of(house, ticket)
    assert load(house, ticket).state is TicketState.OFFERED
    leasing.activate(house, lease.id, NOON, boot_at(NOON))
    served = load(house, ticket)
    assert (served.state, served.lease_id) == (TicketState.SERVED, lease.id)
    assert line(house) == ["charlie"]


@pytest.mark.parametrize("hub", [HubThatIsSilent, HubThatIsBusy])
def test_an_offer_stands_while_the_hub_can_not_start_it(
    house: House, ticket: Ticket, hub: type[HubThatStarts]
) -> None:
    do(hub(house))
    do(hub(house), 9)
    assert load(house, ticket).state is TicketState.OFFERED
    do(HubThatStarts(house), 9)
    assert leasing.find_open(house, "bob", "") is not None


@pytest.mark.parametrize("hub", [HubThatIsSilent, HubThatIsBusy])
def test_a_hub_that_is_silent_for_long_costs_nobody_their_place(
    house: House, ticket: Ticket, hub: type[HubThatStarts]
) -> None:
    first = offer_of(house, ticket)
    do(hub(house), 11)
    again = load(house, ticket)
    assert (again.state, again.passes, again.asked_at) == (
        TicketState.OFFERED,
        0,
        ticket.asked_at,
    )
    assert again.lease_id != first.id
    assert taken(house) == 4


def test_a_hub_killed_in_the_middle_is_not_asked_again(house: House, ticket: Ticket) -> None:
    do(HubThatDiesInTheMiddle(house))
    hub = HubThatStarts(house)
    do(hub)
    assert hub.asked == []
    assert len(open_leases(house)) == 1


def test_a_start_that_is_refused_gives_the_old_place_and_the_turn_to_the_next(
    house: House, ticket: Ticket
) -> None:
    do(HubThatRefuses(house))
    back = load(house, ticket)
    assert (back.state, back.asked_at, back.passes) == (TicketState.WAITING, NOON, 0)
    assert line(house) == ["bob", "charlie"]
    dispatch(office_with(HubThatStarts(house)), NOON + timedelta(seconds=1))
    reason = load(house, ticket).reason
    assert reason is not None
    assert (reason.code, reason.rule) == ("start-failed", "again")
    assert [lease.user for lease in open_leases(house)] == ["charlie"]


def test_a_start_that_failed_is_tried_again_later_and_later(house: House, ticket: Ticket) -> None:
    hub = HubThatRefuses(house)
    waiting.cancel(house, actor(house, "charlie"), ticket.id + 1, NOON)
    do(hub)
    do(hub, 5 / 60)
    assert len(hub.asked) == 1
    do(hub, 11 / 60)
    assert len(hub.asked) == 2
    do(hub, 25 / 60)
    assert len(hub.asked) == 2
    do(hub, 32 / 60)
    assert len(hub.asked) == 3


def test_a_start_that_fails_after_it_began_gives_the_old_place(
    house: House, ticket: Ticket
) -> None:
    do(HubThatStarts(house))
    lease = offer_of(house, ticket)
    leasing.begin_closing(house, lease.id, EndReason.FAULT, NOON)
    leasing.finish_closing(house, lease.id, NOON, boot_at(NOON))
    back = load(house, ticket)
    assert (back.state, back.asked_at, back.lease_id) == (TicketState.WAITING, NOON, None)


def test_a_start_by_its_owner_that_fails_gives_the_old_place(house: House, ticket: Ticket) -> None:
    started = leasing.request(house, Ask("bob", "", WHOLE), NOON)
    assert isinstance(started, Lease)
    leasing.begin_closing(house, started.id, EndReason.FAULT, NOON)
    leasing.finish_closing(house, started.id, NOON, boot_at(NOON))
    assert load(house, ticket).state is TicketState.WAITING


def test_who_stops_a_server_while_it_starts_leaves_the_line_and_is_told_so(
    house: House, ticket: Ticket
) -> None:
    hub = HubThatStarts(house)
    do(hub)
    end(house, offer_of(house, ticket))
    assert load(house, ticket).state is TicketState.CANCELLED
    assert told(house, ticket) == ["turn-left"]
    do(hub, 60)
    assert hub.asked == [("bob", ""), ("charlie", "")]


def test_an_offer_an_administrator_revoked_is_not_made_again(house: House, ticket: Ticket) -> None:
    hub = HubThatStarts(house)
    leasing.revoke(house, offer_of(house, ticket).id, "root", NOON)
    end_closing(office_with(hub), NOON)
    assert load(house, ticket).state is TicketState.CANCELLED
    assert taken(house) == 0


def test_who_does_not_want_to_be_started_is_asked_first(house: House) -> None:
    ask = TicketAsk("bob", "", WHOLE, auto_start=False)
    waits = waiting.ask_for_ticket(house, ask, NOON)
    assert isinstance(waits, Wait)
    assert waits.ticket_id is not None
    ticket, hub = load(house, waits.ticket_id), HubThatStarts(house)
    do(hub)
    do(hub, 1)
    assert (hub.asked, told(house, ticket)) == ([], ["offer"])
    waiting.take(house, actor(house, "bob"), ticket.id, NOON + timedelta(minutes=2))
    do(hub, 2)
    assert hub.asked == [("bob", "")]


def test_an_offer_without_a_server_is_no_fault(house: House, ticket: Ticket) -> None:
    reconcile(office_with(HubThatStarts(house)), LATER)
    assert offer_of(house, ticket).state is State.HELD
