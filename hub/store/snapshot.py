"""Load, in one read, everything one decision looks at."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from hub.policy.people import Person
from hub.policy.profiles import Profile
from hub.policy.reasons import Reason
from hub.policy.snapshot import Snapshot
from hub.store.ceilings import load_for
from hub.store.gpus import load_gpus, load_taken
from hub.store.leases import load_open_of


@dataclass(frozen=True)
class Terms:
    """What a station's settings say about every start."""

    profiles: Mapping[str, Profile]
    node: str
    default_duration: timedelta


def load_snapshot(
    db: Connection,
    person: Person,
    server: str,
    terms: Terms,
    obstacles: tuple[Reason, ...],
    now: datetime,
) -> Snapshot:
    """Take the snapshot for one person's start of one server."""
    return Snapshot(
        now=now,
        person=person,
        server=server,
        ceilings=load_for(db, person),
        gpus=load_gpus(db),
        taken=load_taken(db),
        own=load_open_of(db, person),
        profiles=terms.profiles,
        node=terms.node,
        default_duration=terms.default_duration,
        obstacles=obstacles,
    )
