"""What one's page says of what happened meanwhile."""

import asyncio
from pathlib import Path

import pytest

from hub import clock
from hub.house import House
from hub.pages.news import SHOWN, load_news
from hub.store.notices import NewNotice, add_notice
from hub.store.people import load_person
from tests.pages.small_hub import make_small_house


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A station of its own for one test."""
    return make_small_house(tmp_path)


def _tell(house: House, kind: str, **detail: object) -> None:
    with house.database.write() as db:
        ann = load_person(db, "ann").id
        add_notice(db, NewNotice(ann, "lease:1", kind, clock.now(), detail), clock.now())


def _news(house: House, user: str, language: str = "en") -> list[tuple[str, str]]:
    found = asyncio.run(load_news(house, user, language))  # type: ignore[arg-type]
    return [(line.text, line.note) for line in found]


def test_who_decided_and_what_they_said_is_told(house: House) -> None:
    _tell(house, "request-refused", server="field", by="tess", note="after <the> harvest")
    assert _news(house, "ann") == [("tess refused more time for field.", "after <the> harvest")]
    assert _news(house, "ann", "zh")[0][0] == "tess 拒绝了 field 的延长申请。"


def test_news_are_nobody_elses(house: House) -> None:
    _tell(house, "offer-passed", server="", gpus=1)
    assert _news(house, "bob") == []
    assert "The offer of 1 GPU for Notebook server was not taken" in _news(house, "ann")[0][0]


@pytest.mark.parametrize("kind", sorted(SHOWN))
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_kind_of_news_has_its_words(house: House, kind: str, language: str) -> None:
    _tell(house, kind, server="field")
    assert len(_news(house, "ann", language)) == 1


def test_what_is_shown_where_it_runs_is_no_news(house: House) -> None:
    _tell(house, "expires-30", server="field")
    assert _news(house, "ann") == []


def test_somebody_without_an_account_here_has_none(house: House) -> None:
    assert _news(house, "nobody-here") == []
