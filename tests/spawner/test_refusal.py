"""What a start that may not be is told with."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from hub.policy.outcomes import Denial, Wait, WouldFit
from hub.policy.reasons import TIME, Reason
from spawner.refusal import SpawnRefused, tell_to_wait

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ZONE = ZoneInfo("UTC")
URL = "/hub/api/allotment/tickets"
BUSY = Reason("gpu-busy", "free-slots", {"asked": 1, "free_slots": 0, "slots": 4, "gpus": 1}, TIME)
WAIT = Wait(
    (BUSY,), NOON + timedelta(minutes=5), NOON + timedelta(minutes=9), position=2, ticket_id=7
)


def test_a_denial_is_a_bad_request_with_its_code_in_front() -> None:
    told = SpawnRefused(Denial((BUSY,), WouldFit(Fraction(0), timedelta(hours=8))), ZONE)
    assert told.status_code == 400
    assert told.jupyterhub_message.startswith("gpu-busy: ")
    assert told.headers == {"Allotment-Reason": "gpu-busy"}


def test_whoever_waits_is_told_their_place_and_where_to_look() -> None:
    told = tell_to_wait(WAIT, URL, NOON, ZONE)
    assert told.status_code == 429
    assert told.jupyterhub_message.startswith(
        "waiting: You are number 2 in the waiting list; your turn comes between"
        " 2026-11-22 12:05 and 2026-11-22 12:09."
    )
    assert told.headers == {
        "Allotment-Reason": "waiting",
        "Allotment-Ticket": "7",
        "Retry-After": "300",
        "Link": f'<{URL}/7>; rel="related"',
    }


def test_nobody_is_asked_to_come_back_at_once_or_never() -> None:
    for earliest, seconds in ((NOON, "10"), (NOON + timedelta(days=1), "600"), (None, "600")):
        told = tell_to_wait(replace(WAIT, earliest=earliest), URL, NOON, ZONE)
        assert told.headers["Retry-After"] == seconds


def test_a_place_is_told_in_both_languages() -> None:
    sentences = tell_to_wait(WAIT, URL, NOON, ZONE).sentences
    assert "第 2 位" in sentences["zh"][0]
    assert len(sentences["zh"]) == len(sentences["en"])
