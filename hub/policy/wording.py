"""Say a reason in a person's language; every code and rule has its sentence in each language."""

from datetime import datetime
from zoneinfo import ZoneInfo

from hub.policy.outcomes import Denial, Wait, WouldFit
from hub.policy.reasons import Reason
from hub.policy.sentences import SENTENCES
from hub.units import hours_of, share_text

LANGUAGES = ("en", "zh")

WINDOWS = {"day": "日", "week": "周", "month": "月", "year": "年"}
"""What the window of a budget is called in Chinese."""

WHO = {
    "administrator": ("Your administrator can change this.", "管理员可以更改。"),
    "you": ("You can change this yourself.", "您可以自行更改。"),
    "time": ("It passes by itself.", "稍后会自行恢复。"),
}

IN_EVENT = ("In the event “{event}”: ", "日程“{event}”：")
"""Said first where the trouble is with one event of a calendar file."""

PLACE = ("You are number {position} in the waiting list", "您在等待列表中排第 {position} 位")
BETWEEN = (
    "; your turn comes between {earliest} and {latest}.",
    "；预计在 {earliest} 至 {latest} 之间轮到您。",
)
NOT_BEFORE = ("; your turn comes at {earliest} or later.", "；最早 {earliest} 轮到您。")
NOBODY_KNOWS = ("; when your turn comes can't be told yet.", "；目前还无法估计何时轮到您。")
SOONEST = ("Soonest: {when}.", "最早：{when}。")
WOULD_FIT = (
    "{gpus} GPU for up to {hours} h would pass now.",
    "现在可以：{gpus} 块 GPU，最长 {hours} 小时。",
)
WOULD_FIT_CPU = (
    "A server without a GPU, for up to {hours} h, would pass now.",
    "现在可以：不带 GPU 的服务器，最长 {hours} 小时。",
)


def say(reason: Reason, language: str, zone: ZoneInfo) -> str:
    """Put one reason into a sentence, with who can change it and the soonest time in `zone`."""
    numbers = dict(reason.numbers)
    if _index(language) and "window" in numbers:
        numbers["window"] = WINDOWS.get(str(numbers["window"]), numbers["window"])
    if "since" in numbers:
        numbers["since"] = _say_moment(str(numbers["since"]), zone)
    sentence = SENTENCES[(reason.code, reason.rule)][_index(language)].format(**numbers)
    if "event" in numbers:
        sentence = IN_EVENT[_index(language)].format(event=numbers["event"]) + sentence
    return _join((sentence, say_change(reason, language, zone)), language)


def say_change(reason: Reason, language: str, zone: ZoneInfo) -> str:
    """Say who can change it and the soonest time it would pass; "" where neither is known."""
    who = WHO[reason.who][_index(language)] if reason.who in WHO else ""
    when = say_time(reason.soonest, zone) if reason.soonest else ""
    soon = SOONEST[_index(language)].format(when=when) if when else ""
    return _join((who, soon), language)


def say_outcome(outcome: Denial | Wait, language: str, zone: ZoneInfo) -> list[str]:
    """Put an outcome into sentences: the place, every reason, and what would pass now."""
    lines = [say_wait(outcome, language, zone)] if isinstance(outcome, Wait) else []
    lines += [say(reason, language, zone) for reason in outcome.reasons]
    if outcome.would_fit is not None:
        lines.append(say_would_fit(outcome.would_fit, language))
    return lines


def say_wait(wait: Wait, language: str, zone: ZoneInfo) -> str:
    """Say somebody's place in the waiting list, and between when and when their turn comes."""
    place = PLACE[_index(language)].format(position=wait.position)
    if wait.earliest is None or wait.latest is None:
        when = NOT_BEFORE if wait.earliest is not None else NOBODY_KNOWS
    else:
        when = BETWEEN
    return place + when[_index(language)].format(
        earliest=say_time(wait.earliest, zone) if wait.earliest else "",
        latest=say_time(wait.latest, zone) if wait.latest else "",
    )


def say_would_fit(fit: WouldFit, language: str) -> str:
    """Say what would pass now."""
    text = WOULD_FIT if fit.gpus else WOULD_FIT_CPU
    hours = share_text(hours_of(fit.duration))
    return text[_index(language)].format(gpus=share_text(fit.gpus), hours=hours)


def say_time(moment: datetime, zone: ZoneInfo) -> str:
    """Print a time in the station's zone, to the minute."""
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def _say_moment(text: str, zone: ZoneInfo) -> str:
    """Print a moment as it stands in a reason's numbers; what has no offset is said already."""
    moment = datetime.fromisoformat(text)
    return text if moment.tzinfo is None else say_time(moment, zone)


def _join(sentences: tuple[str, ...], language: str) -> str:
    return ("" if _index(language) else " ").join(filter(None, sentences))


def _index(language: str) -> int:
    return 1 if language.startswith("zh") else 0
