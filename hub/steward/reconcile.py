"""Bring database, engine and hub together again after whatever fell over."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog

from hub import clock, leasing
from hub.engine.facts import Listed
from hub.errors import AllotmentError, EngineUnknown, HubUnreachable
from hub.hubapi import HubServer
from hub.policy.leases import EndReason, Lease, State
from hub.steward.office import Office

SETTLE = timedelta(seconds=20)
"""A lease younger than this may be on its way between two steps of a healthy start or stop."""

GRACE_S = 10

log = structlog.get_logger()


def reconcile(office: Office, now: datetime) -> None:
    """Close leases without a server, activate those that were forgotten, end strays."""
    try:
        servers = {(s.user, s.name): s for s in office.hub.load_servers()}
        containers = office.engine.list_labelled({"allotment.station": office.house.station.id})
    except (HubUnreachable, EngineUnknown) as error:
        log.warning("not reconciled: unknown is not gone", problem=str(error))
        return
    running = {c.labels.get("allotment.lease") for c in containers if c.running}
    leases = leasing.load_open(office.house)
    for lease in leases:
        unclaimed = lease.offer_until is not None
        if lease.state is State.CLOSING or unclaimed or now - lease.opened_at <= SETTLE:
            continue
        server = servers.get((lease.user, lease.server))
        _settle(office, lease, server, str(lease.id) in running, now)
    _end_strays(office, leases, containers)


def _settle(
    office: Office, lease: Lease, server: HubServer | None, runs: bool, now: datetime
) -> None:
    try:
        if server is None:
            _close_orphan(office, lease)
        elif server.ready and not runs:
            log.warning("the hub's server has no container", lease=lease.id, user=lease.user)
            leasing.begin_closing(office.house, lease.id, EndReason.FAULT, now)
        elif server.ready and lease.state is State.HELD:
            leasing.activate(office.house, lease.id, now, clock.boot())
    except AllotmentError as error:
        log.warning("not settled, tried again", lease=lease.id, problem=str(error))


def _close_orphan(office: Office, lease: Lease) -> None:
    """Close a lease that the hub knows no server for, asked once more about that one."""
    if office.hub.find_server(lease.user, lease.server) is None:
        log.warning("the hub knows no server for a lease", lease=lease.id, user=lease.user)
        office.closer.close(lease.id, EndReason.FAULT)


def _end_strays(office: Office, leases: Iterable[Lease], containers: Iterable[Listed]) -> None:
    open_ids = {str(lease.id) for lease in leases}
    for container in containers:
        lease_id = container.labels.get("allotment.lease")
        if lease_id is None or lease_id in open_ids or _is_open(office, lease_id):
            continue
        log.warning("a container without a lease is ended", container=container.name)
        try:
            if container.running:
                office.engine.stop(container.id, GRACE_S)
            office.engine.remove(container.id)
        except AllotmentError as error:
            log.warning("it stays for now", container=container.name, problem=str(error))


def _is_open(office: Office, lease_id: str) -> bool:
    """Look again: the lease may have been opened after the others were loaded."""
    try:
        return leasing.load_lease(office.house, int(lease_id)).state is not State.CLOSED
    except (AllotmentError, ValueError):
        return False
