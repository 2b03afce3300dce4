"""A wish that names a profile or a group nobody knows: denied, and told what would pass."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest

from hub.policy.admission import decide
from hub.policy.outcomes import Denial, WouldFit
from hub.policy.profiles import Profile
from hub.policy.requests import SpawnRequest
from hub.policy.snapshot import Snapshot
from tests.policy.conftest import on_floor, taken

WHOLE = Fraction(1)


def denied(snapshot: Snapshot, **wish: object) -> Denial:
    """Ask for a whole GPU by a name nobody knows."""
    outcome = decide(SpawnRequest(gpus=WHOLE, **wish), snapshot)  # type: ignore[arg-type]
    assert isinstance(outcome, Denial)
    return outcome


@pytest.mark.parametrize("wish", [{"profile": "nothing"}, {"group": "visitors"}])
def test_an_unknown_name_is_told_what_would_pass_instead(
    snapshot: Snapshot, wish: dict[str, object]
) -> None:
    assert denied(snapshot, **wish).would_fit == WouldFit(WHOLE, timedelta(hours=8))


def test_what_would_pass_is_what_is_free_now(snapshot: Snapshot) -> None:
    busy = on_floor(snapshot, taken=(*taken(1, 0, 1), *taken(2, 0, 1, 2, 3)))
    told = denied(busy, profile="nothing", group="visitors")
    assert told.would_fit == WouldFit(Fraction(1, 2), timedelta(hours=8))


def test_nothing_is_promised_to_an_account_that_may_not_start(snapshot: Snapshot) -> None:
    barred = replace(snapshot, person=replace(snapshot.person, disabled=True))
    assert denied(barred, group="visitors").would_fit is None


def test_without_a_default_profile_nothing_would_pass(snapshot: Snapshot) -> None:
    assert denied(on_floor(snapshot, profiles={"own": Profile("own")})).would_fit is None
