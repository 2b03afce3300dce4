"""End the servers of closing leases: through the hub where it knows them, else at the engine."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial

import structlog

from hub import leasing
from hub.errors import HubUnreachable
from hub.policy.leases import EndReason, Lease, State
from hub.steward.office import Office

PATIENCE = timedelta(seconds=45)
"""How long the hub may take over a stop before the steward ends the container itself."""

AT_ONCE = 8

log = structlog.get_logger()


def end_closing(office: Office, now: datetime) -> None:
    """Try every closing lease again, several at once; a lease is tried for ever."""
    closing = [x.id for x in leasing.load_open(office.house) if x.state is State.CLOSING]
    if closing:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(partial(_end, office, now), closing))


def _end(office: Office, now: datetime, lease_id: int) -> None:
    """End one lease, looked at anew: a server of that name may have another lease by now."""
    lease = leasing.load_lease(office.house, lease_id)
    if lease.state is State.CLOSING and not _hub_ends(office, lease, now):
        office.closer.close(lease.id, lease.end_reason or EndReason.FAULT)


def _hub_ends(office: Office, lease: Lease, now: datetime) -> bool:
    """Leave it to the hub while it is stopping that server, or ask it to.

    Nothing of an offer that was never claimed runs; a server of its name is another lease's.
    """
    if lease.closing_at is None or now - lease.closing_at > PATIENCE or lease.offer_until:
        return False
    try:
        server = office.hub.find_server(lease.user, lease.server)
        if server is None:
            return False
        if server.pending == "stop":
            return True
        return office.hub.stop_server(lease.user, lease.server)
    except HubUnreachable as error:
        log.warning("closing without the hub", lease=lease.id, problem=str(error))
        return False
