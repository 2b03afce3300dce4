"""Run the steward: every duty at its own pace, none stopped by another's failure."""

import threading
import time
from datetime import timedelta

import structlog

from hub import clock
from hub.closing import Closer
from hub.engine.client import Engine
from hub.gpus.over_agent import AgentGpus
from hub.house import open_house
from hub.hubapi import HubApi
from hub.settings import load_home
from hub.steward.closings import end_closing
from hub.steward.expiry import close_expired
from hub.steward.inventory import refresh_inventory
from hub.steward.office import Duty, Office
from hub.steward.reconcile import reconcile

SHORTEST_S = 0.2
DUTIES: tuple[tuple[Duty, timedelta], ...] = (
    (refresh_inventory, timedelta(seconds=5)),
    (close_expired, timedelta(seconds=2)),
    (end_closing, timedelta(seconds=2)),
    (reconcile, timedelta(seconds=10)),
)

log = structlog.get_logger()


def make_office() -> Office:
    """Open everything the duties need."""
    house = open_house(load_home())
    station = house.station
    engine = Engine(station.docker_socket)
    agent = AgentGpus(station.agent_socket, station.load_secret("steward", "agent_token"))
    hub = HubApi(station.hub_port, station.load_secret("steward", "steward_token"))
    return Office(house, engine, agent, hub, Closer(house, engine, agent, clock.now))


def run_for_ever(office: Office) -> None:
    """Give every duty a thread of its own, so that a slow one holds up no other."""
    threads = [
        threading.Thread(target=repeat, args=(office, duty, every), name=duty.__name__)
        for duty, every in DUTIES
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def repeat(office: Office, duty: Duty, every: timedelta) -> None:
    """Do one duty again and again; boot time paces it, so a set clock skips none."""
    while True:
        due = clock.boot().seconds + every.total_seconds()
        do(duty, office)
        time.sleep(max(due - clock.boot().seconds, SHORTEST_S))


def do(duty: Duty, office: Office) -> None:
    """Do one duty now; what it raises is logged, and it is tried again when next due."""
    try:
        duty(office, clock.now())
    except Exception:
        log.exception("a duty failed", duty=duty.__name__)


if __name__ == "__main__":
    run_for_ever(make_office())
