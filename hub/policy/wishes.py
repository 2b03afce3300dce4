"""A wish for GPU slots, of somebody who asks now or of somebody who waits."""

from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction

from hub.policy.floor import Floor
from hub.policy.gpus import Isolation
from hub.policy.placement import Sharing
from hub.policy.profiles import Profile
from hub.policy.tickets import Ticket


@dataclass(frozen=True)
class Wish:
    """What the floor is asked for; `ticket` is None for somebody who asks now."""

    profile: Profile
    share: Fraction
    duration: timedelta
    account: str
    person_id: int
    preemptible: bool = True
    ticket: Ticket | None = None
    sharing: Sharing = field(default_factory=Sharing)


def wish_of(ticket: Ticket, floor: Floor) -> Wish | None:
    """Give what a ticket asks of a floor; None when its profile is gone."""
    profile = floor.profiles.get(ticket.profile)
    if profile is None:
        return None
    return Wish(
        profile=profile,
        share=ticket.gpus,
        duration=ticket.duration,
        account=ticket.account,
        person_id=ticket.person_id,
        preemptible=ticket.preemptible,
        ticket=ticket,
        sharing=sharing_on(floor, ticket.person_id, ticket.account),
    )


def sharing_on(floor: Floor, person_id: int, account: str) -> Sharing:
    """Say with whom a person on an account may share GPUs of this floor."""
    site: Isolation = floor.demands.get("site", "soft")
    return Sharing(
        person_id=person_id,
        demand=floor.demands.get(account, site),
        demands=floor.demanded,
        image_nodes=floor.image_nodes,
    )
