"""Carry out offers: start their servers through the hub, and move on those that are over."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial

import structlog

from hub import offers
from hub.errors import HubUnreachable
from hub.offers import OfferedTicket
from hub.steward.office import Office

AT_ONCE = 8
"""How many starts are asked for side by side; the hub's own gate holds back the containers."""

log = structlog.get_logger()


def settle_offers(office: Office, now: datetime) -> None:
    """Move on every offered ticket that was served, failed to start, or was not taken in time."""
    offers.settle(office.house, now)


def start_offered(office: Office, now: datetime) -> None:
    """Ask the hub for the server of every offer that no start has taken over.

    Asked again and again until one has, so nothing is lost with a steward or a hub that dies.
    """
    due = [offered for offered in offers.load_offered(office.house) if offered.may_start]
    if due:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(partial(_start, office, now), due))


def _start(office: Office, now: datetime, offered: OfferedTicket) -> None:
    ticket, lease = offered.ticket, offered.lease
    about = {"ticket": ticket.id, "user": ticket.user, "lease": lease.id}
    try:
        answer = office.hub.start_server(ticket.user, ticket.server, offers.start_options(ticket))
    except HubUnreachable as error:
        log.warning("not started yet", problem=str(error), **about)
        return
    if answer.begun:
        log.info("its server starts", **about)
    elif not answer.refused:
        log.info("the hub can not start it just now", answer=answer.message, **about)
    else:
        log.warning("its server could not be started", problem=answer.message, **about)
        offers.give_back(office.house, lease.id, now)
