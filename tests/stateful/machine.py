"""Anything in any order: the rules by which hypothesis lets a station live."""

from collections.abc import Mapping
from datetime import timedelta
from fractions import Fraction
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from hub import crashes, extending, reservations, waiting
from hub.policy.ceilings import Quota
from hub.policy.leases import Lease, State
from hub.policy.requests import SpawnRequest
from hub.policy.reservations import Series
from hub.policy.rights import HOST
from hub.policy.tickets import Ticket
from hub.reservations import Claim
from hub.steward.inventory import refresh_inventory
from hub.steward.office import Duty
from tests.crashes.stage import CAST, GPUS
from tests.stateful.lives import Lives
from tests.stateful.world import DUTIES_HERE, MINIMUM_RUN, NOTICE, crash

USERS = st.sampled_from(sorted(CAST))
SERVERS = st.sampled_from(["", "two"])
SHARES = st.sampled_from([Fraction(n, 4) for n in (0, 1, 1, 2, 2, 3, 4, 8)])
LENGTHS = st.sampled_from([timedelta(minutes=n) for n in (15, 60, 240)])
GROUPS = st.sampled_from(sorted({f"group:{name}" for name in CAST.values()}))
HOUR = timedelta(hours=1)
QUARTER = {"share": Fraction(1, 4), "length": HOUR, "preemptible": True, "if_busy": "refuse"}
WHOLE = {"share": Fraction(1), "length": HOUR, "preemptible": True, "if_busy": "wait"}
ANY = st.integers(min_value=0, max_value=11)
"""Which of those there are, counted round."""

MOST_RESERVED = 3
NIGHT = timedelta(hours=12, minutes=30)
"""Who waited for so long goes before who has not, whatever they used."""

ROUNDS = 18
"""Rounds of 11 minutes, in which what ran for half an hour ends, until all were served."""

RETURNED_IN = (max(NOTICE, MINIMUM_RUN) + timedelta(minutes=2)) // timedelta(minutes=1)
"""Minutes until a loan is back: its notice or minimum run, and two looks of the steward."""

MISHAPS = ("gpu", "silence", "container", "well", "well", "reboot")
NOT_GRANTS = (refresh_inventory,)
"""After which promises may be above what is healthy: a GPU may have broken."""


DECREES = st.one_of(
    st.tuples(
        st.sampled_from(["site", "group:field-lab", "user:ann"]),
        st.sampled_from(["gpus", "servers", "lease_hours"]),
        st.sampled_from([1, 2, 4]).map(lambda n: Quota(Fraction(n))),
    ),
    st.tuples(
        GROUPS,
        st.just("gpu_hours"),
        st.sampled_from([0, 1, 2, 8]).map(lambda n: Quota(Fraction(n), "day")),
    ),
    st.tuples(GROUPS, st.just("guarantee"), SHARES.map(Quota)),
    st.tuples(
        GROUPS, st.just("priority"), st.sampled_from([0, 5, 9]).map(lambda n: Quota(Fraction(n)))
    ),
)


