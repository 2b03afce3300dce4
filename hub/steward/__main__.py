"""Run the steward: every duty at its own pace, none stopped by another's failure."""

import signal
import threading
import time
from datetime import timedelta
from uuid import uuid4

import structlog

from hub import clock, clock_steps
from hub.closing import Closer
from hub.collector import settle
from hub.engine.client import Engine
from hub.gpus.over_agent import AgentGpus
from hub.house import open_house
from hub.hubapi import HubApi
from hub.settings import load_home
from hub.steward.acting import RENEW_EVERY, Acting
from hub.steward.closings import end_closing
from hub.steward.dispatch import dispatch, foretell
from hub.steward.expiry import close_expired
from hub.steward.inventory import refresh_inventory
from hub.steward.keep_going import keep_servers_going
from hub.steward.log import ensure_plain
from hub.steward.notices import give_notices, tidy_notices
from hub.steward.offers import settle_offers, start_offered
from hub.steward.office import Duty, Office
from hub.steward.reclaim import reclaim_loans
from hub.steward.reconcile import reconcile
from hub.steward.reservations import make_windows
from hub.steward.samples import sample_work
from hub.steward.ticks import tick_meters

SHORTEST_S = 0.2
DUTIES: tuple[tuple[Duty, timedelta], ...] = (
    (refresh_inventory, timedelta(seconds=5)),
    (close_expired, timedelta(seconds=2)),
    (reclaim_loans, timedelta(seconds=2)),
    (end_closing, timedelta(seconds=2)),
    (settle_offers, timedelta(seconds=1)),
    (dispatch, timedelta(seconds=1)),
    (start_offered, timedelta(seconds=1)),
    (foretell, timedelta(seconds=20)),
    (reconcile, timedelta(seconds=10)),
    (make_windows, timedelta(minutes=1)),
    (sample_work, timedelta(seconds=10)),
    (keep_servers_going, timedelta(seconds=10)),
    (give_notices, timedelta(seconds=5)),
    (tidy_notices, timedelta(minutes=1)),
    (tick_meters, timedelta(seconds=30)),
)
"""None of them is about the clock: every round begins with a look at it."""

log = structlog.get_logger()


def make_office() -> Office:
    """Open everything the duties need."""
    house = open_house(load_home())
    station = house.station
    engine = Engine(station.docker_socket)
    agent = AgentGpus(station.agent_socket, station.load_secret("steward", "agent_token"))
    hub = HubApi(station.hub_port, station.load_secret("steward", "steward_token"))
    return Office(house, engine, agent, hub, Closer(house, engine, agent, clock.now))


def run_for_ever(office: Office, acting: Acting) -> None:
    """Give every duty a thread of its own, so that a slow one holds up no other.

    Only the steward that holds the duty acts; another waits, and takes over from one that died.
    """
    told_to_stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told_to_stop.set())
    for duty, every in DUTIES:
        work = (office, acting, duty, every)
        threading.Thread(target=repeat, args=work, name=duty.__name__, daemon=True).start()
    while not told_to_stop.is_set():
        acting.renew()
        told_to_stop.wait(RENEW_EVERY.total_seconds())
    acting.let_go()


def repeat(office: Office, acting: Acting, duty: Duty, every: timedelta) -> None:
    """Do one duty again and again; boot time paces it, so a set clock skips none."""
    while True:
        due = clock.boot().seconds + every.total_seconds()
        if acting.acts():
            do(duty, office)
            pause = max(due - clock.boot().seconds, SHORTEST_S)
        else:
            pause = SHORTEST_S
        time.sleep(pause)  # the pace of one duty, in its own thread


def do(duty: Duty, office: Office) -> None:
    """Look at the clock, then do one duty; what it raises is logged, and tried when next due."""
    try:
        duty(office, clock_steps.look(office.house, clock.both))
    except Exception:  # whatever one duty raises must not end its thread: it is due again
        log.exception("a duty failed", duty=duty.__name__)


if __name__ == "__main__":
    ensure_plain()
    opened = make_office()
    settle()
    run_for_ever(opened, Acting(opened.house, uuid4().hex, clock.both))
