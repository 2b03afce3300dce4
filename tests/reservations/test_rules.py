"""Rules of recurrence: which are followed, how far, and which are refused."""

import time
from zoneinfo import ZoneInfo

import pytest

from hub.policy.wording import say
from hub.recurrence import parse_rule
from tests.reservations.series import (
    BERLIN,
    refused,
    series,
)

BOUNDED_S = 3


@pytest.mark.parametrize(
    ("rrule", "said"),
    [
        ("FREQ=DAILY", "add COUNT=10 or UNTIL=20270131"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20270201", "leave one of them out"),
        ("FREQ=WEEKLY;COUNT=3;BYDAY=MO", "begin on a day it names"),
    ],
)
def test_a_rule_that_is_refused_says_what_to_change(rrule: str, said: str) -> None:
    reason = refused(series("2027-01-01 08:00", "2027-01-01 09:00", rrule))
    assert said in say(reason, "en", ZoneInfo(BERLIN))


@pytest.mark.parametrize(
    "rrule",
    [
        "FREQ=HOURLY;COUNT=3", "FREQ=MINUTELY;COUNT=3", "FREQ=SECONDLY;UNTIL=20270201",
        "FREQ=DAILY;COUNT=3;BYHOUR=8,9", "FREQ=DAILY;COUNT=3;BYMINUTE=0,1",
        "FREQ=DAILY;COUNT=3;BYEASTER=0", "FREQ=DAILY;COUNT=0", "FREQ=DAILY;COUNT=-1",
        "FREQ=DAILY;COUNT=1e3", "FREQ=DAILY;COUNT=99999999999", "FREQ=DAILY;INTERVAL=0;COUNT=3",
        "FREQ=DAILY;COUNT=3;COUNT=4", "FREQ=DAILY;UNTIL=20271301", "FREQ=DAILY;UNTIL=99991231",
        "FREQ=DAILY;UNTIL=2027-01-03", "FREQ=DAILY;UNTIL=20270103T250000", "COUNT=3", "", ";",
        "FREQ", "FREQ=", "FREQ=DAILY;;COUNT=3", "FREQ=DAILY;BYDAY=XX;COUNT=3",
        "FREQ=DAILY;BYDAY=;COUNT=3", "FREQ=YEARLY;BYSETPOS=0;COUNT=3", "FREQ=DAILY;WKST=8;COUNT=3",
        "FREQ=YEARLY;BYMONTH=2,,3;COUNT=3", "FREQ=YEARLY;BYMONTH=٢;COUNT=3",
        "FREQ=DAILY;COUNT=3\nEXRULE:FREQ=DAILY", "DTSTART:20270101\nRRULE:FREQ=DAILY;COUNT=3",
        "FREQ=DAILY;COUNT=3;BYDAY=" + "MO," * 200 + "MO",
    ],
)  # fmt: skip
def test_a_rule_that_can_not_be_followed_is_refused(rrule: str) -> None:
    assert refused(series("2027-01-01 08:00", "2027-01-01 09:00", rrule)).rule == "rule"


def test_an_endless_rule_is_not_told_back() -> None:
    endless = "FREQ=DAILY;COUNT=3;" + ";".join(["BYDAY=MO"] * 100_000)
    reason = refused(series("2027-01-01 08:00", "2027-01-01 09:00", endless))
    assert "longer" in str(reason.numbers["problem"])
    assert sum(len(str(value)) for value in reason.numbers.values()) < 500


@pytest.mark.parametrize(
    "rrule",
    [
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=3",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;UNTIL=20270201",
        "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6;COUNT=500",
        "FREQ=MONTHLY;INTERVAL=9999;BYSETPOS=366;COUNT=9999",
    ],
)
def test_a_rule_that_never_comes_is_refused_after_bounded_work(rrule: str) -> None:
    begun = time.process_time()
    assert refused(series("2027-01-01 08:00", "2027-01-01 09:00", rrule)).rule == "rule"
    assert time.process_time() - begun < BOUNDED_S


def test_a_rule_that_comes_once_in_decades_is_not_followed_to_its_end() -> None:
    rule = "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=TU;COUNT=400"
    begun = time.process_time()
    assert refused(series("2028-02-29 08:00", "2028-02-29 09:00", rule)).rule == "too-far"
    assert time.process_time() - begun < 1


def test_a_rule_is_kept_one_way_however_it_was_written() -> None:
    zone = ZoneInfo(BERLIN)
    written = "RRULE:freq=weekly;byday=mo,we;until=20270131;"
    kept = parse_rule(written, zone)
    assert kept == "FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20270131T225959Z"
    assert parse_rule(kept, zone) == kept
