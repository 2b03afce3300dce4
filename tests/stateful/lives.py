"""A station in hypothesis's hands: each act is done, cut short or refused, and then looked at."""

import shutil
import tempfile
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path

from hypothesis.stateful import RuleBasedStateMachine, invariant

from hub import crashes, quotas, reservations
from hub.errors import AllotmentError
from hub.policy.ceilings import Quota
from hub.policy.leases import Lease, State
from hub.policy.tickets import Ticket
from hub.store.floor import load_floor
from hub.store.schema import ceilings
from tests.crashes.stage import furnish, opened
from tests.houses import copy_newest
from tests.invariants import Acknowledged, acknowledge, broken, find_shared, lost, rows
from tests.stateful.limbo import find_limbo
from tests.stateful.promises import SLOT, Standing, effective, take
from tests.stateful.world import Crashed, World

ENOUGH = {"gpus": Quota(Fraction(3)), "servers": Quota(Fraction(9))}
ENOUGH |= {kind: Quota(Fraction(72)) for kind in ("lease_hours", "lease_hours_total")}
MEMORY = Path("/dev/shm")
"""Where a life's database lies: no power is cut here, so nothing needs to reach a disk."""


@cache
def furnished() -> bytes:
    """Give the file of a station as it begins."""
    folder = Path(tempfile.mkdtemp(prefix="allotment-world-"))
    home_with(folder, None)
    with opened(folder, "sqlite") as house:
        furnish(house)
    content = (folder / "state" / "db" / "allotment.sqlite").read_bytes()
    shutil.rmtree(folder)
    return content


def home_with(folder: Path, content: bytes | None) -> None:
    """Make a home with that database, or an empty one."""
    file = folder / "state" / "db" / "allotment.sqlite"
    file.parent.mkdir(parents=True)
    if content is None:
        copy_newest(file)
    else:
        file.write_bytes(content)


def none(wrong: Sequence[str]) -> None:
    """Assert that nothing is wrong; tells what is, also where pytest does not."""
    assert not wrong, wrong


class Lives(RuleBasedStateMachine):
    """One station's life, and what must be so at any time in it."""

    def __init__(self) -> None:
        super().__init__()
        memory = MEMORY if MEMORY.is_dir() else None
        self.folder = Path(tempfile.mkdtemp(prefix="allotment-world-", dir=memory))
        home_with(self.folder, furnished())
        self.world = World(self.folder)
        self.given_up: set[object] = set()
        self.known = self.look()
        self.died = False

    def teardown(self) -> None:
        """Leave nothing behind."""
        self.world.close()
        shutil.rmtree(self.folder)

    @invariant()
    def nothing_is_broken(self) -> None:
        """Read I1 and I2, the states, and every sum, from the bare tables and the engine."""
        with self.world.house.database.read() as db:
            none([*broken(db), *find_shared(db, self.world.engine.running)])

    def act(
        self, what: Callable[[], object], grants: bool = True, moved: tuple[int, ...] = ()
    ) -> None:
        """Do something, cut short or not; a no is fine, and anything but a no is not.

        `grants` says that it may make nothing worse; `moved` are tickets whose place may change.
        """
        before, stood = self.known
        self.died = False
        try:
            what()
        except AllotmentError:
            pass
        except Crashed:
            self.died = True
            crashes.disarm()
        self.known = self.look()
        with self.world.house.database.read() as db:
            none(lost(db, before, frozenset((*self.given_up, *moved))))
        if grants:
            none(self.known[1].worse_than(stood))

    def stewardship(self) -> None:
        """Let the steward do all its duties; unless it died, nobody is in limbo for long.

        A duty may leave something to one that comes before it in the next round.
        """
        self.act(self.world.steward, grants=False)
        if self.died or self.world.agent.silent or not find_limbo(self.world):
            return
        self.act(self.world.steward, grants=False)
        if not self.died:
            none(find_limbo(self.world))

    def look(self) -> tuple[Acknowledged, Standing]:
        """Take down what is acknowledged, and how everything stands."""
        with self.world.house.database.read() as db:
            acknowledged = acknowledge(db)
        return acknowledged, take(self.world.house, self.world.now)

    def has(self, state: State) -> bool:
        """Say whether a lease is in a state."""
        return bool(self.world.leases(state))

    def with_lease(self, which: int, state: State, what: Callable[[Lease], object]) -> None:
        """Do something with one of the leases in a state, if there is any."""
        found = self.world.leases(state)
        if found:
            self.act(lambda: what(found[which % len(found)]))

    def with_ticket(self, which: int, what: Callable[[Ticket], object]) -> None:
        """Do something with one of the open tickets, if there is any."""
        found = self.world.tickets()
        if found:
            self.act(lambda: what(found[which % len(found)]))

    def set_value(self, scope: str, kind: str, quota: Quota | None) -> None:
        """Set a quota; it ends nothing, and what it makes too much was not granted by it."""
        house, now = self.world.house, self.world.now
        self.act(lambda: quotas.set_quotas(house, scope, {kind: quota}, "root", now), grants=False)

    def clear_the_way(self) -> None:
        """Give everybody enough, promise nobody anything, and let all GPUs be well."""
        crashes.disarm()
        house, now = self.world.house, self.world.now
        self.world.agent.broken.clear()
        self.world.agent.silent = False
        with house.database.read() as db:
            stood = [(row["scope"], row["kind"]) for row in rows(db, ceilings)]
        for scope, kind in stood:
            enough = ENOUGH.get(str(kind)) if scope == "site" else None
            self.set_value(str(scope), str(kind), enough)
        for found in reservations.load_listed(house, now):
            reservations.remove(house, found.reservation.id, "root", now)
        self.known = self.look()

    def owed(self) -> list[str]:
        """List the groups that hold less than their effective guarantee."""
        with self.world.house.database.read() as db:
            floor = load_floor(db, self.world.house.terms, self.world.now)
        return [a for a, parts in effective(floor).items() if floor.held.get(a, 0) + SLOT <= parts]
