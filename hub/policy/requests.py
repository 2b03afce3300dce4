"""What a person asks for, after everything untrusted in it was checked."""

from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Literal

from hub.policy.profiles import DEFAULT


@dataclass(frozen=True)
class SpawnRequest:
    """One wish for a server; `gpus` counts whole GPUs of the candidate, 0 is a CPU server."""

    profile: str = DEFAULT
    gpus: Fraction = Fraction(0)
    duration: timedelta | None = None
    group: str | None = None
    preemptible: bool = True
    if_busy: Literal["refuse", "wait"] = "refuse"
