"""Leases: to be seen, extended, kept going, and reported as opened by their owner."""

from hub import clock, extending, leasing, notices, shapes
from hub.api.answers import Refusal
from hub.api.base import AllotmentHandler
from hub.api.bodies import parse_flag, parse_hours
from hub.api.callers import reaches_lease
from hub.extending import Extended
from hub.house import House
from hub.policy.leases import Lease
from hub.policy.outcomes import Denial
from hub.policy.rights import Actor, may_switch
from hub.policy.tickets import Ticket
from hub.store.leases import load_lease
from hub.store.offers import is_unclaimed
from hub.store.tickets import find_open_ticket


class LeaseBase(AllotmentHandler):
    """One lease by its number; whose a caller may not see is not there."""

    async def reach(self, number: str) -> tuple[Actor, Lease]:
        """Load a lease for whoever may see it."""
        reach, actor = await self.caller()
        lease = await self.use(leasing.load_lease, self.house, int(number))
        if not reaches_lease(self, reach, actor, lease):
            raise Refusal(404, "not-found", f"{number}: there is no lease of that number")
        return actor, lease

    def show(self, lease: Lease, status: int = 200) -> None:
        """Answer with a lease."""
        self.answer(shapes.lease_now(lease, self.house.zone, clock.now()), status)


class LeaseHandler(LeaseBase):
    """One lease."""

    async def get(self, number: str) -> None:
        """Show it with the offer that waits to take its place; to its owner also what is new."""
        actor, lease = await self.reach(number)
        zone, now = self.house.zone, clock.now()
        offer = await self.use(_find_offer, self.house, lease)
        document = shapes.lease_now(lease, zone, now)
        document["offer"] = None if offer is None else shapes.offer(*offer, zone)
        if lease.person_id == actor.person_id:
            told = await self.use(notices.find_for_notebook, self.house, lease, now)
            said = None if told is None else shapes.notice(told, self.language, zone)
            document["notice"] = said
        self.answer(document)

    async def patch(self, number: str) -> None:
        """Switch keep going on or off; for its owner, not by its server's own token."""
        await self.actor()
        actor, lease = await self.reach(number)
        if not may_switch(actor, lease.person_id):
            raise Refusal(403, "forbidden", "Only its owner switches this.")
        on = self.check(parse_flag, self.body(("keep_going",)), "keep_going")
        now = clock.now()
        switched = await self.use(extending.set_keep_going, self.house, lease.id, on, actor, now)
        self.show(switched)


class ExtendHandler(LeaseBase):
    """More time for a lease."""

    async def post(self, number: str) -> None:
        """Extend it: 200 with the lease; 202 with the request that somebody must decide."""
        actor, lease = await self.reach(number)
        hours = self.check(parse_hours, self.body(("hours",)))
        now = clock.now()
        outcome = await self.use(extending.extend, self.house, lease.id, hours, actor, now)
        if isinstance(outcome, Denial):
            raise self.deny(outcome)
        if isinstance(outcome, Extended):
            self.show(outcome.lease)
            return
        zone = self.house.zone
        against = [shapes.reason(found, zone) for found in outcome.denial.reasons]
        self.answer({**shapes.request(outcome.request, zone), "reasons": against}, 202)


class OpenedHandler(LeaseBase):
    """The first visit of a lease's owner."""

    async def post(self, number: str) -> None:
        """Note it; again is harmless."""
        actor, lease = await self.reach(number)
        self.body()
        if lease.person_id != actor.person_id:
            raise Refusal(403, "forbidden", "Only its owner opens a server.")
        await self.use(extending.opened, self.house, lease.id, clock.now())
        self.show(await self.use(leasing.load_lease, self.house, lease.id))


def _find_offer(house: House, lease: Lease) -> tuple[Ticket, Lease] | None:
    """Find the offer of another lease for the same server."""
    with house.database.read() as db:
        ticket = find_open_ticket(db, lease.user, lease.server)
        if ticket is None or ticket.lease_id in (None, lease.id):
            return None
        offered = load_lease(db, ticket.lease_id)
        return (ticket, offered) if is_unclaimed(offered) else None
