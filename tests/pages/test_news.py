"""What one's page says of what happened meanwhile."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from hub import clock, leasing
from hub.house import House
from hub.pages.news import HAPPENED, TO_COME, load_news
from hub.policy.leases import EndReason, Lease
from hub.policy.reasons import Reason
from hub.policy.wording import say_time
from hub.store.notices import NewNotice, about_lease, add_notice
from hub.store.people import load_person
from hub.store.schema import leases
from hub.store.waiting_schema import notices
from tests.pages.small_hub import make_small_house


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A station of its own for one test."""
    return make_small_house(tmp_path)


def _tell(house: House, kind: str, **detail: object) -> None:
    with house.database.write() as db:
        ann = load_person(db, "ann").id
        add_notice(db, NewNotice(ann, "lease:1", kind, clock.now(), detail), clock.now())


def _bobs(house: House) -> Lease:
    """Give the lease that bob has there."""
    lease = leasing.find_open(house, "bob", "field")
    assert lease is not None
    return lease


def _news(house: House, user: str, language: str = "en") -> list[tuple[str, str]]:
    found = asyncio.run(load_news(house, user, language))  # type: ignore[arg-type]
    return [(line.text, line.note) for line in found]


def test_who_decided_and_what_they_said_is_told(house: House) -> None:
    _tell(house, "request-refused", server="field", by="tess", note="after <the> harvest")
    assert _news(house, "ann") == [("tess refused more time for field.", "after <the> harvest")]
    assert _news(house, "ann", "zh")[0][0] == "tess 拒绝了 field 的延长申请。"


def test_a_window_that_can_not_be_kept_is_told_with_what_is_missing(house: House) -> None:
    missing = {"account": "field-lab", "promised": "2", "healthy": "1"}
    _tell(house, "reservation-unkept", **missing)
    (english,), (chinese,) = (_news(house, "ann", language) for language in ("en", "zh"))
    assert "The window of field-lab at" in english[0]
    assert "2 are promised then, 1 are healthy" in english[0]
    assert "已承诺 2 块，而可用的只有 1 块" in chinese[0]


def test_news_are_nobody_elses(house: House) -> None:
    _tell(house, "offer-passed", server="", gpus=1)
    assert _news(house, "bob") == []
    assert "The offer of 1 GPU for Notebook server was not taken" in _news(house, "ann")[0][0]


@pytest.mark.parametrize("kind", sorted(HAPPENED))
@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_happened_has_its_words(house: House, kind: str, language: str) -> None:
    _tell(house, kind, server="field")
    assert len(_news(house, "ann", language)) == 1


@pytest.mark.parametrize("kind", sorted(TO_COME))
@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_end_to_come_is_told_while_it_is_the_end_and_no_longer(
    house: House, kind: str, language: str
) -> None:
    lease = _bobs(house)
    assert lease.expires_at is not None
    with house.database.write() as db:
        if kind.startswith("reclaimed"):
            db.execute(leases.update().values(reclaim_at=lease.expires_at))
        add_notice(db, about_lease(lease, kind, lease.expires_at), clock.now())
    ((text, _),) = _news(house, "bob", language)
    assert say_time(lease.expires_at, house.zone) in text
    later = lease.expires_at + timedelta(hours=1)
    with house.database.write() as db:
        db.execute(leases.update().values(expires_at=later, reclaim_at=None))
    assert _news(house, "bob", language) == []


def test_the_second_notice_of_an_end_takes_the_place_of_the_first(house: House) -> None:
    lease = _bobs(house)
    with house.database.write() as db:
        for kind in ("expires-30", "expires-10"):
            add_notice(db, about_lease(lease, kind, lease.expires_at), clock.now())
    assert len(_news(house, "bob")) == 1


def test_why_a_server_does_not_go_on_by_itself_is_told_with_its_end(house: House) -> None:
    lease = _bobs(house)
    why = Reason("extension", "unmeasured", {"minutes": 15}, "you")
    with house.database.write() as db:
        add_notice(db, about_lease(lease, "expires-30", lease.expires_at, [why]), clock.now())
    for language, word in (("en", "could not be measured for 15 min"), ("zh", "手动延长")):
        (line,) = asyncio.run(load_news(house, "bob", language))  # type: ignore[arg-type]
        assert word in " ".join(line.why)


@pytest.mark.parametrize(
    ("reason", "told"), [("expire", True), ("revoke", True), ("fault", True), ("release", False)]
)
def test_an_end_its_person_did_not_choose_is_told_for_a_day(
    house: House, reason: EndReason, told: bool
) -> None:
    leasing.begin_closing(house, _bobs(house).id, EndReason(reason), clock.now())
    assert bool(_news(house, "bob")) is told
    long_ago = clock.now() - timedelta(days=1, minutes=1)
    with house.database.write() as db:
        db.execute(notices.update().values(at=long_ago))
    assert _news(house, "bob") == []


def test_somebody_without_an_account_here_has_none(house: House) -> None:
    assert _news(house, "nobody-here") == []
