"""A real GPU belongs to one station: who gets it, who is refused, and what a restart changes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from spawner.agent.locks import CardLocks

CARD = "GPU-8f3c"


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[CardLocks]:
    locks = CardLocks(tmp_path / "lock", "aaaa1111")
    yield locks
    locks.close()


@pytest.fixture
def theirs(tmp_path: Path) -> Iterator[CardLocks]:
    locks = CardLocks(tmp_path / "lock", "bbbb2222")
    yield locks
    locks.close()


def test_the_first_station_gets_the_card(ours: CardLocks) -> None:
    assert ours.refusal(CARD, 0) is None


def test_a_station_keeps_its_card(ours: CardLocks) -> None:
    assert [ours.refusal(CARD, seconds) for seconds in range(3)] == [None] * 3


def test_a_second_station_is_told_whose_it_is(ours: CardLocks, theirs: CardLocks) -> None:
    ours.refusal(CARD, 0)
    assert theirs.refusal(CARD, 1) == "belongs to station aaaa1111"
    assert theirs.refusal("GPU-other", 1) is None


def test_a_restarted_agent_gets_its_card_back(
    ours: CardLocks, theirs: CardLocks, tmp_path: Path
) -> None:
    ours.refusal(CARD, 0)
    ours.close()
    assert theirs.refusal(CARD, 1) == "belongs to station aaaa1111"
    again = CardLocks(tmp_path / "lock", "aaaa1111")
    assert again.refusal(CARD, 2) is None
    again.close()


def test_a_card_left_for_two_minutes_can_be_taken_over(ours: CardLocks, theirs: CardLocks) -> None:
    ours.refusal(CARD, 0)
    ours.close()
    assert theirs.refusal(CARD, 1) is not None
    assert theirs.refusal(CARD, 120) is not None
    assert theirs.refusal(CARD, 121) is None
    assert ours.refusal(CARD, 122) == "belongs to station bbbb2222"


def test_the_two_minutes_start_again_when_its_station_was_there(
    ours: CardLocks, theirs: CardLocks
) -> None:
    ours.refusal(CARD, 0)
    ours.close()
    theirs.refusal(CARD, 1)
    ours.refusal(CARD, 60)
    theirs.refusal(CARD, 61)
    ours.close()
    assert theirs.refusal(CARD, 130) == "belongs to station aaaa1111"


@pytest.mark.parametrize("name", ["../x", "a/b", "", "..", "."])
def test_a_uuid_that_is_no_file_name_is_never_one(ours: CardLocks, name: str) -> None:
    assert "can't be a file's name" in str(ours.refusal(name, 0))


def test_a_link_in_the_cards_place_is_not_followed(ours: CardLocks, tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("kept")
    (tmp_path / "lock").mkdir()
    (tmp_path / "lock" / CARD).symlink_to(target)
    assert "can't be locked" in str(ours.refusal(CARD, 0))
    assert target.read_text() == "kept"


def test_a_folder_that_can_not_be_made_is_a_refusal_and_no_crash(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "can't be locked" in str(CardLocks(tmp_path / "file", "aaaa1111").refusal(CARD, 0))
