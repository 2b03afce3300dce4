"""Who may do what: administrator, manager of an account's group, member; one small rule each."""

from dataclasses import dataclass
from typing import Literal

Decider = Literal["manager", "administrator"]
"""As what somebody decides a request."""


@dataclass(frozen=True)
class Actor:
    """Whoever asks for something to be done; `manages` are accounts, such as "group:field-lab"."""

    name: str
    admin: bool = False
    manages: frozenset[str] = frozenset()
    person_id: int | None = None
    member_of: frozenset[str] = frozenset()


HOST = Actor("host", admin=True)
"""Whoever is root on the station's machine."""


def manages(actor: Actor, account: str) -> bool:
    """Say whether somebody is an administrator or a manager of that account's group."""
    return actor.admin or account in actor.manages


def may_see(actor: Actor, person_id: int, account: str) -> bool:
    """Say whether somebody may see a lease, ticket or request: their own, or one they manage."""
    return _own(actor, person_id) or manages(actor, account)


def may_ask(actor: Actor, person_id: int, account: str) -> bool:
    """Say whether somebody may extend a lease or ask for it: their own, or one they manage."""
    return _own(actor, person_id) or manages(actor, account)


def may_cancel(actor: Actor, person_id: int, account: str) -> bool:
    """Say whether somebody may cancel a ticket or end a lease: their own, or one they manage."""
    return _own(actor, person_id) or manages(actor, account)


def may_switch(actor: Actor, person_id: int) -> bool:
    """Say whether somebody may set a server's switches, such as keep going: its owner only."""
    return actor.admin or _own(actor, person_id)


def may_decide(actor: Actor, account: str) -> Decider | None:
    """Say as what somebody decides a request; None where they may not."""
    if actor.admin:
        return "administrator"
    return "manager" if account in actor.manages else None


def may_set_members(actor: Actor, group: str) -> bool:
    """Say whether somebody may add and remove the members of a group."""
    return manages(actor, f"group:{group}")


def may_set_quotas(actor: Actor) -> bool:
    """Say whether somebody may set quotas, zones and accounts, move tickets, or reserve."""
    return actor.admin


def may_see_sums(actor: Actor, account: str) -> bool:
    """Say whether somebody may see what an account used: its members and whoever manages it."""
    return account in actor.member_of or manages(actor, account)


def _own(actor: Actor, person_id: int) -> bool:
    return actor.person_id is not None and actor.person_id == person_id
