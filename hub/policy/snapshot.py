"""Everything one decision looks at, taken in one short read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hub.policy.ceilings import Ceilings
from hub.policy.gpus import Gpu, TakenSlot
from hub.policy.leases import Lease
from hub.policy.people import Person
from hub.policy.profiles import Profile
from hub.policy.reasons import Reason


@dataclass(frozen=True)
class Snapshot:
    """`own` are this person's open leases; `obstacles` are what else forbids a start just now."""

    now: datetime
    person: Person
    server: str
    ceilings: Ceilings
    gpus: tuple[Gpu, ...]
    taken: tuple[TakenSlot, ...]
    own: tuple[Lease, ...]
    profiles: Mapping[str, Profile]
    node: str
    default_duration: timedelta = timedelta(hours=4)
    obstacles: tuple[Reason, ...] = field(default=())
