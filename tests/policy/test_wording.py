"""Every reason the platform can give has its sentence in both languages."""

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from hub.policy.reasons import Reason
from hub.policy.sentences import SENTENCES
from hub.policy.wording import LANGUAGES, say
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