class Station(Lives):
    """One station's life."""

    reserved = 0

    @initialize(
        running=st.sampled_from([0, 1, 2, 2]),
        waiting=st.booleans(),
        guaranteed=st.sampled_from([None, None, Fraction(1), Fraction(3, 2)]),
        budget=st.sampled_from([None, None, Fraction(1), Fraction(2)]),
    )
    def begin(self, running: int, waiting: bool, **rights: Fraction | None) -> None:
        """Begin with some of the house full, some of it lent, and perhaps somebody who waits."""
        guaranteed, budget = rights["guaranteed"], rights["budget"]
        if guaranteed is not None:
            self.set_value("group:visitors", "guarantee", Quota(guaranteed))
        if budget is not None:
            self.set_value("group:field-lab", "gpu_hours", Quota(budget, "day"))
        for user in ("ann", "bob")[:running]:
            self.request_and_start(user=user, share=Fraction(1), length=HOUR, preemptible=True)
        if waiting:
            self.ask("charlie", "", WHOLE)

    # What people do.

    @rule(
        user=USERS,
        server=SERVERS,
        share=SHARES,
        length=LENGTHS,
        preemptible=st.booleans(),
        if_busy=st.sampled_from(["wait", "wait", "refuse"]),
    )
    def request(self, user: str, server: str, **wanted: Any) -> None:
        self.ask(user, server, wanted)

    @rule(user=USERS, share=SHARES, length=LENGTHS, preemptible=st.booleans())
    def request_and_start(self, user: str, **wanted: Any) -> None:
        self.ask(user, "", {**wanted, "if_busy": "wait"})
        for lease in self.world.leases(State.HELD):
            self.act(partial(self.world.answer, lease))

    def ask(self, user: str, server: str, wanted: Mapping[str, Any]) -> None:
        asked = SpawnRequest(
            gpus=wanted["share"],
            duration=wanted["length"],
            preemptible=wanted["preemptible"],
            if_busy=wanted["if_busy"],
        )
        mine = (t.id for t in self.world.tickets() if (t.user, t.server) == (user, server))
        self.act(lambda: self.world.ask(user, server, asked), moved=tuple(mine))

    @precondition(lambda self: self.has(State.HELD))
    @rule(which=ANY)
    def start(self, which: int) -> None:
        self.with_lease(which, State.HELD, self.world.answer)

    @precondition(lambda self: self.has(State.ACTIVE))
    @rule(which=ANY)
    def stop(self, which: int) -> None:
        self.with_lease(which, State.ACTIVE, self.world.stop)

    @precondition(lambda self: self.has(State.ACTIVE))
    @rule(which=ANY, hours=st.sampled_from([Fraction(1, 4), 1, 4]))
    def extend(self, which: int, hours: Fraction) -> None:
        def more(lease: Lease) -> None:
            actor = self.world.actor(lease.user)
            extending.extend(self.world.house, lease.id, hours, actor, self.world.now)

        self.with_lease(which, State.ACTIVE, more)

    @precondition(lambda self: self.has(State.ACTIVE))
    @rule(which=ANY, on=st.booleans())
    def keep_going(self, which: int, on: bool) -> None:
        def switch(lease: Lease) -> None:
            actor = self.world.actor(lease.user)
            extending.set_keep_going(self.world.house, lease.id, on, actor, self.world.now)

        self.with_lease(which, State.ACTIVE, switch)

    @precondition(lambda self: self.known[0].places)
    @rule(which=ANY)
    def cancel(self, which: int) -> None:
        def leave(ticket: Ticket) -> None:
            self.given_up.add(ticket.id)
            waiting.cancel(self.world.house, HOST, ticket.id, self.world.now)

        self.with_ticket(which, leave)

    @precondition(lambda self: self.known[0].places)
    @rule(which=ANY)
    def take_offer(self, which: int) -> None:
        def accept(ticket: Ticket) -> None:
            actor = self.world.actor(ticket.user)
            waiting.take(self.world.house, actor, ticket.id, self.world.now)

        self.with_ticket(which, accept)

    # What administrators do.

    @precondition(lambda self: self.known[0].places)
    @rule(which=ANY, position=st.integers(min_value=1, max_value=4))
    def move(self, which: int, position: int) -> None:
        self.with_ticket(
            which,
            lambda t: waiting.move(self.world.house, HOST, t.id, position, self.world.now),
        )

    @rule(decree=DECREES)
    def decree(self, decree: tuple[str, str, Quota]) -> None:
        self.set_value(*decree)

    @precondition(lambda self: self.reserved < MOST_RESERVED)
    @rule(
        account=GROUPS,
        share=st.sampled_from([1, 2, 4, 8]),
        ahead=st.sampled_from([0, 30, 120]),
        length=LENGTHS,
        override=st.booleans(),
    )
    def reserve(
        self, account: str, share: int, ahead: int, length: timedelta, override: bool
    ) -> None:
        since = (self.world.now + timedelta(minutes=ahead)).replace(tzinfo=None, microsecond=0)
        claim = Claim(account, share * 100, Series(since, since + length, "UTC"))
        house, now = self.world.house, self.world.now
        self.act(lambda: reservations.add(house, [claim], override, "root", now), grants=False)
        self.reserved += 1

    # What happens by itself.

    @rule(minutes=st.sampled_from([1, 5, 11, 31, 125]), at_work=st.booleans())
    def time_passes(self, minutes: int, at_work: bool) -> None:
        self.world.pass_time(timedelta(minutes=minutes))
        self.known = self.look()
        if at_work:
            self.stewardship()

    @rule(duty=st.sampled_from(DUTIES_HERE))
    def do_duty(self, duty: Duty) -> None:
        self.act(lambda: self.world.do(duty), grants=duty not in NOT_GRANTS)

    @rule()
    def steward(self) -> None:
        self.stewardship()

    @rule(
        mishap=st.sampled_from(["gpu", "silence", "container", "well", "well", "reboot"]), which=ANY
    )
    def mishap(self, mishap: str, which: int) -> None:
        """Let something break, or be well again."""
        world = self.world
        if mishap == "reboot":
            world.reboot(which)
        elif mishap == "container":
            self.with_lease(which, State.ACTIVE, lambda x: world.engine.running.discard(x.id))
        elif mishap == "silence":
            world.agent.silent = True
        elif mishap == "well":
            world.agent.silent = False
            world.agent.broken.clear()
        else:
            world.agent.broken ^= {GPUS[which % len(GPUS)].uuid}
        self.act(lambda: world.do(refresh_inventory), grants=False)

    @rule(point=st.sampled_from(crashes.NAMES), times=st.sampled_from([1, 1, 2, 3]))
    def crash_at(self, point: str, times: int) -> None:
        """Whatever comes to that point next is cut short there, with nothing committed."""
        crashes.disarm()
        crashes.arm(point, times, crash)

    # What must come about in time.

    @precondition(lambda self: self.known[0].places)
    @rule()
    def everybody_is_served(self) -> None:
        """Nobody starves: after a night in line, whoever comes later comes behind."""
        self.clear_the_way()
        self.world.pass_time(NIGHT)
        waiting = {ticket.id for ticket in self.world.tickets()}
        rivals = sorted(CAST.keys() - {ticket.user for ticket in self.world.tickets()})
        for number in range(ROUNDS):
            self.world.pass_time(timedelta(minutes=11))
            self.act(self.world.some_go_home, grants=False)
            for user in rivals:
                self.ask(user, f"rival-{number}", QUARTER)
            self.act(self.world.everybody_answers)
            self.stewardship()
            waiting &= {ticket.id for ticket in self.world.tickets()}
            if not waiting:
                return
        raise AssertionError(f"tickets {waiting} still wait")

    @precondition(lambda self: self.owed())
    @rule(which=ANY)
    def a_guarantee_comes_back(self, which: int) -> None:
        """Whoever is owed a slot has it after notice or minimum run, whoever borrowed it."""
        crashes.disarm()
        self.world.agent.silent = False
        self.act(lambda: self.world.do(refresh_inventory), grants=False)
        owed = self.owed()
        if not owed or self.known[1].overdrawn():
            return
        account = owed[which % len(owed)]
        user = next(u for u, group in CAST.items() if f"group:{group}" == account)
        self.ask(user, "owed", {**WHOLE, "share": Fraction(1, 4), "preemptible": False})
        if not [t for t in self.world.tickets() if (t.user, t.server) == (user, "owed")]:
            return
        for _ in range(RETURNED_IN):
            self.world.pass_time(timedelta(minutes=1))
            self.stewardship()
        mine = self.world.leases(State.HELD, State.ACTIVE)
        held = [lease for lease in mine if (lease.user, lease.server) == (user, "owed")]
        assert held, f"{account} is owed a slot, and {user} waits for it"
