"""Every reason the platform can give has its sentence in both languages."""

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from hub.policy.reasons import Reason
from hub.policy.sentences import SENTENCES
from hub.policy.wording import LANGUAGES, WHO, say
from tests.policy.conftest import NOON

ROOT = Path(__file__).parents[2]
GIVEN = re.compile(r'Reason\(\s*"([a-z-]+)",\s*"([a-z-]+)"')


def test_every_reason_given_in_the_code_has_a_sentence() -> None:
    given = {
        pair
        for folder in ("hub", "spawner", "admin")
        for file in (ROOT / folder).rglob("*.py")
        for pair in GIVEN.findall(file.read_text())
    }
    assert len(given) > 10
    assert given - set(SENTENCES) == set()


@pytest.mark.parametrize("key", SENTENCES)
def test_a_sentence_uses_the_same_numbers_in_both_languages(key: tuple[str, str]) -> None:
    english, chinese = SENTENCES[key]
    fields = re.compile(r"\{(\w+)\}")
    assert set(fields.findall(chinese)) <= set(fields.findall(english))
    assert chinese != english or key == ("request", "malformed")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_soonest_time_is_told_in_the_stations_zone(language: str) -> None:
    numbers = {"asked": 0.5, "free_slots": 0, "slots": 8, "gpus": 2}
    reason = Reason("gpu-busy", "free-slots", numbers, "time", NOON)
    assert "2026-11-22 20:00" in say(reason, language, ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_when_a_reservation_begins_is_told_in_the_stations_zone(language: str) -> None:
    numbers = {"asked": 1, "promised": 2, "healthy": 1, "since": "2026-11-22T12:00+00:00"}
    told = say(Reason("reservation", "window", numbers), language, ZoneInfo("Asia/Shanghai"))
    assert "2026-11-22 20:00" in told
    assert "T12:00" not in told


@pytest.mark.parametrize("key", SENTENCES)
def test_who_can_change_it_and_when_it_would_pass_are_told_in_both_languages(
    key: tuple[str, str],
) -> None:
    numbers = dict.fromkeys(re.findall(r"\{(\w+)\}", "".join(SENTENCES[key])), "2")
    numbers |= {"since": "2026-11-22 12:00"} if "since" in numbers else {}
    zone = ZoneInfo("UTC")
    for who, phrases in WHO.items():
        for language, phrase in zip(LANGUAGES, phrases, strict=True):
            told = say(Reason(*key, numbers, who, NOON), language, zone)
            assert phrase in told
            assert "2026-11-22 12:00" in told
            assert "{" not in told


def test_what_is_set_at_a_scope_is_not_said_to_be_set_by_it() -> None:
    assert not [key for key, (_, chinese) in SENTENCES.items() if "由 {from}" in chinese]
