"""Killed at any point of any story and started again, a station has lost and doubled nothing."""

import pytest

from hub import crashes
from tests.crashes.conftest import Mortal, Scene, Stages
from tests.crashes.passes import count_points, watched
from tests.crashes.stage import minutes, repair
from tests.crashes.stories import STORIES
from tests.databases import KINDS
from tests.invariants import acknowledge, broken, lost

STORY_OF = {
    "write.begun": "request",
    "write.before-commit": "request",
    "write.after-commit": "request",
    "lease.opened": "request",
    "lease.server-taken": "request",
    "lease.slots-taken": "request",
    "lease.placed": "request",
    "lease.activated": "first answer",
    "lease.extended": "extend",
    "lease.visited": "opened",
    "lease.switched": "keep going",
    "lease.noted": "does not go",
    "clock.moved": "clock set",
    "lease.shortened": "reserve over",
    "lease.closing": "stop",
    "lease.closed": "end",
    "lease.slots-freed": "end",
    "lease.server-freed": "end",
    "loan.promoted": "promoted",
    "loan.told": "loan told",
    "ledger.escrow-held": "request",
    "ledger.meter-begun": "first answer",
    "ledger.meter-moved": "end",
    "ledger.row-written": "end",
    "ledger.day-added": "end",
    "ledger.share-added": "end",
    "ledger.overrun-written": "ran over",
    "ledger.escrow-freed": "end",
    "ticket.opened": "wait",
    "ticket.name-taken": "wait",
    "ticket.renewed": "asked anew",
    "ticket.taken": "offer taken",
    "ticket.followed": "left behind",
    "ticket.due": "left behind",
    "ticket.foretold": "foretold",
    "ticket.judged": "judged",
    "ticket.offered": "turn",
    "ticket.closed": "served",
    "ticket.name-freed": "served",
    "ticket.put-back": "failed start",
    "ticket.passed": "offer not taken",
    "ticket.moved": "offer not taken",
    "offer.prolonged": "offer taken",
    "offer.withdrawn": "offer not taken",
    "lease.offer-claimed": "claim",
}
"""A story that passes each point."""


def test_every_point_has_a_story() -> None:
    assert sorted(STORY_OF) == sorted(crashes.NAMES)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("point", STORY_OF)
def test_killed_at_a_point_nothing_is_lost_or_doubled(
    point: str, kind: str, stages: Stages, mortal: Mortal
) -> None:
    with stages.scene(kind, STORY_OF[point]) as scene:
        assert killed_and_repaired(scene, point, 1, mortal)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("story", STORIES)
def test_killed_right_after_a_commit_nothing_is_lost_or_doubled(
    story: str, kind: str, stages: Stages, mortal: Mortal
) -> None:
    with stages.scene(kind, story) as scene:
        assert killed_and_repaired(scene, "write.after-commit", 1, mortal)


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("story", STORIES)
def test_killed_at_any_pass_of_any_point_of_a_story_nothing_is_lost_or_doubled(
    story: str, kind: str, stages: Stages, mortal: Mortal
) -> None:
    with stages.scene(kind, story) as scene, watched(scene.house) as steps:
        STORIES[story].act(scene.house)
    passed = count_points(steps)
    assert passed
    for point, often in passed.items():
        for times in range(1, often + 1):
            with stages.scene(kind, story) as scene:
                assert killed_and_repaired(scene, point, times, mortal), (point, times)


def killed_and_repaired(scene: Scene, point: str, times: int, mortal: Mortal) -> bool:
    """Cut a story short there, look, repair, look again; says whether it came to the point."""
    story, house = STORIES[scene.story], scene.house
    with house.database.read() as db:
        before = acknowledge(db)
    died = mortal.dies(scene, point, times)
    with house.database.read() as db:
        assert [*broken(db), *lost(db, before, story.given_up)] == []
    repair(house, minutes(story.at + 1))
    with house.database.read() as db:
        assert [*broken(db), *lost(db, before, story.given_up)] == []
    return died
