"""Bring database, engine and hub together again after whatever fell over."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog

from hub import leasing
from hub.engine.facts import Container
from hub.errors import AllotmentError, EngineUnknown, HubUnreachable
from hub.hubapi import HubServer
from hub.policy.leases import EndReason, Lease, State
from hub.steward.office import Office

SETTLE = timedelta(seconds=20)
"""A lease younger than this may be on its way between two steps of a healthy start or stop."""

log = structlog.get_logger()


def reconcile(office: Office, now: datetime) -> None:
    """Close leases without a server, activate those that were forgotten, end strays."""
    try:
        servers = office.hub.load_servers()
        containers = office.engine.find_labelled({"allotment.station": office.house.station.id})
    except (HubUnreachable, EngineUnknown) as error:
        log.warning("not reconciled: unknown is not gone", problem=str(error))
        return
    leases = leasing.load_open(office.house)
    _activate_answering(office, leases, servers, now)
    _close_orphans(office, leases, servers, now)
    _end_strays(office, leases, containers)


def _activate_answering(
    office: Office, leases: Iterable[Lease], servers: Iterable[HubServer], now: datetime
) -> None:
    ready = {(s.user, s.name) for s in servers if s.ready}
    for lease in leases:
        held_long = lease.state is State.HELD and now - lease.opened_at > SETTLE
        if held_long and (lease.user, lease.server) in ready:
            leasing.activate(office.house, lease.id, now)


def _close_orphans(
    office: Office, leases: Iterable[Lease], servers: Iterable[HubServer], now: datetime
) -> None:
    known = {(s.user, s.name) for s in servers}
    for lease in leases:
        if lease.state is State.CLOSING or (lease.user, lease.server) in known:
            continue
        if now - lease.opened_at > SETTLE:
            log.warning("the hub knows no server for a lease", lease=lease.id, user=lease.user)
            office.closer.close(lease.id, EndReason.FAULT)


def _end_strays(office: Office, leases: Iterable[Lease], containers: Iterable[Container]) -> None:
    open_ids = {str(lease.id) for lease in leases}
    for container in containers:
        lease_id = container.labels.get("allotment.lease")
        if lease_id is None or lease_id in open_ids or _opened_since(office, lease_id):
            continue
        log.warning("a container without a lease is ended", container=container.name)
        try:
            if container.running:
                office.engine.stop(container.id, 10)
            office.engine.remove(container.id)
        except AllotmentError as error:
            log.warning("it stays for now", container=container.name, problem=str(error))


def _opened_since(office: Office, lease_id: str) -> bool:
    try:
        return leasing.load_lease(office.house, int(lease_id)).state is not State.CLOSED
    except (AllotmentError, ValueError):
        return False
