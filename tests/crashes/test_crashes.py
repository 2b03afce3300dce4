"""Killed at any point of any story and started again, a station has lost and doubled nothing."""

from pathlib import Path

import pytest

from hub import crashes
from tests.crashes.conftest import Mortal, set_stage
from tests.crashes.stage import minutes, opened, repair
from tests.crashes.stories import STORIES
from tests.invariants import acknowledge, broken, lost

STORY_OF = {
    "write.begun": "request",
    "write.before-commit": "request",
    "write.after-commit": "request",
    "lease.opened": "request",
    "lease.slots-taken": "request",
    "lease.activated": "first answer",
    "lease.shortened": "reserve over",
    "lease.closing": "stop",
    "lease.closed": "end",
    "lease.slots-freed": "end",
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
    "ticket.judged": "judged",
    "ticket.offered": "turn",
    "ticket.closed": "served",
    "ticket.name-freed": "served",
    "ticket.put-back": "failed start",
    "ticket.passed": "offer not taken",
    "ticket.moved": "offer not taken",
    "offer.withdrawn": "offer not taken",
    "lease.offer-claimed": "claim",
}
"""A story that passes each point."""


def test_every_point_has_a_story() -> None:
    assert sorted(STORY_OF) == sorted(crashes.NAMES)


@pytest.mark.parametrize("point", STORY_OF)
def test_killed_at_a_point_nothing_is_lost_or_doubled(
    point: str, home: Path, database_url: str, mortal: Mortal
) -> None:
    assert killed_and_repaired(STORY_OF[point], point, 1, home, database_url, mortal)


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("point", ["write.before-commit", "write.after-commit"])
def test_killed_at_any_commit_of_a_story_nothing_is_lost_or_doubled(
    story: str, point: str, home: Path, database_url: str, mortal: Mortal
) -> None:
    killed_and_repaired(story, point, 1, home, database_url, mortal)


def killed_and_repaired(
    story: str, point: str, times: int, home: Path, url: str, mortal: Mortal
) -> bool:
    """Cut a story short there, look, repair, look again; says whether it came to the point."""
    set_stage(home, url, story)
    with opened(home, url) as house:
        with house.database.read() as db:
            before = acknowledge(db)
        scene = {"story": story, "point": point, "times": str(times)}
        died = mortal.dies({**scene, "home": str(home), "url": url})
        later = minutes(STORIES[story].at + 1)
        with house.database.read() as db:
            assert [*broken(db), *lost(db, before)] == []
        repair(house, later)
        with house.database.read() as db:
            assert [*broken(db), *lost(db, before)] == []
    return died
