"""Requests for more time: seen by who asked and who may decide, granted or refused once."""

from hub import asks, clock, shapes
from hub.api.answers import Refusal
from hub.api.base import AllotmentHandler
from hub.api.bodies import check_query, parse_choice, parse_note
from hub.house import House
from hub.policy.outcomes import Denial
from hub.policy.rights import Actor, may_decide, may_see
from hub.store import asks as rows
from hub.store.asks import Request


class RequestsHandler(AllotmentHandler):
    """Everything that was asked for, as far as the caller may see it."""

    async def get(self) -> None:
        """List the open requests, oldest first; `?state=all` adds those that were decided."""
        actor = await self.actor()
        query = self.request.query_arguments
        self.check(check_query, query, ("state",))
        everything = self.check(parse_choice, query, "state", ("open", "all")) == "all"
        found = await self.use(asks.load_requests, self.house, actor, everything)
        zone = self.house.zone
        self.answer(shapes.items(shapes.request(request, zone) for request in found))


class DecisionBase(AllotmentHandler):
    """One request, for whoever may decide it; one a caller may not see is not there."""

    async def load(self, number: str) -> tuple[Actor, Request, str]:
        """Load a request with the note that is sent along."""
        actor = await self.actor()
        request = await self.use(_load, self.house, int(number))
        if not may_see(actor, request.person_id, request.account):
            raise Refusal(404, "not-found", f"{number}: there is no request of that number")
        if may_decide(actor, request.account) is None or _their_own(actor, request):
            raise Refusal(403, "forbidden", "This request is not yours to decide.")
        return actor, request, self.check(parse_note, self.body(("note",)))


class GrantHandler(DecisionBase):
    """Yes."""

    async def post(self, number: str) -> None:
        """Grant it and extend the lease; a denial where something binds whoever decides too."""
        actor, request, note = await self.load(number)
        now = clock.now()
        outcome = await self.use(asks.grant, self.house, request.id, actor, note, now)
        if isinstance(outcome, Denial):
            raise self.deny(outcome)
        self.answer(shapes.request(outcome, self.house.zone))


class RefuseHandler(DecisionBase):
    """No."""

    async def post(self, number: str) -> None:
        """Refuse it."""
        actor, request, note = await self.load(number)
        now = clock.now()
        closed = await self.use(asks.refuse, self.house, request.id, actor, note, now)
        self.answer(shapes.request(closed, self.house.zone))


def _load(house: House, number: int) -> Request:
    with house.database.read() as db:
        return rows.load(db, number)


def _their_own(actor: Actor, request: Request) -> bool:
    """Say whether a manager would decide what they asked for themselves."""
    return not actor.admin and actor.person_id == request.person_id
