"""A wish for GPU slots, of somebody who asks now or of somebody who waits."""

from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction
from functools import cached_property

from hub.policy.placement import Sharing
from hub.policy.profiles import Profile
from hub.policy.tickets import Ticket

Shape = tuple[str, int, int, int]


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

    @cached_property
    def shape(self) -> Shape:
        """Give what decides whether there are slots: two wishes of one shape fit or neither."""
        alone = self.sharing.demand != "soft" or bool(self.sharing.demands)
        share = (self.share.numerator, self.share.denominator)
        return (self.profile.name, *share, self.person_id if alone else 0)


@dataclass(frozen=True)
class Asker:
    """Who asks, on which account."""

    person_id: int
    account: str


def wish_of(ticket: Ticket, profile: Profile, sharing: Sharing) -> Wish:
    """Give what a ticket asks of a floor."""
    return Wish(
        profile=profile,
        share=ticket.gpus,
        duration=ticket.duration,
        account=ticket.account,
        person_id=ticket.person_id,
        preemptible=ticket.preemptible,
        ticket=ticket,
        sharing=sharing,
    )
