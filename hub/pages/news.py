"""What became of things while nobody looked, and what is about to end: the news on one's pages."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from hub import clock, notices
from hub.house import House
from hub.pages.texts import Language, Texts
from hub.policy.leases import EndReason
from hub.policy.notices import still_true
from hub.policy.wording import say, say_time
from hub.store.leases import load_open_of
from hub.store.notices import Notice
from hub.store.people import find_person

TO_COME = {
    "expires-30": "news.expires",
    "expires-10": "news.expires",
    "reclaimed-30": "news.reclaimed",
    "reclaimed-10": "news.reclaimed",
    "kept": "news.kept",
}
"""Notices of an end to come, each with its text: shown while it is the end, the newest of each."""

HAPPENED = {
    "request-granted": "news.granted",
    "request-refused": "news.refused",
    "offer-passed": "news.passed",
    "offer-lapsed": "news.lapsed",
    "turn-left": "news.turn_left",
    "shortened": "news.shortened",
    "reservation-unkept": "news.unkept",
    **{
        f"ended-{reason}": f"news.ended_{reason}"
        for reason in EndReason
        if reason is not EndReason.RELEASE
    },
}
"""Notices of what happened: shown for a day."""

SHOWN = {**TO_COME, **HAPPENED}
"""Every kind that is news; an offer is shown with its own place instead."""

TOLD = ("by", "lease", "gpus", "account", "promised", "healthy")
"""What of a notice's detail the texts name, besides its server and its time."""

MOST = 5


@dataclass(frozen=True)
class NewsLine:
    """One thing that happened; `note` is what somebody added in their own words."""

    when: str
    text: str
    note: str
    why: tuple[str, ...] = ()


async def load_news(house: House, user: str, language: Language) -> list[NewsLine]:
    """Load a person's news, newest first; our database is asked in a thread."""
    found = await asyncio.to_thread(_load, house, user, clock.now())
    t = Texts(language)
    return [_line(notice, t, house.zone) for notice in found][:MOST]


def _load(house: House, user: str, now: datetime) -> list[Notice]:
    with house.database.read() as db:
        person = find_person(db, user)
        if person is None:
            return []
        leases = {lease.id: lease for lease in load_open_of(db, person)}
    told = [notice for notice in notices.load_notices(house, user, now) if notice.kind in SHOWN]
    return _newest_of_each(
        notice
        for notice in told
        if notice.kind not in TO_COME
        or still_true(notice.kind, notice.until, leases.get(notice.lease_id), now)
    )


def _newest_of_each(found: Iterable[Notice]) -> list[Notice]:
    """Leave out what a newer notice of the same end says again."""
    kept: dict[tuple[str, str | int], Notice] = {}
    for notice in found:
        what = TO_COME.get(notice.kind, notice.id)
        kept.setdefault((notice.subject, what), notice)
    return list(kept.values())


def _line(notice: Notice, t: Texts, zone: ZoneInfo) -> NewsLine:
    detail = notice.detail
    values = {
        **{name: detail.get(name, "") for name in TOLD},
        "server": detail.get("server") or t("home.default_server"),
        "until": say_time(notice.until, zone) if notice.until else "-",
    }
    text = t(SHOWN[notice.kind], **values)
    why = tuple(say(reason, t.language, zone) for reason in notice.why)
    return NewsLine(say_time(notice.at, zone), text, str(detail.get("note") or ""), why)
