"""Places in the waiting list: asked for, looked at, given up, taken when offered, and moved."""

from datetime import timedelta

from hub import clock, shapes, waiting
from hub.api.answers import Refusal
from hub.api.base import AllotmentHandler
from hub.api.bodies import parse_flag, parse_moment, parse_position, parse_server
from hub.policy.outcomes import Denial
from hub.policy.rights import may_set_quotas
from hub.policy.tickets import Ticket
from hub.waiting import TicketAsk

MOST_AHEAD = timedelta(days=366)
"""How far ahead somebody may ask for their turn to come."""

OWN_KEYS = ("server", "auto_start", "not_before")
STARTS = ("profile", "gpus", "hours", "group", "preemptible")


class TicketBase(AllotmentHandler):
    """What is answered with a ticket."""

    def show(self, ticket: Ticket, status: int = 200) -> None:
        """Answer with a ticket."""
        self.answer(shapes.ticket(ticket, self.house.zone), status)


class TicketsHandler(TicketBase):
    """The waiting list as far as the caller may see it."""

    async def get(self) -> None:
        """List the open tickets in order of service."""
        actor = await self.actor()
        found = await self.use(waiting.load_visible, self.house, actor)
        zone = self.house.zone
        self.answer(shapes.items(shapes.ticket(ticket, zone) for ticket in found))

    async def post(self) -> None:
        """Ask for a place; the same request again has the same ticket."""
        actor = await self.actor()
        ask = self._ask(actor.name)
        before = {t.id for t in await self.use(waiting.load_own, self.house, actor.name)}
        outcome = await self.use(waiting.ask_for_ticket, self.house, ask, clock.now())
        if isinstance(outcome, Denial):
            raise self.deny(outcome)
        number = outcome.ticket_id
        ticket = await self.use(waiting.load_ticket, self.house, actor, number)
        self.set_header("Location", f"{self.hub.base_url}api/allotment/tickets/{number}")
        self.show(ticket, 200 if number in before else 201)

    def _ask(self, user: str) -> TicketAsk:
        body = self.body((*STARTS, *OWN_KEYS))
        wish = {key: value for key, value in body.items() if key in STARTS}
        return TicketAsk(
            user=user,
            server=self.check(parse_server, body),
            request=self.check(self.means.parse_request, wish),
            auto_start="auto_start" not in body or self.check(parse_flag, body, "auto_start"),
            not_before=self.check(parse_moment, body, "not_before", clock.now() + MOST_AHEAD),
        )


class TicketHandler(TicketBase):
    """One ticket; one a caller may not see is not there."""

    async def get(self, number: str) -> None:
        """Show it, closed ones too."""
        actor = await self.actor()
        self.show(await self.use(waiting.load_ticket, self.house, actor, int(number)))

    async def delete(self, number: str) -> None:
        """Give the place up, with its offer."""
        actor = await self.actor()
        self.body()
        now = clock.now()
        self.show(await self.use(waiting.cancel, self.house, actor, int(number), now))


class TakeHandler(TicketBase):
    """An offer."""

    async def post(self, number: str) -> None:
        """Take it: what runs under that name is stopped, and the server of the offer starts."""
        actor = await self.actor()
        self.body()
        ticket = await self.use(waiting.load_ticket, self.house, actor, int(number))
        if ticket.person_id != actor.person_id:
            raise Refusal(403, "forbidden", "An offer is taken by its owner.")
        now = clock.now()
        self.show(await self.use(waiting.take, self.house, actor, ticket.id, now), 202)


class MoveHandler(TicketBase):
    """A place in the line."""

    async def post(self, number: str) -> None:
        """Put a ticket at a position; for administrators."""
        actor = await self.actor()
        await self.use(waiting.load_ticket, self.house, actor, int(number))
        if not may_set_quotas(actor):
            raise Refusal(403, "forbidden", "Only administrators move tickets.")
        position = self.check(parse_position, self.body(("position",)))
        now = clock.now()
        self.show(await self.use(waiting.move, self.house, actor, int(number), position, now))
