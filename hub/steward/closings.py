"""End the servers of closing leases: through the hub where it knows them, else at the engine."""

from datetime import datetime, timedelta

import structlog

from hub import leasing
from hub.errors import HubUnreachable
from hub.hubapi import HubServer
from hub.policy.leases import EndReason, Lease, State
from hub.steward.office import Office

PATIENCE = timedelta(seconds=45)
"""How long the hub may take over a stop before the steward ends the container itself."""

log = structlog.get_logger()


def end_closing(office: Office, now: datetime) -> None:
    """Try every closing lease again; a lease is tried for ever."""
    closing = [x for x in leasing.load_open(office.house) if x.state is State.CLOSING]
    if not closing:
        return
    known = _known_to_hub(office)
    for lease in closing:
        if not _hub_ends(office, lease, known, now):
            office.closer.close(lease.id, lease.end_reason or EndReason.FAULT)


def _known_to_hub(office: Office) -> dict[tuple[str, str], HubServer]:
    try:
        return {(s.user, s.name): s for s in office.hub.load_servers()}
    except HubUnreachable as error:
        log.warning("closing without the hub", problem=str(error))
        return {}


def _hub_ends(
    office: Office, lease: Lease, known: dict[tuple[str, str], HubServer], now: datetime
) -> bool:
    server = known.get((lease.user, lease.server))
    if server is None or lease.closing_at is None or now - lease.closing_at > PATIENCE:
        return False
    if server.pending is not None and server.pending != "spawn":
        return True
    try:
        return office.hub.stop_server(lease.user, lease.server)
    except HubUnreachable as error:
        log.warning("the hub would not stop a server", lease=lease.id, problem=str(error))
        return False
