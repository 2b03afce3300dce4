"""What a station's settings say about every start, handed to whoever loads or decides."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo

from hub.policy.profiles import Profile
from hub.policy.rules import Rules


@dataclass(frozen=True)
class Terms:
    """Profiles by name, the node, the default time, the rules, and the zone of days and weeks."""

    profiles: Mapping[str, Profile]
    node: str
    default_duration: timedelta
    rules: Rules = field(default_factory=Rules)
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
