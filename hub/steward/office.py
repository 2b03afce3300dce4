"""What the steward's duties work with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from hub.closing import Closer
from hub.engine.client import Engine
from hub.house import House
from hub.hubapi import HubApi
from hub.inventory import GpuSource


@dataclass(frozen=True)
class Office:
    """Made once, at the steward's start."""

    house: House
    engine: Engine
    agent: GpuSource
    hub: HubApi
    closer: Closer


Duty = Callable[[Office, datetime], None]
