"""What a reservation is checked against before it stands."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from hub.policy.claims import Claimed, claim
from hub.policy.reasons import Reason
from hub.policy.reserving import Window, find_clash
from tests.policy.conftest import gpu
from tests.policy.reserved import GPU, UTC_ZONE, at, clash, floor, held, reserved, window, wish


def test_an_idle_station_can_be_reserved_whole() -> None:
    assert find_clash(floor(), wish(2, window(1, 3))) is None


def test_more_than_is_healthy_is_refused_with_the_numbers() -> None:
    station = floor(gpus=(gpu(1), gpu(2, health="fault")))
    found = clash(station, wish(1.5, window(1, 3)))
    assert (found.promised, station.healthy, found.soonest) == (600, 400, None)


def test_a_lease_counts_to_the_time_it_is_promised() -> None:
    station = floor(held(1, until=2))
    assert find_clash(station, wish(2, window(2, 3))) is None
    assert clash(station, wish(2, window(1.5, 3))).promised == 1200


def test_a_lease_of_which_nobody_knows_the_end_is_in_the_way_for_ever() -> None:
    assert clash(floor(held(1, until=None)), wish(2, window(500, 501))).soonest is None


def test_a_loan_is_no_obstacle() -> None:
    assert find_clash(floor(held(1, until=9, loan=True)), wish(2, window(1, 3))) is None


def test_a_loan_that_ends_frees_nothing_its_account_holds_otherwise() -> None:
    own, lent = held(1, until=9), held(2, until=2, loan=True)
    assert clash(floor(own, lent), wish(1.5, window(3, 4))).promised == 1000


def test_a_lease_that_is_ending_now_is_no_obstacle() -> None:
    assert find_clash(floor(held(1, until=0)), wish(2, window(0, 3))) is None


def test_what_others_have_reserved_counts_only_while_it_lasts() -> None:
    station = floor(occurrences=(reserved(1.5, 4, 6),))
    assert find_clash(station, wish(1, window(2, 4), window(6, 8))) is None
    found = clash(station, wish(1, window(2, 4), window(5, 8)))
    assert (found.window, found.moment) == (window(5, 8), at(5))


def test_a_reservation_that_begins_within_the_window_counts() -> None:
    station = floor(occurrences=(reserved(1.5, 4, 6),))
    assert clash(station, wish(1, window(2, 5))).moment == at(4)


def test_a_reservation_adds_to_another_of_the_same_account() -> None:
    station = floor(occurrences=(reserved(1.5, 4, 6, account="group:field-lab"),))
    assert clash(station, wish(1, window(4, 6))).promised == 1000


def test_an_account_may_use_its_own_guarantee() -> None:
    station = floor(guarantees={"group:field-lab": 2 * GPU})
    assert find_clash(station, wish(2, window(1, 3))) is None


def test_the_guarantee_of_another_is_kept() -> None:
    station = floor(guarantees={"group:visitors": GPU})
    found = clash(station, wish(1.5, window(1, 3)))
    assert (found.promised, found.soonest) == (1000, None)


def test_a_guarantee_counts_as_much_as_is_left_of_it() -> None:
    station = floor(gpus=(gpu(1), gpu(2, health="fault")), guarantees={"group:visitors": GPU})
    assert find_clash(station, wish(0.5, window(1, 3))) is None
    assert clash(station, wish(0.75, window(1, 3))).promised == 500


def test_leases_of_the_same_account_are_not_counted_beside_its_reservation() -> None:
    station = floor(held(1, until=9, account="group:field-lab"))
    assert find_clash(station, wish(2, window(1, 3))) is None


def test_the_soonest_time_has_room_for_the_whole_length() -> None:
    station = floor(held(1, until=2), occurrences=(reserved(1, 3, 4), reserved(1, 4.5, 5)))
    assert clash(station, wish(2, window(0, 1))).soonest == at(2)
    assert clash(station, wish(2, window(0, 1.5))).soonest == at(5)


def test_what_is_refused_now_passes_at_the_soonest_time() -> None:
    station = floor(held(1, until=2), occurrences=(reserved(1, 3, 4),))
    soonest = clash(station, wish(2, window(0, 1))).soonest
    assert soonest is not None
    assert find_clash(station, wish(2, Window(soonest, soonest + timedelta(hours=1)))) is None


def test_a_window_that_has_begun_is_checked_from_now() -> None:
    assert find_clash(floor(occurrences=(reserved(2, -3, -1),)), wish(2, window(-2, 1))) is None


@pytest.mark.parametrize("gpus", [0, -1, 2.25])
def test_nothing_or_more_than_the_station_has_is_refused(gpus: float) -> None:
    decided = claim(floor(), [wish(gpus, window(1, 2))], False, UTC_ZONE)
    assert not isinstance(decided, Claimed)
    (reason,) = decided.reasons
    assert (reason.code, reason.rule, reason.numbers["station"]) == ("reservation", "gpus", 2)


def test_a_refusal_names_the_window_the_numbers_and_the_soonest_time() -> None:
    station = floor(occurrences=(reserved(1.5, 4, 6),))
    decided = claim(station, [wish(1, window(5, 8))], False, ZoneInfo("Asia/Shanghai"))
    assert not isinstance(decided, Claimed)
    numbers = {
        "account": "group:field-lab",
        "asked": 1,
        "since": "2026-11-23 01:00",
        "until": "2026-11-23 04:00",
        "at": "2026-11-23 01:00",
        "promised": 2.5,
        "healthy": 2,
    }
    assert decided.reasons == (Reason("reservation", "capacity", numbers, "administrator", at(6)),)


def test_wishes_made_together_are_counted_beside_each_other() -> None:
    both = [wish(1, window(1, 3)), wish(1.5, window(2, 4), account="group:visitors")]
    assert isinstance(claim(floor(), both[:1], False, UTC_ZONE), Claimed)
    assert not isinstance(claim(floor(), both, False, UTC_ZONE), Claimed)
