"""Who somebody is when they want something done: administrator, manager of which accounts."""

from sqlalchemy import Connection, select

from hub.errors import Refused
from hub.policy.people import Person
from hub.policy.rights import Actor
from hub.store.people import load_person
from hub.store.schema import members


def load_actor(db: Connection, name: str) -> Actor:
    """Load somebody with what they manage; raises NotFound, or Refused for a disabled account."""
    person = load_person(db, name)
    if person.disabled:
        raise Refused(f"the account {name} is disabled")
    return Actor(
        name=person.name,
        admin=person.admin,
        manages=_managed(db, person),
        person_id=person.id,
        member_of=frozenset(f"group:{group}" for group in person.groups),
    )


def _managed(db: Connection, person: Person) -> frozenset[str]:
    mine = (members.c.person_id == person.id) & members.c.manager
    rows = db.execute(select(members.c.group_name).where(mine)).scalars()
    return frozenset(f"group:{name}" for name in rows)
