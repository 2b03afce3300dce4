"""A unit of a station that works beside others on one database, as fast as it can.

`python -m tests.stateful.unit hub|steward HOME URL STEPS BEGAN_S SEED`; prints how often it did
what. A no is fine, whatever else is raised is not.
"""

import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from random import Random

from hub import books, clock, extending, leasing, waiting
from hub.closing import Closer
from hub.errors import AllotmentError
from hub.house import House
from hub.leasing import Ask
from hub.policy.leases import EndReason, Lease, State
from hub.policy.requests import SpawnRequest
from hub.policy.rights import HOST
from hub.steward.office import Office
from hub.store.tickets import load_open_tickets
from tests.boots import boot_at
from tests.crashes.stage import CAST, NOON, AgentThatLooks, EngineOfTheLeases, opened
from tests.stateful.world import DUTIES_HERE, HubOfTheWorld

HANDS = 3
"""Threads of the hub."""

FASTER = 60
"""A minute of the station passes in a second of ours, in every unit the same."""


@dataclass(frozen=True)
class Unit:
    """What a unit works with; the moment it began is the same for all."""

    house: House
    began_s: float
    steps: int

    def now(self) -> datetime:
        """Tell the station's time."""
        return NOON + timedelta(seconds=(clock.boot().seconds - self.began_s) * FASTER)

    def work(self, step: Callable[[], str]) -> Counter[str]:
        """Do one thing after another; counts what was done."""
        done: Counter[str] = Counter()
        for _ in range(self.steps):
            try:
                done[step()] += 1
            except AllotmentError:
                done["no"] += 1
        return done


def hub_step(unit: Unit, chance: Random) -> str:
    """Do one thing that somebody asks of a hub."""
    house, now = unit.house, unit.now()
    what = chance.choice(("ask", "ask", "answer", "answer", "stop", "extend", "cancel"))
    states = {"answer": State.HELD, "stop": State.ACTIVE, "extend": State.ACTIVE}
    found = [x for x in leasing.load_open(house) if x.state is states.get(what)]
    mine = [lease for lease in found if lease.offer_until is None]
    if what == "ask":
        share = Fraction(chance.choice((0, 1, 1, 2, 4, 8)), 4)
        wish = SpawnRequest(gpus=share, duration=timedelta(minutes=15), if_busy="wait")
        ask = Ask(chance.choice(sorted(CAST)), chance.choice(("", "two")), wish)
        return f"ask: {type(leasing.request(house, ask, now)).__name__}"
    if what == "cancel":
        return _cancel(house, chance, now)
    if mine:
        _DO[what](house, chance.choice(mine), now)
    return what if mine else "nothing"


def steward_step(unit: Unit, chance: Random) -> str:
    """Do one duty, in any order."""
    duty = chance.choice(DUTIES_HERE)
    now = unit.now()
    open_now = leasing.load_open(unit.house)
    engine = EngineOfTheLeases({x.id for x in open_now if x.state is State.ACTIVE})
    agent = AgentThatLooks(now)
    hub = HubOfTheWorld(unit.house, engine, now=now)
    boot = boot_at(now)
    closer = Closer(unit.house, engine, agent, lambda: now, lambda _: None, lambda: boot)  # type: ignore[arg-type]
    duty(Office(unit.house, engine, agent, hub, closer), now)  # type: ignore[arg-type]
    return duty.__name__


def tick_step(unit: Unit, _chance: Random) -> str:
    """Charge what runs."""
    now = unit.now()
    books.tick_all(unit.house, now, boot_at(now))
    return "tick"


def _answer(house: House, lease: Lease, now: datetime) -> None:
    leasing.activate(house, lease.id, now, boot_at(now))


def _stop(house: House, lease: Lease, now: datetime) -> None:
    leasing.begin_closing(house, lease.id, EndReason.RELEASE, now)
    leasing.finish_closing(house, lease.id, now, boot_at(now))


def _extend(house: House, lease: Lease, now: datetime) -> None:
    extending.extend(house, lease.id, Fraction(1, 4), HOST, now)


def _cancel(house: House, chance: Random, now: datetime) -> str:
    with house.database.read() as db:
        found = load_open_tickets(db)
    if not found or chance.random() < 0.7:
        return "nothing"
    waiting.cancel(house, HOST, chance.choice(found).id, now)
    return "cancel"


_DO = {"answer": _answer, "stop": _stop, "extend": _extend}
STEPS = {"hub": (hub_step,) * HANDS, "steward": (steward_step, tick_step)}


def main(name: str, home: str, url: str, numbers: list[str]) -> None:
    """Work with every hand at once; prints what was done."""
    steps, began_s, seed = numbers
    with opened(Path(home), url) as house:
        unit = Unit(house, float(began_s), int(steps))

        def hand(number: int) -> Counter[str]:
            chance = Random(f"{name} {seed} {number}")  # noqa: S311 - the same wishes every time
            return unit.work(lambda: STEPS[name][number](unit, chance))

        with ThreadPoolExecutor(len(STEPS[name])) as pool:
            done = sum(pool.map(hand, range(len(STEPS[name]))), Counter[str]())
    print(dict(done))


if __name__ == "__main__":
    main(*sys.argv[1:4], sys.argv[4:])
