"""A floor as time goes on: it says what a floor that is loaded anew would say."""

from datetime import timedelta

import pytest

from hub.policy.floor import Floor
from hub.policy.moving import moved_on
from hub.policy.profiles import Profile
from hub.policy.reservations import Occurrence
from tests.policy.conftest import NOON, gpu, taken

OF_THE_GPUS = ("by_uuid", "healthy", "nominal", "slot_parts", "smallest_slot")
LATER = NOON + timedelta(hours=3)
WINDOW = Occurrence(1, "group:class", 400, NOON, NOON + timedelta(hours=2))
BEFORE = Floor(
    now=NOON,
    gpus=(gpu(1), gpu(2, health="fault"), gpu(3, slots=2)),
    taken=tuple(taken(1, 0, 1)),
    node="local",
    profiles={"notebook": Profile("notebook")},
    occurrences=(WINDOW,),
)


@pytest.mark.parametrize("name", [*OF_THE_GPUS, "held", "lent"])
def test_what_was_worked_out_before_is_what_would_be_worked_out_anew(name: str) -> None:
    for known in OF_THE_GPUS:
        getattr(BEFORE, known)
    assert BEFORE.held
    after = moved_on(BEFORE, LATER, tuple(taken(3, 1)), ())
    anew = Floor(LATER, BEFORE.gpus, tuple(taken(3, 1)), "local", BEFORE.profiles)
    assert getattr(after, name) == getattr(anew, name)


def test_what_is_free_is_laid_out_anew() -> None:
    assert BEFORE.board.free["GPU-1"] == (2, 3)
    assert moved_on(BEFORE, LATER, (), ()).board.free["GPU-1"] == (0, 1, 2, 3)


def test_a_window_that_is_over_is_left_behind() -> None:
    assert moved_on(BEFORE, NOON + timedelta(hours=1), (), ()).occurrences == (WINDOW,)
    assert moved_on(BEFORE, LATER, (), ()).occurrences == ()
