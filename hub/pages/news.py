"""What became of things while nobody looked: yesterday's and today's news on one's page."""

import asyncio
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from hub import clock, notices
from hub.house import House
from hub.pages.texts import Language, Texts
from hub.policy.wording import say_time
from hub.store.notices import Notice
from hub.store.people import find_person

SHOWN = {
    "request-granted": "news.granted",
    "request-refused": "news.refused",
    "offer-passed": "news.passed",
    "offer-lapsed": "news.lapsed",
    "shortened": "news.shortened",
}
"""Notices that are news, each with its text; what still runs is shown where it runs."""

MOST = 5


@dataclass(frozen=True)
class NewsLine:
    """One thing that happened; `note` is what somebody added in their own words."""

    when: str
    text: str
    note: str


async def load_news(house: House, user: str, language: Language) -> list[NewsLine]:
    """Load a person's news, newest first; our database is asked in a thread."""
    found = await asyncio.to_thread(_load, house, user)
    t = Texts(language)
    return [_line(notice, t, house.zone) for notice in found if notice.kind in SHOWN][:MOST]


def _load(house: House, user: str) -> list[Notice]:
    with house.database.read() as db:
        if find_person(db, user) is None:
            return []
    return notices.load_notices(house, user, clock.now())


def _line(notice: Notice, t: Texts, zone: ZoneInfo) -> NewsLine:
    detail = notice.detail
    until = say_time(notice.until, zone) if notice.until else "-"
    values = {
        "server": detail.get("server") or t("home.default_server"),
        "by": detail.get("by", ""),
        "lease": detail.get("lease", ""),
        "gpus": detail.get("gpus", ""),
        "until": until,
    }
    text = t(SHOWN[notice.kind], **values)
    return NewsLine(say_time(notice.at, zone), text, str(detail.get("note") or ""))
