"""Times and spans as people read them: in the station's zone, to the minute."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hub.pages.texts import Texts
from hub.policy.wording import say_time


def say_span(span: timedelta, t: Texts) -> str:
    """Say how long, in the two largest units."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return t("time.over")
    if minutes < 60:
        return t("time.minutes", m=minutes)
    if minutes < 48 * 60:
        return t("time.hours", h=minutes // 60, m=minutes % 60)
    return t("time.days", d=minutes // (24 * 60), h=minutes // 60 % 24)


def say_moment(moment: datetime, zone: ZoneInfo) -> str:
    """Print one of JupyterHub's times, which are UTC without saying so, in the station's zone."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return say_time(aware, zone)
