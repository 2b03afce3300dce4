"""What happens when an administrator reserves over what runs, told so that it can be cut short."""

from datetime import timedelta

from hub import reservations
from hub.house import House
from hub.policy.reservations import Series
from hub.reservations import Claim, Made
from hub.units import PARTS
from hub.wall_time import wall_of
from tests.crashes.stage import GPUS, minutes

LENGTH = timedelta(hours=2)


def visitors_get_everything(house: House) -> None:
    """All GPUs are reserved for an hour on; what runs is shortened."""
    since = wall_of(minutes(60), house.zone)
    series = Series(since, since + LENGTH, house.zone.key)
    claims = [Claim("group:visitors", len(GPUS) * PARTS, series)]
    made = reservations.add(house, claims, True, "root", minutes(5))
    assert isinstance(made, Made), made
