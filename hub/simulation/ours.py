"""Our own policy as a rule of a world: the functions of hub.policy themselves, no copy of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hub.policy.admission import decide, hindrances
from hub.policy.ceilings import BUDGETS, GUARANTEE, ISOLATION, ISOLATIONS, PRIORITY, Ceilings
from hub.policy.floor import Floor
from hub.policy.gpus import Gpu, Isolation
from hub.policy.loans import promotable
from hub.policy.moving import moved_on
from hub.policy.outcomes import Grant, Outcome, Wait
from hub.policy.people import Person
from hub.policy.profiles import DEFAULT, Profile
from hub.policy.queueing import next_turn
from hub.policy.reasons import Reason
from hub.policy.requests import SpawnRequest
from hub.policy.reservations import Occurrence
from hub.policy.returning import loans_to_tell
from hub.policy.rules import Rules
from hub.policy.snapshot import Snapshot
from hub.policy.tickets import Queued, Standing, Ticket
from hub.simulation.books import Books
from hub.simulation.jobs import Job
from hub.simulation.world import Run, World
from hub.units import to_parts

PROFILES = {DEFAULT: Profile(DEFAULT, memory_mib=0)}
UTC_ZONE = ZoneInfo("UTC")


@dataclass(frozen=True)
class Policy:
    """What is set: quotas by scope and kind, the rules, reserved windows, the station's zone."""

    ceilings: Ceilings
    rules: Rules = field(default_factory=Rules)
    occurrences: tuple[Occurrence, ...] = ()
    zone: ZoneInfo = UTC_ZONE

    def guarantees(self) -> dict[str, int]:
        """Give the guarantee of every account that has one, in parts."""
        set_here = ((s, q) for (s, kind), q in self.ceilings.items() if kind == GUARANTEE)
        return {scope: to_parts(quota.value) for scope, quota in set_here if quota.value > 0}

    def demands(self) -> dict[str, Isolation]:
        """Give the wall every account demands that demands one."""
        set_here = ((s, q) for (s, kind), q in self.ceilings.items() if kind == ISOLATION)
        return {scope: ISOLATIONS[int(quota.value)] for scope, quota in set_here}

    def priority(self, job: Job) -> int:
        """Give the priority of a job's account; what its trace says where none is set."""
        quota = self.ceilings.get((job.account, PRIORITY))
        return int(quota.value) if quota is not None else job.priority


class Ours:
    """The policy as it is: admission for who comes, and the waiting list for who starts."""

    def __init__(self, policy: Policy, gpus: tuple[Gpu, ...], name: str = "ours") -> None:
        self.name = name
        self.policy = policy
        budgeted = any(kind in BUDGETS for _, kind in policy.ceilings)
        self.books = Books(gpus, policy.zone, policy.rules.half_life, budgeted)
        self._floor = Floor(
            now=datetime.min.replace(tzinfo=UTC),
            gpus=gpus,
            taken=(),
            node="local",
            profiles=PROFILES,
            guarantees=policy.guarantees(),
            demands=policy.demands(),
            occurrences=policy.occurrences,
            servers=self.books.servers,
            rules=policy.rules,
        )
        self._tickets: dict[int, Ticket] = {}
        self._people: dict[str, Person] = {}
        self._priorities: dict[int, int] = {}

    def arrive(self, world: World, number: int, job: Job) -> Outcome:
        """Ask admission."""
        person = self._person(job)
        standing = Standing(self.policy.priority(job), self.books.usage(job.user, world.now))
        floor = self.floor(world)
        snapshot = self._snapshot(floor, person, number, {job.account: standing})
        group = job.account.partition(":")[2] or None
        request = SpawnRequest(gpus=job.gpus, duration=job.asked, group=group, if_busy="wait")
        outcome = decide(request, snapshot, lambda ticket: self.hindrances(floor, ticket))
        if isinstance(outcome, Wait):
            self._priorities[number] = standing.priority
            self._tickets[number] = self.ticket(number, job)
        return outcome

    def next_start(self, world: World) -> tuple[int, Grant] | None:
        """Ask the waiting list whose turn it is, when something ended since it was asked last."""
        if not world.freed:
            return None
        floor = self.floor(world)
        turn = next_turn(floor, lambda ticket: self.hindrances(floor, ticket))
        return None if turn is None else (turn.ticket.id - 1, turn.grant)

    def began(self, world: World, run: Run) -> None:
        """Open its lease in the books."""
        self._tickets.pop(run.number, None)
        self.books.open(run, self._person(run.job).id)

    def ended(self, world: World, run: Run) -> None:
        """Close its lease in the books."""
        self.books.close(run, world.now)

    def reclaims(self, world: World) -> Mapping[int, datetime]:
        """Promote the loans for which there is room, and tell those that somebody is owed."""
        if not self.books.loans():
            return {}
        for lease_id in promotable(self.floor(world), self.books.loans()):
            self.books.promote(lease_id - 1)
        floor = self.floor(world)
        told = loans_to_tell(
            floor, self.books.leases(), lambda ticket: self.hindrances(floor, ticket)
        )
        for lease_id, at in told.items():
            self.books.tell(lease_id - 1, at)
        return {lease_id - 1: at for lease_id, at in told.items()}

    def waits_again(self, world: World, number: int, job: Job) -> None:
        """Give somebody whose loan was taken back their place, with its original time."""
        self._priorities[number] = self.policy.priority(job)
        self._tickets[number] = self.ticket(number, job)

    def floor(self, world: World) -> Floor:
        """Give the station as the policy functions look at it."""
        now = world.now
        usage: dict[str, float] = {}
        queue = []
        for number, job in world.waiting.items():
            if job.user not in usage:
                usage[job.user] = self.books.usage(job.user, now)
            standing = Standing(self._priorities[number], usage[job.user])
            queue.append(Queued(self._tickets[number], standing, self._person(job).groups))
        self._floor = moved_on(self._floor, now, self.books.taken(), tuple(queue))
        return self._floor

    def ticket(self, number: int, job: Job) -> Ticket:
        """Give the ticket that a job waits with."""
        return Ticket(
            id=number + 1,
            person_id=self._person(job).id,
            user=job.user,
            server=f"job-{number}",
            account=job.account,
            gpus=job.gpus,
            duration=job.asked,
            asked_at=job.submit,
        )

    def hindrances(self, floor: Floor, ticket: Ticket) -> tuple[Reason, ...]:
        """Say what of its owner's own stands in a ticket's way."""
        person = self._people[ticket.user]
        return hindrances(ticket, self._snapshot(floor, person, ticket.id - 1, {}))

    def _snapshot(
        self, floor: Floor, person: Person, number: int, standings: dict[str, Standing]
    ) -> Snapshot:
        return Snapshot(
            floor=floor,
            person=person,
            server=f"job-{number}",
            ceilings=self.policy.ceilings,
            own=self.books.leases_of(person.name),
            sums=self.books.sums,
            zone=self.policy.zone,
            standings=standings,
        )

    def _person(self, job: Job) -> Person:
        """Give the person of a job; everybody is in every group they ever asked for."""
        known = self._people.get(job.user)
        group = job.account.partition(":")[2]
        if known is not None and (not group or group in known.groups):
            return known
        number = known.id if known else len(self._people) + 1
        groups = (*(known.groups if known else ()), *([group] if group else []))
        person = Person(number, job.user, number, groups=groups)
        self._people[job.user] = person
        return person
