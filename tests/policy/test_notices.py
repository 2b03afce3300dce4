"""When a notice of a lease's end is due."""

from datetime import timedelta

import pytest

from hub.policy.leases import State
from hub.policy.notices import due_notices
from tests.policy.conftest import NOON, lease

END = NOON + timedelta(hours=4)


def kinds(minutes_left: float, **changes: object) -> list[str]:
    """Name the notices due so long before the end of a lease of four hours."""
    now = END - timedelta(minutes=minutes_left)
    return [notice.kind for notice in due_notices([lease(**changes)], now)]


@pytest.mark.parametrize(
    ("minutes_left", "expected"),
    [
        (31, []),
        (30, ["expires-30"]),
        (11, ["expires-30"]),
        (10, ["expires-10"]),
        (0.1, ["expires-10"]),
        (0, []),
        (-5, []),
    ],
)
def test_thirty_and_ten_minutes_before_the_end(minutes_left: float, expected: list[str]) -> None:
    assert kinds(minutes_left) == expected


def test_who_asked_for_a_quarter_of_an_hour_is_not_told_that_it_is_short() -> None:
    short = {"active_at": END - timedelta(minutes=15), "duration": timedelta(minutes=15)}
    assert kinds(14, **short) == []
    assert kinds(9, **short) == ["expires-10"]


def test_a_loan_that_is_taken_back_is_told_of_both_ends() -> None:
    now = END - timedelta(minutes=25)
    lent = lease(loan=True, reclaim_at=now + timedelta(minutes=10))
    assert [(n.kind, n.until) for n in due_notices([lent], now)] == [
        ("expires-30", END),
        ("reclaimed-10", lent.reclaim_at),
    ]


def test_the_notice_of_a_reclaim_comes_however_young_the_lease_is() -> None:
    now = NOON + timedelta(minutes=1)
    lent = lease(loan=True, reclaim_at=now + timedelta(minutes=10))
    assert [n.kind for n in due_notices([lent], now)] == ["reclaimed-10"]


@pytest.mark.parametrize("state", [State.HELD, State.CLOSING, State.CLOSED])
def test_only_what_runs_is_told(state: State) -> None:
    assert kinds(5, state=state) == []
