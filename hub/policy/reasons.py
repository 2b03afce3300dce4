"""Why not: one reason is a code, the rule, its numbers, who can change it, and the soonest time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

Number = int | float | str | None

ADMINISTRATOR = "administrator"
YOU = "you"
TIME = "time"


@dataclass(frozen=True)
class Reason:
    """One rule that says no; `code` is one of the reason codes, `rule` what was broken."""

    code: str
    rule: str
    numbers: Mapping[str, Number] = field(default_factory=dict)
    who: str = ADMINISTRATOR
    soonest: datetime | None = None
