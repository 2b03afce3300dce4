"""Places moved, asked for anew, kept beside a server, foretold and given back, to be cut short."""

from fractions import Fraction

from hub import dispatching, leasing, offers, waiting
from hub.house import House
from hub.leasing import Ask
from hub.policy.leases import EndReason
from hub.policy.outcomes import Wait
from hub.policy.requests import SpawnRequest
from hub.policy.rights import HOST
from hub.store.tickets import find_open_ticket, load_offered
from hub.waiting import TicketAsk
from tests.crashes.stage import minutes

WHOLE = SpawnRequest(gpus=Fraction(1), if_busy="wait")


def charlie_is_moved_up(house: House) -> None:
    """Charlie, who came second, stands before Bob."""
    waiting.move(house, HOST, _ticket_of(house, "charlie"), 1, minutes(3))


def bob_leaves(house: House) -> None:
    """Bob gives up his place; who was moved before it stands without it."""
    waiting.cancel(house, HOST, _ticket_of(house, "bob"), minutes(4))


def bob_asks_for_less(house: House) -> None:
    """Bob asks for one GPU where he waited for two; his place is kept."""
    assert isinstance(leasing.request(house, Ask("bob", "", WHOLE), minutes(4)), Wait)


def bob_wants_a_place(house: House) -> None:
    """Bob has a server without a GPU and waits for one with."""
    asked = waiting.ask_for_ticket(house, TicketAsk("bob", "", WHOLE), minutes(4))
    assert isinstance(asked, Wait)


def everybody_is_foretold(house: House) -> None:
    """All who wait are told between when and when they start."""
    assert dispatching.foretell_all(house, minutes(4)) > 0


def bobs_start_is_refused(house: House) -> None:
    """The hub would not start the server of his offer."""
    with house.database.read() as db:
        [ticket] = load_offered(db)
    assert ticket.lease_id is not None
    offers.give_back(house, ticket.lease_id, minutes(6))


def ann_is_revoked(house: House) -> None:
    """An administrator ends Ann's server."""
    [lease] = leasing.load_open(house)
    assert leasing.revoke(house, lease.id, "root", minutes(5)).end_reason is EndReason.REVOKE


def ann_does_not_go(house: House) -> None:
    """Her container does not stop, and her lease says so."""
    [lease] = leasing.load_open(house)
    leasing.note(house, lease.id, "engine not answering")


def _ticket_of(house: House, user: str) -> int:
    with house.database.read() as db:
        found = find_open_ticket(db, user, "")
    assert found is not None
    return found.id
