"""Which reservation a start draws on: the window of a group of its person, while it has room."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from hub.policy.gpus import Gpu
from hub.policy.placement import candidates
from hub.policy.profiles import Profile
from hub.policy.reservations import Occurrence
from hub.units import to_parts


@dataclass(frozen=True)
class Windows:
    """The reserved windows of a station at one moment, with what each account holds."""

    now: datetime
    occurrences: Sequence[Occurrence]
    held: Mapping[str, int]
    gpus: Sequence[Gpu]

    def account_for(
        self, groups: Collection[str], profile: Profile | None, share: Fraction
    ) -> str | None:
        """Name the account of the first window that is on, of one of these groups, with room."""
        if not share or not self.occurrences:
            return None
        parts = self._parts(profile, share)
        mine = {f"group:{group}" for group in groups}
        for window in self.occurrences:
            held = self.held.get(window.account, 0)
            if window.account in mine and window.on(self.now) and held + parts <= window.parts:
                return window.account
        return None

    def _parts(self, profile: Profile | None, share: Fraction) -> int:
        """Say what a share counts, by weight, on the kind of GPU that its profile puts first."""
        for gpu in candidates(self.gpus, profile) if profile is not None else ():
            slots = gpu.slots_for(share) if share <= 1 else gpu.slots
            if slots is not None:
                return gpu.parts(slots) * max(int(share), 1)
        return to_parts(share)
