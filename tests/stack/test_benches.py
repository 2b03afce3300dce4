"""The benchmarks against their peers, in one run each; they run only when `long` is named."""

import pytest

from tests.stack.stations import TestStation

pytestmark = [pytest.mark.stack, pytest.mark.long]

BENCH_S = 900


def test_a_click_is_a_page_within_one_and_a_half_bare_starts(station: TestStation) -> None:
    result = station.command("bench", "start", seconds=BENCH_S)
    assert result["ours"]["failures"] == []
    assert result["ratio"] <= result["goal"], result


def test_of_twenty_at_once_twenty_are_ready_and_our_code_never_holds_the_loop(
    station: TestStation,
) -> None:
    result = station.command("bench", "class", seconds=BENCH_S)
    assert result["ready"] == result["seats"] == 20
    assert result["loop_still_in_our_code_ms"] == []


def test_the_units_memory_is_told_while_twenty_servers_run(station: TestStation) -> None:
    people = [station.member(f"seat-{number:02}") for number in range(20)]
    for member in people:
        assert member.start({}).status_code in (201, 202)
    for member in people:
        member.wait_ready(seconds=300)
    told = station.command("status")
    assert told["servers"] == 20
    assert all(unit["memory_mib"] > 0 for unit in told["units"])
    print({unit["name"]: unit["memory_mib"] for unit in told["units"]})
