"""The books of a simulated station, in memory: who holds what, and who used how much."""

from collections import defaultdict
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hub.policy.budgets import DaySum
from hub.policy.escrow import cost_by_day
from hub.policy.gpus import Gpu, TakenSlot
from hub.policy.leases import Lease, State
from hub.policy.people import SITE
from hub.simulation.world import Run

MS = timedelta(milliseconds=1)


class Books:
    """Leases, the sums of budgets by day, and everybody's weighted usage."""

    def __init__(
        self, gpus: tuple[Gpu, ...], zone: ZoneInfo, half_life: timedelta, budgeted: bool = True
    ) -> None:
        self._budgeted = budgeted
        self.zone = zone
        self.sums: dict[tuple[str, date], DaySum] = {}
        self.servers: dict[str, int] = defaultdict(int)
        self._leases: dict[str, dict[int, Lease]] = defaultdict(dict)
        self._taken: dict[int, tuple[TakenSlot, ...]] = {}
        self._loans: dict[int, str] = {}
        self._settled: dict[str, tuple[float, datetime]] = {}
        self._half_life = half_life
        capacity = sum(gpu.parts(gpu.slots) for gpu in gpus)
        self._capacity = capacity * half_life.total_seconds() or 1.0

    def leases_of(self, user: str) -> tuple[Lease, ...]:
        """List somebody's open leases."""
        return tuple(self._leases[user].values())

    def taken(self) -> tuple[TakenSlot, ...]:
        """List every slot under lease, until when it is promised and to whom."""
        return tuple(slot for held in self._taken.values() for slot in held)

    def loans(self) -> list[Lease]:
        """List the loans."""
        return [self._leases[user][number] for number, user in self._loans.items()]

    def promote(self, number: int) -> None:
        """Make an ordinary lease of a loan."""
        user = self._loans.pop(number)
        self._note(number, replace(self._leases[user][number], loan=False))

    def tell(self, number: int, at: datetime) -> None:
        """Note when a loan is taken back."""
        lease = self._leases[self._loans[number]][number]
        self._note(number, replace(lease, reclaim_at=at, guaranteed_until=at))

    def _note(self, number: int, lease: Lease) -> None:
        self._leases[lease.user][number] = lease
        until = lease.reclaim_at or lease.expires_at
        self._taken[number] = tuple(
            TakenSlot(p.gpu_uuid, n, until, lease.id, lease.person_id, lease.account, lease.loan)
            for p in lease.slots
            for n in p.slots
        )

    def leases(self) -> list[Lease]:
        """List every open lease."""
        return [lease for held in self._leases.values() for lease in held.values()]

    def usage(self, user: str, now: datetime) -> float:
        """Give somebody's charges, halved each half-life, over what all GPUs give in one.

        Running leases count to now.
        """
        used, at = self._settled.get(user, (0.0, now))
        used *= _left((now - at) / self._half_life)
        for lease in self._leases[user].values():
            used += lease.parts * (now - lease.opened_at).total_seconds()
        return used / self._capacity

    def open(self, run: Run, person_id: int) -> None:
        """Write a start: a lease, and its whole possible cost held."""
        job, grant = run.job, run.grant
        ends = run.started + grant.duration
        lease = Lease(
            id=run.number + 1,
            person_id=person_id,
            user=job.user,
            server=f"job-{run.number}",
            account=grant.account,
            profile="notebook",
            state=State.ACTIVE,
            node=grant.placement.node,
            slots=grant.placement.slots,
            share=job.gpus,
            parts=grant.placement.parts,
            cpus=job.gpus * 0,
            memory_mib=0,
            duration=grant.duration,
            opened_at=run.started,
            active_at=run.started,
            expires_at=ends,
            guaranteed_until=ends,
            loan=grant.loan,
        )
        self._note(run.number, lease)
        if lease.loan:
            self._loans[run.number] = job.user
        self.servers[grant.account] += 1
        self._add(run, ends, held=1)

    def close(self, run: Run, now: datetime) -> None:
        """Write an end: what was held is given back, what was used is settled."""
        lease = self._leases[run.job.user].pop(run.number)
        del self._taken[run.number]
        self._loans.pop(run.number, None)
        self.servers[lease.account] -= 1
        self._add(run, run.started + run.grant.duration, held=-1)
        self._add(run, now, settled=1)
        used, at = self._settled.get(run.job.user, (0.0, now))
        used *= _left((now - at) / self._half_life)
        used += lease.parts * (now - lease.opened_at).total_seconds()
        self._settled[run.job.user] = (used, now)

    def _add(self, run: Run, until: datetime, held: int = 0, settled: int = 0) -> None:
        """Add to the sums of the days; where no budget is set nobody looks at them."""
        if not self._budgeted:
            return
        days = cost_by_day(run.grant.placement.parts, run.started, until, self.zone)
        scopes = dict.fromkeys((f"user:{run.job.user}", run.grant.account, SITE))
        for day, cost in days.items():
            for scope in scopes:
                before = self.sums.get((scope, day), DaySum())
                self.sums[scope, day] = DaySum(
                    before.settled_ms + settled * cost, before.held_ms + held * cost
                )


def _left(half_lives: float) -> float:
    """Say what is left of a charge after so many half-lives."""
    return float(0.5**half_lives)
