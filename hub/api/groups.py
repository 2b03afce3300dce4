"""Who is in a group, for those who may say so: its managers, and administrators."""

from hub import clock, groups, shapes
from hub.api.answers import Refusal
from hub.api.base import AllotmentHandler
from hub.api.bodies import parse_person
from hub.policy.rights import Actor, may_set_members
from hub.store.people import Group


class MembersBase(AllotmentHandler):
    """One group; one a caller is not of is not there."""

    async def load(self, name: str) -> tuple[Actor, Group]:
        """Load a group for whoever may set its members."""
        actor = await self.actor()
        if not may_set_members(actor, name):
            if f"group:{name}" not in actor.member_of:
                raise Refusal(404, "not-found", f"{name}: there is no group of that name")
            raise Refusal(403, "forbidden", "Members are set by a manager of the group.")
        return actor, await self.use(groups.load_group, self.house, name)

    async def show(self, name: str, status: int = 200) -> None:
        """Answer with everybody who is in a group."""
        found = await self.use(groups.load_group, self.house, name)
        self.answer(shapes.items(shapes.members(found)), status)


class MembersHandler(MembersBase):
    """Everybody in a group."""

    async def get(self, name: str) -> None:
        """List them, by name."""
        await self.load(name)
        await self.show(name)

    async def post(self, name: str) -> None:
        """Put somebody into it; somebody who is in it stays."""
        actor, group = await self.load(name)
        person = self.check(parse_person, self.body(("user",)))
        now = clock.now()
        await self.use(groups.add_member, self.house, name, person, actor.name, now)
        await self.show(name, 200 if person in group.members else 201)


class MemberHandler(MembersBase):
    """One person in a group."""

    async def delete(self, name: str, person: str) -> None:
        """Take them out of it; managers are taken out by administrators."""
        actor, group = await self.load(name)
        self.body()
        if person in group.managers and not actor.admin:
            raise Refusal(403, "forbidden", "Who manages a group is for an administrator to say.")
        if person in group.members:
            now = clock.now()
            await self.use(groups.remove_member, self.house, name, person, actor.name, now)
        await self.show(name)
