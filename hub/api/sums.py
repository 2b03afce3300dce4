"""What was used, and what is reserved, as far as the caller may see it."""

from datetime import date

from hub import clock, reservations, shapes
from hub.api.base import AllotmentHandler
from hub.api.bodies import check_query, parse_choice, parse_day
from hub.house import House
from hub.policy.rights import Actor, may_see_sums
from hub.store.usage import By, UsageRecord, load_usage

BY: tuple[By, ...] = ("user", "group", "course")


class UsageHandler(AllotmentHandler):
    """GPU time used and held."""

    async def get(self) -> None:
        """List it by person or account, from a day on; `?by=group&since=2026-11-22`."""
        actor = await self.actor()
        query = self.request.query_arguments
        self.check(check_query, query, ("by", "since"))
        by = self.check(parse_choice, query, "by", BY)
        since = self.check(parse_day, query, "since")
        found = await self.use(_load_usage, self.house, by, since)
        seen = [record for record in found if _may_see(actor, by, record.key)]
        self.answer(shapes.items(shapes.usage(record) for record in seen))


class ReservationsHandler(AllotmentHandler):
    """Claims on future windows."""

    async def get(self) -> None:
        """List those of the caller's groups; administrators see all."""
        actor = await self.actor()
        self.check(check_query, self.request.query_arguments, ())
        found = await self.use(reservations.load_listed, self.house, clock.now())
        seen = [each for each in found if may_see_sums(actor, each.reservation.account)]
        zone = self.house.zone
        self.answer(shapes.items(shapes.reservation(each, zone) for each in seen))


def _load_usage(house: House, by: By, since: date) -> list[UsageRecord]:
    with house.database.read() as db:
        return load_usage(db, by, since)


def _may_see(actor: Actor, by: str, key: str) -> bool:
    if actor.admin:
        return True
    return key == actor.name if by == "user" else may_see_sums(actor, key)
