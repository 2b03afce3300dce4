"""What the tests of offers do: every duty about the waiting list once, and what was told."""

from datetime import timedelta

from hub.house import House
from hub.policy.tickets import Ticket
from hub.steward.dispatch import dispatch
from hub.steward.offers import settle_offers, start_offered
from hub.store import notices
from tests.leasing.conftest import NOON
from tests.steward.hubs import (
    HubThatStarts,
    office_with,
)


def told(house: House, ticket: Ticket) -> list[str]:
    """List what was said about a ticket, newest first."""
    with house.database.read() as db:
        return [notice.kind for notice in notices.load_about(db, f"ticket:{ticket.id}")]


def do(hub: HubThatStarts, minutes: float = 0) -> None:
    """Let every duty about the waiting list be done once."""
    now = NOON + timedelta(minutes=minutes)
    hub.now, office = now, office_with(hub)
    settle_offers(office, now)
    dispatch(office, now)
    start_offered(office, now)
